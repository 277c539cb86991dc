//! Integrators of M u'' + C u' + K u = f(t).
//!
//! | file | what |
//! |---|---|
//! | `alpha` | generalized-α with Newmark and HHT as special cases |
//! | `lumped` | systems with a diagonal mass, and their largest stable step |
//! | `leapfrog` | the explicit method |

mod alpha;
mod leapfrog;
mod lumped;

use std::fmt;
use std::sync::Arc;

use super::{Forcing, SecondOrderSystem, Work, check_growth};
use crate::{Error, Result};

pub use alpha::GeneralizedAlpha;
pub use leapfrog::{Leapfrog, LeapfrogIntegrator};
pub use lumped::LumpedSystem;

/// The time, u, u' and u'' of a second-order system, each `[dof]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// t.
    pub time: f64,
    /// u, `[dof]`.
    pub displacement: Vec<f64>,
    /// u', `[dof]`.
    pub velocity: Vec<f64>,
    /// u'', `[dof]`.
    pub acceleration: Vec<f64>,
}

/// A method for M u'' + C u' + K u = f(t); with a system and a step it becomes an integrator.
pub trait SecondOrderMethod: fmt::Debug + Send + Sync {
    /// The order of convergence in dt of displacement and velocity.
    fn order(&self) -> usize;

    /// Checks the step against the stability limit, and factorises.
    ///
    /// # Errors
    /// [`Error::Config`] for a step that is not positive, [`Error::UnstableStep`] for one beyond the stability limit of the method,
    /// [`Error::Factorization`].
    fn integrator(&self, system: Arc<SecondOrderSystem>, dt: f64) -> Result<Box<dyn SecondOrderIntegrator>>;
}

/// A method bound to a system and a step.
pub trait SecondOrderIntegrator: Send {
    /// Number of unknowns.
    fn size(&self) -> usize;

    /// The step.
    fn dt(&self) -> f64;

    /// The work done so far.
    fn work(&self) -> Work;

    /// The state of given displacement and velocity at `time`, with the acceleration that the equation gives.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`] for bad data, [`Error::Factorization`] for a singular mass matrix.
    fn start(
        &mut self,
        time: f64,
        displacement: Vec<f64>,
        velocity: Vec<f64>,
        forcing: Forcing<'_>,
    ) -> Result<Motion>;

    /// Advances by `n_steps` steps, without any check.
    ///
    /// # Errors
    /// [`Error::BlowUp`] where a method looks for it on the way.
    fn advance(&mut self, motion: &mut Motion, n_steps: usize, forcing: Forcing<'_>) -> Result<()>;

    /// The energy that the method conserves without damping and forcing.
    ///
    /// # Panics
    /// If `motion` has the wrong size.
    fn energy(&self, motion: &Motion) -> f64;

    /// Advances by one step.
    ///
    /// # Errors
    /// As [`Self::repeat`].
    fn step(&mut self, motion: &mut Motion, forcing: Forcing<'_>) -> Result<()> {
        self.repeat(motion, 1, forcing)
    }

    /// Advances by `n_steps` steps: faster than as many calls of [`Self::step`] where a method can fuse them.
    ///
    /// # Errors
    /// [`Error::Length`] for a state of the wrong size, [`Error::NotFinite`] for a bad load, [`Error::BlowUp`] with step and time if
    /// the result is not finite.
    fn repeat(&mut self, motion: &mut Motion, n_steps: usize, forcing: Forcing<'_>) -> Result<()> {
        let n = self.size();
        check_length("motion.displacement", &motion.displacement, n)?;
        check_length("motion.velocity", &motion.velocity, n)?;
        check_length("motion.acceleration", &motion.acceleration, n)?;
        forcing.check(n)?;
        self.advance(motion, n_steps, forcing)?;
        check_growth(&motion.displacement, self.work().steps, motion.time)?;
        check_growth(&motion.velocity, self.work().steps, motion.time)
    }

    /// Advances by `n_frames · every` steps; `observe` sees the start and then every `every`-th state.
    ///
    /// # Errors
    /// As [`Self::repeat`].
    fn rollout(
        &mut self,
        motion: &mut Motion,
        n_frames: usize,
        every: usize,
        forcing: Forcing<'_>,
        observe: &mut dyn FnMut(&Motion),
    ) -> Result<()> {
        observe(motion);
        for _ in 0..n_frames {
            self.repeat(motion, every, forcing)?;
            observe(motion);
        }
        Ok(())
    }
}

fn check_length(name: &'static str, values: &[f64], expected: usize) -> Result<()> {
    if values.len() == expected {
        return Ok(());
    }
    Err(Error::Length { name, axes: format!("dof = {expected}"), expected, found: values.len() })
}

fn check_start(n: usize, displacement: &[f64], velocity: &[f64], forcing: Forcing<'_>) -> Result<()> {
    for (name, values) in [("displacement", displacement), ("velocity", velocity)] {
        check_length(name, values, n)?;
        if let Some(position) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::NotFinite { name, position, value: values[position] });
        }
    }
    forcing.check(n)
}
