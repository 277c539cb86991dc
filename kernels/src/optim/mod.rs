//! Optimiser steps over parameter slices: fused, vectorised, in place.
//!
//! - [`AdamW`]: Adam with decoupled or coupled weight decay.
//! - [`global_norm`], [`clip_factor`]: clipping by the norm of all gradients together.

mod adamw;
mod clip;

pub use adamw::{AdamW, Decay, Slot};
pub use clip::{clip_factor, global_norm};
