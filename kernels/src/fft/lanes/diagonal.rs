//! Sums of diagonal operators on spectra: all that a time integrator does between two nonlinear terms.

use rayon::prelude::*;

use super::lanes;
use crate::Scalar;
use crate::simd::{self, Kernel, Lanes};

/// Cells summed in registers at a time.
const TILE: usize = 4;

/// Cells of a task when threads share a long sum.
const TASK: usize = 1 << 9;

/// A diagonal operator on cells.
#[derive(Clone, Copy, Debug)]
pub enum Diagonal<'a, T> {
    /// The same real number for all modes.
    Scalar(T),
    /// A real number a mode: `[cells, lanes]`.
    Real(&'a [T]),
    /// i times a real number a mode: `[cells, lanes]`.
    Imaginary(&'a [T]),
    /// A complex number a mode: cells.
    Complex(&'a [T]),
}

/// One product of a sum.
#[derive(Clone, Copy, Debug)]
pub struct Term<'a, T> {
    /// The operator.
    pub factor: Diagonal<'a, T>,
    /// The cells it acts on.
    pub x: &'a [T],
}

/// `out = Σ factor · x`, with the terms added in their order; without terms `out` becomes zero.
///
/// The result does not depend on `threads`.
///
/// # Panics
/// If an array is not as long as `out`, or a table not as long as its operator says.
pub fn combine<T: Scalar>(out: &mut [T], terms: &[Term<'_, T>], threads: bool) {
    let cell = 2 * lanes::<T>();
    assert!(out.len().is_multiple_of(cell), "{} scalars are no whole number of cells", out.len());
    for term in terms {
        assert_eq!(term.x.len(), out.len(), "every term is as long as the sum");
        let table = match term.factor {
            Diagonal::Scalar(_) => out.len(),
            Diagonal::Real(t) | Diagonal::Imaginary(t) => 2 * t.len(),
            Diagonal::Complex(t) => t.len(),
        };
        assert_eq!(table, out.len(), "a table has a number for every mode");
    }
    let run = |task: usize, out: &mut [T]| {
        // SAFETY: lengths checked above; the tasks' parts of `out` do not overlap.
        unsafe {
            simd::run(Sum { cells: out.len() / cell, out: out.as_mut_ptr(), first: task * TASK, terms });
        }
    };
    if threads && out.len() > TASK * cell {
        out.par_chunks_mut(TASK * cell).enumerate().for_each(|(task, out)| run(task, out));
    } else {
        run(0, out);
    }
}

/// The vector from `at` on.
///
/// # Safety
/// The slice holds it.
#[inline(always)]
unsafe fn entry<T: Scalar, L: Lanes<T>>(x: &[T], at: usize) -> L {
    // SAFETY: the caller's contract.
    unsafe { L::load(x.as_ptr().add(at)) }
}

/// A part of a sum, from cell `first` of the operands on.
struct Sum<'a, 'b, T> {
    out: *mut T,
    cells: usize,
    first: usize,
    terms: &'a [Term<'b, T>],
}

impl<T: Scalar> Kernel<T> for Sum<'_, '_, T> {
    type Out = ();

    /// # Safety
    /// `out` holds `cells` cells; the operands hold `first + cells`.
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        for lane in (0..lanes::<T>()).step_by(L::N) {
            let whole = self.cells / TILE * TILE;
            // SAFETY: the contract above.
            unsafe {
                for at in (0..whole).step_by(TILE) {
                    self.tile::<L, TILE>(at, lane);
                }
                for at in whole..self.cells {
                    self.tile::<L, 1>(at, lane);
                }
            }
        }
    }
}

impl<T: Scalar> Sum<'_, '_, T> {
    /// # Safety
    /// `at + N <= cells`.
    #[inline(always)]
    unsafe fn tile<L: Lanes<T>, const N: usize>(&self, at: usize, lane: usize) {
        let width = lanes::<T>();
        let mut re = [L::splat(T::zero()); N];
        let mut im = re;
        let (full, half) = ((self.first + at) * 2 * width + lane, (self.first + at) * width + lane);
        for term in self.terms {
            for i in 0..N {
                let at = full + i * 2 * width;
                // SAFETY: the caller's contract.
                let (a, b): (L, L) = unsafe { (entry(term.x, at), entry(term.x, at + width)) };
                match term.factor {
                    Diagonal::Scalar(s) => {
                        let s = L::splat(s);
                        (re[i], im[i]) = (a.fma(s, re[i]), b.fma(s, im[i]));
                    }
                    Diagonal::Real(t) => {
                        // SAFETY: as above.
                        let s: L = unsafe { entry(t, half + i * width) };
                        (re[i], im[i]) = (a.fma(s, re[i]), b.fma(s, im[i]));
                    }
                    Diagonal::Imaginary(t) => {
                        // SAFETY: as above.
                        let s: L = unsafe { entry(t, half + i * width) };
                        (re[i], im[i]) = (re[i].sub(b.mul(s)), a.fma(s, im[i]));
                    }
                    Diagonal::Complex(t) => {
                        // SAFETY: as above.
                        let (c, s): (L, L) = unsafe { (entry(t, at), entry(t, at + width)) };
                        re[i] = a.fma(c, re[i]).sub(b.mul(s));
                        im[i] = a.fma(s, b.fma(c, im[i]));
                    }
                }
            }
        }
        for i in 0..N {
            // SAFETY: the caller's contract.
            unsafe {
                let p = self.out.add((at + i) * 2 * width + lane);
                re[i].store(p);
                im[i].store(p.add(width));
            }
        }
    }
}

/// Sets magnitudes below 2⁻¹⁰⁰ (`f32`; 2⁻⁹⁰⁰ `f64`) to zero and says, for every lane, whether all its parts are finite.
///
/// Modes that decay without end would else become subnormal numbers, on which arithmetic takes ten times as long.
///
/// # Panics
/// If `x` is no whole number of cells.
#[must_use]
pub fn settle<T: Scalar>(x: &mut [T]) -> Vec<bool> {
    assert!(x.len().is_multiple_of(2 * lanes::<T>()), "{} scalars are no whole number of cells", x.len());
    let mut sums = vec![T::zero(); lanes::<T>()];
    // SAFETY: `x` is whole cells, `sums` one register of every kind.
    unsafe { simd::run(Settle { start: x.as_mut_ptr(), len: x.len(), sums: sums.as_mut_ptr() }) };
    sums.iter().map(|s| *s == T::zero()).collect()
}

/// Flushes tiny numbers; the sums over each lane of 0 · x are zero, or not a number.
struct Settle<T> {
    start: *mut T,
    len: usize,
    sums: *mut T,
}

impl<T: Scalar> Kernel<T> for Settle<T> {
    type Out = ();

    /// # Safety
    /// `start` is whole cells, `sums` holds all lanes.
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let (width, zero) = (lanes::<T>(), L::splat(T::zero()));
        let tiny =
            L::splat(T::of(if simd::is_f32::<T>() { (-100.0_f64).exp2() } else { (-900.0_f64).exp2() }));
        for lane in (0..width).step_by(L::N) {
            let mut sum = zero;
            for at in (lane..self.len).step_by(width) {
                // SAFETY: the contract above.
                unsafe {
                    let p = self.start.add(at);
                    let x = L::load(p);
                    sum = x.fma(zero, sum);
                    x.max(zero.sub(x)).where_less(tiny, zero, x).store(p);
                }
            }
            // SAFETY: the contract above.
            unsafe { sum.store(self.sums.add(lane)) };
        }
    }
}
