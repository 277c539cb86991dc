//! One Fourier block, without its spectral convolution.

use burn::module::Module;
use burn::tensor::Tensor;
use sobolev_kernels::ops::{self, Activation, TailParams};

use super::options::{BlockConfig, Norm, Order, Stabilizer};
use super::spectral::SpectralConvs;
use crate::layers::{ChannelMlp, ChannelNorm, Draws, SkipMap};

/// Skips, norms and channel map of a Fourier block.
///
/// With the nonlinearity σ, the spectral convolution K with bias b, the skips S and T, the channel map M and the norms N, N':
///
/// ```math
/// post-activation:\quad h = σ(N(K\,\tau(x) + b) + S x), \qquad y = σ(N'(M h + T x))
/// ```
/// ```math
/// pre-activation:\quad x' = N(σ(x)), \qquad h = N'(σ(K\,\tau(x') + b + S x')), \qquad y = M h + T x'
/// ```
///
/// τ is the stabiliser (`tanh` or nothing). The last block of a stack leaves its own σ out (all but the first one of a
/// pre-activation block).
///
/// **Source.** Kossaifi et al., TMLR 2024, section 3 and figure 3, in the form of the reference library.
/// **Deviates.** 1. The nonlinearity inside the channel map is the block's, where the reference library always takes GELU.
#[derive(Module, Debug)]
pub struct FnoBlock {
    fno_skip: SkipMap,
    mlp: Option<ChannelMlp>,
    mlp_skip: Option<SkipMap>,
    norms: Vec<ChannelNorm>,
    #[module(skip)]
    config: BlockConfig,
    #[module(skip)]
    is_last: bool,
}

impl FnoBlock {
    pub(super) fn new(config: &BlockConfig, channels: usize, is_last: bool, draws: &mut Draws<'_>) -> Self {
        let fno_skip = SkipMap::new(config.fno_skip, channels, draws);
        let hidden = config.mlp_channels(channels);
        let mlp = hidden.map(|hidden| ChannelMlp::new(channels, hidden, channels, config.activation, draws));
        let mlp_skip = hidden.map(|_| SkipMap::new(config.mlp_skip, channels, draws));
        let count = if hidden.is_some() || config.order == Order::PreActivation { 2 } else { 1 };
        let norms = (0..count).filter_map(|_| match config.norm {
            Norm::None => None,
            Norm::Instance => Some(ChannelNorm::instance(channels)),
            Norm::Group(groups) => Some(ChannelNorm::group(channels, groups, draws)),
        });
        let norms = norms.collect();
        Self { fno_skip, mlp, mlp_skip, norms, config: config.clone(), is_last }
    }

    fn norm(&self, index: usize, x: Tensor<3>) -> Tensor<3> {
        match self.norms.get(index) {
            Some(norm) => norm.forward(x),
            None => x,
        }
    }

    /// The block's nonlinearity where it is not the stack's last.
    fn inner_activation(&self) -> Activation {
        if self.is_last { Activation::Identity } else { self.config.activation }
    }

    /// Applies the block, whose spectral convolution is number `layer` of `convs`.
    ///
    /// **Shapes.** `[batch, channels, points]`, kept.
    pub(super) fn forward(
        &self,
        convs: &SpectralConvs,
        layer: usize,
        x: Tensor<3>,
        size: &[usize],
    ) -> Tensor<3> {
        let x = match self.config.order {
            Order::PostActivation => x,
            Order::PreActivation => self.norm(0, ops::activate(x, self.config.activation)),
        };
        let spectral = match self.config.stabilizer {
            Stabilizer::None => convs.forward(layer, x.clone(), size),
            Stabilizer::Tanh => convs.forward(layer, ops::activate(x.clone(), Activation::Tanh), size),
        };
        let (mid, out) = match self.config.order {
            Order::PostActivation => (self.inner_activation(), self.inner_activation()),
            Order::PreActivation => (self.inner_activation(), Activation::Identity),
        };
        match self.fused(convs, layer, mid, out) {
            Some(tail) => ops::fno_tail(spectral, x, tail),
            None => self.composed(convs, layer, spectral, x, [mid, out]),
        }
    }

    /// The parameters of the one-pass kernel, where the configuration is the one it serves.
    fn fused(
        &self,
        convs: &SpectralConvs,
        layer: usize,
        mid: Activation,
        out: Activation,
    ) -> Option<TailParams> {
        if self.config.norm != Norm::None {
            return None;
        }
        let skip = self.fno_skip.weight()?;
        let gate = self.mlp_skip.as_ref()?.gate()?;
        let mlp = self.mlp.as_ref()?.params()?;
        Some(TailParams {
            skip,
            bias: convs.bias(layer),
            mid,
            mlp,
            hidden: self.config.activation,
            gate,
            out,
        })
    }

    fn composed(
        &self,
        convs: &SpectralConvs,
        layer: usize,
        spectral: Tensor<3>,
        x: Tensor<3>,
        [mid, out]: [Activation; 2],
    ) -> Tensor<3> {
        let bias = convs.bias(layer);
        let channels = bias.dims()[0];
        let y = spectral + bias.reshape([1, channels, 1]);
        let pre = self.config.order == Order::PreActivation;
        let y = if pre { y } else { self.norm(0, y) };
        let y = self.fno_skip.add(y, x.clone(), mid);
        let y = if pre { self.norm(1, y) } else { y };
        let (Some(mlp), Some(skip)) = (&self.mlp, &self.mlp_skip) else { return y };
        let has_last_norm = !pre && self.config.norm != Norm::None;
        let end = if has_last_norm { Activation::Identity } else { out };
        let y = match skip.gate() {
            Some(gate) => mlp.forward_gated(y, Some((x, gate)), end),
            None => skip.add(mlp.forward(y), x, end),
        };
        if has_last_norm { ops::activate(self.norm(1, y), out) } else { y }
    }
}
