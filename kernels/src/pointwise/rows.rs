//! Passes over rows of points: activations, slopes, sums. Each reads and writes its rows once.

use crate::Scalar;
use crate::simd::{self, Kernel, Lanes};

use super::activation::{Activation, Gelu, Identity, OnLanes, Relu, Silu, Tanh};
use super::product::{Part, Tile};

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
    z: Tile<T>,
    y: Tile<T>,
    rows: usize,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Value<T> {
    type Out = ();
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        choose!(self.act, A => for row in 0..self.rows {
            let (z, y) = (self.z.at(row).cast_const(), self.y.at(row));
            registers!(self.n, L::N, at, part => {
                // SAFETY: `at` runs over the `n` entries.
                unsafe { store(A::value(load::<T, L>(z, at, part)), y, at, part) }
            });
        });
    }
}

/// `y = σ(z)`.
pub(super) fn activate_into<T: Scalar>(act: Activation, z: &[T], y: &mut [T]) {
    assert_eq!(z.len(), y.len(), "rows of one length");
    let (n, z, y) = (z.len(), Tile::input(z.as_ptr(), 0), Tile { start: y.as_mut_ptr(), stride: 0 });
    // SAFETY: both rows have `n` entries.
    unsafe { simd::run(Value { act, z, y, rows: 1, n }) }
}

/// `z = σ(z)`.
pub(super) fn activate_row<T: Scalar>(act: Activation, z: &mut [T]) {
    if act != Activation::Identity {
        let (n, z) = (z.len(), Tile { start: z.as_mut_ptr(), stride: 0 });
        // SAFETY: the row has `n` entries, and each is read before it is written.
        unsafe { simd::run(Value { act, z, y: z, rows: 1, n }) }
    }
}

/// `y = σ(z)` in a part of two tiles.
///
/// # Safety
/// Both have the part; that of `y` belongs to the caller alone, and is that of `z` or apart from it.
pub(super) unsafe fn activate_part<T: Scalar>(act: Activation, z: Tile<T>, y: Tile<T>, part: Part) {
    if act != Activation::Identity || z.start != y.start {
        // SAFETY: the caller's contract; each entry is read before it is written.
        unsafe { simd::run(Value { act, z: part.of(z), y: part.of(y), rows: part.rows, n: part.n }) }
    }
}

struct Both<T> {
    act: Activation,
    z: Tile<T>,
    y: Tile<T>,
    rows: usize,
    n: usize,
}

impl<T: Scalar> Kernel<T> for Both<T> {
    type Out = ();
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        choose!(self.act, A => for row in 0..self.rows {
            let (z, y) = (self.z.at(row), self.y.at(row));
            registers!(self.n, L::N, at, part => {
                // SAFETY: `at` runs over the `n` entries.
                unsafe {
                    let (value, slope) = A::both(load::<T, L>(z, at, part));
                    store(value, y, at, part);
                    store(slope, z, at, part);
                }
            });
        });
    }
}

/// `y = σ(z)` and, in the place of `z`, `σ'(z)`, in a part of two tiles.
///
/// # Safety
/// Both have the part, apart from each other, and it belongs to the caller alone.
pub(super) unsafe fn value_and_slope<T: Scalar>(act: Activation, z: Tile<T>, y: Tile<T>, part: Part) {
    // SAFETY: the caller's contract.
    unsafe { simd::run(Both { act, z: part.of(z), y: part.of(y), rows: part.rows, n: part.n }) }
}

struct Slope<'a, T> {
    act: Activation,
    z: Tile<T>,
    g: Tile<T>,
    out: Tile<T>,
    /// Of each row.
    sums: &'a mut [T],
    n: usize,
}

impl<T: Scalar> Kernel<T> for Slope<'_, T> {
    type Out = ();
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        choose!(self.act, A => for (row, total) in self.sums.iter_mut().enumerate() {
            let (z, g, out) = (self.z.at(row).cast_const(), self.g.at(row).cast_const(), self.out.at(row));
            let mut sum = L::splat(T::zero());
            registers!(self.n, L::N, at, part => {
                // SAFETY: `at` runs over the `n` entries. Lanes beyond a part hold g = 0.
                unsafe {
                    let slope = A::both(load::<T, L>(z, at, part)).1;
                    let gz = slope.mul(load(g, at, part));
                    sum = sum.add(gz);
                    store(gz, out, at, part);
                }
            });
            *total += sum.sum();
        });
    }
}

/// `z = σ'(z) g` in a part of two tiles; adds the sum of each row to its entry of `sums`.
///
/// # Safety
/// Both have the part; that of `z` belongs to the caller alone.
pub(super) unsafe fn slope_times<T: Scalar>(
    act: Activation,
    z: Tile<T>,
    g: Tile<T>,
    part: Part,
    sums: &mut [T],
) {
    let (z, sums) = (part.of(z), &mut sums[part.row..part.row + part.rows]);
    // SAFETY: the caller's contract.
    unsafe { simd::run(Slope { act, z, g: part.of(g), out: z, sums, n: part.n }) }
}

/// `out = σ'(z) g`.
pub(super) fn slope_times_into<T: Scalar>(act: Activation, z: &[T], g: &[T], out: &mut [T]) {
    assert!(z.len() == g.len() && z.len() == out.len(), "rows of one length");
    let (n, out) = (z.len(), Tile { start: out.as_mut_ptr(), stride: 0 });
    let (z, g) = (Tile::input(z.as_ptr(), 0), Tile::input(g.as_ptr(), 0));
    // SAFETY: the rows have `n` entries.
    unsafe { simd::run(Slope { act, z, g, out, sums: &mut [T::zero()], n }) };
}

struct Times<'a, T> {
    a: Tile<T>,
    b: Tile<T>,
    out: Tile<T>,
    sums: &'a mut [T],
    n: usize,
}

impl<T: Scalar> Kernel<T> for Times<'_, T> {
    type Out = ();
    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        for (row, total) in self.sums.iter_mut().enumerate() {
            let (a, b, out) = (self.a.at(row).cast_const(), self.b.at(row).cast_const(), self.out.at(row));
            let mut sum = L::splat(T::zero());
            registers!(self.n, L::N, at, part => {
                // SAFETY: `at` runs over the `n` entries.
                unsafe {
                    let product = load::<T, L>(a, at, part).mul(load(b, at, part));
                    sum = sum.add(product);
                    store(product, out, at, part);
                }
            });
            *total += sum.sum();
        }
    }
}

/// `out = slope · g`, entry by entry, in a part of three tiles; adds the sum of each row to its entry of `sums`.
///
/// # Safety
/// All have the part; that of `out` belongs to the caller alone, and is that of `g` or apart from it.
pub(super) unsafe fn times<T: Scalar>(slope: Tile<T>, g: Tile<T>, out: Tile<T>, part: Part, sums: &mut [T]) {
    let sums = &mut sums[part.row..part.row + part.rows];
    // SAFETY: the caller's contract; each entry is read before it is written.
    unsafe { simd::run(Times { a: part.of(slope), b: part.of(g), out: part.of(out), sums, n: part.n }) }
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
