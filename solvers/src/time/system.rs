//! The matrices of a semi-discrete system, checked once.

use std::sync::Arc;

use crate::linear::Csr;
use crate::{Error, Result};

/// M u' + K u = f(t).
///
/// **Shapes.** M and K are square and share one pattern, as all forms assembled on one space do.
/// M is symmetric positive definite; K may be anything (with advection it is not symmetric: LU instead of Cholesky).
#[derive(Clone, Debug)]
pub struct FirstOrderSystem {
    mass: Csr<f64>,
    stiffness: Csr<f64>,
    symmetric: bool,
}

impl FirstOrderSystem {
    /// A system of two matrices.
    ///
    /// # Errors
    /// [`Error::Config`] if they are not square or differ in their patterns, [`Error::NotFinite`] for a bad entry.
    pub fn new(mass: Csr<f64>, stiffness: Csr<f64>) -> Result<Self> {
        let symmetric = check("mass", &mass, &mass)? && check("stiffness", &mass, &stiffness)?;
        Ok(Self { mass, stiffness, symmetric })
    }

    /// M.
    pub fn mass(&self) -> &Csr<f64> {
        &self.mass
    }

    /// K.
    pub fn stiffness(&self) -> &Csr<f64> {
        &self.stiffness
    }

    /// Number of unknowns.
    pub fn size(&self) -> usize {
        self.mass.n_rows()
    }

    /// Whether M and K equal their transposes.
    pub fn is_symmetric(&self) -> bool {
        self.symmetric
    }
}

/// M u'' + C u' + K u = f(t).
///
/// **Shapes.** All matrices are square and share one pattern. M is symmetric positive definite.
#[derive(Clone, Debug)]
pub struct SecondOrderSystem {
    mass: Csr<f64>,
    damping: Option<Csr<f64>>,
    stiffness: Csr<f64>,
    symmetric: bool,
}

impl SecondOrderSystem {
    /// A system without damping, C = 0.
    ///
    /// # Errors
    /// [`Error::Config`] if the matrices are not square or differ in their patterns, [`Error::NotFinite`] for a bad entry.
    pub fn new(mass: Csr<f64>, stiffness: Csr<f64>) -> Result<Self> {
        let symmetric = check("mass", &mass, &mass)? && check("stiffness", &mass, &stiffness)?;
        Ok(Self { mass, damping: None, stiffness, symmetric })
    }

    /// The same system with a damping matrix C.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_damping(mut self, damping: Csr<f64>) -> Result<Self> {
        self.symmetric &= check("damping", &self.mass, &damping)?;
        self.damping = Some(damping);
        Ok(self)
    }

    /// The same system with Rayleigh damping, C = a M + b K.
    ///
    /// # Errors
    /// [`Error::Config`] for a negative coefficient.
    pub fn with_rayleigh_damping(self, a: f64, b: f64) -> Result<Self> {
        for (field, value) in [("rayleigh.mass", a), ("rayleigh.stiffness", b)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::Config {
                    field,
                    expected: "finite and not negative",
                    value: value.to_string(),
                });
            }
        }
        let damping = combine(&[(a, &self.mass), (b, &self.stiffness)]);
        self.with_damping(damping)
    }

    /// M.
    pub fn mass(&self) -> &Csr<f64> {
        &self.mass
    }

    /// C, if there is damping.
    pub fn damping(&self) -> Option<&Csr<f64>> {
        self.damping.as_ref()
    }

    /// K.
    pub fn stiffness(&self) -> &Csr<f64> {
        &self.stiffness
    }

    /// Number of unknowns.
    pub fn size(&self) -> usize {
        self.mass.n_rows()
    }

    /// Whether all matrices equal their transposes.
    pub fn is_symmetric(&self) -> bool {
        self.symmetric
    }

    /// The mechanical energy ½ vᵀ M v + ½ uᵀ K u.
    ///
    /// # Panics
    /// If a vector has not one entry per unknown.
    pub fn energy(&self, displacement: &[f64], velocity: &[f64]) -> f64 {
        let mut work = vec![0.0; self.size()];
        self.mass.multiply(velocity, &mut work);
        let kinetic: f64 = velocity.iter().zip(&work).map(|(a, b)| a * b).sum();
        self.stiffness.multiply(displacement, &mut work);
        let potential: f64 = displacement.iter().zip(&work).map(|(a, b)| a * b).sum();
        0.5 * (kinetic + potential)
    }
}

/// Σ αᵢ Aᵢ of matrices with one pattern.
pub(super) fn combine(terms: &[(f64, &Csr<f64>)]) -> Csr<f64> {
    let mut sum = Csr::from_pattern(Arc::clone(terms[0].1.pattern()));
    for &(alpha, matrix) in terms {
        for (s, v) in sum.values_mut().iter_mut().zip(matrix.values()) {
            *s += alpha * v;
        }
    }
    sum
}

/// Checks shape, pattern and entries; says whether the matrix is symmetric to rounding.
fn check(name: &'static str, first: &Csr<f64>, matrix: &Csr<f64>) -> Result<bool> {
    let (rows, cols) = (matrix.n_rows(), matrix.n_cols());
    if rows != cols {
        return Err(Error::Config { field: name, expected: "square", value: format!("{rows} x {cols}") });
    }
    let (a, b) = (first.pattern(), matrix.pattern());
    if !Arc::ptr_eq(a, b) && a != b {
        return Err(Error::Config {
            field: name,
            expected: "of the pattern of the mass matrix (assemble both on one space)",
            value: format!("{} entries, not {}", matrix.values().len(), first.values().len()),
        });
    }
    if let Some(position) = matrix.values().iter().position(|v| !v.is_finite()) {
        return Err(Error::NotFinite { name, position, value: matrix.values()[position] });
    }
    let transposed = matrix.transpose();
    if transposed.pattern().as_ref() != b.as_ref() {
        return Ok(false);
    }
    let largest = matrix.values().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    Ok(matrix.values().iter().zip(transposed.values()).all(|(x, y)| (x - y).abs() <= 1e-12 * largest))
}
