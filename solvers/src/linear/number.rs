//! The scalars of the linear solvers.

use std::ops::{AddAssign, DivAssign, MulAssign, SubAssign};

use sobolev_kernels::Complex;

/// A real or complex scalar: `f64`, `Complex<f64>`, and `f32` for preconditioners.
///
/// Norms and residuals are `f64` whatever the scalar.
pub trait Number:
    faer::traits::ComplexField
    + Copy
    + Default
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Send
    + Sync
    + 'static
{
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    /// The real number `x`, rounded to this type.
    fn of(x: f64) -> Self;
    /// The complex conjugate.
    fn conj(self) -> Self;
    /// The real part.
    fn re(self) -> f64;
    /// `|self|²`
    fn abs2(self) -> f64;
    /// `self` times a real number.
    fn scale(self, by: f64) -> Self;
    /// `|self|`
    fn abs(self) -> f64 {
        self.abs2().sqrt()
    }
    /// Whether neither part is infinite or not a number.
    fn finite(self) -> bool;
}

macro_rules! real {
    ($t:ty) => {
        #[allow(clippy::unnecessary_cast, clippy::cast_lossless, reason = "one text for two widths")]
        impl Number for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn of(x: f64) -> Self {
                x as Self
            }
            #[inline(always)]
            fn conj(self) -> Self {
                self
            }
            #[inline(always)]
            fn re(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn abs2(self) -> f64 {
                self as f64 * self as f64
            }
            #[inline(always)]
            fn scale(self, by: f64) -> Self {
                (self as f64 * by) as Self
            }
            #[inline(always)]
            fn abs(self) -> f64 {
                (self as f64).abs()
            }
            #[inline(always)]
            fn finite(self) -> bool {
                self.is_finite()
            }
        }
    };
}
real!(f32);
real!(f64);

impl Number for Complex<f64> {
    const ZERO: Self = Self::new(0.0, 0.0);
    const ONE: Self = Self::new(1.0, 0.0);
    #[inline(always)]
    fn of(x: f64) -> Self {
        Self::new(x, 0.0)
    }
    #[inline(always)]
    fn conj(self) -> Self {
        Self::new(self.re, -self.im)
    }
    #[inline(always)]
    fn re(self) -> f64 {
        self.re
    }
    #[inline(always)]
    fn abs2(self) -> f64 {
        self.re * self.re + self.im * self.im
    }
    #[inline(always)]
    fn scale(self, by: f64) -> Self {
        Self::new(self.re * by, self.im * by)
    }
    #[inline(always)]
    fn finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }
}
