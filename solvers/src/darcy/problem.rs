//! Samples of a Darcy problem.

use std::f64::consts::PI;
use std::sync::{Mutex, PoisonError};

use super::coefficient::Sampler;
use super::{DarcyConfig, Forcing};
use crate::fem::{self, EllipticSolver, Load, Report};
use crate::{Grid, Result};

/// One sample, fields row-major `[y, x]` with R points an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct DarcySample {
    /// Diffusion coefficient a.
    pub coefficient: Vec<f64>,
    /// Solution u.
    pub solution: Vec<f64>,
    /// Iterations of conjugate gradients.
    pub iterations: usize,
    /// True relative residual of the linear system.
    pub residual: f64,
}

/// The buffers of one thread.
struct Workspace {
    solver: EllipticSolver,
    nodes: Vec<f64>,
}

/// Draws and solves −∇·(a∇u) = f on the unit square, u = 0 on the boundary.
///
/// A sample is a pure function of (configuration, seed, index). The problem is `Sync`: call [`Self::sample`] from as many
/// threads as you like; each call takes a workspace from a pool and returns it.
///
/// ```
/// use sobolev_solvers::darcy::{DarcyConfig, DarcyProblem};
/// let problem = DarcyProblem::new(DarcyConfig { resolution: 32, ..DarcyConfig::default() })?;
/// let sample = problem.sample(1, 0)?;
/// assert!(sample.coefficient.iter().all(|&a| a == 12.0 || a == 3.0));
/// assert!(sample.residual < 1e-10 && sample.solution.iter().all(|&u| u > 0.0));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
pub struct DarcyProblem {
    config: DarcyConfig,
    sampler: Sampler,
    /// Values of f, empty where it is constant.
    forcing: Vec<f64>,
    pool: Mutex<Vec<Workspace>>,
}

impl DarcyProblem {
    /// Plans the field and the solver.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a parameter out of range.
    pub fn new(config: DarcyConfig) -> Result<Self> {
        config.check()?;
        let sampler = Sampler::new(&config)?;
        let forcing = forcing(&config);
        let first = Workspace::new(&config)?;
        Ok(Self { config, sampler, forcing, pool: Mutex::new(vec![first]) })
    }

    /// The parameters.
    pub fn config(&self) -> &DarcyConfig {
        &self.config
    }

    /// Sample `index` under `seed`.
    ///
    /// # Errors
    /// [`Error::NotConverged`](crate::Error::NotConverged) if the linear solver missed its tolerance;
    /// [`Error::Coefficient`](crate::Error::Coefficient) if a log-normal coefficient left the range of numbers.
    pub fn sample(&self, seed: u64, index: u64) -> Result<DarcySample> {
        let coefficient = self.sampler.sample(seed, index)?;
        let mut workspace = match self.pool().pop() {
            Some(workspace) => workspace,
            None => Workspace::new(&self.config)?,
        };
        let solved = workspace.solve(self, &coefficient);
        self.pool().push(workspace);
        let (solution, Report { iterations, residual }) = solved?;
        Ok(DarcySample { coefficient, solution, iterations, residual })
    }

    /// The pool; a panic elsewhere leaves it whole, since workspaces hold no state between samples.
    fn pool(&self) -> std::sync::MutexGuard<'_, Vec<Workspace>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Values of a forcing that isn't constant, at the points of the grid.
fn forcing(config: &DarcyConfig) -> Vec<f64> {
    let n = config.resolution;
    let Forcing::Sine { amplitude, ky, kx } = config.forcing else { return Vec::new() };
    let point = |i: usize| match config.grid {
        Grid::Cells => (i as f64 + 0.5) / n as f64,
        Grid::Nodes => i as f64 / (n - 1) as f64,
    };
    let table = |k: u32| -> Vec<f64> { (0..n).map(|i| (PI * f64::from(k) * point(i)).sin()).collect() };
    let (y, x) = (table(ky), table(kx));
    y.iter().flat_map(|y| x.iter().map(move |x| amplitude * y * x)).collect()
}

impl Workspace {
    fn new(config: &DarcyConfig) -> Result<Self> {
        let cells = match config.grid {
            Grid::Cells => config.resolution,
            Grid::Nodes => config.resolution - 1,
        };
        let solver = EllipticSolver::new(cells, cells)?.with_stopping(config.stopping)?;
        Ok(Self { solver, nodes: vec![0.0; (cells + 1) * (cells + 1)] })
    }

    fn solve(&mut self, problem: &DarcyProblem, a: &[f64]) -> Result<(Vec<f64>, Report)> {
        let DarcyConfig { resolution, grid, forcing, .. } = problem.config;
        let (a, values) = match grid {
            Grid::Cells => (fem::Coefficient::Cells(a), Load::Cells(&problem.forcing)),
            Grid::Nodes => (fem::Coefficient::Nodes(a), Load::Nodes(&problem.forcing)),
        };
        let f = match forcing {
            Forcing::Constant(value) => Load::Constant(value),
            Forcing::Sine { .. } => values,
        };
        let report = self.solver.solve(a, f, None, &mut self.nodes)?;
        let solution = match grid {
            Grid::Nodes => self.nodes.clone(),
            Grid::Cells => centres(&self.nodes, resolution),
        };
        Ok((solution, report))
    }
}

/// A bilinear function at the centres of `n x n` cells.
fn centres(nodes: &[f64], n: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(n * n);
    for (low, high) in nodes.chunks_exact(n + 1).zip(nodes.chunks_exact(n + 1).skip(1)) {
        out.extend(low.windows(2).zip(high.windows(2)).map(|(l, h)| 0.25 * ((l[0] + l[1]) + (h[0] + h[1]))));
    }
    out
}
