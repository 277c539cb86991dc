//! A layer of a factorised operator: spectral convolutions along one axis at a time, and what follows their sum.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::ops::{self, Activation, Op};

use super::{FfnoConfig, Sharing};
use crate::fno::check_modes;
use crate::layers::{ChannelMlp, Draws};
use crate::operator::{ModeAxis, ModeParameter};
use crate::{Error, Result};

/// The spectral convolutions of a stack of layers along every axis by itself.
///
/// ```math
/// (K_l u)(x) = \sum_{j=1}^{d} \mathrm{Re} \sum_{0 \le k \le K_j} c_k\, W_{l,j,k}\, \hat u_{j,k}(x_{i \ne j})\, e^{2\pi i k x_j}
/// ```
///
/// where `û_j` are the Fourier coefficients of the lines along axis j, with the factor 1/n_j, so that the same weights act alike
/// on every grid, and c is 1 for k = 0 and for the highest wavenumber of an even axis, and 2 otherwise: a real line has the others with
/// both signs. The number of weights is O(K_1 + .. + K_d), not O(K_1 ⋯ K_d).
///
/// **Source.** Tran et al., ICLR 2023 (arXiv:2111.13587).
/// **Deviates.** 1. Weights start with `E|w|² = 1 / (d · channels)`, which keeps a field's variance through the sum of the d
/// convolutions; the authors' scale depends on the number of modes. 2. A grid with fewer modes than the weights uses the weights
/// of its modes.
#[derive(Module, Debug)]
pub struct AxisConvs {
    /// Layer by layer, axis by axis: `[allocated modes, in, out, 2]`.
    weights: Vec<Param<Tensor<4>>>,
    #[module(skip)]
    n_modes: Vec<usize>,
    #[module(skip)]
    allocated: Vec<usize>,
}

/// Wavenumbers 0 .. n/2.
fn kept(n: usize) -> usize {
    n / 2 + 1
}

impl AxisConvs {
    pub(super) fn new(config: &FfnoConfig, draws: &mut Draws<'_>) -> Self {
        let (allocated, channels) = (config.allocated_modes().to_vec(), config.hidden_channels);
        let sets = if config.sharing == Sharing::Shared { 1 } else { config.n_layers };
        let std = (1.0 / (config.n_dim() * channels) as f64).sqrt();
        let mut weight = |&n: &usize| draws.complex_normal([kept(n), channels, channels, 2], std);
        let weights = (0..sets).flat_map(|_| allocated.iter().map(&mut weight).collect::<Vec<_>>()).collect();
        Self { weights, n_modes: config.n_modes.clone(), allocated }
    }

    /// The weight of layer `layer` along `axis`, `[allocated modes, in, out, 2]`.
    pub fn weight(&self, layer: usize, axis: usize) -> Tensor<4> {
        let axes = self.allocated.len();
        let set = layer.min(self.weights.len() / axes - 1);
        self.weights[set * axes + axis].val()
    }

    /// The parameters that belong to single modes, of all layers.
    pub(super) fn mode_parameters(&self) -> Vec<ModeParameter> {
        let axes = self.allocated.len();
        let of = |(i, weight): (usize, &Param<Tensor<4>>)| {
            let [modes, input, output, two] = weight.val().dims();
            let axis = ModeAxis { axis: i % axes, modes, zero: 0, stride: input * output * two };
            ModeParameter { id: weight.id, axes: vec![axis] }
        };
        self.weights.iter().enumerate().map(of).collect()
    }

    /// Modes in use per axis.
    pub fn n_modes(&self) -> &[usize] {
        &self.n_modes
    }

    /// Changes the modes in use.
    ///
    /// # Errors
    /// [`Error::Config`] for a zero, for more than is allocated, or for a wrong number of axes.
    pub fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        check_modes("n_modes", n_modes)?;
        if n_modes.len() != self.allocated.len()
            || n_modes.iter().zip(&self.allocated).any(|(n, max)| n > max)
        {
            let expected = format!("at most the allocated {:?} on every axis", self.allocated);
            return Err(Error::config("n_modes", expected, format!("{n_modes:?}")));
        }
        self.n_modes = n_modes.to_vec();
        Ok(())
    }

    /// The sum of the convolutions of layer `layer` along all axes.
    ///
    /// **Shapes.** `[batch, channels, points]`, kept; `size` may be any grid.
    pub fn forward(&self, layer: usize, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        let last = size.len() - 1;
        let others =
            (0..last).map(|axis| self.along(layer, axis, x.clone(), size)).reduce(|sum, part| sum + part);
        let last = self.along(layer, last, x, size);
        match others {
            Some(sum) => sum + last,
            None => last,
        }
    }

    fn along(&self, layer: usize, axis: usize, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        let [batch, channels, points] = x.dims();
        let n = size[axis];
        let (lines, inner) = (points / n, size[axis + 1..].iter().product::<usize>());
        let planes = batch * channels * lines / inner;
        // The axis last: the other axes of a channel make its lines.
        let x = swapped(x.reshape([planes, n, inner])).reshape([batch, channels * lines, n]);
        let modes = kept(self.n_modes[axis]).min(kept(n));
        let spectrum = ops::truncated_fft(x, &[n], &[modes]);
        // Every sample and mode is a matrix [channels, lines], multiplied from the left by the transposed weight of the mode.
        let weight = self.weight(layer, axis).narrow(0, 0, modes).unsqueeze_dim::<5>(1);
        let weight = weight.expand([modes, batch, channels, channels, 2]);
        let weight = weight.reshape([modes * batch, channels, channels, 2]);
        let spectrum = spectrum.reshape([modes * batch, channels, lines, 2]);
        let spectrum = ops::cmatmul(weight, Op::Transposed, spectrum, Op::Plain);
        let y = ops::truncated_ifft(spectrum.reshape([modes, batch, channels * lines, 2]), &[n], &[modes]);
        swapped(y.reshape([planes, inner, n])).reshape([batch, channels, points])
    }
}

/// The last two axes exchanged.
fn swapped(x: Tensor<3>) -> Tensor<3> {
    let [planes, a, b] = x.dims();
    if a == 1 || b == 1 { x.reshape([planes, b, a]) } else { x.swap_dims(1, 2) }
}

/// The feed-forward map of a layer and the way around it, without its spectral convolutions.
///
/// ```math
/// y = x + W_2\, σ(W_1 K x + b_1) + b_2
/// ```
///
/// The residual is added behind the nonlinearity, which lets deep stacks train: gradients pass all layers unchanged.
///
/// **Source.** Tran et al., ICLR 2023 (arXiv:2111.13587), in the form of the authors' code, which has no nonlinearity behind the
/// last linear map.
#[derive(Module, Debug)]
pub struct FfnoBlock {
    feed_forward: ChannelMlp,
}

impl FfnoBlock {
    pub(super) fn new(config: &FfnoConfig, draws: &mut Draws<'_>) -> Self {
        let width = config.hidden_channels;
        let map = ChannelMlp::new(width, config.mlp_channels(), width, config.activation, draws);
        Self { feed_forward: map.with_parametrization(config.linear, draws) }
    }

    /// Applies the layer, whose spectral convolutions are number `layer` of `convs`.
    ///
    /// **Shapes.** `[batch, channels, points]`, kept.
    pub(super) fn forward(&self, convs: &AxisConvs, layer: usize, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        let spectral = convs.forward(layer, x.clone(), size);
        let ones = Tensor::ones([x.dims()[1]], (&x.device(), x.dtype()));
        self.feed_forward.forward_gated(spectral, Some((x, ones)), Activation::Identity)
    }
}
