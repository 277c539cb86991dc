//! Gradients of weights: sums over the points of a tile of products of two fields' channels.

use crate::Scalar;
use crate::simd::transpose::{into_lanes, lanes};
use crate::simd::{self, Kernel, Lanes};

use super::product::{Tile, height};

/// Rows and columns from which on it pays to turn the points of `x` first.
const WORTH_TURNING: usize = 8;

/// Scratch rows that [`add_outer`] needs for a gradient of `rows` x `cols`.
pub(super) fn scratch_rows(rows: usize, cols: usize) -> usize {
    if rows.min(cols) < WORTH_TURNING { 0 } else { cols.next_multiple_of(16) }
}

/// `sum [rows, cols] += Z [rows, n] · X [cols, n]ᵀ`: the gradient of a weight from a tile of points.
///
/// Small gradients are scalar products of rows. For others `X` is turned, so that a register holds neighbouring columns, and the
/// same kernel as for products of weights and points leaves no sums over registers.
///
/// # Safety
/// `z` and `x` have `rows` and `cols` rows of `n` readable points, `x` up to the next multiple of 16 points; `space` has
/// [`scratch_rows`] rows with room for 16 points more than that and belongs to the caller alone.
pub(super) unsafe fn add_outer<T: Scalar>(
    z: Tile<T>,
    rows: usize,
    x: Tile<T>,
    cols: usize,
    n: usize,
    space: Tile<T>,
    sum: &mut [T],
) {
    assert_eq!(sum.len(), rows * cols, "a gradient of {rows} x {cols}");
    // SAFETY: the caller's contract.
    unsafe {
        if scratch_rows(rows, cols) == 0 {
            simd::run(Outer { z, rows, x, cols, n, sum });
        } else {
            let (turned, sum) = (space.start, sum.as_mut_ptr());
            simd::run(Turned { z, rows, x, cols, n, turned, sum });
        }
    }
}

/// Points whose turned columns stay in the first-level cache.
const NEAR: usize = 96;

struct Turned<T> {
    z: Tile<T>,
    rows: usize,
    x: Tile<T>,
    cols: usize,
    n: usize,
    /// `[n, cols]`, rows `pitch` apart.
    turned: *mut T,
    sum: *mut T,
}

impl<T: Scalar> Kernel<T> for Turned<T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let (width, most) = (lanes::<T>(), if L::MANY_REGISTERS { 3 } else { 2 });
        let registers = self.cols.div_ceil(L::N);
        let together = registers.div_ceil(registers.div_ceil(most));
        // SAFETY: the caller's contract: blocks of whole registers of points and of columns lie in `x` and in the scratch.
        unsafe {
            for p in (0..self.n).step_by(width) {
                for c in (0..self.cols).step_by(width) {
                    let (src, dst) =
                        (self.x.at(c).add(p).cast_const(), self.turned.add(p * self.pitch() + c));
                    into_lanes(src, self.x.stride, width.min(self.cols - c), dst, self.pitch());
                }
            }
            for from in (0..self.n).step_by(NEAR) {
                let points = (from, (from + NEAR).min(self.n));
                let mut row = 0;
                while row < self.rows {
                    let h = height(self.rows - row);
                    for register in (0..registers).step_by(together) {
                        let (at, v) = ((row, register * L::N), together.min(registers - register));
                        match h {
                            8 => self.panel::<L, 8>(at, v, points),
                            4 => self.panel::<L, 4>(at, v, points),
                            2 => self.panel::<L, 2>(at, v, points),
                            _ => self.panel::<L, 1>(at, v, points),
                        }
                    }
                    row += h;
                }
            }
        }
    }
}

impl<T: Scalar> Turned<T> {
    #[inline(always)]
    fn pitch(&self) -> usize {
        self.cols.next_multiple_of(16)
    }

    /// # Safety
    /// As for [`Self::block`].
    #[inline(always)]
    unsafe fn panel<L: Lanes<T>, const H: usize>(
        &self,
        at: (usize, usize),
        registers: usize,
        points: (usize, usize),
    ) {
        // SAFETY: the caller's contract.
        unsafe {
            match registers {
                3 => self.block::<L, H, 3>(at, points),
                2 => self.block::<L, H, 2>(at, points),
                _ => self.block::<L, H, 1>(at, points),
            }
        }
    }

    /// Adds the products of some points to `H` rows and `V` registers of columns of the sum.
    ///
    /// # Safety
    /// They begin in the sum; the points are in the tile.
    #[inline(always)]
    unsafe fn block<L: Lanes<T>, const H: usize, const V: usize>(
        &self,
        (row, col): (usize, usize),
        points: (usize, usize),
    ) {
        let mut acc = [[L::splat(T::zero()); V]; H];
        // SAFETY: the caller's contract; columns beyond the last are zeros in the scratch and are not stored.
        unsafe {
            let z: [*const T; H] = std::array::from_fn(|h| self.z.at(row + h).cast_const());
            for p in points.0..points.1 {
                let x = self.turned.add(p * self.pitch() + col).cast_const();
                let mut columns = [acc[0][0]; V];
                for v in 0..V {
                    columns[v] = L::load(x.add(v * L::N));
                }
                for h in 0..H {
                    let factor = L::splat(*z[h].add(p));
                    for v in 0..V {
                        acc[h][v] = factor.fma(columns[v], acc[h][v]);
                    }
                }
            }
            for h in 0..H {
                for v in 0..V {
                    let (start, left) = (col + v * L::N, self.cols - col - v * L::N);
                    let sum = self.sum.add((row + h) * self.cols + start);
                    if left >= L::N {
                        L::load(sum).add(acc[h][v]).store(sum);
                    } else {
                        L::load_part(sum, left).add(acc[h][v]).store_part(sum, left);
                    }
                }
            }
        }
    }
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
