//! Between the parts in cache and the mode-major spectrum in memory, by the recipe.
//!
//! All channels of a block are handled at once: a mode's entries are one run of neighbours in the spectrum, read or written in
//! whole cache lines.

use num_complex::Complex;

use super::recipe::Term;
use crate::Scalar;
use crate::buffer::SharedMut;
use crate::simd::multiversion;

/// Channels per vector of the inner loops.
const LANES: usize = 16;

/// A block of parts, `[2 (re, im), last modes, parts, width]`, and its place in the spectrum `[modes, planes]`.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Planes (batch times channels) of the spectrum.
    pub(super) planes: usize,
    /// First plane of the block.
    pub(super) first: usize,
    /// Planes of the block.
    pub(super) width: usize,
    /// Kept wavenumbers of the last axis.
    pub(super) last: usize,
}

/// Signs of the real and the imaginary result, and whether re and im change places, for a power of -i.
#[inline(always)]
fn rotation<T: Scalar>(quarter: u8) -> (T, T, bool) {
    let (plus, minus) = (T::one(), -T::one());
    match quarter {
        0 => (plus, plus, false),
        1 => (plus, minus, true),
        2 => (minus, minus, false),
        _ => (minus, plus, true),
    }
}

/// Writes the modes of a block.
///
/// # Safety
/// The entries of the block in `spectrum` belong to the caller alone.
#[inline(always)]
unsafe fn write_modes<T: Scalar>(
    sums: &[Vec<Term>],
    parts: &[T],
    n_parts: usize,
    p: Place,
    spectrum: &SharedMut<Complex<T>>,
) {
    let (re, im) = parts.split_at(p.last * n_parts * p.width);
    for (mode, terms) in sums.iter().enumerate() {
        for k in 0..p.last {
            // SAFETY: the caller's contract.
            let out = unsafe { spectrum.slice((mode * p.last + k) * p.planes + p.first, p.width) };
            for (chunk, out) in out.chunks_mut(LANES).enumerate() {
                let mut sum = [[T::zero(); LANES]; 2];
                for term in terms {
                    let at = (k * n_parts + term.index) * p.width + chunk * LANES;
                    let (sign_re, sign_im, swap) = rotation::<T>(term.quarter);
                    let (a, b) = if swap { (im, re) } else { (re, im) };
                    accumulate(&mut sum[0], sign_re, &a[at..at + out.len()]);
                    accumulate(&mut sum[1], sign_im, &b[at..at + out.len()]);
                }
                if let Ok(out) = <&mut [Complex<T>; LANES]>::try_from(&mut *out) {
                    for l in 0..LANES {
                        out[l] = Complex::new(sum[0][l], sum[1][l]);
                    }
                } else {
                    for (l, out) in out.iter_mut().enumerate() {
                        *out = Complex::new(sum[0][l], sum[1][l]);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn accumulate<T: Scalar>(sum: &mut [T; LANES], sign: T, values: &[T]) {
    if let Ok(values) = <&[T; LANES]>::try_from(values) {
        for l in 0..LANES {
            sum[l] += sign * values[l];
        }
    } else {
        for (s, v) in sum.iter_mut().zip(values) {
            *s += sign * *v;
        }
    }
}

/// Reads the modes of a block and sums them to parts.
#[inline(always)]
fn read_modes<T: Scalar>(sums: &[Vec<Term>], spectrum: &[Complex<T>], p: Place, parts: &mut [T]) {
    let n_parts = sums.len();
    let (re, im) = parts.split_at_mut(p.last * n_parts * p.width);
    for (part, terms) in sums.iter().enumerate() {
        for k in 0..p.last {
            let at = (k * n_parts + part) * p.width;
            let (re, im) = (&mut re[at..at + p.width], &mut im[at..at + p.width]);
            for (chunk, (re, im)) in re.chunks_mut(LANES).zip(im.chunks_mut(LANES)).enumerate() {
                let mut sum = [[T::zero(); LANES]; 2];
                for term in terms {
                    let from = (term.index * p.last + k) * p.planes + p.first + chunk * LANES;
                    let values = &spectrum[from..from + re.len()];
                    let (sign_re, sign_im, swap) = rotation::<T>(term.quarter);
                    if let Ok(values) = <&[Complex<T>; LANES]>::try_from(values) {
                        for l in 0..LANES {
                            let (a, b) = if swap {
                                (values[l].im, values[l].re)
                            } else {
                                (values[l].re, values[l].im)
                            };
                            sum[0][l] += sign_re * a;
                            sum[1][l] += sign_im * b;
                        }
                    } else {
                        for (l, z) in values.iter().enumerate() {
                            let (a, b) = if swap { (z.im, z.re) } else { (z.re, z.im) };
                            sum[0][l] += sign_re * a;
                            sum[1][l] += sign_im * b;
                        }
                    }
                }
                re.copy_from_slice(&sum[0][..re.len()]);
                im.copy_from_slice(&sum[1][..im.len()]);
            }
        }
    }
}

multiversion! {
    /// Writes the modes of a block of `n_parts` parts.
    ///
    /// Unsafe in spirit: the entries of the block in `spectrum` must belong to the caller alone; see [`write`].
    fn scatter[T: Scalar](
        sums: &[Vec<Term>], parts: &[T], n_parts: usize, place: Place, spectrum: &SharedMut<Complex<T>>,
    ) {
        // SAFETY: the contract of `write`, the only caller.
        unsafe { write_modes(sums, parts, n_parts, place, spectrum) }
    }
}

/// Writes the modes of a block of `n_parts` parts.
///
/// # Safety
/// The entries of the block in `spectrum` belong to the caller alone.
pub(super) unsafe fn write<T: Scalar>(
    sums: &[Vec<Term>],
    parts: &[T],
    n_parts: usize,
    place: Place,
    spectrum: &SharedMut<Complex<T>>,
) {
    scatter(sums, parts, n_parts, place, spectrum);
}

multiversion! {
    /// Reads the modes of a block into parts, all of which are overwritten.
    pub(super) fn read[T: Scalar](sums: &[Vec<Term>], spectrum: &[Complex<T>], place: Place, parts: &mut [T]) {
        read_modes(sums, spectrum, place, parts);
    }
}
