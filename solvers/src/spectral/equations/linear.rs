//! Linear equations with constant coefficients: every exponential integrator solves them exactly.

use serde::{Deserialize, Serialize};
use sobolev_kernels::Complex;

use super::{finite, non_negative};
use crate::Result;
use crate::spectral::{Equation, FourierGrid, Wave};

/// Advection at a constant velocity.
///
/// **Equations.** `u_t + c·∇u = 0`. **Shapes** `[batch, 1, z, y, x]`. **Good values.** Any; exact for every dt with an exponential
/// integrator; explicit ones need `dt |c| k_max` below their limit on the imaginary axis (RK4: 2.8).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advection {
    /// Velocity `[x, y, z]`; components along missing axes don't count.
    pub velocity: [f64; 3],
}

impl Equation for Advection {
    fn name(&self) -> &'static str {
        "advection"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        self.velocity.iter().try_for_each(|&c| finite("advection.velocity", c))
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        -(k.dx() * self.velocity[0] + k.dy() * self.velocity[1] + k.dz() * self.velocity[2])
    }
}

/// Diffusion, the same in all directions or not.
///
/// **Equations.** `u_t = ν_x u_xx + ν_y u_yy + ν_z u_zz`. **Shapes** `[batch, 1, z, y, x]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diffusion {
    /// Diffusivities `[x, y, z]`, each at least 0.
    pub diffusivity: [f64; 3],
}

impl Equation for Diffusion {
    fn name(&self) -> &'static str {
        "diffusion"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        self.diffusivity.iter().try_for_each(|&nu| non_negative("diffusion.diffusivity", nu))
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (0..3).map(|a| -self.diffusivity[a] * k.axis(a).powi(2)).sum::<f64>().into()
    }
}

/// Dispersion by third derivatives.
///
/// **Equations.** `u_t + δ (u_xxx + u_yyy + u_zzz) = 0`: a wave of wavenumber k along an axis moves with phase velocity −δk².
/// **Shapes** `[batch, 1, z, y, x]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispersion {
    /// δ.
    pub dispersivity: f64,
}

impl Equation for Dispersion {
    fn name(&self) -> &'static str {
        "dispersion"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        finite("dispersion.dispersivity", self.dispersivity)
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        // (ik)³ = −ik³.
        Complex::new(0.0, self.dispersivity * (0..3).map(|a| k.axis(a).powi(3)).sum::<f64>())
    }
}

/// Diffusion by the square of the Laplacian.
///
/// **Equations.** `u_t = −μ Δ²u`. **Shapes** `[batch, 1, z, y, x]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HyperDiffusion {
    /// μ ≥ 0.
    pub hyperdiffusivity: f64,
}

impl Equation for HyperDiffusion {
    fn name(&self) -> &'static str {
        "hyper-diffusion"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        non_negative("hyper_diffusion.hyperdiffusivity", self.hyperdiffusivity)
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (-self.hyperdiffusivity * k.squared().powi(2)).into()
    }
}
