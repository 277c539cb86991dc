//! `sobolev train`: a model on a data set.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::Args;
use sobolev::datasets::{Dataset, Split};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::ModelConfig;
use sobolev::operators::train::parallel::Ranks;
use sobolev::operators::train::{End, Event, Observer, TrainConfig};
use sobolev::run::{self, RunCard, RunConfig, RunControl, RunError, RunSummary, Setting, StreamConfig};

use super::problem::ProblemOptions;
use super::progress::Task;
use super::{CliError, Context, Launch, Outcome, Progress};

/// Arguments of `sobolev train`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TrainArgs {
    /// Folder of the data set; with data/valid in it, every epoch is validated
    #[arg(long, value_name = "DIR", conflicts_with = "stream")]
    data: Option<PathBuf>,
    /// Problem whose samples are made while the training goes on, each used once and never stored, instead of --data
    #[arg(long, value_name = "PROBLEM", requires = "resolution")]
    stream: Option<String>,
    /// stream: grid points along each axis
    #[arg(long, value_name = "R", requires = "stream")]
    resolution: Option<usize>,
    /// stream: samples of an epoch
    #[arg(long, value_name = "N", requires = "stream", default_value_t = 1000)]
    samples_per_epoch: usize,
    /// stream: samples for validation, the same after every epoch; 0 does without
    #[arg(long, value_name = "N", requires = "stream", default_value_t = 64)]
    valid_samples: usize,
    /// stream: seed of the samples
    #[arg(long, value_name = "S", requires = "stream", default_value_t = 0)]
    stream_seed: u64,
    #[command(flatten)]
    options: ProblemOptions,
    /// Model: see `sobolev list models`
    #[arg(long, required_unless_present_any = ["config", "resume"], conflicts_with = "config")]
    model: Option<String>,
    /// mg- models: coarse levels L of the patches; a grid then has a multiple of 4^L points per axis
    #[arg(long, value_name = "L", requires = "model")]
    levels: Option<usize>,
    /// File with the tables [model], [train] and [task], and [stream] for a stream with a curriculum
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
    /// mg- models: patches whose activations are in memory at a time; the gradient stays that of the whole step
    #[arg(long, value_name = "K")]
    patches_per_pass: Option<usize>,
    /// Under mpirun, mg- models: ranks that share the patches of a sample; groups of so many share the samples of a step
    #[arg(long, value_name = "M", default_value_t = 1)]
    patch_parallel: usize,
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
  sobolev train --data data/darcy64 --out runs/tfno --resume
  sobolev train --data data/ns512 --model mg-tfno --levels 2 --patches-per-pass 4 --out runs/mg
  mpirun -n 4 sobolev train --data data/ns512 --model mg-tfno --levels 2 --patch-parallel 2 --out runs/mg
  sobolev train --stream darcy --resolution 64 --set tau=3..9 --samples-per-epoch 1000 --model tfno --out runs/stream";

pub(crate) fn run(args: &TrainArgs, context: &Context, launch: &Launch) -> Result<Outcome, CliError> {
    let config = config(args)?;
    let ranks = launch.ranks(args.patch_parallel)?;
    let device = device::choose_nth(args.device, launch.local()).map_err(CliError::input)?;
    context.progress.say(format!("device: {}", device.name));
    if ranks.size() > 1 {
        let threads = rayon::current_num_threads();
        context.progress.say(format!("{ranks}, threads of rank 0: {threads}"));
    }
    let summary = fit(
        &ranks,
        args.data.as_deref(),
        &config,
        &args.out,
        &device.device,
        args.resume,
        context.progress,
        &context.interrupt,
    )?;
    Ok(outcome(&summary)?.with("ranks", ranks.size()))
}

/// Trains with progress; an interrupted training is an error that says how to go on.
pub(crate) fn fit(
    ranks: &Ranks,
    data: Option<&Path>,
    config: &RunConfig,
    out: &Path,
    device: &burn::tensor::Device,
    resume: bool,
    progress: Progress,
    interrupt: &AtomicBool,
) -> Result<RunSummary, CliError> {
    let mut report = Report { progress, task: None, steps_per_epoch: 0, last: String::new() };
    let control = RunControl { ranks, out, device, resume, observer: &mut report, interrupt };
    let summary = run::train_on(data, config, control)?;
    if let Some(task) = &report.task {
        task.finish();
    }
    if summary.training.end == End::Interrupted {
        let from = data.map_or_else(String::new, |data| format!("--data {} ", data.display()));
        return Err(CliError::Interrupted(format!(
            "interrupted after step {}; saved in {}; go on with `sobolev train {from}--out {} --resume`",
            summary.training.steps,
            out.display(),
            out.display()
        )));
    }
    Ok(summary)
}

/// The file or the preset, with the flags on top; the run's own settings when it is resumed without either.
fn config(args: &TrainArgs) -> Result<RunConfig, CliError> {
    let stream = stream(args)?;
    let mut config = match (&args.config, &args.model) {
        (Some(path), _) => RunConfig::load(path)?,
        (None, Some(name)) => {
            let axes = match (&stream, &args.data) {
                (Some(stream), _) => stream.problem()?.schema().axes.len(),
                (None, Some(data)) => Dataset::open(data, Split::Train)?.size().len(),
                (None, None) => return Err(CliError::input("expected --data DIR or --stream PROBLEM")),
            };
            let mut model = ModelConfig::preset(name, axes).map_err(CliError::input)?;
            if let Some(levels) = args.levels {
                model = model.with_levels(levels).map_err(CliError::input)?;
            }
            RunConfig::new(model, TrainConfig::default())
        }
        (None, None) => RunCard::load(&args.out)?.config(),
    };
    if stream.is_some() {
        config.stream = stream;
    }
    if args.data.is_none() && config.stream.is_none() {
        return Err(CliError::input(
            "expected --data DIR, --stream PROBLEM or a --config with a table [stream]",
        ));
    }
    let train = &mut config.train;
    train.epochs = args.epochs.unwrap_or(train.epochs);
    train.batch = args.batch.unwrap_or(train.batch);
    train.seed = args.seed.unwrap_or(train.seed);
    train.lr = args.lr.unwrap_or(train.lr);
    train.patches.per_pass = args.patches_per_pass.or(train.patches.per_pass);
    Ok(config)
}

/// The stream that the flags describe.
fn stream(args: &TrainArgs) -> Result<Option<StreamConfig>, CliError> {
    let settings = args.options.settings()?;
    let (Some(problem), Some(resolution)) = (&args.stream, args.resolution) else {
        return match settings.first() {
            Some((key, _)) => Err(CliError::input(format!("--set {key}: expected --stream PROBLEM with it"))),
            None => Ok(None),
        };
    };
    let mut stream = StreamConfig::new(problem, resolution, args.samples_per_epoch);
    stream.valid_samples = args.valid_samples;
    stream.seed = args.stream_seed;
    stream.set = settings.into_iter().map(|(k, v)| (k, Setting::Text(v))).collect();
    Ok(Some(stream))
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
        .with_serialised("valid", &training.valid)?
        .with_serialised("failed", &summary.failed)?;
    if let Some(first) = summary.failed.first() {
        out = out.line(format!(
            "{} samples of the stream failed and were left out; the first, {} (seed {}): {}",
            summary.failed.len(),
            first.index,
            first.seed,
            first.reason
        ));
    }
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

impl Report {
    fn say(&self, text: &str) {
        if let Some(task) = &self.task {
            task.say(text);
        }
    }
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
            Event::Modes { step, n_modes } => self.say(&format!("after step {step}: {n_modes:?} modes")),
            Event::Grid { epoch, size } => self.say(&format!("from epoch {epoch} on: {size:?} points")),
            _ => {}
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        if error.is_input() { Self::Input(error.to_string()) } else { Self::Failure(error.to_string()) }
    }
}
