//! Sparse factorisations, on faer.
//!
//! The analysis (fill-reducing order, elimination tree, supernodes) belongs to a pattern and is kept by `refactor`.
//! Factorisations run on the calling thread: their bits don't depend on the number of threads, and the many systems of a
//! data set are better spread over the threads one by one.

mod cholesky;
mod lu;

pub use cholesky::Cholesky;
pub use lu::Lu;

use faer::sparse::SymbolicSparseColMat;

use super::{Number, Pattern};
use crate::{Error, Result};

/// The pattern in faer's columns. Compressed rows of `A` are the compressed columns of its transpose.
fn columns_of_transpose(pattern: &Pattern) -> SymbolicSparseColMat<usize> {
    let rows = pattern.columns().iter().map(|&column| column as usize).collect();
    SymbolicSparseColMat::new_checked(
        pattern.n_cols(),
        pattern.n_rows(),
        pattern.row_start().to_vec(),
        None,
        rows,
    )
}

fn square(name: &'static str, pattern: &Pattern) -> Result<()> {
    if pattern.n_rows() == pattern.n_cols() {
        return Ok(());
    }
    let problem =
        format!("is the last of {} rows, but there are {} columns", pattern.n_rows(), pattern.n_cols());
    Err(Error::Sparse { name, row: pattern.n_rows().saturating_sub(1), problem })
}

fn finite<T: Number>(name: &'static str, a: &super::Csr<T>) -> Result<()> {
    let Some(k) = a.values().iter().position(|v| !v.finite()) else { return Ok(()) };
    let row = a.pattern().row_start().partition_point(|&start| start <= k) - 1;
    let problem = format!("has the value {:?} in column {}", a.values()[k], a.pattern().columns()[k]);
    Err(Error::Sparse { name, row, problem })
}

fn same_pattern(
    name: &'static str,
    known: &std::sync::Arc<Pattern>,
    found: &std::sync::Arc<Pattern>,
) -> Result<()> {
    if std::sync::Arc::ptr_eq(known, found) || known == found {
        return Ok(());
    }
    let rows = known.n_rows().min(found.n_rows());
    let row = (0..rows).find(|&row| known.row(row) != found.row(row)).unwrap_or(rows);
    let problem =
        "has entries in other columns than the matrix that was analysed; make a new factorisation".to_owned();
    Err(Error::Sparse { name, row, problem })
}
