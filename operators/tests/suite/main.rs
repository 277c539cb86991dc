#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod compress;
mod config;
mod counts;
mod dil_resnet;
mod dropout;
mod exact_mode;
mod ffno;
mod files;
#[cfg(feature = "gpu")]
mod gpu;
mod gradients;
mod half;
mod layout;
mod learning;
mod losses;
mod metrics;
mod mgno;
mod mode_parameters;
mod multigrid;
mod preconditioner;
mod resample;
mod resolution;
mod support;
mod uno;
mod wave_preconditioner;
mod weights;
