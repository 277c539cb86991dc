//! Solvers of symmetric positive definite systems.

use std::sync::Arc;

use crate::Result;
use crate::linear::{
    AmgOptions, Cholesky, Csr, KrylovOptions, KrylovReport, Pattern, SmoothedAggregation, cg,
};

/// How a symmetric positive definite system is solved.
#[derive(Clone, Debug, Default)]
pub enum LinearSolver {
    /// Sparse Cholesky, analysed once: the choice in 2-D up to some 10⁵ unknowns, and for many loads.
    #[default]
    Cholesky,
    /// Conjugate gradients with smoothed-aggregation multigrid: the choice in 3-D and for large systems.
    Multigrid(KrylovOptions),
}

/// A solver that keeps what the pattern alone determines.
pub(super) struct SpdSolver {
    choice: LinearSolver,
    cholesky: Option<Cholesky>,
    pattern: Option<Arc<Pattern>>,
}

impl SpdSolver {
    pub(super) fn new(choice: LinearSolver) -> Self {
        Self { choice, cholesky: None, pattern: None }
    }

    /// Solves A x = b; `modes` tells multigrid which rows make a node and what the matrix nearly maps to zero.
    pub(super) fn solve(
        &mut self,
        matrix: &Csr<f64>,
        rhs: &[f64],
        modes: impl FnOnce() -> AmgOptions,
    ) -> Result<(Vec<f64>, KrylovReport)> {
        match &self.choice {
            LinearSolver::Multigrid(options) => {
                let amg = SmoothedAggregation::new(matrix, &modes())?;
                let mut x = vec![0.0; rhs.len()];
                let report = cg(matrix, &amg, rhs, &mut x, options)?;
                Ok((x, report))
            }
            LinearSolver::Cholesky => {
                let known = self.pattern.as_ref().is_some_and(|p| Arc::ptr_eq(p, matrix.pattern()));
                let factor = match self.cholesky.take().filter(|_| known) {
                    Some(mut factor) => {
                        factor.refactor(matrix)?;
                        factor
                    }
                    None => Cholesky::new(matrix)?,
                };
                self.pattern = Some(Arc::clone(matrix.pattern()));
                let x = factor.solve(rhs);
                self.cholesky = Some(factor);
                let mut r = vec![0.0; rhs.len()];
                matrix.residual(rhs, &x, &mut r);
                let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
                let size = norm(rhs);
                let residual = if size > 0.0 { norm(&r) / size } else { 0.0 };
                Ok((x, KrylovReport { iterations: 0, residual }))
            }
        }
    }
}
