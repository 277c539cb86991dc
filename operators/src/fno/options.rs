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
        }
    }
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
