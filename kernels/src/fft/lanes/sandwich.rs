//! Spectra to points, something pointwise, and back, line by line while the data is in the cache.

use rayon::prelude::*;

use super::super::scratch;
use super::column::{Column, clear};
use super::line::Cells;
use super::modes::ModeFft;
use super::plan::LinePlan;
use super::{lanes, row};
use crate::Scalar;
use crate::simd::{self, Kernel, Lanes, transpose};

/// The fields of one [`ModeFft::sandwich`], and how to run it.
pub struct Run<'a, T> {
    /// Spectra to bring to points, `[m, spectrum]`.
    pub inputs: &'a [T],
    /// Spectra of the results, `[p, spectrum]`, without a scale; overwritten.
    pub outputs: &'a mut [T],
    /// Whether to share the lines among threads.
    pub threads: bool,
    /// Work space, kept by the caller from call to call.
    pub space: &'a mut Vec<T>,
}

/// An address that tasks share; each touches its own part.
#[derive(Clone, Copy)]
struct Shared<T>(*mut T);

// SAFETY: every use is an `unsafe` block that names the part it touches.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// # Safety
    /// The offset lies in the buffer.
    #[inline(always)]
    unsafe fn at(self, offset: usize) -> *mut T {
        // SAFETY: the caller's contract.
        unsafe { self.0.add(offset) }
    }
}

/// Several arrays of planes, `step` scalars apart.
#[derive(Clone, Copy)]
struct Arrays<T> {
    start: Shared<T>,
    step: usize,
}

/// The fixed part of a run.
struct Sandwich<'a, T, F> {
    fft: &'a ModeFft<T>,
    m: usize,
    p: usize,
    point: &'a F,
}

impl<T: Scalar> ModeFft<T> {
    /// Brings `m` spectra to points, calls `point(offset, inputs, outputs)` on every row of points, and transforms the `p` results.
    ///
    /// `inputs` holds `[m, row]`, `outputs` holds `[p, row]` scalars of [`row_len`](Self::row_len) each; `offset` is the position of
    /// the row in an array of all points. Lanes without a point hold zeros, and what is computed there is dropped.
    /// The result does not depend on `threads`.
    ///
    /// # Panics
    /// If the spectra are not as long as `m` and `p` say.
    pub fn sandwich<F>(&self, m: usize, p: usize, run: Run<'_, T>, point: &F)
    where
        F: Fn(usize, &[T], &mut [T]) + Sync,
    {
        let Run { inputs, outputs, threads, space } = run;
        assert_eq!(inputs.len(), m * self.spectrum_len(), "inputs are [m, spectrum]");
        assert_eq!(outputs.len(), p * self.spectrum_len(), "outputs are [p, spectrum]");
        let work = Sandwich { fft: self, m, p, point };
        let (leaf, planes) = (work.leaf_len(), work.plane_len());
        let volumes = if self.dim == 3 { (m + p) * self.points[0] * self.slice_len() } else { 0 };
        let total = leaf + if self.dim == 1 { 0 } else { planes } + volumes;
        if space.len() < total {
            space.resize(total, T::zero());
        }
        let (leaf, rest) = space.split_at_mut(leaf);
        let (planes, volumes) = rest.split_at_mut(if self.dim == 1 { 0 } else { planes });
        let src = Arrays { start: Shared(inputs.as_ptr().cast_mut()), step: self.spectrum_len() };
        let dst = Arrays { start: Shared(outputs.as_mut_ptr()), step: self.spectrum_len() };
        match self.dim {
            1 => work.row_block(None, src, dst, 0, leaf),
            2 => work.plane(src, dst, 0, Shared(planes.as_mut_ptr()), threads, leaf),
            _ => work.volume([src, dst], Shared(volumes.as_mut_ptr()), planes, threads, leaf),
        }
    }

    /// Scalars of one plane z of modes along y and x.
    fn slice_len(&self) -> usize {
        self.y_modes() * self.row_cells() * 2 * lanes::<T>()
    }
}

/// `f(i, buffer)` for all i < n, on this thread with `leaf`, or on all threads with `len` scalars of their own.
fn each<T: Scalar>(threads: bool, n: usize, leaf: &mut [T], f: impl Fn(usize, &mut [T]) + Sync) {
    if threads {
        let len = leaf.len();
        (0..n).into_par_iter().for_each(|i| scratch::with([len], |[leaf]| f(i, leaf)));
    } else {
        for i in 0..n {
            f(i, leaf);
        }
    }
}

impl<T: Scalar, F: Fn(usize, &[T], &mut [T]) + Sync> Sandwich<'_, T, F> {
    const CELL: usize = 2 * lanes::<T>();

    /// Cells that hold any line.
    fn line_cells(&self) -> usize {
        let padded = self.fft.row_cells() * lanes::<T>();
        self.fft.points.iter().copied().max().unwrap_or(1).max(padded)
    }

    /// A line of modes, four lines of work, the fields and the results of a row.
    fn leaf_len(&self) -> usize {
        5 * self.line_cells() * Self::CELL + (self.m + self.p) * self.fft.row_len()
    }

    /// The planes `[m + p, y, k_x]`.
    fn plane_len(&self) -> usize {
        (self.m + self.p) * self.fft.points[1] * self.fft.row_cells() * Self::CELL
    }

    /// All lines along one axis of several arrays.
    fn columns(
        &self,
        axis: (&LinePlan<T>, usize),
        inverse: bool,
        [src, dst]: [Arrays<T>; 2],
        (arrays, columns): (usize, usize),
        threads: bool,
        leaf: &mut [T],
    ) {
        each(threads, arrays * columns, leaf, |i, work| {
            let (array, column) = (i / columns, i % columns);
            // SAFETY: a column of cells of one array belongs to this task alone; `work` holds three lines.
            unsafe {
                simd::run(Column {
                    plan: axis.0,
                    cut: axis.1,
                    inverse,
                    src: Cells {
                        start: src.start.at(array * src.step + column * Self::CELL).cast_const(),
                        step: columns,
                    },
                    dst: Cells { start: dst.start.at(array * dst.step + column * Self::CELL), step: columns },
                    work: work.as_mut_ptr(),
                });
            }
        });
    }

    /// Three dimensions: z, then plane by plane, then z.
    fn volume(
        &self,
        [src, dst]: [Arrays<T>; 2],
        volumes: Shared<T>,
        planes: &mut [T],
        threads: bool,
        leaf: &mut [T],
    ) {
        let fft = self.fft;
        let (slice, columns) = (fft.slice_len(), fft.y_modes() * fft.row_cells());
        let step = fft.points[0] * slice;
        let there = Arrays { start: volumes, step };
        // SAFETY: the volumes of the results follow those of the inputs.
        let back = Arrays { start: Shared(unsafe { volumes.at(self.m * step) }), step };
        let axis = (&fft.z, fft.cut[0]);
        self.columns(axis, true, [src, there], (self.m, columns), threads, leaf);
        let plane = |z: usize, planes: &mut [T], leaf: &mut [T]| {
            // SAFETY: plane z of each volume belongs to this task alone.
            let (src, dst) = unsafe {
                let (s, d) = (there.start.at(z * slice), back.start.at(z * slice));
                (Arrays { start: Shared(s), step }, Arrays { start: Shared(d), step })
            };
            self.plane(src, dst, z, Shared(planes.as_mut_ptr()), false, leaf);
        };
        if threads {
            let lens = [planes.len(), leaf.len()];
            (0..fft.points[0])
                .into_par_iter()
                .for_each(|z| scratch::with(lens, |[planes, leaf]| plane(z, planes, leaf)));
        } else {
            for z in 0..fft.points[0] {
                plane(z, planes, leaf);
            }
        }
        self.columns(axis, false, [back, dst], (self.p, columns), threads, leaf);
    }

    /// Two dimensions, or one plane of three: y, then rows, then y.
    fn plane(
        &self,
        src: Arrays<T>,
        dst: Arrays<T>,
        z: usize,
        planes: Shared<T>,
        threads: bool,
        leaf: &mut [T],
    ) {
        let fft = self.fft;
        let step = fft.points[1] * fft.row_cells() * Self::CELL;
        let there = Arrays { start: planes, step };
        // SAFETY: the planes of the results follow those of the inputs.
        let back = Arrays { start: Shared(unsafe { planes.at(self.m * step) }), step };
        let axis = (&fft.y, fft.cut[1]);
        self.columns(axis, true, [src, there], (self.m, fft.row_cells()), threads, leaf);
        each(threads, fft.y_groups(), leaf, |group, leaf| {
            let offset = (z * fft.y_groups() + group) * fft.row_len();
            self.row_block(Some(group), there, back, offset, leaf);
        });
        self.columns(axis, false, [back, dst], (self.p, fft.row_cells()), threads, leaf);
    }

    /// The rows `group` of a plane (one dimension: the one row of all samples).
    fn row_block(&self, group: Option<usize>, src: Arrays<T>, dst: Arrays<T>, offset: usize, leaf: &mut [T]) {
        let row = self.fft.row_len();
        let (lines, fields) = leaf.split_at_mut(5 * self.line_cells() * Self::CELL);
        let (inputs, outputs) = fields.split_at_mut(self.m * row);
        let (line, work) = lines.split_at_mut(self.line_cells() * Self::CELL);
        let task = RowTask { fft: self.fft, group, line: line.as_mut_ptr(), work: work.as_mut_ptr() };
        for (f, points) in inputs.chunks_exact_mut(row).enumerate() {
            // SAFETY: the rows of array f belong to this task; buffers are as long as `RowTask` asks.
            unsafe { simd::run(ToPoints(&task, src.start.at(f * src.step), points.as_mut_ptr())) };
        }
        (self.point)(offset, inputs, &mut outputs[..self.p * row]);
        for (f, points) in outputs[..self.p * row].chunks_exact(row).enumerate() {
            // SAFETY: as above.
            unsafe { simd::run(ToModes(&task, points.as_ptr(), dst.start.at(f * dst.step))) };
        }
    }
}

/// One row of points in all lanes: its place in the plane and its buffers, a line of cells and four of work.
struct RowTask<'a, T> {
    fft: &'a ModeFft<T>,
    group: Option<usize>,
    line: *mut T,
    work: *mut T,
}

impl<T: Scalar> RowTask<'_, T> {
    /// The first row of the plane, and how many there are.
    #[inline(always)]
    fn rows(&self, group: usize) -> (usize, usize) {
        let first = group * lanes::<T>();
        (first, lanes::<T>().min(self.fft.points[1] - first))
    }
}

/// From the modes of a row to its points.
struct ToPoints<'a, T>(&'a RowTask<'a, T>, *const T, *mut T);

impl<T: Scalar> Kernel<T> for ToPoints<'_, T> {
    type Out = ();

    /// # Safety
    /// The addresses are those of a plane (one dimension: of a spectrum) and of a row of points.
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let Self(task, src, points) = self;
        let (fft, width, lengths) = (task.fft, lanes::<T>(), [task.fft.cut[2], task.fft.points[2]]);
        // SAFETY: the contract above.
        unsafe {
            let Some(group) = task.group else {
                return row::inverse::<T, L>(&fft.row, lengths, Cells::dense(src), points, task.work);
            };
            let ((first, rows), cell) = (task.rows(group), 2 * width);
            let step = fft.row_cells() * cell;
            for block in 0..fft.row_cells() {
                let from = src.add(first * step + block * cell);
                let to = task.line.add(block * width * cell);
                transpose::into_lanes(from, step, rows, to, cell);
                transpose::into_lanes(from.add(width), step, rows, to.add(width), cell);
            }
            row::inverse::<T, L>(&fft.row, lengths, Cells::dense(task.line.cast_const()), points, task.work);
        }
    }
}

/// From the points of a row to its modes.
struct ToModes<'a, T>(&'a RowTask<'a, T>, *const T, *mut T);

impl<T: Scalar> Kernel<T> for ToModes<'_, T> {
    type Out = ();

    /// # Safety
    /// As for [`ToPoints`].
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let Self(task, points, dst) = self;
        let (fft, width, lengths) = (task.fft, lanes::<T>(), [task.fft.cut[2], task.fft.points[2]]);
        // SAFETY: the contract above.
        unsafe {
            let Some(group) = task.group else {
                return row::forward::<T, L>(&fft.row, lengths, points, Cells::dense(dst), task.work);
            };
            let ((first, rows), cell) = (task.rows(group), 2 * width);
            let step = fft.row_cells() * cell;
            row::forward::<T, L>(&fft.row, lengths, points, Cells::dense(task.line), task.work);
            for i in fft.row_modes()..fft.row_cells() * width {
                clear::<T, L>(task.line.add(i * cell));
            }
            for block in 0..fft.row_cells() {
                let from = task.line.add(block * width * cell);
                let to = dst.add(first * step + block * cell);
                transpose::from_lanes(from, cell, rows, to, step);
                transpose::from_lanes(from.add(width), cell, rows, to.add(width), step);
            }
        }
    }
}
