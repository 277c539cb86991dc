//! Checkpoints that are whole or not there.
//!
//! ```text
//! checkpoints/
//!   ckpt-00000120/        weights.safetensors, average.safetensors (with EMA), optimizer.safetensors, state.json,
//!                         gradients.safetensors (summed gradients, where growing modes look at them)
//!   last.json best.json   the names of the newest and of the best checkpoint
//!   lock                  held while a process trains here
//! ```
//! A checkpoint is written as `ckpt-N.partial`, synced, renamed, and only then does a pointer name it: whatever moment
//! the process dies at, both pointers name complete folders.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};

use super::error::{Result, TrainError};
use super::incremental::GrowthState;
use super::optimizer::AdamW;
use super::{files, tensors};

/// Where a training stands; everything that is not a tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of this layout.
    pub version: u32,
    /// Epoch under way, counted from 0.
    pub epoch: usize,
    /// Batches of this epoch that are done.
    pub step_in_epoch: usize,
    /// Steps done since the beginning.
    pub step: usize,
    /// Seed of the run.
    pub seed: u64,
    /// Steps of an epoch; learning rate and β₁ follow from it, the step and the configuration.
    pub steps_per_epoch: usize,
    /// Σ loss · samples over this epoch's batches.
    #[serde(with = "exact")]
    pub loss_sum: f64,
    /// Samples of this epoch's batches.
    pub loss_samples: usize,
    /// Best value of the selection metric; infinite before the first validation.
    #[serde(with = "exact")]
    pub best: f64,
    /// Epoch of the best value, counted from 1; 0 before the first.
    pub best_epoch: usize,
    /// Length of `metrics.jsonl` in bytes.
    pub metrics_offset: u64,
    /// Growing modes, where they grow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<GrowthState>,
}

/// Layout version of [`State`].
pub(super) const VERSION: u32 = 1;

/// A float as text that gives back the same bits, infinities included (JSON has none).
pub(super) mod exact {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::train) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub(in crate::train) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
struct Pointer {
    checkpoint: String,
    step: usize,
}

/// The `checkpoints` folder of a run.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    /// Held for the life of the value.
    _lock: Option<File>,
}

/// The two checkpoints that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The newest, to resume from.
    Last,
    /// The one with the best selection metric.
    Best,
}

impl Which {
    fn file(self) -> &'static str {
        match self {
            Self::Last => "last.json",
            Self::Best => "best.json",
        }
    }
}

impl Checkpoints {
    /// Opens the folder to write, alone; makes it if need be, and removes what a dead process left half-written.
    ///
    /// # Errors
    /// [`TrainError::Busy`] if another process holds it, [`TrainError::Io`] if it cannot be made.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(TrainError::io(folder, "creating"))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(TrainError::io(&path, "creating"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(TrainError::Busy(folder.to_path_buf())),
            Err(TryLockError::Error(e)) => return Err(TrainError::io(&path, "locking")(e)),
        }
        let this = Self { folder: folder.to_path_buf(), _lock: Some(lock) };
        this.sweep()?;
        Ok(this)
    }

    /// The folder to read only.
    #[must_use]
    pub fn read_only(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), _lock: None }
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Folder of a checkpoint, if there is one.
    ///
    /// # Errors
    /// [`TrainError::Content`] if the pointer is damaged or names a folder that is not there.
    pub fn find(&self, which: Which) -> Result<Option<PathBuf>> {
        let path = self.folder.join(which.file());
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(TrainError::io(&path, "reading")(e)),
        };
        let pointer: Pointer = serde_json::from_str(&text).map_err(|e| TrainError::content(&path, e))?;
        let folder = self.folder.join(&pointer.checkpoint);
        if !folder.is_dir() {
            return Err(TrainError::content(
                &path,
                format!("names `{}`, which is not there", pointer.checkpoint),
            ));
        }
        Ok(Some(folder))
    }

    /// Writes a checkpoint and lets `which` point at it; checkpoints without a pointer are removed. `gradients` are named sums, if
    /// there are any.
    ///
    /// # Errors
    /// [`TrainError::Io`] or [`TrainError::Device`]; the pointers then still name what they named before.
    pub fn save<M: Module>(
        &self,
        module: &M,
        optimizer: &AdamW,
        state: &State,
        gradients: &[(String, TensorData)],
        which: &[Which],
    ) -> Result<PathBuf> {
        let name = self.free_name(state.step);
        let partial = self.folder.join(format!("{name}.partial"));
        fs::create_dir_all(&partial).map_err(TrainError::io(&partial, "creating"))?;
        tensors::write(&partial.join("weights.safetensors"), &super::params::values(module)?)?;
        tensors::write(&partial.join("optimizer.safetensors"), &optimizer.moments()?)?;
        // A file of its own, under the names of the parameters: a model can load it as its weights.
        let averages = optimizer.averages()?;
        if !averages.is_empty() {
            tensors::write(&partial.join("average.safetensors"), &averages)?;
        }
        if !gradients.is_empty() {
            tensors::write(&partial.join(GRADIENTS), gradients)?;
        }
        let text = serde_json::to_vec_pretty(state).map_err(|e| TrainError::content(&partial, e))?;
        files::write_synced(&partial.join("state.json"), &text)?;
        files::sync_folder(&partial)?;
        let folder = self.folder.join(&name);
        fs::rename(&partial, &folder).map_err(TrainError::io(&folder, "renaming to"))?;
        files::sync_folder(&self.folder)?;
        for w in which {
            let pointer = Pointer { checkpoint: name.clone(), step: state.step };
            let text = serde_json::to_vec(&pointer).map_err(|e| TrainError::content(&folder, e))?;
            files::replace_file(&self.folder.join(w.file()), &text)?;
        }
        self.sweep()?;
        Ok(folder)
    }

    /// A training that goes over the same steps again (killed between two pointers) must not touch what `best` names.
    fn free_name(&self, step: usize) -> String {
        let base = format!("ckpt-{step:08}");
        let taken = |name: &String| self.folder.join(name).exists();
        std::iter::once(base.clone())
            .chain((1..).map(|i| format!("{base}-{i}")))
            .find(|name| !taken(name))
            .unwrap_or(base)
    }

    /// Removes checkpoints that nothing points at and half-written ones.
    fn sweep(&self) -> Result<()> {
        let keep = [self.find(Which::Last)?, self.find(Which::Best)?];
        for entry in fs::read_dir(&self.folder).map_err(TrainError::io(&self.folder, "listing"))? {
            let path = entry.map_err(TrainError::io(&self.folder, "listing"))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("ckpt-") && path.is_dir() && !keep.iter().flatten().any(|k| *k == path) {
                fs::remove_dir_all(&path).map_err(TrainError::io(&path, "removing"))?;
            }
        }
        Ok(())
    }
}

/// The file of summed gradients.
pub(super) const GRADIENTS: &str = "gradients.safetensors";

/// Where the training stood at a checkpoint.
///
/// # Errors
/// [`TrainError::Content`] if the file is damaged or of another version, [`TrainError::Io`] if it is missing.
pub fn checkpoint_state(folder: &Path) -> Result<State> {
    let path = folder.join("state.json");
    let text = fs::read_to_string(&path).map_err(TrainError::io(&path, "reading"))?;
    let state: State = serde_json::from_str(&text).map_err(|e| TrainError::content(&path, e))?;
    if state.version != VERSION {
        let message = format!("layout version must be {VERSION}, but is {}", state.version);
        return Err(TrainError::content(&path, message));
    }
    Ok(state)
}

/// Reads a checkpoint back into a module and an optimiser of the same shape.
///
/// # Errors
/// [`TrainError::Content`] if a file is damaged or belongs to another model, [`TrainError::Io`] if one is missing.
pub fn load_checkpoint<M: Module>(folder: &Path, module: M, optimizer: &mut AdamW) -> Result<(M, State)> {
    let state = checkpoint_state(folder)?;
    let module = tensors::load_weights(module, &folder.join("weights.safetensors"))?;
    let path = folder.join("optimizer.safetensors");
    let mut stored = tensors::read(&path)?;
    let average = folder.join("average.safetensors");
    if average.exists() {
        let named = tensors::read(&average)?.into_iter();
        stored.extend(named.map(|(name, data)| (format!("average.{name}"), data)));
    }
    optimizer.restore(state.step, |name, n, dtype| {
        let data =
            stored.remove(name).ok_or_else(|| TrainError::content(&path, format!("`{name}` is missing")))?;
        if data.num_elements() != n || data.dtype() != dtype {
            let message = format!(
                "`{name}` must have {n} values of type {dtype:?}, but has {} of {:?}",
                data.num_elements(),
                data.dtype()
            );
            return Err(TrainError::content(&path, message));
        }
        Ok(TensorData::from_bytes(data.into_bytes(), [n], dtype))
    })?;
    Ok((module, state))
}
