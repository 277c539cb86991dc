//! What can go wrong while training.

use std::path::{Path, PathBuf};

/// Errors of [`crate::train`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A field of the training configuration is out of range.
    #[error("training configuration: `{field}` must be {expected}, but is {found}")]
    Config {
        /// The field as it is written in TOML.
        field: &'static str,
        /// What it had to be.
        expected: &'static str,
        /// What it was.
        found: String,
    },
    /// A data source does not fit the model, or another source.
    #[error("{what} must be {expected}, but is {found}")]
    Mismatch {
        /// The quantity.
        what: &'static str,
        /// What it had to be.
        expected: String,
        /// What it was.
        found: String,
    },
    /// The model cannot do what the configuration or the data ask of it.
    #[error(transparent)]
    Model(#[from] crate::Error),
    /// The loss or the norm of its gradient is not finite.
    #[error(
        "training diverged: {what} is {value} in epoch {epoch}, step {step} (learning rate {lr:.3e}); {kept}. \
         Try a smaller learning rate, a warm-up, or `clip`"
    )]
    Diverged {
        /// `the loss` or `the norm of the gradient`.
        what: &'static str,
        /// The value: NaN or infinite.
        value: f64,
        /// Epoch, counted from 1.
        epoch: usize,
        /// Step of the whole training, counted from 1.
        step: usize,
        /// Learning rate of the step.
        lr: f64,
        /// What is left on disk.
        kept: String,
    },
    /// The data source failed.
    #[error("data: {0}")]
    Data(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file or folder could not be read or written.
    #[error("{}: {action} failed: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// `reading`, `writing`, ...
        action: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file is there, but its content is not what it should be.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        message: String,
    },
    /// The folder holds a training already.
    #[error("{}: holds a training already; resume it, or choose another folder", .0.display())]
    Exists(PathBuf),
    /// Another process trains in this folder.
    #[error("{}: another process is training in this folder", .0.display())]
    Busy(PathBuf),
    /// Ranks that train together are not where they should be.
    #[error("ranks: {0}")]
    Ranks(String),
    /// A tensor could not be read back from its device.
    #[error("reading {what} from the device failed: {message}")]
    Device {
        /// Which tensor.
        what: String,
        /// What the backend said.
        message: String,
    },
}

/// Result of [`crate::train`].
pub type Result<T, E = TrainError> = std::result::Result<T, E>;

impl TrainError {
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, action, source }
    }

    pub(crate) fn content(path: &Path, message: impl std::fmt::Display) -> Self {
        Self::Content { path: path.to_path_buf(), message: message.to_string() }
    }

    pub(crate) fn ranks(message: impl std::fmt::Display) -> Self {
        Self::Ranks(message.to_string())
    }

    pub(crate) fn device(what: &str, error: impl std::fmt::Debug) -> Self {
        Self::Device { what: what.to_string(), message: format!("{error:?}") }
    }
}
