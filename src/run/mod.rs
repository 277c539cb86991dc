//! Runs: a model trained on a data set, in a folder that says what it is.
//!
//! ```text
//! RUN/
//!   run.toml              the card: model, training settings, data, fields, grid (see RunCard)
//!   normalisers.toml      the scaling of inputs and targets
//!   environment.json      program, machine and device of every start
//!   metrics.jsonl         losses and errors; a function of card and data alone, the same bytes after any interruption
//!   timing.jsonl          seconds
//!   checkpoints/          to go on from
//!   weights.safetensors   the best weights (averaged, where the training averages); there when an epoch has been done
//! ```
//!
//! [`train()`] makes such a folder, [`evaluate`] measures the errors of its model on a data set, [`predict`] applies it to a file.

mod card;
mod environment;
mod error;
mod evaluate;
mod predict;
mod source;
mod trained;
mod training;

pub use card::{DataCard, Normalisers, RunCard, RunConfig, TaskConfig};
pub use error::{Result, RunError};
pub use evaluate::{EvaluateOptions, Evaluation, SampleFields, evaluate};
pub use predict::{Prediction, predict};
pub use source::DataSource;
pub use trained::TrainedRun;
pub use training::{RunSummary, train};
