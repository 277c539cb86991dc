//! Solvers of symmetric positive definite systems.

use std::sync::Arc;

use crate::Result;
use crate::linear::{Cholesky, Csr};

/// How a symmetric positive definite system is solved.
#[derive(Clone, Debug, Default)]
pub enum LinearSolver {
    /// Sparse Cholesky, analysed once: the choice in 2-D up to some 10⁵ unknowns, and for many loads.
    #[default]
    Cholesky,
}

/// The work of a linear solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearReport {
    /// Iterations; 0 for a direct solver.
    pub iterations: usize,
    /// ‖b − A x‖ / ‖b‖.
    pub residual: f64,
}

/// A solver that keeps what the pattern alone determines.
pub(super) struct SpdSolver {
    choice: LinearSolver,
    cholesky: Option<Cholesky>,
    pattern: Option<Arc<crate::linear::Pattern>>,
}

impl SpdSolver {
    pub(super) fn new(choice: LinearSolver) -> Self {
        Self { choice, cholesky: None, pattern: None }
    }

    /// Solves A x = b; `near_nullspace` are the modes without energy that multigrid should know (empty: the constant).
    pub(super) fn solve(
        &mut self,
        matrix: &Csr<f64>,
        rhs: &[f64],
        _near_nullspace: Vec<Vec<f64>>,
    ) -> Result<(Vec<f64>, LinearReport)> {
        match &self.choice {
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
                Ok((x, LinearReport { iterations: 0, residual }))
            }
        }
    }
}
