//! Transposes, sums and products of sparse matrices.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Csr, Number, Pattern};
use crate::{Error, Result};

/// Rows of a product that one task computes.
const ROWS: usize = 1024;

impl<T: Number> Csr<T> {
    /// The transposed matrix (without conjugation).
    #[must_use]
    pub fn transpose(&self) -> Self {
        let (pattern, from) = self.pattern().transpose();
        let values = from.iter().map(|&k| self.values()[k]).collect();
        // The transposed pattern has one entry for each of these.
        Self::from_parts(Arc::new(pattern), values)
    }

    /// `A ← α A + β B` for matrices of one pattern.
    ///
    /// # Errors
    /// [`Error::Sparse`] if the patterns differ.
    pub fn add_scaled(&mut self, alpha: T, other: &Self, beta: T) -> Result<()> {
        if !Arc::ptr_eq(self.pattern(), other.pattern()) && self.pattern() != other.pattern() {
            let row = (0..self.n_rows().min(other.n_rows()))
                .find(|&row| self.pattern().row(row) != other.pattern().row(row))
                .unwrap_or(self.n_rows().min(other.n_rows()));
            let problem = "has entries in other columns than the other matrix of the sum".to_owned();
            return Err(Error::Sparse { name: "sum of sparse matrices", row, problem });
        }
        for (a, &b) in self.values_mut().iter_mut().zip(other.values()) {
            *a = alpha * *a + beta * b;
        }
        Ok(())
    }

    /// The product `A B`, rows in parallel.
    ///
    /// **Source.** Gustavson, F. G., *Two fast algorithms for sparse matrices*, ACM Trans. Math. Softw. 4 (1978).
    ///
    /// # Panics
    /// If `B` doesn't have a row for each column of `A`.
    #[must_use]
    pub fn product(&self, b: &Self) -> Self {
        assert_eq!(self.n_cols(), b.n_rows(), "inner sizes of a product of sparse matrices");
        let n_rows = self.n_rows();
        let parts: Vec<Rows<T>> = (0..n_rows.div_ceil(ROWS))
            .into_par_iter()
            .map_init(
                || Accumulator::new(b.n_cols()),
                |sums, c| {
                    let mut part = Rows::default();
                    for row in c * ROWS..((c + 1) * ROWS).min(n_rows) {
                        let (columns, values) = self.row(row);
                        for (&k, &a) in columns.iter().zip(values) {
                            let (columns, values) = b.row(k as usize);
                            for (&column, &value) in columns.iter().zip(values) {
                                sums.add(column, a * value);
                            }
                        }
                        sums.drain_sorted(&mut part);
                    }
                    part
                },
            )
            .collect();
        Rows::concatenate(parts, b.n_cols())
    }
}

/// Some consecutive rows of a matrix under construction.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    /// Entries up to and with each row.
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { ends: Vec::new(), columns: Vec::new(), values: Vec::new() }
    }
}

impl<T: Number> Rows<T> {
    pub(crate) fn with_capacity(rows: usize, entries: usize) -> Self {
        let (ends, columns) = (Vec::with_capacity(rows), Vec::with_capacity(entries));
        Self { ends, columns, values: Vec::with_capacity(entries) }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, column: u32, value: T) {
        self.columns.push(column);
        self.values.push(value);
    }

    #[inline(always)]
    pub(crate) fn end_row(&mut self) {
        self.ends.push(self.columns.len());
    }

    /// The matrix of all the rows, in order.
    pub(crate) fn concatenate(parts: Vec<Self>, n_cols: usize) -> Csr<T> {
        let n_rows = parts.iter().map(|part| part.ends.len()).sum::<usize>();
        let n_entries = parts.iter().map(|part| part.columns.len()).sum();
        let mut row_start = Vec::with_capacity(n_rows + 1);
        let (mut columns, mut values) = (Vec::with_capacity(n_entries), Vec::with_capacity(n_entries));
        row_start.push(0);
        for part in parts {
            let base = columns.len();
            row_start.extend(part.ends.iter().map(|end| base + end));
            columns.extend_from_slice(&part.columns);
            values.extend_from_slice(&part.values);
        }
        Csr::from_parts(Arc::new(Pattern::trusted(n_cols, row_start, columns)), values)
    }
}

/// A sparse row under construction: sums by column, in the order of first use.
#[derive(Debug)]
pub(crate) struct Accumulator<T> {
    /// Position in `row` of each column, or [`Self::ABSENT`].
    slot: Vec<u32>,
    row: Vec<(u32, T)>,
}

impl<T: Number> Accumulator<T> {
    const ABSENT: u32 = u32::MAX;

    pub(crate) fn new(n_cols: usize) -> Self {
        Self { slot: vec![Self::ABSENT; n_cols], row: Vec::new() }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, column: u32, value: T) {
        let slot = &mut self.slot[column as usize];
        if *slot == Self::ABSENT {
            *slot = self.row.len() as u32;
            self.row.push((column, value));
        } else {
            self.row[*slot as usize].1 += value;
        }
    }

    /// Moves the row to `out` with increasing columns, and starts a new one.
    #[inline(always)]
    pub(crate) fn drain_sorted(&mut self, out: &mut Rows<T>) {
        self.row.sort_unstable_by_key(|&(column, _)| column);
        for (column, value) in self.row.drain(..) {
            self.slot[column as usize] = Self::ABSENT;
            out.push(column, value);
        }
        out.end_row();
    }
}
