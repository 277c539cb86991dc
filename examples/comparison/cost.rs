//! Memory and time of each model: short trainings, each in a process of its own.

use std::error::Error;
use std::fs;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use sobolev::device::{self, DeviceChoice};
use sobolev::kernels::testing::peak_rss_mib;
use sobolev::operators::train::{Silent, Timing};
use sobolev::run::{self, RunConfig};

use super::results::{self, Cost};
use super::study::Study;

/// Epochs of a measurement; the first one warms up.
const EPOCHS: usize = 3;

/// Measures every model that has not been measured, by this program with `--time-one WORD` in place of `--time`, where `word` says what
/// the program calls the model.
pub(crate) fn all(study: &Study<'_>, word: impl Fn(&str) -> String) -> Result<(), Box<dyn Error>> {
    study.keep_budget()?;
    study.generate()?;
    let path = study.out.join("costs.jsonl");
    for entry in &study.entries {
        let costs: Vec<Cost> = results::read(&path)?;
        if costs.iter().any(|c| c.model == entry.name) {
            continue;
        }
        let arguments = std::env::args().skip(1).filter(|a| a != "--time");
        let process = Command::new(std::env::current_exe()?)
            .args(arguments)
            .args(["--time-one", &word(&entry.name)])
            .output()?;
        if !process.status.success() {
            return Err(format!("{}: {}", entry.name, String::from_utf8_lossy(&process.stderr)).into());
        }
        let cost: Cost = serde_json::from_slice(&process.stdout)?;
        println!(
            "{}: {:.2} s an epoch, {:.0} MiB",
            cost.model,
            cost.seconds_per_epoch,
            cost.peak_mib.unwrap_or(f64::NAN)
        );
        results::append(&path, &cost)?;
    }
    Ok(())
}

/// Measures one model and prints its line.
pub(crate) fn one(study: &Study<'_>, name: &str) -> Result<(), Box<dyn Error>> {
    let entry = study.entries.iter().find(|e| e.name == name);
    let entry = entry.ok_or_else(|| format!("--time-one: no model is called {name}"))?;
    let folder = study.out.join("costs").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut config = RunConfig::new(entry.config.clone(), entry.train.clone());
    config.train.epochs = EPOCHS;
    config.task = study.task.clone();
    let device = device::choose(DeviceChoice::Cpu)?.device;
    run::train(&study.data, &config, &folder, &device, false, &mut Silent, &AtomicBool::new(false))?;
    let epochs: Vec<Timing> = results::read(&folder.join("timing.jsonl"))?;
    let seconds = epochs.iter().skip(1).map(|e| e.train_seconds).fold(f64::INFINITY, f64::min);
    fs::remove_dir_all(&folder)?;
    let (model, threads) = (name.to_owned(), rayon::current_num_threads());
    let cost = Cost { model, seconds_per_epoch: seconds, peak_mib: peak_rss_mib(), threads };
    println!("{}", serde_json::to_string(&cost)?);
    Ok(())
}
