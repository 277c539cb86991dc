//! Symmetric successive over-relaxation.

use super::jacobi::inverse_diagonal;
use crate::linear::{Csr, Number, Preconditioner};
use crate::{Error, Result};

/// One symmetric sweep of over-relaxation from zero, for `A = D + L + U`:
///
/// ```math
/// z = ω (2 - ω) (D + ω U)^{-1} D (D + ω L)^{-1} r.
/// ```
///
/// Positive definite for positive definite `A` and ω in (0, 2). Sequential: its sweeps run on one thread.
///
/// **Source.** Axelsson, O., *A survey of preconditioned iterative methods for linear systems of algebraic equations*, BIT 25 (1985).
#[derive(Clone, Debug)]
pub struct Ssor<T> {
    a: Csr<T>,
    inverse: Vec<T>,
    omega: f64,
}

impl<T: Number> Ssor<T> {
    /// Relaxation of `a` with factor `omega`; 1 is symmetric Gauss-Seidel.
    ///
    /// # Errors
    /// [`Error::Config`] for a factor outside (0, 2); [`Error::Sparse`] for a diagonal entry that is zero or not finite.
    pub fn new(a: &Csr<T>, omega: f64) -> Result<Self> {
        if !(omega > 0.0 && omega < 2.0) {
            return Err(Error::Config { field: "omega", expected: "in (0, 2)", value: omega.to_string() });
        }
        let inverse = inverse_diagonal("relaxation", a)?;
        Ok(Self { a: a.clone(), inverse, omega })
    }
}

impl<T: Number> Preconditioner<T> for Ssor<T> {
    fn apply(&self, r: &[T], z: &mut [T]) {
        assert_eq!((r.len(), z.len()), (self.inverse.len(), self.inverse.len()), "lengths of r and z");
        let n = z.len();
        // (D + ω L) y = r, then (D + ω U) z = D y.
        for row in 0..n {
            let (columns, values) = self.a.row(row);
            let before = columns.iter().zip(values).take_while(|&(&column, _)| (column as usize) < row);
            let sum = before.fold(T::ZERO, |sum, (&column, &a)| sum + a * z[column as usize]);
            z[row] = (r[row] - sum.scale(self.omega)) * self.inverse[row];
        }
        for row in (0..n).rev() {
            let (columns, values) = self.a.row(row);
            let after = columns.iter().zip(values).rev().take_while(|&(&column, _)| column as usize > row);
            let sum = after.fold(T::ZERO, |sum, (&column, &a)| sum + a * z[column as usize]);
            z[row] -= sum.scale(self.omega) * self.inverse[row];
        }
        let by = self.omega * (2.0 - self.omega);
        for z in z {
            *z = z.scale(by);
        }
    }
}
