//! The list of all operators, and what is the same for each.

use std::fmt;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::dil_resnet::{DilResNet, DilResNetConfig};
use crate::ffno::{Ffno, FfnoConfig};
use crate::fno::{Fno, FnoConfig, TfnoConfig};
use crate::mgno::{Mgno, MgnoConfig};
use crate::multigrid::{Multigrid, MultigridConfig};
use crate::operator::{Modes, Operator};
use crate::uno::{Uno, UnoConfig};

/// What the list asks of the configuration of an operator.
pub(crate) trait Configuration: Clone + fmt::Display {
    /// The operator that it describes.
    type Operator: Operator + Module;

    /// Grid axes.
    fn n_dim(&self) -> usize;

    /// Checks every field; [`Error::Config`](crate::Error::Config) names the first bad one.
    fn validate(&self) -> Result<()>;

    /// Checks that the operator can work on a grid; [`Error::Grid`](crate::Error::Grid) names the axis. Most work on all.
    fn check_size(&self, size: &[usize]) -> Result<()> {
        let _ = size;
        Ok(())
    }

    /// The same operator without coordinate channels of its own.
    #[must_use]
    fn without_coordinates(self) -> Self {
        self
    }

    /// An operator with weights drawn under `seed`.
    fn init(
        &self,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self::Operator>;

    /// The configuration that builds an operator again, up to its weights.
    fn of(operator: &Self::Operator) -> Self;
}

/// Makes the enums [`ModelConfig`] and [`Model`] of the list `"word": Name(Configuration) => Operator`.
macro_rules! models {
    ($($(#[$doc:meta])* $word:literal: $name:ident($config:ident) => $operator:ident,)+) => {
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
        #[serde(tag = "model")]
        pub enum ModelConfig {
            $($(#[$doc])* #[serde(rename = $word)] $name($config),)+
        }

        impl ModelConfig {
            /// The name after `model =`.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $word,)+ }
            }

            /// Grid axes.
            pub fn n_dim(&self) -> usize {
                match self { $(Self::$name(config) => Configuration::n_dim(config),)+ }
            }

            /// Checks every field.
            ///
            /// # Errors
            /// [`Error::Config`](crate::Error::Config) naming the first bad field.
            pub fn validate(&self) -> Result<()> {
                match self { $(Self::$name(config) => Configuration::validate(config),)+ }
            }

            /// Checks that the model can work on a grid of `size`.
            ///
            /// # Errors
            /// [`Error::Grid`](crate::Error::Grid) naming the axis and what would fit.
            pub fn check_size(&self, size: &[usize]) -> Result<()> {
                match self { $(Self::$name(config) => Configuration::check_size(config, size),)+ }
            }

            /// The same model without coordinate channels of its own, where it has such a choice.
            #[must_use]
            pub fn without_coordinates(self) -> Self {
                match self { $(Self::$name(config) => Self::$name(Configuration::without_coordinates(config)),)+ }
            }

            /// A model with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
            ///
            /// # Errors
            /// [`Error::Config`](crate::Error::Config) naming the first bad field.
            pub fn init(
                &self,
                in_channels: usize,
                out_channels: usize,
                seed: u64,
                device: &Device,
            ) -> Result<Model> {
                Ok(match self {
                    $(Self::$name(config) => {
                        Model::$name(Configuration::init(config, in_channels, out_channels, seed, device)?)
                    })+
                })
            }

            /// The operator's own line, without its name.
            pub(super) fn details(&self) -> &dyn fmt::Display {
                match self { $(Self::$name(config) => config,)+ }
            }
        }

        /// Any operator.
        #[derive(Module, Debug)]
        pub enum Model {
            $($(#[$doc])* $name($operator),)+
        }

        impl Model {
            /// The configuration that builds this model again, up to its weights.
            pub fn config(&self) -> ModelConfig {
                match self { $(Self::$name(operator) => ModelConfig::$name(Configuration::of(operator)),)+ }
            }
        }

        impl Operator for Model {
            fn in_channels(&self) -> usize {
                match self { $(Self::$name(operator) => operator.in_channels(),)+ }
            }

            fn out_channels(&self) -> usize {
                match self { $(Self::$name(operator) => operator.out_channels(),)+ }
            }

            fn n_dim(&self) -> usize {
                match self { $(Self::$name(operator) => operator.n_dim(),)+ }
            }

            fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
                match self { $(Self::$name(operator) => operator.forward_flat(x, size),)+ }
            }

            fn modes(&self) -> Option<Modes> {
                match self { $(Self::$name(operator) => Operator::modes(operator),)+ }
            }

            fn check_size(&self, size: &[usize]) -> Result<()> {
                match self { $(Self::$name(operator) => operator.check_size(size),)+ }
            }

            fn decomposition(&self) -> Option<&Multigrid> {
                match self { $(Self::$name(operator) => operator.decomposition(),)+ }
            }

            fn is_half(&self) -> bool {
                match self { $(Self::$name(operator) => operator.is_half(),)+ }
            }

            fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
                match self { $(Self::$name(operator) => Operator::set_n_modes(operator, n_modes),)+ }
            }
        }
    };
}

models! {
    /// A Fourier neural operator.
    "fno": Fno(FnoConfig) => Fno,
    /// A Fourier neural operator with factorised weights.
    "tfno": Tfno(TfnoConfig) => Fno,
    /// A Fourier neural operator with transforms along one axis at a time.
    "ffno": Ffno(FfnoConfig) => Ffno,
    /// A U-shaped Fourier neural operator.
    "uno": Uno(UnoConfig) => Uno,
    /// An operator whose linear maps are multigrid cycles.
    "mgno": Mgno(MgnoConfig) => Mgno,
    /// A residual network of convolutions with taps at a distance.
    "dil-resnet": DilResNet(DilResNetConfig) => DilResNet,
    /// Any operator on patches of several levels.
    "multigrid": Multigrid(MultigridConfig) => Multigrid,
}
