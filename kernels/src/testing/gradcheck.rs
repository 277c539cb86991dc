//! Gradients against central differences.

use rand::seq::index::sample;

use crate::rng;

/// A comparison of a gradient with central differences.
///
/// ```math
/// ∂f/∂x_i ≈ (f(x + h_i e_i) - f(x - h_i e_i)) / (2 h_i),   h_i = ∛ε s · max(1, |x_i|)
/// ```
///
/// whose truncation and rounding errors balance at `h ~ ∛ε`: about ten digits of a gradient of a function of moderate third
/// derivatives. The error is relative and norm-wise, `‖g - d‖ / max(‖g‖, ‖d‖)` over the coordinates that were checked: an entry that
/// is zero by symmetry does not blow it up. If both norms are below `floor` the error counts as their absolute difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradCheck {
    /// At most so many coordinates are checked, drawn without repetition.
    pub coordinates: usize,
    /// The seed of the draw.
    pub seed: u64,
    /// Multiplies every step `h`; below 1 where the function is defined only near the point.
    pub step: f64,
    /// Gradients smaller than this are compared absolutely.
    pub floor: f64,
}

impl Default for GradCheck {
    fn default() -> Self {
        Self { coordinates: 64, seed: 0, step: 1.0, floor: 1e-12 }
    }
}

impl GradCheck {
    /// The relative error of `gradient` at `x`, and the coordinate with the largest difference.
    ///
    /// A value that is not a number gives an infinite error.
    ///
    /// # Panics
    /// If `gradient` and `x` differ in length.
    pub fn error(&self, mut f: impl FnMut(&[f64]) -> f64, x: &[f64], gradient: &[f64]) -> (f64, usize) {
        assert_eq!(x.len(), gradient.len(), "a gradient has one entry per coordinate");
        let mut chosen: Vec<usize> = if x.len() <= self.coordinates {
            (0..x.len()).collect()
        } else {
            sample(&mut rng::stream(self.seed, 0), x.len(), self.coordinates).into_vec()
        };
        chosen.sort_unstable();
        let mut point = x.to_vec();
        let (mut difference, mut norm_g, mut norm_d) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut worst = (0, 0.0_f64);
        for i in chosen {
            let h = f64::EPSILON.cbrt() * self.step * x[i].abs().max(1.0);
            point[i] = x[i] + h;
            let (above, up) = (f(&point), point[i]);
            point[i] = x[i] - h;
            let (below, down) = (f(&point), point[i]);
            point[i] = x[i];
            // The step that was taken, not the one that was asked for.
            let d = (above - below) / (up - down);
            let miss = (gradient[i] - d).abs();
            difference += miss * miss;
            norm_g += gradient[i] * gradient[i];
            norm_d += d * d;
            if miss.is_nan() || miss > worst.1 {
                worst = (i, miss);
            }
        }
        let scale = norm_g.max(norm_d).sqrt();
        let error = if scale < self.floor { difference.sqrt() } else { difference.sqrt() / scale };
        (if error.is_nan() { f64::INFINITY } else { error }, worst.0)
    }

    /// Asserts that the error is at most `tolerance`.
    ///
    /// # Panics
    /// If it is not, naming the worst coordinate.
    #[allow(clippy::panic, reason = "a test tool")]
    pub fn assert(
        &self,
        name: &str,
        mut f: impl FnMut(&[f64]) -> f64,
        x: &[f64],
        gradient: &[f64],
        tolerance: f64,
    ) {
        let (error, worst) = self.error(&mut f, x, gradient);
        if error <= tolerance {
            return;
        }
        panic!(
            "gradient of {name}: relative error {error:.3e} against central differences, at most {tolerance:.1e} allowed; \
             worst of {} coordinates: {worst}, where x = {:.6e} and the gradient under test is {:.9e}",
            x.len().min(self.coordinates),
            x[worst],
            gradient[worst]
        );
    }
}

/// Asserts that `gradient` is the gradient of `f` at `x`, with the default [`GradCheck`].
///
/// ```
/// sobolev_kernels::testing::assert_gradient("sum of squares", |x| x.iter().map(|v| v * v).sum(), &[1.0, -2.0], &[2.0, -4.0], 1e-8);
/// ```
///
/// # Panics
/// If the relative error exceeds `tolerance`.
pub fn assert_gradient(
    name: &str,
    f: impl FnMut(&[f64]) -> f64,
    x: &[f64],
    gradient: &[f64],
    tolerance: f64,
) {
    GradCheck::default().assert(name, f, x, gradient, tolerance);
}
