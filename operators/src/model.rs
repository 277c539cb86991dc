//! All operators under one roof: what a configuration file, a weight file and the program speak of.

use std::fmt;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::fno::{Fno, FnoConfig, TfnoConfig, WeightConfig};
use crate::operator::Operator;
use crate::{Error, Result};

/// The configuration of any operator; in a file, `model = "fno"` or `"tfno"` beside the operator's own fields.
///
/// ```
/// use sobolev_operators::ModelConfig;
///
/// let config = ModelConfig::from_toml("model = \"tfno\"\nn_modes = [16, 16]\nhidden_channels = 32")?;
/// assert_eq!(config.to_string(), "tfno: 2D, modes 16x16, width 32, 4 layers, Tucker weights of rank 0.1");
///
/// let error = ModelConfig::from_toml("model = \"fno\"\nn_modes = [0]\nhidden_channels = 32").unwrap_err();
/// assert_eq!(error.to_string(), "configuration field `n_modes`: expected entries from 1 to 16384, got 0");
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum ModelConfig {
    /// A Fourier neural operator.
    Fno(FnoConfig),
    /// A Fourier neural operator with factorised weights.
    Tfno(TfnoConfig),
}

/// Names of [`ModelConfig::preset`], and what they are.
pub const PRESETS: &[(&str, &str)] = &[
    ("fno", "Fourier neural operator: 16 modes per axis (8 in 3D), width 32, 4 blocks, dense weights"),
    ("tfno", "tensorized Fourier neural operator: the same with Tucker weights of rank 0.1 in each block"),
    ("tfno-joint", "the same with one Tucker tensor for all blocks, rank 0.1"),
    ("tfno-cp", "the same with CP weights of rank 0.1 in each block"),
    ("tfno-tt", "the same with tensor-train weights of rank 0.1 in each block"),
];

impl ModelConfig {
    /// A ready configuration for fields on `n_dim` axes; see [`PRESETS`].
    ///
    /// # Errors
    /// [`Error::Config`] for an unknown name or a number of axes other than 1, 2 or 3.
    pub fn preset(name: &str, n_dim: usize) -> Result<Self> {
        if !(1..=3).contains(&n_dim) {
            return Err(Error::config("n_dim", "1, 2 or 3", n_dim));
        }
        let modes = vec![if n_dim == 3 { 8 } else { 16 }; n_dim];
        let base = FnoConfig::new(&modes, 32);
        let tfno = |weights| Ok(Self::Tfno(TfnoConfig(base.clone().with_weights(weights))));
        match name {
            "fno" => Ok(Self::Fno(base)),
            "tfno" => tfno(WeightConfig::tucker(0.1)),
            "tfno-joint" => tfno(WeightConfig::tucker(0.1).joint()),
            "tfno-cp" => tfno(WeightConfig::cp(0.1)),
            "tfno-tt" => tfno(WeightConfig::tensor_train(0.1)),
            _ => {
                let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
                Err(Error::config("model", format!("one of {}", names.join(", ")), name))
            }
        }
    }

    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`Error::Parse`] where the text is not a configuration, [`Error::Config`] where a field has a bad value.
    pub fn from_toml(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|e| Error::Parse(e.message().to_owned()))?;
        config.validate()?;
        Ok(config)
    }

    /// The configuration as a file's text.
    ///
    /// # Errors
    /// [`Error::Parse`] where a field cannot be written.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|e| Error::Parse(e.to_string()))
    }

    /// The name after `model =`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fno(_) => "fno",
            Self::Tfno(_) => "tfno",
        }
    }

    fn fno(&self) -> &FnoConfig {
        match self {
            Self::Fno(config) | Self::Tfno(TfnoConfig(config)) => config,
        }
    }

    /// Grid axes.
    pub fn n_dim(&self) -> usize {
        self.fno().n_dim()
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        self.fno().validate()
    }

    /// A model with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Model> {
        let model = self.fno().init(in_channels, out_channels, seed, device)?;
        Ok(match self {
            Self::Fno(_) => Model::Fno(model),
            Self::Tfno(_) => Model::Tfno(model),
        })
    }
}

impl fmt::Display for ModelConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.fno())
    }
}

/// A configuration and the channels of the data it is for: all that is needed to build a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// The operator.
    pub config: ModelConfig,
}

impl ModelSpec {
    /// A model with weights drawn under `seed`.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(&self, seed: u64, device: &Device) -> Result<Model> {
        self.config.init(self.in_channels, self.out_channels, seed, device)
    }
}

/// Any operator.
#[derive(Module, Debug)]
pub enum Model {
    /// A Fourier neural operator.
    Fno(Fno),
    /// A Fourier neural operator with factorised weights.
    Tfno(Fno),
}

impl Model {
    /// What builds this model again, up to its weights.
    pub fn spec(&self) -> ModelSpec {
        let config = match self {
            Self::Fno(model) => ModelConfig::Fno(model.config().clone()),
            Self::Tfno(model) => ModelConfig::Tfno(TfnoConfig(model.config().clone())),
        };
        ModelSpec { in_channels: self.in_channels(), out_channels: self.out_channels(), config }
    }

    /// Real numbers among the parameters; a complex weight is two.
    pub fn n_parameters(&self) -> usize {
        self.num_params()
    }

    /// One line: name, channels, configuration, size.
    pub fn summary(&self) -> String {
        let ModelSpec { in_channels, out_channels, config } = self.spec();
        format!(
            "{}: {in_channels} -> {out_channels} channels, {}, {} parameters",
            config.name(),
            config.fno(),
            self.n_parameters()
        )
    }

    /// Changes the number of modes in use; see [`Fno::set_n_modes`].
    ///
    /// # Errors
    /// [`Error::Config`] for a zero, for more modes than are allocated, or for a wrong number of axes.
    pub fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        match self {
            Self::Fno(model) | Self::Tfno(model) => model.set_n_modes(n_modes),
        }
    }

    fn operator(&self) -> &Fno {
        match self {
            Self::Fno(model) | Self::Tfno(model) => model,
        }
    }
}

impl Operator for Model {
    fn in_channels(&self) -> usize {
        self.operator().in_channels()
    }

    fn out_channels(&self) -> usize {
        self.operator().out_channels()
    }

    fn n_dim(&self) -> usize {
        self.operator().n_dim()
    }

    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        self.operator().forward_flat(x, size)
    }
}
