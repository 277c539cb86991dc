//! Errors of a run's model on a data set.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Device;
use serde::Serialize;
use sobolev_datasets::{Dataset, LoaderConfig, Split};
use sobolev_operators::metrics::{Metrics, Report, l2_norm};
use sobolev_operators::train::{BatchSource, predictions};

use super::error::{Result, RunError};
use super::source::{self, DataSource};
use super::trained::TrainedRun;

/// What to evaluate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluateOptions {
    /// Split of the data set.
    pub split: Split,
    /// Grid points per axis that the data must have; without it, those of the training.
    pub resolution: Option<usize>,
    /// Samples at a time.
    pub batch: usize,
    /// Samples whose fields are kept.
    pub keep: Vec<usize>,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self { split: Split::Test, resolution: None, batch: 16, keep: Vec::new() }
    }
}

/// Fields of one sample in physical units.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleFields {
    /// Its number in the split.
    pub index: usize,
    /// `[in_channels, points]`.
    pub input: Vec<f64>,
    /// `[out_channels, points]`.
    pub truth: Vec<f64>,
    /// `[out_channels, points]`.
    pub prediction: Vec<f64>,
    /// ‖prediction − truth‖ / ‖truth‖.
    pub relative_l2: f64,
}

/// Errors on a data set.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The run folder.
    pub run: PathBuf,
    /// The data set.
    pub data: PathBuf,
    /// Grid points per axis.
    pub size: Vec<usize>,
    /// Grid points per axis of the training data.
    pub trained_size: Vec<usize>,
    /// Mean errors in physical units.
    pub report: Report,
    /// Relative L² error of every sample.
    pub relative_l2: Vec<f64>,
    /// Seconds per sample, reading and scaling included.
    pub seconds_per_sample: f64,
    /// The samples that were asked for, in ascending order.
    #[serde(skip)]
    pub samples: Vec<SampleFields>,
}

/// The split, on the grid that is asked for.
pub(super) fn open_grid(data: &Path, options: &EvaluateOptions) -> Result<Dataset> {
    let dataset = Dataset::open(data, options.split)?;
    if let Some(resolution) = options.resolution
        && dataset.size().iter().any(|&n| n != resolution)
    {
        let message = format!(
            "the grid must have {resolution} points per axis, as --resolution says, but is {:?}; make such data with \
             `sobolev generate --resolution {resolution}`",
            dataset.size()
        );
        return Err(RunError::content(data, message));
    }
    Ok(dataset)
}

/// Applies the model of a run folder to every sample of a split and compares.
///
/// # Errors
/// [`RunError`]: a folder that is no finished run, data that do not fit it, a sample in `keep` that does not exist.
pub fn evaluate(run: &Path, data: &Path, options: &EvaluateOptions, device: &Device) -> Result<Evaluation> {
    evaluate_run(&TrainedRun::open(run, device)?, data, options, device)
}

/// As [`evaluate`], of a run that is open.
pub(super) fn evaluate_run(
    trained: &TrainedRun,
    data: &Path,
    options: &EvaluateOptions,
    device: &Device,
) -> Result<Evaluation> {
    let dataset = open_grid(data, options)?;
    let view = Arc::new(trained.view(dataset, options.resolution.is_some())?);
    if let Some(&missing) = options.keep.iter().find(|&&i| i >= view.len()) {
        let message = format!("sample {missing} was asked for, but there are {}", view.len());
        return Err(RunError::content(data, message));
    }
    let (size, edges) = (view.size().to_vec(), source::edges(view.dataset()));
    let loader = LoaderConfig::ordered(options.batch.max(1));
    let source = DataSource::new(view, loader, trained.normalisers.clone())?;
    let mut metrics = Metrics::new(source.out_channels(), &size, edges);
    let keep: BTreeSet<usize> = options.keep.iter().copied().collect();
    let (mut samples, mut relative_l2) = (Vec::new(), Vec::new());
    let start = Instant::now();
    predictions(
        &trained.model,
        &source,
        trained.card.train.precision,
        device,
        |batch, prediction, truth| {
            metrics.add(prediction, truth);
            let (n_in, n_out) = (batch.input.len() / batch.samples, truth.len() / batch.samples);
            for b in 0..batch.samples {
                let (u, v) = (&prediction[b * n_out..][..n_out], &truth[b * n_out..][..n_out]);
                let difference: Vec<f64> = u.iter().zip(v).map(|(u, v)| u - v).collect();
                let error = l2_norm(&difference) / l2_norm(v);
                let index = relative_l2.len();
                relative_l2.push(error);
                if keep.contains(&index) {
                    let mut input: Vec<f64> =
                        batch.input[b * n_in..][..n_in].iter().map(|&x| f64::from(x)).collect();
                    source.denormalise_input(&mut input, 1);
                    let (truth, prediction) = (v.to_vec(), u.to_vec());
                    samples.push(SampleFields { index, input, truth, prediction, relative_l2: error });
                }
            }
            Ok(())
        },
    )?;
    Ok(Evaluation {
        run: trained.folder.clone(),
        data: data.to_path_buf(),
        trained_size: trained.card.data.size.clone(),
        size,
        report: metrics.report(),
        seconds_per_sample: start.elapsed().as_secs_f64() / relative_l2.len().max(1) as f64,
        relative_l2,
        samples,
    })
}
