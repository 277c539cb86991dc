//! Tensor train by truncated singular value decompositions.

use super::svd::Unfolding;
use super::tensor::{ComplexTensor, adjoint};
use crate::Result;

/// A tensor train `G_1[i_1] .. G_N[i_N]`.
#[derive(Clone, Debug)]
pub struct TrainTensor {
    /// `G_k [r_{k-1}, I_k, r_k]`
    pub cores: Vec<ComplexTensor>,
    /// The distance to the tensor that was decomposed, as the discarded singular values have it.
    pub discarded: f64,
}

/// The tensor train of ranks `[1, r_1, .., r_{N-1}, 1]` by singular value decompositions from the first axis to the last.
///
/// ```math
/// ‖A - G_1 .. G_N‖² = Σ_k Σ_{j > r_k} s_{k,j}²  ≤  (N - 1) min_{B of these ranks} ‖A - B‖²
/// ```
///
/// with the singular values `s` of what is left at step k. A rank beyond that of its unfolding is filled up: with unit vectors on
/// the left and zeros on the right.
///
/// **Source.** Oseledets, *Tensor-Train Decomposition*, 2011, algorithm 1 and theorem 2.2.
///
/// # Errors
/// [`Error::Decomposition`](crate::Error::Decomposition) where a singular value decomposition does not converge.
///
/// # Panics
/// If there is not one rank more than axes.
pub fn train_svd(tensor: &ComplexTensor, ranks: &[usize]) -> Result<TrainTensor> {
    let shape = tensor.shape().to_vec();
    assert_eq!(ranks.len(), shape.len() + 1, "the ranks of a train");
    let mut left = tensor.clone();
    let mut cores = Vec::with_capacity(shape.len());
    let mut discarded = 0.0;
    for k in 0..shape.len() - 1 {
        let (rows, rank) = (ranks[k] * shape[k], ranks[k + 1]);
        let columns = left.entries().len() / rows;
        let matrix = left.reshaped(&[rows, columns]);
        let unfolding = Unfolding::of(&matrix, 0)?;
        let vectors = unfolding.leading(rank);
        discarded += unfolding.tail(rank);
        left = matrix.mode_product(0, &adjoint(&vectors, rank)).cleared_from(0, unfolding.values.len());
        cores.push(ComplexTensor::of(&[ranks[k], shape[k], rank], vectors));
    }
    let last = shape.len() - 1;
    cores.push(left.reshaped(&[ranks[last], shape[last], 1]));
    Ok(TrainTensor { cores, discarded: discarded.sqrt() })
}

impl TrainTensor {
    /// All entries of `G_1 .. G_N`.
    #[must_use]
    pub fn reconstruct(&self) -> ComplexTensor {
        let shape: Vec<usize> = self.cores.iter().map(|core| core.shape()[1]).collect();
        let mut product = ComplexTensor::of(&[1, 1], vec![1.0.into()]);
        for core in &self.cores {
            let [r, length, s] = [core.shape()[0], core.shape()[1], core.shape()[2]];
            let rows = product.entries().len() / r;
            // X [rows, r] times G [r, length * s]: the mode product along the last axis takes the transpose.
            let transposed = core.clone().reshaped(&[r, length * s]).permuted(&[1, 0]);
            product = product.reshaped(&[rows, r]).mode_product(1, transposed.entries());
            product = product.reshaped(&[rows * length, s]);
        }
        product.reshaped(&shape)
    }
}
