//! Equations, their discretisations and their solvers; nothing learned.
//!
//! - [`grf`]: Gaussian random fields on the unit cube in one to three dimensions;
//! - [`fem`]: finite elements for −∇·(a∇u) = f with multigrid-preconditioned conjugate gradients;
//! - [`darcy`]: random Darcy-flow problems, one sample a `(seed, index)`.

pub mod darcy;
mod error;
pub mod fem;
pub mod grf;
mod grid;

pub use error::{Error, Result};
pub use grid::Grid;
