//! Training of operators that work patch by patch.

use serde::{Deserialize, Serialize};

use super::error::{Result, TrainError};
use crate::Operator;

/// What a step takes the loss of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatchLoss {
    /// The whole field that the patches make: the same loss as without patches.
    #[default]
    Stitched,
    /// Each patch by itself, then the mean: every patch counts alike, however small the field is there.
    PerPatch,
    /// As many patches of each sample, at places that are drawn anew for every step; then the mean. For periodic domains.
    Random(usize),
}

/// How an operator that works patch by patch is trained (TOML table `[train.patches]`).
///
/// ```
/// use sobolev_operators::train::{PatchConfig, PatchLoss, TrainConfig};
///
/// let config: TrainConfig = toml::from_str("[patches]\nloss = { random = 4 }\nper_pass = 8").unwrap();
/// assert_eq!(config.patches, PatchConfig { loss: PatchLoss::Random(4), per_pass: Some(8) });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PatchConfig {
    /// The loss.
    pub loss: PatchLoss,
    /// Patches whose activations are in memory at a time; all of a step where absent.
    ///
    /// The gradient is that of the whole step. The stitched loss then costs one more forward pass: its gradient at a patch
    /// depends on the whole field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_pass: Option<usize>,
}

impl PatchConfig {
    /// Whether this is what any operator can do.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that a model can be trained so.
    pub(super) fn check(&self, model: &impl Operator) -> Result<()> {
        let refused = |field, expected, found: String| Err(TrainError::Config { field, expected, found });
        match model.decomposition() {
            None if !self.is_default() => refused(
                "patches",
                "absent for a model that does not work patch by patch",
                format!("{self:?}"),
            ),
            Some(cut) if matches!(self.loss, PatchLoss::Random(_)) && !cut.config().is_periodic() => {
                let expected = "stitched or per-patch where the domain is not periodic along every axis";
                refused("patches.loss", expected, "random".into())
            }
            _ => Ok(()),
        }
    }
}
