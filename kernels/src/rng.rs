//! Random draws that depend on nothing but a seed and a counter.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The generator of stream `index` under `seed`.
///
/// Streams are independent of one another, of the order in which they are drawn and of the number of threads: sample `i` of a
/// data set, or parameter `i` of a model, takes stream `i`.
pub fn stream(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

/// `len` independent draws of N(0, 1).
pub fn normals(rng: &mut ChaCha8Rng, len: usize) -> Vec<f64> {
    (0..len).map(|_| StandardNormal.sample(rng)).collect()
}
