//! The Navier-Stokes equations in two dimensions, as an equation for the vorticity.

use std::f64::consts::TAU;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::{finite, non_negative};
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// The curl of the force, the same for every sample and constant in time.
///
/// A field of its own for each sample (MG-TFNO, de Hoop et al.) is handed to the stepper with the initial state, and is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Forcing2d {
    /// None: the flow decays, or every sample brings its own.
    #[default]
    None,
    /// `amplitude (sin 2π(x + y) + cos 2π(x + y))` on the unit torus. **Source.** Z. Li et al., arXiv 2010.08895, section 5.3:
    /// amplitude 0.1.
    Li {
        /// Amplitude.
        amplitude: f64,
    },
    /// The shear force `amplitude sin(κy)` along x: its curl is `−amplitude κ cos κy`. **Source.** G. J. Chandler, R. R. Kerswell,
    /// J. Fluid Mech. 722, 554 (2013), amplitude 1 and κ = 4 on the torus of side 2π; D. Kochkov et al., PNAS 118 (2021), the same
    /// with a drag of 0.1.
    Kolmogorov {
        /// Amplitude of the force.
        amplitude: f64,
        /// Angular wavenumber κ, a multiple of 2π over the side.
        wavenumber: f64,
    },
}

impl Forcing2d {
    /// Li et al.
    pub const LI: Self = Self::Li { amplitude: 0.1 };

    fn curl(self, [x, y, _]: [f64; 3]) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Li { amplitude } => amplitude * ((TAU * (x + y)).sin() + (TAU * (x + y)).cos()),
            Self::Kolmogorov { amplitude, wavenumber } => -amplitude * wavenumber * (wavenumber * y).cos(),
        }
    }
}

/// Incompressible flow in two dimensions, in vorticity form.
///
/// **Equations.**
/// ```math
/// \omega_t + u\cdot\nabla\omega = \nu \Delta\omega - \lambda \omega + \operatorname{curl} f, \qquad \Delta\psi = -\omega,\ (u, v) = (\psi_y, -\psi_x).
/// ```
/// The nonlinear term is taken as `(∂_xx − ∂_yy)(uv) + ∂_xy(v² − u²)` (C. Basdevant, J. Comput. Phys. 50, 209 (1983)): two transforms
/// each way instead of four and one. Mean flow and mean vorticity are zero; a mean of the start stays without effect on the flow.
///
/// **Shapes** `[batch, 1, y, x]`. **Good values.** Li et al.: unit torus, ν = 1e-3, 1e-4 or 1e-5, n = 64 to 256; Kolmogorov: side 2π,
/// ν = 1/Re with Re up to 1000 at n = 256. dt below `0.5 L/(n max|u|)` with ETDRK4; smaller ν than `(energy input) (L/n)²`-ish
/// piles up enstrophy at the cut-off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NavierStokes2d {
    /// Kinematic viscosity ν ≥ 0.
    pub viscosity: f64,
    /// Linear drag λ ≥ 0.
    #[serde(default)]
    pub drag: f64,
    /// Force.
    #[serde(default)]
    pub forcing: Forcing2d,
}

/// Velocity from vorticity: input 0 is u, input 1 is v.
pub(super) fn velocity(input: usize, k: &Wave) -> Complex<f64> {
    let psi = -k.inverse_laplacian();
    if input == 0 { k.dy() * psi } else { k.dx() * -psi }
}

/// −(∂_xx − ∂_yy) for `uv`, −∂_xy for `v² − u²`.
pub(super) fn advection(product: usize, k: &Wave) -> Complex<f64> {
    if product == 0 { (k.x * k.x - k.y * k.y).into() } else { (k.x * k.y).into() }
}

impl Equation for NavierStokes2d {
    fn name(&self) -> &'static str {
        "Navier-Stokes (vorticity)"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        2..=2
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        non_negative("navier_stokes.viscosity", self.viscosity)?;
        non_negative("navier_stokes.drag", self.drag)?;
        match self.forcing {
            Forcing2d::None => Ok(()),
            Forcing2d::Li { amplitude } => finite("navier_stokes.forcing.amplitude", amplitude),
            Forcing2d::Kolmogorov { amplitude, wavenumber } => {
                finite("navier_stokes.forcing.amplitude", amplitude)?;
                finite("navier_stokes.forcing.wavenumber", wavenumber)
            }
        }
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.viscosity * k.laplacian() - self.drag).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 2, products: 2, coefficients: 0 }
    }
    fn input(&self, input: usize, _: usize, k: &Wave) -> Complex<f64> {
        velocity(input, k)
    }
    fn output(&self, _: usize, product: usize, k: &Wave) -> Complex<f64> {
        advection(product, k)
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u, v]| [u * v, v * v - u * u]);
    }
    fn is_forced(&self) -> bool {
        self.forcing != Forcing2d::None
    }
    fn forcing(&self, _: usize, x: [f64; 3]) -> f64 {
        self.forcing.curl(x)
    }
}
