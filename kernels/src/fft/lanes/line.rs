//! One line of cells, out of place.
//!
//! **Source.** Stockham's self-sorting transform by decimation in frequency: a pass of radix r takes
//! `x[q + s (p + m i)]`, i < r, to `y[q + s (r p + i)] = exp(-2πi p i/(m r)) Σ_j x[q + s (p + m j)] exp(-2πi ij/r)`.

use super::butterfly::{Butterfly, C, Eight, Five, Four, Three, Two, mul};
use super::lanes;
use super::plan::{LinePlan, Pass};
use crate::Scalar;
use crate::simd::Lanes;

/// Where cells lie: the address of the first, and the distance between neighbours in cells.
#[derive(Clone, Copy)]
pub(super) struct Cells<P> {
    pub(super) start: P,
    pub(super) step: usize,
}

impl<P> Cells<P> {
    /// Neighbours without a gap.
    #[inline(always)]
    pub(super) fn dense(start: P) -> Self {
        Self { start, step: 1 }
    }
}

impl<T> Cells<*const T> {
    /// The address of a cell.
    ///
    /// # Safety
    /// It exists.
    #[inline(always)]
    pub(super) unsafe fn at(self, i: usize) -> *const T {
        // SAFETY: the caller's contract.
        unsafe { self.start.add(i * self.step * 2 * lanes::<T>()) }
    }
}

impl<T> Cells<*mut T> {
    /// The address of a cell.
    ///
    /// # Safety
    /// It exists.
    #[inline(always)]
    pub(super) unsafe fn at(self, i: usize) -> *mut T {
        // SAFETY: the caller's contract.
        unsafe { self.start.add(i * self.step * 2 * lanes::<T>()) }
    }
}

/// The real and the imaginary offset of the lanes from `lane` on. Swapped, they make a forward transform an inverse one.
#[derive(Clone, Copy)]
struct Parts {
    re: usize,
    im: usize,
}

/// Transforms all lanes of a line from `src` to `dst`, which do not overlap, without a scale.
///
/// # Safety
/// `src` and `dst` hold n cells, `work` holds 2n dense cells apart from both.
#[inline(always)]
pub(super) unsafe fn transform<T: Scalar, L: Lanes<T>>(
    plan: &LinePlan<T>,
    inverse: bool,
    src: Cells<*const T>,
    dst: Cells<*mut T>,
    work: *mut T,
) {
    let width = lanes::<T>();
    for lane in (0..width).step_by(L::N) {
        let parts =
            if inverse { Parts { re: lane + width, im: lane } } else { Parts { re: lane, im: lane + width } };
        // SAFETY: the caller's contract; the two halves of `work` take turns, and no pass reads where it writes.
        unsafe {
            let halves = [work, work.add(plan.n * 2 * width)];
            let mut from = src;
            let last = plan.passes.len().saturating_sub(1);
            for (i, stage) in plan.passes.iter().enumerate() {
                let to = if i == last { dst } else { Cells::dense(halves[i % 2]) };
                pass::<T, L>(stage, from, to, parts);
                from = Cells::dense(to.start.cast_const());
            }
            if plan.passes.is_empty() {
                store::<T, L>(dst, 0, parts, load(src, 0, parts));
            }
        }
    }
}

/// # Safety
/// The cell exists.
#[inline(always)]
unsafe fn load<T: Scalar, L: Lanes<T>>(cells: Cells<*const T>, i: usize, parts: Parts) -> C<L> {
    // SAFETY: the caller's contract.
    unsafe {
        let p = cells.start.add(i * cells.step * 2 * lanes::<T>());
        (L::load(p.add(parts.re)), L::load(p.add(parts.im)))
    }
}

/// # Safety
/// The cell exists.
#[inline(always)]
unsafe fn store<T: Scalar, L: Lanes<T>>(cells: Cells<*mut T>, i: usize, parts: Parts, value: C<L>) {
    // SAFETY: the caller's contract.
    unsafe {
        let p = cells.start.add(i * cells.step * 2 * lanes::<T>());
        value.0.store(p.add(parts.re));
        value.1.store(p.add(parts.im));
    }
}

/// One pass.
///
/// # Safety
/// Both lines hold as many cells as the pass has points, and do not overlap.
#[inline(always)]
unsafe fn pass<T: Scalar, L: Lanes<T>>(
    stage: &Pass<T>,
    src: Cells<*const T>,
    dst: Cells<*mut T>,
    parts: Parts,
) {
    // SAFETY: the caller's contract.
    unsafe {
        match stage.radix {
            2 => butterflies::<T, L, Two, 2>(stage, src, dst, parts),
            3 => butterflies::<T, L, Three, 3>(stage, src, dst, parts),
            4 => butterflies::<T, L, Four, 4>(stage, src, dst, parts),
            5 => butterflies::<T, L, Five, 5>(stage, src, dst, parts),
            8 => butterflies::<T, L, Eight, 8>(stage, src, dst, parts),
            _ => by_definition::<T, L>(stage, src, dst, parts),
        }
    }
}

/// # Safety
/// As for [`pass`].
#[inline(always)]
unsafe fn butterflies<T: Scalar, L: Lanes<T>, B: Butterfly<R>, const R: usize>(
    stage: &Pass<T>,
    src: Cells<*const T>,
    dst: Cells<*mut T>,
    parts: Parts,
) {
    let (m, s) = (stage.groups, stage.stride);
    let zero = L::splat(T::zero());
    for p in 0..m {
        for q in 0..s {
            let mut a = [(zero, zero); R];
            for i in 0..R {
                // SAFETY: q + s (p + m i) < s m r, the points of the pass.
                a[i] = unsafe { load(src, q + s * (p + m * i), parts) };
            }
            let b = B::dft::<T, L>(a);
            // SAFETY: as above; the table holds m groups of r - 1 roots.
            unsafe {
                store(dst, q + s * R * p, parts, b[0]);
                for i in 1..R {
                    let value = if p == 0 {
                        b[i]
                    } else {
                        let w = stage.twiddles.as_ptr().add((p * (R - 1) + i - 1) * 2);
                        mul(b[i], *w, *w.add(1))
                    };
                    store(dst, q + s * (R * p + i), parts, value);
                }
            }
        }
    }
}

/// A prime radix without a butterfly: r² multiplications.
///
/// # Safety
/// As for [`pass`].
#[inline(always)]
unsafe fn by_definition<T: Scalar, L: Lanes<T>>(
    stage: &Pass<T>,
    src: Cells<*const T>,
    dst: Cells<*mut T>,
    parts: Parts,
) {
    let (r, m, s) = (stage.radix, stage.groups, stage.stride);
    for p in 0..m {
        for q in 0..s {
            for i in 0..r {
                // SAFETY: as in `butterflies`.
                let mut sum: C<L> = unsafe { load(src, q + s * p, parts) };
                for j in 1..r {
                    // SAFETY: as in `butterflies`.
                    let a: C<L> = unsafe { load(src, q + s * (p + m * j), parts) };
                    let at = i * j % r * 2;
                    let w = mul(a, stage.roots[at], stage.roots[at + 1]);
                    sum = (sum.0.add(w.0), sum.1.add(w.1));
                }
                if p > 0 && i > 0 {
                    let at = (p * (r - 1) + i - 1) * 2;
                    sum = mul(sum, stage.twiddles[at], stage.twiddles[at + 1]);
                }
                // SAFETY: as in `butterflies`.
                unsafe { store(dst, q + s * (r * p + i), parts, sum) };
            }
        }
    }
}
