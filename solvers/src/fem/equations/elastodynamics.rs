//! Elastic bodies in motion.

use std::sync::Arc;

use super::elasticity::{ElasticityProblem, assemble};
use crate::fem::{Assembler, Condensed, Constraints, Field, FieldValue, Form, Space};
use crate::linear::Csr;
use crate::time::{
    LeapfrogIntegrator, LumpedSystem, Motion, SecondOrderIntegrator, SecondOrderMethod, SecondOrderSystem,
};
use crate::{Error, Result};

/// The semi-discrete equations of motion of an elastic body, for the displacements that no support gives.
///
/// ```math
/// \rho\, \ddot u - \nabla \cdot \sigma(u) = f, \qquad M \ddot u + C \dot u + K u = f(t)
/// ```
///
/// Body force and tractions of the problem are constant in time; they make [`Self::load`]. Supports are those of
/// [`ElasticityProblem`], with displacements constant in time.
pub struct Elastodynamics<const D: usize> {
    assembler: Assembler,
    condensed: Condensed,
    constraints: Constraints<f64>,
    system: Arc<SecondOrderSystem>,
    lumped: Option<Arc<LumpedSystem>>,
    load: Vec<f64>,
}

impl<const D: usize> Elastodynamics<D> {
    /// Assembles a problem for a body of density ρ.
    ///
    /// # Errors
    /// Those of [`Elasticity::solve`](super::Elasticity::solve) but for the linear solver's, and [`Error::Config`] for a density that is
    /// not positive.
    pub fn new(space: Arc<Space>, problem: &ElasticityProblem<'_, D>, density: Field<'_, f64>) -> Result<Self>
    where
        [f64; D]: FieldValue<Entry = f64>,
    {
        Self::with_assembler(Assembler::new(space)?, problem, density)
    }

    /// As [`Self::new`] on an assembler that is there already: for many bodies on one mesh.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_assembler(
        assembler: Assembler,
        problem: &ElasticityProblem<'_, D>,
        density: Field<'_, f64>,
    ) -> Result<Self>
    where
        [f64; D]: FieldValue<Entry = f64>,
    {
        let space = assembler.space();
        if space.components() != D {
            return Err(Error::Config {
                field: "space",
                expected: "of as many components as the problem",
                value: space.components().to_string(),
            });
        }
        super::coefficient::named_positive("density", &density, space)?;
        let mass = assembler.matrix(&[Form::Mass(density)])?;
        let mut stiffness = Csr::from_pattern(Arc::clone(assembler.pattern()));
        let (load, constraints) = assemble(&assembler, problem, &mut stiffness)?;
        let condensed = Condensed::new(assembler.pattern(), &constraints.dofs())?;
        let load = condensed.rhs(&stiffness, &load, &constraints);
        let small = condensed.matrix(&stiffness);
        // Elements without a lumped mass still have Newmark and generalized-α.
        let lumped = match assembler.lumped_mass(density) {
            Ok(diagonal) => {
                let diagonal = condensed.restrict(&diagonal);
                Some(Arc::new(LumpedSystem::new(Arc::new(small.clone()), diagonal)?))
            }
            Err(_) => None,
        };
        let system = Arc::new(SecondOrderSystem::new(condensed.matrix(&mass), small)?);
        Ok(Self { assembler, condensed, constraints, system, lumped, load })
    }

    /// The same with Rayleigh damping C = a M + b K, for the implicit methods.
    ///
    /// # Errors
    /// [`Error::Config`] for a negative coefficient.
    pub fn with_rayleigh_damping(mut self, a: f64, b: f64) -> Result<Self> {
        let damped = SecondOrderSystem::clone(&self.system).with_rayleigh_damping(a, b)?;
        self.system = Arc::new(damped);
        Ok(self)
    }

    /// M, C and K.
    pub fn system(&self) -> &Arc<SecondOrderSystem> {
        &self.system
    }

    /// The assembler.
    pub fn assembler(&self) -> &Assembler {
        &self.assembler
    }

    /// The assembler, to be used again for another body.
    pub fn into_assembler(self) -> Assembler {
        self.assembler
    }

    /// The constant load of body force, tractions and given displacements, for [`Forcing::Constant`](crate::time::Forcing::Constant).
    pub fn load(&self) -> &[f64] {
        &self.load
    }

    /// A method bound to the system with its consistent mass matrix.
    ///
    /// # Errors
    /// Those of [`SecondOrderMethod::integrator`].
    pub fn integrator(
        &self,
        method: &dyn SecondOrderMethod,
        dt: f64,
    ) -> Result<Box<dyn SecondOrderIntegrator>> {
        method.integrator(Arc::clone(&self.system), dt)
    }

    /// The system with the element's lumped mass and without damping.
    ///
    /// # Errors
    /// [`Error::Config`] for an element whose mass does not lump.
    pub fn lumped(&self) -> Result<&Arc<LumpedSystem>> {
        self.lumped.as_ref().ok_or_else(|| Error::Config {
            field: "element",
            expected: "one whose mass lumps (P1, Q1, Q2)",
            value: format!("{:?}", self.assembler.space().element()),
        })
    }

    /// Leapfrog with the lumped mass.
    ///
    /// # Errors
    /// As [`Self::lumped`], and [`Error::UnstableStep`].
    pub fn leapfrog(&self, dt: f64) -> Result<LeapfrogIntegrator> {
        LeapfrogIntegrator::new(Arc::clone(self.lumped()?), dt)
    }

    /// The unknowns of a displacement or velocity given as a function.
    pub fn restrict(&self, u: impl Fn([f64; 3]) -> [f64; D]) -> Vec<f64> {
        let full: Vec<f64> = self.assembler.space().node_points().iter().flat_map(|&x| u(x)).collect();
        self.condensed.restrict(&full)
    }

    /// All displacements, `[node, component]` flattened, given ones included.
    pub fn expand(&self, motion: &Motion) -> Vec<f64> {
        self.condensed.expand(&motion.displacement, &self.constraints)
    }
}
