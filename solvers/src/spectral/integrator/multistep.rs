//! Semi-implicit backward differences.
//!
//! ```math
//! (\alpha - z)\, u_{n+1} = \sum_{j=0}^{s-1} \left( a_j\, u_{n-j} + h\, b_j\, N_{n-j} \right)
//! ```
//! **Source.** Ascher, Ruuth & Wetton, *SIAM J. Numer. Anal.* 32 (1995), 797, <https://doi.org/10.1137/0732037>

use sobolev_kernels::Complex;

use super::conditions;
use crate::Result;

/// The coefficients, newest value first.
pub(in crate::spectral) struct Multistep {
    pub(in crate::spectral) leading: f64,
    pub(in crate::spectral) values: Vec<f64>,
    pub(in crate::spectral) slopes: Vec<f64>,
}

impl Multistep {
    /// The method of order 1 to 4.
    pub(super) fn sbdf(order: usize) -> Result<Self> {
        let (leading, values, slopes): (f64, &[f64], &[f64]) = match order {
            1 => (1.0, &[1.0], &[1.0]),
            2 => (1.5, &[2.0, -0.5], &[2.0, -1.0]),
            3 => (11.0 / 6.0, &[3.0, -1.5, 1.0 / 3.0], &[3.0, -3.0, 1.0]),
            _ => (25.0 / 12.0, &[4.0, -3.0, 4.0 / 3.0, -0.25], &[4.0, -6.0, 4.0, -1.0]),
        };
        let method = Self { leading, values: values.to_vec(), slopes: slopes.to_vec() };
        conditions(method.defect())?;
        Ok(method)
    }

    /// Both halves on the polynomials t^q around t = 0, the newest old value, with a step of 1.
    fn defect(&self) -> f64 {
        let sum = |c: &[f64], q: usize| -> f64 {
            c.iter().enumerate().map(|(j, c)| c * (-(j as f64)).powi(q as i32)).sum()
        };
        let order = self.values.len();
        let differences = (0..=order).map(|q| self.leading - sum(&self.values, q) - q as f64);
        let extrapolations = (0..order).map(|q| sum(&self.slopes, q) - 1.0);
        differences.chain(extrapolations).map(f64::abs).fold(0.0, f64::max)
    }

    /// The largest growth factor of `u' = L u` in a step: the largest root of `(α - z) x^s = Σ a_j x^(s-1-j)`.
    pub(in crate::spectral) fn growth(&self, z: Complex<f64>) -> f64 {
        // Durand-Kerner iteration; four roots at most.
        let s = self.values.len();
        let monic: Vec<Complex<f64>> = self.values.iter().map(|a| -a / (self.leading - z)).collect();
        let value = |x: Complex<f64>| monic.iter().fold(Complex::new(1.0, 0.0), |sum, a| sum * x + a);
        let mut roots: Vec<Complex<f64>> = (0..s).map(|i| Complex::new(0.4, 0.9).powu(i as u32)).collect();
        for _ in 0..60 {
            for i in 0..s {
                let others: Complex<f64> = (0..s).filter(|&j| j != i).map(|j| roots[i] - roots[j]).product();
                roots[i] = roots[i] - value(roots[i]) / others;
            }
        }
        roots.iter().map(|r| r.norm()).fold(0.0, f64::max)
    }
}
