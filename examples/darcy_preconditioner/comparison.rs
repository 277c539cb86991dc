//! Training, and the same systems with every preconditioner.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sobolev::operators::train::{load_weights, save_weights};
use sobolev::operators::{MgPreconditioner, PreconditionerConfig};
use sobolev::precondition::{DiffusionTraining, LearnedSmoothing, train};
use sobolev::solvers::fem::structured::{DampedJacobi, Smoothing};
use sobolev::solvers::fem::{Coefficient, EllipticSolver, Load, Stopping};
use sobolev::solvers::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};
use sobolev::solvers::linear::{AmgOptions, KrylovOptions, SmoothedAggregation, cg};
use sobolev::solvers::{self, Grid};

use super::arguments::Scale;

/// What came out.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// A row for each size and preconditioner.
    pub(crate) rows: Vec<Row>,
    /// Cells along the axes of the largest problem, and residuals after each iteration of its first medium.
    pub(crate) largest: usize,
    pub(crate) residuals: Vec<(&'static str, Vec<f64>)>,
}

/// One preconditioner on all media of a size.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) cells: usize,
    pub(crate) name: &'static str,
    /// For each medium.
    pub(crate) iterations: Vec<usize>,
    /// Means over the media: everything that follows from the coefficient (assembly, hierarchy, smoothers), and all of it with the solution.
    pub(crate) milliseconds: f64,
}

const CONTRAST: f64 = 1e4;
const TOLERANCE: f64 = 1e-8;
const MEDIA: usize = 5;

/// Trains unless `weights` are there, and solves.
pub(crate) fn compare(scale: Scale, weights: &Path) -> Result<Comparison, Box<dyn Error>> {
    let net = network(scale, weights)?;
    let sizes: &[usize] = if scale == Scale::Smoke { &[32, 48] } else { &[64, 128, 256, 512] };
    let learned: Arc<dyn Smoothing> = Arc::new(LearnedSmoothing::new(net));
    let jacobi: Arc<dyn Smoothing> = Arc::new(DampedJacobi::default());
    let smoothers =
        [("Gauss-Seidel", None), ("damped Jacobi", Some(jacobi)), ("learned smoothers", Some(learned))];
    let (mut rows, mut residuals) = (Vec::new(), Vec::new());
    for &cells in sizes {
        let media: Vec<Vec<f64>> = (0..MEDIA as u64).map(|i| medium(cells, i)).collect::<Result<_, _>>()?;
        let is_largest = Some(&cells) == sizes.last();
        for (name, smoothing) in &smoothers {
            let (mut iterations, start) = (Vec::new(), Instant::now());
            for a in &media {
                iterations.push(solve(cells, a, smoothing.clone(), &mut |_| {})?);
            }
            let milliseconds = 1e3 * start.elapsed().as_secs_f64() / MEDIA as f64;
            rows.push(Row { cells, name, iterations, milliseconds });
            if is_largest {
                let mut history = Vec::new();
                solve(cells, &media[0], smoothing.clone(), &mut |r| history.push(r))?;
                residuals.push((*name, history));
            }
        }
        let (mut iterations, start) = (Vec::new(), Instant::now());
        for a in &media {
            iterations.push(algebraic(cells, a, usize::MAX)?.0);
        }
        let milliseconds = 1e3 * start.elapsed().as_secs_f64() / MEDIA as f64;
        if is_largest {
            let history: Result<Vec<f64>, _> =
                (1..=iterations[0]).map(|k| algebraic(cells, &media[0], k).map(|(_, r)| r)).collect();
            residuals.push(("algebraic multigrid", history?));
        }
        rows.push(Row { cells, name: "algebraic multigrid", iterations, milliseconds });
    }
    Ok(Comparison { rows, largest: sizes.last().copied().unwrap_or_default(), residuals })
}

fn network(scale: Scale, weights: &Path) -> Result<MgPreconditioner, Box<dyn Error>> {
    let config = PreconditionerConfig::default();
    if weights.exists() {
        let device = sobolev::device::choose(sobolev::device::DeviceChoice::Cpu)?.device;
        return Ok(load_weights(config.init(0, &device)?, weights)?);
    }
    let training = match scale {
        Scale::Full => DiffusionTraining::default(),
        Scale::Smoke => {
            DiffusionTraining { cells: 32, operators: 4, errors: 4, steps: 60, ..Default::default() }
        }
    };
    let net = train(&config, &training, &mut |progress| {
        if progress.step % 50 == 0 {
            println!("  step {}: factor of the last cycle {:.3}", progress.step, progress.factor);
        }
    })?;
    save_weights(&net, weights)?;
    Ok(net)
}

/// Two phases by the sign of a Gaussian random field, one that the training has not seen.
fn medium(cells: usize, index: u64) -> Result<Vec<f64>, solvers::Error> {
    let config = GrfConfig {
        size: vec![cells; 2],
        grid: Grid::Cells,
        boundary: Boundary::Neumann,
        alpha: 2.0,
        tau: 7.0,
        sigma: 1.0,
        mean: Mean::Zero,
    };
    let field = GaussianRandomField::new(config)?.sample(1000, index);
    Ok(field.into_iter().map(|g| if g >= 0.0 { CONTRAST } else { 1.0 }).collect())
}

// ANCHOR: use
/// Iterations of the solver with a V(1,1) cycle.
fn solve(
    cells: usize,
    a: &[f64],
    smoothing: Option<Arc<dyn Smoothing>>,
    hear: &mut dyn FnMut(f64),
) -> Result<usize, solvers::Error> {
    let stopping = Stopping { tolerance: TOLERANCE, ..Stopping::default() };
    let mut solver = EllipticSolver::new(cells, cells)?.with_stopping(stopping)?;
    if let Some(smoothing) = smoothing {
        solver = solver.with_smoothing(smoothing);
    }
    let mut u = vec![0.0; (cells + 1) * (cells + 1)];
    let mut observer = |progress: solvers::fem::Progress<'_>| hear(progress.residual);
    let a = Coefficient::Cells(a);
    Ok(solver.solve_observed(a, Load::Constant(1.0), None, &mut u, Some(&mut observer))?.iterations)
}
// ANCHOR_END: use

/// Iterations with smoothed aggregation, at most `most`, and the residual.
fn algebraic(cells: usize, a: &[f64], most: usize) -> Result<(usize, f64), solvers::Error> {
    let matrix = EllipticSolver::new(cells, cells)?.matrix(Coefficient::Cells(a))?;
    let amg = SmoothedAggregation::new(&matrix, &AmgOptions::default())?;
    let b = vec![1.0 / (cells * cells) as f64; matrix.n_rows()];
    let options =
        KrylovOptions { tolerance: TOLERANCE, max_iterations: most.min(1000), ..KrylovOptions::default() };
    match cg(&matrix, &amg, &b, &mut vec![0.0; b.len()], &options) {
        Ok(report) => Ok((report.iterations, report.residual)),
        Err(solvers::Error::NotConverged { iterations, residual, .. }) if most < 1000 => {
            Ok((iterations, residual))
        }
        Err(error) => Err(error),
    }
}

impl Comparison {
    /// Iterations and times.
    pub(crate) fn table(&self) -> String {
        let mut text =
            String::from("| cells | preconditioner | iterations, by medium | ms |\n|---|---|---|---|\n");
        for row in &self.rows {
            let iterations: Vec<String> = row.iterations.iter().map(ToString::to_string).collect();
            let line = (row.cells, row.name, iterations.join(", "), row.milliseconds);
            let _ = writeln!(text, "| {0}² | {1} | {2} | {3:.1} |", line.0, line.1, line.2, line.3);
        }
        text
    }
}
