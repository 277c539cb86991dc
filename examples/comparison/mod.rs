//! Comparisons of models: each is trained under each seed with one budget and evaluated on unseen samples.
//!
//! ```text
//! OUT/
//!   budget.toml      what is the same for all models; results of another budget are refused
//!   data/            the data set, unless it is kept elsewhere
//!   runs/            a run folder for each model and seed
//!   results.jsonl    a line for each training that is done: those are skipped when the program is started again
//!   costs.jsonl      memory and seconds of each model
//! ```
//!
//! Several processes may work on one folder with different models.

pub(crate) mod cost;
pub(crate) mod group;
pub(crate) mod results;
pub(crate) mod study;
pub(crate) mod trial;
