//! Problems without a Dirichlet or Robin condition: solutions are unique up to a constant, and exist for some loads only.

use super::assembly::{Assembler, Field, Value};
use crate::{Error, Result};

impl Assembler {
    /// Makes the load of a pure Neumann (or periodic) problem exactly compatible, or says that it is not.
    ///
    /// ```math
    /// \int_\Omega f + \int_\Gamma g = 0
    /// ```
    /// must hold for each component, or there is no solution. The integrals come from quadrature: an imbalance up to `tolerance`, relative
    /// to the sum of the absolute values of the load, is taken for its error, and removed by a constant source. A good value is 1e-3.
    /// Then one degree of freedom is fixed, say the first one to 0, the system solved, and [`Self::remove_mean`] chooses the constant.
    ///
    /// # Errors
    /// [`Error::Incompatible`] for a larger imbalance.
    ///
    /// # Panics
    /// If the load has not one value a degree of freedom.
    pub fn balance<T: Value>(&self, load: &mut [T], tolerance: f64) -> Result<()> {
        assert_eq!(load.len(), self.space().n_dofs(), "the load must have one value a degree of freedom");
        let m = self.space().components();
        let weights = self.node_weights()?;
        let measure: f64 = weights.iter().sum();
        for component in 0..m {
            let sum = load.iter().skip(component).step_by(m).fold(T::default(), |sum, b| sum + *b);
            let scale: f64 = load.iter().skip(component).step_by(m).map(|b| b.abs()).sum();
            if sum.abs() > tolerance * scale {
                return Err(Error::Incompatible { component, imbalance: sum.abs(), scale, tolerance });
            }
            for (b, w) in load.iter_mut().skip(component).step_by(m).zip(&weights) {
                *b -= sum * (w / measure);
            }
        }
        Ok(())
    }

    /// Subtracts the mean of each component over the domain.
    ///
    /// # Errors
    /// None for a space that was assembled on.
    ///
    /// # Panics
    /// If the field has not one value a degree of freedom.
    pub fn remove_mean<T: Value>(&self, u: &mut [T]) -> Result<()> {
        assert_eq!(u.len(), self.space().n_dofs(), "the field must have one value a degree of freedom");
        let m = self.space().components();
        let weights = self.node_weights()?;
        let measure: f64 = weights.iter().sum();
        for component in 0..m {
            let values = u.iter().skip(component).step_by(m);
            let mean = values.zip(&weights).fold(T::default(), |sum, (u, w)| sum + *u * (w / measure));
            u.iter_mut().skip(component).step_by(m).for_each(|u| *u -= mean);
        }
        Ok(())
    }

    /// The integrals of the basis functions, `[node]`.
    fn node_weights(&self) -> Result<Vec<f64>> {
        match self.space().components() {
            1 => self.load(Field::Constant(1.0)),
            2 => Ok(first_of(2, &self.load(Field::Constant([1.0, 0.0]))?)),
            _ => Ok(first_of(3, &self.load(Field::Constant([1.0, 0.0, 0.0]))?)),
        }
    }
}

fn first_of(m: usize, values: &[f64]) -> Vec<f64> {
    values.iter().step_by(m).copied().collect()
}
