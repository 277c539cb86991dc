//! The operations as compositions of Burn's tensor operations: the form that runs on GPUs, and the reference of the fused kernels.
//!
//! Their gradients come from Burn's automatic differentiation.

mod contract;
mod conv;
mod fft;
mod pointwise;
mod windows;

pub use contract::{cmatmul, components, expanded, khatri_rao, separable};
pub use conv::{conv, conv_add, conv_residual, conv_transpose, conv_transpose_add};
pub use fft::{truncated_fft, truncated_ifft};
pub use pointwise::{activate, channel_mix, channel_mlp, fno_tail, group_norm};
pub use windows::{gather_windows, scatter_windows};
