//! Linear elasticity.

use std::sync::Arc;

use super::elliptic::{Solution, condense};
use super::material::Lame;
use super::solver::{LinearSolver, SpdSolver};
use crate::fem::{Assembler, Condensed, Constraints, Field, Form, Space};
use crate::linear::{AmgOptions, Cholesky, Csr, Unknowns, rigid_body_modes};
use crate::{Error, Result};

/// What holds on a boundary; n is the outward unit normal. Boundaries without a condition are free.
#[derive(Clone, Copy)]
pub enum Support<'a, const D: usize> {
    /// u = 0.
    Clamped,
    /// u = g(x).
    Displacement(&'a dyn Fn([f64; 3]) -> [f64; D]),
    /// One component of u is given, the others are free: a roller, a plane of symmetry.
    Component {
        /// The component, below D.
        axis: usize,
        /// Its value.
        value: f64,
    },
    /// σ n = g.
    Traction(Field<'a, [f64; D]>),
    /// σ n = −p n.
    Pressure(f64),
    /// σ n + k u = 0: an elastic bed.
    Spring(Field<'a, f64>),
}

/// An elastic body at rest, in D = 2 or 3 dimensions.
///
/// ```math
/// -\nabla \cdot \sigma = f, \qquad \sigma = \lambda\, (\nabla \cdot u)\, I + 2 \mu\, \varepsilon(u), \qquad
/// \varepsilon(u) = \tfrac12 (\nabla u + \nabla u^\top)
/// ```
///
/// In 2-D λ decides between plane strain and plane stress: see [`Lame::new`].
/// **Good values.** ν below 0.49 with P2 or Q2, below 0.4 with P1 and Q1, which lock.
#[derive(Clone)]
pub struct ElasticityProblem<'a, const D: usize> {
    /// λ.
    pub lambda: Field<'a, f64>,
    /// μ.
    pub mu: Field<'a, f64>,
    /// f, a force per unit of volume.
    pub body_force: Field<'a, [f64; D]>,
    /// Conditions by the name of a boundary.
    pub boundary: Vec<(&'a str, Support<'a, D>)>,
}

impl<'a, const D: usize> ElasticityProblem<'a, D> {
    /// A homogeneous body without forces.
    pub fn new(material: Lame) -> Self {
        Self {
            lambda: Field::Constant(material.lambda),
            mu: Field::Constant(material.mu),
            body_force: Field::Constant([0.0; D]),
            boundary: Vec::new(),
        }
    }

    /// The same with a body force.
    pub fn with_body_force(mut self, force: Field<'a, [f64; D]>) -> Self {
        self.body_force = force;
        self
    }

    /// The same with a condition on a boundary.
    pub fn with(mut self, name: &'a str, support: Support<'a, D>) -> Self {
        self.boundary.push((name, support));
        self
    }
}

/// Solves [`ElasticityProblem`]s on one space of D components.
pub struct Elasticity<const D: usize> {
    assembler: Assembler,
    solver: SpdSolver,
    matrix: Csr<f64>,
    condensed: Option<(Vec<usize>, Condensed)>,
}

impl<const D: usize> Elasticity<D> {
    /// A solver, by Cholesky factorisation.
    ///
    /// # Errors
    /// [`Error::Config`] unless space and components have D dimensions, and those of [`Assembler::new`].
    pub fn new(space: Arc<Space>) -> Result<Self> {
        if space.components() != D || space.dim() != D {
            return Err(Error::Config {
                field: "space",
                expected: "of as many components and dimensions as the problem",
                value: format!(
                    "{} components in {}-D for a problem in {D}-D",
                    space.components(),
                    space.dim()
                ),
            });
        }
        let assembler = Assembler::new(space)?;
        let matrix = Csr::from_pattern(Arc::clone(assembler.pattern()));
        Ok(Self { assembler, solver: SpdSolver::new(LinearSolver::Cholesky), matrix, condensed: None })
    }

    /// The same with another linear solver; multigrid knows the rigid motions.
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

    /// Solves a problem; values are `[node, component]` flattened.
    ///
    /// # Errors
    /// [`Error::NotFinite`] and [`Error::Length`] for bad fields, [`Error::UnknownName`] for a boundary that the mesh does not have,
    /// [`Error::Factorization`] for a body that can move (no support holds it), and those of the linear solver.
    pub fn solve(&mut self, problem: &ElasticityProblem<'_, D>) -> Result<Solution> {
        let (load, constraints) = assemble(&self.assembler, problem, &mut self.matrix)?;
        let condensed = condense(&mut self.condensed, &self.matrix, &constraints)?;
        let matrix = condensed.matrix(&self.matrix);
        let rhs = condensed.rhs(&self.matrix, &load, &constraints);
        let points = self.assembler.space().node_points();
        let amg = || AmgOptions {
            near_nullspace: rigid_body_modes(points, D).iter().map(|mode| condensed.restrict(mode)).collect(),
            unknowns: Unknowns::Nodes(condensed.free().iter().map(|dof| (dof / D) as u32).collect()),
            ..AmgOptions::default()
        };
        let (free, report) = self.solver.solve(&matrix, &rhs, amg)?;
        Ok(Solution { values: condensed.expand(&free, &constraints), report })
    }

    /// The stress as a field of the same element: the L² projection of each component, `[row, column][node]` for row ≤ column in
    /// the order xx, xy, yy in 2-D and xx, xy, xz, yy, yz, zz in 3-D.
    ///
    /// # Errors
    /// Those of assembly and factorisation.
    ///
    /// # Panics
    /// If `u` has not one value a degree of freedom.
    pub fn stress(&self, problem: &ElasticityProblem<'_, D>, u: &[f64]) -> Result<Vec<Vec<f64>>> {
        assert_eq!(u.len(), self.space().n_dofs(), "u must have one value a degree of freedom");
        let scalar = Space::new(Arc::clone(self.space().mesh()), self.space().element(), 1)?;
        if scalar.n_nodes() != self.space().n_nodes() {
            let value = "a periodic space".to_owned();
            return Err(Error::Config { field: "space", expected: "not periodic for stresses", value });
        }
        let assembler = Assembler::new(Arc::new(scalar))?;
        let mass = Cholesky::new(&assembler.matrix(&[Form::Mass(Field::Constant(1.0))])?)?;
        let (lambda, mu) = (assembler.sample(&problem.lambda)?, assembler.sample(&problem.mu)?);
        let pairs = (0..D).flat_map(|i| (i..D).map(move |j| (i, j)));
        pairs
            .map(|(i, j)| {
                let mut load = vec![0.0; u.len() / D];
                let mut product = load.clone();
                for k in 0..D {
                    // σ_ij = Σ_kl C_ijkl ∂_l u_k, C_ijkl = λ δ_ij δ_kl + μ (δ_ik δ_jl + δ_il δ_jk).
                    let row: Vec<[f64; 3]> = lambda
                        .iter()
                        .zip(&mu)
                        .map(|(lambda, mu)| {
                            let mut c = [0.0; 3];
                            c[k] += if i == j { *lambda } else { 0.0 };
                            c[j] += if i == k { *mu } else { 0.0 };
                            c[i] += if j == k { *mu } else { 0.0 };
                            c
                        })
                        .collect();
                    let component: Vec<f64> = u.iter().skip(k).step_by(D).copied().collect();
                    assembler
                        .matrix(&[Form::Advection(Field::Points(&row))])?
                        .multiply(&component, &mut product);
                    load.iter_mut().zip(&product).for_each(|(l, p)| *l += p);
                }
                Ok(mass.solve(&load))
            })
            .collect()
    }
}

/// Writes the stiffness; returns the load and the given displacements.
pub(super) fn assemble<const D: usize>(
    assembler: &Assembler,
    problem: &ElasticityProblem<'_, D>,
    matrix: &mut Csr<f64>,
) -> Result<(Vec<f64>, Constraints<f64>)>
where
    [f64; D]: crate::fem::FieldValue<Entry = f64>,
{
    let space = assembler.space();
    super::coefficient::named_positive("mu", &problem.mu, space)?;
    assembler.matrix_into(&[Form::Elasticity { lambda: problem.lambda, mu: problem.mu }], matrix)?;
    let mut load: Vec<f64> = assembler.load(problem.body_force)?;
    let mut constraints = Constraints::new(space);
    for (name, support) in &problem.boundary {
        let facets = space.mesh().boundary(name)?;
        let part: Vec<f64> = match support {
            Support::Clamped => {
                constraints.fix(space, name, |_| [0.0; D])?;
                continue;
            }
            Support::Displacement(g) => {
                constraints.fix(space, name, g)?;
                continue;
            }
            Support::Component { axis, value } => {
                if *axis >= D {
                    let expected = "below the number of dimensions";
                    return Err(Error::Config { field: "support.axis", expected, value: axis.to_string() });
                }
                constraints.fix_component(space, name, *axis, |_| *value)?;
                continue;
            }
            Support::Spring(k) => {
                assembler.add_boundary_mass(&facets, *k, matrix)?;
                continue;
            }
            Support::Traction(g) => assembler.boundary_load(&facets, *g)?,
            Support::Pressure(p) => assembler
                .boundary_load_with_normal(&facets, |_, n| std::array::from_fn::<f64, D, _>(|k| -p * n[k]))?,
        };
        load.iter_mut().zip(part).for_each(|(b, p)| *b += p);
    }
    Ok((load, constraints))
}
