//! Contraction with a CP weight.

use num_complex::Complex;

use super::path::{CpPlan, SpectralShape};
use super::{CMatmul, Operand, separable};
use crate::Scalar;
use crate::buffer::uninit;

/// The row-wise products of two matrices with equal columns: `C[(p, q), r] = A[p, r] B[q, r]` (Khatri-Rao).
///
/// # Panics
/// If a length is not a multiple of `rank`.
#[must_use]
pub fn khatri_rao<T: Scalar>(a: &[Complex<T>], b: &[Complex<T>], rank: usize) -> Vec<Complex<T>> {
    assert!(a.len().is_multiple_of(rank) && b.len().is_multiple_of(rank), "matrices of {rank} columns");
    let mut c = uninit::<Complex<T>>(a.len() / rank * b.len());
    for (c, a) in c.chunks_exact_mut(b.len()).zip(a.chunks_exact(rank)) {
        for (c, b) in c.chunks_exact_mut(rank).zip(b.chunks_exact(rank)) {
            for ((c, a), b) in c.iter_mut().zip(a).zip(b) {
                *c = *a * *b;
            }
        }
    }
    c
}

/// `E[m, r] = λ_r Π_k U_k[m_k, r]` over all kept modes.
fn mode_part<T: Scalar>(weights: &[Complex<T>], factors: &[&[Complex<T>]]) -> Vec<Complex<T>> {
    factors.iter().fold(weights.to_vec(), |e, u| khatri_rao(&e, u, weights.len()))
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
    let modes = mode_part(weights, &factors[..d]);
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
    let (d, modes, batch, rank) = (shape.modes.len(), shape.n_modes(), shape.batch, weights.len());
    let (inputs, outputs) = (shape.in_channels, shape.out_channels);
    assert_eq!(x.len(), modes * batch * inputs, "spectrum of {shape:?}");
    if plan == CpPlan::Reconstruct {
        return CMatmul::new(modes, batch, inputs, outputs).forward(x, &reconstruct(weights, factors, shape));
    }
    check(weights, factors, shape);
    let (u_in, u_out) = (factors[d], factors[d + 1]);
    let e = mode_part(weights, &factors[..d]);
    let rows = modes * batch;
    let components = match plan {
        CpPlan::FoldInput => CMatmul::new(modes, batch, inputs, rank).forward(x, &khatri_rao(&e, u_in, rank)),
        _ => CMatmul::new(1, rows, inputs, rank).with_b(Operand::shared()).forward(x, u_in),
    };
    match plan {
        CpPlan::FoldOutput => CMatmul::new(modes, batch, rank, outputs)
            .with_b(Operand::each().transposed())
            .forward(&components, &khatri_rao(&e, u_out, rank)),
        CpPlan::FoldInput => tall(&components, u_out, rows, rank, outputs),
        _ => tall(&separable(&components, &e, modes, batch, rank), u_out, rows, rank, outputs),
    }
}

fn tall<T: Scalar>(
    x: &[Complex<T>],
    u: &[Complex<T>],
    rows: usize,
    rank: usize,
    outputs: usize,
) -> Vec<Complex<T>> {
    CMatmul::new(1, rows, rank, outputs).with_b(Operand::shared().transposed()).forward(x, u)
}
