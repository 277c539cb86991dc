//! `sobolev demo`: data, training, evaluation and pictures in one go.

use std::path::{Path, PathBuf};

use clap::Args;
use sobolev::{
    datasets::{GenerateConfig, problems},
    device::{self, DeviceChoice},
    operators::{
        FnoConfig, ModelConfig, TfnoConfig,
        fno::WeightConfig,
        train::{Clock, LossKind, Schedule, TrainConfig, parallel::Ranks},
    },
    run::{EvaluateOptions, Evaluation, RunCard, RunConfig, RunSummary, evaluate},
};

use super::{CliError, Context, Outcome, Table, figures, generate, train};

/// Arguments of `sobolev demo`.
#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub(crate) struct DemoArgs {
    /// Folder of data, run and figures; made if missing. What an earlier demo finished there is kept
    #[arg(long, value_name = "DIR", default_value = "demo")]
    out: PathBuf,
    /// Where to compute: auto, cpu or gpu
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,
    /// A few small samples and epochs: shows in seconds that everything works, not how well
    #[arg(long)]
    smoke: bool,
}

const EXPLANATION: &str = "\
Solves 1300 Darcy problems -div(a grad u) = 1 on a 64 x 64 grid, where a is 12 or 3 by the sign of a random field,
trains a tensorized Fourier neural operator a -> u on 1000 of them, and measures it on 200 that it has not seen.";

/// How much of everything.
struct Scale {
    resolution: usize,
    splits: [usize; 3],
    modes: usize,
    width: usize,
    epochs: usize,
    batch: usize,
}

const FULL: Scale =
    Scale { resolution: 64, splits: [1000, 100, 200], modes: 16, width: 32, epochs: 50, batch: 16 };
const SMOKE: Scale =
    Scale { resolution: 32, splits: [200, 20, 40], modes: 12, width: 16, epochs: 20, batch: 10 };

impl Scale {
    /// Tucker weights with a tenth of the numbers of dense ones, AdamW, one cycle of the learning rate.
    fn config(&self) -> RunConfig {
        let fno = FnoConfig::new(&[self.modes; 2], self.width).with_weights(WeightConfig::tucker(0.1));
        let train = TrainConfig {
            epochs: self.epochs,
            batch: self.batch,
            lr: 5e-3,
            weight_decay: 1e-4,
            loss: LossKind::L2,
            schedule: Schedule::OneCycle {
                rise: 0.3,
                div: 25.0,
                final_div: 1e4,
                beta1: None,
                clock: Clock::Step,
            },
            ..TrainConfig::default()
        };
        RunConfig::new(ModelConfig::Tfno(TfnoConfig(fno)), train)
    }
}

pub(crate) fn run(args: &DemoArgs, context: &Context) -> Result<Outcome, CliError> {
    let scale = if args.smoke { &SMOKE } else { &FULL };
    let device = device::choose(args.device).map_err(CliError::input)?;
    let (data, run) = (args.out.join("data"), args.out.join("run"));
    let n = scale.resolution;

    let total: usize = scale.splits.iter().sum();
    context
        .progress
        .say(format!("1/4 {total} Darcy problems on {n} x {n} cells, finite elements and multigrid"));
    let problem = problems::build::<&str, &str>("darcy", n, &[])?;
    let report = generate::generate(
        &*problem,
        &GenerateConfig::new(&data, format!("darcy_{n}"), scale.splits, 0),
        context,
    )?;

    let config = scale.config();
    context.progress.say(format!("2/4 training on {}: {}", device.name, config.model));
    let trained = train::fit(
        &Ranks::single(),
        Some(&data),
        &config,
        &run,
        &device.device,
        true,
        context.progress,
        &context.interrupt,
    );
    let summary = trained.map_err(|error| match error {
        CliError::Interrupted(_) => CliError::Interrupted(
            "interrupted: run the same command again to go on where it stopped".to_owned(),
        ),
        other => other,
    })?;

    context.progress.say("3/4 errors on the test set");
    let options = EvaluateOptions { keep: vec![0, 1, 2], ..EvaluateOptions::default() };
    let evaluation = evaluate(&run, &data, &options, &device.device)?;

    context.progress.say("4/4 pictures");
    let title = format!("Darcy flow, {n} \u{d7} {n}, tensorized Fourier neural operator");
    let history = figures::history(&run)?;
    let pictures =
        figures::run_figures(&args.out, &title, &RunCard::load(&run)?, &history, Some(&evaluation))?;
    outcome(&args.out, report.elapsed.as_secs_f64(), &summary, &evaluation, &pictures)
}

fn outcome(
    out: &Path,
    generate_seconds: f64,
    summary: &RunSummary,
    evaluation: &Evaluation,
    pictures: &[PathBuf],
) -> Result<Outcome, CliError> {
    let report = &evaluation.report;
    let mut sorted = evaluation.relative_l2.clone();
    sorted.sort_by(f64::total_cmp);
    let percent = |x: f64| format!("{:.2} %", 100.0 * x);
    let mut table = Table::numbers(&["error on the test set", "mean", "median", "worst"]);
    let (median, worst) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    table.row(["relative L2".to_owned(), percent(report.relative_l2), percent(median), percent(worst)]);
    table.row(["relative H1".to_owned(), percent(report.relative_h1)]);
    table.row(["largest |error|".to_owned(), String::new(), String::new(), format!("{:.2e}", report.max)]);
    let names: Vec<String> = pictures.iter().map(|p| p.display().to_string()).collect();
    let mut text = Outcome::new()
        .line(format!(
            "{} parameters, {} steps, {} test samples",
            summary.parameters, summary.training.steps, report.samples
        ))
        .line("")
        .table(&table)
        .line(format!("\n{:.2} ms for a prediction", 1e3 * evaluation.seconds_per_sample))
        .line("pictures:");
    for name in names.iter().filter(|n| n.ends_with(".png")) {
        text = text.line(format!("  {name}"));
    }
    text.line(format!("data and run: {}", out.display()))
        .with("out", out.display().to_string())
        .with("generate_seconds", generate_seconds)
        .with("parameters", summary.parameters)
        .with("steps", summary.training.steps)
        .with("test_relative_l2", report.relative_l2)
        .with("figures", names)
        .with_serialised("evaluation", evaluation)
}
