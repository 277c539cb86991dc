//! Preconditioners made of a matrix alone.

mod block_jacobi;
mod jacobi;
mod ssor;

pub use block_jacobi::BlockJacobi;
pub use jacobi::Jacobi;
pub use ssor::Ssor;
