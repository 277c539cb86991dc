//! What the iterative methods ask of a matrix and of a preconditioner.

use super::{Csr, Number};

/// A square linear map, as a matrix or as a function.
pub trait LinearOperator<T>: Sync {
    /// The number of unknowns.
    fn size(&self) -> usize;
    /// `y ← A x`, for slices of [`Self::size`] values; nothing of `y` is read.
    fn apply(&self, x: &[T], y: &mut [T]);
}

/// An approximation of the inverse of a matrix.
pub trait Preconditioner<T>: Sync {
    /// `z ← M⁻¹ r`; nothing of `z` is read.
    fn apply(&self, r: &[T], z: &mut [T]);
}

impl<T: Number> LinearOperator<T> for Csr<T> {
    fn size(&self) -> usize {
        self.n_rows()
    }
    fn apply(&self, x: &[T], y: &mut [T]) {
        self.multiply(x, y);
    }
}

/// A function `(x, y)` that writes `A x` to `y`, as an operator: a matrix that is never stored.
///
/// ```
/// use sobolev_solvers::linear::{FnOperator, LinearOperator};
/// let twice = FnOperator::new(3, |x: &[f64], y: &mut [f64]| y.iter_mut().zip(x).for_each(|(y, x)| *y = 2.0 * x));
/// let mut y = [0.0; 3];
/// twice.apply(&[1.0, 2.0, 3.0], &mut y);
/// assert_eq!(y, [2.0, 4.0, 6.0]);
/// ```
#[derive(Clone, Debug)]
pub struct FnOperator<F> {
    size: usize,
    apply: F,
}

impl<F> FnOperator<F> {
    /// The map `apply` on vectors of `size` values.
    pub fn new(size: usize, apply: F) -> Self {
        Self { size, apply }
    }
}

impl<T, F: Fn(&[T], &mut [T]) + Sync> LinearOperator<T> for FnOperator<F> {
    fn size(&self) -> usize {
        self.size
    }
    fn apply(&self, x: &[T], y: &mut [T]) {
        (self.apply)(x, y);
    }
}

impl<T, F: Fn(&[T], &mut [T]) + Sync> Preconditioner<T> for FnOperator<F> {
    fn apply(&self, r: &[T], z: &mut [T]) {
        (self.apply)(r, z);
    }
}

/// No preconditioning: `z = r`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl<T: Number> Preconditioner<T> for Identity {
    fn apply(&self, r: &[T], z: &mut [T]) {
        z.copy_from_slice(r);
    }
}
