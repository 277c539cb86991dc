//! A factorised linear combination of the matrices of a system.

use super::system::combine;
use crate::Result;
use crate::linear::{Cholesky, Csr, Lu};

enum Factor {
    Cholesky(Box<Cholesky>),
    Lu(Box<Lu<f64>>),
}

/// Solves with Σ αᵢ Aᵢ; another set of αᵢ keeps the symbolic analysis.
pub(super) struct Shifted {
    factor: Factor,
    /// Numeric factorisations done.
    pub(super) factorizations: usize,
    /// Solves done.
    pub(super) solves: usize,
}

impl Shifted {
    /// Analyses and factorises. A symmetric combination goes to Cholesky first; one that turns out to be indefinite (a reaction
    /// of the wrong sign with a large step) goes to LU.
    pub(super) fn new(terms: &[(f64, &Csr<f64>)], symmetric: bool) -> Result<Self> {
        let matrix = combine(terms);
        let factor = match symmetric.then(|| Cholesky::new(&matrix)) {
            Some(Ok(cholesky)) => Factor::Cholesky(Box::new(cholesky)),
            _ => Factor::Lu(Box::new(Lu::new(&matrix)?)),
        };
        Ok(Self { factor, factorizations: 1, solves: 0 })
    }

    /// Factorises another combination of the same matrices.
    pub(super) fn update(&mut self, terms: &[(f64, &Csr<f64>)]) -> Result<()> {
        let matrix = combine(terms);
        self.factorizations += 1;
        let indefinite = match &mut self.factor {
            Factor::Cholesky(cholesky) => cholesky.refactor(&matrix).is_err(),
            Factor::Lu(lu) => return lu.refactor(&matrix),
        };
        if indefinite {
            self.factor = Factor::Lu(Box::new(Lu::new(&matrix)?));
        }
        Ok(())
    }

    /// Solves for one right-hand side.
    pub(super) fn solve(&mut self, rhs: &[f64]) -> Vec<f64> {
        self.solves += 1;
        match &self.factor {
            Factor::Cholesky(cholesky) => cholesky.solve(rhs),
            Factor::Lu(lu) => lu.solve(rhs),
        }
    }
}
