//! Gradients of weights: sums over the points of a tile of products of two fields' channels.

use crate::Scalar;
use crate::simd::{self, Kernel, Lanes};

use super::product::Tile;

/// `sum [rows, cols] += Z [rows, n] · X [cols, n]ᵀ`: the gradient of a weight from a tile of points.
///
/// # Safety
/// `z` and `x` have `rows` and `cols` rows of `n` readable points.
pub(super) unsafe fn add_outer<T: Scalar>(
    z: Tile<T>,
    rows: usize,
    x: Tile<T>,
    cols: usize,
    n: usize,
    sum: &mut [T],
) {
    assert_eq!(sum.len(), rows * cols, "a gradient of {rows} x {cols}");
    // SAFETY: the caller's contract.
    unsafe { simd::run(Outer { z, rows, x, cols, n, sum }) }
}

struct Outer<'a, T> {
    z: Tile<T>,
    rows: usize,
    x: Tile<T>,
    cols: usize,
    n: usize,
    sum: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Outer<'_, T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        for i in (0..self.rows).step_by(4) {
            for j in (0..self.cols).step_by(4) {
                let (m, k) = ((self.rows - i).min(4), (self.cols - j).min(4));
                // SAFETY: rows and columns that the matrix lacks repeat the last one, and their sums are dropped.
                let sums = unsafe {
                    let z = [0, 1, 2, 3]
                        .map(|a| self.z.start.add((i + a.min(m - 1)) * self.z.stride).cast_const());
                    let x = [0, 1, 2, 3]
                        .map(|b| self.x.start.add((j + b.min(k - 1)) * self.x.stride).cast_const());
                    dots::<T, L>(z, x, self.n)
                };
                for a in 0..m {
                    for b in 0..k {
                        self.sum[(i + a) * self.cols + j + b] += sums[a][b];
                    }
                }
            }
        }
    }
}

/// The sixteen scalar products of four rows and four rows.
///
/// # Safety
/// Each has `n` readable points.
#[inline(always)]
unsafe fn dots<T: Scalar, L: Lanes<T>>(z: [*const T; 4], x: [*const T; 4], n: usize) -> [[T; 4]; 4] {
    let mut acc = [[L::splat(T::zero()); 4]; 4];
    let mut at = 0;
    while at + L::N <= n {
        for b in 0..4 {
            // SAFETY: `at + N <= n`.
            let xb = unsafe { L::load(x[b].add(at)) };
            for a in 0..4 {
                // SAFETY: as above.
                acc[a][b] = unsafe { L::load(z[a].add(at)) }.fma(xb, acc[a][b]);
            }
        }
        at += L::N;
    }
    if at < n {
        for b in 0..4 {
            // SAFETY: `n - at` points are left.
            let xb = unsafe { L::load_part(x[b].add(at), n - at) };
            for a in 0..4 {
                // SAFETY: as above.
                acc[a][b] = unsafe { L::load_part(z[a].add(at), n - at) }.fma(xb, acc[a][b]);
            }
        }
    }
    L::sums(&acc)
}
