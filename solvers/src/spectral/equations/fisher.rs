//! Fisher's equation.

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::positive;
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The equation of Fisher, Kolmogorov, Petrovsky and Piskunov: a population that spreads.
///
/// **Equations.** `u_t = D Δu + r u (1 − u)`. Fronts of compact start move with `2√(rD)`, behind by `3/(2t)·√(D/r)`; the front of
/// speed `5√(rD/6)` is `(1 + e^{√(r/6D) (x − ct)})^{−2}` (M. J. Ablowitz, A. Zeppetella, Bull. Math. Biol. 41, 835 (1979)).
///
/// **Source.** R. A. Fisher, Ann. Eugen. 7, 355 (1937). The term −r u² also has an exact flow, for splitting.
///
/// **Shapes** `[batch, 1, z, y, x]`. **Good values.** States in [0, 1]: negative values run away to −∞. Fronts are `√(D/r)` wide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FisherKpp {
    /// D > 0.
    pub diffusivity: f64,
    /// r > 0.
    pub rate: f64,
}

impl Equation for FisherKpp {
    fn name(&self) -> &'static str {
        "Fisher-KPP"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        positive("fisher.diffusivity", self.diffusivity)?;
        positive("fisher.rate", self.rate)
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.rate + self.diffusivity * k.laplacian()).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 0 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        (-self.rate).into()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u]| [u * u]);
    }
    fn has_flow(&self) -> bool {
        true
    }
    fn flow<T: Scalar>(&self, h: f64, points: &mut Points<'_, T>) {
        // u' = −r u²: u(h) = u/(1 + rh u).
        let factor = T::of(self.rate * h);
        points.map(|[u]| [u / (T::one() + factor * u)]);
    }
}
