//! Contraction with a CP weight.

use num_complex::Complex;

use super::path::{CpPlan, SpectralShape};
use super::{CMatmul, ComponentFactors, Components, Operand, khatri_rao};
use crate::Scalar;

/// `E[(p, q), r] = P[p, r] Q[q, r] = λ_r Π_k U_k[m_k, r]` over all kept modes, by its two factors: `P` has the weights and, with
/// two axes or more, the first of them.
fn mode_factors<T: Scalar>(
    weights: &[Complex<T>],
    factors: &[&[Complex<T>]],
    modes: &[usize],
) -> ([Vec<Complex<T>>; 2], [usize; 2]) {
    let rank = weights.len();
    let product = |u: &[&[Complex<T>]], start: &[Complex<T>]| {
        u.iter().fold(start.to_vec(), |e, u| khatri_rao(&e, u, rank))
    };
    let cut = usize::from(modes.len() > 1);
    let sizes = [modes[..cut].iter().product(), modes[cut..].iter().product()];
    ([product(&factors[..cut], weights), product(&factors[cut + 1..], factors[cut])], sizes)
}

fn check<T: Scalar>(weights: &[Complex<T>], factors: &[&[Complex<T>]], shape: &SpectralShape) {
    let full = shape.weight(super::Factorization::Cp);
    assert_eq!(factors.len(), full.len(), "factors of a weight {full:?}");
    for (k, factor) in factors.iter().enumerate() {
        assert_eq!(factor.len(), full[k] * weights.len(), "factor {k} [{}, {}]", full[k], weights.len());
    }
}

/// The dense weight `[M_1, .., M_d, in, out]` of weights `[R]` and factors `[I_k, R]`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn reconstruct<T: Scalar>(
    weights: &[Complex<T>],
    factors: &[&[Complex<T>]],
    shape: &SpectralShape,
) -> Vec<Complex<T>> {
    check(weights, factors, shape);
    let (d, rank) = (shape.modes.len(), weights.len());
    let ([p, q], _) = mode_factors(weights, &factors[..d], &shape.modes);
    let modes = khatri_rao(&p, &q, rank);
    let channels = khatri_rao(factors[d], factors[d + 1], rank);
    CMatmul::new(1, shape.n_modes(), rank, shape.in_channels * shape.out_channels)
        .with_b(Operand::shared().transposed())
        .forward(&modes, &channels)
}

/// `y[m, b, o] = Σ_i x[m, b, i] W[m, i, o]` with `W[m, i, o] = Σ_r λ_r Π_k U_k[m_k, r] U_in[i, r] U_out[o, r]`.
///
/// **Shapes.** `x [modes, batch, in]`, weights `λ [R]`, factors `[M_k, R]`, `[in, R]`, `[out, R]`; `y [modes, batch, out]`.
/// The plan is usually [`CpPlan::cheapest`].
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn contract<T: Scalar>(
    x: &[Complex<T>],
    weights: &[Complex<T>],
    factors: &[&[Complex<T>]],
    shape: &SpectralShape,
    plan: CpPlan,
) -> Vec<Complex<T>> {
    let (d, n_modes, batch, rank) = (shape.modes.len(), shape.n_modes(), shape.batch, weights.len());
    let (inputs, outputs) = (shape.in_channels, shape.out_channels);
    assert_eq!(x.len(), n_modes * batch * inputs, "spectrum of {shape:?}");
    if plan == CpPlan::Reconstruct {
        return CMatmul::new(n_modes, batch, inputs, outputs)
            .forward(x, &reconstruct(weights, factors, shape));
    }
    check(weights, factors, shape);
    let (u_in, u_out) = (factors[d], factors[d + 1]);
    let ([p, q], modes) = mode_factors(weights, &factors[..d], &shape.modes);
    let factors = ComponentFactors { modes: [&p, &q], input: u_in, output: u_out };
    Components { modes, batch, inputs, outputs, rank }.forward(x, factors)
}
