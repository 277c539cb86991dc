//! What a Fourier neural operator can be told about its blocks and its input.

use serde::{Deserialize, Serialize};
use sobolev_kernels::ops::Activation;

use crate::layers::Skip;

/// Extra input channels that tell the operator where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Embedding {
    /// One channel per axis with the coordinates 0, 1/n, .., (n-1)/n.
    #[default]
    Grid,
    /// No extra channels: the operator commutes with translations of a periodic domain.
    None,
}

/// Normalisation inside a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// None.
    #[default]
    None,
    /// Every channel of every sample on its own, without learned parameters.
    Instance,
    /// Groups of channels of every sample, then a learned scale and shift per channel; one group is a layer norm.
    Group(usize),
}

/// Squashing of a block's input to the spectral convolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stabilizer {
    /// None.
    #[default]
    None,
    /// `tanh`, which bounds the spectrum in low precision.
    Tanh,
}

/// Arithmetic of the spectral convolution; everything around it is in the precision of the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// That of the field.
    #[default]
    Full,
    /// 16 bits (IEEE binary16): transforms, spectra and products with the weights, whose values themselves stay in full precision.
    /// For GPUs that have such numbers; a CPU computes them without the fused kernels, slowly. The relative error of an operator is
    /// about 1e-3. Take it with [`Stabilizer::Tanh`], which keeps the sums in range.
    ///
    /// **Source.** Tu et al., *Guaranteed Approximation Bounds for Mixed-Precision Neural Operators*, ICLR 2024 (arXiv:2307.15034).
    Half,
}

/// Where a block applies its nonlinearity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// After the spectral convolution and after the channel map (not in the last block).
    #[default]
    PostActivation,
    /// Before the spectral convolution and before the channel map.
    PreActivation,
}

/// Configuration of a Fourier block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlockConfig {
    /// The nonlinearity, also of lifting, projection and channel map.
    pub activation: Activation,
    /// Normalisation after the spectral convolution and after the channel map.
    pub norm: Norm,
    /// The way around the spectral convolution.
    pub fno_skip: Skip,
    /// The way around the channel map.
    pub mlp_skip: Skip,
    /// Hidden channels of the channel map as a multiple of the block's channels; 0 leaves the channel map out.
    pub mlp_expansion: f64,
    /// Order of nonlinearity and maps.
    pub order: Order,
    /// Squashing before the transform.
    pub stabilizer: Stabilizer,
    /// Arithmetic of the spectral convolution.
    #[serde(skip_serializing_if = "is_full")]
    pub precision: Precision,
}

impl Default for BlockConfig {
    fn default() -> Self {
        Self {
            activation: Activation::Gelu,
            norm: Norm::None,
            fno_skip: Skip::Linear,
            mlp_skip: Skip::SoftGating,
            mlp_expansion: 0.5,
            order: Order::PostActivation,
            stabilizer: Stabilizer::None,
            precision: Precision::Full,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_full(precision: &Precision) -> bool {
    *precision == Precision::Full
}

impl BlockConfig {
    /// Hidden channels of the channel map, `None` without one.
    pub fn mlp_channels(&self, hidden_channels: usize) -> Option<usize> {
        match (hidden_channels as f64 * self.mlp_expansion).round_ties_even() as usize {
            0 => None,
            n => Some(n),
        }
    }
}
