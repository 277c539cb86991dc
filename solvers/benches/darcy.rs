//! One Darcy sample on one thread: the random field, the linear solve (assembly and hierarchy included), the whole.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sobolev_solvers::Grid;
use sobolev_solvers::darcy::{DarcyConfig, DarcyProblem};
use sobolev_solvers::fem::{Coefficient, EllipticSolver, Load};
use sobolev_solvers::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};

fn darcy(c: &mut Criterion) {
    let mut group = c.benchmark_group("darcy");
    group.sample_size(20);
    for n in [64, 256] {
        let config = GrfConfig {
            size: vec![n, n],
            grid: Grid::Cells,
            boundary: Boundary::Neumann,
            alpha: 2.0,
            tau: 3.0,
            sigma: 1.0,
            mean: Mean::Zero,
        };
        let problem = DarcyConfig { resolution: n, ..DarcyConfig::default() };
        let (Ok(field), Ok(problem), Ok(mut solver)) =
            (GaussianRandomField::new(config), DarcyProblem::new(problem), EllipticSolver::new(n, n))
        else {
            continue;
        };
        group.bench_function(BenchmarkId::new("field", n), |b| b.iter(|| black_box(field.sample(0, 0))));
        group.bench_function(BenchmarkId::new("sample", n), |b| b.iter(|| black_box(problem.sample(0, 0))));
        let Ok(sample) = problem.sample(0, 0) else { continue };
        let mut u = vec![0.0; (n + 1) * (n + 1)];
        group.bench_function(BenchmarkId::new("solve", n), |b| {
            b.iter(|| {
                solver.solve(Coefficient::Cells(&sample.coefficient), Load::Constant(1.0), None, &mut u)
            });
        });
        group.bench_function(BenchmarkId::new("cholesky", n), |b| {
            b.iter(|| {
                solver.solve_direct(
                    Coefficient::Cells(&sample.coefficient),
                    Load::Constant(1.0),
                    None,
                    &mut u,
                )
            });
        });
    }
    group.finish();
}

criterion_group!(benches, darcy);
criterion_main!(benches);
