//! Smoothers from outside in the elliptic solver, and the hierarchy that they are made of.

use std::sync::Arc;

use sobolev_solvers::Error;
use sobolev_solvers::fem::{Coefficient, DampedJacobi, EllipticSolver, LatticeLevel, Load, Smoothing};

use super::fields::{Kind, coefficient};

/// The neighbours of the five stored links.
const OFFSETS: [(usize, isize); 5] = [(0, 0), (0, 1), (1, 0), (1, 1), (1, -1)];

/// Rows of the interior operator as a full matrix.
fn dense(level: &LatticeLevel) -> Vec<Vec<f64>> {
    let (rows, cols) = (level.cells[0] - 1, level.cells[1] - 1);
    let nodes = rows * cols;
    let mut matrix = vec![vec![0.0; nodes]; nodes];
    for (links, (dy, dx)) in level.operator.chunks_exact(nodes).zip(OFFSETS) {
        for (k, &link) in links.iter().enumerate() {
            let (j, i) = (k / cols + dy, (k % cols).checked_add_signed(dx));
            let Some(i) = i.filter(|&i| i < cols && j < rows) else { continue };
            matrix[k][j * cols + i] = f64::from(link);
            matrix[j * cols + i][k] = f64::from(link);
        }
    }
    matrix
}

/// Rows of the interpolation between interior nodes.
fn interpolation(fine: &LatticeLevel, coarse: &LatticeLevel) -> Vec<Vec<f64>> {
    let (rows, cols) = (fine.cells[0] - 1, fine.cells[1] - 1);
    let (coarse_rows, coarse_cols) = (coarse.cells[0] - 1, coarse.cells[1] - 1);
    let mut matrix = vec![vec![0.0; coarse_rows * coarse_cols]; rows * cols];
    for (corner, weights) in fine.interpolation.chunks_exact(rows * cols).enumerate() {
        for (k, &weight) in weights.iter().enumerate() {
            let (j, i) = (k / cols + 1 + corner / 2, k % cols + 1 + corner % 2);
            let (j, i) = (j / 2, i / 2);
            if (1..=coarse_rows).contains(&j) && (1..=coarse_cols).contains(&i) {
                matrix[k][(j - 1) * coarse_cols + i - 1] += f64::from(weight);
            }
        }
    }
    matrix
}

#[test]
fn levels_are_galerkin_products_and_interpolation_keeps_constants() {
    for (ny, nx) in [(24, 24), (17, 30), (12, 21)] {
        let a = coefficient(Kind::HighContrast, ny, nx, 5);
        let levels = EllipticSolver::new(ny, nx).unwrap().hierarchy(Coefficient::Cells(&a)).unwrap();
        assert!(levels.len() >= 2 && levels.last().unwrap().interpolation.is_empty());
        for pair in levels.windows(2) {
            let (a, p, coarse) = (dense(&pair[0]), interpolation(&pair[0], &pair[1]), dense(&pair[1]));
            let nodes = a.len();
            for row in 0..nodes {
                let sum: f64 = (0..4).map(|c| f64::from(pair[0].interpolation[c * nodes + row])).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            }
            let magnitudes = |row: &Vec<f64>| row.iter().map(|v| v.abs()).collect::<Vec<f64>>();
            let ap: Vec<Vec<f64>> = a.iter().map(|row| times(row, &p)).collect();
            let sizes: Vec<Vec<f64>> = a.iter().map(|row| times(&magnitudes(row), &p)).collect();
            for (i, expected) in coarse.iter().enumerate() {
                let column: Vec<f64> = p.iter().map(|row| row[i]).collect();
                let (found, size) = (times(&column, &ap), times(&column, &sizes));
                for ((found, expected), size) in found.iter().zip(expected).zip(size) {
                    // Made in single precision; the diagonal is minus the sum of the links.
                    assert!((found - expected).abs() <= 2e-6 * size, "{found} {expected} {size}");
                }
            }
        }
    }
}

/// `row · matrix`
fn times(row: &[f64], matrix: &[Vec<f64>]) -> Vec<f64> {
    let mut product = vec![0.0; matrix[0].len()];
    for (&x, line) in row.iter().zip(matrix).filter(|(x, _)| **x != 0.0) {
        product.iter_mut().zip(line).for_each(|(p, &m)| *p += x * m);
    }
    product
}

/// One step with links that no formula of ours makes: damped Jacobi, disturbed by a wave.
#[derive(Debug)]
struct Disturbed;

impl Smoothing for Disturbed {
    fn steps(&self, levels: &[LatticeLevel]) -> Result<Vec<Vec<Vec<f32>>>, Error> {
        let mut all = DampedJacobi { damping: 0.7, steps: 2 }.steps(levels)?;
        for m in all.iter_mut().flatten() {
            m.iter_mut().enumerate().for_each(|(k, m)| *m += 0.03 * (k as f32).sin());
        }
        Ok(all)
    }
}

#[test]
fn any_converging_smoother_gives_the_solution() {
    for (ny, nx) in [(48, 48), (33, 50)] {
        let a = coefficient(Kind::HighContrast, ny, nx, 3);
        let a = Coefficient::Cells(&a);
        let mut exact = vec![0.0; (ny + 1) * (nx + 1)];
        EllipticSolver::new(ny, nx).unwrap().solve_direct(a, Load::Constant(1.0), None, &mut exact).unwrap();
        let largest = exact.iter().copied().fold(0.0, f64::max);
        let smoothers: [Arc<dyn Smoothing>; 3] = [
            Arc::new(DampedJacobi::default()),
            Arc::new(DampedJacobi { damping: 0.8, steps: 2 }),
            Arc::new(Disturbed),
        ];
        for smoothing in smoothers {
            let mut solver = EllipticSolver::new(ny, nx).unwrap().with_smoothing(smoothing.clone());
            let mut u = vec![0.0; exact.len()];
            let report = solver.solve(a, Load::Constant(1.0), None, &mut u).unwrap();
            assert!(report.iterations <= 25 && report.residual < 1e-10, "{smoothing:?}: {report:?}");
            let error = u.iter().zip(&exact).fold(0.0_f64, |m, (u, v)| m.max((u - v).abs())) / largest;
            assert!(error < 1e-8, "{smoothing:?}: {error:e}");
        }
    }
}

/// Returns what it is given.
#[derive(Debug)]
struct Fixed(Vec<Vec<Vec<f32>>>);

impl Smoothing for Fixed {
    fn steps(&self, _: &[LatticeLevel]) -> Result<Vec<Vec<Vec<f32>>>, Error> {
        Ok(self.0.clone())
    }
}

#[test]
fn bad_smoothers_are_errors() {
    // 16 x 16 cells have 225 unknowns and one coarser level.
    let solve = |smoothing: Fixed| {
        let mut solver = EllipticSolver::new(16, 16).unwrap().with_smoothing(Arc::new(smoothing));
        let (a, mut u) = (vec![1.0; 256], vec![0.0; 289]);
        solver.solve(Coefficient::Cells(&a), Load::Constant(1.0), None, &mut u).map(|r| r.iterations)
    };
    let jacobi = |damping: f32| {
        let mut links = vec![0.0; 5 * 225];
        links[..225].fill(damping);
        links
    };
    assert!(solve(Fixed(vec![vec![jacobi(0.8)]])).unwrap() < 15);
    let message = |smoothing| solve(smoothing).unwrap_err().to_string();
    assert!(message(Fixed(vec![])).contains("smoothers of a hierarchy must hold 1 values"));
    let short = message(Fixed(vec![vec![vec![0.8; 225]]]));
    assert!(short.contains("links of a smoother must hold 1125 values"), "{short}");
    let mut broken = jacobi(0.8);
    broken[7] = f32::NAN;
    assert!(message(Fixed(vec![vec![broken]])).contains("flat position 7"));
    // Without smoothing a cycle corrects what the coarse lattice sees, and nothing else.
    assert!(matches!(solve(Fixed(vec![vec![jacobi(0.0)]])), Err(Error::NotConverged { .. })));
}
