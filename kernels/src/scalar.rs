//! The two floating-point types of the house, and what every kernel may ask of them.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{AddAssign, DivAssign, MulAssign, SubAssign};

use num_complex::Complex;

/// A real scalar: `f32` or `f64`.
///
/// Training runs in `f32`; solvers and gradient checks run in `f64`. Kernels are written once, generic over this trait.
pub trait Scalar:
    num_traits::Float
    + num_traits::FloatConst
    + num_traits::NumAssign
    + rustfft::FftNum
    + bytemuck::Pod
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + Debug
    + Display
    + Default
    + Send
    + Sync
    + 'static
{
    /// Rounds a double to this type.
    fn of(value: f64) -> Self;
    /// Widens this value to a double.
    fn as_f64(self) -> f64;
    /// The error function, `erf(x) = 2/√π ∫₀ˣ exp(-t²) dt`, to working precision.
    fn erf(self) -> Self;
    /// `self` times `a` plus `b`; one instruction where the enclosing function enables FMA.
    fn fma(self, a: Self, b: Self) -> Self;
}

/// An entry of a matrix product: a [`Scalar`] or a complex number of one.
pub trait Entry: Copy + Send + Sync + 'static + bytemuck::Pod + num_traits::Zero + num_traits::One {}

impl Entry for f32 {}
impl Entry for f64 {}
impl<T: Scalar> Entry for Complex<T> {}

impl Scalar for f32 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value as Self
    }
    #[inline(always)]
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn erf(self) -> Self {
        crate::special::erf_f32(self)
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
}

impl Scalar for f64 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn as_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn erf(self) -> Self {
        libm::erf(self)
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
}
