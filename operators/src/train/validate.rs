//! Errors of a model on a set of samples, in physical units.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::config::Precision;
use super::error::Result;
use super::fit::tensors;
use super::parallel::{Floats, Ranks, Share};
use super::params;
use super::source::{Batch, BatchSource};
use crate::Operator;
use crate::metrics::Metrics;

/// Errors by name: `relative_l2`, `relative_h1`, `max`.
pub type Errors = BTreeMap<String, f64>;

/// The error by which the best epoch is chosen.
pub(super) const SELECTION: &str = "relative_l2";

/// Predicts every sample of `source` once, in its order of epoch 0, and hands each batch on: the batch, the prediction and
/// the target, both `[batch, out_channels, points]` in physical units.
///
/// # Errors
/// What the source reports, and [`super::TrainError::Mismatch`] if a batch does not fit the model.
pub fn predictions<M: Module + Operator>(
    model: &M,
    source: &dyn BatchSource,
    precision: Precision,
    device: &Device,
    each: impl FnMut(&Batch, &[f64], &[f64]) -> Result<()>,
) -> Result<()> {
    predictions_of(Share::ALL, model, source, precision, device, each)
}

/// [`predictions`] of a share of every batch.
fn predictions_of<M: Module + Operator>(
    share: Share,
    model: &M,
    source: &dyn BatchSource,
    precision: Precision,
    device: &Device,
    mut each: impl FnMut(&Batch, &[f64], &[f64]) -> Result<()>,
) -> Result<()> {
    for portion in source.portions(0, 0, share)? {
        let batch = portion?.batch;
        if batch.samples == 0 {
            continue;
        }
        let (x, y) = tensors(&batch, model, precision, device)?;
        let read = |field: Tensor<3>, what| -> Result<Vec<f64>> {
            let mut values: Vec<f64> = params::read(field, what)?.iter::<f64>().collect();
            source.denormalise(&mut values, batch.samples);
            Ok(values)
        };
        let prediction = read(model.forward_flat(x, &batch.size), "a prediction")?;
        each(&batch, &prediction, &read(y, "a target")?)?;
    }
    Ok(())
}

/// Mean errors over `source`; every grid size in it is gathered by itself, and the means are weighted by samples. Every rank predicts
/// its share of each batch, and all have the errors of all.
pub(super) fn errors<M: Module + Operator>(
    model: &M,
    source: &dyn BatchSource,
    precision: Precision,
    device: &Device,
    ranks: &Ranks,
) -> Result<Errors> {
    let mut by_size: BTreeMap<Vec<usize>, Metrics> = BTreeMap::new();
    predictions_of(ranks.each(), model, source, precision, device, |batch, prediction, target| {
        let new = || Metrics::new(source.out_channels(), &batch.size, source.edges());
        by_size.entry(batch.size.clone()).or_insert_with(new).add(prediction, target);
        Ok(())
    })?;
    let (mut l2, mut h1, mut max, mut samples) = (0.0, 0.0, 0.0_f64, 0.0);
    for report in by_size.values().map(Metrics::report) {
        let weight = report.samples as f64;
        l2 += weight * report.relative_l2;
        h1 += weight * report.relative_h1;
        max = largest(max, report.max);
        samples += weight;
    }
    let mut sums = [l2, h1, samples];
    ranks.world().all_reduce_sum(Floats::F64(&mut sums))?;
    let all = ranks.world().all_gather(&max.to_le_bytes())?;
    let (maxima, _) = all.as_chunks();
    max = maxima.iter().fold(0.0, |max, bytes| largest(max, f64::from_le_bytes(*bytes)));
    let [l2, h1, samples] = sums;
    let samples = samples.max(1.0);
    Ok([(SELECTION, l2 / samples), ("relative_h1", h1 / samples), ("max", max)]
        .map(|(name, value)| (name.to_string(), value))
        .into())
}

/// The larger of two, NaN if one is.
fn largest(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}
