//! `sobolev eval`: errors of a trained model on a data set.

use std::path::PathBuf;

use clap::Args;
use sobolev::datasets::Split;
use sobolev::device::{self, DeviceChoice};
use sobolev::run::{EvaluateOptions, Evaluation, Rollout, evaluate, rollout};

use super::{CliError, Context, Outcome, Table};

/// Arguments of `sobolev eval`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EvalArgs {
    /// Folder of the run
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Folder of the data set; its test split is used
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Grid points per axis of the data, where they are not those of the training
    #[arg(long, value_name = "R")]
    resolution: Option<usize>,
    /// Split of the data set: train, valid or test
    #[arg(long, default_value = "test", value_parser = split)]
    split: Split,
    /// Time-dependent data: predict T steps from the start of every trajectory, each from the model's own predictions
    #[arg(long, value_name = "T")]
    rollout: Option<usize>,
    /// Samples at a time
    #[arg(long, value_name = "B", default_value_t = 16)]
    batch: usize,
    /// Where to compute: auto, cpu or gpu
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,
}

const EXAMPLES: &str = "Examples:
  sobolev eval --run runs/tfno --data data/darcy64
  sobolev eval --run runs/tfno --data data/darcy128 --resolution 128 --json
  sobolev eval --run runs/ns --data data/ns64 --rollout 20";

fn split(word: &str) -> Result<Split, String> {
    let found = Split::ALL.into_iter().find(|s| s.word() == word);
    found.ok_or_else(|| "expected train, valid or test".to_owned())
}

pub(crate) fn run(args: &EvalArgs, context: &Context) -> Result<Outcome, CliError> {
    let device = device::choose(args.device).map_err(CliError::input)?;
    context.progress.say(format!("device: {}", device.name));
    let options = EvaluateOptions {
        split: args.split,
        resolution: args.resolution,
        batch: args.batch,
        keep: Vec::new(),
    };
    if let Some(steps) = args.rollout {
        if steps == 0 {
            return Err(CliError::input("--rollout: expected at least 1 step, got 0"));
        }
        return rolled_out(&rollout(&args.run, &args.data, steps, &options, &device.device)?);
    }
    let evaluation = evaluate(&args.run, &args.data, &options, &device.device)?;
    outcome(&evaluation)
}

/// The table of a rollout, and the same facts as JSON.
fn rolled_out(rollout: &Rollout) -> Result<Outcome, CliError> {
    let mut table = Table::numbers(&["step", "relative L2", "worst", "no change"]);
    let number = |x: f64| format!("{x:.4e}");
    for s in &rollout.steps {
        table.row([s.step.to_string(), number(s.relative_l2), number(s.worst), number(s.persistence)]);
    }
    let mut out = Outcome::new()
        .line(format!("{} trajectories, each predicted from its first steps", rollout.trajectories));
    if rollout.skipped > 0 {
        out = out.line(format!("{} trajectories were too short", rollout.skipped));
    }
    let mean = rollout.relative_l2.iter().sum::<f64>() / rollout.relative_l2.len().max(1) as f64;
    out.table(&table)
        .line(format!("all steps together: {}", number(mean)))
        .with_serialised("rollout", rollout)
}

/// The table of an evaluation, and the same facts as JSON.
pub(crate) fn outcome(evaluation: &Evaluation) -> Result<Outcome, CliError> {
    let report = &evaluation.report;
    let grid = |size: &[usize]| size.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
    let mut sorted = evaluation.relative_l2.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |q: f64| {
        sorted.get(((sorted.len().max(1) - 1) as f64 * q).round() as usize).copied().unwrap_or(f64::NAN)
    };
    let mut errors = Table::numbers(&["error", "mean", "median", "95 %", "worst"]);
    let number = |x: f64| format!("{x:.4e}");
    let l2 = [report.relative_l2, at(0.5), at(0.95), at(1.0)].map(number);
    errors.row(std::iter::once("relative L2".to_owned()).chain(l2));
    errors.row(["relative H1".to_owned(), number(report.relative_h1)]);
    errors.row([
        "largest |error|".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        number(report.max),
    ]);
    let mut bands = Table::numbers(&["wavenumber", "relative error", "share of truth", "share of error"]);
    for band in &report.bands {
        let share = |x: f64| format!("{:.3} %", 100.0 * x);
        let range = format!("{} <= |k| < {}", band.lower, band.upper);
        bands.row([range, number(band.error), share(band.truth_share), share(band.error_share)]);
    }
    Outcome::new()
        .line(format!(
            "{} samples on {}, trained on {}",
            report.samples,
            grid(&evaluation.size),
            grid(&evaluation.trained_size)
        ))
        .table(&errors)
        .line("")
        .table(&bands)
        .line(format!("{:.2} ms per sample", 1e3 * evaluation.seconds_per_sample))
        .with_serialised("evaluation", evaluation)
}
