//! Maps that act at every point of a field by itself: activations, linear maps of the channels, two-layer perceptrons, and the
//! pointwise half of a Fourier block, each fused into one pass forward and one backward.
//!
//! Fields are `[batch, channels, points]`, contiguous; weights are `[outputs, inputs]`, row-major. A task takes a tile of points,
//! small enough that everything it computes stays in the second-level cache. Backward passes keep nothing of the forward ones but
//! the arguments: recomputing a tile costs less than storing and reloading it. Sums over points are gathered in parts that do not
//! depend on the number of threads.

mod activate;
mod activation;
mod mix;
mod mlp;
mod outer;
mod product;
mod rows;
mod tail;
mod tiles;

pub use activate::{activate, activate_backward, activate_in_place};
pub use activation::Activation;
pub use mix::{Linear, LinearGrad, MixGrad, MixWants, channel_mix, channel_mix_backward};
pub use mlp::{Gate, Mlp, MlpGrad, MlpWants, channel_mlp, channel_mlp_backward};
pub use tail::{Tail, TailGrad, fno_tail, fno_tail_backward};
