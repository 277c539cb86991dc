//! Smoothers that start from zero, and their transposes.

use rayon::prelude::*;

use super::options::Smoother;
use crate::linear::parallel::for_chunks;
use crate::linear::{Csr, Number};

/// Rows of a block of the Gauss-Seidel sweep. Fixed, so that the sweep doesn't depend on the number of threads.
const BLOCK: usize = 4096;

/// What the smoother of one level keeps.
#[derive(Debug)]
pub(super) struct Relaxation<T> {
    kind: Smoother,
    inverse: Vec<T>,
    /// First entry of each row within its block of rows, and its diagonal entry.
    first: Vec<usize>,
    diagonal: Vec<usize>,
    /// What keeps the block sweep convergent, beyond the diagonal.
    extra: Vec<T>,
    /// Largest eigenvalue of `D⁻¹A`, for the polynomial.
    radius: f64,
}

/// One row of a [`Relaxation`].
struct Split {
    inverse: f64,
    extra: f64,
    first: usize,
    diagonal: usize,
}

impl Split {
    fn new(a: &Csr<f64>, kind: Smoother, row: usize) -> Self {
        let start = a.pattern().row_start()[row];
        let (columns, values) = a.row(row);
        let low = row / BLOCK * BLOCK;
        let before = columns.partition_point(|&column| (column as usize) < low);
        let inside = columns.partition_point(|&column| (column as usize) < low + BLOCK);
        let at = columns.partition_point(|&column| (column as usize) < row);
        let d = if columns.get(at) == Some(&(row as u32)) { values[at] } else { 0.0 };
        let outside: f64 = values[..before].iter().chain(&values[inside..]).map(|v| v.abs()).sum();
        // 2 D̃ − D − A_outside is positive definite where 2 d̃ − d > Σ |a_outside|.
        let extra = match kind {
            Smoother::GaussSeidel => (0.5 * (1.05 * outside - d)).max(0.0),
            Smoother::Chebyshev(_) => 0.0,
        };
        let inverse = if d > 0.0 { 1.0 / (d + extra) } else { 0.0 };
        Self { inverse, extra, first: start + before, diagonal: start + at }
    }
}

impl<T: Number> Relaxation<T> {
    pub(super) fn new(a: &Csr<f64>, kind: Smoother, radius: f64) -> Self {
        let n = a.n_rows();
        let split: Vec<Split> =
            (0..n).into_par_iter().with_min_len(BLOCK).map(|row| Split::new(a, kind, row)).collect();
        Self {
            kind,
            inverse: split.iter().map(|row| T::of(row.inverse)).collect(),
            first: split.iter().map(|row| row.first).collect(),
            diagonal: split.iter().map(|row| row.diagonal).collect(),
            extra: split.iter().map(|row| T::of(row.extra)).collect(),
            radius,
        }
    }

    /// `x ← S b` and `r ← b − A x`; `w` is room for a vector.
    pub(super) fn pre(&self, a: &Csr<T>, b: &[T], x: &mut [T], r: &mut [T], w: &mut [T]) {
        match self.kind {
            Smoother::GaussSeidel => {
                self.forward(a, b, x);
                self.residual_after_forward(a, x, r);
            }
            Smoother::Chebyshev(degree) => {
                r.copy_from_slice(b);
                self.chebyshev(a, degree, x, r, w);
                a.residual(b, x, r);
            }
        }
    }

    /// `x ← y + Sᵀ (b − A y)`; `r` and `w` are room for vectors.
    pub(super) fn post(&self, a: &Csr<T>, b: &[T], y: &[T], x: &mut [T], r: &mut [T], w: &mut [T]) {
        match self.kind {
            Smoother::GaussSeidel => self.backward(a, b, y, x),
            Smoother::Chebyshev(degree) => {
                a.residual(b, y, r);
                self.chebyshev(a, degree, x, r, w);
                for_chunks(x, BLOCK, |from, x| {
                    x.iter_mut().zip(&y[from..]).for_each(|(x, &y)| *x += y);
                });
            }
        }
    }

    /// `(D̃ + L) x = b` within each block.
    fn forward(&self, a: &Csr<T>, b: &[T], x: &mut [T]) {
        let (columns, values) = (a.pattern().columns(), a.values());
        for_chunks(x, BLOCK, |from, x| {
            for k in 0..x.len() {
                let row = from + k;
                let range = self.first[row]..self.diagonal[row];
                let mut sum = b[row];
                for (&column, &value) in columns[range.clone()].iter().zip(&values[range]) {
                    sum -= value * x[column as usize - from];
                }
                x[k] = sum * self.inverse[row];
            }
        });
    }

    /// `b − A x` for the x that [`Self::forward`] made of b: the entries below the diagonal of the blocks cancel.
    fn residual_after_forward(&self, a: &Csr<T>, x: &[T], r: &mut [T]) {
        let (starts, columns, values) = (a.pattern().row_start(), a.pattern().columns(), a.values());
        for_chunks(r, BLOCK, |from, r| {
            for (k, r) in r.iter_mut().enumerate() {
                let row = from + k;
                let mut sum = self.extra[row] * x[row];
                // A row without a diagonal entry is empty: a coarse unknown that dependent near-null vectors left unused.
                for range in [starts[row]..self.first[row], self.diagonal[row] + 1..starts[row + 1]] {
                    if range.start < range.end {
                        for (&column, &value) in columns[range.clone()].iter().zip(&values[range]) {
                            sum -= value * x[column as usize];
                        }
                    }
                }
                *r = sum;
            }
        });
    }

    /// `x ← y + (D̃ + U)⁻¹ (b − A y)` within each block; outside of it, y.
    fn backward(&self, a: &Csr<T>, b: &[T], y: &[T], x: &mut [T]) {
        let (starts, columns, values) = (a.pattern().row_start(), a.pattern().columns(), a.values());
        for_chunks(x, BLOCK, |from, x| {
            x.copy_from_slice(&y[from..from + x.len()]);
            for k in (0..x.len()).rev() {
                let row = from + k;
                let range = starts[row]..starts[row + 1];
                let mut sum = b[row];
                for (&column, &value) in columns[range.clone()].iter().zip(&values[range]) {
                    let column = column as usize;
                    let other = x.get(column.wrapping_sub(from)).unwrap_or(&y[column]);
                    sum -= value * *other;
                }
                x[k] += sum * self.inverse[row];
            }
        });
    }

    /// `x ← p(D⁻¹A) D⁻¹ r` with the Chebyshev polynomial that is small on [ρ/8, 1.05 ρ]; destroys r.
    ///
    /// **Source.** Adams, M., Brezina, M., Hu, J., and Tuminaro, R., *Parallel multigrid smoothing: polynomial versus Gauss-Seidel*,
    /// J. Comput. Phys. 188 (2003).
    fn chebyshev(&self, a: &Csr<T>, degree: usize, x: &mut [T], r: &mut [T], d: &mut [T]) {
        let (low, high) = (self.radius / 8.0, 1.05 * self.radius);
        let (centre, half) = (0.5 * (high + low), 0.5 * (high - low));
        let sigma = centre / half;
        let mut rho = 1.0 / sigma;
        let by = T::of(1.0 / centre);
        for ((d, x), (&r, &inverse)) in d.iter_mut().zip(&mut *x).zip(r.iter().zip(&self.inverse)) {
            *d = by * inverse * r;
            *x = *d;
        }
        let mut image = vec![T::ZERO; if degree > 1 { r.len() } else { 0 }];
        for _ in 1..degree {
            a.multiply(d, &mut image);
            let next = 1.0 / (2.0 * sigma - rho);
            let (keep, new) = (T::of(next * rho), T::of(2.0 * next / half));
            for k in 0..r.len() {
                r[k] -= image[k];
                d[k] = keep * d[k] + new * self.inverse[k] * r[k];
                x[k] += d[k];
            }
            rho = next;
        }
    }
}
