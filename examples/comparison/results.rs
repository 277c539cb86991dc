//! One line of JSON for each training, and for each measurement of costs.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A training and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row<E> {
    /// Name of the model.
    pub(crate) model: String,
    /// Seed of its weights and of the order of samples.
    pub(crate) seed: u64,
    /// Real numbers in it.
    pub(crate) parameters: usize,
    /// Mean relative errors on the test set.
    pub(crate) relative_l2: f64,
    pub(crate) relative_h1: f64,
    /// Mean relative errors on the training set.
    pub(crate) train_l2: f64,
    pub(crate) train_h1: f64,
    /// Seconds that the training took beside whatever else was running.
    pub(crate) seconds: f64,
    /// What this comparison asks beside.
    #[serde(flatten)]
    pub(crate) other: E,
}

/// Costs of a model, measured by themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Name of the model.
    pub(crate) model: String,
    /// Seconds of an epoch of the training set.
    pub(crate) seconds_per_epoch: f64,
    /// Largest resident memory of the process, MiB; absent where the system does not tell.
    pub(crate) peak_mib: Option<f64>,
    /// Threads.
    pub(crate) threads: usize,
}

/// The lines of a file; none if it is missing. A last line that a crash cut off is left out.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path)?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Adds a line, after removing one that a crash cut off. Two processes may share a file.
pub(crate) fn append<T: Serialize>(path: &Path, value: &T) -> Result<(), Box<dyn Error>> {
    let bytes = fs::read(path).unwrap_or_default();
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64)?;
    }
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(file.write_all(&line)?)
}
