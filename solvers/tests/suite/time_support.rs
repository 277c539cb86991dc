//! Small systems with known solutions.

use std::sync::Arc;

use sobolev_solvers::linear::{Csr, Pattern};

/// A tridiagonal matrix of constant diagonals on the full tridiagonal pattern.
pub(crate) fn tridiagonal(n: usize, [below, centre, above]: [f64; 3]) -> Csr<f64> {
    let (mut start, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
    for i in 0..n {
        for (j, v) in [(i.wrapping_sub(1), below), (i, centre), (i + 1, above)] {
            if j < n {
                columns.push(j as u32);
                values.push(v);
            }
        }
        start.push(columns.len());
    }
    Csr::new(Arc::new(Pattern::new(n, start, columns).unwrap()), values).unwrap()
}

/// Largest entry of |x − y|.
pub(crate) fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
