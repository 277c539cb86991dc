//! What to train, on what, for how long.

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;
use sobolev::operators::train::{LossKind, TrainConfig};

use super::comparison::study::{Samples, Study};
use super::models;

/// The claims of MG-TFNO, measured: 24 models with the same budget each.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "The whole size, for a machine with time: \
    --samples 10000 --test-samples 2000 --width 64 --modes 64 --batch 16 --epochs 300 --lr 1e-3")]
pub(crate) struct Options {
    /// Folder of runs and results
    #[arg(long, value_name = "DIR", default_value = "claims")]
    pub(crate) out: PathBuf,
    /// Folder of the data set, made if missing; OUT/data where absent
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Seeds of weights and order of samples
    #[arg(long, value_delimiter = ',', default_value = "0,1,2")]
    pub(crate) seeds: Vec<u64>,
    /// Only the models of these names
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Measure memory and time of a step, in a process for each model
    #[arg(long)]
    time: bool,
    /// Measure one model in this process
    #[arg(long, value_name = "MODEL", hide = true)]
    time_one: Option<String>,
    /// Write the table and the figures of what there is
    #[arg(long)]
    table: bool,
    #[command(flatten)]
    pub(crate) budget: Budget,
}

/// What is the same for all models.
#[derive(Clone, Debug, Serialize, clap::Args)]
pub(crate) struct Budget {
    /// Problem: a steady one of `sobolev list problems`
    #[arg(long, default_value = "turbulence-variance")]
    pub(crate) problem: String,
    /// Settings of the problem, KEY=VALUE. Those by default change the fields by less than 1e-4 and take a twelfth of the time
    #[arg(long, value_delimiter = ',', default_value = "solver_points=128,dt=0.02")]
    pub(crate) set: Vec<String>,
    /// Grid points per axis
    #[arg(long, default_value_t = 128)]
    pub(crate) resolution: usize,
    /// Training samples
    #[arg(long, default_value_t = 200)]
    pub(crate) samples: usize,
    /// Test samples
    #[arg(long, default_value_t = 100)]
    pub(crate) test_samples: usize,
    /// Passes over the training set
    #[arg(long, default_value_t = 16)]
    pub(crate) epochs: usize,
    /// Samples of a step
    #[arg(long, default_value_t = 2)]
    pub(crate) batch: usize,
    /// Peak learning rate; it falls like a cosine
    #[arg(long, default_value_t = 5e-3)]
    pub(crate) lr: f64,
    /// Channels of the operators
    #[arg(long, default_value_t = 32)]
    pub(crate) width: usize,
    /// Fourier modes per axis
    #[arg(long, default_value_t = 32)]
    pub(crate) modes: usize,
    /// Train for the relative L2 norm instead of H1
    #[arg(long)]
    pub(crate) l2: bool,
}

/// What to do.
pub(crate) enum Mode<'a> {
    /// Trainings that are not there yet.
    Train,
    /// Costs of models that have not been measured yet.
    Time,
    /// Costs of one model, in a fresh process.
    TimeOne(&'a str),
    /// Table and figures.
    Table,
}

impl Options {
    pub(crate) fn mode(&self) -> Mode<'_> {
        match &self.time_one {
            Some(model) => Mode::TimeOne(model),
            None if self.time => Mode::Time,
            None if self.table => Mode::Table,
            None => Mode::Train,
        }
    }

    /// What is compared.
    pub(crate) fn study(&self) -> Result<Study<'_>, Box<dyn Error>> {
        let budget = &self.budget;
        let samples = Samples {
            problem: &budget.problem,
            set: &budget.set,
            resolution: budget.resolution,
            counts: [budget.samples, budget.test_samples],
            pairs: 1,
        };
        Study::new(&self.out, self.data(), samples, &self.seeds, (models::all(budget), &self.only), budget)
    }

    fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| self.out.join("data"))
    }
}

impl Budget {
    /// The training: AdamW under a cosine, as long for every model.
    pub(crate) fn train(&self) -> TrainConfig {
        TrainConfig {
            epochs: self.epochs,
            batch: self.batch,
            lr: self.lr,
            weight_decay: 1e-4,
            loss: if self.l2 { LossKind::L2 } else { LossKind::H1 },
            clip: Some(1.0),
            ..TrainConfig::default()
        }
    }
}
