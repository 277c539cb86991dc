//! What to train, on what, for how long.

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;

use super::comparison::study::{Entry, Samples, Study};
use super::models;
use super::problems::Problem;

/// The table of MgNO's paper on our data: five models on four problems with the same budget each.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "The published size, for a machine with time: \
    --points 256 --nodes 101 --samples 1280 --test-samples 112 --epochs 500")]
pub(crate) struct Options {
    /// Folder of data, runs and results, with a folder for each problem
    #[arg(long, value_name = "DIR", default_value = "mgno-table")]
    pub(crate) out: PathBuf,
    /// Seeds of weights and order of samples
    #[arg(long, value_delimiter = ',', default_value = "0,1,2")]
    pub(crate) seeds: Vec<u64>,
    /// Only these: MODEL/PROBLEM, or a MODEL on all problems, or all models on a PROBLEM
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    only: Vec<String>,
    /// Measure memory and time of a step, in a process for each model and problem
    #[arg(long)]
    time: bool,
    /// Measure one model on one problem in this process
    #[arg(long, value_name = "MODEL/PROBLEM", hide = true)]
    time_one: Option<String>,
    /// Write table and figures of what there is
    #[arg(long)]
    table: bool,
    #[command(flatten)]
    pub(crate) budget: Budget,
}

/// What is the same for all models.
#[derive(Clone, Debug, Serialize, clap::Args)]
pub(crate) struct Budget {
    /// Grid points per axis, but for the Helmholtz problem
    #[arg(long, default_value_t = 64)]
    pub(crate) points: usize,
    /// Grid points per axis of the Helmholtz problem, those on the border included
    #[arg(long, default_value_t = 51)]
    pub(crate) nodes: usize,
    /// Training pairs; a flow has ten in a trajectory
    #[arg(long, default_value_t = 200)]
    pub(crate) samples: usize,
    /// Test pairs
    #[arg(long, default_value_t = 50)]
    pub(crate) test_samples: usize,
    /// Passes over the training set
    #[arg(long, default_value_t = 40)]
    pub(crate) epochs: usize,
    /// Pairs of a step
    #[arg(long, default_value_t = 8)]
    pub(crate) batch: usize,
    /// Learning rates over those of the models' authors
    #[arg(long, default_value_t = 1.0)]
    pub(crate) lr_scale: f64,
    /// Settings of problems in place of ours, PROBLEM.KEY=VALUE
    #[arg(long, value_name = "SETTINGS", value_delimiter = ',')]
    set: Vec<String>,
}

/// What to do.
pub(crate) enum Mode<'a> {
    /// Trainings that are not there yet.
    Train,
    /// Costs that have not been measured yet.
    Time,
    /// Costs of one model on one problem, in a fresh process.
    TimeOne(&'a str),
    /// The table.
    Table,
}

/// A problem and the models on it that are asked for.
pub(crate) struct Plan<'a> {
    pub(crate) problem: Problem,
    out: PathBuf,
    settings: Vec<String>,
    entries: Vec<Entry>,
    budget: &'a Budget,
}

/// What the results on a problem depend on.
#[derive(Serialize)]
struct Stored<'a> {
    problem: &'a str,
    points: usize,
    settings: &'a [String],
    samples: usize,
    test_samples: usize,
    epochs: usize,
    batch: usize,
    lr_scale: f64,
}

impl Budget {
    /// Problem and KEY=VALUE of every setting of the command line.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.set.iter().filter_map(|s| s.split_once('.'))
    }
}

impl Options {
    pub(crate) fn mode(&self) -> Mode<'_> {
        match &self.time_one {
            Some(word) => Mode::TimeOne(word),
            None if self.time => Mode::Time,
            None if self.table => Mode::Table,
            None => Mode::Train,
        }
    }

    /// What is asked for, problem by problem.
    ///
    /// # Errors
    /// Naming a word of the command line that means nothing, or a model that does not work on its grid.
    pub(crate) fn plans(&self) -> Result<Vec<Plan<'_>>, Box<dyn Error>> {
        let names = Problem::ALL.map(Problem::name);
        for word in &self.budget.set {
            if word.split_once('.').is_none_or(|(problem, _)| !names.contains(&problem)) {
                let names = names.join(", ");
                return Err(
                    format!("--set: expected PROBLEM.KEY=VALUE with one of {names}, got {word}").into()
                );
            }
        }
        let means = |word: &str, model: &str, problem: &str| match word.split_once('/') {
            Some((m, p)) => m == model && p == problem,
            None => word == model || word == problem,
        };
        let anything = |word: &str| models::NAMES.iter().any(|m| names.iter().any(|p| means(word, m, p)));
        if let Some(word) = self.only.iter().find(|word| !anything(word)) {
            let (models, problems) = (models::NAMES.join(", "), names.join(", "));
            return Err(format!("--only: {word} is no MODEL/PROBLEM of {models} and {problems}").into());
        }
        let mut plans = vec![];
        for problem in Problem::ALL {
            let mut entries = models::all(problem, &self.budget);
            entries.retain(|e| {
                self.only.is_empty() || self.only.iter().any(|word| means(word, &e.name, problem.name()))
            });
            let size = [problem.points(&self.budget); 2];
            for entry in &entries {
                let wrong = |e| format!("{} on {}: {e}", entry.name, problem.name());
                entry.config.validate().and_then(|()| entry.config.check_size(&size)).map_err(wrong)?;
            }
            if !entries.is_empty() {
                let (out, settings) = (self.out.join(problem.name()), problem.settings(&self.budget));
                plans.push(Plan { problem, out, settings, entries, budget: &self.budget });
            }
        }
        Ok(plans)
    }
}

impl Plan<'_> {
    /// The comparison on this problem.
    pub(crate) fn study<'a>(&'a self, seeds: &'a [u64]) -> Result<Study<'a>, Box<dyn Error>> {
        let (budget, problem) = (self.budget, self.problem);
        let counts = [budget.samples, budget.test_samples].map(|n| problem.samples(n));
        let points = problem.points(budget);
        let samples = Samples {
            problem: problem.name(),
            set: &self.settings,
            resolution: points,
            counts,
            pairs: problem.pairs(),
        };
        let stored = Stored {
            problem: problem.name(),
            points,
            settings: &self.settings,
            samples: budget.samples,
            test_samples: budget.test_samples,
            epochs: budget.epochs,
            batch: budget.batch,
            lr_scale: budget.lr_scale,
        };
        Study::new(&self.out, self.out.join("data"), samples, seeds, (self.entries.clone(), &[]), &stored)
    }

    /// A model and this problem, as on the command line.
    pub(crate) fn word(&self, model: &str) -> String {
        format!("{model}/{}", self.problem.name())
    }
}

/// The plan and the model that `word` names.
pub(crate) fn named<'a, 'b>(
    plans: &'a [Plan<'b>],
    word: &'a str,
) -> Result<(&'a Plan<'b>, &'a str), Box<dyn Error>> {
    let found = word.split_once('/').and_then(|(model, problem)| {
        plans.iter().find(|p| p.problem.name() == problem).map(|plan| (plan, model))
    });
    found.ok_or_else(|| format!("--time-one: {word} is no MODEL/PROBLEM of what is asked for").into())
}
