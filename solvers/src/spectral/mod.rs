//! Spectral methods: Fourier pseudo-spectral and Chebyshev discretisations with exponential, implicit-explicit and explicit integrators.
//!
//! An [`Equation`] states its symbols and a pointwise function; the rest is generic in it.

pub mod chebyshev;
mod dealias;
mod equation;
pub mod equations;
mod grid;
pub mod initial;
mod points;

pub use dealias::Dealias;
pub use equation::{Counts, Equation, FieldKind, Wave};
pub use grid::FourierGrid;
pub use points::Points;
