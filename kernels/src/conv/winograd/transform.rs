//! The one-dimensional transforms of F(4, 3) over vector registers, with the points `0, ±a, ±b, ∞` for `a² = 1/2`, `b² = 2`.
//!
//! Reciprocal pairs of points keep the entries of all three matrices between 1/3 and 3: with the usual points ±1, ±2 they reach from
//! 1/24 to 8, and the error is about three times larger.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::Scalar;
use crate::simd::Lanes;

const A: f64 = FRAC_1_SQRT_2;
const B: f64 = SQRT_2;

/// Values of a tile in one direction: 4 outputs, 3 taps, 6 products.
pub(super) const SIX: usize = 6;
/// Outputs of a tile along an axis.
pub(super) const FOUR: usize = 4;

/// `Bᵀ d`: six neighbouring inputs.
#[inline(always)]
pub(super) fn input<T: Scalar, L: Lanes<T>>(d: [L; 6]) -> [L; 6] {
    let c = |v: f64| L::splat(T::of(v));
    let (minus_two, minus_half, minus_sum) = (c(-2.0), c(-0.5), c(-2.5));
    let (even_a, odd_a) = (minus_two.fma(d[2], d[4]), minus_two.fma(d[1], d[3]).mul(c(A)));
    let (even_b, odd_b) = (minus_half.fma(d[2], d[4]), minus_half.fma(d[1], d[3]).mul(c(B)));
    [
        minus_sum.fma(d[2], d[0].add(d[4])),
        even_a.add(odd_a),
        even_a.sub(odd_a),
        even_b.add(odd_b),
        even_b.sub(odd_b),
        minus_sum.fma(d[3], d[1].add(d[5])),
    ]
}

/// `Aᵀ m`: four neighbouring outputs.
#[inline(always)]
pub(super) fn output<T: Scalar, L: Lanes<T>>(m: [L; 6]) -> [L; 4] {
    let c = |v: f64| L::splat(T::of(v));
    let (sum_a, dif_a, sum_b, dif_b) = (m[1].add(m[2]), m[1].sub(m[2]), m[3].add(m[4]), m[3].sub(m[4]));
    [
        m[0].add(sum_a).add(sum_b),
        c(A).fma(dif_a, c(B).mul(dif_b)),
        c(0.5).fma(sum_a, sum_b.add(sum_b)),
        c(0.5 * A).fma(dif_a, c(2.0 * B).fma(dif_b, m[5])),
    ]
}

/// `A g`, the adjoint of [`output`].
#[inline(always)]
pub(super) fn output_adjoint<T: Scalar, L: Lanes<T>>(g: [L; 4]) -> [L; 6] {
    let c = |v: f64| L::splat(T::of(v));
    let (even_a, odd_a) = (c(0.5).fma(g[2], g[0]), c(0.5).fma(g[3], g[1]).mul(c(A)));
    let (even_b, odd_b) = (c(2.0).fma(g[2], g[0]), c(2.0).fma(g[3], g[1]).mul(c(B)));
    [g[0], even_a.add(odd_a), even_a.sub(odd_a), even_b.add(odd_b), even_b.sub(odd_b), g[3]]
}

/// `G w`: three taps.
#[inline(always)]
pub(super) fn taps<T: Scalar>(w: [T; 3]) -> [T; 6] {
    let (even_a, odd_a) = (T::of(-2.0 / 3.0) * w[0] - T::of(1.0 / 3.0) * w[2], T::of(-2.0 / 3.0 * A) * w[1]);
    let (even_b, odd_b) = (T::of(1.0 / 6.0) * w[0] + T::of(1.0 / 3.0) * w[2], T::of(B / 6.0) * w[1]);
    [w[0], even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, w[2]]
}

/// `Gᵀ u`, the adjoint of [`taps`].
#[inline(always)]
pub(super) fn taps_adjoint<T: Scalar>(u: [T; 6]) -> [T; 3] {
    let (sum_a, dif_a, sum_b, dif_b) = (u[1] + u[2], u[1] - u[2], u[3] + u[4], u[3] - u[4]);
    [
        u[0] - T::of(2.0 / 3.0) * sum_a + T::of(1.0 / 6.0) * sum_b,
        T::of(B / 6.0) * dif_b - T::of(2.0 / 3.0 * A) * dif_a,
        u[5] - T::of(1.0 / 3.0) * sum_a + T::of(1.0 / 3.0) * sum_b,
    ]
}

/// Columns of a square array.
#[inline(always)]
pub(super) fn column<V: Copy, const N: usize, const M: usize>(rows: &[[V; M]; N], j: usize) -> [V; N] {
    std::array::from_fn(|i| rows[i][j])
}
