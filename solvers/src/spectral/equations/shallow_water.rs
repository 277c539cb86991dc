//! The shallow-water equations on the periodic plane.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::{finite, non_negative, positive};
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The shallow-water equations for depth and momentum, `[h, p, q]` with `(p, q) = h (u, v)`.
///
/// **Equations.**
/// ```math
/// \begin{aligned}
/// h_t + p_x + q_y &= -\mu\Delta^2 h, \\
/// p_t + (p^2/h + \tfrac12 g h^2)_x + (pq/h)_y &= f q - \mu \Delta^2 p, \\
/// q_t + (pq/h)_x + (q^2/h + \tfrac12 g h^2)_y &= -f p - \mu \Delta^2 q.
/// \end{aligned}
/// ```
/// Mass is conserved to rounding error, and momentum where f = 0, whatever μ: hydraulic jumps move at the right speed. Small waves of
/// depth H have the frequency `√(f² + gH|k|²)`.
///
/// **Source.** G. K. Vallis, *Atmospheric and Oceanic Fluid Dynamics*, 2017, ch. 3; the dam break of PDEBench, arXiv 2210.07182, which
/// is solved there by finite volumes with open boundaries. **Deviates.** (1) Hyperviscosity, not a limiter, ends a jump: over- and
/// undershoots of some 15 % of its height within `(μ/√(gH))^⅓` of it.
///
/// **Shapes** `[batch, 3, y, x]`. **Good values.** `μ = c √(gH) (L/n)³` with c of about 0.05 where jumps form, 0.005 where none do; dt
/// below `0.5 (L/n)/√(gH)` with ETDRK4. Depths that come near zero break it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShallowWater {
    /// g > 0.
    pub gravity: f64,
    /// Coriolis parameter f.
    #[serde(default)]
    pub coriolis: f64,
    /// μ ≥ 0.
    #[serde(default)]
    pub hyperviscosity: f64,
}

impl Equation for ShallowWater {
    fn name(&self) -> &'static str {
        "shallow water"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        2..=2
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        positive("shallow_water.gravity", self.gravity)?;
        finite("shallow_water.coriolis", self.coriolis)?;
        non_negative("shallow_water.hyperviscosity", self.hyperviscosity)
    }
    fn channels(&self) -> usize {
        3
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (-self.hyperviscosity * k.squared().powi(2)).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 3, products: 5, coefficients: 0 }
    }
    fn input(&self, input: usize, channel: usize, _: &Wave) -> Complex<f64> {
        f64::from(u8::from(input == channel)).into()
    }
    fn output(&self, channel: usize, product: usize, k: &Wave) -> Complex<f64> {
        // The products: p, q, p²/h + ½gh², pq/h, q²/h + ½gh².
        match (channel, product) {
            (0, 0) | (1, 2) | (2, 3) => -k.dx(),
            (0, 1) | (1, 3) | (2, 4) => -k.dy(),
            (1, 1) => self.coriolis.into(),
            (2, 0) => (-self.coriolis).into(),
            _ => 0.0.into(),
        }
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        let half = T::of(0.5 * self.gravity);
        points.map(|[h, p, q]| {
            let (u, pressure) = (p / h, half * h * h);
            [p, q, p * u + pressure, q * u, q * q / h + pressure]
        });
    }
}
