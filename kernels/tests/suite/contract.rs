//! Complex contraction.

mod cmatmul;
mod components;
mod expanded;
mod factorised;
mod rank;
mod separable;

use num_complex::Complex;
use sobolev_kernels::{Scalar, rng};

type C64 = Complex<f64>;

/// Complex normal draws with `E|z|² = 2`.
fn draw<T: Scalar>(len: usize, stream: u64) -> Vec<Complex<T>> {
    let reals = rng::normals(&mut rng::stream(7, stream), 2 * len);
    reals.chunks_exact(2).map(|z| Complex::new(T::of(z[0]), T::of(z[1]))).collect()
}

fn widen<T: Scalar>(z: &[Complex<T>]) -> Vec<f64> {
    z.iter().flat_map(|z| [z.re.as_f64(), z.im.as_f64()]).collect()
}

fn complex(x: &[f64]) -> Vec<C64> {
    x.chunks_exact(2).map(|z| C64::new(z[0], z[1])).collect()
}

/// `Re ⟨w, y⟩ + ¼ Σ |y|⁴ / len`: a real loss that is not linear, and its gradient `∂/∂Re + i ∂/∂Im`.
fn loss(y: &[C64], w: &[C64]) -> (f64, Vec<C64>) {
    let n = y.len() as f64;
    let value = y.iter().zip(w).map(|(y, w)| (w.conj() * y).re + 0.25 * y.norm_sqr().powi(2) / n).sum();
    (value, y.iter().zip(w).map(|(y, w)| w + y * (y.norm_sqr() / n)).collect())
}
