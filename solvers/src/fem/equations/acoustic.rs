//! Acoustic waves in a heterogeneous medium.

use std::sync::Arc;

use super::coefficient::{Held, combine, named_positive};
use super::point::basis_at;
use crate::fem::{Assembler, Condensed, Constraints, Element, Field, Form, Space};
use crate::linear::Csr;
use crate::mesh::CellKind;
use crate::time::{
    Forcing, LatticeStiffness, LeapfrogIntegrator, LumpedSystem, Pulse, SecondOrderIntegrator,
    SecondOrderSystem, Signal, WaveOperator,
};
use crate::{Error, Result};

/// An acoustic medium and its walls.
///
/// ```math
/// \frac{1}{\rho c^2} \frac{\partial^2 p}{\partial t^2} - \nabla \cdot \left(\frac1\rho \nabla p\right) = f, \qquad
/// \frac1\rho \frac{\partial p}{\partial n} = -\frac{1}{\rho c} \frac{\partial p}{\partial t} \;\text{(absorbing)}, \quad
/// p = 0 \;\text{(free)}, \quad \frac{\partial p}{\partial n} = 0 \;\text{(rigid, elsewhere)}
/// ```
///
/// With constant density ρ = 1 this is `p_tt = c² (Δp + f)`.
///
/// **Source.** The absorbing condition is the one of first order of B. Engquist, A. Majda, Math. Comput. 31 (1977): exact for waves
/// that meet the boundary head-on; at 45° it reflects 17 % of the amplitude.
#[derive(Clone, Debug)]
pub struct AcousticProblem<'a> {
    /// c, in units of length per time.
    pub speed: Field<'a, f64>,
    /// ρ.
    pub density: Field<'a, f64>,
    /// Names of absorbing boundaries.
    pub absorbing: Vec<&'a str>,
    /// Names of boundaries with p = 0.
    pub free: Vec<&'a str>,
}

impl<'a> AcousticProblem<'a> {
    /// A medium of unit density between rigid walls.
    pub fn new(speed: Field<'a, f64>) -> Self {
        Self { speed, density: Field::Constant(1.0), absorbing: Vec::new(), free: Vec::new() }
    }

    /// The same with another density.
    pub fn with_density(mut self, density: Field<'a, f64>) -> Self {
        self.density = density;
        self
    }

    /// The same with absorbing boundaries.
    pub fn with_absorbing(mut self, names: &[&'a str]) -> Self {
        self.absorbing.extend_from_slice(names);
        self
    }

    /// The same with boundaries where p = 0.
    pub fn with_free(mut self, names: &[&'a str]) -> Self {
        self.free.extend_from_slice(names);
        self
    }
}

/// The semi-discrete wave equation with lumped mass and damping, ready for leapfrog.
///
/// On a lattice of equal rectangles with Q1 elements, and a density that is constant or one value a cell, K is applied without a matrix
/// (see [`LatticeStiffness`]); otherwise it is a sparse matrix.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::fem::equations::{AcousticProblem, AcousticWave};
/// use sobolev_solvers::fem::{Element, Field, Space};
/// use sobolev_solvers::mesh::{CellKind, Mesh};
/// use sobolev_solvers::time::{Forcing, SecondOrderIntegrator, Signal};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Quadrilateral, [64, 64], [0., 0.], [1., 1.])?);
/// let space = Arc::new(Space::new(mesh, Element::Q1, 1)?);
/// let layers = |x: [f64; 3]| if x[1] < 0.5 { 2.0 } else { 1.0 };
/// let problem = AcousticProblem::new(Field::Function(&layers)).with_absorbing(&["left", "right", "bottom", "top"]);
/// let wave = AcousticWave::new(space, &problem)?;
/// let source = [wave.gaussian_source([0.5, 0.7, 0.0], 0.02, Signal::ricker(5.0))?];
/// let mut leapfrog = wave.leapfrog(0.9 * wave.largest_stable_step()?)?;
/// let mut motion = wave.rest();
/// leapfrog.repeat(&mut motion, 100, Forcing::Pulses(&source))?;
/// assert!(motion.displacement.iter().any(|p| p.abs() > 1e-3));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
pub struct AcousticWave {
    assembler: Assembler,
    lumped: Arc<LumpedSystem>,
    free: Vec<usize>,
}

impl AcousticWave {
    /// Assembles a problem on a scalar space.
    ///
    /// # Errors
    /// [`Error::Config`] for an element whose mass does not lump, for a speed or density that is not positive, or for fields that can't be
    /// combined; [`Error::Length`] and [`Error::NotFinite`] for bad fields; [`Error::UnknownName`] for a boundary that the mesh does not
    /// have.
    pub fn new(space: Arc<Space>, problem: &AcousticProblem<'_>) -> Result<Self> {
        Self::with_assembler(Assembler::new(space)?, problem)
    }

    /// As [`Self::new`] on an assembler that is there already: for many media on one mesh.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_assembler(assembler: Assembler, problem: &AcousticProblem<'_>) -> Result<Self> {
        let space = Arc::clone(assembler.space());
        let medium = Medium::new(&space, problem)?;
        let mass: Vec<f64> = assembler.lumped_mass(medium.compliance.field())?;
        let stiffness = stiffness(&assembler, &medium)?;
        let mut lumped = LumpedSystem::new(stiffness, mass)?;
        if !problem.absorbing.is_empty() {
            let ones = vec![1.0; space.n_dofs()];
            let mut damping = vec![0.0; space.n_dofs()];
            boundary_damping(&assembler, &medium, problem)?.multiply(&ones, &mut damping);
            lumped = lumped.with_damping(&damping)?;
        }
        let free = held(&space, problem)?;
        lumped = lumped.with_held(&free)?;
        Ok(Self { assembler, lumped: Arc::new(lumped), free })
    }

    /// The space.
    pub fn space(&self) -> &Arc<Space> {
        self.assembler.space()
    }

    /// The assembler, to be used again for another medium.
    pub fn into_assembler(self) -> Assembler {
        self.assembler
    }

    /// The system with its diagonal mass and damping.
    pub fn system(&self) -> &Arc<LumpedSystem> {
        &self.lumped
    }

    /// The largest step with which leapfrog is stable.
    ///
    /// # Errors
    /// Those of [`LumpedSystem::largest_stable_step`].
    pub fn largest_stable_step(&self) -> Result<f64> {
        self.lumped.largest_stable_step()
    }

    /// Leapfrog with a given step.
    ///
    /// # Errors
    /// [`Error::UnstableStep`] for a step beyond the limit.
    pub fn leapfrog(&self, dt: f64) -> Result<LeapfrogIntegrator> {
        LeapfrogIntegrator::new(Arc::clone(&self.lumped), dt)
    }

    /// No pressure and no motion at time zero.
    pub fn rest(&self) -> crate::time::Motion {
        let zero = vec![0.0; self.lumped.size()];
        crate::time::Motion {
            time: 0.0,
            displacement: zero.clone(),
            velocity: zero.clone(),
            acceleration: zero,
        }
    }

    /// A source of unit strength at a point: f = δ(x − x₀) s(t), in 2-D that of a line of sources across the plane.
    ///
    /// # Errors
    /// [`Error::Config`] for a point outside the mesh or a signal that makes no sense.
    pub fn point_source(&self, at: [f64; 3], signal: Signal) -> Result<Pulse> {
        signal.check()?;
        let (dofs, weights) = basis_at(self.space(), at)?;
        Ok(Pulse { dofs, weights, signal })
    }

    /// A source of unit strength spread over a Gaussian of standard deviation `width`, cut at six of them:
    ///
    /// ```math
    /// f = (2 \pi w^2)^{-d/2}\, e^{-|x - x_0|^2 / (2 w^2)}\, s(t)
    /// ```
    ///
    /// Smooth where a point is singular: its field converges at the order of the element. Choose `width` above one cell.
    ///
    /// # Errors
    /// [`Error::Config`] for a width that is not positive or a signal that makes no sense.
    pub fn gaussian_source(&self, at: [f64; 3], width: f64, signal: Signal) -> Result<Pulse> {
        if !(width.is_finite() && width > 0.0) {
            return Err(Error::Config {
                field: "width",
                expected: "positive and finite",
                value: width.to_string(),
            });
        }
        signal.check()?;
        let dim = self.space().dim();
        let scale = (2.0 * std::f64::consts::PI * width * width).powf(-0.5 * dim as f64);
        let bump = |x: [f64; 3]| {
            let q: f64 = (0..dim).map(|k| ((x[k] - at[k]) / width).powi(2)).sum();
            if q < 36.0 { scale * (-0.5 * q).exp() } else { 0.0 }
        };
        let load: Vec<f64> = self.assembler.load(Field::Function(&bump))?;
        Ok(Pulse::new(&load, signal))
    }

    /// The pressure at times `0, every dt, 2 every dt, ...` from rest: `[frame, dof]` with `n_frames + 1` frames.
    ///
    /// # Errors
    /// [`Error::UnstableStep`], [`Error::BlowUp`], and those of the sources.
    pub fn trajectory(&self, dt: f64, every: usize, n_frames: usize, sources: &[Pulse]) -> Result<Vec<f64>> {
        let mut leapfrog = self.leapfrog(dt)?;
        let zero = vec![0.0; self.lumped.size()];
        let mut motion = leapfrog.start(0.0, zero.clone(), zero, Forcing::Pulses(sources))?;
        let mut frames = Vec::with_capacity((n_frames + 1) * self.lumped.size());
        leapfrog.rollout(&mut motion, n_frames, every, Forcing::Pulses(sources), &mut |m| {
            frames.extend_from_slice(&m.displacement);
        })?;
        Ok(frames)
    }

    /// The system with consistent mass and damping matrices, for Newmark and generalized-α, and the elimination of the unknowns
    /// with p = 0.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn consistent(&self, problem: &AcousticProblem<'_>) -> Result<(Arc<SecondOrderSystem>, Condensed)> {
        let medium = Medium::new(self.space(), problem)?;
        let mass = self.assembler.matrix(&[Form::Mass(medium.compliance.field())])?;
        let stiffness = self.assembler.matrix(&[Form::Diffusion(medium.mobility.field())])?;
        let condensed = Condensed::new(self.assembler.pattern(), &self.free)?;
        let mut system = SecondOrderSystem::new(condensed.matrix(&mass), condensed.matrix(&stiffness))?;
        if !problem.absorbing.is_empty() {
            let damping = boundary_damping(&self.assembler, &medium, problem)?;
            system = system.with_damping(condensed.matrix(&damping))?;
        }
        Ok((Arc::new(system), condensed))
    }
}

/// The coefficients of the three forms.
struct Medium<'a> {
    /// 1 / (ρ c²).
    compliance: Held<'a>,
    /// 1 / ρ.
    mobility: Held<'a>,
    /// 1 / (ρ c).
    admittance: Held<'a>,
}

impl<'a> Medium<'a> {
    fn new(space: &Space, problem: &AcousticProblem<'a>) -> Result<Self> {
        named_positive("speed", &problem.speed, space)?;
        named_positive("density", &problem.density, space)?;
        let (c, rho) = (("speed", problem.speed), ("density", problem.density));
        let one = ("speed", Field::Constant(1.0));
        Ok(Self {
            compliance: combine(space, c, rho, |c, rho| 1.0 / (rho * c * c))?,
            mobility: combine(space, one, rho, |_, rho| 1.0 / rho)?,
            admittance: combine(space, c, rho, |c, rho| 1.0 / (rho * c))?,
        })
    }
}

fn boundary_damping(
    assembler: &Assembler,
    medium: &Medium<'_>,
    problem: &AcousticProblem<'_>,
) -> Result<Csr<f64>> {
    let mut damping = Csr::from_pattern(Arc::clone(assembler.pattern()));
    for name in &problem.absorbing {
        let facets = assembler.space().mesh().boundary(name)?;
        let admittance = medium.admittance.on_facets(assembler.space(), &facets);
        assembler.add_boundary_mass(&facets, admittance.field(), &mut damping)?;
    }
    Ok(damping)
}

fn held(space: &Space, problem: &AcousticProblem<'_>) -> Result<Vec<usize>> {
    let mut constraints = Constraints::<f64>::new(space);
    problem.free.iter().try_for_each(|name| constraints.fix(space, name, |_| 0.0))?;
    Ok(constraints.dofs())
}

/// K, without a matrix where the mesh allows it.
fn stiffness(assembler: &Assembler, medium: &Medium<'_>) -> Result<Arc<dyn WaveOperator>> {
    if let Some((cells, sizes)) = lattice(assembler.space()) {
        match &medium.mobility {
            Held::Constant(a) => return Ok(Arc::new(LatticeStiffness::new(cells, sizes, *a)?)),
            Held::Cells(a) => {
                return Ok(Arc::new(LatticeStiffness::new(cells, sizes, 1.0)?.with_cells(a.clone())?));
            }
            Held::Nodes(_) | Held::Function(_) => {}
        }
    }
    let matrix: Csr<f64> = assembler.matrix(&[Form::Diffusion(medium.mobility.field())])?;
    Ok(Arc::new(matrix))
}

/// Cells `[ny, nx]` and their sizes `[hy, hx]`, if nodes and cells are those of a lattice, row by row.
fn lattice(space: &Space) -> Option<([usize; 2], [f64; 2])> {
    let mesh = space.mesh();
    let suits = space.kind() == CellKind::Quadrilateral
        && space.element() == Element::Q1
        && space.components() == 1
        && !space.is_periodic();
    if !suits {
        return None;
    }
    let points = space.node_points();
    let row = points.iter().take_while(|p| p[1] == points[0][1]).count();
    if row < 2 || !points.len().is_multiple_of(row) || points.len() == row {
        return None;
    }
    let (nx, ny) = (row - 1, points.len() / row - 1);
    let last = points[points.len() - 1];
    let (hx, hy) = ((last[0] - points[0][0]) / nx as f64, (last[1] - points[0][1]) / ny as f64);
    let tolerance = 1e-9 * hx.abs().min(hy.abs());
    let on_lattice = points.iter().enumerate().all(|(k, p)| {
        let (x, y) = (points[0][0] + hx * (k % row) as f64, points[0][1] + hy * (k / row) as f64);
        (p[0] - x).abs() <= tolerance && (p[1] - y).abs() <= tolerance
    });
    let in_order = (0..mesh.n_cells()).all(|c| {
        let first = (c / nx * row + c % nx) as u32;
        mesh.cell(c).iter().min() == Some(&first)
            && mesh.cell(c).iter().max() == Some(&(first + row as u32 + 1))
    });
    (hx > 0.0 && hy > 0.0 && mesh.n_cells() == nx * ny && on_lattice && in_order)
        .then_some(([ny, nx], [hy, hx]))
}
