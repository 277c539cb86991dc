//! Spectral methods: Fourier pseudo-spectral and Chebyshev discretisations with exponential, implicit-explicit and explicit integrators.
//!
//! An [`Equation`] states its symbols and a pointwise function; a [`Stepper`] makes a solver of it, for batches of samples.
//!
//! Files: `equation`, `points` (what an author writes), `grid`, `dealias`, `integrator/` (what a user chooses), `stepper`, `state`,
//! `simulation` (what a user calls); behind them `modes` (kept modes and tables of symbols), `nonlinear` (the fused transforms),
//! `plan` (tables of a method), `engine` (one step of one block), `adaptive`, `stability`. Beside it: [`equations`] (the catalogue),
//! [`initial`] (initial conditions), [`chebyshev`].

mod adaptive;
pub mod chebyshev;
mod dealias;
mod engine;
mod equation;
pub mod equations;
mod grid;
pub mod initial;
mod integrator;
mod modes;
mod nonlinear;
mod plan;
mod points;
mod simulation;
mod stability;
mod state;
mod stepper;

pub use dealias::Dealias;
pub use equation::{Counts, Equation, FieldKind, Wave};
pub use grid::FourierGrid;
pub use integrator::{Integrator, Tolerance, phi};
pub use points::Points;
pub use simulation::Simulation;
pub use state::{BlowUp, State, Work};
pub use stepper::{PerSample, Stepper};
