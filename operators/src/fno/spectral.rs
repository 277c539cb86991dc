//! Spectral convolutions: transform, mix channels at each kept mode, transform back.

use std::sync::Arc;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Tensor};
use sobolev_kernels::fft::max_modes;
use sobolev_kernels::ops;

use super::config::check_modes;
use super::weights::{Plan, SpectralWeight, WeightConfig, WeightPass, limited};
use super::{FnoConfig, Precision};
use crate::layers::Draws;
use crate::operator::ModeParameter;
use crate::{Error, Result};

/// The spectral convolutions of a stack of layers, which may share one factorised weight.
///
/// ```math
/// (K_l u)(x) = \mathrm{Re} \sum_{k \in Z} W_{l,k}\, \hat u_k\, e^{2\pi i k \cdot x}
/// ```
///
/// over the kept modes Z, where the Fourier coefficients carry the factor 1/N, so that the same weights act alike on every grid.
///
/// **Source.** Li et al., ICLR 2021 (arXiv:2010.08895), equation 4; Kossaifi et al., TMLR 2024.
/// **Deviates.** 1. Coefficients are addressed by wavenumber on either grid, where the reference library misplaces negative
/// wavenumbers when the output grid differs. 2. A grid with fewer modes than the weights uses the weights of its modes.
#[derive(Module, Debug)]
pub struct SpectralConvs {
    weights: Vec<SpectralWeight>,
    biases: Vec<Param<Tensor<1>>>,
    #[module(skip)]
    n_modes: Vec<usize>,
    #[module(skip)]
    allocated: Vec<usize>,
    #[module(skip)]
    precision: Precision,
    #[module(skip)]
    shared: Option<Arc<Shared>>,
}

/// What the layers of a joint weight share in one pass of fields of one shape.
#[derive(Debug)]
struct Shared {
    batch: usize,
    kept: Vec<usize>,
    weight: WeightPass,
}

impl SpectralConvs {
    /// Draws `n_layers` convolutions of `channels` channels for at most `allocated` modes per axis, of which `n_modes` are used.
    ///
    /// # Errors
    /// [`Error::Config`] where the ranks do not fit the weights' shape.
    pub fn new(
        config: &WeightConfig,
        n_layers: usize,
        channels: usize,
        n_modes: &[usize],
        allocated: &[usize],
        draws: &mut Draws<'_>,
    ) -> Result<Self> {
        let plan = Plan::new(config, n_layers, channels, FnoConfig::kept_modes(allocated));
        let tensors = if config.joint { 1 } else { n_layers };
        let weights =
            (0..tensors).map(|_| SpectralWeight::new(config, &plan, draws)).collect::<Result<_>>()?;
        let std = (1.0 / channels as f64).sqrt();
        let biases = (0..n_layers).map(|_| draws.normal([channels], std)).collect();
        let (n_modes, allocated) = (n_modes.to_vec(), allocated.to_vec());
        let precision = Precision::Full;
        Ok(Self { weights, biases, n_modes, allocated, precision, shared: None })
    }

    /// The same convolutions in another arithmetic.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The same biases and modes with other weights.
    pub(super) fn with_weights(&self, weights: Vec<SpectralWeight>) -> Self {
        Self { weights, shared: None, ..self.clone() }
    }

    /// Real numbers in the weights; a complex weight is two.
    pub fn spectral_parameters(&self) -> usize {
        self.weights.num_params()
    }

    /// The weight that layer `layer` uses.
    pub fn weight(&self, layer: usize) -> &SpectralWeight {
        &self.weights[layer.min(self.weights.len() - 1)]
    }

    /// The bias of layer `layer`, `[channels]`.
    pub fn bias(&self, layer: usize) -> Tensor<1> {
        self.biases[layer].val()
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

    /// The parameters that belong to single modes, of all layers.
    pub(super) fn mode_parameters(&self) -> Vec<ModeParameter> {
        let modes = FnoConfig::kept_modes(&self.allocated);
        self.weights.iter().flat_map(|weight| weight.mode_parameters(&modes)).collect()
    }

    /// The same convolutions for one pass of `batch` fields on a grid of `size` through all layers: what the layers of a joint
    /// weight have in common is worked out here, once, and tensor dropout leaves out the same ranks in each of them.
    #[must_use]
    pub fn shared(&self, batch: usize, size: &[usize]) -> Self {
        let layers = self.biases.len();
        if self.weights.len() == layers {
            return self.clone();
        }
        let kept = limited(&FnoConfig::kept_modes(&self.n_modes), &max_modes(size));
        let weight = self.lowered(0).pass(&kept, batch, layers);
        Self { shared: Some(Arc::new(Shared { batch, kept, weight })), ..self.clone() }
    }

    /// The spectrum of a field, times the weight of layer `layer`, on the grid `out_size`.
    fn convolve(
        &self,
        layer: usize,
        x: Tensor<3>,
        size: &[usize],
        out_size: &[usize],
        kept: &[usize],
    ) -> Tensor<3> {
        let outside = x.dtype();
        let x = match self.precision {
            Precision::Full => x,
            Precision::Half => x.cast(DType::F16),
        };
        let spectrum = ops::truncated_fft(x, size, kept);
        let spectrum = match &self.shared {
            Some(shared) if shared.kept == kept && shared.batch == spectrum.dims()[1] => {
                shared.weight.apply(layer, spectrum)
            }
            _ => self.lowered(layer).apply(layer, spectrum, kept),
        };
        let y = ops::truncated_ifft(spectrum, out_size, kept);
        if y.dtype() == outside { y } else { y.cast(outside) }
    }

    /// The weight of layer `layer` in the arithmetic of the convolution; gradients go to the weight itself.
    fn lowered(&self, layer: usize) -> SpectralWeight {
        let weight = self.weight(layer).clone();
        match self.precision {
            Precision::Full => weight,
            Precision::Half => weight.map(&mut Halve),
        }
    }

    /// The convolution of layer `layer` without its bias.
    ///
    /// **Shapes.** `[batch, channels, points]`, kept; `size` may be any grid.
    pub fn forward(&self, layer: usize, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        let kept = limited(&FnoConfig::kept_modes(&self.n_modes), &max_modes(size));
        self.convolve(layer, x, size, size, &kept)
    }

    /// The convolution of layer `layer` without its bias, evaluated on another grid of the same domain.
    ///
    /// Wavenumbers that only one of the grids resolves are left out, and so is the highest one of an even axis, whose sign is
    /// ambiguous.
    ///
    /// **Shapes.** `[batch, channels, points of size]` to `[batch, channels, points of out_size]`.
    pub fn forward_onto(&self, layer: usize, x: Tensor<3>, size: &[usize], out_size: &[usize]) -> Tensor<3> {
        if size == out_size {
            return self.forward(layer, x, size);
        }
        let kept = limited(&FnoConfig::kept_modes(&self.n_modes), &unambiguous_modes(size));
        let kept = limited(&kept, &unambiguous_modes(out_size));
        self.convolve(layer, x, size, out_size, &kept)
    }
}

/// Parameters as 16-bit values that remember where they come from.
struct Halve;

impl ModuleMapper for Halve {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        Param::from_mapped_value(id, value.cast(DType::F16), mapper)
    }
}

/// Modes with |k| < n/2.
pub(crate) fn unambiguous_modes(size: &[usize]) -> Vec<usize> {
    let last = size.len() - 1;
    size.iter()
        .enumerate()
        .map(|(axis, &n)| if axis == last { n.div_ceil(2) } else { n - (n + 1) % 2 })
        .collect()
}
