//! `sobolev plot`: the figures of a run, or the fields of a data set.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use sobolev::{
    datasets::{Dataset, Split},
    device::{self, DeviceChoice},
    run::{EvaluateOptions, RunCard, evaluate},
};

use super::{CliError, Context, Outcome, data_figure, figures};

/// Arguments of `sobolev plot`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sobolev plot runs/tfno --out figures\n  sobolev plot data/darcy64 --out figures"
)]
pub(crate) struct PlotArgs {
    /// A run folder, a data file (.hdf5) or the folder of a data set
    path: PathBuf,
    /// Folder of the figures; made if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Run: data set of its samples; by default the one that it was trained on
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Samples to draw, counted from 1; by default the first three
    #[arg(long, value_name = "I,J,..", value_delimiter = ',')]
    samples: Vec<usize>,
    /// Where to compute: auto, cpu or gpu
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,
}

impl PlotArgs {
    /// The samples to draw of `available` ones, counted from 0.
    fn indices(&self, available: usize) -> Result<Vec<usize>, CliError> {
        if self.samples.is_empty() {
            return Ok((0..available.min(3)).collect());
        }
        let index = |&i: &usize| {
            let expected =
                || CliError::input(format!("--samples: expected numbers in 1..={available}, got {i}"));
            if (1..=available).contains(&i) { Ok(i - 1) } else { Err(expected()) }
        };
        self.samples.iter().map(index).collect()
    }
}

pub(crate) fn run(args: &PlotArgs, context: &Context) -> Result<Outcome, CliError> {
    if !args.path.exists() {
        let expected = "expected a run folder, an .hdf5 file or the folder of a data set";
        return Err(CliError::input(format!("{}: no such file or folder; {expected}", args.path.display())));
    }
    let paths =
        if args.path.join(RunCard::FILE).is_file() { run_plot(args, context)? } else { data_plot(args)? };
    let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    Ok(Outcome::new().line(names.join("\n")).with("figures", names))
}

fn run_plot(args: &PlotArgs, context: &Context) -> Result<Vec<PathBuf>, CliError> {
    let card = RunCard::load(&args.path)?;
    let history = figures::history(&args.path)?;
    let data = args.data.as_ref().unwrap_or(&card.data.path);
    // A run without weights yet, or whose data have moved, still has its curves; what was asked for must be there.
    let trained = args.path.join("weights.safetensors").is_file();
    let evaluation = if trained && (args.data.is_some() || data.exists()) {
        let device = device::choose(args.device).map_err(CliError::input)?;
        let available = Dataset::open(data, EvaluateOptions::default().split)?.n_trajectories();
        let options = EvaluateOptions { keep: args.indices(available)?, ..EvaluateOptions::default() };
        Some(evaluate(&args.path, data, &options, &device.device)?)
    } else {
        context
            .progress
            .say(format!("no weights or no data set at {}: only the curves are drawn", data.display()));
        None
    };
    let title = title(&card.model.config.to_string());
    figures::run_figures(&args.out, &title, &card, &history, evaluation.as_ref())
}

/// The part of a model's summary that fits a title.
fn title(summary: &str) -> String {
    summary.split(',').next().unwrap_or(summary).to_owned()
}

fn data_plot(args: &PlotArgs) -> Result<Vec<PathBuf>, CliError> {
    let split = Split::ALL
        .into_iter()
        .find(|s| args.path.join("data").join(s.word()).is_dir())
        .unwrap_or(Split::Train);
    let set = Arc::new(Dataset::open(&args.path, split)?);
    let indices = args.indices(set.n_trajectories())?;
    let title = format!("{}: {} samples, {split}", set.name(), set.n_trajectories());
    data_figure::draw(&args.out, &title, set, &indices)
}
