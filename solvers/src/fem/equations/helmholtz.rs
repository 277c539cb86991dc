//! Time-harmonic waves in a heterogeneous medium.

use std::sync::Arc;

use sobolev_kernels::Complex;

use super::coefficient::{Held, combine, named_positive};
use super::condition::{Condition, impose};
use super::elliptic::condense;
use super::pml::Pml;
use crate::fem::{Assembler, Condensed, Constraints, Field, Form, Space};
use crate::linear::{Csr, Lu, Pattern};
use crate::{Error, Result};

type C64 = Complex<f64>;

/// What holds on a boundary.
#[derive(Clone, Copy, Debug)]
pub enum HelmholtzCondition<'a> {
    /// u = g.
    Dirichlet(Field<'a, C64>),
    /// ∂u/∂n = g.
    Neumann(Field<'a, C64>),
    /// ∂u/∂n − i (ω/c) u = g: with g = 0 a first-order absorbing boundary, exact for plane waves that meet it head-on.
    Impedance(Field<'a, C64>),
}

/// A time-harmonic problem, for time dependence e^{−iωt}.
///
/// ```math
/// -\nabla \cdot \nabla u - \left(\frac{\omega}{c}\right)^2 u = f
/// ```
///
/// **Good values.** At least ten points a wavelength 2πc/ω for P1 and Q1, five for P2 and Q2, and more on domains of many wavelengths:
/// the error of the phase grows as ω (ω h / c)^{2p}.
#[derive(Clone, Debug)]
pub struct HelmholtzProblem<'a> {
    /// ω, in radians per unit of time.
    pub omega: f64,
    /// c.
    pub speed: Field<'a, f64>,
    /// f.
    pub source: Field<'a, C64>,
    /// Conditions by the name of a boundary; ∂u/∂n = 0 elsewhere.
    pub boundary: Vec<(&'a str, HelmholtzCondition<'a>)>,
    /// An absorbing layer.
    pub pml: Option<Pml>,
}

impl<'a> HelmholtzProblem<'a> {
    /// A problem with natural boundaries.
    pub fn new(omega: f64, speed: Field<'a, f64>, source: Field<'a, C64>) -> Self {
        Self { omega, speed, source, boundary: Vec::new(), pml: None }
    }

    /// The same with a condition on a boundary.
    pub fn with(mut self, name: &'a str, condition: HelmholtzCondition<'a>) -> Self {
        self.boundary.push((name, condition));
        self
    }

    /// The same with an absorbing layer.
    pub fn with_pml(mut self, pml: Pml) -> Self {
        self.pml = Some(pml);
        self
    }

    fn check(&self, space: &Space) -> Result<()> {
        if !(self.omega.is_finite() && self.omega > 0.0) {
            return Err(Error::Config {
                field: "omega",
                expected: "positive and finite",
                value: self.omega.to_string(),
            });
        }
        named_positive("speed", &self.speed, space)?;
        self.pml.map_or(Ok(()), |pml| pml.check())
    }
}

/// Solves [`HelmholtzProblem`]s on one space by sparse LU; the symbolic factorisation is kept over problems, the numeric one over sources.
pub struct Helmholtz {
    assembler: Assembler,
    matrix: Csr<C64>,
    condensed: Option<(Vec<usize>, Condensed)>,
    factor: Option<(Arc<Pattern>, Lu<C64>)>,
}

impl Helmholtz {
    /// A solver on a scalar space.
    ///
    /// # Errors
    /// Those of [`Assembler::new`].
    pub fn new(space: Arc<Space>) -> Result<Self> {
        let assembler = Assembler::new(space)?;
        let matrix = Csr::from_pattern(Arc::clone(assembler.pattern()));
        Ok(Self { assembler, matrix, condensed: None, factor: None })
    }

    /// The space.
    pub fn space(&self) -> &Arc<Space> {
        self.assembler.space()
    }

    /// The assembler.
    pub fn assembler(&self) -> &Assembler {
        &self.assembler
    }

    /// Solves a problem: u at the degrees of freedom, `[dof]`.
    ///
    /// # Errors
    /// [`Error::Config`] for a frequency, speed or layer that makes no sense, [`Error::UnknownName`] for a boundary that the mesh does
    /// not have, [`Error::Length`] and [`Error::NotFinite`] for bad fields, [`Error::Factorization`] at a resonance of a problem
    /// without absorption.
    pub fn solve(&mut self, problem: &HelmholtzProblem<'_>) -> Result<Vec<C64>> {
        let solutions = self.solve_many(problem, &[])?;
        Ok(solutions.into_iter().next().unwrap_or_default())
    }

    /// The linear system of a problem: the matrix between the degrees of freedom that no Dirichlet condition gives, in their order, and the
    /// right-hand side. What other methods may be tried on.
    ///
    /// # Errors
    /// Those of [`Self::solve`], but for the factorisation.
    pub fn system(&mut self, problem: &HelmholtzProblem<'_>) -> Result<(Csr<C64>, Vec<C64>)> {
        problem.check(self.space())?;
        let (mut load, constraints) = self.assemble(problem)?;
        let own: Vec<C64> = self.assembler.load(problem.source)?;
        load.iter_mut().zip(own).for_each(|(total, own)| *total += own);
        let condensed = condense(&mut self.condensed, &self.matrix, &constraints)?;
        Ok((condensed.matrix(&self.matrix), condensed.rhs(&self.matrix, &load, &constraints)))
    }

    /// Solves a problem for its own source and for `loads`, further vectors ∫ f φ (as [`Assembler::load`] makes them) in place of
    /// its source, with one factorisation. The solution for the problem's own source comes first.
    ///
    /// # Errors
    /// As [`Self::solve`].
    pub fn solve_many(
        &mut self,
        problem: &HelmholtzProblem<'_>,
        loads: &[Vec<C64>],
    ) -> Result<Vec<Vec<C64>>> {
        problem.check(self.space())?;
        let (boundary_load, constraints) = self.assemble(problem)?;
        let own: Vec<C64> = self.assembler.load(problem.source)?;
        let condensed = condense(&mut self.condensed, &self.matrix, &constraints)?;
        let matrix = condensed.matrix(&self.matrix);
        let lu = match self.factor.take() {
            Some((pattern, mut lu)) if Arc::ptr_eq(&pattern, matrix.pattern()) => {
                lu.refactor(&matrix)?;
                lu
            }
            _ => Lu::new(&matrix)?,
        };
        let n = boundary_load.len();
        let solutions = std::iter::once(&own)
            .chain(loads)
            .map(|load| {
                if load.len() != n {
                    let axes = format!("dof = {n}");
                    return Err(Error::Length { name: "load", axes, expected: n, found: load.len() });
                }
                let total: Vec<C64> = load.iter().zip(&boundary_load).map(|(a, b)| a + b).collect();
                let rhs = condensed.rhs(&self.matrix, &total, &constraints);
                Ok(condensed.expand(&lu.solve(&rhs), &constraints))
            })
            .collect();
        self.factor = Some((Arc::clone(matrix.pattern()), lu));
        solutions
    }

    /// Writes the matrix; returns the load of the boundaries and the given values.
    fn assemble(&mut self, problem: &HelmholtzProblem<'_>) -> Result<(Vec<C64>, Constraints<C64>)> {
        let omega = problem.omega;
        let speeds = self.assembler.sample(&problem.speed)?;
        let mut mass: Vec<C64> = speeds.iter().map(|c| C64::new(-(omega / c).powi(2), 0.0)).collect();
        if let Some(pml) = &problem.pml {
            let dim = self.space().dim();
            let mut tensor = Vec::with_capacity(mass.len());
            for (m, x) in mass.iter_mut().zip(self.assembler.quadrature_points()) {
                let (t, volume) = pml.factors(x, omega, dim);
                tensor.push(t);
                *m *= volume;
            }
            let forms = [Form::Anisotropic(Field::Points(&tensor)), Form::Mass(Field::Points(&mass))];
            self.assembler.matrix_into(&forms, &mut self.matrix)?;
        } else {
            let one = C64::new(1.0, 0.0);
            let forms = [Form::Diffusion(Field::Constant(one)), Form::Mass(Field::Points(&mass))];
            self.assembler.matrix_into(&forms, &mut self.matrix)?;
        }
        let mut load = vec![C64::new(0.0, 0.0); self.space().n_dofs()];
        let mut plain = Vec::new();
        for &(name, condition) in &problem.boundary {
            plain.push((
                name,
                match condition {
                    HelmholtzCondition::Dirichlet(g) => Condition::Dirichlet(g),
                    HelmholtzCondition::Neumann(g) => Condition::Neumann(g),
                    HelmholtzCondition::Impedance(g) => {
                        self.add_impedance(name, problem)?;
                        Condition::Neumann(g)
                    }
                },
            ));
        }
        let imposed = impose(&self.assembler, &plain, &mut self.matrix, &mut load)?;
        Ok((load, imposed.constraints))
    }

    /// Adds −i ∫ (ω/c) u v.
    fn add_impedance(&mut self, name: &str, problem: &HelmholtzProblem<'_>) -> Result<()> {
        let space = Arc::clone(self.assembler.space());
        let facets = space.mesh().boundary(name)?;
        let number = combine(
            &space,
            ("omega", Field::Constant(problem.omega)),
            ("speed", problem.speed),
            |omega, c| omega / c,
        )?;
        let turn = |k: &f64| C64::new(0.0, -k);
        let (values, function);
        let field = match number.on_facets(&space, &facets) {
            Held::Constant(k) => Field::Constant(turn(&k)),
            Held::Cells(k) => {
                values = k.iter().map(turn).collect::<Vec<_>>();
                Field::Cells(&values)
            }
            Held::Nodes(k) => {
                values = k.iter().map(turn).collect::<Vec<_>>();
                Field::Nodes(&values)
            }
            Held::Function(k) => {
                function = move |x: [f64; 3]| turn(&k(x));
                return self.assembler.add_boundary_mass(
                    &facets,
                    Field::Function(&function),
                    &mut self.matrix,
                );
            }
        };
        self.assembler.add_boundary_mass(&facets, field, &mut self.matrix)
    }
}
