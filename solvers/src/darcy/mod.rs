//! Random Darcy flow: −∇·(a∇u) = f on the unit square, u = 0 on the boundary.
//!
//! | file | what |
//! |---|---|
//! | `config` | laws of a, forcing, grid |
//! | `coefficient` | draws of a |
//! | `problem` | draws and solves |

mod coefficient;
mod config;
mod problem;

pub use crate::Grid;
pub use config::{Coefficient, DarcyConfig, Domain, FieldConfig, Forcing};
pub use problem::{DarcyProblem, DarcySample};
