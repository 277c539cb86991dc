//! Time integration of the ordinary differential equations that finite elements leave.
//!
//! ```math
//! M \dot u + K u = f(t) \qquad\text{and}\qquad M \ddot u + C \dot u + K u = f(t)
//! ```
//!
//! A *method* is checked data ([`ThetaMethod`], [`Bdf2`], [`Sdirk`]; [`GeneralizedAlpha`], [`Leapfrog`]); with a system and a step it
//! becomes an *integrator*, which holds the factorisations and is driven through one interface per kind:
//! [`FirstOrderIntegrator`] and [`SecondOrderIntegrator`], each with `step`, `repeat` and `rollout`.
//!
//! | file | what |
//! |---|---|
//! | `system` | the matrices, checked |
//! | `forcing` | f(t); pulses: a fixed pattern in space times a signal in time |
//! | `factor` | factorisations of α M + β C + γ K, kept |
//! | `spectrum` | the largest eigenvalue of M⁻¹K by Lanczos iteration |
//! | `first/` | θ-method, BDF2, SDIRK with step control |
//! | `second/` | generalized-α with Newmark and HHT, leapfrog |
//! | `wave_operator` | K without a matrix, fused with the leapfrog update |
//! | `lattice` | K of bilinear elements on a lattice, without a matrix |

mod factor;
mod first;
mod forcing;
mod lattice;
mod second;
mod spectrum;
mod system;
mod wave_operator;

pub use first::{
    AdaptiveReport, Bdf2, FirstOrderIntegrator, FirstOrderMethod, Sdirk, SdirkIntegrator, State, StepControl,
    ThetaMethod,
};
pub use forcing::{Forcing, Pulse, Signal};
pub use lattice::LatticeStiffness;
pub use second::{
    GeneralizedAlpha, Leapfrog, LeapfrogIntegrator, LumpedSystem, Motion, SecondOrderIntegrator,
    SecondOrderMethod,
};
pub use spectrum::{SpectrumOptions, largest_eigenvalue};
pub use system::{FirstOrderSystem, SecondOrderSystem};
pub use wave_operator::WaveOperator;

/// The work an integrator has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Accepted steps.
    pub steps: usize,
    /// Numeric factorisations.
    pub factorizations: usize,
    /// Solves with a factorised matrix.
    pub solves: usize,
}

/// The first entry of `values` that is not finite, or larger than 1e150, becomes [`crate::Error::BlowUp`].
fn check_growth(values: &[f64], step: usize, time: f64) -> crate::Result<()> {
    let bad = values.iter().position(|v| v.is_nan() || v.abs() > 1e150);
    bad.map_or(Ok(()), |position| Err(crate::Error::BlowUp { step, time, position, value: values[position] }))
}

/// Checks a step size.
fn check_step(dt: f64) -> crate::Result<()> {
    if dt.is_finite() && dt > 0.0 {
        return Ok(());
    }
    Err(crate::Error::Config { field: "dt", expected: "positive and finite", value: dt.to_string() })
}
