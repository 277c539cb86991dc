//! All operators under one roof: what a configuration file, a weight file and the program speak of.
//!
//! ```text
//! registry    ModelConfig and Model: the list of all operators       presets    ready configurations by name
//! ```

mod presets;
mod registry;

use std::fmt;

use burn::module::Module;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

pub use presets::PRESETS;
pub(crate) use registry::Configuration;
pub use registry::{Model, ModelConfig};

use crate::multigrid::MultigridConfig;
use crate::operator::Operator;
use crate::{Error, Result};

impl ModelConfig {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`Error::Parse`] where the text is not a configuration, [`Error::Config`] where a field has a bad value.
    pub fn from_toml(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|e| Error::Parse(e.message().to_owned()))?;
        config.validate()?;
        Ok(config)
    }

    /// The same with another number of levels of a multi-grid decomposition.
    ///
    /// # Errors
    /// [`Error::Config`] for a model that has none.
    pub fn with_levels(self, levels: usize) -> Result<Self> {
        match self {
            Self::Multigrid(config) => Ok(Self::Multigrid(MultigridConfig { levels, ..config })),
            other => Err(Error::config("levels", "a multigrid model with them", other.name())),
        }
    }

    /// The configuration as a file's text.
    ///
    /// # Errors
    /// [`Error::Parse`] where a field cannot be written.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|e| Error::Parse(e.to_string()))
    }
}

impl fmt::Display for ModelConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.details())
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

impl Model {
    /// What builds this model again, up to its weights.
    pub fn spec(&self) -> ModelSpec {
        ModelSpec {
            in_channels: self.in_channels(),
            out_channels: self.out_channels(),
            config: self.config(),
        }
    }

    /// Real numbers among the parameters; a complex weight is two.
    pub fn n_parameters(&self) -> usize {
        self.num_params()
    }

    /// Changes the number of modes in use; see [`Operator::set_n_modes`].
    ///
    /// # Errors
    /// [`Error::Config`] for a zero, for more modes than are allocated, for a wrong number of axes, or for a model without modes.
    pub fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        Operator::set_n_modes(self, n_modes)
    }

    /// One line: name, channels, configuration, size.
    pub fn summary(&self) -> String {
        let ModelSpec { in_channels, out_channels, config } = self.spec();
        format!(
            "{}: {in_channels} -> {out_channels} channels, {}, {} parameters",
            config.name(),
            config.details(),
            self.n_parameters()
        )
    }
}
