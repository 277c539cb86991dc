//! Preconditioners of the Helmholtz equation that are linear multigrid operators.
//!
//! Smoothing and coarse correction by the equation itself fail where waves oscillate: neither damps the errors of the wavenumbers
//! that the operator almost maps to zero. Here nothing of the cycle is taken from the equation. Cycles with learned kernels make
//! the whole map from a residual to a correction, which the residual minimisation of GMRES then weighs.
//!
//! ```text
//! system.rs   a batch of nine-point operators with complex entries
//! net.rs      the map, and how much of a residual it leaves
//! ```

mod config;
mod net;
mod system;

pub use config::WaveConfig;
pub use net::{Reduction, WavePreconditioner};
pub use system::{Stencil, WaveSystem};
