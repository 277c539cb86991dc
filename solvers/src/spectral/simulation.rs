//! The stepper behind a pointer, for those who choose an equation at run time.

use sobolev_kernels::Scalar;

use super::{Equation, FourierGrid, PerSample, State, Stepper};
use crate::Result;

/// What a [`Stepper`] does, whatever its equation.
pub trait Simulation<T>: Send + Sync {
    /// See [`Stepper::grid`].
    fn grid(&self) -> &FourierGrid;
    /// See [`Stepper::dt`].
    fn dt(&self) -> f64;
    /// Fields of the state.
    fn channels(&self) -> usize;
    /// See [`Stepper::sample_len`].
    fn sample_len(&self) -> usize;
    /// See [`Stepper::init_with`].
    ///
    /// # Errors
    /// As there.
    fn init_with(&self, fields: &[T], own: &PerSample<'_, T>) -> Result<State<T>>;
    /// See [`Stepper::repeat`].
    ///
    /// # Errors
    /// As there.
    fn repeat(&self, state: &mut State<T>, n: usize) -> Result<()>;
    /// See [`Stepper::fields`].
    fn fields(&self, state: &State<T>) -> Vec<T>;
    /// See [`Stepper::rollout`].
    ///
    /// # Errors
    /// As there.
    fn rollout(&self, state: &mut State<T>, frames: usize, every: usize) -> Result<Vec<T>>;
}

impl<E: Equation, T: Scalar> Simulation<T> for Stepper<E, T> {
    fn grid(&self) -> &FourierGrid {
        self.grid()
    }
    fn dt(&self) -> f64 {
        self.dt()
    }
    fn channels(&self) -> usize {
        self.equation().channels()
    }
    fn sample_len(&self) -> usize {
        self.sample_len()
    }
    fn init_with(&self, fields: &[T], own: &PerSample<'_, T>) -> Result<State<T>> {
        self.init_with(fields, own)
    }
    fn repeat(&self, state: &mut State<T>, n: usize) -> Result<()> {
        self.repeat(state, n)
    }
    fn fields(&self, state: &State<T>) -> Vec<T> {
        self.fields(state)
    }
    fn rollout(&self, state: &mut State<T>, frames: usize, every: usize) -> Result<Vec<T>> {
        self.rollout(state, frames, every)
    }
}
