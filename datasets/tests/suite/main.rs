#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    reason = "tests"
)]

mod bad_files;
mod darcy;
mod elements;
mod exports;
mod failures;
mod generation;
mod kill;
mod layout;
mod loading;
mod manifest;
mod normalising;
mod problems;
mod registry;
mod statistics;
mod streaming;
mod trajectories;
mod views;
