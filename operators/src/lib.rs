//! Learned maps between function spaces: Fourier neural operators with dense and tensorized weights, losses, metrics, training.
//!
//! ```text
//! fno/       Fno, Tfno, and the spectral convolution with its weights
//! ffno/      transforms along one axis at a time       uno/       blocks that change the resolution
//! mgno/      linear maps that are multigrid cycles with learned kernels
//! dil_resnet/ residual blocks of convolutions with taps at a distance
//! multigrid/ any operator on overlapping patches of several levels
//! preconditioner/ multigrid cycles for linear systems with learned smoothers
//! layers/    parts that several operators share: channel maps, norms, coordinates, padding, parameter draws
//! loss/      differentiable losses        metrics/   errors of plain arrays, by frequency band
//! train/     the training loop            weights    safetensors files that carry their model's configuration
//! ```
//!
//! Everything between the input and the output of a model is a flat field `[batch, channels, points]` beside its grid
//! `size`, last axis fastest, so that one implementation serves one, two and three dimensions; [`Operator::forward`] takes
//! and returns ordinary tensors `[batch, channels, z, y, x]`.

mod citations;
pub mod dil_resnet;
mod error;
pub mod ffno;
pub mod fno;
pub mod layers;
pub mod loss;
pub mod metrics;
pub mod mgno;
mod model;
pub mod multigrid;
mod operator;
pub mod preconditioner;
pub mod train;
pub mod uno;
pub mod weights;

pub use citations::{Citation, citations};
pub use dil_resnet::{DilResNet, DilResNetConfig};
pub use error::{Error, Result};
pub use ffno::{Ffno, FfnoConfig};
pub use fno::{Fno, FnoConfig, TfnoConfig};
pub use loss::Loss;
pub use mgno::{Mgno, MgnoConfig};
pub use model::{Model, ModelConfig, ModelSpec, PRESETS};
pub use multigrid::{Multigrid, MultigridConfig};
pub use operator::{ModeAxis, ModeParameter, Modes, Operator};
pub use preconditioner::{MgPreconditioner, PreconditionerConfig};
pub use sobolev_kernels::ops::Activation;
pub use uno::{Uno, UnoConfig};
