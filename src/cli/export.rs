//! `sobolev export`: a data set in the layout of another program.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sobolev::datasets::{ExportLayout, ExportOptions, Split, export};

use super::{CliError, Context, Outcome};

/// Arguments of `sobolev export`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// Folder of the data set, or one of its files
    data: PathBuf,
    /// Layout of the file
    #[arg(long, value_enum)]
    format: Format,
    /// train, valid, test, or all (test first: PDEBench's reader tests on the first tenth of a file)
    #[arg(long, default_value = "all")]
    split: String,
    /// xy: stored steps of a time-dependent set that go to x; the others go to y
    #[arg(long, value_name = "K", default_value_t = 1)]
    input_steps: usize,
    /// File to write; must not exist
    #[arg(long, value_name = "FILE.hdf5")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// PDEBench: tensor [sample, time, x, y], coordinates, parameters as attributes
    Pdebench,
    /// Data sets x and y, [sample, channel, y, x]; without the channel axis where there is one
    Xy,
}

const EXAMPLES: &str = "Examples:
  sobolev export data/darcy64 --format pdebench --out darcy.hdf5
  sobolev export data/darcy64 --format xy --split train --out darcy_train.hdf5

validation/xy_to_pt.py turns an xy file into the .pt file of neuraloperator.";

pub(crate) fn run(args: &ExportArgs, _: &Context) -> Result<Outcome, CliError> {
    let split = match args.split.as_str() {
        "all" => None,
        word => match Split::ALL.into_iter().find(|s| s.word() == word) {
            Some(split) => Some(split),
            None => {
                return Err(CliError::input(format!(
                    "--split: expected train, valid, test or all, got '{word}'"
                )));
            }
        },
    };
    let layout = match args.format {
        Format::Pdebench => ExportLayout::PdeBench,
        Format::Xy => ExportLayout::Xy { input_steps: args.input_steps },
    };
    let done = export(&args.data, &args.out, &ExportOptions { layout, split })?;
    let mut out = Outcome::new().line(format!("{} samples written to {}", done.samples, done.path.display()));
    for (name, shape) in &done.datasets {
        out = out.line(format!("  {name} {shape:?}"));
    }
    out.with_serialised("exported", &done)
}
