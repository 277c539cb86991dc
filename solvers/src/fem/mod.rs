//! Finite elements.
//!
//! - [`structured`]: bilinear elements on the unit square with geometric multigrid, for data sets of many samples.

pub mod structured;

pub use structured::{
    Coefficient, EllipticSolver, ErrorNorms, Load, Progress, Report, Stopping, error_norms,
};
