//! The separable spectral product: every channel has its own weight per mode, and no channel sees another.

use num_complex::Complex;
use rayon::prelude::*;

use crate::Scalar;
use crate::buffer::uninit;
use crate::simd::multiversion;

/// Entries of the spectrum per task.
const GRAIN: usize = 1 << 14;

fn check(x: usize, w: usize, modes: usize, batch: usize, channels: usize) {
    assert_eq!(x, modes * batch * channels, "spectrum [modes {modes}, batch {batch}, channels {channels}]");
    assert_eq!(w, modes * channels, "weights [modes {modes}, channels {channels}]");
}

fn rows_per_task(batch: usize, channels: usize) -> usize {
    (GRAIN / (batch * channels).max(1)).max(1)
}

/// `y[m, b, c] = x[m, b, c] w[m, c]`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn separable<T: Scalar>(
    x: &[Complex<T>],
    w: &[Complex<T>],
    modes: usize,
    batch: usize,
    channels: usize,
) -> Vec<Complex<T>> {
    scale(x, w, modes, batch, channels, T::one())
}

/// The gradient of `x` through [`separable`]: `gx = gy conj(w)`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn separable_grad_x<T: Scalar>(
    gy: &[Complex<T>],
    w: &[Complex<T>],
    modes: usize,
    batch: usize,
    channels: usize,
) -> Vec<Complex<T>> {
    scale(gy, w, modes, batch, channels, -T::one())
}

/// The gradient of `w` through [`separable`]: `gw[m, c] = Σ_b conj(x[m, b, c]) gy[m, b, c]`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn separable_grad_w<T: Scalar>(
    x: &[Complex<T>],
    gy: &[Complex<T>],
    modes: usize,
    batch: usize,
    channels: usize,
) -> Vec<Complex<T>> {
    check(x.len(), modes * channels, modes, batch, channels);
    assert_eq!(gy.len(), x.len(), "the gradient has the shape of the spectrum");
    let mut gw = vec![Complex::new(T::zero(), T::zero()); modes * channels];
    if gw.is_empty() || batch == 0 {
        return gw;
    }
    let plane = batch * channels;
    gw.par_chunks_mut(channels)
        .zip(x.par_chunks(plane).zip(gy.par_chunks(plane)))
        .with_min_len(rows_per_task(batch, channels))
        .for_each(|(gw, (x, gy))| {
            for (x, gy) in x.chunks_exact(channels).zip(gy.chunks_exact(channels)) {
                accumulate(x, gy, gw);
            }
        });
    gw
}

/// Products with `Re w + sign i Im w`.
fn scale<T: Scalar>(
    x: &[Complex<T>],
    w: &[Complex<T>],
    modes: usize,
    batch: usize,
    channels: usize,
    sign: T,
) -> Vec<Complex<T>> {
    check(x.len(), w.len(), modes, batch, channels);
    let mut y = uninit::<Complex<T>>(x.len());
    if y.is_empty() {
        return y;
    }
    let plane = batch * channels;
    y.par_chunks_mut(plane)
        .zip(x.par_chunks(plane).zip(w.par_chunks(channels)))
        .with_min_len(rows_per_task(batch, channels))
        .for_each(|(y, (x, w))| {
            for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
                product(x, w, sign, y);
            }
        });
    y
}

multiversion! {
    fn product[T: Scalar](x: &[Complex<T>], w: &[Complex<T>], sign: T, y: &mut [Complex<T>]) {
        for ((y, x), w) in y.iter_mut().zip(x).zip(w) {
            let im = sign * w.im;
            *y = Complex::new(x.re * w.re - x.im * im, x.re * im + x.im * w.re);
        }
    }
}

multiversion! {
    fn accumulate[T: Scalar](x: &[Complex<T>], g: &[Complex<T>], w: &mut [Complex<T>]) {
        for ((w, x), g) in w.iter_mut().zip(x).zip(g) {
            w.re += x.re * g.re + x.im * g.im;
            w.im += x.re * g.im - x.im * g.re;
        }
    }
}
