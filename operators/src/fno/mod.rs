//! Fourier neural operators with dense and with tensorized weights.
//!
//! **Source.** Li et al., *Fourier Neural Operator for Parametric Partial Differential Equations*, ICLR 2021
//! (arXiv:2010.08895); Kossaifi et al., *Multi-Grid Tensorized Fourier Neural Operator for High-Resolution PDEs*, TMLR 2024
//! (arXiv:2310.00120).
//!
//! ```text
//! config      FnoConfig                  model      Fno
//! options     blocks, embedding          tfno       TfnoConfig
//! block       one Fourier block          spectral   truncated transforms around the weights
//! weights/    dense, Tucker, CP, tensor train; per layer or one for all; cheapest order of contraction
//! compress/   trained weights in another form, by singular value decompositions and least squares
//! ```

mod block;
pub mod compress;
mod config;
mod model;
mod options;
mod spectral;
mod tfno;
mod weights;

pub use block::FnoBlock;
pub use config::FnoConfig;
pub(crate) use config::{check_modes, positive, range};
pub use model::Fno;
pub use options::{BlockConfig, Embedding, Norm, Order, Precision, Stabilizer};
pub use spectral::SpectralConvs;
pub(crate) use spectral::unambiguous_modes;
pub use tfno::TfnoConfig;
pub use weights::{Cp, Dense, RankConfig, SpectralWeight, TensorTrain, Tucker, WeightConfig, WeightForm};
