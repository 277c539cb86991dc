//! Small DFTs, `b[i] = Σ_j a[j] exp(-2πi ij/r)`, on vectors of real and imaginary parts.

use crate::Scalar;
use crate::simd::Lanes;

/// A complex vector.
pub(super) type C<L> = (L, L);

/// A DFT of `R` points. A trait and not a closure: a closure is a function of its own without the vector instructions, and
/// intrinsics inside one become calls.
pub(super) trait Butterfly<const R: usize> {
    /// The DFT.
    fn dft<T: Scalar, L: Lanes<T>>(a: [C<L>; R]) -> [C<L>; R];
}

macro_rules! butterfly {
    ($name:ident, $radix:literal, $dft:ident) => {
        /// The DFT of as many points as the name says.
        pub(super) struct $name;

        impl Butterfly<$radix> for $name {
            #[inline(always)]
            fn dft<T: Scalar, L: Lanes<T>>(a: [C<L>; $radix]) -> [C<L>; $radix] {
                $dft::<T, L>(a)
            }
        }
    };
}

butterfly!(Two, 2, dft2);
butterfly!(Three, 3, dft3);
butterfly!(Four, 4, dft4);
butterfly!(Five, 5, dft5);
butterfly!(Eight, 8, dft8);

#[inline(always)]
fn add<T: Scalar, L: Lanes<T>>(a: C<L>, b: C<L>) -> C<L> {
    (a.0.add(b.0), a.1.add(b.1))
}

#[inline(always)]
fn sub<T: Scalar, L: Lanes<T>>(a: C<L>, b: C<L>) -> C<L> {
    (a.0.sub(b.0), a.1.sub(b.1))
}

/// `a - i b`
#[inline(always)]
fn sub_i<T: Scalar, L: Lanes<T>>(a: C<L>, b: C<L>) -> C<L> {
    (a.0.add(b.1), a.1.sub(b.0))
}

/// `a + i b`
#[inline(always)]
fn add_i<T: Scalar, L: Lanes<T>>(a: C<L>, b: C<L>) -> C<L> {
    (a.0.sub(b.1), a.1.add(b.0))
}

/// `a · (c, s)`
#[inline(always)]
pub(super) fn mul<T: Scalar, L: Lanes<T>>(a: C<L>, c: T, s: T) -> C<L> {
    let (c, s) = (L::splat(c), L::splat(s));
    (a.0.mul(c).sub(a.1.mul(s)), a.1.fma(c, a.0.mul(s)))
}

#[inline(always)]
fn dft2<T: Scalar, L: Lanes<T>>(a: [C<L>; 2]) -> [C<L>; 2] {
    [add(a[0], a[1]), sub(a[0], a[1])]
}

#[inline(always)]
fn dft3<T: Scalar, L: Lanes<T>>(a: [C<L>; 3]) -> [C<L>; 3] {
    let (p, m) = (add(a[1], a[2]), sub(a[1], a[2]));
    let half = L::splat(T::of(-0.5));
    let base = (p.0.fma(half, a[0].0), p.1.fma(half, a[0].1));
    let h = L::splat(T::of(0.75_f64.sqrt()));
    let turn = (m.0.mul(h), m.1.mul(h));
    [add(a[0], p), sub_i(base, turn), add_i(base, turn)]
}

#[inline(always)]
fn dft4<T: Scalar, L: Lanes<T>>(a: [C<L>; 4]) -> [C<L>; 4] {
    let (p, q) = (add(a[0], a[2]), sub(a[0], a[2]));
    let (r, s) = (add(a[1], a[3]), sub(a[1], a[3]));
    [add(p, r), sub_i(q, s), sub(p, r), add_i(q, s)]
}

#[inline(always)]
fn dft5<T: Scalar, L: Lanes<T>>(a: [C<L>; 5]) -> [C<L>; 5] {
    // cos and sin of 2π/5 and 4π/5.
    let (c1, c2) = (L::splat(T::of(0.309_016_994_374_947_45)), L::splat(T::of(-0.809_016_994_374_947_5)));
    let (s1, s2) = (L::splat(T::of(0.951_056_516_295_153_5)), L::splat(T::of(0.587_785_252_292_473_1)));
    let (p1, m1) = (add(a[1], a[4]), sub(a[1], a[4]));
    let (p2, m2) = (add(a[2], a[3]), sub(a[2], a[3]));
    let base1 = (p2.0.fma(c2, p1.0.fma(c1, a[0].0)), p2.1.fma(c2, p1.1.fma(c1, a[0].1)));
    let base2 = (p2.0.fma(c1, p1.0.fma(c2, a[0].0)), p2.1.fma(c1, p1.1.fma(c2, a[0].1)));
    let turn1 = (m2.0.fma(s2, m1.0.mul(s1)), m2.1.fma(s2, m1.1.mul(s1)));
    let turn2 = (m1.0.mul(s2).sub(m2.0.mul(s1)), m1.1.mul(s2).sub(m2.1.mul(s1)));
    [
        add(a[0], add(p1, p2)),
        sub_i(base1, turn1),
        sub_i(base2, turn2),
        add_i(base2, turn2),
        add_i(base1, turn1),
    ]
}

#[inline(always)]
fn dft8<T: Scalar, L: Lanes<T>>(a: [C<L>; 8]) -> [C<L>; 8] {
    let e = dft4([a[0], a[2], a[4], a[6]]);
    let o = dft4([a[1], a[3], a[5], a[7]]);
    let r = L::splat(T::of(std::f64::consts::FRAC_1_SQRT_2));
    // exp(-iπ/4) (x + iy) = r (x + y) + i r (y - x); exp(-3iπ/4) (x + iy) = r (y - x) - i r (x + y)
    let o1 = (o[1].0.add(o[1].1).mul(r), o[1].1.sub(o[1].0).mul(r));
    let o3 = (o[3].1.sub(o[3].0).mul(r), o[3].0.add(o[3].1).mul(r));
    [
        add(e[0], o[0]),
        add(e[1], o1),
        sub_i(e[2], o[2]),
        (e[3].0.add(o3.0), e[3].1.sub(o3.1)),
        sub(e[0], o[0]),
        sub(e[1], o1),
        add_i(e[2], o[2]),
        (e[3].0.sub(o3.0), e[3].1.add(o3.1)),
    ]
}
