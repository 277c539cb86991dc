//! Tests of the kernels.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp, missing_docs, reason = "tests")]

mod fft;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "burn")]
mod ops;
mod pointwise;
