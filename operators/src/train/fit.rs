//! The training loop.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::checkpoint::{self, Checkpoints, State, Which};
use super::config::{Precision, TrainConfig};
use super::error::{Result, TrainError};
use super::gradient::{Objective, Part, Sample};
use super::incremental::{Growth, Reason, coarsen};
use super::journal::{Journal, Record, Timing};
use super::observer::{Event, Observer};
use super::optimizer::{AdamW, StepSettings};
use super::parallel::{self, Ranks};
use super::source::{Batch, BatchSource, Portion};
use super::validate::{self, Errors};
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
/// writes files and reports to the observer; a step is shared as [`parallel`] says, a validation by samples, and when one of the ranks
/// is interrupted, all save and stop after the same step.
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

impl<'a, 'c, M: Module + Operator> Run<'a, 'c, M> {
    fn open(
        ranks: &'a Ranks,
        model: M,
        train: &'a dyn BatchSource,
        valid: Option<&'a dyn BatchSource>,
        config: &'a TrainConfig,
        control: Control<'c>,
    ) -> Result<Self> {
        let folder = control.folder;
        let (path, root) = (folder.join("checkpoints"), ranks.is_root());
        let checkpoints = if root { Checkpoints::open(&path)? } else { Checkpoints::read_only(&path) };
        let path = folder.join("metrics.jsonl");
        if root && !control.resume && path.exists() {
            return Err(TrainError::Exists(folder.to_path_buf()));
        }
        let mut model = model.train();
        let mut optimizer = AdamW::new(&model, config.ema)?;
        let growing = config.incremental.as_ref().and_then(|i| i.modes.as_ref());
        let mut growth = Growth::new(growing, &mut model)?;
        let mut state = State {
            version: checkpoint::VERSION,
            epoch: 0,
            step_in_epoch: 0,
            step: 0,
            seed: config.seed,
            steps_per_epoch: train.n_batches(),
            loss_sum: 0.0,
            loss_samples: 0,
            best: f64::INFINITY,
            best_epoch: 0,
            metrics_offset: 0,
            growth: growth.start(),
        };
        if let Some(last) = if control.resume { find(&checkpoints, Which::Last, ranks)? } else { None } {
            let fresh = (state.seed, state.steps_per_epoch);
            (model, state) = checkpoint::load_checkpoint(&last, model, &mut optimizer)?;
            growth.resume(&mut model, &state, &last)?;
            let stored = (state.seed, state.steps_per_epoch);
            if stored != fresh {
                let text = |(seed, steps)| format!("of seed {seed} with {steps} steps per epoch");
                return Err(TrainError::Mismatch {
                    what: "the training that is resumed",
                    expected: text(stored),
                    found: text(fresh),
                });
            }
        }
        parallel::agree(&model, Some(&optimizer), &state, ranks, "at the start")?;
        let (metrics, timing) = if root {
            let timing = Journal::append(&folder.join("timing.jsonl"))?;
            (Journal::open(&path, state.metrics_offset)?, timing)
        } else {
            (Journal::default(), Journal::default())
        };
        let now = Instant::now();
        let clock = Clock { saved: now, epoch: (now, state.step_in_epoch), valid_seconds: 0.0 };
        let (model, last) = (Some(model), None);
        Ok(Self {
            model,
            optimizer,
            growth,
            state,
            train,
            valid,
            config,
            ranks,
            control,
            checkpoints,
            metrics,
            timing,
            clock,
            last,
        })
    }

    fn model(&self) -> Result<&M> {
        self.model.as_ref().ok_or_else(|| TrainError::device("the model", "a failed step has consumed it"))
    }

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

    fn epoch(&mut self) -> Result<End> {
        self.clock.epoch = (Instant::now(), self.state.step_in_epoch);
        if self.state.step_in_epoch == 0
            && let (Some(model), Some(state)) = (&mut self.model, &mut self.state.growth)
            && let Some(reason) = self.growth.before_epoch(model, state)?
        {
            self.grown(reason)?;
        }
        let train = self.train;
        for portion in train.portions(self.state.epoch, self.state.step_in_epoch, self.ranks.samples())? {
            let portion = self.on_grid(portion?)?;
            self.step(&portion)?;
            if self.ranks.any(self.control.interrupt.load(Ordering::Relaxed))? {
                self.save(&[Which::Last])?;
                return Ok(End::Interrupted);
            }
            if self.clock.saved.elapsed().as_secs_f64() >= 60.0 * self.config.checkpoint_minutes {
                self.save(&[Which::Last])?;
            }
        }
        if self.state.step_in_epoch != self.state.steps_per_epoch {
            return Err(TrainError::Mismatch {
                what: "an epoch",
                expected: format!("{} batches long, as the data source said", self.state.steps_per_epoch),
                found: format!("{} batches long", self.state.step_in_epoch),
            });
        }
        self.finish_epoch()?;
        Ok(End::Finished)
    }

    /// The batch on the grid of the epoch.
    fn on_grid(&mut self, portion: Portion) -> Result<Portion> {
        let Some(incremental) = self.config.incremental.as_ref().filter(|i| !i.grids.is_empty()) else {
            return Ok(portion);
        };
        let epoch = self.state.epoch;
        let grid = incremental.grid(epoch);
        let Portion { batch, first, total } = portion;
        let batch = match grid {
            Some(size) if batch.samples > 0 => coarsen(batch, size, incremental.reduction)?,
            Some(size) => Batch { size: size.to_vec(), ..batch },
            None => batch,
        };
        let before = epoch.checked_sub(1).map(|e| incremental.grid(e));
        if self.state.step_in_epoch == 0 && before != Some(grid) {
            let (step, epoch, size) = (self.state.step, epoch + 1, batch.size.clone());
            self.metrics.write(&Record::Grid { step, epoch, size: size.clone() })?;
            self.tell(&Event::Grid { epoch, size });
        }
        Ok(Portion { batch, first, total })
    }

    /// Tells that modes were added.
    fn grown(&mut self, reason: Reason) -> Result<()> {
        let Some(state) = &self.state.growth else { return Ok(()) };
        let (step, n_modes) = (self.state.step, state.n_modes.clone());
        let begun = usize::from(self.state.step_in_epoch == self.state.steps_per_epoch);
        let epoch = self.state.epoch + 1 + begun;
        self.metrics.write(&Record::Modes { step, epoch, n_modes: n_modes.clone(), reason })?;
        self.tell(&Event::Modes { step, n_modes });
        Ok(())
    }

    /// Only one rank reports.
    fn tell(&mut self, event: &Event) {
        if self.ranks.is_root() {
            self.control.observer.event(event);
        }
    }

    fn step(&mut self, portion: &Portion) -> Result<()> {
        let rates = self.config.rates(self.state.step, self.state.steps_per_epoch);
        let (loss, gradients) = {
            let model = self.model()?;
            let device = self.control.device.clone().autodiff();
            let &Portion { ref batch, first, total } = portion;
            let sample = if batch.samples > 0 {
                let (input, target) = tensors(batch, model, self.config.precision, &device)?;
                Some(Sample { input, target, size: batch.size.clone() })
            } else {
                None
            };
            let objective = Objective {
                loss: self.config.loss.into(),
                patches: &self.config.patches,
                device: self.control.device,
                seed: step_seed(self.config.seed, self.state.step),
            };
            objective.gradients_on(self.ranks, model, sample.as_ref(), Part { first, total })?
        };
        if !loss.is_finite() {
            return Err(self.diverged("the loss", loss, rates.lr));
        }
        if let Some(model) = &self.model {
            self.growth.observe(model, &gradients);
        }
        let settings = StepSettings {
            lr: rates.lr,
            betas: [rates.beta1, self.config.betas[1]],
            epsilon: self.config.epsilon,
            weight_decay: self.config.weight_decay,
            decay: self.config.decay.into(),
            gradient_scale: self.config.reduction.factor(portion.total),
            clip: self.config.clip,
        };
        if let Some(model) = self.model.take() {
            let (model, norm) = self.optimizer.step_by(model, gradients, &settings)?;
            self.model = Some(model);
            if !norm.is_finite() {
                return Err(self.diverged("the norm of the gradient", norm, rates.lr));
            }
            self.stepped(portion.total, loss, norm, rates.lr)?;
        }
        Ok(())
    }

    fn stepped(&mut self, samples: usize, loss: f64, grad_norm: f64, lr: f64) -> Result<()> {
        let state = &mut self.state;
        state.step += 1;
        state.step_in_epoch += 1;
        state.loss_sum += loss * samples as f64;
        state.loss_samples += samples;
        let (step, epoch) = (state.step, state.epoch + 1);
        if step.is_multiple_of(self.config.log_steps) {
            self.metrics.write(&Record::Step { step, epoch, lr, loss, grad_norm })?;
        }
        let (samples_per_second, left) = self.pace();
        let step_in_epoch = self.state.step_in_epoch;
        let event = Event::Step { epoch, step_in_epoch, step, loss, lr, samples_per_second, left };
        self.tell(&event);
        if let (Some(model), Some(state)) = (&mut self.model, &mut self.state.growth)
            && let Some(reason) = self.growth.after_step(step, model, state)?
        {
            self.grown(reason)?;
        }
        Ok(())
    }

    /// Training samples per second, and the time left.
    fn pace(&self) -> (f64, Duration) {
        let (began, before) = self.clock.epoch;
        let seconds = began.elapsed().as_secs_f64().max(1e-9);
        let done = (self.state.step_in_epoch - before).max(1) as f64;
        let per_step = seconds / done;
        let steps = (self.config.epochs * self.state.steps_per_epoch).saturating_sub(self.state.step) as f64;
        let validations = self.config.epochs.saturating_sub(self.state.epoch) as f64;
        let left = steps * per_step + validations * self.clock.valid_seconds;
        let samples = self.train.n_samples() as f64 / self.state.steps_per_epoch as f64;
        (samples / per_step, Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX))
    }

    fn finish_epoch(&mut self) -> Result<()> {
        let (began, before) = self.clock.epoch;
        let train_seconds = began.elapsed().as_secs_f64();
        let start = Instant::now();
        let errors = match self.valid {
            Some(valid) => {
                let model = self.optimizer.averaged(self.model()?.valid())?;
                validate::errors(&model, valid, self.config.precision, self.control.device, self.ranks)?
            }
            None => Errors::new(),
        };
        let when = format!("after epoch {}", self.state.epoch + 1);
        parallel::agree(self.model()?, None, &self.state, self.ranks, &when)?;
        self.clock.valid_seconds = start.elapsed().as_secs_f64();
        let train_loss = self.state.loss_sum / self.state.loss_samples.max(1) as f64;
        let selected = errors.get(validate::SELECTION).copied().unwrap_or(train_loss);
        let epoch = self.state.epoch + 1;
        let lr = self.config.rates(self.state.step.saturating_sub(1), self.state.steps_per_epoch).lr;
        if !selected.is_finite() {
            return Err(self.diverged("the validation error", selected, lr));
        }
        let best = selected < self.state.best;
        if best {
            (self.state.best, self.state.best_epoch) = (selected, epoch);
        }
        let valid = errors.clone();
        self.metrics.write(&Record::Epoch { epoch, step: self.state.step, lr, train_loss, valid, best })?;
        let done = (self.state.step_in_epoch - before) as f64 / self.state.steps_per_epoch as f64;
        let samples_per_second = done * self.train.n_samples() as f64 / train_seconds.max(1e-9);
        let valid_seconds = self.clock.valid_seconds;
        self.timing.write(&Timing { epoch, train_seconds, samples_per_second, valid_seconds })?;
        let state = &mut self.state;
        (state.epoch, state.step_in_epoch, state.loss_sum, state.loss_samples) = (epoch, 0, 0.0, 0);
        if let Some(growth) = &mut state.growth {
            growth.push(train_loss);
        }
        if best {
            self.save(&[Which::Best, Which::Last])?;
        } else if epoch == self.config.epochs {
            self.save(&[Which::Last])?;
        }
        self.tell(&Event::Epoch { epoch, train_loss, valid: errors.clone(), best });
        self.last = Some((train_loss, errors));
        Ok(())
    }

    fn save(&mut self, which: &[Which]) -> Result<()> {
        if !self.ranks.is_root() {
            return Ok(());
        }
        self.state.metrics_offset = self.metrics.sync()?;
        let gradients = self.growth.tensors()?;
        let folder = self.checkpoints.save(self.model()?, &self.optimizer, &self.state, &gradients, which)?;
        self.clock.saved = Instant::now();
        self.tell(&Event::Saved { folder });
        Ok(())
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

/// The checkpoint that rank 0 sees: the others may look at the folder a moment too late.
fn find(checkpoints: &Checkpoints, which: Which, ranks: &Ranks) -> Result<Option<PathBuf>> {
    let found = if ranks.is_root() { checkpoints.find(which)? } else { None };
    if ranks.size() == 1 {
        return Ok(found);
    }
    let name = found.as_deref().and_then(Path::file_name).unwrap_or_default();
    let name = ranks.broadcast(&name.to_string_lossy())?;
    Ok((!name.is_empty()).then(|| checkpoints.folder().join(name)))
}

/// Seed of a step: the finaliser of SplitMix64, so that neighbouring steps draw unrelated numbers.
fn step_seed(seed: u64, step: usize) -> u64 {
    let mut z = seed ^ (step as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A batch as tensors `[batch, channels, points]`, checked against the model.
pub(super) fn tensors(
    batch: &Batch,
    model: &impl Operator,
    precision: Precision,
    device: &Device,
) -> Result<(Tensor<3>, Tensor<3>)> {
    model.check_size(&batch.size)?;
    let points: usize = batch.size.iter().product();
    let dtype = match precision {
        Precision::F32 => DType::F32,
        Precision::F64 => DType::F64,
    };
    let make = |values: &[f32], channels: usize, what: &'static str| {
        let shape = [batch.samples, channels, points];
        if values.len() != shape.iter().product::<usize>() || batch.size.len() != model.n_dim() {
            return Err(TrainError::Mismatch {
                what,
                expected: format!("[batch, channels, points] = {shape:?} on {} axes", model.n_dim()),
                found: format!("{} values on the grid {:?}", values.len(), batch.size),
            });
        }
        Ok(Tensor::from_data(TensorData::new(values.to_vec(), shape), (device, dtype)))
    };
    Ok((
        make(&batch.input, model.in_channels(), "the input of a batch")?,
        make(&batch.target, model.out_channels(), "the target of a batch")?,
    ))
}
