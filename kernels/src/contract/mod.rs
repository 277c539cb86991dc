//! Complex contraction of spectra with dense, Tucker, CP and tensor-train weights.
//!
//! ```math
//! y[m, b, o] = Σ_i x[m, b, i] W[m, i, o]
//! ```
//!
//! - `cmatmul`, `product`: batches of complex matrix products, forward and backward; every contraction is made of these.
//! - `separable`: one weight per mode and channel.
//! - `components`, `khatri_rao`: the spectrum through the components of a CP weight; products of its factors.
//! - `expanded`: the spectrum times a Tucker core that is expanded along its last axis on the way.
//! - `rank`, `init`: from a compression ratio to integer ranks, and the scale of the factors.
//! - `path`: what each order of contraction costs, and the cheapest.
//! - [`tucker`], [`cp`], [`tensor_train`]: the contractions.
//!
//! Storage, modes first: dense `[M_1, .., M_d, in, out]`; Tucker core `[R_1, .., R_d, R_in, R_out]`, factors `[I_k, R_k]`; CP weights
//! `[R]`, factors `[I_k, R]`; tensor-train cores in the order in, out, modes.

mod cmatmul;
mod components;
pub mod cp;
mod expanded;
mod init;
mod khatri_rao;
mod path;
mod product;
mod rank;
mod separable;
pub mod tensor_train;
pub mod tucker;

pub use cmatmul::{CMatmul, Operand};
pub use components::{ComponentFactors, ComponentGradients, Components};
pub use expanded::{Expanded, ExpandedGradients};
pub use khatri_rao::{khatri_rao, khatri_rao_grad_a, khatri_rao_grad_b};
pub use path::{
    ChainEnd, ChannelFactor, Cost, CpPlan, LayerAxis, LayerFactor, SpectralShape, TrainChannels, TrainPlan,
    TuckerPlan,
};
pub use rank::{Factorization, Rank};
pub use separable::{separable, separable_grad_w, separable_grad_x};
