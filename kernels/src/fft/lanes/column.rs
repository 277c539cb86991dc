//! A line along an axis that is not the last: the kept wavenumbers of the axis, and all its points.

use super::lanes;
use super::line::{Cells, transform};
use super::plan::LinePlan;
use crate::Scalar;
use crate::simd::{Kernel, Lanes};

/// From 2K + 1 wavenumbers (0..=K, -K..=-1) to n points, or back.
pub(super) struct Column<'a, T> {
    pub(super) plan: &'a LinePlan<T>,
    /// K, with 2K < n.
    pub(super) cut: usize,
    pub(super) inverse: bool,
    pub(super) src: Cells<*const T>,
    pub(super) dst: Cells<*mut T>,
    /// Room for 3n cells.
    pub(super) work: *mut T,
}

impl<T: Scalar> Kernel<T> for Column<'_, T> {
    type Out = ();

    /// # Safety
    /// `src`, `dst` and `work` hold the cells their fields name and do not overlap.
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let (n, cut, cell) = (self.plan.n, self.cut, 2 * lanes::<T>());
        let line = self.work;
        // SAFETY: the contract above; rows are below 2K + 1, points below n.
        unsafe {
            let work = self.work.add(n * cell);
            if self.inverse {
                for i in 0..=cut {
                    copy::<T, L>(self.src.start.add(i * self.src.step * cell), line.add(i * cell));
                }
                for i in cut + 1..n - cut {
                    clear::<T, L>(line.add(i * cell));
                }
                for i in cut + 1..=2 * cut {
                    let point = n + i - (2 * cut + 1);
                    copy::<T, L>(self.src.start.add(i * self.src.step * cell), line.add(point * cell));
                }
                transform::<T, L>(self.plan, true, Cells::dense(line), self.dst, work);
            } else {
                transform::<T, L>(self.plan, false, self.src, Cells::dense(line), work);
                for i in 0..=2 * cut {
                    let point = if i <= cut { i } else { n + i - (2 * cut + 1) };
                    copy::<T, L>(line.add(point * cell), self.dst.start.add(i * self.dst.step * cell));
                }
            }
        }
    }
}

/// Copies a cell.
///
/// # Safety
/// Both are cells.
#[inline(always)]
pub(super) unsafe fn copy<T: Scalar, L: Lanes<T>>(src: *const T, dst: *mut T) {
    for lane in (0..2 * lanes::<T>()).step_by(L::N) {
        // SAFETY: the caller's contract.
        unsafe { L::load(src.add(lane)).store(dst.add(lane)) };
    }
}

/// Zeros a cell.
///
/// # Safety
/// It is a cell.
#[inline(always)]
pub(super) unsafe fn clear<T: Scalar, L: Lanes<T>>(dst: *mut T) {
    for lane in (0..2 * lanes::<T>()).step_by(L::N) {
        // SAFETY: the caller's contract.
        unsafe { L::splat(T::zero()).store(dst.add(lane)) };
    }
}
