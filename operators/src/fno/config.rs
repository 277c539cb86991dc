//! What a Fourier neural operator is made of.

use std::fmt;

use burn::tensor::{DType, Device};
use serde::{Deserialize, Serialize};

use super::weights::Plan;
use super::{BlockConfig, Embedding, Fno, Norm, Precision, WeightConfig};
use crate::model::Configuration;
use crate::{Error, Result};

/// Configuration of a Fourier neural operator, [`Fno`].
///
/// **Good values.** `n_modes` 12 to 32 per axis (no more than the training grid has), `hidden_channels` 32 to 128, 4 layers.
/// Non-periodic problems gain from `domain_padding` of about 0.1.
///
/// ```
/// use sobolev_operators::{FnoConfig, Operator};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let model = FnoConfig::new(&[8, 8], 16).init(1, 1, 0, &device)?;
/// let y = model.forward(Tensor::<4>::ones([2, 1, 24, 20], &device));
/// assert_eq!(y.dims(), [2, 1, 24, 20]);
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FnoConfig {
    /// Fourier modes per grid axis. On every axis but the last, `n` keeps the wavenumbers -n/2 .. n/2 (the upper end
    /// included for odd n only); on the last, which a real field's symmetry halves, it keeps 0 .. n/2.
    pub n_modes: Vec<usize>,
    /// Modes for which weights are allocated; `n_modes` where absent. See [`Fno::set_n_modes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_n_modes: Option<Vec<usize>>,
    /// Channels inside the blocks.
    pub hidden_channels: usize,
    /// Fourier blocks.
    #[serde(default = "default_layers")]
    pub n_layers: usize,
    /// Hidden channels of the lifting map as a multiple of `hidden_channels`; 0 makes it linear.
    #[serde(default = "default_ratio")]
    pub lifting_ratio: f64,
    /// Hidden channels of the projection as a multiple of `hidden_channels`; 0 makes it linear.
    #[serde(default = "default_ratio")]
    pub projection_ratio: f64,
    /// Zeros added on both sides of every axis before the blocks, as a fraction of the axis; cut off after them.
    #[serde(default)]
    pub domain_padding: f64,
    /// Coordinates as extra input channels.
    #[serde(default)]
    pub embedding: Embedding,
    /// The blocks.
    #[serde(default)]
    pub block: BlockConfig,
    /// The spectral weights.
    #[serde(default)]
    pub weights: WeightConfig,
}

fn default_layers() -> usize {
    4
}

fn default_ratio() -> f64 {
    2.0
}

impl FnoConfig {
    /// A dense operator with the usual block.
    pub fn new(n_modes: &[usize], hidden_channels: usize) -> Self {
        Self {
            n_modes: n_modes.to_vec(),
            max_n_modes: None,
            hidden_channels,
            n_layers: default_layers(),
            lifting_ratio: default_ratio(),
            projection_ratio: default_ratio(),
            domain_padding: 0.0,
            embedding: Embedding::Grid,
            block: BlockConfig::default(),
            weights: WeightConfig::default(),
        }
    }

    /// Replaces the number of blocks.
    #[must_use]
    pub fn with_n_layers(self, n_layers: usize) -> Self {
        Self { n_layers, ..self }
    }

    /// Replaces the block.
    #[must_use]
    pub fn with_block(self, block: BlockConfig) -> Self {
        Self { block, ..self }
    }

    /// Replaces the spectral weights.
    #[must_use]
    pub fn with_weights(self, weights: WeightConfig) -> Self {
        Self { weights, ..self }
    }

    /// Grid axes.
    pub fn n_dim(&self) -> usize {
        self.n_modes.len()
    }

    /// Complex coefficients kept per axis: `n_modes`, with the last entry n replaced by n/2 + 1.
    pub fn kept_modes(n_modes: &[usize]) -> Vec<usize> {
        let mut kept = n_modes.to_vec();
        if let Some(last) = kept.last_mut() {
            *last = *last / 2 + 1;
        }
        kept
    }

    /// Modes for which weights are allocated.
    pub fn allocated_modes(&self) -> &[usize] {
        self.max_n_modes.as_deref().unwrap_or(&self.n_modes)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        self.validate_modes()?;
        positive("hidden_channels", self.hidden_channels)?;
        positive("n_layers", self.n_layers)?;
        range("lifting_ratio", self.lifting_ratio, 64.0)?;
        range("projection_ratio", self.projection_ratio, 64.0)?;
        range("domain_padding", self.domain_padding, 1.0)?;
        range("block.mlp_expansion", self.block.mlp_expansion, 64.0)?;
        if let Norm::Group(groups) = self.block.norm
            && (groups == 0 || !self.hidden_channels.is_multiple_of(groups))
        {
            let expected =
                format!("a number of groups that divides hidden_channels = {}", self.hidden_channels);
            return Err(Error::config("block.norm.group", expected, groups));
        }
        self.weights.validate()?;
        let modes = Self::kept_modes(self.allocated_modes());
        Plan::new(&self.weights, self.n_layers, self.hidden_channels, modes).ranks(&self.weights).map(|_| ())
    }

    fn validate_modes(&self) -> Result<()> {
        if !(1..=3).contains(&self.n_dim()) {
            return Err(Error::config(
                "n_modes",
                "1, 2 or 3 entries, one per grid axis",
                format!("{:?}", self.n_modes),
            ));
        }
        check_modes("n_modes", &self.n_modes)?;
        if let Some(max) = &self.max_n_modes {
            check_modes("max_n_modes", max)?;
            if max.len() != self.n_dim() || max.iter().zip(&self.n_modes).any(|(max, n)| max < n) {
                let expected = format!("at least n_modes = {:?} on every axis", self.n_modes);
                return Err(Error::config("max_n_modes", expected, format!("{max:?}")));
            }
        }
        Ok(())
    }

    /// An operator with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field, and for a precision that the device does not have.
    pub fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Fno> {
        self.validate()?;
        positive("in_channels", in_channels)?;
        positive("out_channels", out_channels)?;
        if self.block.precision == Precision::Half && !device.supports_dtype(DType::F16) {
            let expected = "`full` on this device, which has no 16-bit floating-point numbers";
            return Err(Error::config("block.precision", expected, "half"));
        }
        Fno::new(self, in_channels, out_channels, seed, device)
    }
}

impl Configuration for FnoConfig {
    type Operator = Fno;

    fn n_dim(&self) -> usize {
        Self::n_dim(self)
    }

    fn validate(&self) -> Result<()> {
        Self::validate(self)
    }

    fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Fno> {
        Self::init(self, in_channels, out_channels, seed, device)
    }

    fn of(operator: &Fno) -> Self {
        operator.config().clone()
    }

    fn without_coordinates(self) -> Self {
        Self { embedding: Embedding::None, ..self }
    }
}

pub(crate) fn check_modes(field: &str, n_modes: &[usize]) -> Result<()> {
    const MOST: usize = 1 << 14;
    match n_modes.iter().find(|&&n| n == 0 || n > MOST) {
        Some(n) => Err(Error::config(field, format!("entries from 1 to {MOST}"), n)),
        None => Ok(()),
    }
}

pub(crate) fn positive(field: &str, value: usize) -> Result<()> {
    const MOST: usize = 1 << 16;
    if value == 0 || value > MOST {
        return Err(Error::config(field, format!("a number from 1 to {MOST}"), value));
    }
    Ok(())
}

pub(crate) fn range(field: &str, value: f64, most: f64) -> Result<()> {
    if !(0.0..=most).contains(&value) {
        return Err(Error::config(field, format!("a number from 0 to {most}"), value));
    }
    Ok(())
}

impl fmt::Display for FnoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modes: Vec<String> = self.n_modes.iter().map(ToString::to_string).collect();
        write!(
            f,
            "{}D, modes {}, width {}, {} layers, {}",
            self.n_dim(),
            modes.join("x"),
            self.hidden_channels,
            self.n_layers,
            self.weights
        )
    }
}
