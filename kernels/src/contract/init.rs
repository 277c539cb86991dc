//! Standard deviations of the factors for which the reconstructed weight has a given one.

use super::rank::Factorization;

impl Factorization {
    /// The standard deviation `s` of independent, centred entries of all factors such that the entries of the reconstructed tensor
    /// have standard deviation `sigma` (for complex entries: `E|w|² = sigma²`).
    ///
    /// An entry of the reconstruction is a sum of uncorrelated products of as many factor entries as there are factors:
    ///
    /// ```math
    /// Tucker:        Π R_k terms of N + 1 entries     s = (sigma / Π √R_k)^{1/(N+1)}
    /// CP (λ = 1):    R terms of N entries              s = (sigma / √R)^{1/N}
    /// tensor train:  Π r_k terms of N entries          s = (sigma / Π √r_k)^{1/N}
    /// ```
    ///
    /// `order` is `N`, the order of the tensor; `ranks` are those of [`ranks`](Self::ranks), and of a Tucker form both leave the
    /// fixed axes out, which have no factor. The weights `λ` of a CP form are 1.
    ///
    /// **Deviates.** A published implementation divides by `Π r_k` for the tensor train, without the root; the weight then starts
    /// smaller than asked by the factor `Π √r_k`, which is 60 to 180 at common ranks.
    ///
    /// **Source.** Kossaifi et al. 2023 (arXiv:2310.00120), for Tucker and CP.
    #[must_use]
    pub fn factor_std(self, order: usize, ranks: &[usize], sigma: f64) -> f64 {
        let terms: f64 = ranks.iter().map(|&r| r as f64).product();
        let factors = if self == Self::Tucker { order + 1 } else { order };
        (sigma / terms.sqrt()).powf(1.0 / factors as f64)
    }
}
