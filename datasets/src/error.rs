//! What can go wrong between a solver, a file and a batch.

use std::path::{Path, PathBuf};

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every failure of this crate; each message names what failed, where, and what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused an operation on a file or folder.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The HDF5 library refused an operation on a file.
    #[error("cannot {action} {}: {message}", path.display())]
    Hdf5 {
        /// What was tried, as a verb phrase.
        action: String,
        /// The file.
        path: PathBuf,
        /// The library's reason, on one line.
        message: String,
    },
    /// Nothing to read at this place.
    #[error("no data set at {}: expected {expected}", path.display())]
    Missing {
        /// The path that was asked for.
        path: PathBuf,
        /// What would have been accepted.
        expected: String,
    },
    /// An HDF5 file that does not follow the layout, or differs from its neighbours.
    #[error("{}: {what}: expected {expected}, found {found}", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// The attribute, group or field.
        what: String,
        /// What the layout asks for.
        expected: String,
        /// What the file holds.
        found: String,
    },
    /// A NaN or an infinity in a file.
    #[error("{}: field '{field}', sample {sample} holds {value}: expected finite numbers", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// Position of the sample within the file.
        sample: usize,
        /// The offending value.
        value: f32,
    },
    /// A generated sample that cannot be stored: NaN, infinity, or beyond the range of f32.
    #[error(
        "{problem}: sample {index} (seed {seed}): field '{field}' holds {value}: expected finite f32 numbers"
    )]
    BadSample {
        /// The problem.
        problem: String,
        /// Seed of the data set.
        seed: u64,
        /// Global index of the sample.
        index: u64,
        /// The field.
        field: String,
        /// The offending value.
        value: f64,
    },
    /// The solver failed on one sample.
    #[error("{problem}: sample {index} (seed {seed}): {source}")]
    Solver {
        /// The problem.
        problem: String,
        /// Seed of the data set.
        seed: u64,
        /// Global index of the sample.
        index: u64,
        /// The solver's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// So many samples failed that the settings must be at fault.
    #[error("{failed} of {tried} samples failed; the first, sample {index} (seed {seed}): {reason}")]
    Failures {
        /// How many failed.
        failed: usize,
        /// Of how many.
        tried: usize,
        /// Seed of the data set.
        seed: u64,
        /// Global index of the first that failed.
        index: u64,
        /// Why it did.
        reason: String,
    },
    /// A finished file made with other settings is in the way.
    #[error(
        "{} was made with another {what}: it has {existing}, this run asks for {requested}; \
         choose another folder or remove the file",
        path.display()
    )]
    Conflict {
        /// The finished file.
        path: PathBuf,
        /// The setting that differs.
        what: String,
        /// Its value in the file.
        existing: String,
        /// Its value in this run.
        requested: String,
    },
    /// A file that isn't what the manifest says.
    #[error(
        "{} is damaged: {what} {expected}, found {found}; remove it and run its `generate` again, which makes the same bytes",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
        /// What the manifest says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// Another process is writing this file.
    #[error("{} is being written by another process: wait for it or give this run other shards", path.display())]
    Busy {
        /// The file's final name.
        path: PathBuf,
    },
    /// A setting that makes no sense.
    #[error("{what}: expected {expected}, got {found}")]
    Config {
        /// The setting.
        what: String,
        /// The accepted values.
        expected: String,
        /// The given value.
        found: String,
    },
    /// Generation was stopped by its interrupt flag; finished files stay, the same call goes on.
    #[error("interrupted: finished files are kept, run the same command again to go on")]
    Interrupted,
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), source }
    }

    pub(crate) fn layout(
        path: &Path,
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (what, expected, found) = (what.into(), expected.into(), found.into());
        Self::Layout { path: path.to_path_buf(), what, expected, found }
    }

    pub(crate) fn config(
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::Config { what: what.into(), expected: expected.into(), found: found.to_string() }
    }

    pub(crate) fn failures(failed: &[crate::FailedSample], tried: usize) -> Self {
        let (seed, index, reason) =
            failed.first().map_or((0, 0, String::new()), |f| (f.seed, f.index, f.reason.clone()));
        Self::Failures { failed: failed.len(), tried, seed, index, reason }
    }

    /// Maps an error of the HDF5 library to one line that names the file.
    pub(crate) fn hdf5<'a>(
        action: impl Into<String>,
        path: &'a Path,
    ) -> impl FnOnce(hdf5::Error) -> Self + 'a {
        let action = action.into();
        move |source| {
            let text = source.to_string();
            let message = text.split_whitespace().collect::<Vec<_>>().join(" ");
            Self::Hdf5 { action, path: path.to_path_buf(), message }
        }
    }
}
