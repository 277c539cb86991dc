//! The largest eigenvalue of `D⁻¹A`.

use rayon::prelude::*;

use crate::linear::Csr;
use crate::linear::parallel::{axpy, dot, norm};

/// Lanczos steps; the largest eigenvalue is found to a few per cent.
const STEPS: usize = 12;

/// Numbers in [-1, 1) without a pattern, the same ones every time.
pub(super) fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mix = |mut z: u64| {
        // The finaliser of splitmix64.
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let number = |k: u64| mix((k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed << 32));
    (0..n as u64).map(|k| (number(k) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0).collect()
}

/// An upper estimate of the largest eigenvalue of `D⁻¹A`: the bound of Gershgorin where it is sharp, as for the M-matrices of
/// diffusion, and 1.1 times a Lanczos value where that is smaller.
pub(super) fn radius(a: &Csr<f64>, inverse_diagonal: &[f64]) -> f64 {
    let bound = (0..a.n_rows())
        .into_par_iter()
        .with_min_len(4096)
        .map(|row| inverse_diagonal[row] * a.row(row).1.iter().map(|v| v.abs()).sum::<f64>())
        .reduce(|| 0.0, f64::max);
    if bound <= 2.1 { bound } else { bound.min(1.1 * lanczos(a, inverse_diagonal)) }
}

/// The largest Ritz value of `D^(-1/2) A D^(-1/2)`.
fn lanczos(a: &Csr<f64>, inverse_diagonal: &[f64]) -> f64 {
    let n = a.n_rows();
    let root: Vec<f64> = inverse_diagonal.iter().map(|d| d.sqrt()).collect();
    let (mut v, mut old, mut scaled, mut w) = (noise(n, 3), vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let size = norm(&v);
    v.iter_mut().for_each(|v| *v /= size);
    let (mut alphas, mut betas) = (Vec::new(), Vec::new());
    for _ in 0..STEPS.min(n) {
        scaled.iter_mut().zip(&v).zip(&root).for_each(|((s, v), r)| *s = v * r);
        a.multiply(&scaled, &mut w);
        w.iter_mut().zip(&root).for_each(|(w, r)| *w *= r);
        let alpha = dot(&v, &w);
        axpy(-alpha, &v, &mut w);
        axpy(-betas.last().copied().unwrap_or(0.0), &old, &mut w);
        alphas.push(alpha);
        let beta = norm(&w);
        if beta <= 1e-12 * alpha.abs() {
            break;
        }
        betas.push(beta);
        std::mem::swap(&mut old, &mut v);
        v.iter_mut().zip(&w).for_each(|(v, w)| *v = w / beta);
    }
    largest_of_tridiagonal(&alphas, &betas)
}

/// By bisection on the signs of the pivots of `T − λ`.
fn largest_of_tridiagonal(alphas: &[f64], betas: &[f64]) -> f64 {
    let m = alphas.len();
    let reach = |i: usize| if i == 0 { 0.0 } else { betas[i - 1].abs() } + if i + 1 < m { betas[i].abs() } else { 0.0 };
    let (mut low, mut high) = (0.0_f64, (0..m).map(|i| alphas[i] + reach(i)).fold(0.0, f64::max));
    let all_below = |lambda: f64| {
        let mut pivot = alphas[0] - lambda;
        for i in 1..m {
            if pivot >= 0.0 {
                return false;
            }
            pivot = alphas[i] - lambda - betas[i - 1] * betas[i - 1] / pivot;
        }
        pivot < 0.0
    };
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if all_below(middle) { high = middle } else { low = middle }
    }
    high
}
