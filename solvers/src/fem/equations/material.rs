//! Lamé parameters.

use crate::{Error, Result};

/// Which two-dimensional state a plane problem stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaneState {
    /// No strain across the plane: a long body; and bodies in 3-D.
    Strain,
    /// No stress across the plane: a thin plate.
    Stress,
}

/// λ and μ of an isotropic material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lame {
    /// λ, in units of stress.
    pub lambda: f64,
    /// μ, the shear modulus.
    pub mu: f64,
}

impl Lame {
    /// From Young's modulus E and Poisson's ratio ν.
    ///
    /// ```math
    /// \mu = \frac{E}{2 (1 + \nu)}, \qquad
    /// \lambda = \frac{E \nu}{(1 + \nu)(1 - 2\nu)} \;\text{(plane strain, 3-D)}, \qquad
    /// \lambda = \frac{E \nu}{1 - \nu^2} \;\text{(plane stress)}
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] unless E > 0 and −1 < ν < 1/2 (up to 1 in plane stress, where 1/2 is not singular).
    pub fn new(young: f64, poisson: f64, state: PlaneState) -> Result<Self> {
        if !(young.is_finite() && young > 0.0) {
            return Err(Error::Config {
                field: "young",
                expected: "positive and finite",
                value: young.to_string(),
            });
        }
        let limit = if state == PlaneState::Stress { 1.0 } else { 0.5 };
        if !(poisson > -1.0 && poisson < limit) {
            let expected = "above -1 and below 1/2 (below 1 in plane stress)";
            return Err(Error::Config { field: "poisson", expected, value: poisson.to_string() });
        }
        let mu = young / (2.0 * (1.0 + poisson));
        let lambda = match state {
            PlaneState::Strain => young * poisson / ((1.0 + poisson) * (1.0 - 2.0 * poisson)),
            PlaneState::Stress => young * poisson / (1.0 - poisson * poisson),
        };
        Ok(Self { lambda, mu })
    }

    /// Speeds of pressure and shear waves for a density, √((λ + 2μ)/ρ) and √(μ/ρ).
    pub fn wave_speeds(&self, density: f64) -> (f64, f64) {
        (((self.lambda + 2.0 * self.mu) / density).sqrt(), (self.mu / density).sqrt())
    }
}
