//! Products of a small weight matrix and a tile of points: `Z [rows, n] = W [rows, cols] · X [cols, n] + …`.
//!
//! The points are contiguous, so a register holds neighbouring points of one channel, and an outer-product kernel needs `X` in no
//! other order than it has: only `W`, a few kilobytes, is packed, once per call. Against a general product routine, which packs
//! `X` first, this saves one pass over the data at the sizes of channel mixing.

use crate::Scalar;
use crate::simd::{self, Kernel, Lanes, Level};

/// A weight matrix cut into panels of a few rows, each stored column by column.
#[derive(Clone, Debug)]
pub(super) struct Packed<T> {
    pub(super) rows: usize,
    pub(super) cols: usize,
    /// The panel that starts at row `r` with height `h` fills `[r·cols, (r + h)·cols)`, as `[cols, h]`.
    data: Vec<T>,
}

impl<T: Scalar> Packed<T> {
    /// Packs a row-major `[rows, cols]` matrix.
    pub(super) fn new(weight: &[T], rows: usize, cols: usize) -> Self {
        assert_eq!(weight.len(), rows * cols, "a weight of {rows} x {cols}");
        Self::pack(rows, cols, |r, c| weight[r * cols + c])
    }

    /// Packs the transpose, `[cols, rows]`, of a row-major `[rows, cols]` matrix.
    pub(super) fn transposed(weight: &[T], rows: usize, cols: usize) -> Self {
        assert_eq!(weight.len(), rows * cols, "a weight of {rows} x {cols}");
        Self::pack(cols, rows, |r, c| weight[c * cols + r])
    }

    fn pack(rows: usize, cols: usize, at: impl Fn(usize, usize) -> T) -> Self {
        let mut data = Vec::with_capacity(rows * cols);
        let mut row = 0;
        while row < rows {
            let h = height(rows - row);
            for c in 0..cols {
                data.extend((row..row + h).map(|r| at(r, c)));
            }
            row += h;
        }
        Self { rows, cols, data }
    }
}

/// Points in three 512-bit registers, the width of the widest block.
pub(super) const BLOCK: usize = 48;

/// Rows of the next panel when `left` remain.
pub(super) fn height(left: usize) -> usize {
    let most = if simd::level() == Level::Avx512 { 8 } else { 4 };
    if left >= most { most } else { 1 << left.ilog2() }
}

/// A tile of a field or of scratch memory: channel `c`, point `p` at `start + c·stride + p`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile<T> {
    pub(super) start: *mut T,
    pub(super) stride: usize,
}

impl<T> Tile<T> {
    /// A tile that is only read.
    pub(super) fn input(start: *const T, stride: usize) -> Self {
        Self { start: start.cast_mut(), stride }
    }

    /// The address of a channel.
    #[inline(always)]
    pub(super) fn at(self, channel: usize) -> *mut T {
        self.start.wrapping_add(channel * self.stride)
    }

    /// The `n` points of one channel.
    ///
    /// # Safety
    /// They are readable for `'a` and nobody writes them meanwhile.
    pub(super) unsafe fn row<'a>(self, channel: usize, n: usize) -> &'a [T] {
        // SAFETY: the caller's contract.
        unsafe { std::slice::from_raw_parts(self.start.add(channel * self.stride), n) }
    }

    /// The `n` points of one channel, to be written.
    ///
    /// # Safety
    /// They are writable for `'a` and nobody else touches them meanwhile.
    pub(super) unsafe fn row_mut<'a>(self, channel: usize, n: usize) -> &'a mut [T] {
        // SAFETY: the caller's contract.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(channel * self.stride), n) }
    }
}

/// Some rows of a tile, and some of their points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) row: usize,
    pub(super) rows: usize,
    pub(super) at: usize,
    pub(super) n: usize,
}

impl Part {
    /// The part of a tile as a tile of its own.
    #[inline(always)]
    pub(super) fn of<T: Scalar>(self, tile: Tile<T>) -> Tile<T> {
        Tile { start: tile.at(self.row).wrapping_add(self.at), ..tile }
    }
}

/// What is added to `W X` while it is still in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plus<'a, T> {
    /// One value per row.
    pub(super) bias: Option<&'a [T]>,
    /// A tile of the result's shape.
    pub(super) field: Option<Tile<T>>,
    /// A factor per row for `field`.
    pub(super) gate: Option<&'a [T]>,
}

impl<T> Plus<'_, T> {
    /// Nothing.
    pub(super) const NONE: Self = Self { bias: None, field: None, gate: None };
}

/// Bytes of `x` that stay in the first-level cache while all rows of the weight meet them.
const NEAR: usize = 24 << 10;

/// `z = W x + bias + gate ⊙ field` for `n` points; after a part of `z` is written, `done` is called with it, while it is still in
/// the first-level cache.
///
/// # Safety
/// `x` has `weight.cols` rows, `z` and `plus.field` have `weight.rows` rows of `n` valid points; `z` overlaps neither `x` nor
/// (unless it is the very same tile) `field`, and nobody else touches it meanwhile.
pub(super) unsafe fn product<T: Scalar>(
    weight: &Packed<T>,
    x: Tile<T>,
    plus: Plus<'_, T>,
    z: Tile<T>,
    n: usize,
    mut done: impl FnMut(Part),
) {
    let step = (NEAR / (weight.cols.max(1) * size_of::<T>()) / BLOCK * BLOCK).max(BLOCK);
    for at in (0..n).step_by(step) {
        let mut row = 0;
        while row < weight.rows {
            let h = height(weight.rows - row);
            let part = Part { row, rows: h, at, n: step.min(n - at) };
            let panel = Panel {
                weight: weight.data[row * weight.cols..(row + h) * weight.cols].as_ptr(),
                cols: weight.cols,
                height: h,
                x: Part { row: 0, ..part }.of(x),
                bias: plus.bias.map(|b| b[row..row + h].as_ptr()),
                field: plus.field.map(|f| part.of(f)),
                gate: plus.gate.map(|g| g[row..row + h].as_ptr()),
                z: part.of(z),
                n: part.n,
            };
            // SAFETY: the pointers are valid for the panel's shape by the caller's contract.
            unsafe { simd::run(panel) };
            done(part);
            row += h;
        }
    }
}

/// One panel of rows times all points of the tile.
struct Panel<T> {
    weight: *const T,
    cols: usize,
    height: usize,
    x: Tile<T>,
    bias: Option<*const T>,
    field: Option<Tile<T>>,
    gate: Option<*const T>,
    z: Tile<T>,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Panel<T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        // 24 accumulators keep both FMA units busy and leave 8 registers for operands; with 16 registers, 8 and 8.
        // SAFETY: the caller's contract, passed on; the height is that of the pack.
        unsafe {
            match (self.height, L::MANY_REGISTERS) {
                (8, _) => self.sweep::<L, 8, 3>(),
                (4, true) => self.sweep::<L, 4, 6>(),
                (4, false) => self.sweep::<L, 4, 2>(),
                (2, _) => self.sweep::<L, 2, 4>(),
                _ => self.sweep::<L, 1, 8>(),
            }
        }
    }
}

impl<T: Scalar> Panel<T> {
    /// # Safety
    /// As for the whole panel.
    #[inline(always)]
    unsafe fn sweep<L: Lanes<T>, const H: usize, const V: usize>(&self) {
        let mut at = 0;
        // SAFETY: each block lies within the `n` points.
        unsafe {
            while at + V * L::N <= self.n {
                self.block::<L, H, V>(at, L::N);
                at += V * L::N;
            }
            while at + L::N <= self.n {
                self.block::<L, H, 1>(at, L::N);
                at += L::N;
            }
            if at < self.n {
                self.block::<L, H, 1>(at, self.n - at);
            }
        }
    }

    /// `H` rows times `V` registers of points, the last register holding `part` points.
    ///
    /// # Safety
    /// The points `[at, at + (V - 1)·N + part)` are in the tile.
    #[inline(always)]
    unsafe fn block<L: Lanes<T>, const H: usize, const V: usize>(&self, at: usize, part: usize) {
        let whole = V > 1 || part == L::N;
        let mut acc = [[L::splat(T::zero()); V]; H];
        let mut w = self.weight;
        // SAFETY: the caller's contract bounds every address below.
        unsafe {
            if let Some(bias) = self.bias {
                for h in 0..H {
                    acc[h] = [L::splat(*bias.add(h)); V];
                }
            }
            let mut x = self.x.start.add(at).cast_const();
            for _ in 0..self.cols {
                let mut points = [acc[0][0]; V];
                for v in 0..V {
                    points[v] = load::<T, L>(x.add(v * L::N), part, whole);
                }
                for h in 0..H {
                    let factor = L::splat(*w.add(h));
                    for v in 0..V {
                        acc[h][v] = factor.fma(points[v], acc[h][v]);
                    }
                }
                w = w.add(H);
                x = x.add(self.x.stride);
            }
            if let Some(field) = self.field {
                for h in 0..H {
                    let gate = match self.gate {
                        Some(gate) => L::splat(*gate.add(h)),
                        None => L::splat(T::one()),
                    };
                    for v in 0..V {
                        let field = field.start.add(h * field.stride + at + v * L::N);
                        acc[h][v] = gate.fma(load(field, part, whole), acc[h][v]);
                    }
                }
            }
            for h in 0..H {
                for v in 0..V {
                    let z = self.z.start.add(h * self.z.stride + at + v * L::N);
                    if whole { acc[h][v].store(z) } else { acc[h][v].store_part(z, part) }
                }
            }
        }
    }
}

/// Reads `part` points, `whole` saying that they fill the register.
///
/// # Safety
/// They are readable.
#[inline(always)]
unsafe fn load<T: Scalar, L: Lanes<T>>(p: *const T, part: usize, whole: bool) -> L {
    // SAFETY: the caller's contract.
    unsafe { if whole { L::load(p) } else { L::load_part(p, part) } }
}
