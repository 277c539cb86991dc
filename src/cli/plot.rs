//! `sobolev plot`: the figures of a run, or the fields of a data file.

use std::path::{Path, PathBuf};

use clap::Args;
use sobolev::{operators::train::{Record, read_metrics}, plot};

use super::{CliError, Context, Outcome};

/// Arguments of `sobolev plot`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sobolev plot runs/tfno --out figures\n  sobolev plot data/darcy64 --out figures")]
pub(crate) struct PlotArgs {
    /// A run folder, a data file (.hdf5) or the folder of a data set
    path: PathBuf,
    /// Folder of the figures; made if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Data set of the sample figure; by default the one that the run was trained on
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// A run's history, one entry per epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunHistory {
    pub(crate) train_loss: Vec<f64>,
    pub(crate) validation: Vec<f64>,
    pub(crate) learning_rate: Vec<f64>,
}
