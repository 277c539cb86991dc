//! Burgers' equation in one to three dimensions.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, Scalar};

use super::positive;
use crate::Result;
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};

/// How the nonlinear term is written. In one dimension both are the same equation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BurgersForm {
    /// `½ ∇·(u ⊗ u)`: every component keeps its mean. d(d + 1)/2 products.
    #[default]
    Conservative,
    /// `u·∇u`: gradients stay gradients, and the Cole-Hopf transform holds. d(d + 1) fields go to points.
    Advective,
}

/// Burgers' equation for a velocity of d components.
///
/// **Equations.**
/// ```math
/// u_t + \tfrac12 \nabla\cdot(u \otimes u) = \nu \Delta u \quad\text{or}\quad u_t + u\cdot\nabla u = \nu \Delta u.
/// ```
/// **Source.** J. M. Burgers, Adv. Appl. Mech. 1, 171 (1948); conservative form in more dimensions as in APEBench, arXiv 2411.00180.
///
/// **Shapes** `[batch, d, z, y, x]`; channel 0 is the component along x. **Good values.** ν of 0.1 (JMLR) or 1e-3 (released data) on
/// a circle of length 2π or 1; a shock of jump J is 4ν/J wide and needs 3 points: n of L J/ν. Less, and it rings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burgers {
    /// Number of dimensions and of components, 1 to 3.
    pub dim: usize,
    /// Viscosity ν > 0.
    pub viscosity: f64,
    /// Conservative or advective.
    #[serde(default)]
    pub form: BurgersForm,
}

/// The pairs (i, j), i ≤ j, of the products `u_i u_j`.
const PAIRS: [[(usize, usize); 6]; 3] = [
    [(0, 0), (9, 9), (9, 9), (9, 9), (9, 9), (9, 9)],
    [(0, 0), (0, 1), (1, 1), (9, 9), (9, 9), (9, 9)],
    [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)],
];

impl Equation for Burgers {
    fn name(&self) -> &'static str {
        "Burgers"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        self.dim..=self.dim
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        positive("burgers.viscosity", self.viscosity)
    }
    fn channels(&self) -> usize {
        self.dim
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.viscosity * k.laplacian()).into()
    }
    fn counts(&self) -> Counts {
        let d = self.dim;
        match self.form {
            BurgersForm::Conservative => Counts { inputs: d, products: d * (d + 1) / 2, coefficients: 0 },
            BurgersForm::Advective => Counts { inputs: d + d * d, products: d, coefficients: 0 },
        }
    }
    fn input(&self, input: usize, channel: usize, k: &Wave) -> Complex<f64> {
        let d = self.dim;
        // The components, then ∂_j u_i at d + i d + j.
        if input < d {
            return f64::from(u8::from(input == channel)).into();
        }
        let (i, j) = ((input - d) / d, (input - d) % d);
        if i == channel { Complex::new(0.0, k.axis(j)) } else { 0.0.into() }
    }
    fn output(&self, channel: usize, product: usize, k: &Wave) -> Complex<f64> {
        if self.form == BurgersForm::Advective {
            return (-f64::from(u8::from(product == channel))).into();
        }
        let (i, j) = PAIRS[self.dim - 1][product];
        let along = |a: usize| Complex::new(0.0, -0.5 * k.axis(a));
        match channel {
            c if c == i => along(j),
            c if c == j => along(i),
            _ => 0.0.into(),
        }
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        match (self.form, self.dim) {
            (BurgersForm::Conservative, 1) => points.map(|[u]| [u * u]),
            (BurgersForm::Conservative, 2) => points.map(|[u, v]| [u * u, u * v, v * v]),
            (BurgersForm::Conservative, _) => {
                points.map(|[u, v, w]| [u * u, u * v, u * w, v * v, v * w, w * w]);
            }
            (BurgersForm::Advective, 1) => points.map(|[u, ux]| [u * ux]),
            (BurgersForm::Advective, 2) => {
                points.map(|[u, v, ux, uy, vx, vy]| [u * ux + v * uy, u * vx + v * vy]);
            }
            (BurgersForm::Advective, _) => points.map(|[u, v, w, ux, uy, uz, vx, vy, vz, wx, wy, wz]| {
                [u * ux + v * uy + w * uz, u * vx + v * vy + w * vz, u * wx + v * wy + w * wz]
            }),
        }
    }
}
