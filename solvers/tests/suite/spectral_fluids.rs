//! Burgers and Navier-Stokes: exact solutions, budgets, symmetries.

use std::f64::consts::TAU;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::spectral::equations::*;
use sobolev_solvers::spectral::initial::*;
use sobolev_solvers::spectral::{Dealias, FourierGrid, Integrator, PerSample, Stepper};

use super::spectral_tools::*;

const ETD: (Dealias, Integrator) = (Dealias::TWO_THIRDS, Integrator::EtdRk4);

/// Cole and Hopf: `u = −2ν ∇φ/φ` solves the advective form where φ solves the heat equation, in one, two and three dimensions.
#[test]
fn burgers_is_the_gradient_of_heat() {
    let nu = 0.1;
    let phi = |[x, y, z]: [f64; 3], dim: usize, t: f64| {
        let decay = |k2: f64| (-nu * k2 * t).exp();
        let (a, b, c) = (decay(1.0), 0.5 * decay(2.0), 0.4 * decay(3.0));
        match dim {
            1 => (2.0 + a * x.cos(), [-a * x.sin(), 0.0, 0.0]),
            2 => {
                let f = 2.0 + a * x.cos() + b * (x + y).sin();
                (f, [-a * x.sin() + b * (x + y).cos(), b * (x + y).cos(), 0.0])
            }
            _ => {
                let g = c * (x - y + z).cos();
                let s = c * (x - y + z).sin();
                (
                    2.5 + a * x.cos() + b * (y + z).sin() + g,
                    [-a * x.sin() - s, b * (y + z).cos() + s, b * (y + z).cos() - s],
                )
            }
        }
    };
    for (dim, n, bound) in [(1, 64, 1e-11), (2, 48, 5e-7), (3, 32, 2e-5)] {
        let grid = FourierGrid::cube(dim, n, TAU).unwrap();
        let exact = |t: f64| -> Vec<f64> {
            (0..dim)
                .flat_map(|c| {
                    tabulate(&grid, |x| {
                        let (f, slope) = phi(x, dim, t);
                        -2.0 * nu * slope[c] / f
                    })
                })
                .collect()
        };
        let forms = if dim == 1 {
            vec![BurgersForm::Advective, BurgersForm::Conservative]
        } else {
            vec![BurgersForm::Advective]
        };
        for form in forms {
            let equation = Burgers { dim, viscosity: nu, form };
            let found = run(equation, &grid, ETD, 0.02, 50, &exact(0.0));
            let error = gap(&found, &exact(1.0));
            assert!(error < bound, "{dim} {form:?}: {error:.1e}");
            assert!(gap(&exact(0.0), &exact(1.0)) > 1e-3);
        }
    }
}

/// The conservative form against its definition, by independent derivatives; every component keeps its mean.
#[test]
fn conservative_burgers_is_a_divergence() {
    let law = TruncatedFourier { cutoff: 2, ..Default::default() };
    for (dim, n) in [(1, 16), (2, 15), (3, 14)] {
        let grid = FourierGrid::cube(dim, n, 3.0).unwrap();
        let u = Independent { law: Affine { law, scale: 0.2, offset: 0.1 }, copies: dim }.on(&grid).unwrap()(
            1, 0,
        );
        let points = grid.points();
        let (size, extent) = (vec![n; dim], vec![3.0; dim]);
        let component = |c: usize| &u[c * points..(c + 1) * points];
        let d = |f: &[f64], a: usize| derivative(f, &size, &extent, dim - 1 - a);
        let equation = Burgers { dim, viscosity: 0.01, form: BurgersForm::Conservative };
        let found = tendency(equation, &grid, Dealias::None, &u);
        for c in 0..dim {
            let mut expected = vec![0.0; points];
            for a in 0..dim {
                let product: Vec<f64> = component(c).iter().zip(component(a)).map(|(x, y)| x * y).collect();
                for ((e, flux), second) in
                    expected.iter_mut().zip(d(&product, a)).zip(d(&d(component(c), a), a))
                {
                    *e += 0.01 * second - 0.5 * flux;
                }
            }
            let error = gap(&found[c * points..(c + 1) * points], &expected);
            let size = largest(&expected);
            assert!(error < 1e-6 * size && size > 0.05, "{dim} {c}: {error:.1e} of {size:.1e}");
        }
        let after = run(equation, &grid, ETD, 0.01, 20, &u);
        for c in 0..dim {
            let drift = mean(&after[c * points..(c + 1) * points]) - mean(component(c));
            assert!(drift.abs() < 1e-14, "{dim} {c}: {drift:.1e}");
        }
        assert!(gap(&after, &u) > 1e-3);
    }
}

/// Vorticity made of one shell of wavenumbers doesn't move itself: Taylor-Green and its relatives decay exactly.
#[test]
fn one_shell_decays_exactly() {
    let grid = FourierGrid::cube(2, 32, TAU).unwrap();
    let shell = |[x, y, _]: [f64; 3]| {
        (3.0 * x + 4.0 * y).sin() + 0.7 * (4.0 * x - 3.0 * y).cos() - 0.4 * (5.0 * x).sin()
            + 0.9 * (5.0 * y).cos()
    };
    let taylor_green = |[x, y, _]: [f64; 3]| 2.0 * x.cos() * y.cos();
    for (omega, k2) in [(tabulate(&grid, shell), 25.0), (tabulate(&grid, taylor_green), 2.0)] {
        let equation = NavierStokes2d { viscosity: 0.02, drag: 0.03, forcing: Forcing2d::None };
        let found = run(equation, &grid, ETD, 0.02, 100, &omega);
        let decay = (-(0.02 * k2 + 0.03) * 2.0_f64).exp();
        let exact: Vec<f64> = omega.iter().map(|w| decay * w).collect();
        let error = gap(&found, &exact);
        assert!(error < 1e-12, "{k2}: {error:.1e}");
    }
}

/// From rest, a force of one shell drives a flow `f (1 − e^{−γt})/γ`: Li et al., Kolmogorov, a field of the sample.
#[test]
fn one_shell_forces_are_exact() {
    let kolmogorov = Forcing2d::Kolmogorov { amplitude: 0.5, wavenumber: 4.0 };
    let cases = [
        (Forcing2d::LI, 1.0, 8.0 * std::f64::consts::PI.powi(2)),
        (kolmogorov, TAU, 16.0),
        (Forcing2d::None, TAU, 25.0),
    ];
    for (forcing, side, k2) in cases {
        let grid = FourierGrid::cube(2, 24, side).unwrap();
        let (viscosity, drag) = (0.01, 0.1);
        let field = tabulate(&grid, |[x, y, _]| match forcing {
            Forcing2d::Li { .. } => 0.1 * ((TAU * (x + y)).sin() + (TAU * (x + y)).cos()),
            Forcing2d::Kolmogorov { .. } => -0.5 * 4.0 * (4.0 * y).cos(),
            Forcing2d::None => (3.0 * x - 4.0 * y).cos() + 0.5 * (5.0 * x).sin(),
        });
        let equation = NavierStokes2d { viscosity, drag, forcing };
        let stepper = Stepper::<_, f64>::new(equation, &grid, ETD.0, ETD.1, 0.05).unwrap();
        let own =
            PerSample { forcing: (forcing == Forcing2d::None).then_some(&field[..]), coefficients: None };
        let mut state = stepper.init_with(&vec![0.0; field.len()], &own).unwrap();
        stepper.repeat(&mut state, 40).unwrap();
        let gamma = viscosity * k2 + drag;
        let exact: Vec<f64> = field.iter().map(|f| f * (1.0 - (-gamma * 2.0).exp()) / gamma).collect();
        let error = gap(&stepper.fields(&state), &exact);
        assert!(error < 1e-12, "{forcing:?}: {error:.1e}");
        assert!(largest(&exact) > 0.1);
    }
}

/// A stirred flow of one shell: the response to each spectral line is known, and the integrator keeps its order.
#[test]
fn stirring_is_a_force_in_time() {
    let grid = FourierGrid::cube(2, 24, TAU).unwrap();
    let equation = StirredNavierStokes2d {
        viscosity: 0.02,
        drag: 0.1,
        frequencies: StirredNavierStokes2d::incommensurate(),
    };
    let law = Stirring { low: 5.0, high: 5.0, amplitude: 1.0 };
    let force = law.on(&grid).unwrap()(4, 2);
    let points = grid.points();
    let exact = |t: f64| -> Vec<f64> {
        let gamma = 0.02 * 25.0 + 0.1;
        let mut omega = vec![0.0; points];
        for (j, frequency) in equation.frequencies.iter().enumerate() {
            let scale = 1.0 / (gamma * gamma + frequency * frequency);
            let (sin, cos) = (frequency * t).sin_cos();
            let decay = (-gamma * t).exp();
            let a = scale * (gamma * (cos - decay) + frequency * sin);
            let b = scale * (gamma * sin - frequency * (cos - decay));
            for (i, w) in omega.iter_mut().enumerate() {
                *w += a * force[2 * j * points + i] + b * force[(2 * j + 1) * points + i];
            }
        }
        omega
    };
    let error = |steps: usize| {
        let stepper = Stepper::<_, f64>::new(equation, &grid, ETD.0, ETD.1, 2.0 / steps as f64).unwrap();
        let own = PerSample { coefficients: Some(&force[..]), forcing: None };
        let mut state = stepper.init_with(&vec![0.0; points], &own).unwrap();
        stepper.repeat(&mut state, steps).unwrap();
        gap(&stepper.fields(&state), &exact(2.0))
    };
    let points: Vec<_> = [10, 20, 40, 80].iter().map(|&n| (2.0 / n as f64, error(n))).collect();
    assert_order("ETDRK4 under a force in time", &points, 4.0, 1e-13, 1e-7);
}

/// Enstrophy and palinstrophy, energy: means of ½ω², ½|∇ω|², ½|u|².
fn budget(omega: &[f64], n: usize) -> (f64, f64, f64) {
    let slope = |axis| derivative(omega, &[n, n], &[TAU; 2], axis);
    let (wy, wx) = (slope(0), slope(1));
    let grid = FourierGrid::cube(2, n, TAU).unwrap();
    // ½|u|² of a mode is ½|ω|²/|k|².
    let hat = sobolev_kernels::fft::RealFft::<f64>::cached(grid.num_points()).forward(omega);
    let half = n / 2 + 1;
    let mut energy = 0.0;
    for (flat, c) in hat.iter().enumerate().skip(1) {
        let (y, x) = (flat / half, (flat % half) as f64);
        let y = if 2 * y > n { y as f64 - n as f64 } else { y as f64 };
        let weight = if x == 0.0 || 2.0 * x == n as f64 { 0.5 } else { 1.0 };
        energy += weight * c.norm_sqr() / (x * x + y * y) / (n as f64).powi(4);
    }
    (
        0.5 * mean_of(omega, omega, |a, b| a * b),
        0.5 * mean_of(&wx, &wx, |a, b| a * b) + 0.5 * mean_of(&wy, &wy, |a, b| a * b),
        energy,
    )
}

/// Decaying turbulence loses `dE/dt = −2νZ` and `dZ/dt = −2νP`; without viscosity neither energy nor enstrophy changes.
#[test]
fn energy_and_enstrophy_budgets() {
    let n = 48;
    let grid = FourierGrid::cube(2, n, TAU).unwrap();
    let law = RandomVorticity {
        spectrum: EnergySpectrum::LogNormal { peak: 4.0, width: 0.3 },
        energy: 0.5,
        cutoff: 12,
    };
    let omega = law.on(&grid).unwrap()(3, 0);
    let viscosity = 0.01;
    let equation = NavierStokes2d { viscosity, drag: 0.0, forcing: Forcing2d::None };
    let (steps, dt) = (200, 2.5e-3);
    let stepper = Stepper::<_, f64>::new(equation, &grid, ETD.0, ETD.1, dt).unwrap();
    let mut state = stepper.init(&omega).unwrap();
    let mut history = vec![budget(&stepper.fields(&state), n)];
    for _ in 0..steps {
        stepper.step(&mut state).unwrap();
        history.push(budget(&stepper.fields(&state), n));
    }
    // Simpson's rule over the run.
    let integral = |f: &dyn Fn(&(f64, f64, f64)) -> f64| -> f64 {
        let weight = |i: usize| {
            if i == 0 || i == steps {
                1.0
            } else if i.is_multiple_of(2) {
                2.0
            } else {
                4.0
            }
        };
        history.iter().enumerate().map(|(i, b)| weight(i) * f(b)).sum::<f64>() * dt / 3.0
    };
    let (first, last) = (history[0], history[steps]);
    assert!((first.2 - 0.5).abs() < 1e-12, "{}", first.2);
    let lost = (first.0 - last.0, first.2 - last.2);
    let dissipated = (2.0 * viscosity * integral(&|b| b.1), 2.0 * viscosity * integral(&|b| b.0));
    assert!((lost.0 / dissipated.0 - 1.0).abs() < 1e-7, "{lost:?} {dissipated:?}");
    assert!((lost.1 / dissipated.1 - 1.0).abs() < 1e-7, "{lost:?} {dissipated:?}");
    assert!(lost.0 > 0.05 * first.0 && lost.1 > 0.02 * first.2);

    let ideal = NavierStokes2d { viscosity: 0.0, ..equation };
    let after = budget(&run(ideal, &grid, ETD, 2.5e-3, 200, &omega), n);
    assert!(
        (after.0 / first.0 - 1.0).abs() < 1e-6 && (after.2 / first.2 - 1.0).abs() < 1e-7,
        "{after:?} {first:?}"
    );
    assert!((after.1 / first.1 - 1.0).abs() > 0.05, "palinstrophy is not conserved: the flow is not frozen");
}

/// The flow of a start turned by 90°, or shifted by some cells, is the turned, or shifted, flow.
#[test]
fn flows_turn_and_shift_with_their_start() {
    let n = 32;
    let grid = FourierGrid::cube(2, n, TAU).unwrap();
    let law = RandomVorticity {
        spectrum: EnergySpectrum::LogNormal { peak: 4.0, width: 0.3 },
        energy: 0.5,
        cutoff: 9,
    };
    let omega = law.on(&grid).unwrap()(3, 1);
    let equation = NavierStokes2d { viscosity: 1e-3, drag: 0.0, forcing: Forcing2d::None };
    let turn =
        |w: &[f64]| -> Vec<f64> { (0..n * n).map(|flat| w[(flat % n) * n + (n - flat / n) % n]).collect() };
    let shift = |w: &[f64]| -> Vec<f64> {
        (0..n * n).map(|flat| w[(flat / n + 5) % n * n + (flat + 11) % n]).collect()
    };
    let flow = |w: &[f64]| run(equation, &grid, ETD, 0.01, 50, w);
    let after = flow(&omega);
    assert!(gap(&after, &omega) > 0.1);
    assert!(gap(&flow(&turn(&omega)), &turn(&after)) < 1e-11);
    assert!(gap(&flow(&shift(&omega)), &shift(&after)) < 1e-11);
}

const FORMS: [NavierStokesForm; 2] = [NavierStokesForm::Rotational, NavierStokesForm::Divergence];

/// Beltrami flows and the two-dimensional Taylor-Green vortex, standing in any plane, decay exactly in both forms.
#[test]
fn exact_flows_in_three_dimensions() {
    let grid = FourierGrid::cube(3, 12, TAU).unwrap();
    type Flow = fn([f64; 3]) -> [f64; 3];
    let flows: [(Flow, f64); 4] = [
        (|[x, y, z]| [z.sin() + 0.5 * y.cos(), 0.8 * x.sin() + z.cos(), 0.5 * y.sin() + 0.8 * x.cos()], 1.0),
        (|[x, y, _]| [x.sin() * y.cos(), -x.cos() * y.sin(), 0.0], 2.0),
        (|[_, y, z]| [0.0, y.sin() * z.cos(), -y.cos() * z.sin()], 2.0),
        (|[x, _, z]| [-x.cos() * z.sin(), 0.0, x.sin() * z.cos()], 2.0),
    ];
    for form in FORMS {
        for (flow, k2) in flows {
            let u: Vec<f64> = (0..3).flat_map(|c| tabulate(&grid, |x| flow(x)[c])).collect();
            let equation = NavierStokes3d { viscosity: 0.1, drag: 0.05, form, forcing: Forcing3d::None };
            let found = run(equation, &grid, ETD, 0.05, 20, &u);
            let decay = (-(0.1 * k2 + 0.05_f64)).exp();
            let exact: Vec<f64> = u.iter().map(|u| decay * u).collect();
            assert!(gap(&found, &exact) < 1e-12, "{form:?} {k2}: {:.1e}", gap(&found, &exact));
        }
    }
    // Laminar Kolmogorov flow from rest.
    let forcing = Forcing3d::Kolmogorov { amplitude: 0.4, wavenumber: 2.0 };
    let equation = NavierStokes3d { viscosity: 0.1, drag: 0.0, form: NavierStokesForm::Divergence, forcing };
    let found = run(equation, &grid, ETD, 0.05, 20, &vec![0.0; 3 * grid.points()]);
    let growth = (1.0 - (-0.4_f64).exp()) / 0.4;
    let mut exact = tabulate(&grid, |[_, y, _]| 0.4 * growth * (2.0 * y).sin());
    exact.resize(3 * grid.points(), 0.0);
    assert!(gap(&found, &exact) < 1e-13);
}

/// A turbulent start: both forms agree, the velocity stays solenoidal, and energy falls by the dissipation.
#[test]
fn turbulence_in_three_dimensions() {
    let (n, viscosity) = (16, 0.02);
    let grid = FourierGrid::cube(3, n, TAU).unwrap();
    let law = RandomVelocity {
        dim: 3,
        spectrum: EnergySpectrum::PassotPouquet { peak: 2.0 },
        energy: 0.5,
        cutoff: 4,
    };
    let u = law.on(&grid).unwrap()(8, 0);
    let (points, size, extent) = (grid.points(), [n; 3], [TAU; 3]);
    let d =
        |u: &[f64], c: usize, a: usize| derivative(&u[c * points..(c + 1) * points], &size, &extent, 2 - a);
    let energy = |u: &[f64]| 1.5 * mean_of(u, u, |a, b| a * b);
    let dissipation = |u: &[f64]| -> f64 {
        (0..9).map(|i| d(u, i / 3, i % 3)).map(|g| viscosity * mean_of(&g, &g, |a, b| a * b)).sum()
    };
    let dt = 0.01;
    let flow = |form: NavierStokesForm, steps: usize| {
        let equation = NavierStokes3d { viscosity, drag: 0.0, form, forcing: Forcing3d::None };
        run(equation, &grid, ETD, dt, steps, &u)
    };
    let [rotational, divergence] = FORMS.map(|form| flow(form, 40));
    let difference = gap(&rotational, &divergence);
    assert!(difference < 1e-11 && gap(&rotational, &u) > 0.1, "{difference:.1e}");
    let terms = [0, 1, 2].map(|c| d(&rotational, c, c));
    let defect = (0..points).fold(0.0, |m: f64, i| m.max((terms[0][i] + terms[1][i] + terms[2][i]).abs()));
    assert!(defect < 1e-12 * largest(&terms[0]) * n as f64, "{defect:.1e}");
    // dE/dt = −ε over the whole run, by Simpson's rule on frames every five steps.
    let frames: Vec<Vec<f64>> =
        (0..=8).map(|i| if i == 0 { u.clone() } else { flow(FORMS[1], 5 * i) }).collect();
    let weight = |i: usize| {
        if i == 0 || i == 8 {
            1.0
        } else if i.is_multiple_of(2) {
            2.0
        } else {
            4.0
        }
    };
    let lost: f64 =
        frames.iter().enumerate().map(|(i, u)| weight(i) * dissipation(u)).sum::<f64>() * 0.05 / 3.0;
    let ratio = (energy(&u) - energy(&frames[8])) / lost;
    assert!((ratio - 1.0).abs() < 1e-4 && lost > 0.01, "{ratio} {lost}");
}

/// The Taylor-Green vortex: its energy 1/8, dissipation 3ν/4 at the start, and the mirror symmetries that it keeps.
#[test]
fn taylor_green_in_three_dimensions() {
    let (n, viscosity) = (24, 0.05);
    let grid = FourierGrid::cube(3, n, TAU).unwrap();
    let u = TaylorGreen { velocity: 1.0 }.on(&grid).unwrap()(0, 0);
    let energy = |u: &[f64]| 1.5 * mean_of(u, u, |a, b| a * b);
    assert!((energy(&u) - 0.125).abs() < 1e-14);
    let equation =
        NavierStokes3d { viscosity, drag: 0.0, form: NavierStokesForm::Divergence, forcing: Forcing3d::None };
    let h = 1e-3;
    let slope = (energy(&run(equation, &grid, ETD, h, 1, &u)) - 0.125) / h;
    assert!((slope / (-0.75 * viscosity) - 1.0).abs() < 2e-3 * 2.0, "{slope}");
    let after = run(equation, &grid, ETD, 0.02, 50, &u);
    let at = |c: usize, z: usize, y: usize, x: usize| after[((c * n + z % n) * n + y % n) * n + x % n];
    let mut worst = 0.0_f64;
    for (z, y, x) in [(3, 5, 7), (1, 2, 11), (20, 9, 4)] {
        // u is odd in x and even in y, w is odd in z; the exchange of x and y with a shift by half a period maps u on v.
        worst = worst.max((at(0, z, y, x) + at(0, z, y, n - x)).abs());
        worst = worst.max((at(0, z, y, x) - at(0, z, n - y, x)).abs());
        worst = worst.max((at(2, z, y, x) + at(2, n - z, y, x)).abs());
        worst = worst.max((at(0, z, y, x) - at(1, z, x + n / 2, y)).abs());
    }
    assert!(worst < 1e-13, "{worst:.1e}");
    assert!(largest(&after[2 * grid.points()..]) > 0.01, "the third component grows out of the pressure");
}
