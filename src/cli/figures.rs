//! The figures of a run: shared by `sobolev plot` and `sobolev demo`.

use std::path::{Path, PathBuf};

use sobolev::{
    operators::train::{Record, read_metrics},
    plot::{self, BandSeries, Field, History, Quantity, Sample},
    run::{Evaluation, RunCard},
};

use super::CliError;

/// A run's history, one entry per epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunHistory {
    pub(crate) train_loss: Vec<f64>,
    /// Relative L2 error; NaN where an epoch was not validated.
    pub(crate) validation: Vec<f64>,
    pub(crate) learning_rate: Vec<f64>,
}

/// The epochs of a run's `metrics.jsonl`; none before the first one is done.
pub(crate) fn history(run: &Path) -> Result<RunHistory, CliError> {
    let path = run.join("metrics.jsonl");
    let mut history = RunHistory::default();
    if !path.exists() {
        return Ok(history);
    }
    for record in read_metrics(&path).map_err(CliError::input)? {
        if let Record::Epoch { lr, train_loss, valid, .. } = record {
            history.train_loss.push(train_loss);
            history.validation.push(valid.get("relative_l2").copied().unwrap_or(f64::NAN));
            history.learning_rate.push(lr);
        }
    }
    Ok(history)
}

/// Name and symbol of a field for a figure; fields that we do not know stand for themselves.
pub(crate) fn quantity(field: &str) -> Quantity<'_> {
    match field {
        "coefficient" => Quantity { name: field, symbol: "a", unit: "" },
        "solution" => Quantity { name: field, symbol: "u", unit: "" },
        _ => Quantity { name: "field", symbol: field, unit: "" },
    }
}

/// A field in single precision, which is more than a picture shows.
fn narrow(values: &[f64], points: usize) -> Vec<f32> {
    values.iter().take(points).map(|&v| v as f32).collect()
}

/// Loss curves, samples (on two axes) and error by band: whatever there is to draw.
pub(crate) fn run_figures(
    out: &Path,
    title: &str,
    card: &RunCard,
    history: &RunHistory,
    evaluation: Option<&Evaluation>,
) -> Result<Vec<PathBuf>, CliError> {
    let mut paths = Vec::new();
    if let Some(evaluation) = evaluation {
        if let [rows, cols] = evaluation.size[..] {
            paths.extend(sample_figure(out, title, card, evaluation, rows, cols)?);
        }
        paths.extend(band_figure(out, evaluation)?);
    }
    if !history.train_loss.is_empty() {
        let h = History {
            train_loss: &history.train_loss,
            validation: &history.validation,
            learning_rate: &history.learning_rate,
        };
        paths.extend(plot::history(&out.join("loss"), &format!("{title}: training"), &h)?);
    }
    Ok(paths)
}

fn sample_figure(
    out: &Path,
    title: &str,
    card: &RunCard,
    evaluation: &Evaluation,
    rows: usize,
    cols: usize,
) -> Result<Vec<PathBuf>, CliError> {
    // The first channel of input and output; vector fields and time steps have more.
    let points = rows * cols;
    let fields: Vec<[Vec<f32>; 3]> = evaluation
        .samples
        .iter()
        .map(|s| [&s.input, &s.truth, &s.prediction].map(|values| narrow(values, points)))
        .collect();
    let names: Vec<String> =
        evaluation.samples.iter().map(|s| format!("test sample {}", s.index + 1)).collect();
    let of = |values| Field { values, rows, cols };
    let samples: Vec<Sample<'_>> = fields
        .iter()
        .zip(&names)
        .map(|([input, truth, prediction], name)| Sample {
            name,
            input: of(input),
            truth: of(truth),
            prediction: of(prediction),
        })
        .collect();
    let input = quantity(card.data.inputs.first().map_or("input", String::as_str));
    let output = quantity(card.data.targets.first().map_or("output", String::as_str));
    Ok(plot::samples(&out.join("samples"), title, &input, &output, &samples)?)
}

fn band_figure(out: &Path, evaluation: &Evaluation) -> Result<Vec<PathBuf>, CliError> {
    // Bands that hold nothing of the truth have no relative error.
    let bands: Vec<_> = evaluation.report.bands.iter().filter(|b| b.truth_share > 0.0).collect();
    let Some(last) = bands.last() else { return Ok(Vec::new()) };
    let edges: Vec<f64> = bands.iter().map(|b| b.lower).chain([last.upper]).collect();
    let error: Vec<f64> = bands.iter().map(|b| b.error).collect();
    let title = format!("Error by frequency band, {} test samples", evaluation.report.samples);
    Ok(plot::bands(&out.join("bands"), &title, &edges, &[BandSeries { name: "", error: &error }])?)
}
