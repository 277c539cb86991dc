//! Factorised Fourier neural operators: transforms along one axis at a time.
//!
//! **Source.** Tran, Mathews, Xie, Ong, *Factorized Fourier Neural Operators*, ICLR 2023 (arXiv:2111.13587).
//!
//! ```text
//! config      FfnoConfig                 layer      one spectral layer along every axis, its feed-forward map
//! model       Ffno
//! ```

mod config;
mod layer;
mod model;

pub use config::{FfnoConfig, Sharing};
pub use layer::{AxisConvs, FfnoBlock};
pub use model::Ffno;
