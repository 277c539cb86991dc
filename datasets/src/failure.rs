//! Samples that could not be made.

use serde::{Deserialize, Serialize};

use crate::Error;

/// What becomes of a set in which a sample fails: its solver diverges, or a value is not a finite f32.
///
/// Which samples fail is a property of the problem and the seed, not of the run: both choices give the same files for samples
/// that succeed, and a sample keeps its index, whatever happens to its neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The file goes on without the sample and is that much shorter; the sample is named, with its index and the reason, in the
    /// report, in the file (`/provenance/failed_index`, `failed_reason`) and in the manifest. When more than half of the samples
    /// tried have failed, and at least eight, the run stops: then it is the settings.
    #[default]
    Skip,
    /// The run stops with the first failure; finished files stay.
    Stop,
}

/// A sample that a file goes without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedSample {
    /// Seed of the data set.
    pub seed: u64,
    /// Global index of the sample.
    pub index: u64,
    /// What the solver or the check of its values said.
    pub reason: String,
}

impl FailedSample {
    /// The sample behind an error; nothing if the error is not about one sample.
    pub fn of(error: &Error) -> Option<Self> {
        let (seed, index, reason) = match error {
            Error::Solver { seed, index, source, .. } => (*seed, *index, source.to_string()),
            Error::BadSample { seed, index, field, value, .. } => {
                (*seed, *index, format!("field '{field}' holds {value}"))
            }
            _ => return None,
        };
        // One line, and without the NUL that HDF5 strings end with.
        let words: Vec<&str> = reason.split(|c: char| c.is_whitespace() || c == '\0').collect();
        Some(Self { seed, index, reason: words.join(" ") })
    }
}
