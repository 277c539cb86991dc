//! How spectral weights are stored.

use std::fmt;
use std::str::FromStr;

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

/// The size of a factorised weight: a fraction `0.1` of the dense entries, one rank `8` everywhere, or a list of ranks
/// `[4, 16, 16, 8, 8]`, one per axis.
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

impl FromStr for RankConfig {
    type Err = Error;

    /// `0.1`, `8` or `4x16x16x8x8`.
    fn from_str(text: &str) -> Result<Self> {
        let integers: Option<Vec<usize>> = text.split('x').map(|part| part.trim().parse().ok()).collect();
        match (integers.as_deref(), text.trim().parse()) {
            (Some([rank]), _) => Ok(Self::Fixed(*rank)),
            (Some(ranks), _) => Ok(Self::Each(ranks.to_vec())),
            (None, Ok(fraction)) => Ok(Self::Fraction(fraction)),
            (None, Err(_)) => {
                Err(Error::config("rank", "a fraction 0.1, a rank 8 or ranks 4x16x16x8x8", text))
            }
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
/// results: one tensor with an axis for the layers. `dropout` is the tensor dropout of Kolbeinsson et al., 2021
/// (arXiv:1902.10758).
///
/// **Deviates.** 1. Axes of the tensor: `[layers, in, out, M_1, .., M_d]` with the `M_d = n/2 + 1` wavenumbers 0 .. n/2 on the
/// last axis. The paper's code keeps the 2^{d-1} corners of the half spectrum apart, `[2^{d-1} layers, in, out, m_1/2, ..,
/// m_d/2]`, without the wavenumber n/2 of the last axis: corner c of layer l is its slice 2^{d-1} l + c, and holds the wavenumbers
/// 0 .. m/2 or -m/2 .. -1 of each axis but the last. The same fraction means other ranks: for 4 layers, 64 channels and 64 x 64
/// modes, 1/150 gives CP rank 1007 instead of 1118, and Tucker ranks (1, 23, 23, 23, 12) instead of (3, 23, 23, 12, 12).
/// 2. A fixed axis has no factor, where the reference library learns a square one. 3. Tensor dropout keeps any number of rank
/// indices, and each axis has its own factor 1/(1 - p), so that the mean weight is the weight without dropout.
///
/// **Good values.** Per layer, `rank` 0.05 to 0.5. Joint Tucker weights want `fixed = [0]`: a small fraction otherwise leaves so few
/// layer ranks that the layers' weights are multiples of one another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeightConfig {
    /// Dense or one of the factorised forms.
    pub factorization: WeightForm,
    /// Size of a factorised form; ignored for a dense weight.
    pub rank: RankConfig,
    /// One tensor for all layers.
    pub joint: bool,
    /// Axes of a Tucker form that are not compressed, counted as those of a list of ranks: 0 is the layers' of joint weights.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<usize>,
    /// One weight per mode and channel instead of per mode and pair of channels.
    pub separable: bool,
    /// Probability p with which a training step leaves out an index of a rank (Tucker and tensor train: of each rank above 3).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropout: f64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Default for WeightConfig {
    fn default() -> Self {
        Self {
            factorization: WeightForm::Dense,
            rank: RankConfig::Fraction(0.1),
            joint: false,
            fixed: Vec::new(),
            separable: false,
            dropout: 0.0,
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

    /// Leaves these axes of a Tucker form as they are.
    #[must_use]
    pub fn fixed(self, axes: &[usize]) -> Self {
        Self { fixed: axes.to_vec(), ..self }
    }

    /// Tensor dropout with probability `p`.
    #[must_use]
    pub fn dropout(self, p: f64) -> Self {
        Self { dropout: p, ..self }
    }

    /// Checks the combination of fields.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub(crate) fn validate(&self) -> Result<()> {
        if self.joint && self.factorization == WeightForm::Dense {
            return Err(Error::config("weights.joint", "false for dense weights, which share nothing", true));
        }
        if !self.fixed.is_empty() && self.factorization != WeightForm::Tucker {
            let got = format!("{:?}", self.fixed);
            return Err(Error::config("weights.fixed", "no axis unless the weights are Tucker", got));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(Error::config(
                "weights.dropout",
                "a probability from 0 to less than 1",
                self.dropout,
            ));
        }
        if self.dropout > 0.0 && self.factorization == WeightForm::Dense {
            return Err(Error::config(
                "weights.dropout",
                "0 for dense weights, which have no ranks",
                self.dropout,
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
            WeightForm::Dense => write!(f, "dense weights")?,
            WeightForm::Tucker => write!(f, "Tucker weights of rank {}", self.rank)?,
            WeightForm::Cp => write!(f, "CP weights of rank {}", self.rank)?,
            WeightForm::TensorTrain => write!(f, "tensor-train weights of rank {}", self.rank)?,
        }
        if !self.fixed.is_empty() {
            write!(f, ", axes {:?} whole", self.fixed)?;
        }
        if self.dropout > 0.0 {
            write!(f, ", dropout {}", self.dropout)?;
        }
        Ok(())
    }
}
