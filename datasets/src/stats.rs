//! Mean and variance in one pass.

use serde::{Deserialize, Serialize};

/// Count, mean and sum of squared deviations, in f64.
///
/// ```math
/// \delta = \bar{x}_B - \bar{x}_A,\quad
/// \bar{x} = \bar{x}_A + \delta\,\frac{n_B}{n},\quad
/// M_2 = M_{2,A} + M_{2,B} + \delta^2\,\frac{n_A n_B}{n}
/// ```
///
/// **Source.** T. Chan, G. Golub, R. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979,
/// equations 2.1; one sample at a time it is Welford's update.
///
/// **Good values.** Relative error of the variance about `n·ε·κ²` at worst with κ = rms/std; the textbook formula
/// `E[x²] − E[x]²` loses all digits at κ = 1e8, this one keeps eight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Number of values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub m2: f64,
}

impl Moments {
    /// Moments of a slice, by two passes over it.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut count, mut sum) = (0u64, 0.0);
        for v in values.clone() {
            count += 1;
            sum += v;
        }
        if count == 0 {
            return Self::default();
        }
        let mean = sum / count as f64;
        // The second sum corrects the rounding of the mean (Chan, Golub and LeVeque, "corrected two-pass").
        let (mut m2, mut drift) = (0.0, 0.0);
        for v in values {
            let d = v - mean;
            m2 += d * d;
            drift += d;
        }
        Self { count, mean, m2: m2 - drift * drift / count as f64 }
    }

    /// Adds one value.
    pub fn push(&mut self, value: f64) {
        self.count += 1;
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.m2 += delta * (value - self.mean);
    }

    /// Joins the moments of two disjoint sets.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let count = self.count + other.count;
        let share = other.count as f64 / count as f64;
        let delta = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + delta * share,
            m2: self.m2 + other.m2 + delta * delta * self.count as f64 * share,
        }
    }

    /// Standard deviation over all values (divided by n).
    pub fn std(&self) -> f64 {
        if self.count == 0 { 0.0 } else { (self.m2 / self.count as f64).max(0.0).sqrt() }
    }

    /// Root mean square.
    pub fn rms(&self) -> f64 {
        self.mean.hypot(self.std())
    }
}
