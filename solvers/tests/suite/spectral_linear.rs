//! Linear equations and waves: exact solutions.

use std::f64::consts::{PI, TAU};

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::spectral::equations::*;
use sobolev_solvers::spectral::initial::tabulate;
use sobolev_solvers::spectral::{Dealias, FourierGrid, Integrator, PerSample, Stepper};

use super::spectral_tools::*;

const EXACT: (Dealias, Integrator) = (Dealias::None, Integrator::Etd1);

/// One large step of the lowest-order method is exact for every linear equation.
#[test]
fn linear_equations_are_exact_for_any_step() {
    let side = 3.0;
    let k = TAU / side;
    let cube = FourierGrid::new(&[8, 10, 12], &[side; 3]).unwrap();
    let f = |x: f64, y: f64, z: f64| 0.3 + (k * (2.0 * x - y + z)).sin() + (k * (x + 3.0 * y)).cos();
    let found = run(
        Advection { velocity: [0.7, -0.4, 2.0] },
        &cube,
        EXACT,
        1.7,
        1,
        &tabulate(&cube, |[x, y, z]| f(x, y, z)),
    );
    let exact = tabulate(&cube, |[x, y, z]| f(x - 1.7 * 0.7, y + 1.7 * 0.4, z - 1.7 * 2.0));
    assert!(gap(&found, &exact) < 1e-12, "{}", gap(&found, &exact));

    let square = FourierGrid::new(&[15, 16], &[side; 2]).unwrap();
    let mode = |[x, y, _]: [f64; 3]| (k * (3.0 * x - 2.0 * y)).sin();
    let u0 = tabulate(&square, mode);
    let rates = [
        (
            run(Diffusion { diffusivity: [0.02, 0.01, 9.0] }, &square, EXACT, 0.8, 2, &u0),
            0.02 * 9.0 + 0.01 * 4.0,
            2,
        ),
        (run(HyperDiffusion { hyperdiffusivity: 2e-4 }, &square, EXACT, 0.8, 2, &u0), 2e-4 * 169.0, 4),
    ];
    for (found, rate, power) in rates {
        let decay = (-rate * k.powi(power) * 1.6).exp();
        assert!((0.01..0.9).contains(&decay));
        let exact: Vec<f64> = u0.iter().map(|u| decay * u).collect();
        assert!(gap(&found, &exact) < 1e-13);
    }
    // ω = −δ Σ k³.
    let found = run(Dispersion { dispersivity: 0.05 }, &square, EXACT, 0.8, 2, &u0);
    let phase = 0.05 * k.powi(3) * (27.0 - 8.0) * 1.6;
    let exact = tabulate(&square, |[x, y, _]| (k * (3.0 * x - 2.0 * y) + phase).sin());
    assert!(gap(&found, &exact) < 1e-12, "{}", gap(&found, &exact));
    let bad = Stepper::<_, f64>::new(Diffusion { diffusivity: [-1.0; 3] }, &square, EXACT.0, EXACT.1, 0.1);
    assert!(matches!(bad.err(), Some(Error::Config { field: "diffusion.diffusivity", .. })));
}

/// d'Alembert: two halves that move apart, or one that moves alone; the mean drifts; Klein-Gordon's frequency.
#[test]
fn constant_speed_waves_are_exact() {
    let grid = FourierGrid::cube(1, 96, 2.0).unwrap();
    let f = |x: f64| (3.0 * (PI * x).cos()).exp();
    let df = |x: f64| -3.0 * PI * (PI * x).sin() * f(x);
    let c = 0.7;
    let wave = WavePropagator::new(&grid, c, 0.0).unwrap();
    let u0 = tabulate(&grid, |[x, ..]| f(x));
    for t in [0.3, 5.0, 1234.5] {
        let (u, v) = wave.at(&u0, &vec![0.0; 96], t).unwrap();
        let exact = tabulate(&grid, |[x, ..]| 0.5 * (f(x - c * t) + f(x + c * t)));
        let slope = tabulate(&grid, |[x, ..]| 0.5 * c * (df(x + c * t) - df(x - c * t)));
        // Ωt is known to ε Ωt.
        assert!(gap(&u, &exact) < 1e-11 + 1e-12 * t && gap(&v, &slope) < 1e-9 + 1e-11 * t, "{t}");
        let (u, _) = wave.at(&u0, &tabulate(&grid, |[x, ..]| -c * df(x)), t).unwrap();
        assert!(gap(&u, &tabulate(&grid, |[x, ..]| f(x - c * t))) < 1e-11 + 1e-12 * t, "{t}");
        let (u, v) = wave.at(&u0, &vec![0.25; 96], t).unwrap();
        assert!((mean(&u) - mean(&u0) - 0.25 * t).abs() < 1e-11 && (mean(&v) - 0.25).abs() < 1e-13);
    }
    let square = FourierGrid::new(&[9, 12], &[TAU, PI]).unwrap();
    let klein_gordon = WavePropagator::new(&square, 1.5, 2.0).unwrap();
    let u0 = tabulate(&square, |[x, y, _]| (4.0 * x - y).cos());
    let omega = (1.5_f64.powi(2) * 17.0 + 4.0).sqrt();
    let (u, v) = klein_gordon.at(&u0, &vec![0.0; u0.len()], 0.9).unwrap();
    let scaled = |s: f64| -> Vec<f64> { u0.iter().map(|u| s * u).collect() };
    assert!(gap(&u, &scaled((omega * 0.9).cos())) < 1e-13);
    assert!(gap(&v, &scaled(-omega * (omega * 0.9).sin())) < 1e-12);
    assert!(klein_gordon.at(&u0[1..], &u0, 1.0).is_err() && WavePropagator::new(&square, -1.0, 0.0).is_err());
}

/// The variable-speed equation agrees with the propagator where the speed is constant, at the order of its integrator.
#[test]
fn variable_waves_reduce_to_constant_ones() {
    let grid = FourierGrid::cube(2, 24, TAU).unwrap();
    let u0 = tabulate(&grid, |[x, y, _]| (x.cos() + (x - 2.0 * y).sin()).exp());
    let zero = vec![0.0; u0.len()];
    // The stepper projects the start onto its modes: so does one step of nothing.
    let start = [u0, zero].concat();
    let equation = VariableWave { speed: 1.3, damping: 0.0 };
    let projected = run(equation, &grid, (Dealias::TWO_THIRDS, Integrator::Rk4), 1e-300, 1, &start);
    let (u0, v0) = projected.split_at(576);
    let (u, v) = WavePropagator::new(&grid, 1.3, 0.0).unwrap().at(u0, v0, 1.0).unwrap();
    let exact = [u, v].concat();
    let points: Vec<_> = [40, 80, 160, 320]
        .iter()
        .map(|&n| {
            let found =
                run(equation, &grid, (Dealias::TWO_THIRDS, Integrator::Rk4), 1.0 / n as f64, n, &start);
            (1.0 / n as f64, gap(&found, &exact))
        })
        .collect();
    assert_order("RK4 on the wave equation", &points, 4.0, 1e-12, 1e-6);
}

/// In a medium of variable speed: energy is conserved, and an independent finite-difference solution is approached.
#[test]
fn variable_waves_conserve_energy_and_agree_with_differences() {
    let (n, side) = (128, TAU);
    let grid = FourierGrid::cube(1, n, side).unwrap();
    let speed = |x: f64| 1.0 + 0.4 * x.sin();
    let start = |x: f64| (-8.0 * (1.0 - (x - 2.0).cos())).exp();
    let c2 = tabulate(&grid, |[x, ..]| speed(x).powi(2));
    let fields = [tabulate(&grid, |[x, ..]| start(x)), vec![0.0; n]].concat();
    let equation = VariableWave { speed: 1.0, damping: 0.0 };
    let stepper =
        Stepper::<_, f64>::new(equation, &grid, Dealias::THREE_HALVES, Integrator::Rk4, 2.5e-3).unwrap();
    let own = PerSample { coefficients: Some(&c2), forcing: None };
    let mut state = stepper.init_with(&fields, &own).unwrap();
    let energy = |fields: &[f64]| {
        let (u, v) = fields.split_at(n);
        let slope = derivative(u, &[n], &[side], 0);
        mean_of(v, &c2, |v, c2| 0.5 * v * v / c2) + 0.5 * mean_of(&slope, &slope, |a, b| a * b)
    };
    let before = energy(&fields);
    stepper.repeat(&mut state, 1200).unwrap();
    let found = stepper.fields(&state);
    let after = energy(&found);
    assert!(((after - before) / before).abs() < 1e-8, "{before} {after}");
    // Leapfrog with second differences on m points, extrapolated to the fourth order.
    let leapfrog = |m: usize| -> Vec<f64> {
        let h = side / m as f64;
        let steps = m;
        let dt = 3.0 / steps as f64;
        let x = |i: usize| h * i as f64;
        let factor: Vec<f64> = (0..m).map(|i| (dt * speed(x(i)) / h).powi(2)).collect();
        let mut u: Vec<f64> = (0..m).map(|i| start(x(i))).collect();
        let second = |u: &[f64], i: usize| u[(i + 1) % m] - 2.0 * u[i] + u[(i + m - 1) % m];
        let mut old: Vec<f64> = (0..m).map(|i| u[i] + 0.5 * factor[i] * second(&u, i)).collect();
        for _ in 0..steps {
            let new: Vec<f64> = (0..m).map(|i| 2.0 * u[i] - old[i] + factor[i] * second(&u, i)).collect();
            old = std::mem::replace(&mut u, new);
        }
        u.iter().step_by(m / n).copied().collect()
    };
    let (coarse, fine) = (leapfrog(1024), leapfrog(2048));
    let better: Vec<f64> = coarse.iter().zip(&fine).map(|(c, f)| (4.0 * f - c) / 3.0).collect();
    let (error, plain) = (gap(&found[..n], &better), gap(&found[..n], &fine));
    assert!(error < 2e-6 && plain > 10.0 * error, "{error:.1e} {plain:.1e}");
}
