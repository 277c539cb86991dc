//! Bilinear finite elements for −∇·(a∇u) = f on the unit square.
//!
//! | file | what |
//! |---|---|
//! | `assembly` | stiffness and load of Q1 elements, cellwise or nodewise a |
//! | `stencil` | the nine-point operator |
//! | `interpolation`, `transfer` | operator-dependent weights, Galerkin products, restriction, prolongation |
//! | `smoother`, `smoothing` | Gauss-Seidel, smoothers from outside |
//! | `coarsest`, `multigrid` | banded Cholesky, the V-cycle |
//! | `cg`, `solver` | preconditioned conjugate gradients |
//! | `direct` | sparse Cholesky, the reference |
//! | `norms` | L² norm and H¹ seminorm of errors |

mod assembly;
mod cg;
mod check;
mod coarsest;
mod direct;
mod interpolation;
mod multigrid;
mod norms;
pub(crate) mod simd;
mod smoother;
mod smoothing;
mod solver;
mod stencil;
mod transfer;

pub use assembly::{Coefficient, Load};
pub use norms::{ErrorNorms, error_norms};
pub use smoothing::{DampedJacobi, LatticeLevel, Smoothing};
pub use solver::{EllipticSolver, Progress, Report, Stopping};

use stencil::Stencil;
