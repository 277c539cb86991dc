//! Blocks of tiles of one sample.
//!
//! A register holds neighbouring tiles of one channel. Rows of the field are therefore taken apart into six rows each, of every fourth
//! value from the column 0, .., 5 on; the rows of a block that have the same place in their tiles stand one after the other.

use std::ops::Range;

use super::transform::{FOUR, SIX, column, input, output};
use crate::Scalar;
use crate::conv::plan::{AxisPlan, Plan};
use crate::conv::rows;
use crate::simd::{self, Kernel, Lanes, multiversion};

/// How the tiles of a grid are cut into blocks of `rows` times `columns` tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    tiles: [usize; 2],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Tiles of a block, rounded up to whole registers.
    pub(super) width: usize,
}

/// One block: its tiles along either axis.
pub(super) type Block = [Range<usize>; 2];

impl Blocks {
    /// Blocks whose transforms of `channels` channels fit the second-level cache, or which have `whole_lines` of the grid.
    pub(super) fn new<T>(plan: &Plan, channels: usize, whole_lines: bool) -> Self {
        const BUDGET: usize = 600 << 10;
        let [_, y, x] = &plan.axes;
        let tiles = [y, x].map(|a| a.target.div_ceil(FOUR));
        let most = (BUDGET / (SIX * SIX * size_of::<T>() * channels) / 16 * 16).clamp(16, 96);
        let parts = if whole_lines { 1 } else { tiles[1].div_ceil(most) };
        let columns = tiles[1].div_ceil(parts);
        let rows = (most / columns).clamp(1, tiles[0]);
        let rows = tiles[0].div_ceil(tiles[0].div_ceil(rows));
        Self { tiles, rows, columns, width: (rows * columns).next_multiple_of(16) }
    }

    pub(super) fn all(&self) -> Vec<Block> {
        let cut = |n: usize, step: usize| (0..n).step_by(step).map(move |i| i..(i + step).min(n));
        let row = |y: Range<usize>| cut(self.tiles[1], self.columns).map(move |x| [y.clone(), x]);
        cut(self.tiles[0], self.rows).flat_map(row).collect()
    }

    /// Entries of one of the 24 rows of [`take_apart`](Self::take_apart).
    fn plane(&self) -> usize {
        (self.rows + 1) * self.columns + 16
    }

    /// Entries that [`take_apart`](Self::take_apart) fills, with the row that it works in.
    pub(super) fn apart(&self) -> usize {
        FOUR * SIX * self.plane() + FOUR * self.columns + FOUR
    }

    /// Asks for the inputs of a block of one channel.
    pub(super) fn prefetch<T>(plan: &Plan, x: &[T], block: &Block) {
        let [_, y, x_axis] = &plan.axes;
        let row =
            |tile: usize| ((y.start + FOUR * tile) as isize + y.lo).clamp(0, y.source as isize) as usize;
        let (from, to) = (row(block[0].start) * x_axis.source, row(block[0].end) * x_axis.source);
        if let Some(rows) = x.get(from..to) {
            simd::prefetch(rows.as_ptr(), rows.len());
        }
    }

    /// The inputs of a block of one channel, taken apart.
    pub(super) fn take_apart<T: Scalar>(&self, plan: &Plan, x: &[T], block: &Block, planes: &mut [T]) {
        let [_, y_axis, x_axis] = &plan.axes;
        let (planes, line) = planes.split_at_mut(FOUR * SIX * self.plane());
        let (rows, columns) = (block[0].len(), block[1].len());
        let line = &mut line[..FOUR * columns + FOUR];
        let first = |a: &AxisPlan, tile: usize| (a.start + FOUR * tile) as isize + a.lo;
        for i in 0..FOUR * rows + 2 {
            let row = y_axis.boundary.point(first(y_axis, block[0].start) + i as isize, y_axis.source);
            let source = row.map(|r| &x[r * x_axis.source..][..x_axis.source]);
            rows::extend(line, source, first(x_axis, block[1].start), 1, x_axis.boundary);
            let at = i % FOUR * SIX * self.plane() + i / FOUR * columns;
            let mut parts = planes[at..].chunks_mut(self.plane()).map(|p| &mut p[..columns]);
            if let [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f)] =
                std::array::from_fn(|_| parts.next())
            {
                apart(line, a, b, c, d, e, f);
            }
        }
    }

    /// The transform of one channel from its planes to 36 rows, `frequency` entries apart.
    ///
    /// # Safety
    /// `values` is writable at 36 rows of `width` entries, and nobody else touches them.
    pub(super) unsafe fn transform<T: Scalar>(
        &self,
        planes: &[T],
        block: &Block,
        values: *mut T,
        frequency: usize,
    ) {
        assert!(planes.len() >= self.apart(), "planes of a block");
        let (plane, columns, n) = (self.plane(), block[1].len(), block[0].len() * block[1].len());
        let kernel = Input { planes: planes.as_ptr(), plane, columns, values, frequency, n };
        // SAFETY: the planes have 16 entries behind their last tile; the rest is the caller's contract.
        unsafe { simd::run(kernel) }
    }
}

multiversion! {
    /// Every fourth value, from each of the first six columns on.
    fn apart[T: Scalar](
        line: &[T], a: &mut [T], b: &mut [T], c: &mut [T], d: &mut [T], e: &mut [T], f: &mut [T],
    ) {
        for ((((l, a), b), c), d) in line.as_chunks::<4>().0.iter().zip(a).zip(b).zip(c).zip(d) {
            (*a, *b, *c, *d) = (l[0], l[1], l[2], l[3]);
        }
        for ((l, e), f) in line[4..].as_chunks::<4>().0.iter().zip(e).zip(f) {
            (*e, *f) = (l[0], l[1]);
        }
    }
}

multiversion! {
    /// The reverse of [`apart`].
    pub(super) fn together[T: Scalar](row: &mut [T], parts: [&[T]; FOUR]) {
        let [a, b, c, d] = parts;
        for ((((r, a), b), c), d) in row.as_chunks_mut::<4>().0.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *r = [*a, *b, *c, *d];
        }
    }
}

struct Input<T> {
    planes: *const T,
    plane: usize,
    columns: usize,
    values: *mut T,
    frequency: usize,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Input<T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let zero = L::splat(T::zero());
        for at in (0..self.n).step_by(L::N) {
            let mut half = [[zero; SIX]; SIX];
            for dy in 0..SIX {
                let mut d = [zero; SIX];
                for dx in 0..SIX {
                    let place = (dy % FOUR * SIX + dx) * self.plane + dy / FOUR * self.columns + at;
                    // SAFETY: the caller's contract.
                    d[dx] = unsafe { L::load(self.planes.add(place)) };
                }
                half[dy] = input::<T, L>(d);
            }
            for fx in 0..SIX {
                let full = input::<T, L>(column(&half, fx));
                for fy in 0..SIX {
                    // SAFETY: the caller's contract.
                    unsafe { full[fy].store(self.values.add((fy * SIX + fx) * self.frequency + at)) };
                }
            }
        }
    }
}

/// The transform of the products of one output channel back to the 16 places of a tile.
pub(super) struct Output<T> {
    /// 36 rows, `frequency` entries apart.
    pub(super) values: *const T,
    pub(super) frequency: usize,
    pub(super) bias: T,
    /// 16 rows, `plane` entries apart.
    pub(super) planes: *mut T,
    pub(super) plane: usize,
    pub(super) n: usize,
}

impl<T: Scalar> Kernel<T> for Output<T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let zero = L::splat(T::zero());
        let bias = L::splat(self.bias);
        for at in (0..self.n).step_by(L::N) {
            let mut half = [[zero; FOUR]; SIX];
            for fx in 0..SIX {
                let mut m = [zero; SIX];
                for fy in 0..SIX {
                    // SAFETY: the caller's contract.
                    m[fy] = unsafe { L::load(self.values.add((fy * SIX + fx) * self.frequency + at)) };
                }
                half[fx] = output::<T, L>(m);
            }
            for y in 0..FOUR {
                let row = output::<T, L>(column(&half, y));
                for x in 0..FOUR {
                    // SAFETY: as above.
                    unsafe { row[x].add(bias).store(self.planes.add((y * FOUR + x) * self.plane + at)) };
                }
            }
        }
    }
}
