//! Normalisation of fields over groups of channels.
//!
//! - `group`: group norm forward and backward; one group is the layer norm over the function, as many groups as channels the
//!   instance norm.
//! - `sums`: the sums that it is made of, in double precision and in an order that does not depend on the threads.

mod group;
mod sums;

pub use group::{GroupNorm, NormGradients, NormStats};
