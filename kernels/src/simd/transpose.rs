//! Blocks of lanes x lanes scalars with rows and columns exchanged.

use crate::Scalar;
#[cfg(target_arch = "x86_64")]
use crate::simd::{self, Level};

/// Rows and columns of a block: what 64 bytes hold, on every processor.
pub(crate) const fn lanes<T>() -> usize {
    64 / size_of::<T>()
}

/// `dst[j][i] = src[i][j]` for i < `rows` and all lanes j; the lanes i >= `rows` of `dst` become zero.
///
/// # Safety
/// `src` holds `rows` rows of [`lanes`] scalars, `src_step` scalars apart; `dst` holds [`lanes`] such rows, `dst_step` apart.
#[inline(always)]
pub(crate) unsafe fn into_lanes<T: Scalar>(
    src: *const T,
    src_step: usize,
    rows: usize,
    dst: *mut T,
    dst_step: usize,
) {
    let width = lanes::<T>();
    #[cfg(target_arch = "x86_64")]
    if simd::is_f32::<T>() && simd::level() == Level::Avx512 {
        // SAFETY: the caller's contract; T is f32 and the processor has AVX-512.
        return unsafe { avx512::transpose(src.cast(), src_step, rows, dst.cast(), dst_step, width) };
    }
    for j in 0..width {
        for i in 0..width {
            // SAFETY: the caller's contract.
            unsafe {
                let value = if i < rows { src.add(i * src_step + j).read() } else { T::zero() };
                dst.add(j * dst_step + i).write(value);
            }
        }
    }
}

/// `dst[i][j] = src[j][i]` for i < `rows` and all lanes j.
///
/// # Safety
/// `src` holds [`lanes`] rows of as many scalars, `src_step` apart; `dst` holds `rows` rows, `dst_step` apart.
#[inline(always)]
pub(crate) unsafe fn from_lanes<T: Scalar>(
    src: *const T,
    src_step: usize,
    rows: usize,
    dst: *mut T,
    dst_step: usize,
) {
    #[cfg(target_arch = "x86_64")]
    if simd::is_f32::<T>() && simd::level() == Level::Avx512 {
        // SAFETY: the caller's contract; T is f32 and the processor has AVX-512.
        return unsafe {
            avx512::transpose(src.cast(), src_step, lanes::<T>(), dst.cast(), dst_step, rows);
        };
    }
    for i in 0..rows {
        for j in 0..lanes::<T>() {
            // SAFETY: the caller's contract.
            unsafe { dst.add(i * dst_step + j).write(src.add(j * src_step + i).read()) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::*;

    /// `dst[j][i] = src[i][j]` of 16 x 16 `f32`, of which `rows_in` rows are read (zeros behind them) and `rows_out` written.
    ///
    /// Four rounds of 16 shuffles: numbers, pairs, then twice the 128-bit quarters.
    ///
    /// # Safety
    /// The processor has AVX-512 F; the rows exist.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn transpose(
        src: *const f32,
        src_step: usize,
        rows_in: usize,
        dst: *mut f32,
        dst_step: usize,
        rows_out: usize,
    ) {
        let mut r = [_mm512_setzero_ps(); 16];
        for i in 0..16 {
            if i < rows_in {
                // SAFETY: the row exists.
                r[i] = unsafe { _mm512_loadu_ps(src.add(i * src_step)) };
            }
        }
        let mut t = r;
        for i in 0..8 {
            t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
            t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
        }
        // Quarter l of u[4 i + j] is column 4 l + j of rows 4 i .. 4 i + 4.
        let mut u = [_mm512_setzero_pd(); 16];
        for i in 0..4 {
            let (a, b) = (_mm512_castps_pd(t[4 * i]), _mm512_castps_pd(t[4 * i + 1]));
            let (c, d) = (_mm512_castps_pd(t[4 * i + 2]), _mm512_castps_pd(t[4 * i + 3]));
            u[4 * i] = _mm512_unpacklo_pd(a, c);
            u[4 * i + 1] = _mm512_unpackhi_pd(a, c);
            u[4 * i + 2] = _mm512_unpacklo_pd(b, d);
            u[4 * i + 3] = _mm512_unpackhi_pd(b, d);
        }
        for j in 0..4 {
            let even = _mm512_shuffle_f64x2::<0b10_00_10_00>(u[j], u[4 + j]);
            let odd = _mm512_shuffle_f64x2::<0b11_01_11_01>(u[j], u[4 + j]);
            let even_last = _mm512_shuffle_f64x2::<0b10_00_10_00>(u[8 + j], u[12 + j]);
            let odd_last = _mm512_shuffle_f64x2::<0b11_01_11_01>(u[8 + j], u[12 + j]);
            let columns = [
                (j, _mm512_shuffle_f64x2::<0b10_00_10_00>(even, even_last)),
                (4 + j, _mm512_shuffle_f64x2::<0b10_00_10_00>(odd, odd_last)),
                (8 + j, _mm512_shuffle_f64x2::<0b11_01_11_01>(even, even_last)),
                (12 + j, _mm512_shuffle_f64x2::<0b11_01_11_01>(odd, odd_last)),
            ];
            for (column, values) in columns {
                if column < rows_out {
                    // SAFETY: the row exists.
                    unsafe { _mm512_storeu_ps(dst.add(column * dst_step), _mm512_castpd_ps(values)) };
                }
            }
        }
    }
}
