//! Settings of a training run.

use serde::{Deserialize, Serialize};

use super::error::{Result, TrainError};
use super::incremental::Incremental;
use super::patches::{PatchConfig, PatchLoss};
use super::schedule::Schedule;
use crate::loss::{Edges, Loss};

/// Which loss is minimised, on normalised fields. Every loss is a mean over the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// Relative L² norm, `‖u − v‖ / ‖v‖`.
    L2,
    /// Relative H¹ norm with periodic central differences.
    H1,
    /// Relative H¹ norm with one-sided differences at the border.
    H1Nonperiodic,
}

impl From<LossKind> for Loss {
    fn from(kind: LossKind) -> Self {
        match kind {
            LossKind::L2 => Self::RelativeL2,
            LossKind::H1 => Self::RelativeH1(Edges::Periodic),
            LossKind::H1Nonperiodic => Self::RelativeH1(Edges::OneSided),
        }
    }
}

/// Floating-point type of weights, activations and optimiser state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits: the speed that the hardware has.
    #[default]
    F32,
    /// 64 bits: for checks against double-precision solvers.
    F64,
}

/// Settings of a training run (TOML table `[train]`).
///
/// **Good values.** Neural operators on a thousand samples: `lr = 1e-3 .. 5e-3`, `weight_decay = 1e-4`, batch 8 to 32,
/// cosine or one-cycle, `clip = 1`, and an `ema` of 0.99 to 0.999 where the run is long enough (thousands of steps).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training set.
    pub epochs: usize,
    /// Samples of a step.
    pub batch: usize,
    /// Seed of the initial weights, the order of the samples and all random layers.
    pub seed: u64,
    /// Peak learning rate.
    pub lr: f64,
    /// Decoupled weight decay λ of AdamW (every step multiplies the weights by 1 − lr·λ).
    pub weight_decay: f64,
    /// Decay rates [β₁, β₂] of the moments.
    pub betas: [f64; 2],
    /// Addend to the root of the second moment.
    pub epsilon: f64,
    /// Learning rate over the steps.
    pub schedule: Schedule,
    /// Steps of linear warm-up before the schedule's own shape (constant, cosine and step).
    pub warmup: usize,
    /// The training loss.
    pub loss: LossKind,
    /// Largest global norm of the gradient; without it the gradient is left as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// Decay of an exponential moving average of the weights, which is then what is evaluated and saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema: Option<f64>,
    /// Minutes between checkpoints; the best epoch and the end are always saved.
    pub checkpoint_minutes: f64,
    /// Steps between the step lines of `metrics.jsonl`.
    pub log_steps: usize,
    /// Floating-point type.
    pub precision: Precision,
    /// Growth of modes and grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incremental: Option<Incremental>,
    /// How an operator that works patch by patch is trained.
    #[serde(skip_serializing_if = "PatchConfig::is_default")]
    pub patches: PatchConfig,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 50,
            batch: 16,
            seed: 0,
            lr: 2e-3,
            weight_decay: 1e-4,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            schedule: Schedule::default(),
            warmup: 0,
            loss: LossKind::L2,
            clip: None,
            ema: None,
            checkpoint_minutes: 5.0,
            log_steps: 10,
            precision: Precision::F32,
            incremental: None,
            patches: PatchConfig::default(),
        }
    }
}

fn check(ok: bool, field: &'static str, expected: &'static str, found: impl std::fmt::Debug) -> Result<()> {
    if ok { Ok(()) } else { Err(TrainError::Config { field, expected, found: format!("{found:?}") }) }
}

impl TrainConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`TrainError::Config`] for the first field that is out of range.
    pub fn validate(&self) -> Result<()> {
        let unit = |x: f64| (0.0..1.0).contains(&x);
        let positive = |x: f64| x.is_finite() && x > 0.0;
        check((1..=1_000_000).contains(&self.epochs), "epochs", "between 1 and 1000000", self.epochs)?;
        check((1..=1_000_000).contains(&self.batch), "batch", "between 1 and 1000000", self.batch)?;
        let toml = i64::try_from(self.seed).is_ok();
        check(toml, "seed", "at most 9223372036854775807, the largest integer of TOML", self.seed)?;
        check(positive(self.lr), "lr", "positive and finite", self.lr)?;
        check(
            self.weight_decay.is_finite() && self.weight_decay >= 0.0 && self.weight_decay * self.lr < 1.0,
            "weight_decay",
            "non-negative, and below 1 / lr",
            self.weight_decay,
        )?;
        check(self.betas.iter().all(|&b| unit(b)), "betas", "two numbers in [0, 1)", self.betas)?;
        check(positive(self.epsilon), "epsilon", "positive and finite", self.epsilon)?;
        check(self.clip.is_none_or(positive), "clip", "positive and finite, or absent", self.clip)?;
        check(self.ema.is_none_or(|e| e > 0.0 && e < 1.0), "ema", "between 0 and 1, or absent", self.ema)?;
        check(positive(self.checkpoint_minutes), "checkpoint_minutes", "positive", self.checkpoint_minutes)?;
        check(self.log_steps > 0, "log_steps", "at least 1", self.log_steps)?;
        self.incremental.as_ref().map_or(Ok(()), Incremental::validate)?;
        let PatchConfig { loss, per_pass } = self.patches;
        check(loss != PatchLoss::Random(0), "patches.loss.random", "at least 1", 0)?;
        check(per_pass != Some(0), "patches.per_pass", "at least 1, or absent", 0)?;
        self.schedule.validate()
    }
}
