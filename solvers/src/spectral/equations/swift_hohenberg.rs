//! The Swift-Hohenberg equation.

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::{finite, positive};
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The Swift-Hohenberg equation: stripes and hexagons.
///
/// **Equations.** `u_t = r u − (k₀² + Δ)² u + g u² − u³`, the gradient flow of
/// `∫ ½ ((k₀² + Δ)u)² − ½ r u² − ⅓ g u³ + ¼ u⁴`. For r > 0 wavenumbers around k₀ grow; stripes have the amplitude `2√(r/3)` to
/// leading order; g favours hexagons.
///
/// **Source.** J. Swift, P. C. Hohenberg, Phys. Rev. A 15, 319 (1977).
///
/// **Shapes** `[batch, 1, z, y, x]`. **Good values.** k₀ = 1, r = 0.1 to 0.7, boxes of 20π with 8 points a wavelength; dt = 0.1 to 1
/// with ETDRK4; dealiasing of degree 3.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SwiftHohenberg {
    /// r.
    pub reactivity: f64,
    /// k₀ > 0.
    pub critical_wavenumber: f64,
    /// g.
    pub quadratic: f64,
}

impl Default for SwiftHohenberg {
    fn default() -> Self {
        Self { reactivity: 0.7, critical_wavenumber: 1.0, quadratic: 1.0 }
    }
}

impl Equation for SwiftHohenberg {
    fn name(&self) -> &'static str {
        "Swift-Hohenberg"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        finite("swift_hohenberg.reactivity", self.reactivity)?;
        positive("swift_hohenberg.critical_wavenumber", self.critical_wavenumber)?;
        finite("swift_hohenberg.quadratic", self.quadratic)
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        let detuning = self.critical_wavenumber.powi(2) + k.laplacian();
        (self.reactivity - detuning * detuning).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 0 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        let g = T::of(self.quadratic);
        points.map(|[u]| [u * u * (g - u)]);
    }
}
