//! What can go wrong with a run.

use std::path::{Path, PathBuf};

use crate::operators::train::TrainError;

/// Errors of [`mod@crate::run`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The data set.
    #[error(transparent)]
    Data(#[from] sobolev_datasets::Error),
    /// The model or its weights.
    #[error(transparent)]
    Model(#[from] sobolev_operators::Error),
    /// The training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A file of the run folder is missing or unreadable.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file of the run folder is not what it should be.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        message: String,
    },
    /// The folder holds a run already.
    #[error("{}: holds a run already; go on with --resume, or choose another folder", .0.display())]
    Exists(PathBuf),
    /// The folder that was to be written holds a run already.
    #[error("{}: holds a run already; choose another folder", .0.display())]
    Occupied(PathBuf),
    /// A resumed run was started with other settings.
    #[error("{}: was started with other settings ({difference}); resume it with those, or choose another folder", path.display())]
    Differs {
        /// The run folder.
        path: PathBuf,
        /// What differs.
        difference: String,
    },
    /// A data set that does not fit the run.
    #[error("{}: {what} must be {expected}, as in the run {}, but is {found}", data.display(), run.display())]
    Fit {
        /// The data set.
        data: PathBuf,
        /// The run folder.
        run: PathBuf,
        /// `the grid`, `the fields`, ...
        what: &'static str,
        /// What the run was trained on, and what may be done about it.
        expected: String,
        /// What the data set has.
        found: String,
    },
    /// The device cannot compute in the precision that is asked for.
    #[error("precision {wanted} on this device: {reason}")]
    Precision {
        /// The floating-point type.
        wanted: &'static str,
        /// The backend's reason.
        reason: String,
    },
}

/// Result of [`mod@crate::run`].
pub type Result<T, E = RunError> = std::result::Result<T, E>;

impl RunError {
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, action, source }
    }

    pub(super) fn content(path: &Path, message: impl std::fmt::Display) -> Self {
        Self::Content { path: path.to_path_buf(), message: message.to_string() }
    }

    /// Whether the user's input is at fault (exit code 2) rather than the run itself (exit code 1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        use std::io::ErrorKind as K;
        let refused = |e: &std::io::Error| {
            matches!(
                e.kind(),
                K::NotFound
                    | K::PermissionDenied
                    | K::NotADirectory
                    | K::AlreadyExists
                    | K::ReadOnlyFilesystem
            )
        };
        match self {
            Self::Data(sobolev_datasets::Error::Io { source, .. }) => refused(source),
            Self::Data(e) => {
                use sobolev_datasets::Error as E;
                !matches!(
                    e,
                    E::Interrupted
                        | E::Hdf5 { .. }
                        | E::Solver { .. }
                        | E::BadSample { .. }
                        | E::Failures { .. }
                )
            }
            Self::Train(TrainError::Diverged { .. } | TrainError::Device { .. }) => false,
            Self::Train(TrainError::Io { source, .. }) | Self::Io { source, .. } => refused(source),
            Self::Model(sobolev_operators::Error::Io { source, .. }) => refused(source),
            _ => true,
        }
    }
}
