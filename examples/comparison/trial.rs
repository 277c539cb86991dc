//! Training and evaluation of every model under every seed.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sobolev::datasets::Split;
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::train::{Event, Observer};
use sobolev::run::{self, EvaluateOptions, Evaluation, RunConfig, TrainedRun};

use super::results::{self, Row};
use super::study::{Entry, Study};

/// What a trained model is asked beside its errors: its run folder, the run, and its evaluation on the test set with all fields.
pub(crate) type Measure<'a, E> =
    &'a dyn Fn(&Entry, &Path, &TrainedRun, &Evaluation) -> Result<E, Box<dyn Error>>;

/// Trains whatever is not in the results yet: all models under the first seed, then under the next.
pub(crate) fn all<E>(study: &Study<'_>, measure: Measure<'_, E>) -> Result<(), Box<dyn Error>>
where
    E: Serialize + DeserializeOwned,
{
    study.keep_budget()?;
    study.generate()?;
    let path = study.out.join("results.jsonl");
    for &seed in study.seeds {
        for entry in &study.entries {
            let rows: Vec<Row<E>> = results::read(&path)?;
            if rows.iter().any(|r| r.model == entry.name && r.seed == seed) {
                continue;
            }
            let row = one(study, entry, seed, measure)?;
            println!(
                "{} seed {seed}: L2 {:.4} (training set {:.4}), H1 {:.4}, {} parameters, {:.0} s",
                row.model, row.relative_l2, row.train_l2, row.relative_h1, row.parameters, row.seconds
            );
            results::append(&path, &row)?;
        }
    }
    Ok(())
}

fn one<E>(
    study: &Study<'_>,
    entry: &Entry,
    seed: u64,
    measure: Measure<'_, E>,
) -> Result<Row<E>, Box<dyn Error>> {
    let folder = study.out.join("runs").join(format!("{}-seed{seed}", entry.name));
    let device = device::choose(DeviceChoice::Cpu)?.device;
    let mut config = RunConfig::new(entry.config.clone(), entry.train.clone());
    config.train.seed = seed;
    config.task = study.task.clone();
    let begin = Instant::now();
    let name = entry.name.clone();
    let mut tell = move |event: &Event| {
        if let Event::Epoch { epoch, train_loss, .. } = event {
            println!("  {name} seed {seed} epoch {epoch}: loss {train_loss:.4}");
        }
    };
    let observer: &mut dyn Observer = &mut tell;
    run::train(&study.data, &config, &folder, &device, true, observer, &AtomicBool::new(false))?;
    let seconds = begin.elapsed().as_secs_f64();
    let batch = entry.train.batch;
    let evaluate = |split, keep| {
        let options = EvaluateOptions { split, keep, batch, ..EvaluateOptions::default() };
        run::evaluate(&folder, &study.data, &options, &device)
    };
    let pairs = study.samples.counts[1] * study.samples.pairs;
    let test = evaluate(Split::Test, (0..pairs).collect())?;
    let train = evaluate(Split::Train, vec![])?;
    let trained = TrainedRun::open(&folder, &device)?;
    let row = Row {
        model: entry.name.clone(),
        seed,
        parameters: trained.model.n_parameters(),
        relative_l2: test.report.relative_l2,
        relative_h1: test.report.relative_h1,
        train_l2: train.report.relative_l2,
        train_h1: train.report.relative_h1,
        seconds,
        other: measure(entry, &folder, &trained, &test)?,
    };
    // The weights stay; what is there to go on from is not needed any more.
    fs::remove_dir_all(folder.join("checkpoints"))?;
    Ok(row)
}
