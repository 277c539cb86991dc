//! Problems by name: `sobolev list problems`, `sobolev generate NAME --set KEY=VALUE`.
//!
//! | file | what |
//! |---|---|
//! | `parameter` | parameters: meaning, accepted values, from words to values |
//! | `family` | what the author of a problem writes: [`About`], [`Family`], [`Simulation`] |
//! | `registry` | all of them by name |
//! | `varied` | parameters that differ from sample to sample |
//! | `check` | tests for authors |
//! | one per family | its settings, its words, its simulation |
//!
//! **A new problem** is a file here with a settings struct that implements [`Family`], a simulation that implements [`Simulation`],
//! and a line in [`registry`]. The command line, cards, files, streaming and the tests of the registry follow.

mod check;
mod darcy;
mod family;
mod parameter;
mod registry;
mod varied;

pub use check::{check_batches, check_entry};
pub use darcy::Darcy;
pub use family::{About, Failure, Family, Simulation, Variant};
pub use parameter::{Accepts, Parameter, split_setting};
pub use registry::{Entry, build, find};

/// Every family of problems.
pub fn registry() -> Vec<Entry> {
    vec![Entry::of::<Darcy>()]
}
