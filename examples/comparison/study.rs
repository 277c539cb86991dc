//! What is compared.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::Serialize;
use sobolev::datasets::{self, GenerateConfig, problems};
use sobolev::operators::ModelConfig;
use sobolev::operators::train::TrainConfig;
use sobolev::run::TaskConfig;

/// A model, what it is called, and how it is trained; the seed is that of the trial.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) config: ModelConfig,
    pub(crate) train: TrainConfig,
}

/// Samples of a named problem.
#[derive(Clone, Debug)]
pub(crate) struct Samples<'a> {
    /// One of `sobolev list problems`.
    pub(crate) problem: &'a str,
    /// Its settings, KEY=VALUE.
    pub(crate) set: &'a [String],
    /// Grid points per axis.
    pub(crate) resolution: usize,
    /// Training and test samples.
    pub(crate) counts: [usize; 2],
    /// Pairs of input and target in a sample: 1, or the steps of a trajectory.
    pub(crate) pairs: usize,
}

/// Which models, on what, under which seeds, in which folder.
#[derive(Clone, Debug)]
pub(crate) struct Study<'a> {
    pub(crate) out: &'a Path,
    /// Folder of the data set, made if missing.
    pub(crate) data: PathBuf,
    pub(crate) samples: Samples<'a>,
    pub(crate) task: TaskConfig,
    pub(crate) seeds: &'a [u64],
    pub(crate) entries: Vec<Entry>,
    /// All that the results depend on, as it is kept in `budget.toml`.
    budget: String,
}

impl<'a> Study<'a> {
    /// A comparison of those of `entries` that `only` names, or of all: constant fields to the solution, or each stored time to the next.
    pub(crate) fn new(
        out: &'a Path,
        data: PathBuf,
        samples: Samples<'a>,
        seeds: &'a [u64],
        (mut entries, only): (Vec<Entry>, &[String]),
        budget: &impl Serialize,
    ) -> Result<Self, Box<dyn Error>> {
        if let Some(name) = only.iter().find(|&name| entries.iter().all(|e| e.name != *name)) {
            let names: Vec<&str> = entries.iter().map(|e| e.name.as_str()).collect();
            return Err(format!("--only: no model is called {name}; there are {}", names.join(", ")).into());
        }
        entries.retain(|e| only.is_empty() || only.contains(&e.name));
        let budget = toml::to_string(budget)?;
        Ok(Self { out, data, samples, task: TaskConfig::default(), seeds, entries, budget })
    }

    /// Makes sure that all results in the folder are of one budget.
    pub(crate) fn keep_budget(&self) -> Result<(), Box<dyn Error>> {
        let path = self.out.join("budget.toml");
        if !path.exists() {
            fs::create_dir_all(self.out)?;
            return Ok(fs::write(path, &self.budget)?);
        }
        let stored: toml::Table = toml::from_str(&fs::read_to_string(&path)?)?;
        let now: toml::Table = toml::from_str(&self.budget)?;
        let differs = now.keys().chain(stored.keys()).find(|&key| now.get(key) != stored.get(key));
        let Some(key) = differs else { return Ok(()) };
        let say =
            |table: &toml::Table| table.get(key).map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let (out, was, is) = (self.out.display(), say(&stored), say(&now));
        Err(format!("{out} holds results of another budget: {key} = {was}, not {is}; choose another --out")
            .into())
    }

    /// The data set: sample i is a function of the number i, so that a larger one begins with the smaller one.
    pub(crate) fn generate(&self) -> Result<(), Box<dyn Error>> {
        let Samples { problem, set, resolution, counts: [train, test], .. } = self.samples;
        let setting = |s: &String| s.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
        let settings: Option<Vec<_>> = set.iter().map(setting).collect();
        let settings = settings.ok_or_else(|| format!("--set: expected KEY=VALUE, got {set:?}"))?;
        let made = problems::build(problem, resolution, &settings)?;
        let config = GenerateConfig::new(&self.data, format!("{problem}_{resolution}"), [train, 0, test], 0);
        let report = loop {
            match datasets::generate(&*made, &config, &|_| {}, &AtomicBool::new(false)) {
                // Another process is at the same set.
                Err(datasets::Error::Busy { .. }) => std::thread::sleep(Duration::from_secs(1)),
                other => break other?,
            }
        };
        println!("data: {} samples made in {:.0} s", report.samples, report.elapsed.as_secs_f64());
        Ok(())
    }
}
