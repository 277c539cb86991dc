//! Settings of a training run.

use serde::{Deserialize, Serialize};
use sobolev_kernels::optim::Decay;

use super::error::{Result, TrainError};
use super::incremental::Incremental;
use super::patches::{PatchConfig, PatchLoss};
use super::schedule::Schedule;
use crate::loss::{Edges, Loss};

/// Which loss is minimised, on normalised fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// Relative L² norm, `‖u − v‖ / ‖v‖`.
    L2,
    /// Relative H¹ norm with periodic central differences.
    H1,
    /// Relative H¹ norm with one-sided differences at the border.
    H1Nonperiodic,
    /// Relative H¹ norm of the spectrum without the slopes of wavenumbers from this one on, `{ h1-spectral = 20 }`; see
    /// [`Loss::RelativeSpectralH1`].
    H1Spectral(usize),
    /// [`Loss::AbsoluteH1`].
    H1Absolute,
}

/// What is made of the losses of the samples of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Their mean.
    #[default]
    Mean,
    /// Their sum: gradients are as many times larger as the batch has samples. Adam's step does not see that, but a coupled weight
    /// decay and a clip do. Losses are reported as means all the same.
    Sum,
}

impl Reduction {
    /// The gradient over that of the mean.
    pub(super) fn factor(self, samples: usize) -> f64 {
        match self {
            Self::Mean => 1.0,
            Self::Sum => samples as f64,
        }
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How the weight decay λ enters a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightDecay {
    /// Every step multiplies the weights by 1 − lr·λ (AdamW).
    #[default]
    Decoupled,
    /// λ times the weights is added to the gradient: the L² penalty of Adam, whose effect depends on the size of the gradients.
    Coupled,
}

impl WeightDecay {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl From<WeightDecay> for Decay {
    fn from(kind: WeightDecay) -> Self {
        match kind {
            WeightDecay::Decoupled => Self::Decoupled,
            WeightDecay::Coupled => Self::Coupled,
        }
    }
}

impl From<LossKind> for Loss {
    fn from(kind: LossKind) -> Self {
        match kind {
            LossKind::L2 => Self::RelativeL2,
            LossKind::H1 => Self::RelativeH1(Edges::Periodic),
            LossKind::H1Nonperiodic => Self::RelativeH1(Edges::OneSided),
            LossKind::H1Spectral(cutoff) => Self::RelativeSpectralH1(cutoff),
            LossKind::H1Absolute => Self::AbsoluteH1,
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
    /// Weight decay λ.
    pub weight_decay: f64,
    /// How λ enters a step.
    #[serde(skip_serializing_if = "WeightDecay::is_default")]
    pub decay: WeightDecay,
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
    /// Mean or sum over a batch.
    #[serde(skip_serializing_if = "Reduction::is_default")]
    pub reduction: Reduction,
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
            decay: WeightDecay::Decoupled,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            schedule: Schedule::default(),
            warmup: 0,
            loss: LossKind::L2,
            reduction: Reduction::Mean,
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
        let decay = self.weight_decay;
        match self.decay {
            WeightDecay::Decoupled => {
                let good = decay.is_finite() && decay >= 0.0 && decay * self.lr < 1.0;
                check(good, "weight_decay", "non-negative, and below 1 / lr", decay)?;
            }
            WeightDecay::Coupled => {
                check(decay.is_finite() && decay >= 0.0, "weight_decay", "non-negative and finite", decay)?;
            }
        }
        check(self.loss != LossKind::H1Spectral(0), "loss.h1-spectral", "at least 1", 0)?;
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
