//! Tensor dropout: training steps leave out indices of the ranks.
//!
//! Every index of a rank is kept with probability 1 - p, independently, and what is kept is divided by 1 - p. The reconstructed
//! weight is linear in what belongs to each rank, so that its mean over the draws is the weight without dropout:
//!
//! ```math
//! Tucker: G ← G ×_k diag(m_k),  CP: λ ← λ ∘ m,  tensor train: G_k ← G_k ×_{r_k} diag(m_k),   m ∈ {0, 1/(1-p)}
//! ```
//!
//! so that where all indices are kept a Tucker core is scaled by (1 - p)^{-N}, N the number of its axes.
//!
//! **Source.** Kolbeinsson et al., *Tensor Dropout for Robust Learning*, 2021 (arXiv:1902.10758).
//! **Deviates.** The reference library keeps some indices of each rank in any case and scales as if it did not: its mean is another
//! weight. Like there, ranks of at most 3 and axes without a factor are left alone.

use burn::tensor::{Distribution, Tensor};

/// Largest rank of a Tucker form or tensor train that is left alone.
const SMALL: usize = 3;

/// The probability with which an index is left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dropout(pub(super) f64);

impl Dropout {
    /// `x` with the entries along `axis` left out or scaled, where gradients are recorded; drawn from the device's generator.
    pub(super) fn apply<const D: usize>(self, x: Tensor<D>, axis: usize) -> Tensor<D> {
        let rank = x.dims()[axis];
        if rank <= SMALL { x } else { self.apply_to_any(x, axis) }
    }

    /// As [`apply`](Self::apply), for a small rank too.
    pub(super) fn apply_to_any<const D: usize>(self, x: Tensor<D>, axis: usize) -> Tensor<D> {
        if self.0 == 0.0 || !x.device().is_autodiff() {
            return x;
        }
        let mut first = x.clone().detach();
        for other in (0..D).filter(|&other| other != axis) {
            first = first.narrow(other, 0, 1);
        }
        let keep = 1.0 - self.0;
        let mask = first.random_like(Distribution::Bernoulli(keep)) / keep;
        x * mask
    }
}
