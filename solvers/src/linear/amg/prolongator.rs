//! The smoothed interpolation.

use rayon::prelude::*;

use super::aggregate::NONE;
use super::strength::is_strong;
use super::tentative::Tentative;
use crate::linear::Csr;
use crate::linear::algebra::{Accumulator, Rows};

/// Rows that one task computes.
const ROWS: usize = 2048;

/// A row keeps its weak links if lumping them would leave less than this part of its diagonal.
const LUMPED: f64 = 0.25;

/// `P = (I − 4/(3ρ) D⁻¹A) T`.
///
/// For one near-null vector, given as `filter = Some((θ, B))`, weak links are first moved to the diagonal such that `A B` stays.
pub(super) fn smoothed(
    a: &Csr<f64>,
    diagonal: &[f64],
    radius: f64,
    t: &Tentative,
    filter: Option<(f64, &[f64])>,
) -> Csr<f64> {
    let (n, n_cols) = (a.n_rows(), t.coarse[0].len());
    let omega = 4.0 / (3.0 * radius);
    let parts = (0..n.div_ceil(ROWS))
        .into_par_iter()
        .map_init(
            || Accumulator::new(n_cols),
            |sums, c| {
                let rows = c * ROWS..((c + 1) * ROWS).min(n);
                let mut part = Rows::with_capacity(rows.len(), 3 * t.width * rows.len());
                for row in rows {
                    // A row that stays on the fine level is interpolated from its neighbours like any other where it has coarse ones,
                    // unless it hardly couples to them: then zero is right.
                    if t.aggregate[row] != NONE {
                        smooth_row(a, diagonal, omega, t, filter, row, sums);
                    }
                    sums.drain_sorted(&mut part);
                }
                part
            },
        )
        .collect();
    Rows::concatenate(parts, n_cols)
}

#[inline(always)]
fn smooth_row(
    a: &Csr<f64>,
    diagonal: &[f64],
    omega: f64,
    t: &Tentative,
    filter: Option<(f64, &[f64])>,
    row: usize,
    sums: &mut Accumulator<f64>,
) {
    let (columns, values) = a.row(row);
    let (mut d, mut theta) = (diagonal[row], 0.0);
    if let Some((strength, b)) = filter.filter(|&(strength, b)| strength > 0.0 && b[row] != 0.0) {
        let lumped: f64 = columns
            .iter()
            .zip(values)
            .filter(|&(&column, &value)| {
                column as usize != row
                    && !is_strong(value, strength, diagonal[row], diagonal[column as usize])
            })
            .map(|(&column, &value)| value * b[column as usize] / b[row])
            .sum();
        if d + lumped >= LUMPED * d {
            (d, theta) = (d + lumped, strength);
        }
    }
    let add = |column: usize, factor: f64, sums: &mut Accumulator<f64>| {
        if t.aggregate[column] == NONE {
            return;
        }
        let first = t.aggregate[column] as usize * t.width;
        for (c, &value) in t.values[column * t.width..][..t.width].iter().enumerate() {
            if value != 0.0 {
                sums.add((first + c) as u32, factor * value);
            }
        }
    };
    add(row, 1.0 - omega, sums);
    for (&column, &value) in columns.iter().zip(values) {
        let column = column as usize;
        if column != row && is_strong(value, theta, diagonal[row], diagonal[column]) {
            add(column, -omega * value / d, sums);
        }
    }
}
