//! The largest eigenvalue of K x = λ M x.

use sobolev_kernels::rng::{normals, stream};

use crate::{Error, Result};

/// When the Lanczos iteration ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpectrumOptions {
    /// Relative change of the largest Ritz value over three iterations at which it is taken; default 1e-6.
    pub tolerance: f64,
    /// Default 300.
    pub max_iterations: usize,
}

impl Default for SpectrumOptions {
    fn default() -> Self {
        Self { tolerance: 1e-6, max_iterations: 300 }
    }
}

/// The largest eigenvalue of K x = λ M x, K symmetric positive semi-definite, M symmetric positive definite, by Lanczos iteration
/// in the inner product of M from a fixed random start.
///
/// `stiffness(x, y)` writes y = K x, `mass_inverse(x, y)` writes y = M⁻¹ x. Ritz values approach from below: the value returned is
/// the last one plus its last relative change and 1e-4, which makes it an upper bound in practice (not by proof).
///
/// **Source.** G. Golub, C. Van Loan, *Matrix Computations*, 4th ed., 2013, section 10.1.
///
/// # Errors
/// [`Error::NotFinite`] if the operators produce something not finite; [`Error::Config`] if M is not positive definite, or `n` is 0.
pub fn largest_eigenvalue(
    n: usize,
    mut stiffness: impl FnMut(&[f64], &mut [f64]),
    mut mass_inverse: impl FnMut(&[f64], &mut [f64]),
    options: &SpectrumOptions,
) -> Result<f64> {
    let not_positive = |value: f64| Error::Config {
        field: "mass",
        expected: "positive definite",
        value: format!("a matrix with x·M⁻¹x = {value}"),
    };
    // r is a dual vector, v = M⁻¹ r / β its representative.
    let mut r = normals(&mut stream(0x6c61_6e63, 0), n);
    let mut v = vec![0.0; n];
    let (mut before, mut w) = (vec![0.0; n], vec![0.0; n]);
    let (mut diagonal, mut links): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut ritz: Vec<f64> = Vec::new();
    for iteration in 0..options.max_iterations.min(n) {
        mass_inverse(&r, &mut w);
        let square = dot(&r, &w);
        if !square.is_finite() {
            return Err(Error::NotFinite { name: "Lanczos vector", position: iteration, value: square });
        }
        let beta = square.max(0.0).sqrt();
        if iteration == 0 && square <= 0.0 {
            return Err(not_positive(square));
        }
        // The Krylov space is exhausted: the Ritz values are eigenvalues.
        if iteration > 0 && beta <= 1e-13 * ritz.last().copied().unwrap_or(0.0).max(f64::MIN_POSITIVE) {
            break;
        }
        if iteration > 0 {
            links.push(beta);
        }
        // before ← M v (the dual of the old v), v ← the new one, r ← K v − β before − α M v.
        for i in 0..n {
            v[i] = w[i] / beta;
        }
        stiffness(&v, &mut w);
        let alpha = dot(&v, &w);
        for i in 0..n {
            let dual = r[i] / beta;
            r[i] = w[i] - alpha * dual - if iteration > 0 { beta * before[i] } else { 0.0 };
            before[i] = dual;
        }
        diagonal.push(alpha);
        ritz.push(largest_of_tridiagonal(&diagonal, &links));
        let k = ritz.len();
        if k > 8 && (ritz[k - 1] - ritz[k - 4]).abs() <= options.tolerance * ritz[k - 1] {
            break;
        }
    }
    match ritz.as_slice() {
        [.., earlier, last] => Ok(last + (last - earlier).abs() + 1e-4 * last.abs()),
        [only] => Ok(only * (1.0 + 1e-4)),
        [] => Err(not_positive(0.0)),
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// The largest eigenvalue of a symmetric tridiagonal matrix by bisection on the number of positive pivots of A − x I.
fn largest_of_tridiagonal(diagonal: &[f64], links: &[f64]) -> f64 {
    let link = |i: usize| links.get(i).copied().unwrap_or(0.0).abs();
    let n = diagonal.len();
    let radius = |i: usize| link(i) + if i > 0 { link(i - 1) } else { 0.0 };
    let mut low = diagonal.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut high = (0..n).map(|i| diagonal[i] + radius(i)).fold(f64::NEG_INFINITY, f64::max);
    let exceeds = |x: f64| {
        let mut pivot = 1.0;
        (0..n).any(|i| {
            let coupling = if i > 0 { link(i - 1).powi(2) / pivot } else { 0.0 };
            pivot = diagonal[i] - x - coupling;
            if pivot == 0.0 {
                pivot = -f64::MIN_POSITIVE;
            }
            pivot > 0.0
        })
    };
    while high - low > 4.0 * f64::EPSILON * high.abs().max(low.abs()) {
        let middle = 0.5 * (low + high);
        let side = if exceeds(middle) { &mut low } else { &mut high };
        *side = middle;
        if middle == low && middle == high {
            break;
        }
    }
    high
}
