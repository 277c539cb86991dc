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
        "{method} stopped after {iterations} iterations at relative residual {residual:.3e}, above the tolerance \
         {tolerance:.1e}; raise `max_iterations` or `tolerance`, precondition better, or solve directly"
    )]
    NotConverged {
        /// The method, as in "conjugate gradients".
        method: &'static str,
        /// Iterations done.
        iterations: usize,
        /// ‖b − A u‖ / ‖b‖ reached.
        residual: f64,
        /// The tolerance asked for.
        tolerance: f64,
    },
    /// Smoothers that come from outside could not be made.
    #[error("smoothers of the multigrid cycle: {reason}")]
    Smoother {
        /// What their maker said.
        reason: String,
    },
    /// An iteration met a quantity that its theory excludes.
    #[error("{method} broke down after {iterations} iterations: {reason}")]
    Breakdown {
        /// The method, as in "conjugate gradients".
        method: &'static str,
        /// Iterations done.
        iterations: usize,
        /// What went wrong, and what it says about the matrix or the preconditioner.
        reason: &'static str,
    },
    /// A sparse matrix, or the arrays it is made of, isn't what it has to be.
    #[error("{name}: row {row} {problem}")]
    Sparse {
        /// What the matrix is for.
        name: &'static str,
        /// The first bad row.
        row: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A factorisation failed.
    #[error("the factorisation of {unknowns} unknowns failed: {reason}")]
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
    /// A time step beyond the stability limit of the method.
    #[error("the time step {dt:.6e} is unstable; the largest stable step is {largest:.6e}")]
    UnstableStep {
        /// The step asked for.
        dt: f64,
        /// The largest stable step.
        largest: f64,
    },
    /// Step control asked for a step below the smallest allowed.
    #[error(
        "at time {time:.6e} the tolerances ask for a step of {dt:.3e}, below the smallest allowed, {smallest:.3e}; loosen them, or \
         look for a discontinuity"
    )]
    StepTooSmall {
        /// Where.
        time: f64,
        /// The step that control asked for.
        dt: f64,
        /// The smallest allowed.
        smallest: f64,
    },
    /// A solution that grew beyond all bounds or is not a number.
    #[error("the solution blew up at step {step}, time {time:.6e}: unknown {position} is {value:e}")]
    BlowUp {
        /// Number of the step, from 1.
        step: usize,
        /// The time reached.
        time: f64,
        /// The first bad unknown.
        position: usize,
        /// Its value.
        value: f64,
    },
    /// Boundaries that cannot be identified.
    #[error("boundaries `{first}` and `{second}` cannot be identified: {reason}")]
    Periodic {
        /// The first boundary.
        first: String,
        /// The second boundary.
        second: String,
        /// Why not.
        reason: String,
    },
    /// A problem with Neumann or periodic conditions only, whose load does not sum to zero.
    #[error(
        "the problem has no solution: without a Dirichlet or Robin condition, source and boundary flux must integrate to zero, but \
         component {component} integrates to {imbalance:.3e} ({:.1e} of its absolute values, tolerance {tolerance:.1e}); change \
         the source, or fix the solution somewhere", .imbalance / .scale
    )]
    Incompatible {
        /// The component.
        component: usize,
        /// |∫ f + ∫ g|
        imbalance: f64,
        /// The sum of the absolute values of the load.
        scale: f64,
        /// The largest imbalance allowed, relative to the scale.
        tolerance: f64,
    },
    /// A lumped mass that is not positive.
    #[error(
        "a lumped mass matrix must be positive, but is {value} at unknown {position}; P1, Q1 and Q2 elements lump, P2 and P3 do not"
    )]
    Mass {
        /// The first bad unknown.
        position: usize,
        /// The mass there.
        value: f64,
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
