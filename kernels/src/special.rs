//! Special functions in forms that the compiler vectorises.
//!
//! Each exists twice with the same coefficients: on one `f32`, and on a register of them.

use crate::Scalar;
use crate::simd::Lanes;

/// `1/√(2π)`
pub const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// Numerator of [`erf_f32`], highest power of x² first.
const ERF_P: [f32; 7] = [
    -2.726_142_3e-10,
    2.770_681_4e-8,
    -2.101_024e-6,
    -5.692_506_5e-5,
    -7.349_906_3e-4,
    -2.954_6e-3,
    -1.609_603_3e-2,
];
/// Denominator of [`erf_f32`].
const ERF_Q: [f32; 5] = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
/// `(exp(r) - 1 - r) / r²` on [-ln2/2, ln2/2], highest power first.
const EXP_P: [f32; 6] =
    [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.0e-1];
/// ln 2 in two parts; the first has few bits, so that its multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// The error function in single precision, without a branch.
///
/// A rational function of degree 13/8 in x on [-4, 4], beyond which `erf` equals ±1 to single precision.
#[inline(always)]
pub fn erf_f32(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let z = x * x;
    let horner = |c: &[f32]| c.iter().skip(1).fold(c[0], |sum, c| sum.mul_add(z, *c));
    let (p, q) = (horner(&ERF_P), horner(&ERF_Q));
    x * p / q
}

/// `exp(x)` for `x <= 0` in single precision, without a branch (Cody-Waite reduction, degree-7 polynomial).
#[inline(always)]
pub fn exp_nonpositive_f32(x: f32) -> f32 {
    let x = x.max(-87.0);
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    let r = n.mul_add(-LN_2[0], x);
    let r = n.mul_add(-LN_2[1], r);
    let p = EXP_P.iter().skip(1).fold(EXP_P[0], |sum, c| sum.mul_add(r, *c));
    let y = (p * r).mul_add(r, r) + 1.0;
    y * f32::from_bits((((n as i32) + 127) << 23) as u32)
}

/// A polynomial of at most eight coefficients, highest power first, by Estrin's scheme: pairs, then pairs of pairs. Horner's rule
/// is a chain as long as the polynomial, and what waits for it fills the processor's queues.
#[inline(always)]
fn polynomial<T: Scalar, L: Lanes<T>, const N: usize>(coefficients: [f32; N], z: L) -> L {
    let zero = L::splat(T::zero());
    let of = |power: usize| L::splat(T::of(f64::from(coefficients[N - 1 - power])));
    // Sums over the powers 2 i and 2 i + 1, divided by the even one.
    let mut pairs = [zero; 4];
    for i in 0..N / 2 {
        pairs[i] = of(2 * i + 1).fma(z, of(2 * i));
    }
    if N % 2 == 1 {
        pairs[N / 2] = of(N - 1);
    }
    if N <= 2 {
        return pairs[0];
    }
    let z2 = z.mul(z);
    let low = pairs[1].fma(z2, pairs[0]);
    if N <= 4 {
        return low;
    }
    let high = if N <= 6 { pairs[2] } else { pairs[3].fma(z2, pairs[2]) };
    high.fma(z2.mul(z2), low)
}

/// Coefficients of a polynomial in `x²` made those of `scale` times the polynomial in `z²`, `x = z/√2`.
const fn rescaled<const N: usize>(coefficients: [f32; N], scale: f64) -> [f32; N] {
    let mut out = coefficients;
    let mut factor = scale;
    let mut i = N;
    while i > 0 {
        i -= 1;
        out[i] = (coefficients[i] as f64 * factor) as f32;
        factor *= 0.5;
    }
    out
}

/// The normal distribution function, `Φ(z) = (1 + erf(z/√2))/2`, on a register: the rational function of [`erf_f32`], with the
/// factors 1/√2 and 1/2 in its coefficients. Absolute error below 2e-7.
#[inline(always)]
pub(crate) fn normal_cdf_lanes<T: Scalar, L: Lanes<T>>(z: L) -> L {
    const P: [f32; 7] = rescaled(ERF_P, 0.5 * std::f64::consts::FRAC_1_SQRT_2);
    const Q: [f32; 5] = rescaled(ERF_Q, 1.0);
    let end = T::of(4.0 * std::f64::consts::SQRT_2);
    let z = L::splat(end).min(L::splat(-end).max(z));
    let square = z.mul(z);
    L::splat(T::of(0.5)).add(z.mul(polynomial(P, square)).div(polynomial(Q, square)))
}

/// Least argument of the exponential on registers. `exp(-60) ≈ 1e-26` is nothing next to 1, yet its products with ordinary
/// gradients stay normal numbers: denormal ones cost a hundred cycles each.
const LEAST: f64 = -60.0;

/// `(2ⁿ, exp(x)/2ⁿ - 1)` with `n` the nearest integer to `x / ln 2`, for `x <= 0`.
#[inline(always)]
fn exp_parts<T: Scalar, L: Lanes<T>>(x: L) -> (L, L) {
    let x = L::splat(T::of(LEAST)).max(x);
    let n = x.mul(L::splat(T::LOG2_E())).round();
    let r = n.fma(L::splat(T::of(f64::from(-LN_2[0]))), x);
    let r = n.fma(L::splat(T::of(f64::from(-LN_2[1]))), r);
    (n.pow2(), polynomial(EXP_P, r).mul(r).fma(r, r))
}

/// [`exp_nonpositive_f32`] on a register. Relative error below 2e-7 for `x >= -60`; `exp(-60)` below.
#[inline(always)]
pub(crate) fn exp_nonpositive_lanes<T: Scalar, L: Lanes<T>>(x: L) -> L {
    let (scale, y) = exp_parts(x);
    scale.fma(y, scale)
}

/// `1 / (1 + exp(-x))` on a register. Relative error below 4e-7 for `x >= -60`; `exp(-60)` below.
#[inline(always)]
pub(crate) fn sigmoid_lanes<T: Scalar, L: Lanes<T>>(x: L) -> L {
    let one = L::splat(T::one());
    // exp(-|x|) never overflows; the smaller of the two values is then e / (1 + e), without cancellation.
    let e = exp_nonpositive_lanes(x.min(L::splat(T::zero()).sub(x)));
    x.where_less(L::splat(T::zero()), e, one).div(one.add(e))
}

/// `tanh(x)` on a register. Relative error below 4e-7, near 0 too.
#[inline(always)]
pub(crate) fn tanh_lanes<T: Scalar, L: Lanes<T>>(x: L) -> L {
    let (one, two, zero) = (L::splat(T::one()), L::splat(T::of(2.0)), L::splat(T::zero()));
    // With m = exp(-2|x|) - 1, tanh|x| = -m / (2 + m); taking m from the parts of exp keeps its relative accuracy near 0.
    let (scale, y) = exp_parts(x.min(zero.sub(x)).mul(two));
    let m = scale.fma(y, scale.sub(one));
    let t = m.div(two.add(m));
    x.where_less(zero, t, zero.sub(t))
}
