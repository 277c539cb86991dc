#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    reason = "tests"
)]

mod config;
mod counts;
mod files;
mod gradients;
mod learning;
mod losses;
mod metrics;
mod resolution;
mod support;
mod weights;
