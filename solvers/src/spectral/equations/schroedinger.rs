//! Schrödinger's equation, linear and nonlinear.

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::finite;
use crate::Result;
use crate::spectral::{Counts, Equation, FieldKind, FourierGrid, Points, Wave};

/// The potential V(x) of samples that bring none of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Potential {
    /// V = 0.
    #[default]
    None,
    /// `depth Σ_a (1 − cos κ_a x_a)`, a lattice.
    Cosine {
        /// Half the height of the barriers.
        depth: f64,
        /// Angular wavenumbers `[x, y, z]`, multiples of 2π over the side; zero along missing axes.
        wavenumber: [f64; 3],
    },
    /// `½ ω² |x − centre|²`; the state must be negligible at the edge of the box, where the potential jumps.
    Harmonic {
        /// Angular frequency ω.
        frequency: f64,
        /// Its minimum `[x, y, z]`; zero along missing axes.
        centre: [f64; 3],
    },
}

impl Potential {
    fn at(self, x: [f64; 3]) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Cosine { depth, wavenumber } => {
                (0..3).map(|a| depth * (1.0 - (wavenumber[a] * x[a]).cos())).sum()
            }
            Self::Harmonic { frequency, centre } => {
                (0..3).map(|a| 0.5 * (frequency * (x[a] - centre[a])).powi(2)).sum()
            }
        }
    }
}

/// Schrödinger's equation for one complex field.
///
/// **Equations.** `i ψ_t = −½ Δψ + V(x) ψ − g |ψ|² ψ`. g = 0 is the linear equation, g > 0 the focusing one with the soliton
/// `a sech(√g a (x − vt)) e^{i (vx + (g a² − v²) t/2)}`, g < 0 the defocusing (Gross-Pitaevskii) one. Conserved: the norm `∫ |ψ|²`, the
/// momentum `∫ Im ψ* ∇ψ` if V = 0, the energy `∫ ½ |∇ψ|² + V |ψ|² − ½ g |ψ|⁴`.
///
/// The potential and the nonlinear term together have an exact flow, `ψ e^{−i h (V − g |ψ|²)}`: splitting methods conserve the norm
/// to rounding error, and V may be rough.
///
/// **Source.** V. E. Zakharov, A. B. Shabat, Sov. Phys. JETP 34, 62 (1972); splitting: J. A. C. Weideman, B. M. Herbst, SIAM J. Numer.
/// Anal. 23, 485 (1986).
///
/// **Shapes** `[batch, 1, z, y, x, 2]`; the coefficient of a sample is V, `[batch, 1, z, y, x]`. **Good values.** `Strang` or `Yoshida4`
/// with `dt k_max²/2` below π (beyond it, splitting resonates); `Etdrk4` for smooth V. Focusing in two dimensions and more blows up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schroedinger {
    /// g.
    pub nonlinearity: f64,
    /// V.
    pub potential: Potential,
}

impl Equation for Schroedinger {
    fn name(&self) -> &'static str {
        "Schrödinger"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        finite("schroedinger.nonlinearity", self.nonlinearity)?;
        finite("schroedinger.potential", self.potential.at([1.0; 3]))
    }
    fn kind(&self) -> FieldKind {
        FieldKind::Complex
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        Complex::new(0.0, 0.5 * k.laplacian())
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 1 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        Complex::new(0.0, -1.0)
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        let g = T::of(self.nonlinearity);
        points.map_complex_with(|[psi], [v]| [psi * (v - g * psi.norm_sqr())]);
    }
    fn coefficient(&self, _: usize, x: [f64; 3]) -> f64 {
        self.potential.at(x)
    }
    fn has_flow(&self) -> bool {
        true
    }
    fn flow<T: Scalar>(&self, h: f64, points: &mut Points<'_, T>) {
        let (g, h) = (T::of(self.nonlinearity), T::of(h));
        points.map_complex_with(|[psi], [v]| {
            let (sin, cos) = (h * (g * psi.norm_sqr() - v)).sin_cos();
            [psi * Complex::new(cos, sin)]
        });
    }
}
