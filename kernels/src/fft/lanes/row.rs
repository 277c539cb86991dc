//! The last axis: a line of wavenumbers to a line of points and back, for real and for complex fields.
//!
//! A real line of even length n is transformed as n/2 complex numbers, `z[j] = x[2j] + i x[2j+1]`: in cells that is the layout of
//! the points as it stands. With `X` the half spectrum and h = n/2,
//! `Z[j] = X[j] + conj X[h-j] + i exp(2πi j/n) (X[j] - conj X[h-j])`.

use super::butterfly::C;
use super::column::{clear, copy};
use super::line::{Cells, transform};
use super::plan::LinePlan;
use super::{super::roots::root, lanes};
use crate::Scalar;
use crate::simd::Lanes;

/// How the last axis is transformed.
#[derive(Debug)]
pub(super) enum RowPlan<T> {
    /// Real, even length: half as many complex numbers; `[h + 1, 2]` holds cos and sin of 2π j/n.
    RealEven { line: LinePlan<T>, turns: Vec<T> },
    /// Real, odd length: complex with imaginary parts zero.
    RealOdd { line: LinePlan<T> },
    /// Complex.
    Complex { line: LinePlan<T> },
}

impl<T: Scalar> RowPlan<T> {
    pub(super) fn new(n: usize, complex: bool) -> Self {
        if complex {
            Self::Complex { line: LinePlan::new(n) }
        } else if n.is_multiple_of(2) {
            let turns = (0..=n / 2).flat_map(|j| <[f64; 2]>::from(root(j, n))).map(T::of).collect();
            Self::RealEven { line: LinePlan::new(n / 2), turns }
        } else {
            Self::RealOdd { line: LinePlan::new(n) }
        }
    }
}

/// # Safety
/// It is a cell; `lane + L::N` lanes exist.
#[inline(always)]
unsafe fn get<T: Scalar, L: Lanes<T>>(cells: Cells<*const T>, i: usize, lane: usize) -> C<L> {
    // SAFETY: the caller's contract.
    unsafe {
        let p = cells.start.add(i * cells.step * 2 * lanes::<T>() + lane);
        (L::load(p), L::load(p.add(lanes::<T>())))
    }
}

/// # Safety
/// As for [`get`].
#[inline(always)]
unsafe fn put<T: Scalar, L: Lanes<T>>(cells: Cells<*mut T>, i: usize, lane: usize, value: C<L>) {
    // SAFETY: the caller's contract.
    unsafe {
        let p = cells.start.add(i * cells.step * 2 * lanes::<T>() + lane);
        value.0.store(p);
        value.1.store(p.add(lanes::<T>()));
    }
}

/// A line of wavenumbers up to `cut` to a line of `n` points.
///
/// # Safety
/// The buffers hold a line of modes, a line of points and 3 lines of cells (4 in the odd real case), apart from one another;
/// `cut` is below n/2, or equals it in the real even case.
#[inline(always)]
pub(super) unsafe fn inverse<T: Scalar, L: Lanes<T>>(
    plan: &RowPlan<T>,
    [cut, n]: [usize; 2],
    modes: Cells<*const T>,
    points: *mut T,
    work: *mut T,
) {
    let cell = 2 * lanes::<T>();
    // SAFETY: the caller's contract.
    unsafe {
        match plan {
            RowPlan::RealEven { line, turns } => {
                fold::<T, L>(modes, Cells::dense(work), cut, line.n, turns);
                transform::<T, L>(
                    line,
                    true,
                    Cells::dense(work),
                    Cells::dense(points),
                    work.add(line.n * cell),
                );
            }
            RowPlan::RealOdd { line } => {
                extend::<T, L>(modes, Cells::dense(work), cut, n);
                let out = work.add(n * cell);
                transform::<T, L>(line, true, Cells::dense(work), Cells::dense(out), out.add(n * cell));
                for x in 0..n {
                    for lane in (0..cell / 2).step_by(L::N) {
                        L::load(out.add(x * cell + lane)).store(points.add(x * cell / 2 + lane));
                    }
                }
            }
            RowPlan::Complex { line } => {
                for i in 0..=cut {
                    copy::<T, L>(modes.at(i), work.add(i * cell));
                }
                for i in cut + 1..n - cut {
                    clear::<T, L>(work.add(i * cell));
                }
                for i in cut + 1..=2 * cut {
                    copy::<T, L>(modes.at(i), work.add((n + i - (2 * cut + 1)) * cell));
                }
                transform::<T, L>(line, true, Cells::dense(work), Cells::dense(points), work.add(n * cell));
            }
        }
    }
}

/// A line of points to a line of wavenumbers, without a scale.
///
/// # Safety
/// As for [`inverse`].
#[inline(always)]
pub(super) unsafe fn forward<T: Scalar, L: Lanes<T>>(
    plan: &RowPlan<T>,
    [cut, n]: [usize; 2],
    points: *const T,
    modes: Cells<*mut T>,
    work: *mut T,
) {
    let cell = 2 * lanes::<T>();
    // SAFETY: the caller's contract.
    unsafe {
        match plan {
            RowPlan::RealEven { line, turns } => {
                transform::<T, L>(
                    line,
                    false,
                    Cells::dense(points),
                    Cells::dense(work),
                    work.add(line.n * cell),
                );
                unfold::<T, L>(Cells::dense(work.cast_const()), modes, cut, line.n, turns);
            }
            RowPlan::RealOdd { line } => {
                for x in 0..n {
                    for lane in (0..cell / 2).step_by(L::N) {
                        let value = L::load(points.add(x * cell / 2 + lane));
                        put(Cells::dense(work), x, lane, (value, L::splat(T::zero())));
                    }
                }
                let out = work.add(n * cell);
                transform::<T, L>(line, false, Cells::dense(work), Cells::dense(out), out.add(n * cell));
                for i in 0..=cut {
                    copy::<T, L>(out.add(i * cell), modes.at(i));
                }
            }
            RowPlan::Complex { line } => {
                transform::<T, L>(line, false, Cells::dense(points), Cells::dense(work), work.add(n * cell));
                for i in 0..=2 * cut {
                    let at = if i <= cut { i } else { n + i - (2 * cut + 1) };
                    copy::<T, L>(work.add(at * cell), modes.at(i));
                }
            }
        }
    }
}

/// Z from X (see the module).
///
/// # Safety
/// `x` holds cut + 1 cells, `z` h of them.
#[inline(always)]
unsafe fn fold<T: Scalar, L: Lanes<T>>(
    x: Cells<*const T>,
    z: Cells<*mut T>,
    cut: usize,
    h: usize,
    turns: &[T],
) {
    let zero = (L::splat(T::zero()), L::splat(T::zero()));
    for lane in (0..lanes::<T>()).step_by(L::N) {
        for j in 0..h {
            // SAFETY: the caller's contract; only wavenumbers up to the cut are read.
            unsafe {
                let mut a = if j <= cut { get(x, j, lane) } else { zero };
                let mut b = if h - j <= cut { get(x, h - j, lane) } else { zero };
                if j == 0 {
                    // The mean of a real field is real, and so is its part that alternates from point to point.
                    (a.1, b.1) = (zero.1, zero.1);
                }
                let (p, q): (C<L>, C<L>) = ((a.0.add(b.0), a.1.sub(b.1)), (a.0.sub(b.0), a.1.add(b.1)));
                let (c, s) = (L::splat(turns[2 * j]), L::splat(turns[2 * j + 1]));
                let re = p.0.sub(s.mul(q.0).add(c.mul(q.1)));
                let im = p.1.add(c.mul(q.0).sub(s.mul(q.1)));
                put(z, j, lane, (re, im));
            }
        }
    }
}

/// X from Z.
///
/// # Safety
/// As for [`fold`].
#[inline(always)]
unsafe fn unfold<T: Scalar, L: Lanes<T>>(
    z: Cells<*const T>,
    x: Cells<*mut T>,
    cut: usize,
    h: usize,
    turns: &[T],
) {
    let half = L::splat(T::of(0.5));
    for lane in (0..lanes::<T>()).step_by(L::N) {
        for k in 0..=cut {
            // SAFETY: the caller's contract; the cut is at most h, and indices wrap at h.
            unsafe {
                let a: C<L> = get(z, if k == h { 0 } else { k }, lane);
                let b: C<L> = get(z, if k == 0 { 0 } else { h - k }, lane);
                let even = (a.0.add(b.0).mul(half), a.1.sub(b.1).mul(half));
                let odd = (a.1.add(b.1).mul(half), b.0.sub(a.0).mul(half));
                let (c, s) = (L::splat(turns[2 * k]), L::splat(turns[2 * k + 1]));
                let re = even.0.add(c.mul(odd.0).add(s.mul(odd.1)));
                let im = even.1.add(c.mul(odd.1).sub(s.mul(odd.0)));
                put(x, k, lane, (re, im));
            }
        }
    }
}

/// The full spectrum of n modes from a half spectrum.
///
/// # Safety
/// `x` holds cut + 1 cells, `full` n of them.
#[inline(always)]
unsafe fn extend<T: Scalar, L: Lanes<T>>(x: Cells<*const T>, full: Cells<*mut T>, cut: usize, n: usize) {
    let zero = L::splat(T::zero());
    for lane in (0..lanes::<T>()).step_by(L::N) {
        for k in 0..=n / 2 {
            // SAFETY: the caller's contract.
            unsafe {
                let a: C<L> = if k <= cut { get(x, k, lane) } else { (zero, zero) };
                put(full, k, lane, if k == 0 { (a.0, zero) } else { a });
                if k > 0 {
                    put(full, n - k, lane, (a.0, zero.sub(a.1)));
                }
            }
        }
    }
}
