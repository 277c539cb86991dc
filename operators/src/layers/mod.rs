//! Parts that several operators share.

mod draws;
mod grid;
mod mlp;
mod norm;
mod padding;
mod skip;

pub use draws::Draws;
pub use grid::append_grid;
pub use mlp::ChannelMlp;
pub use norm::ChannelNorm;
pub use padding::{crop, pad, pixels};
pub use skip::{Skip, SkipMap};
