//! How a field is cut into tasks, where a task keeps its intermediates, and how the tasks' sums are added.

use std::cell::Cell;

use rayon::prelude::*;

use crate::Scalar;
use crate::buffer::{self, SharedMut};
use crate::simd;

use super::activation::Activation;
use super::product::{BLOCK, Part, Tile};
use super::rows::activate_part;

/// Bytes that a task may touch: its reads, its writes and its scratch stay in a second-level cache of 1 MiB.
const BUDGET: usize = 512 << 10;
/// Parts in which sums over all tasks are gathered; fixed, so that the result does not depend on the number of threads.
const PARTS: usize = 32;

/// A field `[batch, channels, points]` in tiles of neighbouring points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) batch: usize,
    pub(super) points: usize,
    pub(super) tile: usize,
}

/// One tile: sample, first point, number of points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) sample: usize,
    pub(super) start: usize,
    pub(super) n: usize,
}

impl Grid {
    /// Tiles for a task that touches `rows` rows of every tile.
    pub(super) fn new<T>(batch: usize, points: usize, rows: usize) -> Self {
        let tile = BUDGET / (rows.max(1) * size_of::<T>());
        Self { batch, points, tile: (tile / BLOCK * BLOCK).clamp(BLOCK, 11 * BLOCK) }
    }

    fn per_sample(&self) -> usize {
        self.points.div_ceil(self.tile)
    }

    fn tasks(&self) -> usize {
        self.batch * self.per_sample()
    }

    fn span(&self, task: usize) -> Span {
        let start = task % self.per_sample() * self.tile;
        Span { sample: task / self.per_sample(), start, n: self.tile.min(self.points - start) }
    }

    /// The distance of two rows of scratch: one cache line more than a tile, so that rows do not share cache sets.
    pub(super) fn stride(&self) -> usize {
        self.tile.min(self.points).next_multiple_of(16) + 16
    }

    /// The tile of a field with `channels` channels.
    pub(super) fn view<T>(&self, field: &[T], channels: usize, span: Span) -> Tile<T> {
        assert_eq!(field.len(), self.batch * channels * self.points, "a field of {channels} channels");
        Tile::input(field[span.sample * channels * self.points + span.start..].as_ptr(), self.points)
    }

    /// The tile of a field that is being written.
    pub(super) fn view_mut<T: Scalar>(&self, field: SharedMut<T>, channels: usize, span: Span) -> Tile<T> {
        // SAFETY: the offset lies in a field of `channels` channels.
        let start = unsafe { field.at(span.sample * channels * self.points + span.start) };
        Tile { start, stride: self.points }
    }

    /// The tile after this one, which the same thread most often takes next.
    pub(super) fn after(&self, span: Span) -> Option<Span> {
        let task = span.sample * self.per_sample() + span.start / self.tile + 1;
        (task < self.tasks()).then(|| self.span(task))
    }

    /// Runs a task per tile, with `rows` rows of scratch.
    pub(super) fn for_each<T: Scalar>(&self, rows: usize, task: impl Fn(Span, Rows<T>) + Sync) {
        let stride = self.stride();
        (0..self.tasks()).into_par_iter().for_each(|i| {
            with_scratch(rows * stride, |scratch| task(self.span(i), Rows::new(scratch, stride)));
        });
    }

    /// Runs a task per tile that adds to a vector of `len` sums, and returns the sums over all tiles.
    pub(super) fn reduce<T: Scalar>(
        &self,
        rows: usize,
        len: usize,
        task: impl Fn(Span, Rows<T>, &mut [T]) + Sync,
    ) -> Vec<T> {
        let (tasks, stride) = (self.tasks(), self.stride());
        let parts = PARTS.min(tasks).max(1);
        let partials = (0..parts)
            .into_par_iter()
            .map(|part| {
                let mut sums = vec![T::zero(); len];
                with_scratch(rows * stride, |scratch| {
                    for i in part * tasks / parts..(part + 1) * tasks / parts {
                        task(self.span(i), Rows::new(scratch, stride), &mut sums);
                    }
                });
                sums
            })
            .collect();
        buffer::sum_partials(partials)
    }
}

/// Hands out rows of a task's scratch.
#[derive(Debug)]
pub(super) struct Rows<T> {
    next: *mut T,
    left: usize,
    stride: usize,
}

impl<T> Rows<T> {
    fn new(scratch: &mut [T], stride: usize) -> Self {
        Self { next: scratch.as_mut_ptr(), left: scratch.len() / stride, stride }
    }

    /// The next `rows` rows.
    pub(super) fn take(&mut self, rows: usize) -> Tile<T> {
        assert!(rows <= self.left, "{rows} rows of scratch asked for, {} left", self.left);
        let tile = Tile { start: self.next, stride: self.stride };
        // SAFETY: `rows` more rows lie in the scratch, or one past its end.
        self.next = unsafe { self.next.add(rows * self.stride) };
        self.left -= rows;
        tile
    }
}

impl<T: Scalar> Rows<T> {
    /// A copy of a tile. Rows of a field are often a power of two apart and then share a few sets of a cache; rows of scratch do
    /// not, and begin on vector boundaries.
    ///
    /// # Safety
    /// The tile has `channels` rows of `n` readable points, no more than a tile of the grid.
    pub(super) unsafe fn copy(&mut self, from: Tile<T>, channels: usize, n: usize) -> Tile<T> {
        let to = self.take(channels);
        let part = Part { row: 0, rows: channels, at: 0, n };
        // SAFETY: the caller's contract; the rows were just taken.
        unsafe { activate_part(Activation::Identity, from, to, part) };
        to
    }
}

/// The next tile's inputs, brought nearer row by row while this one is computed: a tile is short pieces of many rows, and the
/// hardware's own prefetcher starts anew on each of them.
#[derive(Debug)]
pub(super) struct Feed<T, const N: usize> {
    fields: Option<[(Tile<T>, usize); N]>,
    field: usize,
    row: usize,
    n: usize,
}

impl<T: Scalar, const N: usize> Feed<T, N> {
    /// Of the first `n` points of so many channels of some tiles; of none without a span.
    pub(super) fn new(span: Option<Span>, fields: impl Fn(Span) -> [(Tile<T>, usize); N]) -> Self {
        Self { fields: span.map(fields), field: 0, row: 0, n: span.map_or(0, |span| span.n) }
    }

    /// Asks for a few rows more.
    pub(super) fn some(&mut self) {
        for _ in 0..4 {
            let field = self.fields.as_ref().and_then(|fields| fields.get(self.field));
            let Some(&(tile, rows)) = field else { return };
            if self.row < rows {
                simd::prefetch(tile.at(self.row).cast_const(), self.n);
                self.row += 1;
            } else {
                (self.field, self.row) = (self.field + 1, 0);
            }
        }
    }
}

/// A cache line, so that scratch is aligned for the widest registers.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Line([u64; 8]);

/// Lends `len` entries that the thread keeps from task to task.
fn with_scratch<T: Scalar>(len: usize, f: impl FnOnce(&mut [T])) {
    thread_local! { static SCRATCH: Cell<Vec<Line>> = const { Cell::new(Vec::new()) } }
    // Taken, not borrowed: if the thread steals another task from within `f`, that one gets a vector of its own.
    let mut lines = SCRATCH.take();
    let needed = (len * size_of::<T>()).div_ceil(size_of::<Line>());
    if lines.len() < needed {
        lines.resize(needed, Line([0; 8]));
    }
    f(&mut bytemuck::cast_slice_mut(&mut lines)[..len]);
    SCRATCH.set(lines);
}
