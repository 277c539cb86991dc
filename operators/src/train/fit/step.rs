//! A step: loss and gradient of a batch, and what the optimiser makes of them.

use std::time::Duration;

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::super::config::Precision;
use super::super::error::{Result, TrainError};
use super::super::gradient::{Objective, Part, Sample};
use super::super::journal::Record;
use super::super::observer::Event;
use super::super::optimizer::StepSettings;
use super::super::source::{Batch, Portion};
use super::Run;
use crate::Operator;

impl<M: Module + Operator> Run<'_, '_, M> {
    pub(super) fn step(&mut self, portion: &Portion) -> Result<()> {
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
}

/// Seed of a step: the finaliser of SplitMix64, so that neighbouring steps draw unrelated numbers.
fn step_seed(seed: u64, step: usize) -> u64 {
    let mut z = seed ^ (step as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A batch as tensors `[batch, channels, points]`, checked against the model.
pub(in crate::train) fn tensors(
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
