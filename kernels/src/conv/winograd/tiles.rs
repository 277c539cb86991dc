//! Blocks of tiles of one sample.
//!
//! A register holds neighbouring tiles of one channel. Rows of the field are therefore taken apart into six rows each, of every fourth
//! value from the column 0, .., 5 on; the rows of a block that have the same place in their tiles stand one after the other.
//!
//! Taps `s` points apart make tiles of every s-th point. The `s` tiles that interlock in a stretch of `4 s` points are neighbours, so
//! that a row is taken apart into runs of `s` values.

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
    /// Points from one tap to the next along y and x.
    spacing: [usize; 2],
    /// Whole stretches, or a part of one.
    pub(super) rows: usize,
    /// Whole stretches.
    pub(super) columns: usize,
    /// Tiles of a block, rounded up to whole registers.
    pub(super) width: usize,
}

/// One block: its tiles along either axis.
pub(super) type Block = [Range<usize>; 2];

/// Points from one of three taps to the next.
pub(super) fn spacing(axis: &AxisPlan) -> usize {
    axis.span / 2
}

impl Blocks {
    /// Blocks whose transforms of `channels` channels fit the second-level cache, or which have `whole_lines` of the grid.
    pub(super) fn new<T>(plan: &Plan, channels: usize, whole_lines: bool) -> Self {
        const BUDGET: usize = 600 << 10;
        let [_, y, x] = &plan.axes;
        let spacing = [y, x].map(spacing);
        let [tall, wide] = [y, x].map(|a| a.target.div_ceil(FOUR * self::spacing(a)));
        let most = (BUDGET / (SIX * SIX * size_of::<T>() * channels) / 16 * 16).clamp(16, 96);
        let parts = if whole_lines { 1 } else { (wide * spacing[1]).div_ceil(most).min(wide) };
        let columns = wide.div_ceil(parts) * spacing[1];
        let rows = (most / columns).clamp(1, tall * spacing[0]);
        let rows = match rows / spacing[0] {
            0 => spacing[0].div_ceil(spacing[0].div_ceil(rows)),
            stretches => tall.div_ceil(tall.div_ceil(stretches)) * spacing[0],
        };
        let tiles = [tall * spacing[0], wide * spacing[1]];
        Self { tiles, spacing, rows, columns, width: (rows * columns).next_multiple_of(16) }
    }

    /// Points of the tiles of a grid, those beyond its ends included.
    pub(super) fn covered(plan: &Plan) -> usize {
        let [_, y, x] = &plan.axes;
        [y, x].map(|a| a.target.next_multiple_of(FOUR * spacing(a))).iter().product()
    }

    pub(super) fn all(&self) -> Vec<Block> {
        let cut = |all: Range<usize>, step: usize| {
            let end = all.end;
            all.step_by(step).map(move |i| i..(i + step).min(end))
        };
        let row = |y: Range<usize>| cut(0..self.tiles[1], self.columns).map(move |x| [y.clone(), x]);
        // Parts of a stretch end with it.
        let stretches = cut(0..self.tiles[0], self.rows.max(self.spacing[0]));
        stretches.flat_map(|y| cut(y, self.rows)).flat_map(row).collect()
    }

    /// Interlocking tiles of a block along y.
    fn interlocking(&self, block: &Block) -> usize {
        self.spacing[0].min(block[0].len())
    }

    /// The line that row `dy` of the tiles at `tile` along y stands in.
    pub(super) fn line(&self, tile: usize, dy: usize) -> usize {
        let s = self.spacing[0];
        s * (FOUR * (tile / s) + dy) + tile % s
    }

    /// The tile, counted from the first one of a stretch of the grid, and the place in it, of a point of a line.
    pub(super) fn place(&self, x: usize) -> [usize; 2] {
        let s = self.spacing[1];
        [x / (FOUR * s) * s + x % s, x / s % FOUR]
    }

    /// Entries of one of the 24 rows of [`take_apart`](Self::take_apart).
    fn plane(&self) -> usize {
        (self.rows + self.spacing[0].min(self.rows)) * self.columns + 16
    }

    /// Values of a row that a block of `columns` tiles reads, up to whole stretches.
    fn reach(&self, columns: usize) -> usize {
        FOUR * (columns + self.spacing[1])
    }

    /// Entries that [`take_apart`](Self::take_apart) fills, with the row that it works in.
    pub(super) fn apart(&self) -> usize {
        FOUR * SIX * self.plane() + self.reach(self.columns)
    }

    /// Asks for the inputs of a block of one channel, if they are neighbours.
    pub(super) fn prefetch<T>(&self, plan: &Plan, x: &[T], block: &Block) {
        let [_, y, x_axis] = &plan.axes;
        if self.interlocking(block) < self.spacing[0] {
            return;
        }
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
        let (columns, inner) = (block[1].len(), self.interlocking(block));
        let line = &mut line[..self.reach(columns)];
        let left = (x_axis.start + FOUR * block[1].start) as isize + x_axis.lo;
        let top = (y_axis.start + self.line(block[0].start, 0)) as isize + y_axis.lo;
        for i in 0..FOUR * block[0].len() + 2 * inner {
            let (step, within) = (i / inner, i % inner);
            let position = top + (self.spacing[0] * step + within) as isize;
            let row = y_axis.boundary.point(position, y_axis.source);
            let source = row.map(|r| &x[r * x_axis.source..][..x_axis.source]);
            rows::extend(line, source, left, 1, x_axis.boundary);
            let at = step % FOUR * SIX * self.plane() + (step / FOUR * inner + within) * columns;
            let mut parts = planes[at..].chunks_mut(self.plane());
            let mut part = || &mut parts.next().unwrap_or_default()[..columns];
            runs_apart(self.spacing[1], line, [part(), part(), part(), part(), part(), part()]);
        }
    }

    /// The reverse for the four values of each tile: `parts` side by side as a row.
    pub(super) fn put_together<T: Scalar>(&self, row: &mut [T], parts: [&[T]; FOUR]) {
        match self.spacing[1] {
            1 => together_in::<_, 1>(row, parts),
            2 => together_in::<_, 2>(row, parts),
            4 => together_in::<_, 4>(row, parts),
            8 => together_in::<_, 8>(row, parts),
            s => {
                for (k, row) in row.chunks_exact_mut(FOUR * s).enumerate() {
                    for (row, part) in row.chunks_exact_mut(s).zip(parts) {
                        row.copy_from_slice(&part[k * s..][..s]);
                    }
                }
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
        let below = self.interlocking(block) * columns;
        let kernel = Input { planes: planes.as_ptr(), plane, below, values, frequency, n };
        // SAFETY: the planes have 16 entries behind their last tile; the rest is the caller's contract.
        unsafe { simd::run(kernel) }
    }
}

fn as_runs<T, const S: usize>(values: &[T]) -> &[[T; S]] {
    values.as_chunks().0
}

fn as_runs_mut<T, const S: usize>(values: &mut [T]) -> &mut [[T; S]] {
    values.as_chunks_mut().0
}

/// Every fourth run of `spacing` values, from each of the first six on.
fn runs_apart<T: Scalar>(spacing: usize, line: &[T], parts: [&mut [T]; SIX]) {
    match spacing {
        1 => apart_in::<_, 1>(line, parts),
        2 => apart_in::<_, 2>(line, parts),
        4 => apart_in::<_, 4>(line, parts),
        8 => apart_in::<_, 8>(line, parts),
        s => {
            for (dx, part) in parts.into_iter().enumerate() {
                for (k, run) in part.chunks_exact_mut(s).enumerate() {
                    run.copy_from_slice(&line[(FOUR * k + dx) * s..][..s]);
                }
            }
        }
    }
}

// A row is short: arrays of slices that were copied on the way took 6 % of the training of a dilated residual network.

#[inline(always)]
fn apart_in<T: Scalar, const S: usize>(line: &[T], [a, b, c, d, e, f]: [&mut [T]; SIX]) {
    let [a, b, c] = [as_runs_mut(a), as_runs_mut(b), as_runs_mut(c)];
    apart::<T, S>(as_runs(line), a, b, c, as_runs_mut(d), as_runs_mut(e), as_runs_mut(f));
}

#[inline(always)]
fn together_in<T: Scalar, const S: usize>(row: &mut [T], [a, b, c, d]: [&[T]; FOUR]) {
    together::<T, S>(as_runs_mut(row), as_runs(a), as_runs(b), as_runs(c), as_runs(d));
}

multiversion! {
    fn apart[T: Scalar, const S: usize](
        line: &[[T; S]],
        a: &mut [[T; S]],
        b: &mut [[T; S]],
        c: &mut [[T; S]],
        d: &mut [[T; S]],
        e: &mut [[T; S]],
        f: &mut [[T; S]],
    ) {
        for ((((l, a), b), c), d) in line.as_chunks::<FOUR>().0.iter().zip(a).zip(b).zip(c).zip(d) {
            (*a, *b, *c, *d) = (l[0], l[1], l[2], l[3]);
        }
        for ((l, e), f) in line[FOUR..].as_chunks::<FOUR>().0.iter().zip(e).zip(f) {
            (*e, *f) = (l[0], l[1]);
        }
    }
}

multiversion! {
    fn together[T: Scalar, const S: usize](
        row: &mut [[T; S]],
        a: &[[T; S]],
        b: &[[T; S]],
        c: &[[T; S]],
        d: &[[T; S]],
    ) {
        for ((((r, a), b), c), d) in row.as_chunks_mut::<FOUR>().0.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *r = [*a, *b, *c, *d];
        }
    }
}

struct Input<T> {
    planes: *const T,
    plane: usize,
    /// Entries from a tile to the next one of the same points below it.
    below: usize,
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
                    let place = (dy % FOUR * SIX + dx) * self.plane + dy / FOUR * self.below + at;
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
