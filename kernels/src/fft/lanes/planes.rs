//! Truncated transforms of real fields of one or two axes, neighbouring planes side by side in the lanes of a cell.
//!
//! All lines of all planes go through whole vector operations, and only the rows of points are transposed. A row is transformed
//! as soon as it is in cells, its kept wavenumbers wait in a table `[k_x, y]`, and then the lines along y are transformed; back,
//! the other way round.

use num_complex::Complex;

use super::column::clear;
use super::lanes;
use super::line::{Cells, transform};
use super::plan::LinePlan;
use super::row::{self, RowPlan};
use crate::Scalar;
use crate::buffer::SharedMut;
use crate::simd::{self, Kernel, Lanes, transpose};

/// The plan for planes of one size and their kept modes.
#[derive(Debug)]
pub(in crate::fft) struct Planes<T> {
    /// Points along y (1 where there is no such axis) and x.
    size: [usize; 2],
    /// Kept wavenumbers along y and x.
    modes: [usize; 2],
    /// Where the kept wavenumbers stand on a line along y, in the order in which they are kept.
    kept: Vec<usize>,
    column: LinePlan<T>,
    row: RowPlan<T>,
}

/// Some planes next to one another among all, no more than the lanes of a cell.
#[derive(Clone, Copy, Debug)]
pub(in crate::fft) struct Group {
    /// All planes.
    pub(in crate::fft) planes: usize,
    /// The first one.
    pub(in crate::fft) first: usize,
    /// How many.
    pub(in crate::fft) count: usize,
}

impl<T: Scalar> Planes<T> {
    pub(in crate::fft) fn new(size: [usize; 2], modes: [usize; 2]) -> Self {
        let kept = (0..modes[0]).map(|m| (m + size[0] - modes[0] / 2) % size[0]).collect();
        Self { size, modes, kept, column: LinePlan::new(size[0]), row: RowPlan::new(size[1], false) }
    }

    /// Scalars of work space: the table, a row of points, a line of cells, and work for any line.
    pub(in crate::fft) fn space(size: [usize; 2], modes: [usize; 2]) -> [usize; 4] {
        let cell = 2 * lanes::<T>();
        let row = size[1] * lanes::<T>();
        [modes[1] * Self::pitch(size) * cell, row, size[0] * cell, 4 * size[0].max(size[1]) * cell]
    }

    /// Cells from one wavenumber of the table to the next: not a power of two, which would put all of them into one set of a
    /// cache.
    fn pitch(size: [usize; 2]) -> usize {
        size[0] + 1
    }

    /// From the points of a group, `[count, y, x]`, to its places in the spectrum `[k_y, k_x, planes]`, times a weight for each k_x.
    ///
    /// # Safety
    /// The group's entries of the spectrum belong to the caller alone.
    pub(in crate::fft) unsafe fn analyse(
        &self,
        points: &[T],
        spectrum: &SharedMut<Complex<T>>,
        group: Group,
        weights: &[T],
        space: [&mut [T]; 4],
    ) {
        assert_eq!(points.len(), group.count * self.size[0] * self.size[1], "the points of {group:?}");
        let buffers = self.buffers(group, weights, space);
        // SAFETY: the lengths were checked; the rest is the caller's contract.
        unsafe {
            simd::run(Analysis { plan: self, points: points.as_ptr(), spectrum, group, weights, buffers });
        }
    }

    /// From a group's entries of the spectrum, times a weight for each k_x, to its points.
    pub(in crate::fft) fn synthesise(
        &self,
        spectrum: &[Complex<T>],
        points: &mut [T],
        group: Group,
        weights: &[T],
        space: [&mut [T]; 4],
    ) {
        assert_eq!(points.len(), group.count * self.size[0] * self.size[1], "the points of {group:?}");
        let buffers = self.buffers(group, weights, space);
        let points = points.as_mut_ptr();
        // SAFETY: the lengths were checked; the spectrum is indexed as a slice.
        unsafe { simd::run(Synthesis { plan: self, points, spectrum, group, weights, buffers }) }
    }

    fn buffers(&self, group: Group, weights: &[T], space: [&mut [T]; 4]) -> Buffers<T> {
        assert!(
            group.count <= lanes::<T>() && group.first + group.count <= group.planes,
            "{group:?} in cells of {} lanes",
            lanes::<T>()
        );
        assert_eq!(weights.len(), self.modes[1], "a weight for each wavenumber along x");
        let wanted = Self::space(self.size, self.modes);
        assert!(space.iter().zip(wanted).all(|(s, n)| s.len() >= n), "work space of {wanted:?} scalars");
        let [table, row, line, work] = space.map(<[T]>::as_mut_ptr);
        Buffers { table, row, line, work }
    }
}

#[derive(Clone, Copy)]
struct Buffers<T> {
    table: *mut T,
    row: *mut T,
    line: *mut T,
    work: *mut T,
}

struct Analysis<'a, T: Scalar> {
    plan: &'a Planes<T>,
    points: *const T,
    spectrum: &'a SharedMut<Complex<T>>,
    group: Group,
    weights: &'a [T],
    buffers: Buffers<T>,
}

impl<T: Scalar> Kernel<T> for Analysis<'_, T> {
    type Out = ();

    /// # Safety
    /// The addresses are those of the group's points and of buffers of [`Planes::space`]; the group's entries of the spectrum
    /// belong to the caller.
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let Self { plan, points, spectrum, group, weights, buffers } = self;
        let ([ny, nx], [_, mx], cell) = (plan.size, plan.modes, 2 * lanes::<T>());
        let pitch = Planes::<T>::pitch(plan.size);
        // SAFETY: the contract above; rows, wavenumbers and planes stay within the sizes of the plan.
        unsafe {
            for y in 0..ny {
                gather(points.add(y * nx), ny * nx, group.count, nx, buffers.row);
                let modes = Cells { start: buffers.table.add(y * cell), step: pitch };
                row::forward::<T, L>(&plan.row, [mx - 1, nx], buffers.row, modes, buffers.work);
            }
            for (kx, weight) in weights.iter().enumerate() {
                let line = Cells::dense(buffers.table.add(kx * pitch * cell).cast_const());
                transform::<T, L>(&plan.column, false, line, Cells::dense(buffers.line), buffers.work);
                for (m, &ky) in plan.kept.iter().enumerate() {
                    let out = spectrum.slice((m * mx + kx) * group.planes + group.first, group.count);
                    interleave(buffers.line.add(ky * cell), *weight, out);
                }
            }
        }
    }
}

struct Synthesis<'a, T: Scalar> {
    plan: &'a Planes<T>,
    points: *mut T,
    spectrum: &'a [Complex<T>],
    group: Group,
    weights: &'a [T],
    buffers: Buffers<T>,
}

impl<T: Scalar> Kernel<T> for Synthesis<'_, T> {
    type Out = ();

    /// # Safety
    /// As for [`Analysis`].
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let Self { plan, points, spectrum, group, weights, buffers } = self;
        let ([ny, nx], [_, mx], cell) = (plan.size, plan.modes, 2 * lanes::<T>());
        let pitch = Planes::<T>::pitch(plan.size);
        // SAFETY: the contract above; rows, wavenumbers and planes stay within the sizes of the plan.
        unsafe {
            for (kx, weight) in weights.iter().enumerate() {
                for y in 0..ny {
                    clear::<T, L>(buffers.line.add(y * cell));
                }
                for (m, &ky) in plan.kept.iter().enumerate() {
                    let at = (m * mx + kx) * group.planes + group.first;
                    separate(&spectrum[at..at + group.count], *weight, buffers.line.add(ky * cell));
                }
                let (line, table) = (buffers.line.cast_const(), buffers.table.add(kx * pitch * cell));
                transform::<T, L>(&plan.column, true, Cells::dense(line), Cells::dense(table), buffers.work);
            }
            for y in 0..ny {
                let modes = Cells { start: buffers.table.add(y * cell).cast_const(), step: pitch };
                row::inverse::<T, L>(&plan.row, [mx - 1, nx], modes, buffers.row, buffers.work);
                scatter(buffers.row, points.add(y * nx), ny * nx, group.count, nx);
            }
        }
    }
}

/// One row of `count` planes, `plane` scalars apart, into the lanes: `row[x, lane]`, zeros in the lanes beyond.
///
/// # Safety
/// The rows hold `n` points, `row` holds n times the lanes.
#[inline(always)]
unsafe fn gather<T: Scalar>(src: *const T, plane: usize, count: usize, n: usize, row: *mut T) {
    let (width, whole) = (lanes::<T>(), n / lanes::<T>() * lanes::<T>());
    // SAFETY: the caller's contract.
    unsafe {
        for x in (0..whole).step_by(width) {
            transpose::into_lanes(src.add(x), plane, count, row.add(x * width), width);
        }
        for x in whole..n {
            for lane in 0..width {
                let value = if lane < count { src.add(lane * plane + x).read() } else { T::zero() };
                row.add(x * width + lane).write(value);
            }
        }
    }
}

/// The way back from [`gather`].
///
/// # Safety
/// As for [`gather`].
#[inline(always)]
unsafe fn scatter<T: Scalar>(row: *const T, dst: *mut T, plane: usize, count: usize, n: usize) {
    let (width, whole) = (lanes::<T>(), n / lanes::<T>() * lanes::<T>());
    // SAFETY: the caller's contract.
    unsafe {
        for x in (0..whole).step_by(width) {
            transpose::from_lanes(row.add(x * width), width, count, dst.add(x), plane);
        }
        for x in whole..n {
            for lane in 0..count {
                dst.add(lane * plane + x).write(row.add(x * width + lane).read());
            }
        }
    }
}

/// The first lanes of a cell as complex numbers, times a weight.
///
/// # Safety
/// It is a cell, and `out` has no more entries than lanes.
#[inline(always)]
unsafe fn interleave<T: Scalar>(cell: *const T, weight: T, out: &mut [Complex<T>]) {
    // SAFETY: the caller's contract.
    let (re, im) = unsafe {
        let part = |start| std::slice::from_raw_parts(cell.add(start), lanes::<T>());
        (part(0), part(lanes::<T>()))
    };
    if let Ok(out) = <&mut [Complex<T>; 16]>::try_from(&mut *out) {
        for l in 0..16 {
            out[l] = Complex::new(weight * re[l], weight * im[l]);
        }
    } else {
        for (l, out) in out.iter_mut().enumerate() {
            *out = Complex::new(weight * re[l], weight * im[l]);
        }
    }
}

/// The way back from [`interleave`]; lanes beyond the numbers become zero.
///
/// # Safety
/// It is a cell, and there are no more numbers than lanes.
#[inline(always)]
unsafe fn separate<T: Scalar>(numbers: &[Complex<T>], weight: T, cell: *mut T) {
    // SAFETY: the caller's contract.
    unsafe {
        if let Ok(numbers) = <&[Complex<T>; 16]>::try_from(numbers) {
            for l in 0..16 {
                cell.add(l).write(weight * numbers[l].re);
            }
            for l in 0..16 {
                cell.add(16 + l).write(weight * numbers[l].im);
            }
        } else {
            for l in 0..lanes::<T>() {
                let z = numbers.get(l).copied().unwrap_or_default();
                cell.add(l).write(weight * z.re);
                cell.add(lanes::<T>() + l).write(weight * z.im);
            }
        }
    }
}
