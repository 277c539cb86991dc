//! Sparse matrices and the solvers of linear systems.
//!
//! | module | what |
//! |---|---|
//! | `number`, `pattern`, `csr`, `algebra` | real and complex scalars, sparsity patterns shared by many matrices, matrices in compressed rows |
//! | `operator` | what the iterative methods ask of a matrix and of a preconditioner |
//! | `direct` | sparse Cholesky and LU, analysed once a pattern |
//! | `krylov` | conjugate gradients, MINRES, restarted GMRES, BiCGStab |
//! | `precondition` | Jacobi, block Jacobi, symmetric successive over-relaxation |
//! | `amg` | smoothed-aggregation algebraic multigrid |
//!
//! Everything here gives the same bits on any number of threads: rows are independent, and sums run over fixed chunks.

mod algebra;
mod amg;
mod csr;
mod direct;
mod krylov;
mod number;
mod operator;
mod parallel;
mod pattern;
mod precondition;

pub use amg::{AmgOptions, Cycle, Precision, SmoothedAggregation, Smoother, Unknowns, rigid_body_modes};
pub use csr::Csr;
pub use direct::{Cholesky, Lu};
pub use krylov::{KrylovOptions, KrylovReport, bicgstab, cg, gmres, minres};
pub use number::Number;
pub use operator::{FnOperator, Identity, LinearOperator, Preconditioner};
pub use pattern::Pattern;
pub use precondition::{BlockJacobi, Jacobi, Ssor};
