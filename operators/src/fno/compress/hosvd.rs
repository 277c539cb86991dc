//! Tucker form by truncated singular value decompositions of the unfoldings.

use super::svd::Unfolding;
use super::tensor::{C64, ComplexTensor, adjoint};
use crate::Result;

/// A Tucker form `G x_1 U_1 .. x_N U_N`.
#[derive(Clone, Debug)]
pub struct TuckerTensor {
    /// `G [R_1, .., R_N]`
    pub core: ComplexTensor,
    /// `U_k [I_k, R_k]` with orthonormal columns, as many as there are singular values; `None` for an axis that is not compressed.
    pub factors: Vec<Option<Vec<C64>>>,
    /// The distance to the tensor that was decomposed, as the discarded singular values have it.
    pub discarded: f64,
}

/// The sequentially truncated higher-order singular value decomposition with these ranks.
///
/// One axis after the other, `U_k` holds the first left singular vectors of the unfolding of what is left, and
/// `A ← A x_k U_k^H`. What each step discards is orthogonal to all that follows, so that with the singular values `s` of the steps
///
/// ```math
/// ‖A - G x_1 U_1 .. x_N U_N‖² = Σ_k Σ_{j > R_k} s_{k,j}²  ≤  Σ_k Σ_{j > R_k} σ_j(A_(k))²  ≤  N min_{B of these ranks} ‖A - B‖²
/// ```
///
/// A rank beyond the number of singular values is filled up: with unit vectors in the factor and zeros in the core.
///
/// **Source.** De Lathauwer, De Moor and Vandewalle, *A Multilinear Singular Value Decomposition*, 2000, property 10; Vannieuwenhoven,
/// Vandebril and Meerbergen, *A New Truncation Strategy for the Higher-Order Singular Value Decomposition*, 2012, theorems 5.1
/// and 6.5.
///
/// # Errors
/// [`Error::Decomposition`](crate::Error::Decomposition) where a singular value decomposition does not converge.
///
/// # Panics
/// If there is not one rank per axis.
pub fn hosvd(tensor: &ComplexTensor, ranks: &[usize], fixed: &[usize]) -> Result<TuckerTensor> {
    assert_eq!(ranks.len(), tensor.shape().len(), "one rank per axis");
    let mut axes: Vec<usize> = (0..ranks.len()).filter(|axis| !fixed.contains(axis)).collect();
    // The axis that shrinks most comes first: the later ones have less to do.
    axes.sort_by(|&a, &b| (ranks[a] * tensor.shape()[b]).cmp(&(ranks[b] * tensor.shape()[a])));
    let mut core = tensor.clone();
    let mut factors = vec![None; ranks.len()];
    let mut discarded = 0.0;
    for axis in axes {
        let unfolding = Unfolding::of(&core, axis)?;
        let factor = unfolding.leading(ranks[axis]);
        discarded += unfolding.tail(ranks[axis]);
        core = core
            .mode_product(axis, &adjoint(&factor, ranks[axis]))
            .cleared_from(axis, unfolding.values.len());
        factors[axis] = Some(factor);
    }
    Ok(TuckerTensor { core, factors, discarded: discarded.sqrt() })
}

impl TuckerTensor {
    /// All entries of `G x_1 U_1 .. x_N U_N`.
    #[must_use]
    pub fn reconstruct(&self) -> ComplexTensor {
        let factors = self.factors.iter().enumerate().filter_map(|(axis, u)| u.as_ref().map(|u| (axis, u)));
        factors.fold(self.core.clone(), |tensor, (axis, u)| {
            // [I, R] row-major is the matrix of the product.
            tensor.mode_product(axis, u)
        })
    }
}
