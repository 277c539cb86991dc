//! What a dilated residual network is made of.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use sobolev_kernels::conv::Boundary;
use sobolev_kernels::ops::Activation;

use super::DilResNet;
use crate::fno::positive;
use crate::model::Configuration;
use crate::multigrid::PerAxis;
use crate::{Error, Result};

/// Configuration of a dilated residual network, [`DilResNet`].
///
/// **Good values.** The defaults are those of the paper. A point sees `n_blocks · Σ dilations` points in each direction, 88 by default:
/// fewer blocks or shorter dilations serve where that is more than the grid.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use sobolev_operators::{DilResNetConfig, Operator};
///
/// let device = Device::flex();
/// let config = DilResNetConfig { n_blocks: 1, hidden_channels: 8, ..DilResNetConfig::new(2) };
/// assert_eq!(config.to_string(), "2D, width 8, 1 block of dilations 1-2-4-8-4-2-1, zero boundary");
/// let y = config.init(1, 1, 0, &device)?.forward(Tensor::<4>::ones([2, 1, 24, 21], &device));
/// assert_eq!(y.dims(), [2, 1, 24, 21]);
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DilResNetConfig {
    /// Grid axes.
    pub n_dim: usize,
    /// Channels of all convolutions but the last.
    #[serde(default = "default_width")]
    pub hidden_channels: usize,
    /// Residual blocks.
    #[serde(default = "default_blocks")]
    pub n_blocks: usize,
    /// Points from one tap to the next, of every convolution of a block.
    #[serde(default = "default_dilations")]
    pub dilations: Vec<usize>,
    /// The nonlinearity behind every convolution of a block.
    #[serde(default = "default_activation")]
    pub activation: Activation,
    /// The condition at the ends of an axis: zero (Dirichlet), reflect (Neumann) or circular (periodic).
    #[serde(default)]
    pub boundary: PerAxis<Boundary>,
}

fn default_width() -> usize {
    48
}

fn default_blocks() -> usize {
    4
}

fn default_dilations() -> Vec<usize> {
    vec![1, 2, 4, 8, 4, 2, 1]
}

fn default_activation() -> Activation {
    Activation::Relu
}

impl DilResNetConfig {
    /// The network of the paper, with zeros beyond the ends of the domain.
    pub fn new(n_dim: usize) -> Self {
        Self {
            n_dim,
            hidden_channels: default_width(),
            n_blocks: default_blocks(),
            dilations: default_dilations(),
            activation: default_activation(),
            boundary: PerAxis::default(),
        }
    }

    /// Replaces the condition at the ends, the same on every axis.
    #[must_use]
    pub fn with_boundary(self, boundary: Boundary) -> Self {
        Self { boundary: PerAxis::Same(boundary), ..self }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        if !(1..=3).contains(&self.n_dim) {
            return Err(Error::config("n_dim", "1, 2 or 3", self.n_dim));
        }
        positive("hidden_channels", self.hidden_channels)?;
        positive("n_blocks", self.n_blocks)?;
        if self.dilations.is_empty() {
            return Err(Error::config("dilations", "one for each convolution of a block", "none"));
        }
        for (i, dilation) in self.dilations.iter().enumerate() {
            positive(&format!("dilations[{}]", i + 1), *dilation)?;
        }
        if !self.boundary.fits(self.n_dim) {
            let expected = format!("one value, or {}: one per grid axis", self.n_dim);
            return Err(Error::config("boundary", expected, format!("{:?}", self.boundary.values())));
        }
        Ok(())
    }

    /// An operator with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(
        &self,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Result<DilResNet> {
        self.validate()?;
        positive("in_channels", in_channels)?;
        positive("out_channels", out_channels)?;
        Ok(DilResNet::new(self, in_channels, out_channels, seed, device))
    }
}

impl Configuration for DilResNetConfig {
    type Operator = DilResNet;

    fn n_dim(&self) -> usize {
        self.n_dim
    }

    fn validate(&self) -> Result<()> {
        Self::validate(self)
    }

    fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<DilResNet> {
        Self::init(self, in_channels, out_channels, seed, device)
    }

    fn of(operator: &DilResNet) -> Self {
        operator.config().clone()
    }
}

impl fmt::Display for DilResNetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks =
            if self.n_blocks == 1 { "1 block".to_owned() } else { format!("{} blocks", self.n_blocks) };
        let dilations: Vec<String> = self.dilations.iter().map(ToString::to_string).collect();
        let boundary: Vec<String> = self.boundary.values().iter().map(ToString::to_string).collect();
        write!(
            f,
            "{}D, width {}, {blocks} of dilations {}, {} boundary",
            self.n_dim,
            self.hidden_channels,
            dilations.join("-"),
            boundary.join("-")
        )
    }
}
