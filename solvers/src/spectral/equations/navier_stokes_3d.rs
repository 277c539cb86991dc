//! The Navier-Stokes equations in three dimensions, as an equation for the velocity.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::{finite, non_negative};
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// How the nonlinear term is written; on a dealiased grid both are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NavierStokesForm {
    /// `u × ω`: six transforms in, three out.
    Rotational,
    /// `−∇·(u ⊗ u)` without its trace: three transforms in, five out.
    #[default]
    Divergence,
}

/// A force constant in time, the same for every sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Forcing3d {
    /// None, or every sample brings its own (solenoidal) field.
    #[default]
    None,
    /// `amplitude sin(κy)` along x.
    Kolmogorov {
        /// Amplitude.
        amplitude: f64,
        /// Angular wavenumber κ, a multiple of 2π over the side.
        wavenumber: f64,
    },
}

/// Incompressible flow in three dimensions.
///
/// **Equations.**
/// ```math
/// u_t = P\bigl[-\nabla\cdot(u\otimes u)\bigr] + \nu\Delta u - \lambda u + f, \qquad P_{ij} = \delta_{ij} - \frac{k_i k_j}{|k|^2},
/// ```
/// with the Leray projection P in place of the pressure; `−∇·(u⊗u)` and `u × ω` differ by a gradient. A start that is solenoidal stays
/// so; its other part would only decay by ν.
///
/// **Source.** S. A. Orszag, G. S. Patterson, Phys. Rev. Lett. 28, 76 (1972). **Shapes** `[batch, 3, z, y, x]`; channel 0 is along x.
/// **Good values.** `k_max (ν³/ε)^¼` of 1.5 and more, ε the dissipation; the Taylor-Green vortex on side 2π with ν = 1/100 at 64³.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NavierStokes3d {
    /// Kinematic viscosity ν ≥ 0.
    pub viscosity: f64,
    /// Linear drag λ ≥ 0.
    #[serde(default)]
    pub drag: f64,
    /// Form of the nonlinear term.
    #[serde(default)]
    pub form: NavierStokesForm,
    /// Force.
    #[serde(default)]
    pub forcing: Forcing3d,
}

/// P_ij.
fn projection(i: usize, j: usize, k: &Wave) -> f64 {
    let identity = f64::from(u8::from(i == j));
    identity + k.axis(i) * k.axis(j) * k.inverse_laplacian()
}

/// `Σ_m P_cm i k_n M_mn` for the symmetric matrices of the five products: u² − w², v² − w², uv, uw, vw.
fn flux(channel: usize, product: usize, k: &Wave) -> Complex<f64> {
    let term = |m: usize, n: usize| projection(channel, m, k) * k.axis(n);
    let sum = match product {
        0 => term(0, 0),
        1 => term(1, 1),
        2 => term(0, 1) + term(1, 0),
        3 => term(0, 2) + term(2, 0),
        _ => term(1, 2) + term(2, 1),
    };
    Complex::new(0.0, -sum)
}

impl Equation for NavierStokes3d {
    fn name(&self) -> &'static str {
        "Navier-Stokes (velocity)"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        3..=3
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        non_negative("navier_stokes.viscosity", self.viscosity)?;
        non_negative("navier_stokes.drag", self.drag)?;
        let Forcing3d::Kolmogorov { amplitude, wavenumber } = self.forcing else { return Ok(()) };
        finite("navier_stokes.forcing.amplitude", amplitude)?;
        finite("navier_stokes.forcing.wavenumber", wavenumber)
    }
    fn channels(&self) -> usize {
        3
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.viscosity * k.laplacian() - self.drag).into()
    }
    fn counts(&self) -> Counts {
        match self.form {
            NavierStokesForm::Rotational => Counts { inputs: 6, products: 3, coefficients: 0 },
            NavierStokesForm::Divergence => Counts { inputs: 3, products: 5, coefficients: 0 },
        }
    }
    fn input(&self, input: usize, channel: usize, k: &Wave) -> Complex<f64> {
        if input < 3 {
            return f64::from(u8::from(input == channel)).into();
        }
        // ω_i = ∂_j u_l − ∂_l u_j with (i, j, l) cyclic.
        let (j, l) = ((input + 1) % 3, (input + 2) % 3);
        if channel == l {
            Complex::new(0.0, k.axis(j))
        } else if channel == j {
            Complex::new(0.0, -k.axis(l))
        } else {
            0.0.into()
        }
    }
    fn output(&self, channel: usize, product: usize, k: &Wave) -> Complex<f64> {
        match self.form {
            NavierStokesForm::Rotational => projection(channel, product, k).into(),
            NavierStokesForm::Divergence => flux(channel, product, k),
        }
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        match self.form {
            NavierStokesForm::Rotational => {
                points.map(|[u, v, w, p, q, r]| [v * r - w * q, w * p - u * r, u * q - v * p]);
            }
            NavierStokesForm::Divergence => {
                points.map(|[u, v, w]| [u * u - w * w, v * v - w * w, u * v, u * w, v * w]);
            }
        }
    }
    fn is_forced(&self) -> bool {
        self.forcing != Forcing3d::None
    }
    fn forcing(&self, channel: usize, [_, y, _]: [f64; 3]) -> f64 {
        match self.forcing {
            Forcing3d::Kolmogorov { amplitude, wavenumber } if channel == 0 => {
                amplitude * (wavenumber * y).sin()
            }
            _ => 0.0,
        }
    }
}
