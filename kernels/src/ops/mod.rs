//! The Burn face of the kernels: differentiable operations on tensors.
//!
//! Every operation exists twice. On the CPU it is one fused kernel of this crate with a hand-written backward pass, brought into
//! Burn's graph by `cpu`; on any other device it is the [`composed`] form, made of Burn's own tensor operations, which also serves
//! as the reference in the tests. Which one runs is decided by the device of the first argument.
//!
//! Fields are `[batch, channels, points]`, where `points` is the product of the grid's `size` (last axis fastest); spectra are
//! `[modes, batch, channels, 2]`, real and imaginary part last, over the kept wavenumbers of
//! [`TruncatedFft`](crate::fft::TruncatedFft). Operations take `f32` or `f64` tensors, all arguments alike.
//!
//! # Panics
//! As Burn's own operations do, these panic when the shapes of their arguments do not fit; whatever a user's file or configuration
//! can get wrong is checked before it comes here.

mod components;
pub mod composed;
mod contract;
mod conv;
mod cpu;
mod expanded;
mod fft;
mod mlp;
mod norm;
mod pointwise;
mod windows;

pub use components::{components, khatri_rao};
pub use contract::{Op, cmatmul, separable};
pub use conv::{conv, conv_add, conv_residual, conv_transpose, conv_transpose_add};
pub use cpu::is_cpu;
pub use expanded::expanded;
pub use fft::{truncated_fft, truncated_ifft};
pub use mlp::{MlpParams, TailParams, channel_mlp, fno_tail};
pub use norm::group_norm;
pub use pointwise::{activate, channel_mix};
pub use windows::{gather_windows, scatter_windows};

pub use crate::conv::{Boundary, ConvAxis, ConvSpec};
pub use crate::pointwise::Activation;
