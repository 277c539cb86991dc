//! `run.toml` and `normalisers.toml`: what a run is.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sobolev_datasets::{Dataset, Normaliser, NormaliserKind, Schema, Task, View};
use sobolev_operators::train::{TrainConfig, replace_file};
use sobolev_operators::{ModelConfig, ModelSpec};

use super::error::{Result, RunError};
use super::stream::StreamConfig;

/// What a run is asked to do: the file behind `sobolev train --config`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The operator.
    pub model: ModelConfig,
    /// The training.
    #[serde(default)]
    pub train: TrainConfig,
    /// What is learned from what.
    #[serde(default)]
    pub task: TaskConfig,
    /// Where samples come from if there are no files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamConfig>,
}

impl RunConfig {
    /// A model and its training on all fields of a data set.
    #[must_use]
    pub fn new(model: ModelConfig, train: TrainConfig) -> Self {
        Self { model, train, task: TaskConfig::default(), stream: None }
    }

    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`RunError::Io`] if it cannot be read, [`RunError::Content`] naming what is wrong in it.
    pub fn load(path: &Path) -> Result<Self> {
        let config: Self = read_toml(path)?;
        config.model.validate().map_err(|e| RunError::content(path, e))?;
        config.train.validate().map_err(|e| RunError::content(path, e))?;
        Ok(config)
    }
}

/// What is learned from what (TOML table `[task]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskConfig {
    /// Fields of the input; by default all constant fields of a steady problem, all fields of a time-dependent one.
    pub inputs: Option<Vec<String>>,
    /// Fields of the target; by default all solution fields.
    pub targets: Option<Vec<String>>,
    /// Stored steps of each solution field in the input of a time-dependent problem.
    pub n_steps_input: usize,
    /// Stored steps in its target.
    pub n_steps_output: usize,
    /// Stored steps from one step of a window to the next.
    pub stride: usize,
    /// How inputs are scaled.
    pub input_normaliser: NormaliserKind,
    /// How targets are scaled.
    pub target_normaliser: NormaliserKind,
}

impl Default for TaskConfig {
    fn default() -> Self {
        Self {
            inputs: None,
            targets: None,
            n_steps_input: 1,
            n_steps_output: 1,
            stride: 1,
            input_normaliser: NormaliserKind::Channel,
            target_normaliser: NormaliserKind::Channel,
        }
    }
}

impl TaskConfig {
    /// The task on a data set: steady where it has one stored time, windows otherwise.
    #[must_use]
    pub fn on(&self, dataset: &Dataset) -> Task {
        if dataset.n_steps(0) > 1 {
            self.with(Task {
                stride: self.stride,
                ..Task::windows(dataset, self.n_steps_input, self.n_steps_output)
            })
        } else {
            self.with(Task::steady(dataset))
        }
    }

    /// The task on a problem before there are files.
    #[must_use]
    pub fn of(&self, schema: &Schema) -> Task {
        let task = Task::of(schema, self.n_steps_input, self.n_steps_output);
        let stride = if schema.time.len() > 1 { self.stride } else { task.stride };
        self.with(Task { stride, ..task })
    }

    /// The fields that are asked for.
    fn with(&self, mut task: Task) -> Task {
        if let Some(inputs) = &self.inputs {
            task.inputs.clone_from(inputs);
        }
        if let Some(targets) = &self.targets {
            task.targets.clone_from(targets);
        }
        task
    }
}

/// The data that a run was trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCard {
    /// Where it was.
    pub path: PathBuf,
    /// Name in its files.
    pub name: String,
    /// Grid points per axis, last axis fastest.
    pub size: Vec<usize>,
    /// Fields of the input.
    pub inputs: Vec<String>,
    /// Fields of the target.
    pub targets: Vec<String>,
    /// Tensor ranks of the targets: 0, 1 or 2.
    pub target_ranks: Vec<usize>,
    /// Stored steps of each solution field in the input.
    pub n_steps_input: usize,
    /// Stored steps in the target.
    pub n_steps_output: usize,
    /// Stored steps from one step of a window to the next.
    pub stride: usize,
    /// Samples (windows) of the training set.
    pub train_samples: usize,
    /// Samples of the validation set; 0 without one.
    pub valid_samples: usize,
}

impl DataCard {
    pub(super) fn new(path: &Path, task: &Task, train: &View, valid_samples: usize) -> Self {
        let rank =
            |name: &String| train.dataset().fields().iter().find(|f| f.name == *name).map_or(0, |f| f.rank);
        Self {
            path: path.to_path_buf(),
            target_ranks: task.targets.iter().map(rank).collect(),
            name: train.dataset().name().to_string(),
            size: train.size().to_vec(),
            inputs: task.inputs.clone(),
            targets: task.targets.clone(),
            n_steps_input: task.n_steps_input,
            n_steps_output: task.n_steps_output,
            stride: task.stride,
            train_samples: train.len(),
            valid_samples,
        }
    }

    /// The task of the run.
    #[must_use]
    pub fn task(&self) -> Task {
        Task {
            inputs: self.inputs.clone(),
            targets: self.targets.clone(),
            n_steps_input: self.n_steps_input,
            n_steps_output: self.n_steps_output,
            stride: self.stride,
        }
    }
}

/// `run.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunCard {
    /// Version of this layout.
    pub version: u32,
    /// The operator and its channels.
    pub model: ModelSpec,
    /// The training.
    pub train: TrainConfig,
    /// The task as it was asked for.
    pub task: TaskConfig,
    /// The data.
    pub data: DataCard,
    /// The stream behind them, for a run without files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamConfig>,
}

/// Version of [`RunCard`]'s layout.
pub(super) const VERSION: u32 = 1;

impl RunCard {
    /// Name of the file in a run folder.
    pub const FILE: &str = "run.toml";

    /// Reads the card of a run folder.
    ///
    /// # Errors
    /// [`RunError::Io`] if there is none, [`RunError::Content`] if it is damaged or of another version.
    pub fn load(run: &Path) -> Result<Self> {
        let path = run.join(Self::FILE);
        if !path.exists() {
            return Err(RunError::content(run, "not a run folder: expected a file run.toml in it"));
        }
        let card: Self = read_toml(&path)?;
        if card.version != VERSION {
            let message = format!("layout version must be {VERSION}, but is {}", card.version);
            return Err(RunError::content(&path, message));
        }
        card.model.config.validate().map_err(|e| RunError::content(&path, e))?;
        card.train.validate().map_err(|e| RunError::content(&path, e))?;
        Ok(card)
    }

    /// Writes the card of a run folder.
    ///
    /// # Errors
    /// [`RunError::Train`] if it cannot be written.
    pub fn save(&self, run: &Path) -> Result<()> {
        write_toml(&run.join(Self::FILE), self)
    }

    /// The settings that the run was started with.
    #[must_use]
    pub fn config(&self) -> RunConfig {
        RunConfig {
            model: self.model.config.clone(),
            train: self.train.clone(),
            task: self.task.clone(),
            stream: self.stream.clone(),
        }
    }
}

/// `normalisers.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisers {
    /// Of the input.
    pub input: Normaliser,
    /// Of the target.
    pub target: Normaliser,
}

impl Normalisers {
    /// Name of the file in a run folder.
    pub const FILE: &str = "normalisers.toml";

    /// Reads those of a run folder.
    ///
    /// # Errors
    /// [`RunError::Io`] if there are none, [`RunError::Content`] if the file is damaged.
    pub fn load(run: &Path) -> Result<Self> {
        read_toml(&run.join(Self::FILE))
    }

    /// Writes those of a run folder; TOML keeps every bit of a float.
    ///
    /// # Errors
    /// [`RunError::Train`] if the file cannot be written.
    pub fn save(&self, run: &Path) -> Result<()> {
        write_toml(&run.join(Self::FILE), self)
    }
}

fn read_toml<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).map_err(RunError::io(path, "read"))?;
    toml::from_str(&text).map_err(|e| RunError::content(path, e.to_string().trim_end()))
}

fn write_toml<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = toml::to_string(value).map_err(|e| RunError::content(path, e))?;
    Ok(replace_file(path, text.as_bytes())?)
}
