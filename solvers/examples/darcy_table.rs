//! Iterations and times of the Darcy solver on one thread: `cargo run --release -p sobolev-solvers --example darcy_table [R ...]`.
//!
//! −∇·(a∇u) = 1 on the unit square, u = 0 on the boundary, for each law of a; times are the best of five.

use std::time::Instant;

use sobolev_solvers::Grid;
use sobolev_solvers::darcy::{Coefficient, DarcyConfig, DarcyProblem, Domain};
use sobolev_solvers::fem::{self, EllipticSolver, Load};

const LAWS: [(&str, Coefficient); 5] = [
    ("threshold 12/3", Coefficient::Threshold { high: 12.0, low: 3.0 }),
    ("threshold 1e4/1", Coefficient::Threshold { high: 1e4, low: 1.0 }),
    ("log-normal, std 1", Coefficient::LogNormal { log_mean: 0.0, log_std: 1.0 }),
    ("log-normal, std 3", Coefficient::LogNormal { log_mean: 0.0, log_std: 3.0 }),
    (
        "trigonometric, 6 octaves",
        Coefficient::MultiscaleTrigonometric { octaves: 6, amplitude: 0.5, domain: Domain::Centred },
    ),
];

fn best_ms(mut work: impl FnMut() -> sobolev_solvers::Result<()>) -> sobolev_solvers::Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        work()?;
        best = best.min(1e3 * start.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn main() -> sobolev_solvers::Result<()> {
    let mut sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![64, 101, 128, 256];
    }
    println!(
        "{:>5}  {:26} {:>10} {:>10} {:>10} {:>10} {:>9} {:>9}",
        "R", "coefficient", "iterations", "residual", "solve ms", "sample ms", "direct ms", "residual"
    );
    for resolution in sizes {
        for (name, coefficient) in LAWS {
            let config = DarcyConfig { resolution, coefficient, grid: Grid::Cells, ..DarcyConfig::default() };
            let problem = DarcyProblem::new(config)?;
            let sample = problem.sample(0, 0)?;
            let sample_ms = best_ms(|| problem.sample(0, 0).map(drop))?;
            let mut solver = EllipticSolver::new(resolution, resolution)?;
            let mut u = vec![0.0; (resolution + 1) * (resolution + 1)];
            let a = fem::Coefficient::Cells(&sample.coefficient);
            let solve_ms = best_ms(|| solver.solve(a, Load::Constant(1.0), None, &mut u).map(drop))?;
            let mut floor = 0.0;
            let direct_ms = best_ms(|| {
                floor = solver.solve_direct(a, Load::Constant(1.0), None, &mut u)?.residual;
                Ok(())
            })?;
            println!(
                "{resolution:>5}  {name:26} {:>10} {:>10.1e} {solve_ms:>10.2} {sample_ms:>10.2} {direct_ms:>9.1} {floor:>9.1e}",
                sample.iterations, sample.residual
            );
        }
    }
    Ok(())
}
