//! The equations that come with the spectral solvers, one small file each.
//!
//! | file | equations | dimensions |
//! |---|---|---|
//! | `linear` | [`Advection`], [`Diffusion`], [`Dispersion`], [`HyperDiffusion`] | 1-3 |
//! | `burgers` | [`Burgers`], conservative and advective | 1-3 |
//! | `kdv` | [`KortewegDeVries`] | 1 |
//! | `kuramoto_sivashinsky` | [`KuramotoSivashinsky`], gradient-norm and conservative | 1-2 |
//! | `navier_stokes_2d` | [`NavierStokes2d`] in vorticity form: decaying, Li et al., Kolmogorov, a field a sample; [`StirredNavierStokes2d`] | 2 |
//! | `navier_stokes_3d` | [`NavierStokes3d`] in velocity form, rotational and divergence | 3 |
//! | `allen_cahn`, `cahn_hilliard` | [`AllenCahn`], [`CahnHilliard`] | 1-3 |
//! | `fisher` | [`FisherKpp`] | 1-3 |
//! | `gray_scott` | [`GrayScott`] with The Well's six patterns | 1-3 |
//! | `swift_hohenberg` | [`SwiftHohenberg`] | 1-3 |
//! | `wave` | [`VariableWave`]; [`WavePropagator`], exact for constant speed | 1-3 |
//! | `schroedinger` | [`Schroedinger`], linear and nonlinear, with a potential | 1-3 |
//! | `shallow_water` | [`ShallowWater`] on the periodic plane | 2 |
//!
//! A new one states its symbols and its pointwise function: see [`Equation`](super::Equation).

mod allen_cahn;
mod burgers;
mod cahn_hilliard;
mod fisher;
mod gray_scott;
mod kdv;
mod kuramoto_sivashinsky;
mod linear;
mod navier_stokes_2d;
mod navier_stokes_3d;
mod schroedinger;
mod shallow_water;
mod stirred;
mod swift_hohenberg;
mod wave;

pub use allen_cahn::AllenCahn;
pub use burgers::{Burgers, BurgersForm};
pub use cahn_hilliard::CahnHilliard;
pub use fisher::FisherKpp;
pub use gray_scott::{GrayScott, GrayScottPattern};
pub use kdv::KortewegDeVries;
pub use kuramoto_sivashinsky::{KuramotoSivashinsky, KuramotoSivashinskyForm};
pub use linear::{Advection, Diffusion, Dispersion, HyperDiffusion};
pub use navier_stokes_2d::{Forcing2d, NavierStokes2d};
pub use navier_stokes_3d::{Forcing3d, NavierStokes3d, NavierStokesForm};
pub use schroedinger::{Potential, Schroedinger};
pub use shallow_water::ShallowWater;
pub use stirred::StirredNavierStokes2d;
pub use swift_hohenberg::SwiftHohenberg;
pub use wave::{VariableWave, WavePropagator};

use crate::{Error, Result};

/// Fails unless a parameter is positive and finite.
fn positive(field: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::Config { field, expected: "positive and finite", value: value.to_string() })
}

/// Fails unless a parameter is zero or positive, and finite.
fn non_negative(field: &'static str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::Config { field, expected: "at least 0 and finite", value: value.to_string() })
}

/// Fails unless a parameter is finite.
fn finite(field: &'static str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::Config { field, expected: "finite", value: value.to_string() })
}
