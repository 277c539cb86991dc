//! The Gray-Scott equations.

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::positive;
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The six parameter sets of The Well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrayScottPattern {
    /// f = 0.014, k = 0.054.
    Gliders,
    /// f = 0.098, k = 0.057.
    Bubbles,
    /// f = 0.029, k = 0.057.
    Maze,
    /// f = 0.058, k = 0.065.
    Worms,
    /// f = 0.018, k = 0.051.
    Spirals,
    /// f = 0.030, k = 0.062.
    Spots,
}

impl GrayScottPattern {
    /// All six.
    pub const ALL: [Self; 6] =
        [Self::Gliders, Self::Bubbles, Self::Maze, Self::Worms, Self::Spirals, Self::Spots];

    /// Feed rate f and kill rate k.
    pub const fn rates(self) -> (f64, f64) {
        match self {
            Self::Gliders => (0.014, 0.054),
            Self::Bubbles => (0.098, 0.057),
            Self::Maze => (0.029, 0.057),
            Self::Worms => (0.058, 0.065),
            Self::Spirals => (0.018, 0.051),
            Self::Spots => (0.030, 0.062),
        }
    }
}

/// The Gray-Scott equations of two chemical species, `[A, B]`.
///
/// **Equations.**
/// ```math
/// A_t = \delta_A \Delta A - A B^2 + f (1 - A), \qquad B_t = \delta_B \Delta B + A B^2 - (f + k) B.
/// ```
/// **Source.** J. E. Pearson, Science 261, 189 (1993); the parameters of The Well, arXiv 2412.00568, `gray_scott_reaction_diffusion`:
/// δ_A = 2e-5, δ_B = 1e-5, the square of side 2, 128², ETDRK4 with dt = 1 up to t = 10000, a frame every 10. **Deviates.** (1) Its page
/// prints `−A B²` in both equations; its program has the sign above.
///
/// **Shapes** `[batch, 2, z, y, x]`. **Good values.** Those of The Well; dealiasing of degree 3 matters where B is steep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrayScott {
    /// Feed rate f > 0.
    pub feed: f64,
    /// Kill rate k > 0.
    pub kill: f64,
    /// δ_A and δ_B, positive.
    pub diffusivity: [f64; 2],
}

impl GrayScott {
    /// A parameter set of The Well.
    pub const fn well(pattern: GrayScottPattern) -> Self {
        let (feed, kill) = pattern.rates();
        Self { feed, kill, diffusivity: [2e-5, 1e-5] }
    }
}

impl Equation for GrayScott {
    fn name(&self) -> &'static str {
        "Gray-Scott"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        positive("gray_scott.feed", self.feed)?;
        positive("gray_scott.kill", self.kill)?;
        self.diffusivity.iter().try_for_each(|&delta| positive("gray_scott.diffusivity", delta))
    }
    fn channels(&self) -> usize {
        2
    }
    fn linear(&self, channel: usize, k: &Wave) -> Complex<f64> {
        let loss = if channel == 0 { self.feed } else { self.feed + self.kill };
        (self.diffusivity[channel] * k.laplacian() - loss).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 2, products: 1, coefficients: 0 }
    }
    fn input(&self, input: usize, channel: usize, _: &Wave) -> Complex<f64> {
        f64::from(u8::from(input == channel)).into()
    }
    fn output(&self, channel: usize, _: usize, _: &Wave) -> Complex<f64> {
        (if channel == 0 { -1.0 } else { 1.0 }).into()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[a, b]| [a * b * b]);
    }
    fn is_forced(&self) -> bool {
        true
    }
    fn forcing(&self, channel: usize, _: [f64; 3]) -> f64 {
        if channel == 0 { self.feed } else { 0.0 }
    }
}
