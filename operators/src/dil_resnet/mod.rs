//! Dilated residual networks: convolutions whose taps stand ever further apart and come together again.
//!
//! **Source.** Stachenfeld, Fielding, Kochkov, Cranmer, Pfaff, Godwin, Cui, Ho, Battaglia, Sanchez-Gonzalez, *Learned Coarse Models for
//! Efficient Turbulence Simulation*, ICLR 2022 (arXiv:2112.15275).
//!
//! ```text
//! config      DilResNetConfig         model      DilResNet
//! ```

mod config;
mod model;

pub use config::DilResNetConfig;
pub use model::DilResNet;
