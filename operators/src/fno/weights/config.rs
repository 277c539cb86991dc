//! How spectral weights are stored.

use std::fmt;

use serde::{Deserialize, Serialize};
use sobolev_kernels::contract::Rank;

use crate::{Error, Result};

/// The form of a weight tensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightForm {
    /// Every entry on its own.
    #[default]
    Dense,
    /// A core and a factor per axis.
    Tucker,
    /// A sum of rank-one terms.
    Cp,
    /// A chain of cores.
    TensorTrain,
}

/// The size of a factorised weight: a fraction `0.1` of the dense entries, one rank `8` everywhere, or a list of ranks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RankConfig {
    /// The same rank everywhere.
    Fixed(usize),
    /// This fraction of the dense entries, as nearly as integer ranks allow.
    Fraction(f64),
    /// One rank per axis (Tucker), the rank (CP), or the inner ranks (tensor train), axes in the order layers (if joint), in,
    /// out (unless separable), modes.
    Each(Vec<usize>),
}

impl RankConfig {
    pub(super) fn to_rank(&self) -> Rank {
        match self {
            Self::Fixed(rank) => Rank::Fixed(*rank),
            Self::Fraction(fraction) => Rank::Fraction(*fraction),
            Self::Each(ranks) => Rank::PerMode(ranks.clone()),
        }
    }
}

impl fmt::Display for RankConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(rank) => write!(f, "{rank}"),
            Self::Fraction(fraction) => write!(f, "{fraction:?}"),
            Self::Each(ranks) => write!(f, "{ranks:?}"),
        }
    }
}

/// Configuration of the spectral weights.
///
/// **Source.** Kossaifi et al., TMLR 2024 (arXiv:2310.00120), sections 3.1 and 3.2; `joint` is the form of that paper's main
/// results: one tensor with an axis for the layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeightConfig {
    /// Dense or one of the factorised forms.
    pub factorization: WeightForm,
    /// Size of a factorised form; ignored for a dense weight.
    pub rank: RankConfig,
    /// One tensor for all layers.
    pub joint: bool,
    /// Keeps the layer axis of a joint Tucker form at full rank.
    pub fixed_layer_mode: bool,
    /// One weight per mode and channel instead of per mode and pair of channels.
    pub separable: bool,
}

impl Default for WeightConfig {
    fn default() -> Self {
        Self {
            factorization: WeightForm::Dense,
            rank: RankConfig::Fraction(0.1),
            joint: false,
            fixed_layer_mode: false,
            separable: false,
        }
    }
}

impl WeightConfig {
    /// Tucker form with a fraction of the dense parameters.
    pub fn tucker(fraction: f64) -> Self {
        Self::factorized(WeightForm::Tucker, fraction)
    }

    /// CP form with a fraction of the dense parameters.
    pub fn cp(fraction: f64) -> Self {
        Self::factorized(WeightForm::Cp, fraction)
    }

    /// Tensor-train form with a fraction of the dense parameters.
    pub fn tensor_train(fraction: f64) -> Self {
        Self::factorized(WeightForm::TensorTrain, fraction)
    }

    fn factorized(factorization: WeightForm, fraction: f64) -> Self {
        Self { factorization, rank: RankConfig::Fraction(fraction), ..Self::default() }
    }

    /// One tensor for all layers.
    #[must_use]
    pub fn joint(self) -> Self {
        Self { joint: true, ..self }
    }

    /// One weight per mode and channel.
    #[must_use]
    pub fn separable(self) -> Self {
        Self { separable: true, ..self }
    }

    /// Checks the combination of fields.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub(crate) fn validate(&self) -> Result<()> {
        if self.joint && self.factorization == WeightForm::Dense {
            return Err(Error::config("weights.joint", "false for dense weights, which share nothing", true));
        }
        if self.fixed_layer_mode && !(self.joint && self.factorization == WeightForm::Tucker) {
            return Err(Error::config(
                "weights.fixed_layer_mode",
                "false unless the weights are joint and Tucker",
                true,
            ));
        }
        Ok(())
    }
}

impl fmt::Display for WeightConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.joint {
            write!(f, "joint ")?;
        }
        if self.separable {
            write!(f, "separable ")?;
        }
        match self.factorization {
            WeightForm::Dense => write!(f, "dense weights"),
            WeightForm::Tucker => write!(f, "Tucker weights of rank {}", self.rank),
            WeightForm::Cp => write!(f, "CP weights of rank {}", self.rank),
            WeightForm::TensorTrain => write!(f, "tensor-train weights of rank {}", self.rank),
        }
    }
}
