//! Vector instructions chosen at run time: the binary is built for the oldest processor of its kind and looks at start-up what
//! this one has.
//!
//! Two ways in. [`multiversion!`] compiles an ordinary loop three times and lets the compiler vectorise each copy. [`Kernel`]
//! is for loops whose registers must be laid out by hand: written once over [`Lanes`], run through [`run`].

mod portable;
pub(crate) mod transpose;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::OnceLock;

use crate::Scalar;
use portable::Wide;

/// What the processor offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The baseline of the target: SSE2 on x86-64, NEON on AArch64.
    Base,
    /// AVX2 and FMA: 16 registers of 256 bits.
    Avx2,
    /// AVX-512 F, BW, DQ and VL: 32 registers of 512 bits.
    Avx512,
}

/// The level of this processor, found once per process.
///
/// The environment variable `SOBOLEV_SIMD` (`base`, `avx2`) lowers it: the tests run every path on one machine that way.
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let wish = match std::env::var("SOBOLEV_SIMD").as_deref() {
            Ok("base") => Level::Base,
            Ok("avx2") => Level::Avx2,
            _ => Level::Avx512,
        };
        wish.min(detected())
    })
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Level {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx2, avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        _ => Level::Base,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Level {
    Level::Base
}

/// Compiles a function for AVX-512, for AVX2 and for the baseline, and picks one at each call.
///
/// Generic parameters go between brackets after the name: `multiversion! { fn scale[T: Scalar](x: &mut [T], a: T) { .. } }`.
/// Whatever the body calls must be `#[inline(always)]` to be compiled with it.
#[allow(unused_macros, reason = "used by whichever kernels are compiled in")]
macro_rules! multiversion {
    ($(#[$meta:meta])* $vis:vis fn $name:ident $([$($generics:tt)*])? ($($arg:ident : $type:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name $(<$($generics)*>)? ($($arg: $type),*) $(-> $ret)? {
            #[inline(always)]
            fn body $(<$($generics)*>)? ($($arg: $type),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn avx512 $(<$($generics)*>)? ($($arg: $type),*) $(-> $ret)? { body($($arg),*) }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2 $(<$($generics)*>)? ($($arg: $type),*) $(-> $ret)? { body($($arg),*) }
            match $crate::simd::level() {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the level says that the processor has these instructions.
                $crate::simd::Level::Avx512 => unsafe { avx512($($arg),*) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: as above.
                $crate::simd::Level::Avx2 => unsafe { avx2($($arg),*) },
                _ => body($($arg),*),
            }
        }
    };
}
#[allow(unused_imports, reason = "used by whichever kernels are compiled in")]
pub(crate) use multiversion;

/// A register of several scalars.
///
/// A value of an implementing type exists only inside [`Kernel::run`], hence only where its instructions do: that is why
/// arithmetic is safe to call. `min`/`max` return their second operand where one is not a number, so that `max(bound, x)` lets
/// a NaN in `x` through.
pub(crate) trait Lanes<T: Scalar>: Copy {
    /// Scalars per register.
    const N: usize;
    /// Whether 24 accumulators leave room for operands (32 architectural registers).
    const MANY_REGISTERS: bool;
    /// The same scalar in every lane.
    fn splat(x: T) -> Self;
    /// Reads `N` scalars, of any alignment.
    ///
    /// # Safety
    /// They are readable.
    unsafe fn load(p: *const T) -> Self;
    /// Reads `n <= N` scalars and puts zeros behind them.
    ///
    /// # Safety
    /// They are readable.
    unsafe fn load_part(p: *const T, n: usize) -> Self;
    /// Writes `N` scalars.
    ///
    /// # Safety
    /// They are writable.
    unsafe fn store(self, p: *mut T);
    /// Writes the first `n <= N` scalars.
    ///
    /// # Safety
    /// They are writable.
    unsafe fn store_part(self, p: *mut T, n: usize);
    /// `self + b`
    fn add(self, b: Self) -> Self;
    /// `self - b`
    fn sub(self, b: Self) -> Self;
    /// `self · b`
    fn mul(self, b: Self) -> Self;
    /// `self / b` to within 2 units in the last place, for `b` whose reciprocal is a normal number.
    fn div(self, b: Self) -> Self;
    /// `self · a + b`
    fn fma(self, a: Self, b: Self) -> Self;
    /// The smaller; the second where unordered.
    fn min(self, b: Self) -> Self;
    /// The larger; the second where unordered.
    fn max(self, b: Self) -> Self;
    /// The nearest integer, for magnitudes below 2²².
    fn round(self) -> Self;
    /// `2^self` for integers in [-126, 127]; single precision only.
    fn pow2(self) -> Self;
    /// `yes` where `self < bound`, else (and where unordered) `no`.
    fn where_less(self, bound: Self, yes: Self, no: Self) -> Self;
    /// A scalar function lane by lane.
    fn map(self, f: impl Fn(T) -> T) -> Self;
    /// The sum over the lanes, in an order fixed by `N`.
    fn sum(self) -> T;
    /// Writes columns as rows: lane `i` at `to(j)` is the `j`-th scalar from `from(i)` on, or zero for `j >= columns`, for `N` rows and `N`
    /// columns.
    ///
    /// # Safety
    /// `columns <= N` scalars are readable at each `from(i)`, and `N` are writable at each `to(j)`.
    #[inline(always)]
    unsafe fn turn(from: impl Fn(usize) -> *const T, columns: usize, to: impl Fn(usize) -> *mut T) {
        for j in 0..Self::N {
            for i in 0..Self::N {
                // SAFETY: the caller's contract.
                unsafe { *to(j).add(i) = if j < columns { *from(i).add(j) } else { T::zero() } };
            }
        }
    }
    /// `sums[i][j]` is the sum over the lanes of `acc[i][j]`.
    fn sums(acc: &[[Self; 4]; 4]) -> [[T; 4]; 4];
}

/// A computation written over [`Lanes`].
pub(crate) trait Kernel<T: Scalar> {
    /// What it returns.
    type Out;
    /// The computation; must be `#[inline(always)]`, as everything it calls.
    ///
    /// # Safety
    /// The processor has the instructions of `L`, and what the kernel's constructor asked for holds.
    unsafe fn run<L: Lanes<T>>(self) -> Self::Out;
}

/// Runs a kernel with the widest registers of this processor.
///
/// # Safety
/// What the kernel's constructor asked for holds (pointers are valid for the ranges it names).
pub(crate) unsafe fn run<T: Scalar, K: Kernel<T>>(kernel: K) -> K::Out {
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the level says that the processor has these instructions; the rest is the caller's contract.
        Level::Avx512 => unsafe { x86::run_avx512(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { x86::run_avx2(kernel) },
        // Baseline x86-64 has no fused multiply-add, and the library's emulation is slower than the loop around it.
        // SAFETY: the portable lanes need no instruction; the rest is the caller's contract.
        _ => unsafe { kernel.run::<Wide<T, 8, { !cfg!(target_arch = "x86_64") }>>() },
    }
}

/// Calls `f`, compiled for the instructions of this processor as far as the compiler inlines it.
///
/// For loops over slices that another crate writes: plain arithmetic in `f` becomes vector instructions.
#[inline(always)]
pub fn vectorised<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn avx512<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the level says that the processor has these instructions.
        Level::Avx512 => unsafe { avx512(f) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { avx2(f) },
        _ => f(),
    }
}

/// Whether `T` is `f32`.
#[inline(always)]
pub(crate) fn is_f32<T: Scalar>() -> bool {
    std::any::TypeId::of::<T>() == std::any::TypeId::of::<f32>()
}

/// Asks for `n` scalars to be brought to the second-level cache; a hint, whatever the address.
#[inline(always)]
pub(crate) fn prefetch<T>(p: *const T, n: usize) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..n * size_of::<T>()).step_by(64) {
        // SAFETY: SSE is part of the baseline; a prefetch never faults.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(p.cast::<i8>().wrapping_add(line));
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (p, n);
}
