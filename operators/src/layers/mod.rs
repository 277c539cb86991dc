//! Parts that several operators share.

mod draws;
mod grid;
mod kernel;
mod mlp;
mod norm;
mod padding;
mod resample;
mod skip;

pub use draws::Draws;
pub use grid::append_grid;
pub(crate) use kernel::Kernel;
pub use mlp::{ChannelMlp, Parametrization};
pub use norm::ChannelNorm;
pub use padding::{crop, pad, pixels};
pub use resample::{Resample, resample};
pub use skip::{Skip, SkipMap};
