//! What a U-shaped operator is made of.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use sobolev_kernels::ops::Activation;

use super::Uno;
use crate::fno::{Embedding, Norm, check_modes, positive, range};
use crate::layers::Resample;
use crate::model::Configuration;
use crate::{Error, Result};

/// One block: in a file, a table `[[blocks]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnoBlockConfig {
    /// Channels of its output.
    pub channels: usize,
    /// Fourier modes per grid axis, as [`FnoConfig::n_modes`](crate::FnoConfig::n_modes).
    pub n_modes: Vec<usize>,
    /// Points of its output per point of its input, per axis; 1 on every axis where absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scale: Vec<f64>,
}

/// Configuration of a U-shaped Fourier neural operator, [`Uno`].
///
/// **Good values.** Two or three halvings and as many doublings, more channels on the coarser grids, and no more modes than those
/// grids have. Non-periodic problems gain from `domain_padding` of about 0.1 with `resample = "linear"`.
///
/// ```
/// use sobolev_operators::{Operator, UnoConfig};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let config = UnoConfig::new(16)
///     .with_block(24, &[8, 8], 0.5)
///     .with_block(24, &[8, 8], 1.0)
///     .with_block(16, &[8, 8], 2.0);
/// assert_eq!(config.to_string(), "2D, width 16, 3 blocks of 24-24-16 channels at scales 0.5-0.5-1");
/// let y = config.init(1, 1, 0, &device)?.forward(Tensor::<4>::ones([2, 1, 24, 21], &device));
/// assert_eq!(y.dims(), [2, 1, 24, 21]);
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnoConfig {
    /// Channels of the lifted field.
    pub hidden_channels: usize,
    /// Pairs `[from, to]` of skips: stage `from` joins the input of block `to` as further channels. Stage 0 is the lifted field,
    /// stage i the output of block i; block n + 1 is the projection. Where absent, stage i joins block n + 1 - i, which has the
    /// same resolution in a symmetric U.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skips: Option<Vec<[usize; 2]>>,
    /// How fields beside the spectral convolutions come to another grid.
    #[serde(default)]
    pub resample: Resample,
    /// The nonlinearity.
    #[serde(default)]
    pub activation: Activation,
    /// Normalisation before the nonlinearity of a block.
    #[serde(default)]
    pub norm: Norm,
    /// Hidden channels of a channel map behind each block as a multiple of its channels; 0 leaves it out.
    #[serde(default)]
    pub mlp_expansion: f64,
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
    /// The blocks, whose scales must multiply to 1.
    pub blocks: Vec<UnoBlockConfig>,
}

fn default_ratio() -> f64 {
    2.0
}

impl UnoConfig {
    /// An operator without a block yet.
    pub fn new(hidden_channels: usize) -> Self {
        Self {
            hidden_channels,
            skips: None,
            resample: Resample::Spectral,
            activation: Activation::Gelu,
            norm: Norm::None,
            mlp_expansion: 0.0,
            lifting_ratio: default_ratio(),
            projection_ratio: default_ratio(),
            domain_padding: 0.0,
            embedding: Embedding::Grid,
            blocks: Vec::new(),
        }
    }

    /// Appends a block with the same scale on all axes.
    #[must_use]
    pub fn with_block(mut self, channels: usize, n_modes: &[usize], scale: f64) -> Self {
        let scale = vec![scale; n_modes.len()];
        self.blocks.push(UnoBlockConfig { channels, n_modes: n_modes.to_vec(), scale });
        self
    }

    /// Grid axes.
    pub fn n_dim(&self) -> usize {
        self.blocks.first().map_or(0, |block| block.n_modes.len())
    }

    /// The skips, mirrored where none are given.
    pub fn all_skips(&self) -> Vec<[usize; 2]> {
        let n = self.blocks.len();
        self.skips.clone().unwrap_or_else(|| (0..n.div_ceil(2)).map(|i| [i, n + 1 - i]).collect())
    }

    /// Points per axis of every stage for a lifted field of `size`: that of the field times the scales so far, rounded. A stage
    /// and its mirror image have the same size, odd sizes too.
    pub fn sizes(&self, size: &[usize]) -> Vec<Vec<usize>> {
        let points = |(&n, scale): (&usize, f64)| ((n as f64 * scale).round() as usize).max(1);
        (0..=self.blocks.len())
            .map(|stage| size.iter().zip(self.scales(stage)).map(points).collect())
            .collect()
    }

    /// Product of the scales up to a stage, per axis.
    fn scales(&self, stage: usize) -> Vec<f64> {
        let product = |axis: usize| -> f64 {
            self.blocks[..stage].iter().map(|b| b.scale.get(axis).copied().unwrap_or(1.0)).product()
        };
        // Thirds and the like: equal products in another order must give equal sizes.
        (0..self.n_dim()).map(|axis| (product(axis) * 1e9).round() / 1e9).collect()
    }

    /// Channels of stage `stage`.
    fn stage_channels(&self, stage: usize) -> usize {
        stage.checked_sub(1).map_or(self.hidden_channels, |i| self.blocks[i].channels)
    }

    /// Channels of the input of block `block`, counted from 1, with what the skips bring.
    pub(super) fn input_channels(&self, block: usize) -> usize {
        let joined = self.all_skips().into_iter().filter(|&[_, to]| to == block);
        self.stage_channels(block - 1) + joined.map(|[from, _]| self.stage_channels(from)).sum::<usize>()
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        positive("hidden_channels", self.hidden_channels)?;
        if self.blocks.is_empty() {
            return Err(Error::config("blocks", "at least one block", "none"));
        }
        if !(1..=3).contains(&self.n_dim()) {
            let expected = "1, 2 or 3 entries, one per grid axis";
            return Err(Error::config(
                "blocks[1].n_modes",
                expected,
                format!("{:?}", self.blocks[0].n_modes),
            ));
        }
        for (i, block) in self.blocks.iter().enumerate() {
            self.validate_block(block, &format!("blocks[{}]", i + 1))?;
        }
        self.validate_skips()?;
        let end = self.scales(self.blocks.len());
        if end.iter().any(|s| (s - 1.0).abs() > 1e-6) {
            let expected = "scales whose product over all blocks is 1 on every axis";
            return Err(Error::config("blocks", expected, format!("products {end:?}")));
        }
        range("mlp_expansion", self.mlp_expansion, 64.0)?;
        range("lifting_ratio", self.lifting_ratio, 64.0)?;
        range("projection_ratio", self.projection_ratio, 64.0)?;
        range("domain_padding", self.domain_padding, 1.0)
    }

    fn validate_block(&self, block: &UnoBlockConfig, name: &str) -> Result<()> {
        positive(&format!("{name}.channels"), block.channels)?;
        let (d, modes) = (self.n_dim(), format!("{name}.n_modes"));
        if block.n_modes.len() != d {
            let expected = format!("{d} entries, as the first block has");
            return Err(Error::config(modes, expected, format!("{:?}", block.n_modes)));
        }
        check_modes(&modes, &block.n_modes)?;
        let good = |s: &f64| (1.0 / 64.0..=64.0).contains(s);
        if !block.scale.is_empty() && (block.scale.len() != d || !block.scale.iter().all(good)) {
            let expected = format!("{d} numbers from 1/64 to 64, or none");
            return Err(Error::config(format!("{name}.scale"), expected, format!("{:?}", block.scale)));
        }
        if let Norm::Group(groups) = self.norm
            && (groups == 0 || !block.channels.is_multiple_of(groups))
        {
            let expected = format!("a number of groups that divides {name}.channels = {}", block.channels);
            return Err(Error::config("norm.group", expected, groups));
        }
        Ok(())
    }

    fn validate_skips(&self) -> Result<()> {
        let Some(skips) = &self.skips else { return Ok(()) };
        let n = self.blocks.len();
        for (i, &[from, to]) in skips.iter().enumerate() {
            if to > n + 1 || from + 1 >= to {
                let expected = format!("pairs [from, to] with from + 1 < to <= {}", n + 1);
                return Err(Error::config("skips", expected, format!("[{from}, {to}]")));
            }
            if skips[..i].contains(&[from, to]) {
                return Err(Error::config("skips", "no pair twice", format!("[{from}, {to}]")));
            }
        }
        Ok(())
    }

    /// An operator with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Uno> {
        self.validate()?;
        positive("in_channels", in_channels)?;
        positive("out_channels", out_channels)?;
        Ok(Uno::new(self, in_channels, out_channels, seed, device))
    }
}

impl Configuration for UnoConfig {
    type Operator = Uno;

    fn n_dim(&self) -> usize {
        Self::n_dim(self)
    }

    fn validate(&self) -> Result<()> {
        Self::validate(self)
    }

    fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Uno> {
        Self::init(self, in_channels, out_channels, seed, device)
    }

    fn of(operator: &Uno) -> Self {
        operator.config().clone()
    }

    fn without_coordinates(self) -> Self {
        Self { embedding: Embedding::None, ..self }
    }
}

impl fmt::Display for UnoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |items: Vec<String>| items.join("-");
        let axes = |scales: Vec<f64>| match scales.split_first() {
            Some((first, rest)) if rest.iter().any(|s| s != first) => {
                scales.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
            }
            Some((first, _)) => first.to_string(),
            None => String::new(),
        };
        write!(
            f,
            "{}D, width {}, {} blocks of {} channels at scales {}",
            self.n_dim(),
            self.hidden_channels,
            self.blocks.len(),
            list(self.blocks.iter().map(|b| b.channels.to_string()).collect()),
            list((1..=self.blocks.len()).map(|stage| axes(self.scales(stage))).collect())
        )
    }
}
