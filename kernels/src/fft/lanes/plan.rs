//! The factors of a length, and the roots of unity between them.

use super::super::roots::root;
use crate::Scalar;

/// One radix-r pass of a Stockham transform: n/s points in hand, s transforms side by side.
#[derive(Debug)]
pub(super) struct Pass<T> {
    pub(super) radix: usize,
    /// Butterflies with different twiddle factors.
    pub(super) groups: usize,
    /// Butterflies that share them.
    pub(super) stride: usize,
    /// `[groups, radix - 1, 2]`: cos and -sin of 2π p i / (groups · radix), i = 1..radix.
    pub(super) twiddles: Vec<T>,
    /// For a radix without a butterfly of its own: cos and -sin of 2π j / radix.
    pub(super) roots: Vec<T>,
}

/// A planned complex line of n cells.
#[derive(Debug)]
pub(super) struct LinePlan<T> {
    pub(super) n: usize,
    pub(super) passes: Vec<Pass<T>>,
}

impl<T: Scalar> LinePlan<T> {
    pub(super) fn new(n: usize) -> Self {
        let mut passes = Vec::new();
        let mut stride = 1;
        for radix in factors(n) {
            let groups = n / stride / radix;
            let mut twiddles = Vec::with_capacity(groups * (radix - 1) * 2);
            for p in 0..groups {
                for i in 1..radix {
                    let (cos, sin) = root(p * i, groups * radix);
                    twiddles.extend([T::of(cos), T::of(-sin)]);
                }
            }
            let mut roots = Vec::new();
            if !matches!(radix, 2 | 3 | 4 | 5 | 8) {
                for j in 0..radix {
                    let (cos, sin) = root(j, radix);
                    roots.extend([T::of(cos), T::of(-sin)]);
                }
            }
            passes.push(Pass { radix, groups, stride, twiddles, roots });
            stride *= radix;
        }
        Self { n, passes }
    }
}

/// Radices whose product is n: eights first, then what is left of the powers of two, then odd primes.
fn factors(n: usize) -> Vec<usize> {
    let mut twos = n.trailing_zeros();
    let mut odd = n >> twos;
    let mut found = Vec::new();
    // 16 = 4 · 4 and 4 = 4 · 1 avoid a pass of radix 2.
    while twos >= 3 && twos != 4 {
        found.push(8);
        twos -= 3;
    }
    while twos >= 2 {
        found.push(4);
        twos -= 2;
    }
    if twos == 1 {
        found.push(2);
    }
    let mut p = 3;
    while odd > 1 {
        while odd.is_multiple_of(p) {
            found.push(p);
            odd /= p;
        }
        p += 2;
        if p * p > odd && odd > 1 {
            found.push(odd);
            break;
        }
    }
    found
}
