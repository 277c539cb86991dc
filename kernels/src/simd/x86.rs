//! Single precision in AVX-512 and AVX2 registers.
//!
//! The lane types carry `T` so that one generic kernel serves both precisions, but [`run_avx512`] and [`run_avx2`] use them for
//! `f32` alone and give `f64` the portable lanes, compiled with the same instructions.

use std::arch::x86_64::*;
use std::marker::PhantomData;

use super::portable::Wide;
use super::{Kernel, Lanes, is_f32};
use crate::Scalar;

/// Sixteen `f32`.
#[derive(Clone, Copy)]
struct F32x16<T>(__m512, PhantomData<T>);

/// Eight `f32`.
#[derive(Clone, Copy)]
struct F32x8<T>(__m256, PhantomData<T>);

/// # Safety
/// The processor has these instructions, and the kernel's own contract holds.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
pub(super) unsafe fn run_avx512<T: Scalar, K: Kernel<T>>(kernel: K) -> K::Out {
    if is_f32::<T>() {
        // SAFETY: the caller's contract, and `T` is `f32`.
        unsafe { kernel.run::<F32x16<T>>() }
    } else {
        // SAFETY: the caller's contract.
        unsafe { kernel.run::<Wide<T, 8, true>>() }
    }
}

/// # Safety
/// The processor has these instructions, and the kernel's own contract holds.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn run_avx2<T: Scalar, K: Kernel<T>>(kernel: K) -> K::Out {
    if is_f32::<T>() {
        // SAFETY: the caller's contract, and `T` is `f32`.
        unsafe { kernel.run::<F32x8<T>>() }
    } else {
        // SAFETY: the caller's contract.
        unsafe { kernel.run::<Wide<T, 4, true>>() }
    }
}

/// A method that is one expression of intrinsics.
macro_rules! method {
    ($name:ident, $self:ident $(, $arg:ident)* => $value:expr) => {
        #[inline(always)]
        fn $name($self $(, $arg: Self)*) -> Self {
            // SAFETY: a value of this type exists only where the processor has its instructions (see `Lanes`).
            Self(unsafe { $value }, PhantomData)
        }
    };
}

impl<T: Scalar> Lanes<T> for F32x16<T> {
    const N: usize = 16;
    const MANY_REGISTERS: bool = true;

    #[inline(always)]
    fn splat(x: T) -> Self {
        // SAFETY: called inside a dispatched kernel only; the two conversions cancel for `f32`.
        Self(unsafe { _mm512_set1_ps(x.as_f64() as f32) }, PhantomData)
    }
    #[inline(always)]
    unsafe fn load(p: *const T) -> Self {
        // SAFETY: the caller's contract.
        Self(unsafe { _mm512_loadu_ps(p.cast()) }, PhantomData)
    }
    #[inline(always)]
    unsafe fn load_part(p: *const T, n: usize) -> Self {
        // SAFETY: the caller's contract; masked lanes are not read.
        Self(unsafe { _mm512_maskz_loadu_ps(((1_u32 << n) - 1) as u16, p.cast()) }, PhantomData)
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut T) {
        // SAFETY: the caller's contract.
        unsafe { _mm512_storeu_ps(p.cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut T, n: usize) {
        // SAFETY: the caller's contract; masked lanes are not written.
        unsafe { _mm512_mask_storeu_ps(p.cast(), ((1_u32 << n) - 1) as u16, self.0) }
    }
    method!(add, self, b => _mm512_add_ps(self.0, b.0));
    method!(sub, self, b => _mm512_sub_ps(self.0, b.0));
    method!(mul, self, b => _mm512_mul_ps(self.0, b.0));
    method!(fma, self, a, b => _mm512_fmadd_ps(self.0, a.0, b.0));
    method!(min, self, b => _mm512_min_ps(self.0, b.0));
    method!(max, self, b => _mm512_max_ps(self.0, b.0));
    method!(round, self => _mm512_roundscale_ps::<8>(self.0));
    method!(pow2, self => _mm512_scalef_ps(_mm512_set1_ps(1.0), self.0));
    method!(where_less, self, bound, yes, no =>
        _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, bound.0), no.0, yes.0));
    // A 14-bit reciprocal, then a correction that squares the relative error: the divider would take as long as the
    // polynomials around it.
    method!(div, self, b => {
        let r = _mm512_rcp14_ps(b.0);
        let q = _mm512_mul_ps(self.0, r);
        _mm512_fmadd_ps(_mm512_fnmadd_ps(b.0, q, self.0), r, q)
    });
    #[inline(always)]
    fn map(self, f: impl Fn(T) -> T) -> Self {
        let mut lanes = [T::zero(); 16];
        // SAFETY: `T` is `f32`, the array holds 16 of them.
        unsafe {
            self.store(lanes.as_mut_ptr());
            Self::load(lanes.map(f).as_ptr())
        }
    }
    #[inline(always)]
    fn sum(self) -> T {
        // SAFETY: see `method!`.
        T::of(f64::from(unsafe { _mm512_reduce_add_ps(self.0) }))
    }
    #[inline(always)]
    unsafe fn turn(from: impl Fn(usize) -> *const T, columns: usize, to: impl Fn(usize) -> *mut T) {
        // SAFETY: the caller's contract, and see `method!`.
        unsafe {
            // In loops: what closures of other functions do with registers is not compiled into this one.
            let zero = _mm512_setzero_ps();
            let mut rows = [zero; 16];
            for i in 0..16 {
                rows[i] = Self::load_part(from(i), columns).0;
            }
            // Blocks of 4 x 4 within the 128-bit parts, then the parts.
            let mut quads = [[zero; 4]; 4];
            for g in 0..4 {
                let [p, q, r, s] = [rows[4 * g], rows[4 * g + 1], rows[4 * g + 2], rows[4 * g + 3]];
                let a = _mm512_castps_pd(_mm512_unpacklo_ps(p, q));
                let b = _mm512_castps_pd(_mm512_unpackhi_ps(p, q));
                let c = _mm512_castps_pd(_mm512_unpacklo_ps(r, s));
                let d = _mm512_castps_pd(_mm512_unpackhi_ps(r, s));
                quads[g][0] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
                quads[g][1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
                quads[g][2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
                quads[g][3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
            }
            for k in 0..4 {
                let [a, b, c, d] = [quads[0][k], quads[1][k], quads[2][k], quads[3][k]];
                let even = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d));
                let odd = (_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(c, d));
                _mm512_storeu_ps(to(k).cast(), _mm512_shuffle_f32x4::<0x88>(even.0, even.1));
                _mm512_storeu_ps(to(4 + k).cast(), _mm512_shuffle_f32x4::<0x88>(odd.0, odd.1));
                _mm512_storeu_ps(to(8 + k).cast(), _mm512_shuffle_f32x4::<0xdd>(even.0, even.1));
                _mm512_storeu_ps(to(12 + k).cast(), _mm512_shuffle_f32x4::<0xdd>(odd.0, odd.1));
            }
        }
    }
    #[inline(always)]
    fn sums(acc: &[[Self; 4]; 4]) -> [[T; 4]; 4] {
        let mut out = [[T::zero(); 4]; 4];
        // A butterfly over all sixteen registers: 45 instructions, where one reduction after the other takes 130.
        // SAFETY: see `method!`; `T` is `f32`, the destination holds sixteen.
        unsafe {
            let (p, q) =
                (halves(quarters(&acc[0]), quarters(&acc[1])), halves(quarters(&acc[2]), quarters(&acc[3])));
            let total = _mm512_add_ps(
                _mm512_shuffle_f32x4::<0b10_00_10_00>(p, q),
                _mm512_shuffle_f32x4::<0b11_01_11_01>(p, q),
            );
            _mm512_storeu_ps(out.as_mut_ptr().cast(), total);
        }
        out
    }
}

/// Four registers into one whose four 128-bit parts each hold a quarter of their four sums, in order.
///
/// # Safety
/// The processor has AVX-512.
#[inline(always)]
unsafe fn quarters<T>(r: &[F32x16<T>; 4]) -> __m512 {
    // SAFETY: the caller's contract.
    unsafe {
        let lo = _mm512_add_ps(_mm512_unpacklo_ps(r[0].0, r[1].0), _mm512_unpackhi_ps(r[0].0, r[1].0));
        let hi = _mm512_add_ps(_mm512_unpacklo_ps(r[2].0, r[3].0), _mm512_unpackhi_ps(r[2].0, r[3].0));
        let (lo, hi) = (_mm512_castps_pd(lo), _mm512_castps_pd(hi));
        _mm512_add_ps(
            _mm512_castpd_ps(_mm512_unpacklo_pd(lo, hi)),
            _mm512_castpd_ps(_mm512_unpackhi_pd(lo, hi)),
        )
    }
}

/// The 128-bit parts `[a0 + a2, a1 + a3, b0 + b2, b1 + b3]`.
///
/// # Safety
/// The processor has AVX-512.
#[inline(always)]
unsafe fn halves(a: __m512, b: __m512) -> __m512 {
    // SAFETY: the caller's contract.
    unsafe {
        _mm512_add_ps(
            _mm512_shuffle_f32x4::<0b01_00_01_00>(a, b),
            _mm512_shuffle_f32x4::<0b11_10_11_10>(a, b),
        )
    }
}

impl<T: Scalar> Lanes<T> for F32x8<T> {
    const N: usize = 8;
    const MANY_REGISTERS: bool = false;

    #[inline(always)]
    fn splat(x: T) -> Self {
        // SAFETY: called inside a dispatched kernel only; the two conversions cancel for `f32`.
        Self(unsafe { _mm256_set1_ps(x.as_f64() as f32) }, PhantomData)
    }
    #[inline(always)]
    unsafe fn load(p: *const T) -> Self {
        // SAFETY: the caller's contract.
        Self(unsafe { _mm256_loadu_ps(p.cast()) }, PhantomData)
    }
    #[inline(always)]
    unsafe fn load_part(p: *const T, n: usize) -> Self {
        let mut lanes = [T::zero(); 8];
        // SAFETY: the caller's contract, `n <= 8`.
        unsafe {
            std::ptr::copy_nonoverlapping(p, lanes.as_mut_ptr(), n);
            Self::load(lanes.as_ptr())
        }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut T) {
        // SAFETY: the caller's contract.
        unsafe { _mm256_storeu_ps(p.cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut T, n: usize) {
        let mut lanes = [T::zero(); 8];
        // SAFETY: the caller's contract, `n <= 8`.
        unsafe {
            self.store(lanes.as_mut_ptr());
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), p, n);
        }
    }
    method!(add, self, b => _mm256_add_ps(self.0, b.0));
    method!(sub, self, b => _mm256_sub_ps(self.0, b.0));
    method!(mul, self, b => _mm256_mul_ps(self.0, b.0));
    method!(div, self, b => _mm256_div_ps(self.0, b.0));
    method!(fma, self, a, b => _mm256_fmadd_ps(self.0, a.0, b.0));
    method!(min, self, b => _mm256_min_ps(self.0, b.0));
    method!(max, self, b => _mm256_max_ps(self.0, b.0));
    method!(round, self => _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0));
    method!(pow2, self => _mm256_castsi256_ps(_mm256_slli_epi32::<23>(
        _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127)))));
    method!(where_less, self, bound, yes, no =>
        _mm256_blendv_ps(no.0, yes.0, _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, bound.0)));
    #[inline(always)]
    fn map(self, f: impl Fn(T) -> T) -> Self {
        let mut lanes = [T::zero(); 8];
        // SAFETY: `T` is `f32`, the array holds 8 of them.
        unsafe {
            self.store(lanes.as_mut_ptr());
            Self::load(lanes.map(f).as_ptr())
        }
    }
    #[inline(always)]
    fn sum(self) -> T {
        // SAFETY: see `method!`.
        let total = unsafe {
            let half = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
            _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps::<1>(pair, pair)))
        };
        T::of(f64::from(total))
    }
    #[inline(always)]
    fn sums(acc: &[[Self; 4]; 4]) -> [[T; 4]; 4] {
        let mut out = [[T::zero(); 4]; 4];
        for i in 0..4 {
            for j in 0..4 {
                out[i][j] = acc[i][j].sum();
            }
        }
        out
    }
}
