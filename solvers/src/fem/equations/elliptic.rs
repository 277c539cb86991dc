//! Poisson, Darcy and reaction-diffusion problems.

use std::sync::Arc;

use super::coefficient::positive;
use super::condition::{Condition, impose};
use super::solver::{LinearSolver, SpdSolver};
use crate::Result;
use crate::fem::{Assembler, Condensed, Constraints, Field, Form, Space};
use crate::linear::{AmgOptions, Cholesky, Csr, KrylovReport};

/// The diffusivity a.
#[derive(Clone, Copy, Debug)]
pub enum Diffusivity<'a> {
    /// A positive number at each point.
    Scalar(Field<'a, f64>),
    /// A symmetric positive definite tensor at each point, `[row, column]`.
    Tensor(Field<'a, [[f64; 3]; 3]>),
}

impl<'a> Diffusivity<'a> {
    pub(super) fn form(&self) -> Form<'a, f64> {
        match *self {
            Self::Scalar(a) => Form::Diffusion(a),
            Self::Tensor(a) => Form::Anisotropic(a),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Scalar(a) => positive(a),
            Self::Tensor(_) => Ok(()),
        }
    }
}

/// A linear elliptic problem.
///
/// ```math
/// -\nabla \cdot (a \nabla u) + c\, u = f \quad \text{in } \Omega, \qquad
/// u = g \;\text{ or }\; a\, \partial_n u + \alpha\, u = g \quad \text{on } \partial\Omega
/// ```
///
/// **Good values.** a > 0 and c ≥ 0. Where no condition and no c fixes the constant, the load must balance; the solution then has
/// mean zero.
#[derive(Clone, Debug)]
pub struct EllipticProblem<'a> {
    /// a.
    pub diffusivity: Diffusivity<'a>,
    /// c.
    pub reaction: Option<Field<'a, f64>>,
    /// f.
    pub source: Field<'a, f64>,
    /// Conditions by the name of a boundary; no flux elsewhere.
    pub boundary: Vec<(&'a str, Condition<'a, f64>)>,
}

impl<'a> EllipticProblem<'a> {
    /// −Δu = f.
    pub fn poisson(source: Field<'a, f64>) -> Self {
        Self::darcy(Field::Constant(1.0), source)
    }

    /// −∇·(a∇u) = f.
    pub fn darcy(a: Field<'a, f64>, source: Field<'a, f64>) -> Self {
        Self { diffusivity: Diffusivity::Scalar(a), reaction: None, source, boundary: Vec::new() }
    }

    /// −∇·(a∇u) + c u = f.
    pub fn reaction_diffusion(a: Field<'a, f64>, c: Field<'a, f64>, source: Field<'a, f64>) -> Self {
        Self { reaction: Some(c), ..Self::darcy(a, source) }
    }

    /// The same problem with a condition on a boundary.
    pub fn with(mut self, name: &'a str, condition: Condition<'a, f64>) -> Self {
        self.boundary.push((name, condition));
        self
    }
}

/// A solution with the work it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// u at the degrees of freedom, `[dof]`.
    pub values: Vec<f64>,
    /// Iterations (0 for a direct solver) and the relative residual.
    pub report: KrylovReport,
}

/// Solves [`EllipticProblem`]s on one space, as many as come.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::fem::equations::{Condition, Elliptic, EllipticProblem};
/// use sobolev_solvers::fem::{Element, Field, Space};
/// use sobolev_solvers::mesh::{CellKind, Mesh};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [16, 16], [0., 0.], [1., 1.])?);
/// let mut elliptic = Elliptic::new(Arc::new(Space::new(mesh, Element::P1, 1)?))?;
/// let problem = EllipticProblem::poisson(Field::Constant(0.0))
///     .with("left", Condition::Dirichlet(Field::Constant(1.0)))
///     .with("right", Condition::Neumann(Field::Constant(-2.0)));
/// let u = elliptic.solve(&problem)?;
/// let exact = elliptic.space().interpolate(|x| 1.0 - 2.0 * x[0]);
/// assert!(u.values.iter().zip(&exact).all(|(u, e)| (u - e).abs() < 1e-12));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
pub struct Elliptic {
    assembler: Assembler,
    solver: SpdSolver,
    matrix: Csr<f64>,
    condensed: Option<(Vec<usize>, Condensed)>,
}

impl Elliptic {
    /// A solver on a scalar space, by Cholesky factorisation.
    ///
    /// # Errors
    /// Those of [`Assembler::new`].
    pub fn new(space: Arc<Space>) -> Result<Self> {
        let assembler = Assembler::new(space)?;
        let matrix = Csr::from_pattern(Arc::clone(assembler.pattern()));
        Ok(Self { assembler, solver: SpdSolver::new(LinearSolver::Cholesky), matrix, condensed: None })
    }

    /// The same with another linear solver.
    #[must_use]
    pub fn with_solver(mut self, choice: LinearSolver) -> Self {
        self.solver = SpdSolver::new(choice);
        self
    }

    /// The space.
    pub fn space(&self) -> &Arc<Space> {
        self.assembler.space()
    }

    /// The assembler.
    pub fn assembler(&self) -> &Assembler {
        &self.assembler
    }

    /// Solves a problem.
    ///
    /// # Errors
    /// [`crate::Error::Coefficient`], [`crate::Error::NotFinite`] and [`crate::Error::Length`] for bad coefficients,
    /// [`crate::Error::UnknownName`] for a boundary that the mesh does not have, [`crate::Error::Incompatible`] where nothing fixes
    /// the constant and the load does not balance, and those of the linear solver.
    pub fn solve(&mut self, problem: &EllipticProblem<'_>) -> Result<Solution> {
        problem.diffusivity.check()?;
        let forms: Vec<_> =
            std::iter::once(problem.diffusivity.form()).chain(problem.reaction.map(Form::Mass)).collect();
        self.assembler.matrix_into(&forms, &mut self.matrix)?;
        let mut load: Vec<f64> = self.assembler.load(problem.source)?;
        let imposed = impose(&self.assembler, &problem.boundary, &mut self.matrix, &mut load)?;
        let mut constraints = imposed.constraints;
        let is_floating = constraints.is_empty() && !imposed.has_robin && problem.reaction.is_none();
        if is_floating {
            // Quadrature of a load that balances leaves this much.
            self.assembler.balance(&mut load, 1e-3)?;
            constraints.fix_dof(0, 0.0)?;
        }
        let mut solution = self.solve_constrained(&load, &constraints)?;
        if is_floating {
            self.assembler.remove_mean(&mut solution.values)?;
        }
        Ok(solution)
    }

    fn solve_constrained(&mut self, load: &[f64], constraints: &Constraints<f64>) -> Result<Solution> {
        let condensed = condense(&mut self.condensed, &self.matrix, constraints)?;
        let matrix = condensed.matrix(&self.matrix);
        let rhs = condensed.rhs(&self.matrix, load, constraints);
        let (free, report) = self.solver.solve(&matrix, &rhs, AmgOptions::default)?;
        Ok(Solution { values: condensed.expand(&free, constraints), report })
    }

    /// The flux q = −a∇u as a field of the same space: the L² projection, one component after the other, `[axis, node]`.
    ///
    /// On P1 and Q1 the projection is more accurate than the gradient of u in the cells (order 3/2 to 2 on regular meshes).
    ///
    /// # Errors
    /// Those of assembly and factorisation.
    ///
    /// # Panics
    /// If `u` has not one value a degree of freedom.
    pub fn flux(&self, diffusivity: Diffusivity<'_>, u: &[f64]) -> Result<Vec<Vec<f64>>> {
        let mass = Cholesky::new(&self.assembler.matrix(&[Form::Mass(Field::Constant(1.0))])?)?;
        let points = self.assembler.quadrature_points().len();
        let mut load = vec![0.0; u.len()];
        (0..self.space().dim())
            .map(|axis| {
                let row = match diffusivity {
                    Diffusivity::Scalar(a) => {
                        let mut values = vec![[0.0; 3]; points];
                        for (v, a) in values.iter_mut().zip(self.assembler.sample(&a)?) {
                            v[axis] = -a;
                        }
                        values
                    }
                    Diffusivity::Tensor(a) => {
                        self.assembler.sample(&a)?.iter().map(|a| a[axis].map(|x| -x)).collect()
                    }
                };
                let derivative = self.assembler.matrix(&[Form::Advection(Field::Points(&row))])?;
                derivative.multiply(u, &mut load);
                Ok(mass.solve(&load))
            })
            .collect()
    }
}

/// The elimination of the given unknowns, found anew only where they change.
pub(super) fn condense<'c, T: crate::fem::Value>(
    cache: &'c mut Option<(Vec<usize>, Condensed)>,
    matrix: &Csr<T>,
    constraints: &Constraints<T>,
) -> Result<&'c Condensed> {
    let dofs = constraints.dofs();
    let entry = match cache.take() {
        Some(known) if known.0 == dofs => known,
        _ => {
            let condensed = Condensed::new(matrix.pattern(), &dofs)?;
            (dofs, condensed)
        }
    };
    Ok(&cache.insert(entry).1)
}
