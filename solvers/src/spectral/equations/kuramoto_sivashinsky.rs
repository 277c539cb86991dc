//! The Kuramoto-Sivashinsky equation.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use crate::spectral::{Counts, Equation, Points, Wave};

/// What the state is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KuramotoSivashinskyForm {
    /// The slope `v = ∇u`, d channels: `v_t + ½ ∇|v|² + Δv + Δ²v = 0`; in one dimension `u_t + u u_x + u_xx + u_xxxx = 0`.
    #[default]
    Conservative,
    /// The height: `u_t + ½ |∇u|² + Δu + Δ²u = 0`. Its mean falls steadily.
    GradientNorm,
    /// The height without its mean: the drift is taken out at every step.
    GradientNormWithoutMean,
}

/// The Kuramoto-Sivashinsky equation: the simplest chaos in space and time.
///
/// **Equations** as in [`KuramotoSivashinskyForm`]. Modes with |k| < 1 grow, shorter ones decay; the box length alone decides how
/// chaotic the solution is: steady or travelling waves below about 18, chaos above 22.
///
/// **Source.** Y. Kuramoto, Prog. Theor. Phys. Suppl. 64, 346 (1978); G. I. Sivashinsky, Acta Astronaut. 4, 1177 (1977);
/// A.-K. Kassam, L. N. Trefethen, SIAM J. Sci. Comput. 26, 1214 (2005): L = 32π, n = 128, dt = 1/4.
///
/// **Shapes** `[batch, 1, (y,) x]`, conservative `[batch, d, (y,) x]`. **Good values.** n of about 2L, dt = 1/4 to 1/2 with ETDRK4; the
/// first 50 to 100 time units are transient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KuramotoSivashinsky {
    /// Number of dimensions, 1 or 2.
    pub dim: usize,
    /// What the state is.
    #[serde(default)]
    pub form: KuramotoSivashinskyForm,
}

impl KuramotoSivashinsky {
    fn conservative(self) -> bool {
        self.form == KuramotoSivashinskyForm::Conservative
    }
}

impl Equation for KuramotoSivashinsky {
    fn name(&self) -> &'static str {
        "Kuramoto-Sivashinsky"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        self.dim..=self.dim
    }
    fn channels(&self) -> usize {
        if self.conservative() { self.dim } else { 1 }
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        let q = k.squared();
        (q - q * q).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: self.dim, products: 1, coefficients: 0 }
    }
    fn input(&self, input: usize, channel: usize, k: &Wave) -> Complex<f64> {
        if self.conservative() {
            f64::from(u8::from(input == channel)).into()
        } else {
            Complex::new(0.0, k.axis(input))
        }
    }
    fn output(&self, channel: usize, _: usize, k: &Wave) -> Complex<f64> {
        match self.form {
            KuramotoSivashinskyForm::Conservative => Complex::new(0.0, -0.5 * k.axis(channel)),
            KuramotoSivashinskyForm::GradientNormWithoutMean if k.is_mean() => 0.0.into(),
            _ => (-0.5).into(),
        }
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        if self.dim == 1 {
            points.map(|[u]| [u * u]);
        } else {
            points.map(|[u, v]| [u * u + v * v]);
        }
    }
}
