//! The Allen-Cahn equation.

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::positive;
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The Allen-Cahn equation: two phases without conservation.
///
/// **Equations.** `u_t = ε² Δu + r (u − u³)`, the gradient flow of `∫ ½ ε² |∇u|² + ¼ r (1 − u²)²`. A front at rest is
/// `tanh(√(r/2) x/ε)`; a drop of radius R shrinks as `R² = R₀² − 2(d − 1) ε² t`.
///
/// **Source.** S. M. Allen, J. W. Cahn, Acta Metall. 27, 1085 (1979). The term −r u³ also has an exact flow, for splitting.
///
/// **Shapes** `[batch, 1, z, y, x]`. **Good values.** ε of 4 cells and more, dt of 0.1/r with ETDRK4; dealiasing of degree 3.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllenCahn {
    /// Length ε > 0.
    pub epsilon: f64,
    /// Rate r > 0.
    pub rate: f64,
}

impl Equation for AllenCahn {
    fn name(&self) -> &'static str {
        "Allen-Cahn"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        positive("allen_cahn.epsilon", self.epsilon)?;
        positive("allen_cahn.rate", self.rate)
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.rate + self.epsilon * self.epsilon * k.laplacian()).into()
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
        points.map(|[u]| [u * u * u]);
    }
    fn has_flow(&self) -> bool {
        true
    }
    fn flow<T: Scalar>(&self, h: f64, points: &mut Points<'_, T>) {
        // u' = −r u³: u(h) = u/√(1 + 2rh u²).
        let factor = T::of(2.0 * self.rate * h);
        points.map(|[u]| [u / (T::one() + factor * u * u).sqrt()]);
    }
}
