//! Sparse matrices in compressed rows.

use std::sync::Arc;

use super::parallel::for_chunks;
use super::{Number, Pattern};
use crate::{Error, Result};

/// Rows that one task multiplies.
const ROWS: usize = 2048;

/// A sparse matrix in compressed rows: a shared [`Pattern`] and a value for each of its entries.
///
/// ```
/// use sobolev_solvers::linear::Csr;
/// let a = Csr::from_triplets(2, 3, &[(0, 2, 1.0), (1, 0, 2.0), (0, 2, 3.0)])?;
/// let mut y = [0.0; 2];
/// a.multiply(&[1.0, 10.0, 100.0], &mut y);
/// assert_eq!(y, [400.0, 2.0]);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Csr<T> {
    pattern: Arc<Pattern>,
    values: Vec<T>,
}

impl<T: Number> Csr<T> {
    /// The matrix with value `values[k]` at entry `k` of the pattern.
    ///
    /// # Errors
    /// [`Error::Length`] for another number of values than entries.
    pub fn new(pattern: Arc<Pattern>, values: Vec<T>) -> Result<Self> {
        if values.len() == pattern.n_entries() {
            return Ok(Self { pattern, values });
        }
        let (expected, found) = (pattern.n_entries(), values.len());
        Err(Error::Length {
            name: "the values of a sparse matrix",
            axes: "[entries]".to_owned(),
            expected,
            found,
        })
    }

    /// A matrix that is right by construction.
    pub(crate) fn from_parts(pattern: Arc<Pattern>, values: Vec<T>) -> Self {
        debug_assert_eq!(pattern.n_entries(), values.len(), "values of a sparse matrix");
        Self { pattern, values }
    }

    /// The matrix of zeros on a pattern.
    pub fn from_pattern(pattern: Arc<Pattern>) -> Self {
        let values = vec![T::ZERO; pattern.n_entries()];
        Self { pattern, values }
    }

    /// The sum of the entries `(row, column, value)`, in the order given.
    ///
    /// # Errors
    /// [`Error::Sparse`] for an entry outside the matrix.
    pub fn from_triplets(n_rows: usize, n_cols: usize, entries: &[(usize, usize, T)]) -> Result<Self> {
        let mut starts = vec![0; n_rows + 1];
        for &(row, column, _) in entries {
            if row >= n_rows || column >= n_cols {
                let problem = format!("with column {column} is outside a matrix of {n_rows} x {n_cols}");
                return Err(Error::Sparse { name: "sparse matrix", row, problem });
            }
            starts[row + 1] += 1;
        }
        for row in 0..n_rows {
            starts[row + 1] += starts[row];
        }
        let mut next = starts.clone();
        let mut order = vec![0; entries.len()];
        for (k, &(row, _, _)) in entries.iter().enumerate() {
            order[next[row]] = k;
            next[row] += 1;
        }
        let (mut row_start, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in 0..n_rows {
            let order = &mut order[starts[row]..starts[row + 1]];
            order.sort_by_key(|&k| entries[k].1);
            let first = columns.len();
            for &k in order.iter() {
                let (_, column, value) = entries[k];
                if columns.len() > first && columns.last() == Some(&(column as u32)) {
                    if let Some(sum) = values.last_mut() {
                        *sum += value;
                    }
                } else {
                    columns.push(column as u32);
                    values.push(value);
                }
            }
            row_start.push(columns.len());
        }
        Self::new(Arc::new(Pattern::new(n_cols, row_start, columns)?), values)
    }

    /// The identity of `n` rows.
    pub fn identity(n: usize) -> Self {
        let pattern = Pattern::trusted(n, (0..=n).collect(), (0..n as u32).collect());
        Self { pattern: Arc::new(pattern), values: vec![T::ONE; n] }
    }

    /// Number of rows.
    #[inline]
    pub fn n_rows(&self) -> usize {
        self.pattern.n_rows()
    }

    /// Number of columns.
    #[inline]
    pub fn n_cols(&self) -> usize {
        self.pattern.n_cols()
    }

    /// Where the entries are.
    #[inline]
    pub fn pattern(&self) -> &Arc<Pattern> {
        &self.pattern
    }

    /// The values of the entries: `[entries]`.
    #[inline]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The values of the entries, to be written.
    #[inline]
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// The pattern and the values.
    pub fn into_parts(self) -> (Arc<Pattern>, Vec<T>) {
        (self.pattern, self.values)
    }

    /// The columns and the values of row `row`.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> (&[u32], &[T]) {
        let range = self.pattern.row_range(row);
        (&self.pattern.columns()[range.clone()], &self.values[range])
    }

    /// The value at `(row, column)`: zero if it isn't stored.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, row: usize, column: usize) -> T {
        self.pattern.position(row, column).map_or(T::ZERO, |k| self.values[k])
    }

    /// The main diagonal, with zeros where nothing is stored.
    pub fn diagonal(&self) -> Vec<T> {
        (0..self.n_rows().min(self.n_cols())).map(|row| self.get(row, row)).collect()
    }

    /// `y ← A x`, rows in parallel.
    ///
    /// # Panics
    /// If `x` doesn't hold a value per column, or `y` one per row.
    pub fn multiply(&self, x: &[T], y: &mut [T]) {
        self.multiply_with(x, y, |_, sum| sum);
    }

    /// `r ← b − A x`, rows in parallel.
    ///
    /// # Panics
    /// As [`Self::multiply`], and if `b` doesn't hold a value per row.
    pub fn residual(&self, b: &[T], x: &[T], r: &mut [T]) {
        assert_eq!(b.len(), self.n_rows(), "length of b in b - A x");
        self.multiply_with(x, r, |row, sum| b[row] - sum);
    }

    /// `y[i] ← f(i, (A x)[i])`
    pub(crate) fn multiply_with(&self, x: &[T], y: &mut [T], f: impl Fn(usize, T) -> T + Sync) {
        assert_eq!((x.len(), y.len()), (self.n_cols(), self.n_rows()), "lengths of x and y in y = A x");
        let (starts, columns, values) = (self.pattern.row_start(), self.pattern.columns(), &self.values[..]);
        for_chunks(y, ROWS, |from, y| {
            let mut start = starts[from];
            for (k, y) in y.iter_mut().enumerate() {
                let end = starts[from + k + 1];
                let mut sum = T::ZERO;
                for (&column, &value) in columns[start..end].iter().zip(&values[start..end]) {
                    sum += value * x[column as usize];
                }
                *y = f(from + k, sum);
                start = end;
            }
        });
    }
}
