//! What can go wrong, in words for the person who can mend it.

use std::path::{Path, PathBuf};

/// The result of a fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration field has a value that no model can have.
    #[error("configuration field `{field}`: expected {expected}, got {got}")]
    Config {
        /// The field, as written in a configuration file.
        field: String,
        /// What it had to be.
        expected: String,
        /// What it was.
        got: String,
    },
    /// A grid on which a model cannot work.
    #[error("grid {size:?}: {reason}")]
    Grid {
        /// Points per axis.
        size: Vec<usize>,
        /// The axis, what it had to be, and what would fit.
        reason: String,
    },
    /// A configuration file does not parse.
    #[error("configuration: {0}")]
    Parse(String),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A weight file is foreign, damaged, or belongs to another model.
    #[error("weights {}: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// A tensor has no decomposition of the wanted kind.
    #[error("decomposition: {reason}")]
    Decomposition {
        /// What was expected and what was found.
        reason: String,
    },
    /// A device failed.
    #[error("device: {reason}")]
    Device {
        /// What it said.
        reason: String,
    },
}

impl Error {
    /// A field with a bad value.
    #[allow(clippy::needless_pass_by_value, reason = "callers hand over literals, numbers and strings alike")]
    pub fn config(field: impl Into<String>, expected: impl Into<String>, got: impl ToString) -> Self {
        Self::Config { field: field.into(), expected: expected.into(), got: got.to_string() }
    }

    /// A failed access to a file.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// A bad weight file.
    pub fn weights(path: &Path, reason: impl Into<String>) -> Self {
        Self::Weights { path: path.to_owned(), reason: reason.into() }
    }
}
