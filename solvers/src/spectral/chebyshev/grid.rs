//! The Gauss-Lobatto grid and its transforms.

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

use rustdct::{Dct1, DctPlanner};

use crate::{Error, Result};

/// The n Chebyshev-Gauss-Lobatto points of an interval, both ends among them, in growing order.
///
/// **Equations.** With N = n − 1 and the map of [−1, 1] to [a, b]:
/// ```math
/// \xi_j = -\cos(\pi j/N), \qquad u(x) = \sum_{k=0}^{N} c_k T_k(\xi).
/// ```
/// Values and coefficients are related by a cosine transform of type I, O(n log n) for every n.
///
/// **Source.** L. N. Trefethen, *Spectral Methods in MATLAB*, 2000, ch. 6-8 and 12.
///
/// **Shapes** fields and coefficients `[n]`, f64.
///
/// ```
/// use sobolev_solvers::spectral::chebyshev::ChebyshevGrid;
/// let grid = ChebyshevGrid::new(24, 0.0, 2.0)?;
/// let values: Vec<f64> = grid.points().iter().map(|x| x.exp()).collect();
/// let slope = grid.inverse(&grid.differentiate(&grid.forward(&values)));
/// assert!(values.iter().zip(&slope).all(|(u, du)| (u - du).abs() < 1e-10));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone)]
pub struct ChebyshevGrid {
    points: Vec<f64>,
    low: f64,
    high: f64,
    plan: Arc<dyn Dct1<f64>>,
}

impl fmt::Debug for ChebyshevGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChebyshevGrid({} points, [{}, {}])", self.points.len(), self.low, self.high)
    }
}

impl ChebyshevGrid {
    /// A grid of `num_points` points on [low, high].
    ///
    /// # Errors
    /// [`Error::Config`] for fewer than 5 points or more than 65537, or an empty interval.
    pub fn new(num_points: usize, low: f64, high: f64) -> Result<Self> {
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if !(5..=65_537).contains(&num_points) {
            return fail("chebyshev.num_points", "in 5..=65537", num_points.to_string());
        }
        if !(low < high && low.is_finite() && high.is_finite()) {
            return fail("chebyshev.interval", "low < high, finite", format!("[{low}, {high}]"));
        }
        let last = (num_points - 1) as f64;
        // sin keeps the points symmetric to the last bit; the ends are set, so that they are the walls.
        let point = |j: usize| 0.5 * (low + high) + 0.5 * (high - low) * (PI * (j as f64 / last - 0.5)).sin();
        let mut points: Vec<f64> = (0..num_points).map(point).collect();
        points[0] = low;
        points[num_points - 1] = high;
        Ok(Self { points, low, high, plan: DctPlanner::new().plan_dct1(num_points) })
    }

    /// The points, from `low` to `high`.
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// Number of points, n.
    pub fn num_points(&self) -> usize {
        self.points.len()
    }

    /// The ends of the interval.
    pub fn interval(&self) -> [f64; 2] {
        [self.low, self.high]
    }

    /// dξ/dx.
    pub(crate) fn stretch(&self) -> f64 {
        2.0 / (self.high - self.low)
    }

    /// The same interval with another number of points.
    pub(crate) fn resampled(&self, num_points: usize) -> Result<Self> {
        Self::new(num_points, self.low, self.high)
    }

    /// The coefficients of the polynomial through the values.
    ///
    /// # Panics
    /// If there aren't n values.
    pub fn forward(&self, values: &[f64]) -> Vec<f64> {
        let mut coefficients = values.to_vec();
        self.forward_in_place(&mut coefficients);
        coefficients
    }

    /// [`Self::forward`] in place.
    ///
    /// # Panics
    /// If there aren't n values.
    pub fn forward_in_place(&self, line: &mut [f64]) {
        let n = self.num_points();
        assert_eq!(line.len(), n, "one value a point");
        // The plan computes ½ x_0 + ½ (−1)^k x_N + Σ x_j cos(πjk/N) for points that run from 1 to −1.
        line.reverse();
        self.plan.process_dct1(line);
        let scale = 2.0 / (n - 1) as f64;
        line.iter_mut().for_each(|c| *c *= scale);
        line[0] *= 0.5;
        line[n - 1] *= 0.5;
    }

    /// The values of a polynomial at the points.
    ///
    /// # Panics
    /// If there aren't n coefficients.
    pub fn inverse(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut values = coefficients.to_vec();
        self.inverse_in_place(&mut values);
        values
    }

    /// [`Self::inverse`] in place.
    ///
    /// # Panics
    /// If there aren't n coefficients.
    pub fn inverse_in_place(&self, line: &mut [f64]) {
        let n = self.num_points();
        assert_eq!(line.len(), n, "one coefficient a point");
        line[0] *= 2.0;
        line[n - 1] *= 2.0;
        self.plan.process_dct1(line);
        line.reverse();
    }

    /// The coefficients of the derivative d/dx, by the recurrence `c'_{k−1} = c'_{k+1} + 2k c_k`.
    ///
    /// # Panics
    /// If there aren't n coefficients.
    pub fn differentiate(&self, coefficients: &[f64]) -> Vec<f64> {
        let n = self.num_points();
        assert_eq!(coefficients.len(), n, "one coefficient a point");
        let mut slope = vec![0.0; n];
        for k in (1..n).rev() {
            let above = if k + 1 < n { slope[k + 1] } else { 0.0 };
            slope[k - 1] = above + 2.0 * k as f64 * coefficients[k];
        }
        slope[0] *= 0.5;
        let stretch = self.stretch();
        slope.iter_mut().for_each(|c| *c *= stretch);
        slope
    }

    /// The integral over the interval, by Clenshaw and Curtis: exact for the polynomial.
    ///
    /// # Panics
    /// If there aren't n coefficients.
    pub fn integral(&self, coefficients: &[f64]) -> f64 {
        assert_eq!(coefficients.len(), self.num_points(), "one coefficient a point");
        let even = coefficients.iter().enumerate().step_by(2);
        even.map(|(k, c)| 2.0 * c / (1.0 - (k * k) as f64)).sum::<f64>() / self.stretch()
    }

    /// The value of the polynomial at any x of the interval, by Clenshaw's recurrence.
    ///
    /// # Panics
    /// If there aren't n coefficients.
    pub fn evaluate(&self, coefficients: &[f64], x: f64) -> f64 {
        assert_eq!(coefficients.len(), self.num_points(), "one coefficient a point");
        let xi = self.stretch() * (x - 0.5 * (self.low + self.high));
        let (mut b1, mut b2) = (0.0, 0.0);
        for &c in coefficients[1..].iter().rev() {
            (b1, b2) = (2.0 * xi * b1 - b2 + c, b1);
        }
        xi * b1 - b2 + coefficients[0]
    }
}
