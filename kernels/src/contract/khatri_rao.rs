//! Row-wise products of two matrices with equal columns (Khatri-Rao), forward and backward.

use num_complex::Complex;
use rayon::prelude::*;

use crate::Scalar;
use crate::buffer::uninit;
use crate::simd::multiversion;

/// Entries of the product per task.
const GRAIN: usize = 1 << 14;

fn rows<T>(a: &[Complex<T>], b: &[Complex<T>], rank: usize) -> (usize, usize) {
    assert!(
        rank > 0 && a.len().is_multiple_of(rank) && b.len().is_multiple_of(rank),
        "matrices of {} and {} entries with {rank} columns",
        a.len(),
        b.len()
    );
    (a.len() / rank, b.len() / rank)
}

/// `C[(p, q), r] = A[p, r] B[q, r]`.
///
/// # Panics
/// If a length is not a multiple of `rank`.
#[must_use]
pub fn khatri_rao<T: Scalar>(a: &[Complex<T>], b: &[Complex<T>], rank: usize) -> Vec<Complex<T>> {
    let (p, q) = rows(a, b, rank);
    let mut c = uninit::<Complex<T>>(p * q * rank);
    if c.is_empty() {
        return c;
    }
    c.par_chunks_mut(q * rank).zip(a.par_chunks(rank)).with_min_len((GRAIN / (q * rank)).max(1)).for_each(
        |(c, a)| {
            for (c, b) in c.chunks_exact_mut(rank).zip(b.chunks_exact(rank)) {
                product(a, b, c);
            }
        },
    );
    c
}

/// The gradient of `A` through [`khatri_rao`]: `gA[p, r] = Σ_q conj(B[q, r]) gC[(p, q), r]`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn khatri_rao_grad_a<T: Scalar>(
    b: &[Complex<T>],
    gc: &[Complex<T>],
    p: usize,
    rank: usize,
) -> Vec<Complex<T>> {
    assert_eq!(gc.len(), p * b.len(), "the gradient of a product with {p} rows of A");
    let mut ga = vec![Complex::new(T::zero(), T::zero()); p * rank];
    if gc.is_empty() {
        return ga;
    }
    ga.par_chunks_mut(rank).zip(gc.par_chunks(b.len())).with_min_len((GRAIN / b.len()).max(1)).for_each(
        |(ga, gc)| {
            for (gc, b) in gc.chunks_exact(rank).zip(b.chunks_exact(rank)) {
                accumulate(b, gc, ga);
            }
        },
    );
    ga
}

/// The gradient of `B` through [`khatri_rao`]: `gB[q, r] = Σ_p conj(A[p, r]) gC[(p, q), r]`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn khatri_rao_grad_b<T: Scalar>(
    a: &[Complex<T>],
    gc: &[Complex<T>],
    q: usize,
    rank: usize,
) -> Vec<Complex<T>> {
    assert_eq!(gc.len(), q * a.len(), "the gradient of a product with {q} rows of B");
    let mut gb = vec![Complex::new(T::zero(), T::zero()); q * rank];
    if gc.is_empty() {
        return gb;
    }
    gb.par_chunks_mut(rank).enumerate().with_min_len((GRAIN / a.len()).max(1)).for_each(|(row, gb)| {
        for (gc, a) in gc.chunks_exact(q * rank).zip(a.chunks_exact(rank)) {
            accumulate(a, &gc[row * rank..(row + 1) * rank], gb);
        }
    });
    gb
}

multiversion! {
    fn product[T: Scalar](a: &[Complex<T>], b: &[Complex<T>], c: &mut [Complex<T>]) {
        for ((c, a), b) in c.iter_mut().zip(a).zip(b) {
            *c = Complex::new(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
        }
    }
}

multiversion! {
    /// `to += conj(a) ∘ g`
    fn accumulate[T: Scalar](a: &[Complex<T>], g: &[Complex<T>], to: &mut [Complex<T>]) {
        for ((to, a), g) in to.iter_mut().zip(a).zip(g) {
            to.re += a.re * g.re + a.im * g.im;
            to.im += a.re * g.im - a.im * g.re;
        }
    }
}
