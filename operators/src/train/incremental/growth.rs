//! When modes are added, and what of it a checkpoint holds.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::super::checkpoint::{GRADIENTS, State, exact};
use super::super::error::{Result, TrainError};
use super::super::params::{self, Each};
use super::super::tensors;
use super::{Criterion, ModeGrowth, explained_ratio};
use crate::operator::{ModeParameter, Modes, Operator};

/// What a checkpoint holds of a growing number of modes, beside the summed gradients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrowthState {
    /// Modes in use per axis.
    pub n_modes: Vec<usize>,
    /// Mean loss of the last epoch, and of the one before.
    pub losses: Vec<EpochLoss>,
}

/// A loss with all its bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochLoss(#[serde(with = "exact")] pub f64);

/// Why modes were added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "criterion", rename_all = "kebab-case")]
pub enum Reason {
    /// The loss stopped falling.
    LossGap {
        /// Its relative fall over the last epoch.
        fall: f64,
    },
    /// Low wavenumbers did not explain the gradient.
    ExplainedRatio {
        /// Smallest ratio over the layers, per axis.
        ratios: Vec<f64>,
    },
}

/// The growing modes of a training; idle where none are asked for.
#[derive(Debug, Default)]
pub(in crate::train) struct Growth {
    config: Option<ModeGrowth>,
    /// By name of the parameter, flattened; where gradients are looked at.
    sums: BTreeMap<String, Tensor<1>>,
}

impl Growth {
    /// Begins with the first modes.
    pub(in crate::train) fn new(config: Option<&ModeGrowth>, model: &mut impl Operator) -> Result<Self> {
        let Some(config) = config else { return Ok(Self::default()) };
        let Some(Modes { allocated, .. }) = model.modes() else {
            return Err(TrainError::Mismatch {
                what: "the model of `incremental.modes`",
                expected: "an operator with one number of modes per axis for all layers".into(),
                found: "one without".into(),
            });
        };
        let start = &config.start;
        if start.len() != allocated.len() || start.iter().zip(&allocated).any(|(n, max)| n > max) {
            return Err(TrainError::Mismatch {
                what: "`incremental.modes.start`",
                expected: format!("at most the model's n_modes = {allocated:?} on every axis"),
                found: format!("{start:?}"),
            });
        }
        model.set_n_modes(start)?;
        Ok(Self { config: Some(config.clone()), sums: BTreeMap::new() })
    }

    /// The state before the first step.
    pub(in crate::train) fn start(&self) -> Option<GrowthState> {
        self.config.as_ref().map(|c| GrowthState { n_modes: c.start.clone(), losses: Vec::new() })
    }

    /// Goes on where the checkpoint in `folder` stands.
    pub(in crate::train) fn resume<M: Module + Operator>(
        &mut self,
        model: &mut M,
        state: &State,
        folder: &Path,
    ) -> Result<()> {
        let (now, then) = (self.config.is_some(), state.growth.is_some());
        if now != then {
            let text =
                |there: bool| if there { "with `incremental.modes`" } else { "without `incremental.modes`" };
            return Err(TrainError::Mismatch {
                what: "the training that is resumed",
                expected: text(then).into(),
                found: text(now).into(),
            });
        }
        let (Some(config), Some(growth)) = (&self.config, &state.growth) else { return Ok(()) };
        model.set_n_modes(&growth.n_modes)?;
        match config.criterion {
            // Between two decisions there are sums.
            Criterion::ExplainedRatio { every, .. } if !state.step.is_multiple_of(every) => {
                self.sums = load_sums(model, &folder.join(GRADIENTS))?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The summed gradients by name of their parameter.
    pub(in crate::train) fn tensors(&self) -> Result<Vec<(String, TensorData)>> {
        let read = |(name, sum): (&String, &Tensor<1>)| Ok((name.clone(), params::read(sum.clone(), name)?));
        self.sums.iter().map(read).collect()
    }

    /// Adds the gradients of a step, in visiting order.
    pub(in crate::train) fn observe<M: Module + Operator>(
        &mut self,
        model: &M,
        gradients: &[Option<Tensor<1>>],
    ) {
        if !matches!(&self.config, Some(ModeGrowth { criterion: Criterion::ExplainedRatio { .. }, .. })) {
            return;
        }
        let Some(modes) = model.modes() else { return };
        params::visit(
            model,
            Sum { gradients: gradients.iter(), parameters: &modes.parameters, sums: &mut self.sums },
        );
    }

    /// Decides after step `step`, counted from 1.
    pub(in crate::train) fn after_step<M: Module + Operator>(
        &mut self,
        step: usize,
        model: &mut M,
        state: &mut GrowthState,
    ) -> Result<Option<Reason>> {
        let Some(config) = &self.config else { return Ok(None) };
        let Criterion::ExplainedRatio { threshold, buffer, every } = config.criterion else {
            return Ok(None);
        };
        if !step.is_multiple_of(every) {
            return Ok(None);
        }
        let ratios = self.ratios(model, buffer)?;
        self.sums.clear();
        let grows: Vec<bool> = ratios.iter().map(|&ratio| ratio < threshold).collect();
        Ok(grow(model, state, config.step, &grows)?.then_some(Reason::ExplainedRatio { ratios }))
    }

    /// Decides at the beginning of an epoch.
    pub(in crate::train) fn before_epoch(
        &self,
        model: &mut impl Operator,
        state: &mut GrowthState,
    ) -> Result<Option<Reason>> {
        let Some(config) = &self.config else { return Ok(None) };
        let (Criterion::LossGap { epsilon }, &[EpochLoss(last), EpochLoss(before)]) =
            (config.criterion, state.losses.as_slice())
        else {
            return Ok(None);
        };
        let fall = if before > 0.0 { (before - last) / before } else { 0.0 };
        let grows = vec![fall <= epsilon; state.n_modes.len()];
        Ok(grow(model, state, config.step, &grows)?.then_some(Reason::LossGap { fall }))
    }

    /// Smallest explained ratio over the layers, per axis.
    fn ratios<M: Module + Operator>(&self, model: &M, buffer: usize) -> Result<Vec<f64>> {
        let Some(Modes { used, parameters, .. }) = model.modes() else { return Ok(Vec::new()) };
        let mut ratios = vec![1.0_f64; used.len()];
        for (name, parameter) in
            params::visit(model, Names { parameters: &parameters, found: Vec::new() }).found
        {
            let Some(sum) = self.sums.get(&name) else { continue };
            let gradient: Vec<f64> = params::read(sum.clone(), &name)?.iter::<f64>().collect();
            for axis in &parameter.axes {
                let high = used[axis.axis] / 2;
                let low = high.checked_sub(buffer);
                let ratio = explained_ratio(&gradient, axis, low, high);
                ratios[axis.axis] = ratios[axis.axis].min(ratio);
            }
        }
        Ok(ratios)
    }
}

impl GrowthState {
    /// Notes the mean loss of a finished epoch.
    pub(in crate::train) fn push(&mut self, loss: f64) {
        self.losses.insert(0, EpochLoss(loss));
        self.losses.truncate(2);
    }
}

/// The sums of a file, which must be those of the model's parameters.
fn load_sums<M: Module + Operator>(model: &M, path: &Path) -> Result<BTreeMap<String, Tensor<1>>> {
    let device = model.devices().first().cloned().unwrap_or_default().without_autodiff();
    let entries = params::entries(model);
    let place = |(name, data): (String, TensorData)| {
        let (n, dtype) = (data.num_elements(), data.dtype());
        let fits =
            |e: &params::Entry| e.name == name && e.shape.iter().product::<usize>() == n && e.dtype == dtype;
        if !entries.iter().any(fits) {
            let message =
                format!("`{name}`, {n} values of type {dtype:?}, belongs to no parameter of the model");
            return Err(TrainError::content(path, message));
        }
        Ok((name, Tensor::from_data(TensorData::from_bytes(data.into_bytes(), [n], dtype), (&device, dtype))))
    };
    tensors::read(path)?.into_iter().map(place).collect()
}

/// Adds `step` modes on the axes that grow, up to the allocated ones; whether there was room on one.
fn grow(model: &mut impl Operator, state: &mut GrowthState, step: usize, grows: &[bool]) -> Result<bool> {
    let Some(Modes { allocated, .. }) = model.modes() else { return Ok(false) };
    let next = |((&n, &max), &grows): ((&usize, &usize), &bool)| if grows { max.min(n + step) } else { n };
    let n_modes: Vec<usize> = state.n_modes.iter().zip(&allocated).zip(grows).map(next).collect();
    let grown = n_modes != state.n_modes;
    if grown {
        model.set_n_modes(&n_modes)?;
        state.n_modes = n_modes;
    }
    Ok(grown)
}

/// Adds up gradients of the parameters that belong to modes.
struct Sum<'a> {
    /// Of the parameters that are still to come.
    gradients: std::slice::Iter<'a, Option<Tensor<1>>>,
    parameters: &'a [ModeParameter],
    sums: &'a mut BTreeMap<String, Tensor<1>>,
}

impl Each for Sum<'_> {
    fn each<const D: usize>(&mut self, name: String, param: &Param<Tensor<D>>) {
        let Some(Some(gradient)) = self.gradients.next() else { return };
        if self.parameters.iter().any(|p| p.id == param.id) {
            let gradient = gradient.clone();
            let sum = match self.sums.remove(&name) {
                Some(sum) => sum + gradient,
                None => gradient,
            };
            self.sums.insert(name, sum);
        }
    }
}

/// Names of the parameters that belong to modes.
struct Names<'a> {
    parameters: &'a [ModeParameter],
    found: Vec<(String, &'a ModeParameter)>,
}

impl Each for Names<'_> {
    fn each<const D: usize>(&mut self, name: String, param: &Param<Tensor<D>>) {
        let parameter = self.parameters.iter().find(|p| p.id == param.id);
        self.found.extend(parameter.map(|p| (name, p)));
    }
}
