//! Training: a thin loop that can be killed at any moment and goes on bit for bit.
//!
//! ```text
//! config       TrainConfig: every setting, checked      schedule     learning rate and β₁ as functions of the step
//! source       BatchSource: where batches come from     optimizer    AdamW over a module, with the averaged weights
//! fit          the loop                                 validate     errors in physical units
//! checkpoint   whole or not there                       journal      metrics.jsonl, timing.jsonl
//! observer     progress                                 tensors      safetensors files
//! incremental  modes and grids that grow
//! gradient     loss and gradient of a batch             patches      how operators on patches are trained
//! parallel     several processes
//! ```
//!
//! **What makes a resumed run bit-identical.** The batches of an epoch are a function of the seed, the epoch and the number of
//! the first batch ([`BatchSource`]); learning rate and β₁ are functions of the step; the generator of random layers is
//! seeded at every step; sums over samples are kept in the state with all their bits; kernels sum in an order that does not
//! depend on the number of threads; and a checkpoint knows the length of `metrics.jsonl`, which a resumed run cuts back to it.

mod checkpoint;
mod config;
mod error;
mod files;
mod fit;
mod gradient;
pub mod incremental;
mod journal;
mod observer;
mod optimizer;
pub mod parallel;
mod params;
mod patches;
mod schedule;
mod source;
mod tensors;
mod validate;

pub use checkpoint::{Checkpoints, State, Which, checkpoint_state, load_checkpoint};
pub use config::{LossKind, Precision, Reduction, TrainConfig, WeightDecay};
pub use error::{Result, TrainError};
pub use files::replace_file;
pub use fit::{Control, End, Summary, fit, fit_on};
pub use gradient::{Objective, ParameterGradients, Part, Sample};
pub use incremental::Incremental;
pub use journal::{Record, Timing, read_metrics};
pub use observer::{Event, Observer, Silent};
pub use optimizer::{AdamW, StepSettings};
pub use patches::{PatchConfig, PatchLoss};
pub use schedule::{Clock, Rates, Schedule};
pub use source::{Batch, BatchSource, Batches, Portion, Portions};
pub use tensors::{load_weights, save_weights};
pub use validate::{Errors, predictions};
