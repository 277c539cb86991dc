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
//! [`train()`] makes such a folder from a data set, [`train_stream`] from a solver that runs beside it, [`train_on`] either on several
//! processes, [`evaluate`] measures the errors of its model on a data set, [`predict`] applies it to a file,
//! [`compress`] makes a run with smaller spectral weights of it.

mod card;
mod compress;
mod environment;
mod error;
mod evaluate;
mod predict;
mod rollout;
mod source;
mod stream;
mod trained;
mod training;

pub use card::{DataCard, Normalisers, RunCard, RunConfig, TaskConfig};
pub use compress::{CompressOptions, CompressedModel, Compression, compress};
pub use error::{Result, RunError};
pub use evaluate::{EvaluateOptions, Evaluation, SampleFields, evaluate};
pub use predict::{Prediction, predict};
pub use rollout::{Rollout, StepErrors, rollout};
pub use source::DataSource;
pub use stream::{Setting, StageConfig, StreamConfig, StreamSource};
pub use trained::TrainedRun;
pub use training::{RunControl, RunSummary, train, train_on, train_stream};
