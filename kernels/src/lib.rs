//! Numerics without an equation and without a weight: what the solvers, the neural operators and the equivariant layers share.
//!
//! The numeric part works on plain slices and knows no tensor framework. Feature `burn` adds [`ops`], the same kernels as
//! differentiable operations on Burn tensors; feature `testing` adds [`testing`], the checks that this workspace and its users
//! put their own layers through.

pub mod buffer;
pub mod gemm;
pub mod rng;
mod scalar;
pub mod special;

pub use num_complex::Complex;
pub use scalar::{Entry, Scalar};
