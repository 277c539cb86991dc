//! LU factorisation of matrices with two diagonals on either side, with partial pivoting.

use crate::{Error, Result};

/// Diagonals below, above, and above after pivoting.
const LOWER: usize = 2;
const UPPER: usize = 2;
const WIDTH: usize = LOWER + UPPER + 1;

/// `P A = L U`. Row i of U starts at column i and has up to five entries.
#[derive(Clone, Debug)]
pub(crate) struct BandedLu {
    upper: Vec<[f64; WIDTH]>,
    /// Multipliers of the two rows below, after the swap of step i with row i + pivot.
    lower: Vec<[f64; LOWER]>,
    pivot: Vec<u8>,
}

impl BandedLu {
    /// Factorises the matrix whose row i holds the entries of columns i − 2 ..= i + 2; those outside are ignored.
    pub(crate) fn new(rows: &[[f64; WIDTH]]) -> Result<Self> {
        let n = rows.len();
        // While step i runs, `window[r]` is row i + r, from column i on.
        let shifted = |i: usize| {
            let mut row = [0.0; WIDTH + LOWER];
            if let Some(source) = rows.get(i) {
                for (c, &a) in
                    source.iter().enumerate().filter(|(c, _)| (LOWER..n + LOWER).contains(&(i + c)))
                {
                    row[c] = a;
                }
            }
            row
        };
        // Row i starts at column i − 2: move left by what lies before column 0.
        let drop =
            |row: [f64; WIDTH + LOWER], by: usize| -> [f64; WIDTH] { std::array::from_fn(|c| row[c + by]) };
        let mut window = [drop(shifted(0), 2), drop(shifted(1), 1), drop(shifted(2), 0)];
        let (mut upper, mut lower, mut pivots) =
            (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
        let scale = rows.iter().flatten().fold(0.0, |max: f64, a| max.max(a.abs()));
        for i in 0..n {
            let rows_left = (n - i).min(LOWER + 1);
            let best = (0..rows_left).max_by(|&a, &b| window[a][0].abs().total_cmp(&window[b][0].abs()));
            let p = best.unwrap_or(0);
            window.swap(0, p);
            let head = window[0];
            if head[0].abs() <= 1e-14 * scale || !head[0].is_finite() {
                let reason = format!("the pivot of row {i} vanishes");
                return Err(Error::Factorization { unknowns: n + 2, reason });
            }
            let factors: [f64; LOWER] = std::array::from_fn(|r| window[r + 1][0] / head[0]);
            let mut next = [[0.0; WIDTH]; LOWER + 1];
            for r in 0..LOWER {
                for c in 1..WIDTH {
                    next[r][c - 1] = window[r + 1][c] - factors[r] * head[c];
                }
            }
            next[LOWER] = drop(shifted(i + LOWER + 1), 0);
            window = next;
            upper.push(head);
            lower.push(factors);
            pivots.push(p as u8);
        }
        Ok(Self { upper, lower, pivot: pivots })
    }

    /// Replaces the right-hand side by the solution.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        let n = self.upper.len();
        for i in 0..n {
            b.swap(i, i + usize::from(self.pivot[i]));
            for (r, factor) in self.lower[i].iter().enumerate().take(n - i - 1) {
                b[i + r + 1] -= factor * b[i];
            }
        }
        for i in (0..n).rev() {
            let known: f64 = (1..WIDTH.min(n - i)).map(|c| self.upper[i][c] * b[i + c]).sum();
            b[i] = (b[i] - known) / self.upper[i][0];
        }
    }
}
