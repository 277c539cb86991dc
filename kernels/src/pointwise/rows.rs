//! Passes over one row of points: activations, slopes, sums. Each reads and writes its row once.

use crate::Scalar;
use crate::simd::{self, Kernel, Lanes};

use super::activation::{Activation, Gelu, Identity, OnLanes, Relu, Silu, Tanh};

/// Makes the choice of the activation a choice of the compiled loop.
macro_rules! choose {
    ($act:expr, $name:ident => $body:expr) => {
        match $act {
            Activation::Identity => {
                type $name = Identity;
                $body
            }
            Activation::Relu => {
                type $name = Relu;
                $body
            }
            Activation::Gelu => {
                type $name = Gelu;
                $body
            }
            Activation::Silu => {
                type $name = Silu;
                $body
            }
            Activation::Tanh => {
                type $name = Tanh;
                $body
            }
        }
    };
}

/// Repeats its body for every register of a row, `part` being `None` but for an incomplete last one.
///
/// A macro and not a function that takes a closure: a closure is compiled for the baseline processor unless it is inlined, and
/// nothing can force that.
macro_rules! registers {
    ($n:expr, $width:expr, $at:ident, $part:ident => $body:expr) => {{
        let mut $at = 0;
        while $at + $width <= $n {
            let $part = None;
            $body;
            $at += $width;
        }
        if $at < $n {
            let $part = Some($n - $at);
            $body;
        }
    }};
}

/// # Safety
/// `p + at` has a register (or `part` scalars) to read.
#[inline(always)]
unsafe fn load<T: Scalar, L: Lanes<T>>(p: *const T, at: usize, part: Option<usize>) -> L {
    // SAFETY: the caller's contract.
    unsafe {
        match part {
            None => L::load(p.add(at)),
            Some(n) => L::load_part(p.add(at), n),
        }
    }
}

/// # Safety
/// `p + at` has room for a register (or `part` scalars).
#[inline(always)]
unsafe fn store<T: Scalar, L: Lanes<T>>(value: L, p: *mut T, at: usize, part: Option<usize>) {
    // SAFETY: the caller's contract.
    unsafe {
        match part {
            None => value.store(p.add(at)),
            Some(n) => value.store_part(p.add(at), n),
        }
    }
}

struct Value<T> {
    act: Activation,
    z: *const T,
    y: *mut T,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Value<T> {
    type Out = ();
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        choose!(self.act, A => registers!(self.n, L::N, at, part => {
            // SAFETY: `at` runs over the `n` entries.
            unsafe { store(A::value(load::<T, L>(self.z, at, part)), self.y, at, part) }
        }));
    }
}

/// `y = σ(z)`.
pub(super) fn activate_into<T: Scalar>(act: Activation, z: &[T], y: &mut [T]) {
    assert_eq!(z.len(), y.len(), "rows of one length");
    // SAFETY: both rows have `n` entries.
    unsafe { simd::run(Value { act, z: z.as_ptr(), y: y.as_mut_ptr(), n: z.len() }) }
}

/// `z = σ(z)`.
pub(super) fn activate_row<T: Scalar>(act: Activation, z: &mut [T]) {
    if act != Activation::Identity {
        // SAFETY: the row has `n` entries, and each is read before it is written.
        unsafe { simd::run(Value { act, z: z.as_ptr(), y: z.as_mut_ptr(), n: z.len() }) }
    }
}

struct Both<T> {
    act: Activation,
    z: *mut T,
    y: *mut T,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Both<T> {
    type Out = ();
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        choose!(self.act, A => registers!(self.n, L::N, at, part => {
            // SAFETY: `at` runs over the `n` entries.
            unsafe {
                let (value, slope) = A::both(load::<T, L>(self.z, at, part));
                store(value, self.y, at, part);
                store(slope, self.z, at, part);
            }
        }));
    }
}

/// `y = σ(z)` and, in the place of `z`, `σ'(z)`.
pub(super) fn value_and_slope<T: Scalar>(act: Activation, z: &mut [T], y: &mut [T]) {
    assert_eq!(z.len(), y.len(), "rows of one length");
    // SAFETY: both rows have `n` entries.
    unsafe { simd::run(Both { act, z: z.as_mut_ptr(), y: y.as_mut_ptr(), n: z.len() }) }
}

struct Slope<T> {
    act: Activation,
    z: *const T,
    g: *const T,
    out: *mut T,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Slope<T> {
    type Out = T;
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) -> T {
        let mut sum = L::splat(T::zero());
        choose!(self.act, A => registers!(self.n, L::N, at, part => {
            // SAFETY: `at` runs over the `n` entries. Lanes beyond a part hold g = 0.
            unsafe {
                let slope = A::both(load::<T, L>(self.z, at, part)).1;
                let gz = slope.mul(load(self.g, at, part));
                sum = sum.add(gz);
                store(gz, self.out, at, part);
            }
        }));
        sum.sum()
    }
}

/// `z = σ'(z) g` in place; returns the sum of the row.
pub(super) fn slope_times<T: Scalar>(act: Activation, z: &mut [T], g: &[T]) -> T {
    assert_eq!(z.len(), g.len(), "rows of one length");
    // SAFETY: both rows have `n` entries.
    unsafe { simd::run(Slope { act, z: z.as_ptr(), g: g.as_ptr(), out: z.as_mut_ptr(), n: z.len() }) }
}

/// `out = σ'(z) g`.
pub(super) fn slope_times_into<T: Scalar>(act: Activation, z: &[T], g: &[T], out: &mut [T]) {
    assert!(z.len() == g.len() && z.len() == out.len(), "rows of one length");
    // SAFETY: the rows have `n` entries.
    unsafe { simd::run(Slope { act, z: z.as_ptr(), g: g.as_ptr(), out: out.as_mut_ptr(), n: z.len() }) };
}

struct Times<T> {
    a: *const T,
    b: *const T,
    out: *mut T,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Times<T> {
    type Out = T;
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) -> T {
        let mut sum = L::splat(T::zero());
        registers!(self.n, L::N, at, part => {
            // SAFETY: `at` runs over the `n` entries.
            unsafe {
                let product = load::<T, L>(self.a, at, part).mul(load(self.b, at, part));
                sum = sum.add(product);
                store(product, self.out, at, part);
            }
        });
        sum.sum()
    }
}

/// `g = slope · g`, entry by entry; returns the sum of the row.
pub(super) fn times_row<T: Scalar>(slope: &[T], g: &mut [T]) -> T {
    assert_eq!(slope.len(), g.len(), "rows of one length");
    // SAFETY: both rows have `n` entries, and each is read before it is written.
    unsafe { simd::run(Times { a: slope.as_ptr(), b: g.as_ptr(), out: g.as_mut_ptr(), n: g.len() }) }
}

struct Dot<T> {
    a: *const T,
    b: Option<*const T>,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Dot<T> {
    type Out = T;
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) -> T {
        let mut sum = L::splat(T::zero());
        let one = L::splat(T::one());
        registers!(self.n, L::N, at, part => {
            // SAFETY: `at` runs over the `n` entries.
            unsafe {
                let b = match self.b {
                    Some(b) => load(b, at, part),
                    None => one,
                };
                sum = load::<T, L>(self.a, at, part).fma(b, sum);
            }
        });
        sum.sum()
    }
}

/// `Σ a b`
pub(super) fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    assert_eq!(a.len(), b.len(), "rows of one length");
    // SAFETY: both rows have `n` entries.
    unsafe { simd::run(Dot { a: a.as_ptr(), b: Some(b.as_ptr()), n: a.len() }) }
}

/// `Σ a`
pub(super) fn sum<T: Scalar>(a: &[T]) -> T {
    // SAFETY: the row has `n` entries.
    unsafe { simd::run(Dot { a: a.as_ptr(), b: None, n: a.len() }) }
}
