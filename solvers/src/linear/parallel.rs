//! Vector passes over fixed chunks: the same bits on any number of threads.

use rayon::prelude::*;

use super::Number;

/// Elements of a chunk. Sums are taken within chunks, then over the chunks in order.
pub(crate) const CHUNK: usize = 4096;
/// Below this length a pass is not worth waking other threads.
pub(crate) const SERIAL: usize = 16_384;

/// Calls `f` with the first index of each chunk and the chunk.
pub(crate) fn for_chunks<T: Send>(y: &mut [T], chunk: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    if y.len() < SERIAL.max(2 * chunk) {
        for (c, y) in y.chunks_mut(chunk).enumerate() {
            f(c * chunk, y);
        }
    } else {
        y.par_chunks_mut(chunk).enumerate().for_each(|(c, y)| f(c * chunk, y));
    }
}

/// `Σ_c f(c)` over the chunks of `0..len`; `f` takes the first and the last-plus-one index of a chunk.
pub(crate) fn sum_chunks<T: Number>(len: usize, f: impl Fn(usize, usize) -> T + Sync) -> T {
    let n_chunks = len.div_ceil(CHUNK);
    let chunk = |c: usize| f(c * CHUNK, ((c + 1) * CHUNK).min(len));
    let add = |sum: T, part: T| sum + part;
    if len < SERIAL {
        (0..n_chunks).map(chunk).fold(T::ZERO, add)
    } else {
        let parts: Vec<T> = (0..n_chunks).into_par_iter().map(chunk).collect();
        parts.into_iter().fold(T::ZERO, add)
    }
}

/// `Σ conj(a) b` of one chunk, in eight lanes so that it vectorises.
fn dot_chunk<T: Number>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::ZERO; 8];
    let (ac, bc) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail = ac.remainder().iter().zip(bc.remainder());
    for (lane, (&a, &b)) in lanes.iter_mut().zip(tail) {
        *lane += a.conj() * b;
    }
    for (a, b) in ac.zip(bc) {
        for l in 0..8 {
            lanes[l] += a[l].conj() * b[l];
        }
    }
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// `⟨a, b⟩ = Σ conj(a) b`
pub(crate) fn dot<T: Number>(a: &[T], b: &[T]) -> T {
    let len = a.len().min(b.len());
    sum_chunks(len, |from, to| dot_chunk(&a[from..to], &b[from..to]))
}

/// The Euclidean norm, safe against overflow and underflow of the squares.
pub(crate) fn norm<T: Number>(a: &[T]) -> f64 {
    let squares = sum_chunks(a.len(), |from, to| a[from..to].iter().map(|a| a.abs2()).sum::<f64>());
    if squares > 1e-280 && squares < 1e280 {
        return squares.sqrt();
    }
    let largest = a.iter().fold(0.0, |m: f64, a| if a.finite() { m.max(a.abs()) } else { f64::NAN.max(m) });
    if largest == 0.0 || squares.is_nan() || !largest.is_finite() {
        return squares.sqrt();
    }
    let scaled = sum_chunks(a.len(), |from, to| {
        a[from..to].iter().map(|a| a.scale(1.0 / largest).abs2()).sum::<f64>()
    });
    largest * scaled.sqrt()
}

/// `y ← y + α x`
pub(crate) fn axpy<T: Number>(alpha: T, x: &[T], y: &mut [T]) {
    for_chunks(y, CHUNK, |from, y| {
        for (y, &x) in y.iter_mut().zip(&x[from..]) {
            *y += alpha * x;
        }
    });
}

/// `y ← x + β y`
pub(crate) fn xpby<T: Number>(x: &[T], beta: T, y: &mut [T]) {
    for_chunks(y, CHUNK, |from, y| {
        for (y, &x) in y.iter_mut().zip(&x[from..]) {
            *y = x + beta * *y;
        }
    });
}
