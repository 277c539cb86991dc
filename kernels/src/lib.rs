//! Numerics without an equation and without a weight: what the solvers, the neural operators and the equivariant layers share.
//!
//! The numeric part works on plain slices and knows no tensor framework. Feature `burn` adds [`ops`], the same kernels as
//! differentiable operations on Burn tensors; feature `testing` adds [`testing`], the checks that this workspace and its users
//! put their own layers through.

pub mod buffer;
pub mod contract;
pub mod conv;
mod error;
pub mod fft;
pub mod gemm;
#[cfg(feature = "allocator")]
pub mod memory;
pub mod norm;
#[cfg(feature = "burn")]
pub mod ops;
pub mod optim;
pub mod pointwise;
pub mod rng;
mod scalar;
mod simd;
pub mod special;
#[cfg(feature = "testing")]
pub mod testing;
pub mod windows;

pub use error::{Error, Result};
pub use num_complex::Complex;
pub use scalar::{Entry, Scalar};
pub use simd::vectorised;
