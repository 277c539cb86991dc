#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod checkpoint;
mod config;
mod divergence;
mod incremental;
mod kill;
mod optimizer;
mod parallel;
mod patches;
mod resolution;
mod resume;
mod schedule;
mod support;
mod tensor_dropout;
