//! The heat equation, discretised in space.

use std::sync::Arc;

use super::condition::{Condition, impose};
use super::elliptic::Diffusivity;
use crate::Result;
use crate::fem::{Assembler, Condensed, Constraints, Field, Form, Space};
use crate::time::{FirstOrderIntegrator, FirstOrderMethod, FirstOrderSystem, State};

/// A heat problem (linear diffusion and reaction in time).
///
/// ```math
/// m\, \frac{\partial u}{\partial t} - \nabla \cdot (a \nabla u) + c\, u = f(x, t)
/// ```
///
/// Boundary conditions do not depend on time.
#[derive(Clone, Debug)]
pub struct HeatProblem<'a> {
    /// m, the heat capacity of a unit of volume.
    pub capacity: Field<'a, f64>,
    /// a.
    pub conductivity: Diffusivity<'a>,
    /// c.
    pub reaction: Option<Field<'a, f64>>,
    /// Conditions by the name of a boundary; no flux elsewhere.
    pub boundary: Vec<(&'a str, Condition<'a, f64>)>,
}

impl<'a> HeatProblem<'a> {
    /// Unit capacity, conductivity a.
    pub fn new(a: Field<'a, f64>) -> Self {
        Self {
            capacity: Field::Constant(1.0),
            conductivity: Diffusivity::Scalar(a),
            reaction: None,
            boundary: Vec::new(),
        }
    }

    /// The same with a condition on a boundary.
    pub fn with(mut self, name: &'a str, condition: Condition<'a, f64>) -> Self {
        self.boundary.push((name, condition));
        self
    }
}

/// The semi-discrete heat equation M u' + K u = f(t) for the unknowns that no Dirichlet condition gives.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::fem::equations::{Condition, Heat, HeatProblem};
/// use sobolev_solvers::fem::{Element, Field, Space};
/// use sobolev_solvers::mesh::Mesh;
/// use sobolev_solvers::time::{Bdf2, Forcing};
/// let space = Arc::new(Space::new(Arc::new(Mesh::interval(32, 0., 1.)?), Element::P2, 1)?);
/// let zero = Condition::Dirichlet(Field::Constant(0.0));
/// let heat = Heat::new(space, &HeatProblem::new(Field::Constant(1.0)).with("left", zero).with("right", zero))?;
/// let mut state = heat.initial(|x| (std::f64::consts::PI * x[0]).sin());
/// heat.integrator(&Bdf2, 1e-3)?.repeat(&mut state, 100, Forcing::Constant(heat.boundary_load()))?;
/// let middle = heat.expand(&state).into_iter().fold(0.0, f64::max);
/// assert!((middle - (-0.1 * std::f64::consts::PI.powi(2)).exp()).abs() < 1e-4);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
pub struct Heat {
    assembler: Assembler,
    condensed: Condensed,
    constraints: Constraints<f64>,
    system: Arc<FirstOrderSystem>,
    boundary_load: Vec<f64>,
}

impl Heat {
    /// Assembles a problem on a scalar space.
    ///
    /// # Errors
    /// [`crate::Error::Coefficient`], [`crate::Error::NotFinite`] and [`crate::Error::Length`] for bad coefficients,
    /// [`crate::Error::UnknownName`] for a boundary that the mesh does not have.
    pub fn new(space: Arc<Space>, problem: &HeatProblem<'_>) -> Result<Self> {
        problem.conductivity.check()?;
        super::coefficient::named_positive("capacity", &problem.capacity, &space)?;
        let assembler = Assembler::new(space)?;
        let mass = assembler.matrix(&[Form::Mass(problem.capacity)])?;
        let forms: Vec<_> =
            std::iter::once(problem.conductivity.form()).chain(problem.reaction.map(Form::Mass)).collect();
        let mut stiffness = assembler.matrix(&forms)?;
        let mut load = vec![0.0; assembler.space().n_dofs()];
        let constraints = impose(&assembler, &problem.boundary, &mut stiffness, &mut load)?.constraints;
        let condensed = Condensed::new(assembler.pattern(), &constraints.dofs())?;
        let boundary_load = condensed.rhs(&stiffness, &load, &constraints);
        let system = FirstOrderSystem::new(condensed.matrix(&mass), condensed.matrix(&stiffness))?;
        Ok(Self { assembler, condensed, constraints, system: Arc::new(system), boundary_load })
    }

    /// M and K.
    pub fn system(&self) -> &Arc<FirstOrderSystem> {
        &self.system
    }

    /// The assembler.
    pub fn assembler(&self) -> &Assembler {
        &self.assembler
    }

    /// A method bound to the system.
    ///
    /// # Errors
    /// Those of [`FirstOrderMethod::integrator`].
    pub fn integrator(
        &self,
        method: &dyn FirstOrderMethod,
        dt: f64,
    ) -> Result<Box<dyn FirstOrderIntegrator>> {
        method.integrator(Arc::clone(&self.system), dt)
    }

    /// The state at time zero of a function, interpolated at the nodes; given values are not part of it.
    pub fn initial(&self, u0: impl Fn([f64; 3]) -> f64) -> State {
        State::new(self.condensed.restrict(&self.assembler.space().interpolate(u0)))
    }

    /// All degrees of freedom of a state, `[dof]`, given values included.
    pub fn expand(&self, state: &State) -> Vec<f64> {
        self.condensed.expand(&state.values, &self.constraints)
    }

    /// The load that the boundary conditions make: f(t) of a problem without a source.
    pub fn boundary_load(&self) -> &[f64] {
        &self.boundary_load
    }

    /// The load of a source that does not depend on time, boundary conditions included.
    ///
    /// # Errors
    /// [`crate::Error::Length`] and [`crate::Error::NotFinite`] for a bad field.
    pub fn load(&self, source: Field<'_, f64>) -> Result<Vec<f64>> {
        let full: Vec<f64> = self.assembler.load(source)?;
        let mut load = self.condensed.restrict(&full);
        load.iter_mut().zip(&self.boundary_load).for_each(|(f, b)| *f += b);
        Ok(load)
    }

    /// f(t) of a source f(x, t), boundary conditions included, for [`Forcing::Function`](crate::time::Forcing::Function): assembled
    /// anew at each time. A source that is not finite becomes a blow-up of the step that meets it.
    pub fn forcing<'s>(
        &'s self,
        source: impl Fn([f64; 3], f64) -> f64 + Sync + 's,
    ) -> impl Fn(f64, &mut [f64]) + 's {
        move |t, out| match self.load(Field::Function(&|x| source(x, t))) {
            Ok(load) => out.copy_from_slice(&load),
            Err(_) => out.fill(f64::NAN),
        }
    }
}
