//! The training loop.
//!
//! ```text
//! open     from the configuration, or from a checkpoint
//! epoch    the batches of an epoch, its validation, and checkpoints
//! step     one batch
//! ```

mod epoch;
mod open;
mod step;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Device;

use self::open::find;
pub(super) use self::step::tensors;
use super::checkpoint::{Checkpoints, State, Which};
use super::config::TrainConfig;
use super::error::{Result, TrainError};
use super::incremental::Growth;
use super::journal::Journal;
use super::observer::{Event, Observer};
use super::optimizer::AdamW;
use super::parallel::Ranks;
use super::source::BatchSource;
use super::validate::Errors;
use crate::Operator;
use crate::multigrid::Multigrid;

/// Everything of a training that is not its configuration.
pub struct Control<'a> {
    /// Run folder: `metrics.jsonl`, `timing.jsonl` and `checkpoints/` are kept in it.
    pub folder: &'a Path,
    /// Where to compute, without autodiff.
    pub device: &'a Device,
    /// Go on from the last checkpoint in `folder`; from the beginning if there is none.
    pub resume: bool,
    /// Hears what happens.
    pub observer: &'a mut dyn Observer,
    /// When set, the training saves after the step under way and returns.
    pub interrupt: &'a AtomicBool,
}

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All epochs are done.
    Finished,
    /// The interrupt flag was set; the state is saved.
    Interrupted,
}

/// What a training did.
#[derive(Debug, Clone)]
pub struct Summary {
    /// How it ended.
    pub end: End,
    /// Steps done, those of earlier processes included.
    pub steps: usize,
    /// Mean training loss of the last epoch that this process finished.
    pub train_loss: Option<f64>,
    /// Validation errors after the last epoch that this process finished.
    pub valid: Errors,
    /// Best value of the selection metric: relative L² on the validation set, or the training loss without one.
    pub best: f64,
    /// Its epoch, counted from 1.
    pub best_epoch: usize,
    /// The newest checkpoint.
    pub last_checkpoint: PathBuf,
    /// The best checkpoint; none before the first epoch is done.
    pub best_checkpoint: Option<PathBuf>,
}

/// Trains `model`, which must be initialised from `config.seed`, on `train`; validates on `valid` after every epoch.
///
/// A run that is stopped in any way (the interrupt flag, a kill, a power cut) and then resumed ends with the same bits
/// in its weights and in `metrics.jsonl` as one that was not, on the same machine with the same number of threads.
///
/// # Errors
/// [`TrainError`]: a bad configuration, data that do not fit the model, divergence, or a file that cannot be written.
pub fn fit<M: Module + Operator>(
    model: M,
    train: &dyn BatchSource,
    valid: Option<&dyn BatchSource>,
    config: &TrainConfig,
    control: Control<'_>,
) -> Result<(M, Summary)> {
    fit_on(&Ranks::single(), model, train, valid, config, control)
}

/// [`fit`] on several ranks: each calls this with the same model, data and configuration, and returns the same model. Only rank 0
/// writes files and reports to the observer; a step is shared as [`parallel`](super::parallel) says, a validation by samples, and when
/// one of the ranks is interrupted, all save and stop after the same step.
///
/// On any number of ranks the training is the same to rounding, but for random layers that draw for every point: all ranks draw the
/// same for different samples. A training may be resumed on another number of ranks.
///
/// # Errors
/// As [`fit`]; [`TrainError::Ranks`] if a rank is gone, or has other weights than rank 0. An error on one rank only is not heard by
/// the others, which wait for it: drop its [`Ranks`], or end all processes.
pub fn fit_on<M: Module + Operator>(
    ranks: &Ranks,
    model: M,
    train: &dyn BatchSource,
    valid: Option<&dyn BatchSource>,
    config: &TrainConfig,
    control: Control<'_>,
) -> Result<(M, Summary)> {
    config.validate()?;
    config.patches.check(&model)?;
    for stage in config.incremental.iter().flat_map(|i| &i.grids) {
        model.check_size(&stage.size)?;
    }
    ranks.check(config, model.decomposition().map(Multigrid::n_patches))?;
    fits(&model, "the training set", train)?;
    if let Some(valid) = valid {
        fits(&model, "the validation set", valid)?;
    }
    let mut run = Run::open(ranks, model, train, valid, config, control)?;
    let end = run.all()?;
    run.close(end)
}

fn fits(model: &impl Operator, what: &'static str, source: &dyn BatchSource) -> Result<()> {
    let check = |ok: bool, expected: String, found: String| match ok {
        true => Ok(()),
        false => Err(TrainError::Mismatch { what, expected, found }),
    };
    let (i, o) = (source.in_channels(), source.out_channels());
    let fits = i == model.in_channels() && o == model.out_channels();
    let expected = format!("{} -> {} channels, as the model is", model.in_channels(), model.out_channels());
    check(fits, expected, format!("{i} -> {o} channels"))?;
    check(source.n_batches() > 0, "non-empty".into(), "without a batch".into())
}

struct Run<'a, 'c, M> {
    /// Only absent while the optimiser holds it.
    model: Option<M>,
    optimizer: AdamW,
    growth: Growth,
    state: State,
    train: &'a dyn BatchSource,
    valid: Option<&'a dyn BatchSource>,
    config: &'a TrainConfig,
    ranks: &'a Ranks,
    control: Control<'c>,
    checkpoints: Checkpoints,
    metrics: Journal,
    timing: Journal,
    clock: Clock,
    last: Option<(f64, Errors)>,
}

/// What depends on the time of day, and never enters the state.
struct Clock {
    saved: Instant,
    /// When this process began its present epoch, and how many batches were done then.
    epoch: (Instant, usize),
    valid_seconds: f64,
}

impl<M: Module + Operator> Run<'_, '_, M> {
    fn all(&mut self) -> Result<End> {
        let event = Event::Start {
            epochs: self.config.epochs,
            steps_per_epoch: self.state.steps_per_epoch,
            steps_done: self.state.step,
            parameters: self.model()?.num_params(),
        };
        self.tell(&event);
        while self.state.epoch < self.config.epochs {
            if self.epoch()? == End::Interrupted {
                return Ok(End::Interrupted);
            }
        }
        Ok(End::Finished)
    }

    fn model(&self) -> Result<&M> {
        self.model.as_ref().ok_or_else(|| TrainError::device("the model", "a failed step has consumed it"))
    }

    /// Only one rank reports.
    fn tell(&mut self, event: &Event) {
        if self.ranks.is_root() {
            self.control.observer.event(event);
        }
    }

    fn diverged(&self, what: &'static str, value: f64, lr: f64) -> TrainError {
        let kept = match self.checkpoints.find(Which::Last) {
            Ok(Some(folder)) => format!("the last good checkpoint is {}", folder.display()),
            _ => "no checkpoint had been written yet".to_string(),
        };
        let (epoch, step) = (self.state.epoch + 1, self.state.step + 1);
        TrainError::Diverged { what, value, epoch, step, lr, kept }
    }

    fn close(self, end: End) -> Result<(M, Summary)> {
        let missing = || TrainError::device("the model", "a failed step has consumed it");
        let last_checkpoint = find(&self.checkpoints, Which::Last, self.ranks)?;
        let (train_loss, valid) =
            self.last.map_or((None, Errors::new()), |(loss, errors)| (Some(loss), errors));
        let summary = Summary {
            end,
            steps: self.state.step,
            train_loss,
            valid,
            best: self.state.best,
            best_epoch: self.state.best_epoch,
            last_checkpoint: last_checkpoint.unwrap_or_default(),
            best_checkpoint: find(&self.checkpoints, Which::Best, self.ranks)?,
        };
        let model = self.model.ok_or_else(missing)?.valid();
        Ok((self.optimizer.averaged(model)?, summary))
    }
}
