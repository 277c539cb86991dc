//! Darcy samples: laws of the coefficient, grids, determinism, configuration.

use rayon::prelude::*;
use sobolev_solvers::darcy::{Coefficient, DarcyConfig, DarcyProblem, Domain, FieldConfig, Forcing};
use sobolev_solvers::fem::{self, EllipticSolver, Load};
use sobolev_solvers::{Error, Grid};

const LAWS: [Coefficient; 3] = [
    Coefficient::Threshold { high: 12.0, low: 3.0 },
    Coefficient::LogNormal { log_mean: 0.5, log_std: 1.5 },
    Coefficient::MultiscaleTrigonometric { octaves: 6, amplitude: 0.5, domain: Domain::Centred },
];

fn problem(resolution: usize, coefficient: Coefficient, grid: Grid) -> DarcyProblem {
    DarcyProblem::new(DarcyConfig { resolution, coefficient, grid, ..DarcyConfig::default() }).unwrap()
}

#[test]
fn same_bits_on_any_number_of_threads() {
    for coefficient in LAWS {
        for grid in [Grid::Cells, Grid::Nodes] {
            let problem = problem(33, coefficient, grid);
            let serial: Vec<_> = (0..12).map(|index| problem.sample(7, index).unwrap()).collect();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
            let parallel: Vec<_> = pool.install(|| {
                (0..12_u32)
                    .into_par_iter()
                    .rev()
                    .map(|i| problem.sample(7, u64::from(i)).unwrap())
                    .collect::<Vec<_>>()
            });
            assert!(serial.iter().eq(parallel.iter().rev()));
            assert_ne!(serial[0], serial[1]);
        }
    }
}

/// The samples solve the equation: an independent Cholesky solve gives the same u.
#[test]
fn samples_solve_the_equation() {
    for coefficient in LAWS {
        let n = 37;
        let sample = problem(n, coefficient, Grid::Nodes).sample(3, 1).unwrap();
        let mut u = vec![0.0; n * n];
        let mut solver = EllipticSolver::new(n - 1, n - 1).unwrap();
        let a = fem::Coefficient::Nodes(&sample.coefficient);
        solver.solve_direct(a, Load::Constant(1.0), None, &mut u).unwrap();
        let largest = u.iter().fold(0.0_f64, |m, u| m.max(*u));
        assert!(u.iter().zip(&sample.solution).all(|(u, v)| (u - v).abs() < 1e-9 * largest));
        let edge = |k: usize| k < n || k >= n * (n - 1) || k.is_multiple_of(n) || k % n == n - 1;
        assert!(sample.solution.iter().enumerate().all(|(k, &u)| if edge(k) { u == 0.0 } else { u > 0.0 }));

        let sample = problem(n, coefficient, Grid::Cells).sample(3, 1).unwrap();
        let mut u = vec![0.0; (n + 1) * (n + 1)];
        let mut solver = EllipticSolver::new(n, n).unwrap();
        let a = fem::Coefficient::Cells(&sample.coefficient);
        solver.solve_direct(a, Load::Constant(1.0), None, &mut u).unwrap();
        for (k, v) in sample.solution.iter().enumerate() {
            let corner = k / n * (n + 1) + k % n;
            let mean = 0.25 * (u[corner] + u[corner + 1] + u[corner + n + 1] + u[corner + n + 2]);
            assert!((mean - v).abs() < 1e-9 * largest);
        }
    }
}

/// Both grids, and finer ones, describe the same problem: solutions approach each other.
#[test]
fn resolutions_agree() {
    let law = Coefficient::LogNormal { log_mean: 0.0, log_std: 0.7 };
    let field = FieldConfig { alpha: 4.0, ..FieldConfig::default() };
    let solve = |resolution, grid| {
        let config = DarcyConfig { resolution, coefficient: law, field, grid, ..DarcyConfig::default() };
        DarcyProblem::new(config).unwrap().sample(1, 5).unwrap()
    };
    let (coarse, fine) = (solve(33, Grid::Nodes), solve(65, Grid::Nodes));
    let cells = solve(65, Grid::Cells);
    let largest = fine.solution.iter().fold(0.0_f64, |m, u| m.max(*u));
    for j in 0..33 {
        for i in 0..33 {
            let (a, b) = (coarse.coefficient[j * 33 + i], fine.coefficient[2 * j * 65 + 2 * i]);
            assert!((a / b - 1.0).abs() < 1e-3, "{a} {b}");
            let (u, v) = (coarse.solution[j * 33 + i], fine.solution[2 * j * 65 + 2 * i]);
            assert!((u - v).abs() < 3e-3 * largest, "{u} {v}");
        }
    }
    // The centre of the square is a node of one grid and a cell centre of the other.
    let (u, v) = (fine.solution[32 * 65 + 32], cells.solution[32 * 65 + 32]);
    assert!((u - v).abs() < 2e-3 * largest, "{u} {v}");
}

#[test]
fn laws_of_the_coefficient() {
    let samples = 60;
    let mut high = 0;
    let n = 32;
    let threshold = problem(n, LAWS[0], Grid::Cells);
    let (mut mean, mut square) = (0.0, 0.0);
    let lognormal = problem(n, LAWS[1], Grid::Cells);
    for index in 0..samples {
        for a in threshold.sample(1, index).unwrap().coefficient {
            assert!(a == 12.0 || a == 3.0);
            high += usize::from(a == 12.0);
        }
        for a in lognormal.sample(1, index).unwrap().coefficient {
            mean += a.ln();
            square += (a.ln() - 0.5).powi(2);
        }
    }
    let count = (samples as usize * n * n) as f64;
    // Half the area, by the symmetry of the field; the fraction of one sample deviates by about 0.1.
    assert!((high as f64 / count - 0.5).abs() < 0.05);
    // The constant mode is left out, so the mean of log a is exact up to the rule of integration.
    assert!((mean / count - 0.5).abs() < 1e-12);
    let deviation = (square / count).sqrt();
    assert!((deviation / 1.5 - 1.0).abs() < 0.15, "{deviation}");
    let trigonometric = problem(n, LAWS[2], Grid::Nodes).sample(1, 0).unwrap().coefficient;
    // Each of twelve factors is in [1/2, 3/2].
    assert!(trigonometric.iter().all(|&a| (0.5_f64.powi(12)..=1.5_f64.powi(12)).contains(&a)));
    // At the centre of the square every argument is zero: the product is (3/2)^6.
    let odd = problem(33, LAWS[2], Grid::Nodes).sample(1, 0).unwrap().coefficient;
    assert!((odd[16 * 33 + 16] - 1.5_f64.powi(6)).abs() < 1e-12);
}

/// A constant a makes the sine an eigenfunction: u = f / (2π² a), to the order of the elements.
#[test]
fn sine_forcing() {
    for grid in [Grid::Cells, Grid::Nodes] {
        let config = DarcyConfig {
            resolution: 49,
            coefficient: Coefficient::Threshold { high: 2.0, low: 2.0 },
            forcing: Forcing::Sine { amplitude: 3.0, ky: 1, kx: 1 },
            grid,
            ..DarcyConfig::default()
        };
        let sample = DarcyProblem::new(config).unwrap().sample(0, 0).unwrap();
        let expected = 3.0 / (4.0 * std::f64::consts::PI.powi(2));
        let centre = sample.solution[24 * 49 + 24];
        assert!((centre / expected - 1.0).abs() < 10.0 / (49.0 * 49.0), "{centre} {expected}");
    }
}

#[test]
fn configuration_round_trip_and_defaults() {
    let default = DarcyConfig::default();
    let parsed: DarcyConfig = serde_json::from_str("{}").unwrap();
    assert_eq!(parsed, default);
    for coefficient in LAWS {
        let config = DarcyConfig { coefficient, forcing: 2.0.into(), ..DarcyConfig::default() };
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<DarcyConfig>(&text).unwrap(), config);
    }
    assert!(serde_json::from_str::<DarcyConfig>(r#"{"resolutoin": 3}"#).is_err());
}

#[test]
fn bad_configurations_are_named() {
    let check = |change: fn(&mut DarcyConfig), name: &str| {
        let mut config = DarcyConfig::default();
        change(&mut config);
        match DarcyProblem::new(config) {
            Err(Error::Config { field, .. }) => assert_eq!(field, name),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{name} was accepted"),
        }
    };
    for resolution in [0, 1, 3, usize::MAX] {
        let config = DarcyConfig { resolution, ..DarcyConfig::default() };
        assert!(matches!(DarcyProblem::new(config), Err(Error::Config { field: "resolution", .. })));
    }
    check(|c| c.coefficient = Coefficient::Threshold { high: -1.0, low: 3.0 }, "coefficient.high");
    check(|c| c.coefficient = Coefficient::Threshold { high: 1.0, low: f64::NAN }, "coefficient.low");
    check(
        |c| c.coefficient = Coefficient::LogNormal { log_mean: f64::NAN, log_std: 1.0 },
        "coefficient.log_mean",
    );
    check(|c| c.coefficient = Coefficient::LogNormal { log_mean: 0.0, log_std: 0.0 }, "coefficient.log_std");
    check(
        |c| {
            c.coefficient =
                Coefficient::MultiscaleTrigonometric { octaves: 0, amplitude: 0.5, domain: Domain::Centred }
        },
        "coefficient.octaves",
    );
    check(
        |c| {
            c.coefficient =
                Coefficient::MultiscaleTrigonometric { octaves: 2, amplitude: 1.0, domain: Domain::Centred }
        },
        "coefficient.amplitude",
    );
    check(|c| c.field.alpha = 0.0, "grf.alpha");
    check(|c| c.field.tau = f64::INFINITY, "grf.tau");
    check(|c| c.forcing = Forcing::Constant(f64::NAN), "forcing");
    check(|c| c.forcing = Forcing::Sine { amplitude: 1.0, ky: 0, kx: 1 }, "forcing.ky, forcing.kx");
    check(|c| c.stopping.tolerance = 0.0, "stopping.tolerance");
    check(|c| c.stopping.max_iterations = 0, "stopping.max_iterations");
}
