//! What the examples of single operators share: data from a solver, training and its history.
//!
//! ```text
//! mod     the steps        mgno    the training of MgNO
//! ```
#![allow(dead_code, reason = "an example uses a part of it")]

pub(crate) mod mgno;

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sobolev::datasets::{self, GenerateConfig, problems};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::train::{Event, Observer, Record, read_metrics};
use sobolev::run::{self, Evaluation, RunConfig, RunSummary};

/// Training, validation and test samples of a named problem in the folder `out`; those that are there already are kept.
pub(crate) fn generate(
    problem: &str,
    points: usize,
    settings: &[(&str, &str)],
    samples: [usize; 3],
    out: &Path,
) -> Result<(), Box<dyn Error>> {
    let made = problems::build(problem, points, settings)?;
    let config = GenerateConfig::new(out, format!("{problem}_{points}"), samples, 0);
    let report = datasets::generate(&*made, &config, &|_| {}, &AtomicBool::new(false))?;
    println!("{problem}: {} samples made in {:.0} s", report.samples, report.elapsed.as_secs_f64());
    Ok(())
}

/// A training that goes on where it was stopped, and tells of every epoch.
pub(crate) fn train(data: &Path, config: &RunConfig, out: &Path) -> Result<RunSummary, Box<dyn Error>> {
    let device = device::choose(DeviceChoice::Auto)?.device;
    let mut tell = |event: &Event| {
        if let Event::Epoch { epoch, train_loss, .. } = event {
            println!("  epoch {epoch}: loss {train_loss:.4}");
        }
    };
    let observer: &mut dyn Observer = &mut tell;
    Ok(run::train(data, config, out, &device, true, observer, &AtomicBool::new(false))?)
}

/// Losses and errors after every epoch of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Mean training loss.
    pub(crate) losses: Vec<f64>,
    /// Relative L2 and H1 error on the validation set.
    pub(crate) valid: [Vec<f64>; 2],
}

impl History {
    /// The history in a run folder.
    pub(crate) fn read(run: &Path) -> Result<Self, Box<dyn Error>> {
        let mut history = Self::default();
        for record in read_metrics(&run.join("metrics.jsonl"))? {
            if let Record::Epoch { train_loss, valid: errors, .. } = record {
                history.losses.push(train_loss);
                for (all, name) in history.valid.iter_mut().zip(["relative_l2", "relative_h1"]) {
                    all.extend(errors.get(name));
                }
            }
        }
        Ok(history)
    }
}

/// What came out of a training.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// One line on the model.
    pub(crate) model: String,
    /// Errors on the test set, with all of its fields.
    pub(crate) evaluation: Evaluation,
    /// Losses and errors on the way.
    pub(crate) history: History,
}
