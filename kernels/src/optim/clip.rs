//! Clipping by the global norm.

use rayon::prelude::*;

use crate::Scalar;
use crate::simd::multiversion;

/// Entries per partial sum; fixed, so that the result does not depend on the threads.
const CHUNK: usize = 1 << 14;

/// The Euclidean norm of all slices together, summed in double precision and in a fixed order.
#[must_use]
pub fn global_norm<T: Scalar>(slices: &[&[T]]) -> f64 {
    let chunks: Vec<&[T]> = slices.iter().flat_map(|s| s.chunks(CHUNK)).collect();
    let partial: Vec<f64> = chunks.par_iter().map(|c| sum_of_squares(c)).collect();
    partial.iter().sum::<f64>().sqrt()
}

/// The factor that scales gradients of norm `norm` down to `max_norm`, and 1 if they are within it.
///
/// A norm that is not finite gives NaN rather than a step that looks sound: test `norm.is_finite()` first, to skip the step or stop.
#[must_use]
pub fn clip_factor(norm: f64, max_norm: f64) -> f64 {
    if !norm.is_finite() {
        f64::NAN
    } else if norm > max_norm {
        max_norm / norm
    } else {
        1.0
    }
}

multiversion! {
    fn sum_of_squares[T: Scalar](x: &[T]) -> f64 {
        // Sixteen sums side by side: a vector's worth on every machine, in the same order on every machine.
        let mut sums = [0.0_f64; 16];
        let (blocks, rest) = x.as_chunks::<16>();
        for block in blocks {
            for l in 0..16 {
                let v = block[l].as_f64();
                sums[l] += v * v;
            }
        }
        for (s, v) in sums.iter_mut().zip(rest) {
            *s += v.as_f64() * v.as_f64();
        }
        sums.iter().sum()
    }
}
