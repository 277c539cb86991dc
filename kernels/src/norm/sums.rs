//! Sums over long slices: double precision, sixteen partial sums side by side, fixed chunks.

use rayon::prelude::*;

use crate::Scalar;
use crate::simd::multiversion;

/// Entries per partial sum; fixed, so that the result does not depend on the threads.
const CHUNK: usize = 1 << 14;

/// Adds the results of `part` over fixed chunks of `0..len`, in order.
fn over_chunks(len: usize, part: impl Fn(std::ops::Range<usize>) -> [f64; 2] + Sync) -> [f64; 2] {
    if len <= CHUNK {
        return part(0..len);
    }
    let parts: Vec<[f64; 2]> = (0..len.div_ceil(CHUNK))
        .into_par_iter()
        .map(|c| part(c * CHUNK..((c + 1) * CHUNK).min(len)))
        .collect();
    parts.iter().fold([0.0; 2], |t, p| [t[0] + p[0], t[1] + p[1]])
}

/// Mean and variance (divisor: the number of entries), to the precision of the data.
///
/// The first pass sums deviations from an entry `x_0` of the data, in double precision. As `(x_0 - μ)² <= n σ²`, the difference
/// `⟨(x - x_0)²⟩ - (μ - x_0)²` loses at most a factor `n` to cancellation: nothing that single precision would show. Double
/// precision data take a second pass, about the mean.
pub(super) fn mean_and_variance<T: Scalar>(x: &[T]) -> (f64, f64) {
    let n = x.len() as f64;
    let about = |centre: f64| {
        let [first, second] = over_chunks(x.len(), |r| deviations(&x[r], centre));
        (centre + first / n, ((second - first * first / n) / n).max(0.0))
    };
    let (mean, variance) = about(x[0].as_f64());
    if n * f64::EPSILON < 0.01 * T::epsilon().as_f64() { (mean, variance) } else { about(mean) }
}

/// `Σ g` and `Σ g (x - mean)`.
pub(super) fn moments<T: Scalar>(g: &[T], x: &[T], mean: f64) -> [f64; 2] {
    over_chunks(g.len(), |r| weighted(&g[r.clone()], &x[r], mean))
}

multiversion! {
    fn deviations[T: Scalar](x: &[T], centre: f64) -> [f64; 2] {
        let (mut first, mut second) = ([0.0_f64; 16], [0.0_f64; 16]);
        let (blocks, rest) = x.as_chunks::<16>();
        for block in blocks {
            for l in 0..16 {
                let d = block[l].as_f64() - centre;
                first[l] += d;
                second[l] += d * d;
            }
        }
        for (l, v) in rest.iter().enumerate() {
            let d = v.as_f64() - centre;
            first[l] += d;
            second[l] += d * d;
        }
        [first.iter().sum(), second.iter().sum()]
    }
}

multiversion! {
    fn weighted[T: Scalar](g: &[T], x: &[T], centre: f64) -> [f64; 2] {
        let (mut plain, mut product) = ([0.0_f64; 16], [0.0_f64; 16]);
        let (gs, g_rest) = g.as_chunks::<16>();
        let (xs, x_rest) = x.as_chunks::<16>();
        for (g, x) in gs.iter().zip(xs) {
            for l in 0..16 {
                let v = g[l].as_f64();
                plain[l] += v;
                product[l] += v * (x[l].as_f64() - centre);
            }
        }
        for (l, (g, x)) in g_rest.iter().zip(x_rest).enumerate() {
            plain[l] += g.as_f64();
            product[l] += g.as_f64() * (x.as_f64() - centre);
        }
        [plain.iter().sum(), product.iter().sum()]
    }
}
