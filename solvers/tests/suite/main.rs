#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    reason = "tests"
)]

mod darcy;
mod fem_order;
mod fem_solver;
mod fields;
mod grf;
mod linear;
mod mesh;
mod spectral_chebyshev;
mod spectral_initial;
