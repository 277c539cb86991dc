//! Gauss-Jacobi quadrature on (0, 1).

/// `n` points and weights for the weight function (1 − x)^a on (0, 1), ascending: exact to degree 2n − 1.
///
/// **Equations.** With the Jacobi polynomial P = P_n^(a,0) and its zeros t_i,
/// ```math
/// x_i = \tfrac12 (1 + t_i), \qquad w_i = \frac{1}{(1 - t_i^2)\, P'(t_i)^2}
/// ```
/// **Source.** M. Abramowitz, I. Stegun, Handbook of Mathematical Functions (1964), 22.7.1, 22.8.1 and 25.4.33; zeros by Newton's
/// method with deflation, G. Karniadakis, S. Sherwin, Spectral/hp Element Methods (2005), appendix B.
pub(crate) fn gauss_jacobi(n: usize, a: u32) -> Vec<(f64, f64)> {
    let mut zeros: Vec<f64> = Vec::with_capacity(n);
    for i in 0..n {
        let mut t = -((2 * i + 1) as f64 / (2 * n) as f64 * std::f64::consts::PI).cos();
        if let Some(last) = zeros.last() {
            t = 0.5 * (t + last);
        }
        // Newton's method converges quadratically here; a dozen steps are enough for every n, the rest is a guard.
        for _ in 0..100 {
            let (p, dp) = jacobi(n, f64::from(a), t);
            let deflation: f64 = zeros.iter().map(|z| 1.0 / (t - z)).sum();
            let step = p / (dp - deflation * p);
            t -= step;
            if step.abs() <= f64::EPSILON {
                break;
            }
        }
        zeros.push(t);
    }
    let pair = |t: f64| {
        let dp = jacobi(n, f64::from(a), t).1;
        (0.5 * (1.0 + t), 1.0 / ((1.0 - t * t) * dp * dp))
    };
    zeros.into_iter().map(pair).collect()
}

/// P_n^(a,0) and its derivative at `t` in (−1, 1), `n ≥ 1`.
fn jacobi(n: usize, a: f64, t: f64) -> (f64, f64) {
    let (mut before, mut p) = (1.0, 0.5 * ((a + 2.0) * t + a));
    for k in 1..n {
        let k = k as f64;
        let s = 2.0 * k + a;
        let next = ((s + 1.0) * ((s + 2.0) * s * t + a * a) * p - 2.0 * (k + a) * k * (s + 2.0) * before)
            / (2.0 * (k + 1.0) * (k + 1.0 + a) * s);
        (before, p) = (p, next);
    }
    let n = n as f64;
    let s = 2.0 * n + a;
    (p, (n * (a - s * t) * p + 2.0 * (n + a) * n * before) / (s * (1.0 - t * t)))
}
