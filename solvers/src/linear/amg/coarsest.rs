//! The direct solution on the coarsest level.

use crate::linear::{Cholesky, Csr, Number};
use crate::{Error, Result};

/// A pivot below this part of its diagonal entry is rounding: the matrix is semidefinite there.
const SINGULAR: f64 = 1e-12;

/// A solver of the coarsest system.
#[derive(Debug)]
pub(super) enum Coarsest<T> {
    /// The inverse: `[row, column]`.
    Dense(usize, Vec<T>),
    /// For a level that is large because the coarsening came to an end.
    Sparse(Cholesky),
}

impl<T: Number> Coarsest<T> {
    pub(super) fn new(a: &Csr<f64>, dense: usize) -> Result<Self> {
        let n = a.n_rows();
        if n > dense {
            return Ok(Self::Sparse(Cholesky::new(&symmetrised(a))?));
        }
        let mut full = vec![0.0; n * n];
        for row in 0..n {
            let (columns, values) = a.row(row);
            columns.iter().zip(values).for_each(|(&column, &v)| full[row * n + column as usize] = v);
        }
        let inverse = inverse(full, n).map_err(|(row, pivot)| Error::Factorization {
            unknowns: n,
            reason: format!(
                "the matrix isn't positive definite (pivot {pivot:e} in row {row} of the coarsest level)"
            ),
        })?;
        Ok(Self::Dense(n, inverse.into_iter().map(T::of).collect()))
    }

    pub(super) fn solve(&self, b: &[T], x: &mut [T]) {
        match self {
            Self::Dense(n, inverse) => {
                for (x, row) in x.iter_mut().zip(inverse.chunks_exact((*n).max(1))) {
                    *x = row.iter().zip(b).fold(T::ZERO, |sum, (&a, &b)| sum + a * b);
                }
            }
            Self::Sparse(cholesky) => {
                let b: Vec<f64> = b.iter().map(|b| b.re()).collect();
                x.iter_mut().zip(cholesky.solve(&b)).for_each(|(x, y)| *x = T::of(y));
            }
        }
    }
}

/// The Galerkin product is symmetric but for rounding.
fn symmetrised(a: &Csr<f64>) -> Csr<f64> {
    let mut mean = a.transpose();
    let half = mean.add_scaled(0.5, a, 0.5);
    if half.is_ok() { mean } else { a.clone() }
}

/// The inverse of a symmetric positive definite matrix by its Cholesky factor, `A⁻¹ = L⁻ᵀ L⁻¹`. Unknowns that depend on others
/// (semidefinite matrices) are left out: their rows and columns become zero, and consistent systems are still solved.
fn inverse(mut a: Vec<f64>, n: usize) -> Result<Vec<f64>, (usize, f64)> {
    for j in 0..n {
        let original = a[j * n + j];
        for k in 0..=j {
            let dot: f64 = (0..k).map(|i| a[j * n + i] * a[k * n + i]).sum();
            let rest = a[j * n + k] - dot;
            if k < j {
                a[j * n + k] = rest * a[k * n + k];
            } else if rest > SINGULAR * original {
                // The reciprocal is what every later step needs.
                a[j * n + j] = 1.0 / rest.sqrt();
            } else if rest.is_nan() || rest < -1e-8 * original.abs() || original < 0.0 {
                return Err((j, rest));
            } else {
                a[j * n..j * n + j + 1].fill(0.0);
            }
        }
    }
    // Rows of L⁻¹, then their products.
    let mut l = vec![0.0; n * n];
    for j in 0..n {
        let d = a[j * n + j];
        l[j * n + j] = d;
        for i in 0..j {
            let dot: f64 = (i..j).map(|k| a[j * n + k] * l[k * n + i]).sum();
            l[j * n + i] = -d * dot;
        }
    }
    let mut inverse = vec![0.0; n * n];
    for k in 0..n {
        for i in 0..=k {
            let by = l[k * n + i];
            for j in 0..=k {
                inverse[i * n + j] += by * l[k * n + j];
            }
        }
    }
    Ok(inverse)
}
