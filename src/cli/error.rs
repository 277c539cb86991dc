//! Why a command failed, and the exit code that says so.

/// A command's failure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// Bad usage or bad input: exit 2.
    #[error("{0}")]
    Input(String),
    /// Something broke while running: exit 1.
    #[error("{0}")]
    Failure(String),
    /// The user stopped it and its state is saved: exit 130. The text says how to go on.
    #[error("{0}")]
    Interrupted(String),
}

impl CliError {
    /// Bad usage or input: what, where, what was expected.
    pub(crate) fn input(message: impl std::fmt::Display) -> Self {
        Self::Input(message.to_string())
    }

    /// A failure while running.
    pub(crate) fn failure(message: impl std::fmt::Display) -> Self {
        Self::Failure(message.to_string())
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Input(_) => 2,
            Self::Failure(_) => 1,
            Self::Interrupted(_) => 130,
        }
    }

    /// The message on one line, whatever a library put into it.
    pub(crate) fn line(&self) -> String {
        self.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl From<sobolev::datasets::Error> for CliError {
    fn from(error: sobolev::datasets::Error) -> Self {
        use sobolev::datasets::Error as E;
        match &error {
            E::Interrupted => Self::Interrupted(error.to_string()),
            // What the user named does not exist, is not what it should be, or contradicts what is there.
            E::Missing { .. }
            | E::Layout { .. }
            | E::NotFinite { .. }
            | E::Conflict { .. }
            | E::Damaged { .. }
            | E::Busy { .. }
            | E::Config { .. } => Self::Input(error.to_string()),
            E::Io { source, .. }
                if matches!(
                    source.kind(),
                    std::io::ErrorKind::NotFound
                        | std::io::ErrorKind::PermissionDenied
                        | std::io::ErrorKind::NotADirectory
                        | std::io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                Self::Input(error.to_string())
            }
            _ => Self::Failure(error.to_string()),
        }
    }
}

impl From<sobolev::plot::PlotError> for CliError {
    fn from(error: sobolev::plot::PlotError) -> Self {
        match error {
            sobolev::plot::PlotError::Write { .. } => Self::Input(error.to_string()),
            _ => Self::Failure(error.to_string()),
        }
    }
}
