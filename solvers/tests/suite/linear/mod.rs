//! Sparse matrices and the solvers of linear systems.

mod amg;
mod direct;
mod krylov;
mod sparse;

use sobolev_kernels::{Complex, rng};
use sobolev_solvers::linear::{Csr, Number};

/// −Δ + shift by the five-point stencil on `n x n` interior points, times h².
pub(crate) fn laplacian(n: usize, shift: f64) -> Csr<f64> {
    let mut entries = Vec::new();
    for j in 0..n {
        for i in 0..n {
            let k = j * n + i;
            entries.push((k, k, 4.0 + shift));
            for (dj, di) in [(0, 1), (1, 0), (0, -1), (-1, 0)] {
                let (Some(jj), Some(ii)) = (j.checked_add_signed(dj), i.checked_add_signed(di)) else {
                    continue;
                };
                if jj < n && ii < n {
                    entries.push((k, jj * n + ii, -1.0));
                }
            }
        }
    }
    Csr::from_triplets(n * n, n * n, &entries).unwrap()
}

/// Random entries (about `per_row` a row) plus a diagonal.
pub(crate) fn random<T: Number>(
    n: usize,
    per_row: usize,
    diagonal: T,
    seed: u64,
    entry: fn(f64, f64) -> T,
) -> Csr<T> {
    let draws = rng::normals(&mut rng::stream(seed, 0), 3 * n * per_row);
    let mut entries: Vec<_> = (0..n).map(|k| (k, k, diagonal)).collect();
    for (k, draw) in draws.chunks(3).enumerate() {
        let column = (draw[0].abs() * 1e6) as usize % n;
        entries.push((k / per_row, column, entry(draw[1], draw[2])));
    }
    Csr::from_triplets(n, n, &entries).unwrap()
}

pub(crate) fn complex(re: f64, im: f64) -> Complex<f64> {
    Complex::new(re, im)
}

pub(crate) fn vector(n: usize, seed: u64) -> Vec<f64> {
    rng::normals(&mut rng::stream(seed, 7), n)
}

pub(crate) fn complex_vector(n: usize, seed: u64) -> Vec<Complex<f64>> {
    vector(2 * n, seed).chunks(2).map(|pair| complex(pair[0], pair[1])).collect()
}

/// ‖b − A x‖ / ‖b‖
pub(crate) fn relative_residual<T: Number>(a: &Csr<T>, b: &[T], x: &[T]) -> f64 {
    let mut r = vec![T::ZERO; b.len()];
    a.residual(b, x, &mut r);
    let norm = |v: &[T]| v.iter().map(|v| v.abs2()).sum::<f64>().sqrt();
    norm(&r) / norm(b)
}

/// max |u − v| / max |v|
pub(crate) fn difference<T: Number>(u: &[T], v: &[T]) -> f64 {
    let largest = v.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    u.iter().zip(v).fold(0.0_f64, |m, (&u, &v)| m.max((u - v).abs())) / largest
}
