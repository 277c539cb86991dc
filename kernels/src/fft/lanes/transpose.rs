//! Blocks of lanes x lanes scalars with rows and columns exchanged.

use super::lanes;
use crate::Scalar;

/// `dst[j][i] = src[i][j]` for i < `rows` and all lanes j; the lanes i >= `rows` of `dst` become zero.
///
/// # Safety
/// `src` holds `rows` rows of [`lanes`] scalars, `src_step` scalars apart; `dst` holds [`lanes`] such rows, `dst_step` apart.
#[inline(always)]
pub(super) unsafe fn into_lanes<T: Scalar>(
    src: *const T,
    src_step: usize,
    rows: usize,
    dst: *mut T,
    dst_step: usize,
) {
    let width = lanes::<T>();
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
pub(super) unsafe fn from_lanes<T: Scalar>(
    src: *const T,
    src_step: usize,
    rows: usize,
    dst: *mut T,
    dst_step: usize,
) {
    for i in 0..rows {
        for j in 0..lanes::<T>() {
            // SAFETY: the caller's contract.
            unsafe { dst.add(i * dst_step + j).write(src.add(j * src_step + i).read()) };
        }
    }
}
