//! Singular values by the system's LAPACK (feature `lapack`): a second opinion on those of faer.

use ndarray::Array2;
use ndarray_linalg::SVD;

use super::tensor::ComplexTensor;
use crate::{Error, Result};

impl ComplexTensor {
    /// As [`singular_values`](Self::singular_values), by LAPACK's `zgesvd` on the whole unfolding.
    ///
    /// # Errors
    /// [`Error::Decomposition`] where the iteration does not converge.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn lapack_singular_values(&self, axis: usize) -> Result<Vec<f64>> {
        let (before, length, after) = self.split(axis);
        let unfolding = Array2::from_shape_fn((length, before * after), |(i, column)| {
            self.entries()[(column / after * length + i) * after + column % after]
        });
        let (_, values, _) = unfolding
            .svd(false, false)
            .map_err(|e| Error::Decomposition { reason: format!("LAPACK: {e}") })?;
        Ok(values.to_vec())
    }
}
