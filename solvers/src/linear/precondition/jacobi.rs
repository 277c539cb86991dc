//! The diagonal as a preconditioner.

use crate::linear::parallel::{CHUNK, for_chunks};
use crate::linear::{Csr, Number, Preconditioner};
use crate::{Error, Result};

/// `z = D⁻¹ r` with the diagonal `D` of a matrix.
#[derive(Clone, Debug)]
pub struct Jacobi<T> {
    inverse: Vec<T>,
}

impl<T: Number> Jacobi<T> {
    /// Takes the diagonal of `a`.
    ///
    /// # Errors
    /// [`Error::Sparse`] for a diagonal entry that is zero or not finite.
    pub fn new(a: &Csr<T>) -> Result<Self> {
        Ok(Self { inverse: inverse_diagonal("Jacobi preconditioner", a)? })
    }
}

pub(super) fn inverse_diagonal<T: Number>(name: &'static str, a: &Csr<T>) -> Result<Vec<T>> {
    let invert = |(row, d): (usize, T)| {
        let inverse = T::ONE / d;
        if d.abs2() > 0.0 && inverse.finite() && inverse.abs2() > 0.0 {
            return Ok(inverse);
        }
        Err(Error::Sparse { name, row, problem: format!("has {d:?} on the diagonal, which has no inverse") })
    };
    a.diagonal().into_iter().enumerate().map(invert).collect()
}

impl<T: Number> Preconditioner<T> for Jacobi<T> {
    fn apply(&self, r: &[T], z: &mut [T]) {
        assert_eq!(r.len(), self.inverse.len(), "length of the residual");
        for_chunks(z, CHUNK, |from, z| {
            for ((z, &r), &inverse) in z.iter_mut().zip(&r[from..]).zip(&self.inverse[from..]) {
                *z = inverse * r;
            }
        });
    }
}
