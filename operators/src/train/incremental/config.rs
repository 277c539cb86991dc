//! Settings of an incremental training.

use serde::{Deserialize, Serialize};

use super::super::error::{Result, TrainError};

/// Growth of modes and grid during a training (TOML table `[train.incremental]`).
///
/// ```toml
/// [train.incremental.modes]     # up to the n_modes of the model
/// start = [4, 4]
/// criterion = { kind = "explained-ratio", threshold = 0.99 }
///
/// [[train.incremental.grid]]    # behind the last stage the data come as they are
/// size = [16, 16]
/// epochs = 10
///
/// [[train.incremental.grid]]
/// size = [32, 32]
/// epochs = 10
/// ```
///
/// Validation is always on the data as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Incremental {
    /// How batches come to a coarser grid.
    pub reduction: Reduction,
    /// Growth of the modes; without it all modes are in use from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes: Option<ModeGrowth>,
    /// Coarser grids of the first epochs.
    #[serde(rename = "grid", skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<GridStage>,
}

/// How the modes of an operator grow, on all of its layers together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeGrowth {
    /// Modes per axis at the beginning.
    pub start: Vec<usize>,
    /// Modes added at a time, per axis; 2 are one wavenumber of either sign.
    #[serde(default = "defaults::step")]
    pub step: usize,
    /// When they are added.
    pub criterion: Criterion,
}

/// When modes are added.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Criterion {
    /// On every axis, when the mean loss of an epoch is not below that of the epoch before by more than `epsilon` times that.
    ///
    /// **Deviates** from the paper, whose gap is absolute: losses of other sizes need no other setting.
    LossGap {
        /// Smallest relative fall of the loss.
        #[serde(default = "defaults::epsilon")]
        epsilon: f64,
    },
    /// On each axis by itself, when its low wavenumbers do not explain the gradient in some layer.
    ///
    /// With the gradient G of a layer's spectral weights, summed over `every` steps, and K the highest wavenumber in use:
    ///
    /// ```math
    /// s_κ = \sum_{|k_j| = κ} |G_k|^2, \qquad g = \sum_{κ \le K - b} s_κ \Big/ \sum_{κ \le K} s_κ < \text{threshold}
    /// ```
    ///
    /// where b is the buffer: modes that are in use to see whether they are needed. For factorised weights, whose gradient is not
    /// formed, G is that of the factor that belongs to the axis.
    ///
    /// **Deviates** from the authors' code: the ratio is that of energies, not of the variance of their roots, which need not fall as
    /// high wavenumbers gain; and one layer whose gradient is not explained is enough for all.
    ExplainedRatio {
        /// Smallest ratio that is enough.
        #[serde(default = "defaults::threshold")]
        threshold: f64,
        /// Wavenumbers b of the buffer.
        #[serde(default = "defaults::buffer")]
        buffer: usize,
        /// Steps over which gradients are summed, and between two decisions.
        #[serde(default = "defaults::every")]
        every: usize,
    },
}

/// A grid of the first epochs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridStage {
    /// Points per axis.
    pub size: Vec<usize>,
    /// Epochs on it.
    pub epochs: usize,
}

/// How a field comes to a coarser grid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Every s-th point, for any data; the size must be n/s, or (n-1)/s + 1 for grids with points on both ends.
    #[default]
    Stride,
    /// The wavenumbers that the coarser grid resolves, for periodic data; any size up to that of the data.
    Spectral,
}

mod defaults {
    pub(super) fn step() -> usize {
        2
    }
    pub(super) fn epsilon() -> f64 {
        1e-2
    }
    pub(super) fn threshold() -> f64 {
        0.99
    }
    pub(super) fn buffer() -> usize {
        2
    }
    pub(super) fn every() -> usize {
        50
    }
}

impl Incremental {
    pub(in crate::train) fn validate(&self) -> Result<()> {
        let check = |ok: bool, field, expected, found: String| match ok {
            true => Ok(()),
            false => Err(TrainError::Config { field, expected, found }),
        };
        let text = |list: &[usize]| format!("{list:?}");
        let axes =
            |list: &[usize]| (1..=3).contains(&list.len()) && list.iter().all(|n| (1..=1 << 14).contains(n));
        for stage in &self.grids {
            let expected = "1 to 3 sizes from 1 to 16384";
            check(axes(&stage.size), "incremental.grid.size", expected, text(&stage.size))?;
            check(stage.epochs > 0, "incremental.grid.epochs", "at least 1", stage.epochs.to_string())?;
        }
        let Some(modes) = &self.modes else { return Ok(()) };
        let expected = "1 to 3 numbers from 1 to 16384";
        check(axes(&modes.start), "incremental.modes.start", expected, text(&modes.start))?;
        check(modes.step > 0, "incremental.modes.step", "at least 1", modes.step.to_string())?;
        match modes.criterion {
            Criterion::LossGap { epsilon } => check(
                (0.0..1.0).contains(&epsilon),
                "incremental.modes.criterion.epsilon",
                "in [0, 1)",
                epsilon.to_string(),
            ),
            Criterion::ExplainedRatio { threshold, every, .. } => {
                check(
                    threshold > 0.0 && threshold <= 1.0,
                    "incremental.modes.criterion.threshold",
                    "in (0, 1]",
                    threshold.to_string(),
                )?;
                check(every > 0, "incremental.modes.criterion.every", "at least 1", every.to_string())
            }
        }
    }

    /// The grid of an epoch, counted from 0; none for the data as they are.
    #[must_use]
    pub fn grid(&self, epoch: usize) -> Option<&[usize]> {
        let mut end = 0;
        let mut stages = self.grids.iter();
        stages
            .find(|stage| {
                end += stage.epochs;
                epoch < end
            })
            .map(|stage| stage.size.as_slice())
    }
}
