//! Batches of complex matrix products, cut into tasks whose sizes depend on the shapes alone.

use num_complex::Complex;
use rayon::prelude::*;

use crate::Scalar;
use crate::buffer::{SharedMut, uninit};
use crate::gemm::{Mat, MatMut, Store, gemm};

/// Rows and columns of one task's tile, and the contraction length of one link of a summed product.
const ROWS: usize = 128;
const COLS: usize = 256;
const DEPTH: usize = 256;
/// Complex multiply-adds below which another thread is not worth waking (a few microseconds).
const GRAIN: usize = 1 << 16;
/// Independent pieces that a summed product is cut into at least, where the shape allows it.
const PIECES: usize = 16;

/// A batch of matrices in a slice: entry `(j, p, q)` stands at `j * batch_stride + p * row_stride + q * col_stride`.
#[derive(Clone, Copy)]
pub(super) struct View<'a, T> {
    pub data: &'a [Complex<T>],
    pub batch_stride: usize,
    pub row_stride: usize,
    pub col_stride: usize,
    pub conj: bool,
}

impl<T: Scalar> View<'_, T> {
    pub(super) fn t(self) -> Self {
        Self { row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }

    pub(super) fn conj(self) -> Self {
        Self { conj: !self.conj, ..self }
    }

    fn mat(&self, item: usize, rows: (usize, usize), cols: (usize, usize)) -> Mat<'_, Complex<T>> {
        let first = item * self.batch_stride + rows.0 * self.row_stride + cols.0 * self.col_stride;
        let (height, width) = (rows.1 - rows.0, cols.1 - cols.0);
        let mat = Mat::strided(&self.data[first..], height, width, self.row_stride, self.col_stride);
        if self.conj { mat.conj() } else { mat }
    }

    fn check(&self, batch: usize, rows: usize, cols: usize) {
        let last =
            (batch - 1) * self.batch_stride + (rows - 1) * self.row_stride + (cols - 1) * self.col_stride;
        assert!(
            last < self.data.len(),
            "{batch} matrices of {rows} x {cols} reach beyond {} entries",
            self.data.len()
        );
    }
}

/// A rectangle of the output and a range of the contraction axis.
#[derive(Clone, Copy)]
struct Piece {
    rows: (usize, usize),
    cols: (usize, usize),
    depth: (usize, usize),
}

fn cuts(len: usize, step: usize) -> Vec<(usize, usize)> {
    (0..len.div_ceil(step)).map(|i| (i * step, ((i + 1) * step).min(len))).collect()
}

fn tiles(m: usize, n: usize) -> Vec<((usize, usize), (usize, usize))> {
    let cols = cuts(n, COLS);
    cuts(m, ROWS).into_iter().flat_map(|r| cols.iter().map(move |&c| (r, c))).collect()
}

/// `out[rows, cols] (+)= lhs_j[rows, depth] · rhs_j[depth, cols]`.
///
/// # Safety
/// `out` is the address of a row-major matrix of row length `stride` that covers the piece, which nobody else touches.
unsafe fn multiply<T: Scalar>(
    out: *mut Complex<T>,
    stride: usize,
    lhs: &View<'_, T>,
    rhs: &View<'_, T>,
    item: usize,
    piece: &Piece,
    store: Store,
) {
    let (rows, cols) = (piece.rows.1 - piece.rows.0, piece.cols.1 - piece.cols.0);
    // SAFETY: inside the matrix, and not shared, by the caller's contract.
    let dst = unsafe { MatMut::from_raw(out.add(piece.rows.0 * stride + piece.cols.0), rows, cols, stride) };
    gemm(dst, lhs.mat(item, piece.rows, piece.depth), rhs.mat(item, piece.depth, piece.cols), store);
}

/// `out[j] = lhs[j] · rhs[j]` for `j < batch`, every item `[m, k]` times `[k, n]`.
pub(super) fn each<T: Scalar>(
    lhs: View<'_, T>,
    rhs: View<'_, T>,
    batch: usize,
    m: usize,
    k: usize,
    n: usize,
) -> Vec<Complex<T>> {
    if batch * m * n == 0 || k == 0 {
        return vec![Complex::new(T::zero(), T::zero()); batch * m * n];
    }
    lhs.check(batch, m, k);
    rhs.check(batch, k, n);
    let tiles = tiles(m, n);
    let mut out = uninit::<Complex<T>>(batch * m * n);
    let shared = SharedMut::new(&mut out);
    let grain = (GRAIN * tiles.len()).div_ceil(m * k * n);
    (0..batch * tiles.len()).into_par_iter().with_min_len(grain).for_each(|task| {
        let (item, (rows, cols)) = (task / tiles.len(), tiles[task % tiles.len()]);
        let piece = Piece { rows, cols, depth: (0, k) };
        // SAFETY: items and tiles do not overlap, and each is one task; `out` outlives the loop.
        unsafe { multiply(shared.at(item * m * n), n, &lhs, &rhs, item, &piece, Store::Set) };
    });
    out
}

/// `out = Σ_j lhs[j] · rhs[j]`, every item `[m, k]` times `[k, n]`.
///
/// The sum runs over items and over the contraction axis; it is cut into groups by the shape alone, and the groups are added in
/// order, so that the result does not depend on the threads.
pub(super) fn summed<T: Scalar>(
    lhs: View<'_, T>,
    rhs: View<'_, T>,
    batch: usize,
    m: usize,
    k: usize,
    n: usize,
) -> Vec<Complex<T>> {
    if batch * m * n == 0 || k == 0 {
        return vec![Complex::new(T::zero(), T::zero()); m * n];
    }
    lhs.check(batch, m, k);
    rhs.check(batch, k, n);
    let tiles = tiles(m, n);
    let depths = cuts(k, DEPTH);
    let links = batch * depths.len();
    // Each group owns a whole partial result: few groups where the result is large.
    let groups = PIECES.div_ceil(tiles.len()).min(links).min((batch * m * k * n).div_ceil(GRAIN));
    let chain = links.div_ceil(groups);
    let groups = links.div_ceil(chain);
    let mut out = uninit::<Complex<T>>(groups * m * n);
    let shared = SharedMut::new(&mut out);
    (0..groups * tiles.len()).into_par_iter().for_each(|task| {
        let (group, (rows, cols)) = (task / tiles.len(), tiles[task % tiles.len()]);
        for link in group * chain..((group + 1) * chain).min(links) {
            let piece = Piece { rows, cols, depth: depths[link % depths.len()] };
            let store = if link > group * chain { Store::Add } else { Store::Set };
            // SAFETY: groups and tiles do not overlap, and each is one task; `out` outlives the loop.
            unsafe { multiply(shared.at(group * m * n), n, &lhs, &rhs, link / depths.len(), &piece, store) };
        }
    });
    if groups > 1 {
        let (first, rest) = out.split_at_mut(m * n);
        for part in rest.chunks_exact(m * n) {
            for (to, v) in first.iter_mut().zip(part) {
                *to += v;
            }
        }
        out.truncate(m * n);
    }
    out
}
