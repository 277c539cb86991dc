//! Tests of the facade: figures, devices, the program from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    reason = "tests"
)]

mod cli;
mod compress;
mod examples;
mod figures;
mod incremental;
#[cfg(feature = "mpi")]
mod mpi;
mod multigrid;
mod parallel;
mod pipeline;
mod references;
mod rollout;
mod streaming;
