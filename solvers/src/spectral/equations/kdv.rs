//! The Korteweg-de Vries equation.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::{finite, non_negative};
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The Korteweg-de Vries equation, with a hyper-diffusion for those who want it.
///
/// **Equations.** `u_t + α u u_x + δ u_xxx = −μ u_xxxx`. For μ = 0 it conserves `∫ u`, `∫ u²` and `∫ (δ u_x²/2 − α u³/6)`.
///
/// **Source.** N. J. Zabusky, M. D. Kruskal, Phys. Rev. Lett. 15, 240 (1965). Solitons:
/// [`KdvSolitons`](crate::spectral::initial::KdvSolitons).
///
/// **Shapes** `[batch, 1, x]`. **Good values.** α = 6, δ = 1, boxes of 20 to 128, n = 128 to 512. The linear part is imaginary:
/// exponential and integrating-factor methods take dt of about 1/(α u k_max); implicit-explicit ones damp short waves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KortewegDeVries {
    /// α.
    pub convection: f64,
    /// δ.
    pub dispersion: f64,
    /// μ ≥ 0.
    pub hyperdiffusion: f64,
}

impl Default for KortewegDeVries {
    fn default() -> Self {
        Self { convection: 6.0, dispersion: 1.0, hyperdiffusion: 0.0 }
    }
}

impl Equation for KortewegDeVries {
    fn name(&self) -> &'static str {
        "Korteweg-de Vries"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        1..=1
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        finite("kdv.convection", self.convection)?;
        finite("kdv.dispersion", self.dispersion)?;
        non_negative("kdv.hyperdiffusion", self.hyperdiffusion)
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        Complex::new(-self.hyperdiffusion * k.x.powi(4), self.dispersion * k.x.powi(3))
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 0 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, k: &Wave) -> Complex<f64> {
        k.dx() * (-0.5 * self.convection)
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u]| [u * u]);
    }
}
