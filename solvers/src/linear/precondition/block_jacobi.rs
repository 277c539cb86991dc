//! Diagonal blocks as a preconditioner.

use crate::linear::parallel::for_chunks;
use crate::linear::{Csr, Number, Preconditioner};
use crate::{Error, Result};

/// `z = D⁻¹ r` with the diagonal blocks `D` of a matrix, such as the components at one node of a vector problem.
#[derive(Clone, Debug)]
pub struct BlockJacobi<T> {
    size: usize,
    /// The inverse of each block: `[blocks, row, column]`.
    inverse: Vec<T>,
}

impl<T: Number> BlockJacobi<T> {
    /// Takes the blocks of `size` consecutive rows and columns of `a`.
    ///
    /// # Errors
    /// [`Error::Config`] if `size` doesn't divide the number of rows; [`Error::Sparse`] for a block without an inverse.
    pub fn new(a: &Csr<T>, size: usize) -> Result<Self> {
        if size == 0 || !a.n_rows().is_multiple_of(size) {
            let expected = "a divisor of the number of rows";
            return Err(Error::Config { field: "block size", expected, value: size.to_string() });
        }
        let mut inverse = vec![T::ZERO; a.n_rows() * size];
        for (block, inverse) in inverse.chunks_mut(size * size).enumerate() {
            let first = block * size;
            let mut dense = vec![T::ZERO; size * size];
            for row in 0..size {
                for column in 0..size {
                    dense[row * size + column] = a.get(first + row, first + column);
                }
            }
            invert(&mut dense, inverse, size).map_err(|row| {
                let problem = format!("has no pivot in the block of rows {first}..{}", first + size);
                Error::Sparse { name: "block Jacobi preconditioner", row: first + row, problem }
            })?;
        }
        Ok(Self { size, inverse })
    }
}

/// Gauss-Jordan elimination with row pivoting; the column without a pivot is the error.
fn invert<T: Number>(a: &mut [T], inverse: &mut [T], n: usize) -> Result<(), usize> {
    let largest = a.iter().map(|v| v.abs()).fold(0.0, f64::max);
    for k in 0..n {
        inverse[k * n + k] = T::ONE;
    }
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i * n + k].abs2().total_cmp(&a[j * n + k].abs2())).unwrap_or(k);
        let size = a[pivot * n + k].abs();
        if size.is_nan() || size <= 1e-14 * largest || !size.is_finite() {
            return Err(k);
        }
        for column in 0..n {
            a.swap(k * n + column, pivot * n + column);
            inverse.swap(k * n + column, pivot * n + column);
        }
        let by = T::ONE / a[k * n + k];
        for column in 0..n {
            a[k * n + column] *= by;
            inverse[k * n + column] *= by;
        }
        for row in (0..n).filter(|&row| row != k) {
            let by = a[row * n + k];
            for column in 0..n {
                let (from_a, from_inverse) = (a[k * n + column], inverse[k * n + column]);
                a[row * n + column] -= by * from_a;
                inverse[row * n + column] -= by * from_inverse;
            }
        }
    }
    Ok(())
}

impl<T: Number> Preconditioner<T> for BlockJacobi<T> {
    fn apply(&self, r: &[T], z: &mut [T]) {
        let size = self.size;
        assert_eq!(r.len() * size, self.inverse.len(), "length of the residual");
        for_chunks(z, size * (4096 / size).max(1), |from, z| {
            for (row, z) in (from..).zip(z) {
                let first = row / size * size;
                let entries = self.inverse[row * size..][..size].iter().zip(&r[first..][..size]);
                *z = entries.fold(T::ZERO, |sum, (&a, &r)| sum + a * r);
            }
        });
    }
}
