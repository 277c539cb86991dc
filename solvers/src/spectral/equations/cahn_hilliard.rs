//! The Cahn-Hilliard equation.

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::positive;
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The Cahn-Hilliard equation: two phases that conserve their amounts.
///
/// **Equations.** `u_t = M Δ(u³ − u − ε² Δu)`. The mean of u stays; `∫ ½ ε² |∇u|² + ¼ (1 − u²)²` falls. About u = 0 the wavenumber
/// `1/(√2 ε)` grows fastest, at the rate `M/(4ε²)`.
///
/// **Source.** J. W. Cahn, J. E. Hilliard, J. Chem. Phys. 28, 258 (1958).
///
/// **Shapes** `[batch, 1, z, y, x]`. **Good values.** ε of 2 cells and more, dt of ε²/M with ETDRK4; dealiasing of degree 3. After
/// about `50 ε²/M` phases have separated, and domains coarsen as t^⅓.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CahnHilliard {
    /// Length ε > 0.
    pub epsilon: f64,
    /// Mobility M > 0.
    pub mobility: f64,
}

impl Equation for CahnHilliard {
    fn name(&self) -> &'static str {
        "Cahn-Hilliard"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        positive("cahn_hilliard.epsilon", self.epsilon)?;
        positive("cahn_hilliard.mobility", self.mobility)
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        let q = k.squared();
        (self.mobility * (q - self.epsilon * self.epsilon * q * q)).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 0 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, k: &Wave) -> Complex<f64> {
        (self.mobility * k.laplacian()).into()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u]| [u * u * u]);
    }
}
