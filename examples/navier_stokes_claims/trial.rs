//! Training and evaluation of every model under every seed.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use sobolev::datasets::{self, GenerateConfig, Split, problems};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::train::{Event, Observer};
use sobolev::operators::{ModelConfig, Operator};
use sobolev::run::{self, EvaluateOptions, Evaluation, RunConfig, TrainedRun};

use super::models::{self, Entry, spectral_parameters};
use super::options::Options;
use super::results::{self, Row};
use super::spectrum::Spectrum;

/// Trains whatever is not in the results yet: all models under the first seed, then under the next.
pub(crate) fn all(options: &Options) -> Result<(), Box<dyn Error>> {
    options.keep_budget()?;
    generate(options)?;
    let path = options.out.join("results.jsonl");
    let entries = models::all(&options.budget);
    for &seed in &options.seeds {
        for entry in entries.iter().filter(|e| options.wants(&e.name)) {
            let rows: Vec<Row> = results::read(&path)?;
            if rows.iter().any(|r| r.model == entry.name && r.seed == seed) {
                continue;
            }
            let row = one(options, entry, seed)?;
            println!(
                "{} seed {seed}: L2 {:.4} (training set {:.4}), H1 {:.4}, spectrum {:.3}, {} of {} parameters spectral, {:.0} s",
                row.model,
                row.relative_l2,
                row.train_l2,
                row.relative_h1,
                row.spectrum_error,
                row.spectral_parameters,
                row.parameters,
                row.seconds
            );
            results::append(&path, &row)?;
        }
    }
    Ok(())
}

/// The data set: sample i is a function of the number i, so that a larger one begins with the smaller one.
pub(crate) fn generate(options: &Options) -> Result<(), Box<dyn Error>> {
    let budget = &options.budget;
    let setting = |s: &String| s.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
    let settings: Option<Vec<_>> = budget.set.iter().map(setting).collect();
    let settings = settings.ok_or_else(|| format!("--set: expected KEY=VALUE, got {:?}", budget.set))?;
    let problem = problems::build(&budget.problem, budget.resolution, &settings)?;
    let splits = [budget.samples, 0, budget.test_samples];
    let config =
        GenerateConfig::new(options.data(), format!("{}_{}", budget.problem, budget.resolution), splits, 0);
    let report = loop {
        match datasets::generate(&*problem, &config, &|_| {}, &AtomicBool::new(false)) {
            // Another process is at the same set.
            Err(datasets::Error::Busy { .. }) => std::thread::sleep(Duration::from_secs(1)),
            other => break other?,
        }
    };
    println!("data: {} samples made in {:.0} s", report.samples, report.elapsed.as_secs_f64());
    Ok(())
}

fn one(options: &Options, entry: &Entry, seed: u64) -> Result<Row, Box<dyn Error>> {
    let (budget, data) = (&options.budget, options.data());
    let folder = options.out.join("runs").join(format!("{}-seed{seed}", entry.name));
    let device = device::choose(DeviceChoice::Cpu)?.device;
    let config = RunConfig::new(entry.config.clone(), budget.train(seed));
    let begin = Instant::now();
    let name = entry.name.clone();
    let mut observer = move |event: &Event| {
        if let Event::Epoch { epoch, train_loss, .. } = event {
            println!("  {name} seed {seed} epoch {epoch}: loss {train_loss:.4}");
        }
    };
    run::train(
        &data,
        &config,
        &folder,
        &device,
        true,
        &mut observer as &mut dyn Observer,
        &AtomicBool::new(false),
    )?;
    let seconds = begin.elapsed().as_secs_f64();
    let options =
        |split, keep| EvaluateOptions { split, keep, batch: budget.batch, ..EvaluateOptions::default() };
    let test =
        run::evaluate(&folder, &data, &options(Split::Test, (0..budget.test_samples).collect()), &device)?;
    let train = run::evaluate(&folder, &data, &options(Split::Train, vec![]), &device)?;
    let row = row(entry, seed, &folder, &test, &train, seconds)?;
    // The weights stay; what is there to go on from is not needed any more.
    fs::remove_dir_all(folder.join("checkpoints"))?;
    Ok(row)
}

fn row(
    entry: &Entry,
    seed: u64,
    folder: &Path,
    test: &Evaluation,
    train: &Evaluation,
    seconds: f64,
) -> Result<Row, Box<dyn Error>> {
    let device = device::choose(DeviceChoice::Cpu)?.device;
    let trained = TrainedRun::open(folder, &device)?;
    let spectral = spectral_parameters(&trained.model);
    let dense = dense(&entry.config).init(trained.model.in_channels(), 1, seed, &device)?;
    let spectrum = Spectrum::of(&test.size, &test.samples);
    let domain = match &entry.config {
        ModelConfig::Multigrid(multigrid) => multigrid.compression(&test.size)?,
        _ => 1.0,
    };
    Ok(Row {
        model: entry.name.clone(),
        seed,
        parameters: trained.model.n_parameters(),
        spectral_parameters: spectral,
        compression: spectral_parameters(&dense) as f64 / spectral as f64,
        domain_compression: domain,
        relative_l2: test.report.relative_l2,
        relative_h1: test.report.relative_h1,
        spectrum_error: spectrum.distance(),
        train_l2: train.report.relative_l2,
        train_h1: train.report.relative_h1,
        seconds,
        spectrum,
    })
}

/// The same operator with dense weights and without patches.
fn dense(config: &ModelConfig) -> ModelConfig {
    match config {
        ModelConfig::Tfno(tfno) => ModelConfig::Fno(tfno.0.clone().with_weights(Default::default())),
        ModelConfig::Multigrid(multigrid) => dense(&multigrid.inner),
        other => other.clone(),
    }
}
