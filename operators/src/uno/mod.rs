//! U-shaped Fourier neural operators: blocks that change the resolution, and skips between the two arms of the U.
//!
//! **Source.** Rahman, Ross, Azizzadenesheli, *U-NO: U-shaped Neural Operators*, TMLR 2023 (arXiv:2204.11127).
//!
//! ```text
//! config      UnoConfig, UnoBlockConfig         layer      one block onto another grid
//! model       Uno
//! ```

mod config;
mod layer;
mod model;

pub use config::{UnoBlockConfig, UnoConfig};
pub use layer::UnoBlock;
pub use model::Uno;
