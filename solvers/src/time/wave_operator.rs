//! The stiffness of an explicit wave solver: an operator that can do the leapfrog update on its way.

use rayon::prelude::*;

use crate::linear::Csr;

/// y = K x, and the same fused with the update of leapfrog.
pub trait WaveOperator: Send + Sync {
    /// Number of unknowns.
    fn size(&self) -> usize;

    /// out ← K u.
    ///
    /// # Panics
    /// If a length is not [`Self::size`].
    fn apply(&self, u: &[f64], out: &mut [f64]);

    /// d ← d − β ∘ (K u), next ← u + d, entry by entry.
    ///
    /// One pass over memory instead of three where an operator overrides it.
    ///
    /// # Panics
    /// If a length is not [`Self::size`].
    fn kick_drift(&self, beta: &[f64], u: &[f64], d: &mut [f64], next: &mut [f64]) {
        self.apply(u, next);
        for i in 0..u.len() {
            d[i] -= beta[i] * next[i];
            next[i] = u[i] + d[i];
        }
    }
}

/// Rows per task.
const ROWS: usize = 8192;

impl WaveOperator for Csr<f64> {
    fn size(&self) -> usize {
        self.n_rows()
    }

    fn apply(&self, u: &[f64], out: &mut [f64]) {
        self.multiply(u, out);
    }

    fn kick_drift(&self, beta: &[f64], u: &[f64], d: &mut [f64], next: &mut [f64]) {
        let (starts, columns, values) = (self.pattern().row_start(), self.pattern().columns(), self.values());
        assert_eq!(starts.len(), u.len() + 1, "u has one entry per row");
        assert!(beta.len() == u.len() && d.len() == u.len() && next.len() == u.len(), "one entry per row");
        let blocks = d.par_chunks_mut(ROWS).zip(next.par_chunks_mut(ROWS)).zip(beta.par_chunks(ROWS));
        blocks.enumerate().for_each(|(block, ((d, next), beta))| {
            let first = block * ROWS;
            let mut start = starts[first];
            for i in 0..d.len() {
                let end = starts[first + i + 1];
                let row = columns[start..end].iter().zip(&values[start..end]);
                let force: f64 = row.map(|(&j, a)| a * u[j as usize]).sum();
                d[i] -= beta[i] * force;
                next[i] = u[first + i] + d[i];
                start = end;
            }
        });
    }
}
