//! Lanes as an array: what the compiler makes of it on any processor, and `f64` on all of them.

use super::Lanes;
use crate::Scalar;

/// `N` scalars; `FMA` says whether the target fuses a multiplication and an addition.
#[derive(Clone, Copy)]
pub(crate) struct Wide<T, const N: usize, const FMA: bool>([T; N]);

impl<T: Scalar, const N: usize, const FMA: bool> Wide<T, N, FMA> {
    #[inline(always)]
    fn zip(self, b: Self, f: impl Fn(T, T) -> T) -> Self {
        let mut out = self.0;
        for i in 0..N {
            out[i] = f(self.0[i], b.0[i]);
        }
        Self(out)
    }
}

impl<T: Scalar, const N: usize, const FMA: bool> Lanes<T> for Wide<T, N, FMA> {
    const N: usize = N;
    const MANY_REGISTERS: bool = false;

    #[inline(always)]
    fn splat(x: T) -> Self {
        Self([x; N])
    }
    #[inline(always)]
    unsafe fn load(p: *const T) -> Self {
        // SAFETY: the caller's contract; the read is unaligned.
        Self(unsafe { p.cast::<[T; N]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn load_part(p: *const T, n: usize) -> Self {
        let mut out = [T::zero(); N];
        for (i, o) in out.iter_mut().enumerate().take(n) {
            // SAFETY: the caller's contract, `i < n`.
            *o = unsafe { p.add(i).read() };
        }
        Self(out)
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut T) {
        // SAFETY: the caller's contract; the write is unaligned.
        unsafe { p.cast::<[T; N]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut T, n: usize) {
        for (i, x) in self.0.iter().enumerate().take(n) {
            // SAFETY: the caller's contract, `i < n`.
            unsafe { p.add(i).write(*x) }
        }
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        self.zip(b, |x, y| x + y)
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self.zip(b, |x, y| x - y)
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        self.zip(b, |x, y| x * y)
    }
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        self.zip(b, |x, y| x / y)
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        let mut out = self.0;
        for i in 0..N {
            out[i] = if FMA { self.0[i].fma(a.0[i], b.0[i]) } else { self.0[i] * a.0[i] + b.0[i] };
        }
        Self(out)
    }
    #[inline(always)]
    fn min(self, b: Self) -> Self {
        self.zip(b, |x, y| if x < y { x } else { y })
    }
    #[inline(always)]
    fn max(self, b: Self) -> Self {
        self.zip(b, |x, y| if x > y { x } else { y })
    }
    #[inline(always)]
    fn round(self) -> Self {
        // Adding 1.5·2^(mantissa bits - 1) pushes the fraction out of the mantissa, rounding to even; it vectorises everywhere.
        let shift = T::of(1.5) / T::epsilon();
        Self(self.0.map(|x| (x + shift) - shift))
    }
    #[inline(always)]
    fn pow2(self) -> Self {
        Self(self.0.map(|x| T::of(f64::from(f32::from_bits(((x.as_f64() as i32 + 127) << 23) as u32)))))
    }
    #[inline(always)]
    fn where_less(self, bound: Self, yes: Self, no: Self) -> Self {
        let mut out = no.0;
        for i in 0..N {
            if self.0[i] < bound.0[i] {
                out[i] = yes.0[i];
            }
        }
        Self(out)
    }
    #[inline(always)]
    fn map(self, f: impl Fn(T) -> T) -> Self {
        Self(self.0.map(f))
    }
    #[inline(always)]
    fn sum(self) -> T {
        let mut total = T::zero();
        for x in self.0 {
            total += x;
        }
        total
    }
    #[inline(always)]
    fn sums(acc: &[[Self; 4]; 4]) -> [[T; 4]; 4] {
        acc.map(|row| row.map(Self::sum))
    }
}
