//! Where the entries of a sparse matrix are.

use std::ops::Range;

use crate::{Error, Result};

/// The positions of the stored entries of a sparse matrix, row by row with increasing columns.
///
/// Matrices that share one pattern (by [`Arc`](std::sync::Arc)) share what is derived from it: assembly tables, symbolic
/// factorisations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    n_cols: usize,
    row_start: Vec<usize>,
    columns: Vec<u32>,
}

impl Pattern {
    /// A pattern of `row_start.len() - 1` rows: row `i` has its entries in the columns `columns[row_start[i]..row_start[i + 1]]`.
    ///
    /// # Errors
    /// [`Error::Sparse`] for starts that fall, for columns outside the matrix, and for columns that don't increase within a
    /// row; [`Error::Length`] if the starts don't end at the number of columns; [`Error::Config`] for more than 2³² − 2 rows
    /// or columns.
    pub fn new(n_cols: usize, row_start: Vec<usize>, columns: Vec<u32>) -> Result<Self> {
        const NAME: &str = "sparsity pattern";
        let limit = u32::MAX as usize - 1;
        let n_rows = row_start.len().saturating_sub(1);
        if n_cols > limit || n_rows > limit {
            let value = format!("{n_rows} x {n_cols}");
            return Err(Error::Config {
                field: "sparsity pattern",
                expected: "below 2^32 - 1 a side",
                value,
            });
        }
        let bad = |row, problem: String| Err(Error::Sparse { name: NAME, row, problem });
        if row_start.first() != Some(&0) {
            return bad(0, "must start at entry 0".to_owned());
        }
        if row_start[n_rows] != columns.len() {
            let axes = "[entries], the last row start".to_owned();
            return Err(Error::Length {
                name: "columns",
                axes,
                expected: row_start[n_rows],
                found: columns.len(),
            });
        }
        for row in 0..n_rows {
            let (start, end) = (row_start[row], row_start[row + 1]);
            if end < start || end > columns.len() {
                return bad(row, format!("starts at entry {start} and ends at {end} of {}", columns.len()));
            }
            let row_columns = &columns[start..end];
            if let Some(pair) = row_columns.windows(2).find(|pair| pair[1] <= pair[0]) {
                return bad(
                    row,
                    format!("has column {} after column {}: columns must increase", pair[1], pair[0]),
                );
            }
            if let Some(&last) = row_columns.last().filter(|&&last| last as usize >= n_cols) {
                return bad(row, format!("has an entry in column {last} of {n_cols}"));
            }
        }
        Ok(Self { n_cols, row_start, columns })
    }

    /// A pattern that is right by construction.
    pub(crate) fn trusted(n_cols: usize, row_start: Vec<usize>, columns: Vec<u32>) -> Self {
        debug_assert!(Self::new(n_cols, row_start.clone(), columns.clone()).is_ok(), "a malformed pattern");
        Self { n_cols, row_start, columns }
    }

    /// Number of rows.
    #[inline]
    pub fn n_rows(&self) -> usize {
        self.row_start.len() - 1
    }

    /// Number of columns.
    #[inline]
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Number of stored entries.
    #[inline]
    pub fn n_entries(&self) -> usize {
        self.columns.len()
    }

    /// Where each row starts among the entries, and where the last one ends: `[rows + 1]`.
    #[inline]
    pub fn row_start(&self) -> &[usize] {
        &self.row_start
    }

    /// The column of each entry: `[entries]`.
    #[inline]
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// The entries of row `row`.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn row_range(&self, row: usize) -> Range<usize> {
        self.row_start[row]..self.row_start[row + 1]
    }

    /// The columns of the entries of row `row`, increasing.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> &[u32] {
        &self.columns[self.row_range(row)]
    }

    /// The number of the entry at `(row, column)`, if it is stored.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn position(&self, row: usize, column: usize) -> Option<usize> {
        let column = u32::try_from(column).ok()?;
        self.row(row).binary_search(&column).ok().map(|k| self.row_start[row] + k)
    }

    /// The pattern of the transposed matrix, and for each of its entries the number of the entry of `self` it comes from.
    pub fn transpose(&self) -> (Self, Vec<usize>) {
        let mut starts = vec![0; self.n_cols + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for column in 0..self.n_cols {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let (mut columns, mut from) = (vec![0; self.columns.len()], vec![0; self.columns.len()]);
        for row in 0..self.n_rows() {
            for entry in self.row_range(row) {
                let slot = &mut next[self.columns[entry] as usize];
                columns[*slot] = row as u32;
                from[*slot] = entry;
                *slot += 1;
            }
        }
        (Self { n_cols: self.n_rows(), row_start: starts, columns }, from)
    }
}
