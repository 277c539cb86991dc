//! Tests of the kernels.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod contract;
mod conv;
mod fft;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "allocator")]
mod memory;
mod mode_fft;
mod norm;
#[cfg(feature = "burn")]
mod ops;
mod optim;
mod pointwise;
mod testing;
mod windows;
