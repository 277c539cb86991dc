//! What a factorised Fourier neural operator is made of.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use sobolev_kernels::ops::Activation;

use super::Ffno;
use crate::fno::{Embedding, check_modes, positive, range};
use crate::layers::Parametrization;
use crate::model::Configuration;
use crate::{Error, Result};

/// Which layers have the same spectral weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// Every layer its own.
    #[default]
    PerLayer,
    /// All layers the same: the number of spectral parameters does not grow with the depth.
    Shared,
}

/// Configuration of a factorised Fourier neural operator, [`Ffno`].
///
/// **Good values.** `n_modes` 16 to 32 per axis, `hidden_channels` 64, 4 to 24 layers; beyond 4 layers with `sharing = "shared"`
/// and `linear = "weight_norm"`, as the paper has it. Non-periodic problems gain from `domain_padding` of about 0.1.
///
/// ```
/// use sobolev_operators::{FfnoConfig, Operator};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let config = FfnoConfig::new(&[8, 8], 16).with_n_layers(2);
/// assert_eq!(config.to_string(), "2D, modes 8x8, width 16, 2 layers, spectral weights per axis and layer");
/// let y = config.init(1, 1, 0, &device)?.forward(Tensor::<4>::ones([2, 1, 24, 20], &device));
/// assert_eq!(y.dims(), [2, 1, 24, 20]);
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FfnoConfig {
    /// Fourier modes per grid axis: `n` keeps the wavenumbers 0 .. n/2 of the lines along it.
    pub n_modes: Vec<usize>,
    /// Modes for which weights are allocated; `n_modes` where absent. See [`Ffno::set_n_modes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_n_modes: Option<Vec<usize>>,
    /// Channels inside the layers.
    pub hidden_channels: usize,
    /// Layers.
    #[serde(default = "defaults::layers")]
    pub n_layers: usize,
    /// Which layers have the same spectral weights.
    #[serde(default)]
    pub sharing: Sharing,
    /// Hidden channels of the feed-forward maps as a multiple of `hidden_channels`.
    #[serde(default = "defaults::ratio")]
    pub mlp_expansion: f64,
    /// The nonlinearity of the feed-forward maps, and of lifting and projection where they have a hidden layer.
    #[serde(default = "defaults::activation")]
    pub activation: Activation,
    /// Parameters of all pointwise maps.
    #[serde(default)]
    pub linear: Parametrization,
    /// Hidden channels of the lifting map as a multiple of `hidden_channels`; 0 makes it linear.
    #[serde(default)]
    pub lifting_ratio: f64,
    /// Hidden channels of the projection as a multiple of `hidden_channels`; 0 makes it linear.
    #[serde(default = "defaults::ratio")]
    pub projection_ratio: f64,
    /// Zeros added on both sides of every axis before the layers, as a fraction of the axis; cut off after them.
    #[serde(default)]
    pub domain_padding: f64,
    /// Coordinates as extra input channels.
    #[serde(default)]
    pub embedding: Embedding,
}

mod defaults {
    use super::Activation;

    pub(super) fn layers() -> usize {
        4
    }
    pub(super) fn ratio() -> f64 {
        2.0
    }
    pub(super) fn activation() -> Activation {
        Activation::Relu
    }
}

impl FfnoConfig {
    /// Four layers with spectral weights of their own.
    pub fn new(n_modes: &[usize], hidden_channels: usize) -> Self {
        Self {
            n_modes: n_modes.to_vec(),
            max_n_modes: None,
            hidden_channels,
            n_layers: defaults::layers(),
            sharing: Sharing::PerLayer,
            mlp_expansion: defaults::ratio(),
            activation: defaults::activation(),
            linear: Parametrization::Plain,
            lifting_ratio: 0.0,
            projection_ratio: defaults::ratio(),
            domain_padding: 0.0,
            embedding: Embedding::Grid,
        }
    }

    /// Replaces the number of layers.
    #[must_use]
    pub fn with_n_layers(self, n_layers: usize) -> Self {
        Self { n_layers, ..self }
    }

    /// The deep form of the paper: one set of spectral weights, pointwise maps with weight normalisation.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { sharing: Sharing::Shared, linear: Parametrization::WeightNorm, ..self }
    }

    /// Grid axes.
    pub fn n_dim(&self) -> usize {
        self.n_modes.len()
    }

    /// Modes for which weights are allocated.
    pub fn allocated_modes(&self) -> &[usize] {
        self.max_n_modes.as_deref().unwrap_or(&self.n_modes)
    }

    /// Hidden channels of the feed-forward maps.
    pub fn mlp_channels(&self) -> usize {
        (self.mlp_expansion * self.hidden_channels as f64).round_ties_even() as usize
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        if !(1..=3).contains(&self.n_dim()) {
            let expected = "1, 2 or 3 entries, one per grid axis";
            return Err(Error::config("n_modes", expected, format!("{:?}", self.n_modes)));
        }
        check_modes("n_modes", &self.n_modes)?;
        if let Some(max) = &self.max_n_modes {
            check_modes("max_n_modes", max)?;
            if max.len() != self.n_dim() || max.iter().zip(&self.n_modes).any(|(max, n)| max < n) {
                let expected = format!("at least n_modes = {:?} on every axis", self.n_modes);
                return Err(Error::config("max_n_modes", expected, format!("{max:?}")));
            }
        }
        positive("hidden_channels", self.hidden_channels)?;
        positive("n_layers", self.n_layers)?;
        range("mlp_expansion", self.mlp_expansion, 64.0)?;
        if self.mlp_channels() == 0 {
            let expected = "large enough for one hidden channel";
            return Err(Error::config("mlp_expansion", expected, self.mlp_expansion));
        }
        range("lifting_ratio", self.lifting_ratio, 64.0)?;
        range("projection_ratio", self.projection_ratio, 64.0)?;
        range("domain_padding", self.domain_padding, 1.0)
    }

    /// An operator with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Ffno> {
        self.validate()?;
        positive("in_channels", in_channels)?;
        positive("out_channels", out_channels)?;
        Ok(Ffno::new(self, in_channels, out_channels, seed, device))
    }
}

impl Configuration for FfnoConfig {
    type Operator = Ffno;

    fn n_dim(&self) -> usize {
        Self::n_dim(self)
    }

    fn validate(&self) -> Result<()> {
        Self::validate(self)
    }

    fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Ffno> {
        Self::init(self, in_channels, out_channels, seed, device)
    }

    fn of(operator: &Ffno) -> Self {
        operator.config().clone()
    }

    fn without_coordinates(self) -> Self {
        Self { embedding: Embedding::None, ..self }
    }
}

impl fmt::Display for FfnoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modes: Vec<String> = self.n_modes.iter().map(ToString::to_string).collect();
        let weights = match self.sharing {
            Sharing::PerLayer => "per axis and layer",
            Sharing::Shared => "per axis, shared by all layers",
        };
        write!(
            f,
            "{}D, modes {}, width {}, {} layers, spectral weights {weights}",
            self.n_dim(),
            modes.join("x"),
            self.hidden_channels,
            self.n_layers
        )
    }
}
