//! An epoch: its batches, the validation after them, and the checkpoints.

use std::sync::atomic::Ordering;
use std::time::Instant;

use burn::module::Module;

use super::super::checkpoint::Which;
use super::super::error::{Result, TrainError};
use super::super::incremental::{Reason, coarsen};
use super::super::journal::{Record, Timing};
use super::super::observer::Event;
use super::super::parallel;
use super::super::source::{Batch, Portion};
use super::super::validate::{self, Errors};
use super::{End, Run};
use crate::Operator;

impl<M: Module + Operator> Run<'_, '_, M> {
    pub(super) fn epoch(&mut self) -> Result<End> {
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
    pub(super) fn grown(&mut self, reason: Reason) -> Result<()> {
        let Some(state) = &self.state.growth else { return Ok(()) };
        let (step, n_modes) = (self.state.step, state.n_modes.clone());
        let begun = usize::from(self.state.step_in_epoch == self.state.steps_per_epoch);
        let epoch = self.state.epoch + 1 + begun;
        self.metrics.write(&Record::Modes { step, epoch, n_modes: n_modes.clone(), reason })?;
        self.tell(&Event::Modes { step, n_modes });
        Ok(())
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
}
