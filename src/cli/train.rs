//! `sobolev train`: a model on a data set.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::Args;
use sobolev::datasets::{Dataset, Split};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::ModelConfig;
use sobolev::operators::train::{End, Event, Observer, TrainConfig};
use sobolev::run::{self, RunCard, RunConfig, RunError, RunSummary};

use super::progress::Task;
use super::{CliError, Context, Outcome, Progress};

/// Arguments of `sobolev train`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TrainArgs {
    /// Folder of the data set; with data/valid in it, every epoch is validated
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Model: see `sobolev list models`
    #[arg(long, required_unless_present_any = ["config", "resume"], conflicts_with = "config")]
    model: Option<String>,
    /// File with the tables [model], [train] and [task]
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Folder of the run; made if missing
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Passes over the training set
    #[arg(long, value_name = "E")]
    epochs: Option<usize>,
    /// Samples of a step
    #[arg(long, value_name = "B")]
    batch: Option<usize>,
    /// Seed of weights, order of samples and random layers
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Peak learning rate
    #[arg(long, value_name = "LR")]
    lr: Option<f64>,
    /// Where to compute: auto, cpu or gpu
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,
    /// Go on with the run in --out, bit for bit as if it had not stopped; its own settings are taken where none are given
    #[arg(long)]
    resume: bool,
}

const EXAMPLES: &str = "Examples:
  sobolev train --data data/darcy64 --model tfno --out runs/tfno --epochs 60
  sobolev train --data data/darcy64 --config my.toml --out runs/mine
  sobolev train --data data/darcy64 --out runs/tfno --resume";

pub(crate) fn run(args: &TrainArgs, context: &Context) -> Result<Outcome, CliError> {
    let config = config(args)?;
    let device = device::choose(args.device).map_err(CliError::input)?;
    context.progress.say(format!("device: {}", device.name));
    let summary = fit(
        &args.data,
        &config,
        &args.out,
        &device.device,
        args.resume,
        context.progress,
        &context.interrupt,
    )?;
    outcome(&summary)
}

/// Trains with progress; an interrupted training is an error that says how to go on.
pub(crate) fn fit(
    data: &Path,
    config: &RunConfig,
    out: &Path,
    device: &burn::tensor::Device,
    resume: bool,
    progress: Progress,
    interrupt: &AtomicBool,
) -> Result<RunSummary, CliError> {
    let mut report = Report { progress, task: None, steps_per_epoch: 0, last: String::new() };
    let summary = run::train(data, config, out, device, resume, &mut report, interrupt)?;
    if let Some(task) = &report.task {
        task.finish();
    }
    if summary.training.end == End::Interrupted {
        return Err(CliError::Interrupted(format!(
            "interrupted after step {}; saved in {}; go on with `sobolev train --data {} --out {} --resume`",
            summary.training.steps,
            out.display(),
            data.display(),
            out.display()
        )));
    }
    Ok(summary)
}

/// The file or the preset, with the flags on top; the run's own settings when it is resumed without either.
fn config(args: &TrainArgs) -> Result<RunConfig, CliError> {
    let mut config = match (&args.config, &args.model) {
        (Some(path), _) => RunConfig::load(path)?,
        (None, Some(name)) => {
            let set = Dataset::open(&args.data, Split::Train)?;
            let model = ModelConfig::preset(name, set.size().len()).map_err(CliError::input)?;
            RunConfig::new(model, TrainConfig::default())
        }
        (None, None) => RunCard::load(&args.out)?.config(),
    };
    let train = &mut config.train;
    train.epochs = args.epochs.unwrap_or(train.epochs);
    train.batch = args.batch.unwrap_or(train.batch);
    train.seed = args.seed.unwrap_or(train.seed);
    train.lr = args.lr.unwrap_or(train.lr);
    Ok(config)
}

fn outcome(summary: &RunSummary) -> Result<Outcome, CliError> {
    let training = &summary.training;
    let mut out = Outcome::new()
        .line(format!("model: {}", summary.model))
        .line(format!("{} steps done; run folder {}", training.steps, summary.folder.display()))
        .with("run", summary.folder.display().to_string())
        .with("model", summary.model.clone())
        .with("parameters", summary.parameters)
        .with("steps", training.steps)
        .with_serialised("valid", &training.valid)?;
    if let Some(loss) = training.train_loss {
        out = out.line(format!("training loss {loss:.3e}")).with("train_loss", loss);
    }
    if training.best_epoch > 0 {
        let what = if training.valid.is_empty() { "training loss" } else { "validation relative L2 error" };
        out = out
            .line(format!("best {what} {:.4e}, epoch {}", training.best, training.best_epoch))
            .with("best", training.best)
            .with("best_epoch", training.best_epoch);
    }
    Ok(out)
}

/// A bar over the steps of the training, or a line now and then.
struct Report {
    progress: Progress,
    task: Option<Task>,
    steps_per_epoch: usize,
    last: String,
}

impl Observer for Report {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Start { epochs, steps_per_epoch, steps_done, parameters } => {
                let from = if *steps_done > 0 {
                    format!(", going on from step {steps_done}")
                } else {
                    String::new()
                };
                self.progress.say(format!(
                    "{parameters} parameters, {epochs} epochs of {steps_per_epoch} steps{from}"
                ));
                self.steps_per_epoch = *steps_per_epoch;
                self.task = Some(self.progress.task("train", (epochs * steps_per_epoch) as u64, "steps"));
            }
            Event::Step { epoch, step, loss, samples_per_second, left, .. } => {
                if let Some(task) = &self.task {
                    let minutes = left.as_secs_f64() / 60.0;
                    let message = format!(
                        "epoch {epoch}  loss {loss:.3e}{}  {samples_per_second:.0} samples/s  {minutes:.1} min left",
                        self.last
                    );
                    task.at(*step as u64, &message);
                }
            }
            Event::Epoch { valid, .. } => {
                if let Some(error) = valid.get("relative_l2") {
                    self.last = format!("  valid {error:.4}");
                }
            }
            _ => {}
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        if error.is_input() { Self::Input(error.to_string()) } else { Self::Failure(error.to_string()) }
    }
}
