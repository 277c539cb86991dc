//! `metrics.jsonl` and `timing.jsonl`.
//!
//! `metrics.jsonl` is a function of the configuration, the data and the seed alone: a run that was killed and resumed
//! has the same bytes as one that was not. Whatever depends on the clock is in `timing.jsonl`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{Result, TrainError};
use super::incremental::Reason;

/// A line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Record {
    /// Every `log_steps` steps.
    Step {
        /// Steps done, this one included.
        step: usize,
        /// Epoch, counted from 1.
        epoch: usize,
        /// Learning rate of the step.
        lr: f64,
        /// Training loss of the batch.
        loss: f64,
        /// Global norm of the gradient before clipping.
        grad_norm: f64,
    },
    /// After every epoch.
    Epoch {
        /// Epoch, counted from 1.
        epoch: usize,
        /// Steps done.
        step: usize,
        /// Learning rate of the last step.
        lr: f64,
        /// Mean training loss of the epoch, on normalised fields.
        train_loss: f64,
        /// Errors on the validation set in physical units, by name; empty without a validation set.
        valid: BTreeMap<String, f64>,
        /// Whether this epoch is the best so far.
        best: bool,
    },
    /// When modes are added.
    Modes {
        /// Steps done with fewer.
        step: usize,
        /// Epoch of the first step with more.
        epoch: usize,
        /// Modes now in use per axis.
        n_modes: Vec<usize>,
        /// Why.
        reason: Reason,
    },
    /// When the grid of the batches changes, and at the beginning of a training on several grids.
    Grid {
        /// Steps done before.
        step: usize,
        /// Epoch of the first step on it.
        epoch: usize,
        /// Points per axis.
        size: Vec<usize>,
    },
}

/// A line of `timing.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Seconds of training that this process spent in the epoch.
    pub train_seconds: f64,
    /// Training samples per second.
    pub samples_per_second: f64,
    /// Seconds of validation.
    pub valid_seconds: f64,
}

/// An append-only file of JSON lines whose length is known; none for a rank that writes nothing.
#[derive(Debug, Default)]
pub(super) struct Journal {
    path: std::path::PathBuf,
    file: Option<File>,
}

impl Journal {
    /// Opens the file and cuts it to `length` bytes.
    pub(super) fn open(path: &Path, length: u64) -> Result<Self> {
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let mut file = open.map_err(TrainError::io(path, "opening"))?;
        let found = file.metadata().map_err(TrainError::io(path, "reading"))?.len();
        if found < length {
            let message =
                format!("must have at least {length} bytes to resume from the checkpoint, but has {found}");
            return Err(TrainError::content(path, message));
        }
        file.set_len(length).map_err(TrainError::io(path, "truncating"))?;
        file.seek(SeekFrom::End(0)).map_err(TrainError::io(path, "writing"))?;
        Ok(Self { path: path.to_path_buf(), file: Some(file) })
    }

    /// Opens the file to write at its end.
    pub(super) fn append(path: &Path) -> Result<Self> {
        let length = fs::metadata(path).map_or(0, |m| m.len());
        Self::open(path, length)
    }

    pub(super) fn write<T: Serialize>(&mut self, record: &T) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_vec(record).map_err(|e| TrainError::content(&self.path, e))?;
        line.push(b'\n');
        file.write_all(&line).map_err(TrainError::io(&self.path, "writing"))
    }

    /// Syncs; the length that a checkpoint may rely on.
    pub(super) fn sync(&mut self) -> Result<u64> {
        let Some(file) = &mut self.file else { return Ok(0) };
        file.sync_data().map_err(TrainError::io(&self.path, "syncing"))?;
        file.stream_position().map_err(TrainError::io(&self.path, "reading"))
    }
}

/// The records of a `metrics.jsonl`; a last line that was cut off by a crash is left out.
///
/// # Errors
/// [`TrainError::Io`] if it cannot be read, [`TrainError::Content`] with the number of a damaged line.
pub fn read_metrics(path: &Path) -> Result<Vec<Record>> {
    let text = fs::read_to_string(path).map_err(TrainError::io(path, "reading"))?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parse = |(i, line)| {
        serde_json::from_str(line).map_err(|e| TrainError::content(path, format!("line {}: {e}", i + 1)))
    };
    whole.lines().enumerate().map(parse).collect()
}
