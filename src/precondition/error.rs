//! What can go wrong.

use sobolev_operators::train::TrainError;

/// Why a preconditioner could not be trained.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum PreconditionError {
    /// A setting of the training is outside its range.
    #[error("training of a preconditioner: {field} must be {expected}, but is {found}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// What it had to be.
        expected: &'static str,
        /// What it was.
        found: String,
    },
    /// The solver that makes the operators.
    #[error(transparent)]
    Solver(#[from] sobolev_solvers::Error),
    /// The network.
    #[error(transparent)]
    Operator(#[from] sobolev_operators::Error),
    /// The optimiser.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// A matrix is not that of neighbours on a lattice.
    #[error(
        "a matrix on {rows} x {cols} nodes, each with its eight neighbours, was expected, but it has {found}"
    )]
    Lattice {
        /// Nodes along y.
        rows: usize,
        /// Nodes along x.
        cols: usize,
        /// What it has.
        found: String,
    },
    /// The loss is no number any more.
    #[error("training of a preconditioner: the loss of step {step} is {loss}; take a smaller learning rate")]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// Its loss.
        loss: f64,
    },
}
