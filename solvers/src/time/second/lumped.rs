//! A system with a diagonal mass matrix.

use std::sync::Arc;

use crate::time::spectrum::{SpectrumOptions, largest_eigenvalue};
use crate::time::{SecondOrderSystem, WaveOperator};
use crate::{Error, Result};

/// M u'' + C u' + K u = f(t) with diagonal M and C, some unknowns held at their start values.
///
/// K is any [`WaveOperator`]: a sparse matrix, or an operator that stores none.
#[derive(Clone)]
pub struct LumpedSystem {
    pub(super) stiffness: Arc<dyn WaveOperator>,
    pub(super) mass: Vec<f64>,
    /// Unknowns with damping, and the damping.
    pub(super) damping: Vec<(usize, f64)>,
    /// 1 / mass, and 0 for unknowns that are held.
    pub(super) mobility: Vec<f64>,
}

impl LumpedSystem {
    /// A system without damping.
    ///
    /// # Errors
    /// [`Error::Length`], and [`Error::Mass`] for an entry that is not positive and finite.
    pub fn new(stiffness: Arc<dyn WaveOperator>, mass: Vec<f64>) -> Result<Self> {
        check_length("mass", &mass, stiffness.size())?;
        if let Some(position) = mass.iter().position(|m| !(m.is_finite() && *m > 0.0)) {
            return Err(Error::Mass { position, value: mass[position] });
        }
        let mobility = mass.iter().map(|m| 1.0 / m).collect();
        Ok(Self { stiffness, mass, damping: Vec::new(), mobility })
    }

    /// Lumps M and C of a system by row sums.
    ///
    /// For P1, Q1 and Q2 the sums are positive; for P2 those of the vertices vanish, and it is an error.
    ///
    /// # Errors
    /// As [`Self::new`] and [`Self::with_damping`].
    pub fn lump(system: &SecondOrderSystem) -> Result<Self> {
        let ones = vec![1.0; system.size()];
        let sums = |matrix: &crate::linear::Csr<f64>| {
            let mut out = vec![0.0; ones.len()];
            matrix.multiply(&ones, &mut out);
            out
        };
        let lumped = Self::new(Arc::new(system.stiffness().clone()), sums(system.mass()))?;
        match system.damping() {
            Some(damping) => lumped.with_damping(&sums(damping)),
            None => Ok(lumped),
        }
    }

    /// The same system with a diagonal damping, `[dof]`.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::Config`] for a negative or non-finite entry.
    pub fn with_damping(mut self, damping: &[f64]) -> Result<Self> {
        check_length("damping", damping, self.mass.len())?;
        if let Some(position) = damping.iter().position(|c| !(c.is_finite() && *c >= 0.0)) {
            return Err(Error::Config {
                field: "damping",
                expected: "finite and not negative",
                value: format!("{} at unknown {position}", damping[position]),
            });
        }
        self.damping = damping.iter().copied().enumerate().filter(|(_, c)| *c > 0.0).collect();
        Ok(self)
    }

    /// The same system with unknowns held at whatever value they start from (Dirichlet conditions).
    ///
    /// # Errors
    /// [`Error::Config`] for an unknown that does not exist.
    pub fn with_held(mut self, dofs: &[usize]) -> Result<Self> {
        for &dof in dofs {
            match self.mobility.get_mut(dof) {
                Some(mobility) => *mobility = 0.0,
                None => {
                    return Err(Error::Config {
                        field: "held",
                        expected: "smaller than the number of unknowns",
                        value: dof.to_string(),
                    });
                }
            }
        }
        Ok(self)
    }

    /// Number of unknowns.
    pub fn size(&self) -> usize {
        self.mass.len()
    }

    /// The diagonal of M.
    pub fn mass(&self) -> &[f64] {
        &self.mass
    }

    /// The largest step with which leapfrog is stable, `2 / √λ_max(M⁻¹K)`, by [`largest_eigenvalue`]: short of the sharp bound by
    /// about 5e-5.
    ///
    /// Damping with the central difference of the velocity does not lower it.
    ///
    /// # Errors
    /// As [`largest_eigenvalue`].
    pub fn largest_stable_step(&self) -> Result<f64> {
        let eigenvalue = largest_eigenvalue(
            self.size(),
            |x, y| self.stiffness.apply(x, y),
            |x, y| (0..x.len()).for_each(|i| y[i] = self.mobility[i] * x[i]),
            &SpectrumOptions::default(),
        )?;
        Ok(2.0 / eigenvalue.sqrt())
    }
}

fn check_length(name: &'static str, values: &[f64], expected: usize) -> Result<()> {
    if values.len() == expected {
        return Ok(());
    }
    Err(Error::Length { name, axes: format!("dof = {expected}"), expected, found: values.len() })
}
