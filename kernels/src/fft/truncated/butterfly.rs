//! The DFT along an axis that is not the last, on real data, for the kept wavenumbers only.
//!
//! Cosines are even about the middle of the line and sines are odd, so the sum over n points folds into sums over n/2 + 1 pairs,
//! `x[y] ± x[n - y]`: half the multiplications. Both directions are one kernel, a product of pairs,
//!
//! ```text
//! even[b] = Σ_a cos[a, b] · p[a],   odd[b] = Σ_a sin[a, b] · q[a],
//! ```
//!
//! where analysis makes (p, q) = (x[y] + x[n-y], x[y] - x[n-y]) while loading, and synthesis stores even ± odd to the points
//! y and n - y. Vectors run along the columns (the axes after this one), which stay contiguous.

use super::super::roots::root;
use crate::Scalar;
use crate::simd::{self, Kernel, Lanes, Level};

/// No such row.
const NONE: usize = usize::MAX;

/// How many wavenumbers |k| = 1..=K have a sine, for `modes` kept of `n`: the sine of the Nyquist wavenumber vanishes.
pub(super) fn sines(n: usize, modes: usize) -> usize {
    let top = modes / 2;
    if 2 * top == n { top - 1 } else { top }
}

/// Real parts per line: cos 0..=K, then sin 1..=K.
pub(super) fn parts(n: usize, modes: usize) -> usize {
    modes / 2 + 1 + sines(n, modes)
}

/// Which way a [`Pairs`] product goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    /// From points to parts.
    Analysis,
    /// From parts to points.
    Synthesis,
}

/// A planned product of pairs.
#[derive(Debug)]
pub(super) struct Pairs<T> {
    direction: Direction,
    /// Output pairs computed together, as many as the registers hold.
    block: usize,
    /// `[blocks, input pairs, 2 (cos, sin), block]`, zero where the last block is padded.
    table: Vec<T>,
    /// Rows of each input pair.
    inputs: Vec<[usize; 2]>,
    /// Rows of each output pair, padded to whole blocks.
    outputs: Vec<[usize; 2]>,
}

impl<T: Scalar> Pairs<T> {
    /// From n points to the parts of `modes` wavenumbers: `Σ_y x[y] cos(2πky/n)` and `Σ_y x[y] sin(2πky/n)`.
    pub(super) fn analysis(n: usize, modes: usize) -> Self {
        // The fixed points of y -> n - y stand in both rows of their pair.
        let half = |y: usize| if (2 * y).is_multiple_of(n) { 0.5 } else { 1.0 };
        Self::new(Direction::Analysis, point_pairs(n), part_pairs(n, modes, NONE), |y, k| {
            let (cos, sin) = root(k * y, n);
            [half(y) * cos, sin]
        })
    }

    /// From parts to n points: `x[y] = Σ_k C_k cos(2πky/n) + S_k sin(2πky/n)`.
    pub(super) fn synthesis(n: usize, modes: usize) -> Self {
        // A part without a sine may read any row: its sines are all zero.
        Self::new(Direction::Synthesis, part_pairs(n, modes, 0), point_pairs(n), |k, y| root(k * y, n).into())
    }

    fn new(
        direction: Direction,
        inputs: Vec<[usize; 2]>,
        mut outputs: Vec<[usize; 2]>,
        entry: impl Fn(usize, usize) -> [f64; 2],
    ) -> Self {
        let blocks = outputs.len().div_ceil(accumulators());
        let block = outputs.len().div_ceil(blocks);
        let mut table = vec![T::zero(); blocks * inputs.len() * 2 * block];
        for b in 0..outputs.len() {
            for a in 0..inputs.len() {
                let at = ((b / block) * inputs.len() + a) * 2 * block + b % block;
                let [cos, sin] = entry(a, b);
                table[at] = T::of(cos);
                table[at + block] = T::of(sin);
            }
        }
        outputs.resize(blocks * block, [NONE, NONE]);
        Self { direction, block, table, inputs, outputs }
    }

    /// `dst[row, 0..cols]` from `src[row, 0..cols]`, rows `dst_stride` and `src_stride` apart.
    ///
    /// # Panics
    /// If a row leaves its slice.
    pub(super) fn apply(&self, src: &[T], src_stride: usize, dst: &mut [T], dst_stride: usize, cols: usize) {
        assert!(last_row(&self.inputs) * src_stride + cols <= src.len(), "the source is too short");
        assert!(last_row(&self.outputs) * dst_stride + cols <= dst.len(), "the destination is too short");
        let c = Columns { src: src.as_ptr(), src_stride, dst: dst.as_mut_ptr(), dst_stride, cols };
        match self.direction {
            Direction::Analysis => self.dispatch::<true>(c),
            Direction::Synthesis => self.dispatch::<false>(c),
        }
    }

    /// Calls the kernel compiled for this plan's block.
    fn dispatch<const FOLD: bool>(&self, columns: Columns<T>) {
        macro_rules! by_block {
            ($($block:literal)*) => {
                match self.block {
                    // SAFETY: `apply` has checked that all rows lie in their slices.
                    $($block => unsafe { simd::run(Product::<T, $block, FOLD> { pairs: self, columns }) },)*
                    _ => unreachable!("a block is no larger than `accumulators`"),
                }
            };
        }
        by_block!(1 2 3 4 5 6 7 8 9 10 11 12);
    }
}

/// Pairs of accumulators that fit in the registers of this processor, beside the operands.
fn accumulators() -> usize {
    match simd::level() {
        Level::Avx512 => 12,
        Level::Avx2 => 6,
        Level::Base => 3,
    }
}

/// The largest row of some pairs.
fn last_row(pairs: &[[usize; 2]]) -> usize {
    pairs.iter().flatten().copied().filter(|&row| row != NONE).max().unwrap_or(0)
}

/// The pairs of points `{y, n - y}`, y = 0..=n/2.
fn point_pairs(n: usize) -> Vec<[usize; 2]> {
    (0..=n / 2).map(|y| [y, (n - y) % n]).collect()
}

/// The rows of (cos k, sin k), k = 0..=K; `absent` stands for a sine that vanishes.
fn part_pairs(n: usize, modes: usize, absent: usize) -> Vec<[usize; 2]> {
    let (top, sines) = (modes / 2, sines(n, modes));
    (0..=top).map(|k| [k, if k == 0 || k > sines { absent } else { top + k }]).collect()
}

/// The operands of one product.
#[derive(Clone, Copy)]
struct Columns<T> {
    src: *const T,
    src_stride: usize,
    dst: *mut T,
    dst_stride: usize,
    cols: usize,
}

/// The kernel: a register of columns by `B` output pairs, over all input pairs.
struct Product<'a, T, const B: usize, const FOLD: bool> {
    pairs: &'a Pairs<T>,
    columns: Columns<T>,
}

impl<T: Scalar, const B: usize, const FOLD: bool> Kernel<T> for Product<'_, T, B, FOLD> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let whole = self.columns.cols / L::N * L::N;
        for x in (0..whole).step_by(L::N) {
            // SAFETY: the constructor has checked all rows.
            unsafe { self.column(x, |p| L::load(p), |v, p| v.store(p)) };
        }
        let rest = self.columns.cols - whole;
        if rest > 0 {
            // SAFETY: as above.
            unsafe { self.column(whole, |p| L::load_part(p, rest), |v, p| v.store_part(p, rest)) };
        }
    }
}

impl<T: Scalar, const B: usize, const FOLD: bool> Product<'_, T, B, FOLD> {
    /// The columns from `x` on that one register holds.
    ///
    /// # Safety
    /// `load` and `store` are called on addresses of the operands' rows at column `x`.
    #[inline(always)]
    unsafe fn column<L: Lanes<T>>(&self, x: usize, load: impl Fn(*const T) -> L, store: impl Fn(L, *mut T)) {
        let (pairs, c) = (self.pairs, self.columns);
        let mut weights = pairs.table.chunks_exact(2 * B);
        for outputs in pairs.outputs.chunks_exact(B) {
            let mut even = [L::splat(T::zero()); B];
            let mut odd = even;
            for &[r, s] in &pairs.inputs {
                let Some(w) = weights.next() else { return };
                // SAFETY: both rows lie in the source.
                let (p, q) =
                    unsafe { (load(c.src.add(r * c.src_stride + x)), load(c.src.add(s * c.src_stride + x))) };
                let (p, q) = if FOLD { (p.add(q), p.sub(q)) } else { (p, q) };
                for b in 0..B {
                    even[b] = p.fma(L::splat(w[b]), even[b]);
                    odd[b] = q.fma(L::splat(w[B + b]), odd[b]);
                }
            }
            for b in 0..B {
                let [r, s] = outputs[b];
                let (p, q) = (even[b], odd[b]);
                let (p, q) = if FOLD { (p, q) } else { (p.add(q), p.sub(q)) };
                // SAFETY: rows other than NONE lie in the destination.
                unsafe {
                    if r != NONE {
                        store(p, c.dst.add(r * c.dst_stride + x));
                    }
                    if s != NONE {
                        store(q, c.dst.add(s * c.dst_stride + x));
                    }
                }
            }
        }
    }
}
