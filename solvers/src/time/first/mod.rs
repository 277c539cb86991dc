//! Integrators of M u' + K u = f(t).
//!
//! | file | what |
//! |---|---|
//! | `theta` | θ-method: Euler's two methods, Crank-Nicolson |
//! | `bdf2` | second-order backward differences |
//! | `tableau` | SDIRK coefficients and the conditions they must meet |
//! | `sdirk` | the stages |
//! | `control` | step control by the embedded method |

mod bdf2;
mod control;
mod sdirk;
mod tableau;
mod theta;

use std::fmt;
use std::sync::Arc;

use super::{FirstOrderSystem, Forcing, Work, check_growth};
use crate::{Error, Result};

pub use bdf2::Bdf2;
pub use control::{AdaptiveReport, StepControl};
pub use sdirk::SdirkIntegrator;
pub use tableau::Sdirk;
pub use theta::ThetaMethod;

/// The time and the values of the unknowns, `[dof]`.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// t.
    pub time: f64,
    /// u(t), `[dof]`.
    pub values: Vec<f64>,
}

impl State {
    /// A state at time zero.
    pub fn new(values: Vec<f64>) -> Self {
        Self { time: 0.0, values }
    }
}

/// A method for M u' + K u = f(t); with a system and a step it becomes an integrator.
pub trait FirstOrderMethod: fmt::Debug + Send + Sync {
    /// The order of convergence in dt.
    fn order(&self) -> usize;

    /// Checks the step and factorises.
    ///
    /// # Errors
    /// [`Error::Config`] for a step that is not positive, [`Error::UnstableStep`] for one beyond the stability limit of the method,
    /// [`Error::Factorization`].
    fn integrator(&self, system: Arc<FirstOrderSystem>, dt: f64) -> Result<Box<dyn FirstOrderIntegrator>>;
}

/// A method bound to a system and a step; factorisations are kept as long as the step stays.
pub trait FirstOrderIntegrator: Send {
    /// The system.
    fn system(&self) -> &FirstOrderSystem;

    /// The step.
    fn dt(&self) -> f64;

    /// Changes the step: numeric factorisation only.
    ///
    /// # Errors
    /// As [`FirstOrderMethod::integrator`].
    fn set_dt(&mut self, dt: f64) -> Result<()>;

    /// The work done so far.
    fn work(&self) -> Work;

    /// Advances by one step, without any check.
    ///
    /// # Errors
    /// [`Error::Factorization`] where a method must factorise anew.
    fn advance(&mut self, state: &mut State, forcing: Forcing<'_>) -> Result<()>;

    /// Advances by one step.
    ///
    /// # Errors
    /// [`Error::Length`] for a state of the wrong size, [`Error::NotFinite`] for a bad load, [`Error::BlowUp`] if the result is not
    /// finite.
    fn step(&mut self, state: &mut State, forcing: Forcing<'_>) -> Result<()> {
        check_state(self.system(), state)?;
        forcing.check(state.values.len())?;
        self.advance(state, forcing)?;
        check_growth(&state.values, self.work().steps, state.time)
    }

    /// Advances by `n_steps` steps.
    ///
    /// # Errors
    /// As [`Self::step`].
    fn repeat(&mut self, state: &mut State, n_steps: usize, forcing: Forcing<'_>) -> Result<()> {
        (0..n_steps).try_for_each(|_| self.step(state, forcing))
    }

    /// Advances by `n_frames · every` steps; `observe` sees the start and then every `every`-th state.
    ///
    /// # Errors
    /// As [`Self::step`].
    fn rollout(
        &mut self,
        state: &mut State,
        n_frames: usize,
        every: usize,
        forcing: Forcing<'_>,
        observe: &mut dyn FnMut(&State),
    ) -> Result<()> {
        observe(state);
        for _ in 0..n_frames {
            self.repeat(state, every, forcing)?;
            observe(state);
        }
        Ok(())
    }
}

fn check_state(system: &FirstOrderSystem, state: &State) -> Result<()> {
    let (expected, found) = (system.size(), state.values.len());
    if found != expected {
        return Err(Error::Length {
            name: "state.values",
            axes: format!("dof = {expected}"),
            expected,
            found,
        });
    }
    Ok(())
}
