//! What can go wrong, in the words of the caller.

/// An error of a solver or of its configuration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number of a configuration is outside its range.
    #[error("{field} must be {expected}, but is {value}")]
    Config {
        /// The name of the field, with its parents.
        field: &'static str,
        /// What it had to be.
        expected: &'static str,
        /// What it was.
        value: String,
    },
    /// An array has the wrong length.
    #[error("{name} must hold {expected} values ({axes}), but holds {found}")]
    Length {
        /// The name of the array.
        name: &'static str,
        /// The axes and their sizes.
        axes: String,
        /// The number of values expected.
        expected: usize,
        /// The number of values given.
        found: usize,
    },
    /// A diffusion coefficient that isn't positive and finite.
    #[error(
        "the diffusion coefficient must be positive and finite everywhere, but is {value} at flat position {position}"
    )]
    Coefficient {
        /// The first bad position.
        position: usize,
        /// The value there.
        value: f64,
    },
    /// A right-hand side or boundary value that isn't finite.
    #[error("{name} must be finite, but is {value} at flat position {position}")]
    NotFinite {
        /// The name of the array.
        name: &'static str,
        /// The first bad position.
        position: usize,
        /// The value there.
        value: f64,
    },
    /// The iteration ended before the tolerance was met.
    #[error(
        "conjugate gradients stopped after {iterations} iterations at relative residual {residual:.3e}, above the tolerance \
         {tolerance:.1e}; raise `max_iterations` or `tolerance`, or use `solve_direct`"
    )]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// ‖b − A u‖ / ‖b‖ reached.
        residual: f64,
        /// The tolerance asked for.
        tolerance: f64,
    },
    /// A Cholesky factorisation failed.
    #[error("the Cholesky factorisation of {unknowns} unknowns failed: {reason}")]
    Factorization {
        /// Unknowns of the system.
        unknowns: usize,
        /// What the factorisation reported.
        reason: String,
    },
    /// Lists that are not a mesh.
    #[error(transparent)]
    Mesh(#[from] crate::mesh::Defect),
    /// A name that nothing carries.
    #[error("there is no {what} named `{name}`; known names: {}", or_none(.known))]
    UnknownName {
        /// What was looked for.
        what: &'static str,
        /// The name.
        name: String,
        /// The names that exist, separated by commas.
        known: String,
    },
    /// A file that cannot be read, understood or written.
    #[error("{path}{}: {reason}", at_line(*.line))]
    File {
        /// The file.
        path: String,
        /// The line, counted from 1, where the file is text.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
}

fn or_none(names: &str) -> &str {
    if names.is_empty() { "none" } else { names }
}

fn at_line(line: Option<usize>) -> String {
    line.map(|n| format!(", line {n}")).unwrap_or_default()
}

/// `Result` with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
