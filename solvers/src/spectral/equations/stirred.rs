//! Two-dimensional flow under a force that is random in space and time.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::navier_stokes_2d::{advection, velocity};
use super::{finite, non_negative};
use crate::Result;
use crate::spectral::initial::STIRRING_FREQUENCIES as FREQUENCIES;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// [`NavierStokes2d`](super::NavierStokes2d) stirred by a smooth random force.
///
/// **Equations.**
/// ```math
/// \omega_t + u\cdot\nabla\omega = \nu \Delta\omega - \lambda\omega + \sum_{j=1}^{4} \bigl(A_j(x) \cos\Omega_j t + B_j(x) \sin\Omega_j t\bigr).
/// ```
/// `A_j`, `B_j` are the coefficients of a sample, drawn by [`Stirring`](crate::spectral::initial::Stirring): a stationary Gaussian force with four lines in its
/// spectrum. It is a smooth function of time, so that integrators keep their order, and the sample depends neither on dt
/// nor on the resolution; a force that is white in time would have neither property.
///
/// **Shapes** `[batch, 1, y, x]`, coefficients `[batch, 8, y, x]`: A_1, B_1, A_2, ... **Good values.** Ω_j that are incommensurate, of
/// the order of the inverse turnover time: the default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StirredNavierStokes2d {
    /// Kinematic viscosity ν ≥ 0.
    pub viscosity: f64,
    /// Linear drag λ ≥ 0.
    #[serde(default)]
    pub drag: f64,
    /// Angular frequencies Ω_j.
    #[serde(default = "StirredNavierStokes2d::incommensurate")]
    pub frequencies: [f64; FREQUENCIES],
}

impl StirredNavierStokes2d {
    /// Square roots of the first primes: no two are commensurate.
    pub fn incommensurate() -> [f64; FREQUENCIES] {
        [2.0_f64, 3.0, 5.0, 7.0].map(f64::sqrt)
    }
}

impl Equation for StirredNavierStokes2d {
    fn name(&self) -> &'static str {
        "stirred Navier-Stokes (vorticity)"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        2..=2
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        non_negative("stirred.viscosity", self.viscosity)?;
        non_negative("stirred.drag", self.drag)?;
        self.frequencies.iter().try_for_each(|&f| finite("stirred.frequencies", f))
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.viscosity * k.laplacian() - self.drag).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 2, products: 3, coefficients: 2 * FREQUENCIES }
    }
    fn input(&self, input: usize, _: usize, k: &Wave) -> Complex<f64> {
        velocity(input, k)
    }
    fn output(&self, _: usize, product: usize, k: &Wave) -> Complex<f64> {
        if product < 2 { advection(product, k) } else { 1.0.into() }
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        let time = points.time();
        let phase = self.frequencies.map(|frequency| (frequency * time).sin_cos());
        let [(s1, c1), (s2, c2), (s3, c3), (s4, c4)] = phase.map(|(s, c)| (T::of(s), T::of(c)));
        points.map_with(|[u, v], [a1, b1, a2, b2, a3, b3, a4, b4]| {
            let force = a1 * c1 + b1 * s1 + a2 * c2 + b2 * s2 + a3 * c3 + b3 * s3 + a4 * c4 + b4 * s4;
            [u * v, v * v - u * u, force]
        });
    }
}
