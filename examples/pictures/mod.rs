//! Pictures that several examples make: samples with their errors, losses, the error of a rollout.
#![allow(dead_code, reason = "an example uses a part of it")]

use std::error::Error;
use std::path::{Path, PathBuf};

use sobolev::plot::{self, Field, Line, PlotError, Quantity, Sample, Scale};
use sobolev::run::{Evaluation, Rollout};

use super::learning::{History, Outcome};

/// The files of a figure.
pub(crate) type Figure = Result<Vec<PathBuf>, PlotError>;

/// The words of the figures of an operator.
pub(crate) struct Words<'a> {
    /// Beginning of the files' names.
    pub(crate) stem: &'a str,
    /// Input and output.
    pub(crate) quantities: [Quantity<'a>; 2],
    /// Title of the figure of samples.
    pub(crate) samples: &'a str,
    /// Title of the figure of losses.
    pub(crate) losses: &'a str,
    /// Name of the loss.
    pub(crate) loss: &'a str,
}

/// Tells how well an operator has learned, and draws three test samples and the losses.
pub(crate) fn learned(folder: &Path, outcome: &Outcome, words: &Words<'_>) -> Result<(), Box<dyn Error>> {
    let report = &outcome.evaluation.report;
    println!("{}", outcome.model);
    println!("relative L2 error {:.2} %, H1 {:.2} %", 100.0 * report.relative_l2, 100.0 * report.relative_h1);
    let stem = |what: &str| folder.join(format!("{}_{what}", words.stem));
    let mut paths =
        samples(&stem("samples"), words.samples, &words.quantities, &outcome.evaluation, &[0, 1, 2])?;
    paths.extend(losses(&stem("losses"), words.losses, words.loss, &outcome.history)?);
    for path in paths {
        println!("{}", path.display());
    }
    Ok(())
}

/// Input, truth, prediction and error of those of the samples `which` that the evaluation has kept.
pub(crate) fn samples(
    stem: &Path,
    title: &str,
    [input, output]: &[Quantity<'_>; 2],
    evaluation: &Evaluation,
    which: &[usize],
) -> Figure {
    let [rows, cols] = [evaluation.size[0], evaluation.size[1]];
    let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let kept = evaluation.samples.iter().filter(|s| which.contains(&s.index));
    let fields: Vec<(String, [Vec<f32>; 3])> = kept
        .map(|s| {
            let name = format!("test sample {}", s.index + 1);
            (name, [narrow(&s.input), narrow(&s.truth), narrow(&s.prediction)])
        })
        .collect();
    let of = |values| Field { values, rows, cols };
    let rows: Vec<Sample<'_>> = fields
        .iter()
        .map(|(name, [input, truth, prediction])| Sample {
            name,
            input: of(input),
            truth: of(truth),
            prediction: of(prediction),
        })
        .collect();
    plot::samples(stem, title, input, output, &rows)
}

/// The loss that is called `loss`, and the errors on the validation set, over the epochs.
pub(crate) fn losses(stem: &Path, title: &str, loss: &str, history: &History) -> Figure {
    let epochs: Vec<f64> = (1..=history.losses.len()).map(|e| e as f64).collect();
    let line = |name, y| Line { name, x: &epochs, y, spread: &[], dots: false };
    let training = format!("training: {loss}");
    let lines = vec![
        line(&training, &history.losses),
        line("validation: relative L2", &history.valid[0]),
        line("validation: relative H1", &history.valid[1]),
    ];
    let x = Scale { name: "epoch", log: false };
    let y = Scale { name: "error", log: true };
    plot::lines(stem, title, x, y, &[("", lines)])
}

/// Error over time of an operator that is fed with its own predictions, `interval` being the time between two stored states.
pub(crate) fn rollout(stem: &Path, title: &str, rollout: &Rollout, interval: f64) -> Figure {
    let steps = &rollout.steps;
    let time: Vec<f64> = steps.iter().map(|s| interval * s.stored_step as f64).collect();
    let mean: Vec<f64> = steps.iter().map(|s| s.relative_l2).collect();
    let worst: Vec<f64> = steps.iter().map(|s| s.worst).collect();
    let persistence: Vec<f64> = steps.iter().map(|s| s.persistence).collect();
    let line = |name, y| Line { name, x: &time, y, spread: &[], dots: true };
    let lines = vec![
        line("mean of the test trajectories", &mean),
        line("worst of them", &worst),
        line("no change predicted", &persistence),
    ];
    let x = Scale { name: "time", log: false };
    let y = Scale { name: "relative L\u{b2} error", log: true };
    plot::lines(stem, title, x, y, &[("", lines)])
}
