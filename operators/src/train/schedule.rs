//! Learning rate and first-moment decay as pure functions of the step, so that a resumed run needs no state for them.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use super::error::{Result, TrainError};

/// Shape of the learning rate over the steps `t = 0 .. T−1` of a run, relative to the peak `lr`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// `lr`.
    Constant,
    /// `floor + (1 − floor)(1 + cos πs)/2` with `s = t/T` after the warm-up (Loshchilov and Hutter, 2017, eq. 5).
    Cosine {
        /// Last value, as a fraction of the peak.
        #[serde(default)]
        floor: f64,
    },
    /// `gamma^⌊epoch / every⌋`.
    Step {
        /// Epochs between two steps.
        every: usize,
        /// Factor of a step.
        gamma: f64,
    },
    /// One cycle (Smith and Topin, 2019): cosine from `1/div` up to 1 over the first `rise` of the steps, then cosine
    /// down to `1/(div·final_div)`. Where `beta1` is given, β₁ runs the other way, from its upper value to its lower one
    /// at the peak and back.
    OneCycle {
        /// Fraction of the steps that rise.
        #[serde(default = "defaults::rise")]
        rise: f64,
        /// Peak over first value.
        #[serde(default = "defaults::div")]
        div: f64,
        /// First over last value.
        #[serde(default = "defaults::final_div")]
        final_div: f64,
        /// Lower and upper value of β₁.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beta1: Option<[f64; 2]>,
        /// When it moves on.
        #[serde(default, skip_serializing_if = "Clock::is_default")]
        clock: Clock,
    },
}

/// When a schedule moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// At every step.
    #[default]
    Step,
    /// At the end of an epoch. One cycle over E epochs then has its peak in epoch `rise · E`, counted from 1, as PyTorch's scheduler
    /// has it when it is stepped once per epoch.
    Epoch,
}

impl Clock {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

mod defaults {
    pub(super) fn rise() -> f64 {
        0.3
    }
    pub(super) fn div() -> f64 {
        25.0
    }
    pub(super) fn final_div() -> f64 {
        1e4
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Cosine { floor: 0.0 }
    }
}

/// Cosine from `a` (s = 0) to `b` (s = 1).
fn anneal(a: f64, b: f64, s: f64) -> f64 {
    b + (a - b) * 0.5 * (1.0 + (PI * s).cos())
}

impl Schedule {
    pub(super) fn validate(&self) -> Result<()> {
        let fail = |field, expected, found: String| Err(TrainError::Config { field, expected, found });
        match *self {
            Self::Cosine { floor } if !(0.0..=1.0).contains(&floor) => {
                fail("schedule.floor", "in [0, 1]", floor.to_string())
            }
            Self::Step { every: 0, .. } => fail("schedule.every", "at least 1", "0".into()),
            Self::Step { gamma, .. } if !(gamma > 0.0 && gamma <= 1.0) => {
                fail("schedule.gamma", "in (0, 1]", gamma.to_string())
            }
            Self::OneCycle { rise, .. } if !(rise > 0.0 && rise < 1.0) => {
                fail("schedule.rise", "in (0, 1)", rise.to_string())
            }
            Self::OneCycle { div, final_div, .. } if !(div >= 1.0 && final_div >= 1.0) => {
                fail("schedule.div and schedule.final_div", "at least 1", format!("{div} and {final_div}"))
            }
            Self::OneCycle { beta1: Some([low, high]), .. } if !(0.0 <= low && low <= high && high < 1.0) => {
                fail("schedule.beta1", "[low, high] with 0 <= low <= high < 1", format!("[{low}, {high}]"))
            }
            _ => Ok(()),
        }
    }
}

/// Learning rate and β₁ of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Learning rate.
    pub lr: f64,
    /// Decay rate of the first moment.
    pub beta1: f64,
}

impl TrainConfig {
    /// Learning rate and β₁ of step `step` (counted from 0) in a run of `epochs` epochs of `steps_per_epoch` steps.
    #[must_use]
    pub fn rates(&self, step: usize, steps_per_epoch: usize) -> Rates {
        let total = (self.epochs * steps_per_epoch).max(1);
        let beta1 = self.betas[0];
        if let Schedule::OneCycle { rise, div, final_div, beta1: cycled, clock } = self.schedule {
            let (now, last, peak) = match clock {
                Clock::Step => {
                    let last = (total - 1).max(1) as f64;
                    (step as f64, last, rise * last)
                }
                Clock::Epoch => {
                    let epochs = self.epochs as f64;
                    ((step / steps_per_epoch.max(1)) as f64, (epochs - 1.0).max(1.0), rise * epochs - 1.0)
                }
            };
            let s = now.min(last);
            let (first, end) = (1.0 / div, 1.0 / (div * final_div));
            let (low, high) = cycled.map_or((beta1, beta1), |[low, high]| (low, high));
            let (factor, beta1) = if s <= peak && peak > 0.0 {
                (anneal(first, 1.0, s / peak), anneal(high, low, s / peak))
            } else {
                let s = (s - peak) / (last - peak);
                (anneal(1.0, end, s), anneal(low, high, s))
            };
            return Rates { lr: self.lr * factor, beta1 };
        }
        if step < self.warmup {
            return Rates { lr: self.lr * (step + 1) as f64 / self.warmup as f64, beta1 };
        }
        let factor = match self.schedule {
            Schedule::Cosine { floor } => {
                let length = total.saturating_sub(self.warmup).max(1) as f64;
                anneal(1.0, floor, (((step - self.warmup) as f64) / length).min(1.0))
            }
            Schedule::Step { every, gamma } => {
                let epoch = step / steps_per_epoch.max(1);
                gamma.powi(i32::try_from(epoch / every).unwrap_or(i32::MAX))
            }
            Schedule::Constant | Schedule::OneCycle { .. } => 1.0,
        };
        Rates { lr: self.lr * factor, beta1 }
    }
}
