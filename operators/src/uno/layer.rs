//! One block: a spectral convolution onto another grid, and a pointwise map beside it.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::fft::max_modes;
use sobolev_kernels::ops::{self, Activation, Op};

use super::{UnoBlockConfig, UnoConfig};
use crate::fno::{Dense, FnoConfig, Norm, unambiguous_modes};
use crate::layers::{ChannelMlp, ChannelNorm, Draws, Resample, resample};

/// A block of a U-shaped operator.
///
/// With the spectral convolution K, whose weights have unequally many channels in and out and whose result is evaluated on the
/// block's own grid, its bias b, a linear map S of the channels, the resampling R between the grids, and the norm N:
///
/// ```math
/// h = σ(N(K x + b + S R x)), \qquad y = h \quad\text{or}\quad y = σ(M h + g \odot h)
/// ```
///
/// where M is a channel map with one hidden layer and g a learned weight per channel (`mlp_expansion > 0`).
///
/// **Source.** Rahman et al., TMLR 2023 (arXiv:2204.11127); without M.
/// **Deviates.** 1. R is trigonometric or linear between the points on which the convolution is evaluated; the reference library
/// interpolates bicubically with aligned corners, which moves a periodic field.
#[derive(Module, Debug)]
pub struct UnoBlock {
    weight: Dense,
    /// `[out]`
    bias: Param<Tensor<1>>,
    /// `[out, in]`
    skip: Param<Tensor<2>>,
    norm: Option<ChannelNorm>,
    mlp: Option<ChannelMlp>,
    /// `[out]`
    gate: Option<Param<Tensor<1>>>,
    #[module(skip)]
    n_modes: Vec<usize>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    resample: Resample,
}

impl UnoBlock {
    pub(super) fn new(
        config: &UnoConfig,
        block: &UnoBlockConfig,
        input: usize,
        draws: &mut Draws<'_>,
    ) -> Self {
        let output = block.channels;
        let modes = FnoConfig::kept_modes(&block.n_modes);
        let std = (2.0 / (input + output) as f64).sqrt();
        let weight = Dense::rectangular(&modes, [input, output], std, draws);
        let (bias, skip) = (draws.normal([output], std), draws.linear([output, input], input));
        let norm = match config.norm {
            Norm::None => None,
            Norm::Instance => Some(ChannelNorm::instance(output)),
            Norm::Group(groups) => Some(ChannelNorm::group(output, groups, draws)),
        };
        let hidden = (config.mlp_expansion * output as f64).round_ties_even() as usize;
        let mlp = (hidden > 0).then(|| ChannelMlp::new(output, hidden, output, config.activation, draws));
        let gate = (hidden > 0).then(|| draws.constant([output], 1.0));
        Self {
            weight,
            bias,
            skip,
            norm,
            mlp,
            gate,
            n_modes: block.n_modes.clone(),
            activation: config.activation,
            resample: config.resample,
        }
    }

    /// Applies the block.
    ///
    /// **Shapes.** `[batch, in, points of size]` to `[batch, out, points of out_size]`.
    pub(super) fn forward(&self, x: Tensor<3>, size: &[usize], out_size: &[usize]) -> Tensor<3> {
        let spectral = self.convolve(x.clone(), size, out_size);
        let inner = if self.norm.is_some() { Activation::Identity } else { self.activation };
        let (skip, bias) = (self.skip.val(), Some(self.bias.val()));
        let points = |size: &[usize]| size.iter().product::<usize>();
        // Both orders are the same map: the channels are mixed on the coarser grid.
        let h = if points(out_size) > points(size) {
            let mixed = ops::channel_mix(x, skip, bias, None, Activation::Identity);
            ops::activate(spectral + resample(mixed, size, out_size, self.resample), inner)
        } else {
            ops::channel_mix(resample(x, size, out_size, self.resample), skip, bias, Some(spectral), inner)
        };
        let h = match &self.norm {
            Some(norm) => ops::activate(norm.forward(h), self.activation),
            None => h,
        };
        match (&self.mlp, &self.gate) {
            (Some(mlp), Some(gate)) => mlp.forward_gated(h.clone(), Some((h, gate.val())), self.activation),
            _ => h,
        }
    }

    /// `K x`; between unequal grids without the highest wavenumber of an even axis, whose sign is ambiguous.
    fn convolve(&self, x: Tensor<3>, size: &[usize], out_size: &[usize]) -> Tensor<3> {
        let resolved: fn(&[usize]) -> Vec<usize> =
            if size == out_size { max_modes } else { unambiguous_modes };
        let kept: Vec<usize> = FnoConfig::kept_modes(&self.n_modes)
            .into_iter()
            .zip(resolved(size).into_iter().zip(resolved(out_size)))
            .map(|(m, (a, b))| m.min(a).min(b))
            .collect();
        let spectrum = ops::truncated_fft(x, size, &kept);
        let spectrum = ops::cmatmul(spectrum, Op::Plain, self.weight.reconstruct(&kept), Op::Plain);
        ops::truncated_ifft(spectrum, out_size, &kept)
    }
}
