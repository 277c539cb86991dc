//! Norms of plain arrays.

use super::largest;
use crate::loss::{Edges, Stencil};

/// The Euclidean norm, `√Σ x²`.
pub fn l2_norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// The largest absolute value; NaN if there is one.
pub fn max_norm(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |max, v| largest(max, v.abs()))
}

/// The discrete H¹ norm `√(Σ x² + Σ_j Σ (D_j x)²)` of fields on a grid of the unit cube, with the quotients of
/// [`differences`](crate::loss::differences).
///
/// **Shapes.** `x [any number of fields, points]`.
pub fn h1_norm(x: &[f64], size: &[usize], edges: Edges) -> f64 {
    let mut total: f64 = x.iter().map(|v| v * v).sum();
    for (axis, &n) in size.iter().enumerate() {
        let inner: usize = size[axis + 1..].iter().product();
        for line in x.chunks_exact(n * inner) {
            for j in 0..inner {
                total += (0..n).map(|i| quotient(line, i, n, inner, j, edges).powi(2)).sum::<f64>();
            }
        }
    }
    total.sqrt()
}

/// The difference quotient at point `i` of column `j` of a block `[n, inner]`, for h = 1/n.
fn quotient(block: &[f64], i: usize, n: usize, inner: usize, j: usize, edges: Edges) -> f64 {
    let at = |i: usize| block[i * inner + j];
    let scale = n as f64;
    if n < 2 {
        return 0.0;
    }
    match edges {
        Edges::Periodic => (at((i + 1) % n) - at((i + n - 1) % n)) * 0.5 * scale,
        Edges::OneSided if i == 0 => {
            Stencil::for_points(n).0.iter().enumerate().map(|(k, w)| w * at(k)).sum::<f64>() * scale
        }
        Edges::OneSided if i == n - 1 => {
            Stencil::for_points(n).0.iter().enumerate().map(|(k, w)| -w * at(n - 1 - k)).sum::<f64>() * scale
        }
        Edges::OneSided => (at(i + 1) - at(i - 1)) * 0.5 * scale,
    }
}
