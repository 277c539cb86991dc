//! Data sets of simulated fields: written by a generator, read by a training loop, in HDF5.
//!
//! The layout on disk is that of [The Well](https://polymathic-ai.org/the_well/), so that every reader of that collection reads
//! these files too, and this crate reads theirs:
//!
//! ```text
//! <folder>/data/{train,valid,test}/<name>_00000.hdf5     one shard: a run of samples
//! <folder>/stats.yaml                                     mean, std, rms per field, over the training split
//! <folder>/<name>.yaml                                    card: what it is, for people
//! <folder>/manifest.json, SHA256SUMS                      checksums and statistics of every file
//! ```
//!
//! - [`Problem`] says how to make sample `index` from a seed; [`problems`] has all that we know by name.
//! - [`generate`] makes all samples of a set, in parallel, restartable.
//! - [`ShardWriter`] writes one file, under its final name only when complete.
//! - [`Dataset`] reads and checks; [`View`] cuts samples into inputs and targets; [`Loader`] streams shuffled batches.
//! - [`export`] writes a set in the layouts of other programs.
//! - [`Stream`] feeds a training from the solver, with no file between.
//! - [`Normaliser`] scales fields, fitted in one pass.

mod atomic;
mod attributes;
mod block;
mod chunks;
mod dataset;
mod error;
mod existing;
mod export;
mod failure;
mod finalize;
mod generate;
mod header;
mod layout;
mod loader;
mod manifest;
mod measure;
mod normalise;
mod plan;
mod problem;
pub mod problems;
mod schema;
mod shorten;
mod stats;
mod stream;
mod task;
mod view;
mod writer;

pub use atomic::atomic_write;

pub use dataset::{Dataset, Info};
pub use error::{Error, Result};
pub use export::{ExportOptions, Exported, Layout as ExportLayout, export};
pub use failure::{FailedSample, OnFailure};
pub use finalize::finalize;
pub use generate::{Progress, Report, generate};
pub use header::FieldInfo;
pub use loader::{Epoch, Loader, LoaderConfig, epoch_order};
pub use manifest::FileRecord;
pub use measure::{FieldRecord, FieldStats, statistics};
pub use normalise::{NORMALISER_EPSILON, Normaliser, NormaliserFit, NormaliserKind, fit_normalisers};
pub use plan::{GenerateConfig, Split};
pub use problem::{Card, Problem};
pub use schema::{
    Axis, Boundary, BoundaryKind, Field, FieldKind, GridType, Rank, SCHEMA_VERSION, Sample, Schema,
};
pub use stats::Moments;
pub use stream::{Stage, Stream, StreamOptions};
pub use task::Task;
pub use view::{Batch, View};
pub use writer::{Provenance, ShardWriter, WriteOptions};
