//! Perfectly matched layers.

use sobolev_kernels::Complex;

use crate::{Error, Result};

/// A perfectly matched layer around a box: outgoing waves enter it without reflection and decay.
///
/// ```math
/// \frac{\partial}{\partial x_k} \to \frac{1}{s_k} \frac{\partial}{\partial x_k}, \qquad
/// s_k = 1 + \frac{i\, \sigma(d_k)}{\omega}, \qquad
/// \sigma(d) = \frac{3 c}{2 L} \ln\frac1R \left(\frac{d}{L}\right)^2
/// ```
///
/// d_k is the distance from the box along axis k, L the thickness of the layer; for time dependence e^{−iωt}. A plane wave that crosses
/// the layer head-on, is reflected at its end and crosses it again has lost all but R of its amplitude.
///
/// **Source.** J.-P. Berenger, J. Comput. Phys. 114 (1994); W. C. Chew, W. H. Weedon, Microwave Opt. Technol. Lett. 7 (1994);
/// the profile as in F. Collino, P. B. Monk, Comput. Methods Appl. Mech. Eng. 164 (1998).
/// **Good values.** A thickness of one wavelength with at least eight cells, R = 1e-4; a smaller R needs finer cells, since the reflection
/// of the discretised layer grows with σ. The speed should be constant across the layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pml {
    /// Lower corner of the box without damping; −∞ for a side without a layer.
    pub lo: [f64; 3],
    /// Upper corner; ∞ for a side without a layer.
    pub hi: [f64; 3],
    /// L, in units of length.
    pub thickness: f64,
    /// R.
    pub reflection: f64,
    /// c in the layer.
    pub speed: f64,
}

impl Pml {
    /// A layer on all sides of a box in two dimensions.
    pub fn around(lo: [f64; 2], hi: [f64; 2], thickness: f64, speed: f64) -> Self {
        Self {
            lo: [lo[0], lo[1], f64::NEG_INFINITY],
            hi: [hi[0], hi[1], f64::INFINITY],
            thickness,
            reflection: 1e-4,
            speed,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        for (field, value, is_good) in [
            ("pml.thickness", self.thickness, self.thickness.is_finite() && self.thickness > 0.0),
            ("pml.speed", self.speed, self.speed.is_finite() && self.speed > 0.0),
            ("pml.reflection", self.reflection, self.reflection > 0.0 && self.reflection < 1.0),
        ] {
            if !is_good {
                let expected = "positive and finite (a reflection below 1)";
                return Err(Error::Config { field, expected, value: value.to_string() });
            }
        }
        match (0..3).find(|&k| self.lo[k].is_nan() || self.hi[k].is_nan() || self.lo[k] >= self.hi[k]) {
            Some(k) => Err(Error::Config {
                field: "pml.lo",
                expected: "below pml.hi",
                value: format!("{} and {} on axis {k}", self.lo[k], self.hi[k]),
            }),
            None => Ok(()),
        }
    }

    /// s₁, s₂, s₃ at a point.
    fn stretch(&self, x: [f64; 3], omega: f64) -> [Complex<f64>; 3] {
        let largest = 1.5 * self.speed / self.thickness * (1.0 / self.reflection).ln();
        std::array::from_fn(|k| {
            let depth = (self.lo[k] - x[k]).max(x[k] - self.hi[k]).max(0.0) / self.thickness;
            Complex::new(1.0, largest * depth * depth / omega)
        })
    }

    /// The tensor diag(s₁s₂s₃ / s_k²) of the stretched Laplacian and the factor s₁s₂s₃ of the mass, in `dim` dimensions.
    pub(super) fn factors(
        &self,
        x: [f64; 3],
        omega: f64,
        dim: usize,
    ) -> ([[Complex<f64>; 3]; 3], Complex<f64>) {
        let s = self.stretch(x, omega);
        let volume = s[..dim].iter().fold(Complex::new(1.0, 0.0), |p, s| p * s);
        let mut tensor = [[Complex::new(0.0, 0.0); 3]; 3];
        for k in 0..dim {
            tensor[k][k] = volume / (s[k] * s[k]);
        }
        (tensor, volume)
    }
}
