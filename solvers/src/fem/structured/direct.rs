//! Sparse Cholesky factorisation as the reference solver.

use faer::linalg::solvers::Solve;
use faer::prelude::*;
use faer::sparse::linalg::solvers::{Llt, SymbolicLlt};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMat};

use super::Stencil;
use super::stencil::Layout;
use crate::{Error, Result};

/// The pattern of the interior operator and its symbolic factorisation, computed once a lattice.
pub(crate) struct Direct {
    pattern: SymbolicSparseColMat<usize>,
    symbolic: SymbolicLlt<usize>,
    values: Vec<f64>,
}

/// The lower half of the neighbours, in the order of their numbers.
const LOWER: [(isize, isize); 5] = [(0, 0), (0, 1), (1, -1), (1, 0), (1, 1)];

/// Calls `f` for each entry on or below the diagonal, by columns: the frame position of the column, the offset, the row.
fn for_lower(layout: Layout, mut f: impl FnMut(usize, (isize, isize), usize)) {
    let (rows, columns) = (layout.ny - 1, layout.nx - 1);
    for j in 0..rows {
        for i in 0..columns {
            for (dy, dx) in LOWER {
                let (Some(jj), Some(ii)) = (j.checked_add_signed(dy), i.checked_add_signed(dx)) else {
                    continue;
                };
                if jj < rows && ii < columns {
                    f(layout.at(j + 1, i + 1), (dy, dx), jj * columns + ii);
                }
            }
        }
    }
}

impl Direct {
    pub(crate) fn new(layout: Layout) -> Result<Self> {
        let len = layout.unknowns();
        let (mut starts, mut rows) = (vec![0; len + 1], Vec::with_capacity(5 * len));
        let mut column = 0;
        for_lower(layout, |_, offset, row| {
            if offset == (0, 0) {
                column = row;
            }
            rows.push(row);
            starts[column + 1] = rows.len();
        });
        let values = vec![0.0; rows.len()];
        let pattern = SymbolicSparseColMat::new_checked(len, len, starts, None, rows);
        let symbolic = SymbolicLlt::try_new(pattern.as_ref(), faer::Side::Lower)
            .map_err(|source| Error::Factorization { unknowns: len, reason: format!("{source:?}") })?;
        Ok(Self { pattern, symbolic, values })
    }

    /// Solves `A x = b` in the interior; `b` and `x` are framed.
    pub(crate) fn solve(&mut self, a: &Stencil<f64>, b: &[f64], x: &mut [f64]) -> Result<()> {
        let layout = a.layout;
        let mut values = self.values.iter_mut();
        for_lower(layout, |k, (dy, dx), _| {
            if let Some(value) = values.next() {
                *value = a.link(k, dy, dx);
            }
        });
        let matrix = SparseColMatRef::new(self.pattern.as_ref(), &self.values);
        let factor = Llt::try_new_with_symbolic(self.symbolic.clone(), matrix, faer::Side::Lower).map_err(
            |source| Error::Factorization { unknowns: layout.unknowns(), reason: format!("{source:?}") },
        )?;
        let columns = layout.nx - 1;
        let at = |row: usize| layout.at(row / columns + 1, row % columns + 1);
        let mut rhs = Mat::from_fn(layout.unknowns(), 1, |row, _| b[at(row)]);
        factor.solve_in_place(&mut rhs);
        for row in 0..layout.unknowns() {
            x[at(row)] = rhs[(row, 0)];
        }
        Ok(())
    }
}
