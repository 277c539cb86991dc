//! Singular values and left singular vectors of an unfolding.

use faer::Mat;

use super::tensor::{C64, ComplexTensor};
use crate::{Error, Result};

/// Fibres that one step of the reduction takes.
const BLOCK: usize = 512;

/// The unfolding `A_(k) [I_k, J]` of a tensor along an axis, `A = U diag(s) V^H`.
pub(super) struct Unfolding {
    /// `[I_k, min(I_k, J)]`
    vectors: Mat<C64>,
    /// In descending order.
    pub(super) values: Vec<f64>,
}

impl Unfolding {
    /// Where `I_k <= J`, the vectors of the triangle `R` of `A^H = Q R`, built from a block of columns of `A` at a time: as accurate
    /// as the decomposition of `A` itself, where that of `A A^H` would lose half of the digits, and `A` is never copied.
    pub(super) fn of(tensor: &ComplexTensor, axis: usize) -> Result<Self> {
        let (before, length, after) = tensor.split(axis);
        let columns = before * after;
        let fibre = |column: usize, i: usize| {
            tensor.entries()[(column / after * length + i) * after + column % after]
        };
        if length > columns {
            return Self::decompose(&Mat::from_fn(length, columns, |i, j| fibre(j, i)), tensor.shape());
        }
        let mut triangle = Mat::<C64>::zeros(0, length);
        for first in (0..columns).step_by(BLOCK) {
            let taken = BLOCK.min(columns - first);
            let above = triangle.nrows();
            let stacked = Mat::from_fn(above + taken, length, |i, j| {
                if i < above { triangle[(i, j)] } else { fibre(first + i - above, j).conj() }
            });
            triangle = stacked.qr().thin_R().to_owned();
        }
        Self::decompose(&triangle.adjoint().to_owned(), tensor.shape())
    }

    fn decompose(matrix: &Mat<C64>, shape: &[usize]) -> Result<Self> {
        let svd = matrix.thin_svd().map_err(|e| Error::Decomposition {
            reason: format!("the singular values of a tensor of shape {shape:?} do not converge ({e:?})"),
        })?;
        let values = svd.S().column_vector().iter().map(|s| s.re).collect();
        Ok(Self { vectors: svd.U().to_owned(), values })
    }

    /// The first `rank` left vectors as `[I_k, rank]`. Beyond those that there are stand unit vectors.
    pub(super) fn leading(&self, rank: usize) -> Vec<C64> {
        let (rows, columns) = (self.vectors.nrows(), self.vectors.ncols());
        let entry = |i: usize, j: usize| match (j < columns, (j - columns.min(j)) % rows == i) {
            (true, _) => self.vectors[(i, j)],
            (false, true) => C64::new(1.0, 0.0),
            (false, false) => C64::new(0.0, 0.0),
        };
        (0..rows).flat_map(|i| (0..rank).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect()
    }

    /// `Σ_{j > rank} s_j²`
    pub(super) fn tail(&self, rank: usize) -> f64 {
        self.values.iter().skip(rank).map(|s| s * s).sum()
    }
}

impl ComplexTensor {
    /// The singular values of the unfolding along `axis`, in descending order.
    ///
    /// The norm of those beyond the first r is the distance to the nearest tensor of rank r along this axis, and so no more than
    /// that to any Tucker form with this rank.
    ///
    /// # Errors
    /// [`Error::Decomposition`] where the iteration does not converge.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn singular_values(&self, axis: usize) -> Result<Vec<f64>> {
        Ok(Unfolding::of(self, axis)?.values)
    }
}
