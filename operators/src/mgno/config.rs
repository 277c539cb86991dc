//! What a multigrid neural operator is made of.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use sobolev_kernels::ops::Activation;

use super::{Bias, FieldNorm, Head, Local, MgConvConfig, Mgno, Output};
use crate::fno::positive;
use crate::model::Configuration;
use crate::{Error, Result};

/// Configuration of a multigrid neural operator, [`Mgno`].
///
/// **Good values.** 24 to 32 channels, 4 to 6 layers, and the boundary condition of the problem in the cycle; the published ones are
/// [`darcy_rough`](Self::darcy_rough), [`darcy_smooth`](Self::darcy_smooth), [`navier_stokes`](Self::navier_stokes),
/// [`helmholtz`](Self::helmholtz).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use sobolev_operators::{MgnoConfig, Operator, mgno::MgConvConfig};
///
/// let device = Device::flex();
/// let config = MgnoConfig::new(8, MgConvConfig::backslash(2, 4)).with_n_layers(2);
/// assert_eq!(config.to_string(), "2D, width 8, 2 layers, backslash-cycles of 4 levels, zero boundary");
/// let y = config.init(1, 1, 0, &device)?.forward(Tensor::<4>::ones([2, 1, 24, 21], &device));
/// assert_eq!(y.dims(), [2, 1, 24, 21]);
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MgnoConfig {
    /// Channels between the layers.
    pub hidden_channels: usize,
    /// Layers.
    #[serde(default = "default_layers")]
    pub n_layers: usize,
    /// The nonlinearity behind every layer.
    #[serde(default)]
    pub activation: Activation,
    /// What goes beside the cycle of a layer.
    #[serde(default)]
    pub local: Local,
    /// What is added in a layer.
    #[serde(default = "default_bias")]
    pub bias: Bias,
    /// Normalisation of the cycle's result in a layer.
    #[serde(default)]
    pub norm: FieldNorm,
    /// What makes the output channels.
    #[serde(default)]
    pub head: Head,
    /// What is predicted.
    #[serde(default)]
    pub output: Output,
    /// The cycles.
    pub cycle: MgConvConfig,
}

fn default_layers() -> usize {
    4
}

fn default_bias() -> Bias {
    Bias::Constant
}

impl MgnoConfig {
    /// Four layers, each a cycle beside a linear map of the channels, with a bias per channel.
    pub fn new(hidden_channels: usize, cycle: MgConvConfig) -> Self {
        Self {
            hidden_channels,
            n_layers: default_layers(),
            activation: Activation::Gelu,
            local: Local::Linear,
            bias: default_bias(),
            norm: FieldNorm::None,
            head: Head::Linear,
            output: Output::Field,
            cycle,
        }
    }

    /// Replaces the number of layers.
    #[must_use]
    pub fn with_n_layers(self, n_layers: usize) -> Self {
        Self { n_layers, ..self }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field, those of the cycle as `cycle.field`.
    pub fn validate(&self) -> Result<()> {
        positive("hidden_channels", self.hidden_channels)?;
        positive("n_layers", self.n_layers)?;
        self.cycle.validate().map_err(|e| match e {
            Error::Config { field, expected, got } => {
                Error::Config { field: format!("cycle.{field}"), expected, got }
            }
            other => other,
        })?;
        let functions = self.bias == Bias::Function || self.norm == FieldNorm::Affine;
        if functions && self.cycle.grid.is_none() {
            let expected = "the points per axis of the functions of bias or norm";
            return Err(Error::config("cycle.grid", expected, "none"));
        }
        Ok(())
    }

    /// An operator with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Mgno> {
        self.validate()?;
        positive("in_channels", in_channels)?;
        positive("out_channels", out_channels)?;
        if self.output == Output::Increment && in_channels < out_channels {
            let expected = format!("at least {out_channels} for increments of as many output channels");
            return Err(Error::config("in_channels", expected, in_channels));
        }
        Ok(Mgno::new(self, in_channels, out_channels, seed, device))
    }
}

impl Configuration for MgnoConfig {
    type Operator = Mgno;

    fn n_dim(&self) -> usize {
        self.cycle.n_dim
    }

    fn validate(&self) -> Result<()> {
        Self::validate(self)
    }

    fn check_size(&self, size: &[usize]) -> Result<()> {
        self.cycle.sizes(size).map(drop)
    }

    fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Mgno> {
        Self::init(self, in_channels, out_channels, seed, device)
    }

    fn of(operator: &Mgno) -> Self {
        operator.config().clone()
    }
}

impl fmt::Display for MgnoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}D, width {}, {} layers, {}",
            self.cycle.n_dim, self.hidden_channels, self.n_layers, self.cycle
        )
    }
}
