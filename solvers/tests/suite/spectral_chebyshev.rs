//! Chebyshev methods: spectral convergence, conditions of all kinds, orders in time, channels.

use std::f64::consts::{PI, TAU};

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::spectral::chebyshev::*;

const WALLS: [Wall; 3] = [Wall::Dirichlet, Wall::Neumann, Wall::Robin { value: 2.0, slope: 0.7 }];

fn grid(n: usize) -> ChebyshevGrid {
    ChebyshevGrid::new(n, 0.5, 2.0).unwrap()
}

fn gap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()))
}

fn values(grid: &ChebyshevGrid, f: impl Fn(f64) -> f64) -> Vec<f64> {
    grid.points().iter().map(|&x| f(x)).collect()
}

/// `value · u + slope · u'` of a condition.
fn trace(wall: Wall, u: f64, slope: f64) -> f64 {
    match wall {
        Wall::Dirichlet => u,
        Wall::Neumann => slope,
        Wall::Robin { value, slope: factor } => value * u + factor * slope,
    }
}

#[test]
fn transforms_interpolate_differentiate_and_integrate() {
    for n in [5, 6, 16, 33, 100] {
        let grid = grid(n);
        // A polynomial of degree n − 1 is represented exactly.
        let degree = (n - 1).min(12) as i32;
        let u = values(&grid, |x| (x - 1.0).powi(degree));
        let c = grid.forward(&u);
        assert!(gap(&grid.inverse(&c), &u) < 1e-14, "{n}");
        let slope = values(&grid, |x| f64::from(degree) * (x - 1.0).powi(degree - 1));
        assert!(gap(&grid.inverse(&grid.differentiate(&c)), &slope) < 1e-10, "{n}");
        assert!((grid.evaluate(&c, 1.7) - 0.7_f64.powi(degree)).abs() < 1e-14, "{n}");
        let integral = (1.0 - (-0.5_f64).powi(degree + 1)) / f64::from(degree + 1);
        assert!((grid.integral(&c) - integral).abs() < 1e-14, "{n}");
        assert_eq!((grid.points()[0], grid.points()[n - 1]), (0.5, 2.0));
        assert!(grid.points().windows(2).all(|p| p[0] < p[1]), "{n}");
    }
}

/// Errors fall geometrically: `e^{−cn}` for an analytic function, measured at four sizes.
#[test]
fn derivatives_converge_spectrally() {
    let f = |x: f64| 1.0 / (1.0 + x * x);
    let df = |x: f64| -2.0 * x / (1.0 + x * x).powi(2);
    let error = |n: usize| {
        let grid = ChebyshevGrid::new(n, -1.0, 1.0).unwrap();
        let slope = grid.inverse(&grid.differentiate(&grid.forward(&values(&grid, f))));
        gap(&slope, &values(&grid, df))
    };
    // The poles ±i lie on the ellipse with half-axes sum 1 + √2: ten points gain a factor of (1 + √2)^10 = 6726.
    let errors = [10, 20, 30].map(error);
    for pair in errors.windows(2) {
        let gain = pair[0] / pair[1];
        assert!((1500.0..9000.0).contains(&gain), "{errors:?}");
    }
    assert!(errors[0] > 1e-4 && error(48) < 1e-11, "{errors:?} {}", error(48));
}

#[test]
fn boundary_value_problems_of_all_conditions() {
    let u = |x: f64| x.exp() * (3.0 * x).cos();
    let du = |x: f64| x.exp() * ((3.0 * x).cos() - 3.0 * (3.0 * x).sin());
    let ddu = |x: f64| x.exp() * (-8.0 * (3.0 * x).cos() - 6.0 * (3.0 * x).sin());
    let operators =
        [(1.0, 0.0, 1.0), (0.0, 0.0, 2.0), (3.0, -2.0, 0.1), (-2.0, 5.0, 1.0), (400.0, 0.0, 0.01)];
    for (reaction, advection, diffusion) in operators {
        let operator = WallOperator { reaction, advection, diffusion };
        let f = |x: f64| reaction * u(x) + advection * du(x) - diffusion * ddu(x);
        for (low, high) in WALLS.iter().flat_map(|&a| WALLS.map(|b| (a, b))) {
            if reaction == 0.0 && low == Wall::Neumann && high == Wall::Neumann {
                continue;
            }
            let g = [trace(low, u(0.5), du(0.5)), trace(high, u(2.0), du(2.0))];
            let solve = |n: usize| {
                let grid = grid(n);
                let solver = WallSolver::new(&grid, operator, [low, high]).unwrap();
                let solution = solver.solve(&grid.forward(&values(&grid, f)), g);
                gap(&grid.inverse(&solution), &values(&grid, u))
            };
            let case = format!("{operator:?} {low:?} {high:?}");
            let (coarse, fine, large) = (solve(9), solve(33), solve(2049));
            assert!((1e-8..10.0).contains(&coarse), "{case}: {coarse:.1e}");
            assert!(fine < 1e-11, "{case}: {fine:.1e}");
            // A collocation matrix of this size has lost ten digits.
            assert!(large < 1e-10, "{case}: {large:.1e}");
        }
    }
}

/// A layer of width √ν at either wall.
#[test]
fn boundary_layers_are_resolved() {
    let nu: f64 = 1e-4;
    let grid = ChebyshevGrid::new(129, -1.0, 1.0).unwrap();
    let operator = WallOperator { reaction: 1.0, advection: 0.0, diffusion: nu };
    let solver = WallSolver::new(&grid, operator, [Wall::Dirichlet; 2]).unwrap();
    let mut f = vec![0.0; 129];
    f[0] = 1.0;
    let u = grid.inverse(&solver.solve(&f, [0.0, 0.0]));
    let width = nu.sqrt();
    let exact = values(&grid, |x| 1.0 - (((x - 1.0) / width).exp() + ((-x - 1.0) / width).exp()));
    let error = gap(&u, &exact);
    assert!(error < 1e-11, "{error:.1e}");
}

#[test]
fn problems_without_a_unique_solution_are_errors() {
    let operator = WallOperator { reaction: 0.0, advection: 0.0, diffusion: 1.0 };
    let neumann = WallSolver::new(&grid(16), operator, [Wall::Neumann; 2]);
    assert!(matches!(neumann, Err(Error::Factorization { .. })), "{neumann:?}");
    // −u'' = (π/1.5)² u between Dirichlet walls 1.5 apart: an eigenvalue.
    let resonant = WallOperator { reaction: -(PI / 1.5).powi(2), ..operator };
    let resonant = WallSolver::new(&grid(24), resonant, [Wall::Dirichlet; 2]);
    assert!(matches!(resonant, Err(Error::Factorization { .. })), "{resonant:?}");
    let bad = WallSolver::new(&grid(16), WallOperator::default(), [Wall::Dirichlet; 2]);
    assert!(matches!(bad, Err(Error::Config { field: "wall.operator", .. })), "{bad:?}");
    let empty = Wall::Robin { value: 0.0, slope: 0.0 };
    let bad = WallSolver::new(&grid(16), operator, [empty, Wall::Dirichlet]);
    assert!(matches!(bad, Err(Error::Config { field: "wall.condition", .. })), "{bad:?}");
    assert!(matches!(ChebyshevGrid::new(4, 0.0, 1.0), Err(Error::Config { .. })));
    assert!(matches!(ChebyshevGrid::new(9, 1.0, 1.0), Err(Error::Config { .. })));
}

/// Burgers' travelling front `u = c − a tanh(a (x − ct)/(2ν))` through walls that know it: time-dependent data of every kind.
struct Front {
    walls: [Wall; 2],
}

impl Front {
    const NU: f64 = 0.15;
    const A: f64 = 0.8;
    const C: f64 = 0.6;

    fn exact(x: f64, t: f64) -> (f64, f64) {
        let tanh = (Self::A * (x - 1.0 - Self::C * t) / (2.0 * Self::NU)).tanh();
        (Self::C - Self::A * tanh, -Self::A * Self::A / (2.0 * Self::NU) * (1.0 - tanh * tanh))
    }
}

impl LineEquation for Front {
    fn diffusivity(&self) -> f64 {
        Self::NU
    }
    fn walls(&self) -> [Wall; 2] {
        self.walls
    }
    fn wall_values(&self, t: f64) -> [f64; 2] {
        let trace = |side: usize, x: f64| {
            let (u, du) = Self::exact(x, t);
            trace(self.walls[side], u, du)
        };
        [trace(0, 0.5), trace(1, 2.0)]
    }
    fn explicit(&self, LinePoint { u, ux, .. }: LinePoint) -> f64 {
        -u * ux
    }
}

#[test]
fn multistep_methods_have_their_orders() {
    let grid = grid(49);
    let bounds = [3e-2, 2e-4, 2e-6, 1e-7];
    for walls in [[Wall::Dirichlet; 2], [Wall::Robin { value: 1.0, slope: -0.3 }, Wall::Neumann]] {
        for order in 1..=4 {
            let error = |steps: usize| {
                let system = Line::new(Front { walls }, &grid).unwrap();
                let stepper = WallStepper::new(system, order, 0.6 / steps as f64).unwrap();
                let start = values(&grid, |x| Front::exact(x, 0.0).0);
                let mut state = stepper.init(&grid.forward(&start), 0.0).unwrap();
                stepper.repeat(&mut state, steps).unwrap();
                gap(&grid.inverse(state.coefficients()), &values(&grid, |x| Front::exact(x, 0.6).0))
            };
            let steps = if order == 1 { [400, 800, 1600, 3200] } else { [160, 320, 640, 1280] };
            let points: Vec<_> = steps.iter().map(|&s| (0.6 / s as f64, error(s))).collect();
            assert_order(&format!("SBDF{order} {walls:?}"), &points, order as f64, 2e-12, bounds[order - 1]);
        }
    }
}

/// Decay rates of the heat equation between walls of every kind, and its steady state.
#[test]
fn heat_between_walls() {
    let heat = |walls, source, values| WallHeat { diffusivity: 0.3, source, walls, values };
    let run = |equation: WallHeat, start: &dyn Fn(f64) -> f64, time: f64| {
        let grid = ChebyshevGrid::new(33, 0.0, 2.0).unwrap();
        let stepper = WallStepper::new(Line::new(equation, &grid).unwrap(), 4, time / 400.0).unwrap();
        let mut state = stepper.init(&grid.forward(&values(&grid, start)), 0.0).unwrap();
        stepper.repeat(&mut state, 400).unwrap();
        assert!((stepper.time(&state) - time).abs() < 1e-12);
        (grid, state.coefficients().to_vec())
    };
    // Eigenfunctions: sin πx/2, cos πx/2; between a wall and a Robin wall u' = −u: sin qx with q cos 2q = −sin 2q.
    let q = {
        let (mut low, mut high) = (PI / 4.0, PI / 2.0);
        for _ in 0..200 {
            let q: f64 = 0.5 * (low + high);
            if q * (2.0 * q).cos() + (2.0 * q).sin() > 0.0 { low = q } else { high = q }
        }
        low
    };
    let robin = Wall::Robin { value: 1.0, slope: 1.0 };
    type Case<'a> = (WallHeat, &'a dyn Fn(f64) -> f64, f64);
    let cases: [Case<'_>; 3] = [
        (heat([Wall::Dirichlet; 2], 0.0, [0.0; 2]), &|x| (0.5 * PI * x).sin(), 0.5 * PI),
        (heat([Wall::Neumann; 2], 0.0, [0.0; 2]), &|x| (0.5 * PI * x).cos(), 0.5 * PI),
        (heat([Wall::Dirichlet, robin], 0.0, [0.0; 2]), &|x| (q * x).sin(), q),
    ];
    for (equation, start, wavenumber) in cases {
        let (grid, c) = run(equation, start, 1.0);
        let decay = (-0.3 * wavenumber * wavenumber).exp();
        let error = gap(&grid.inverse(&c), &values(&grid, |x| decay * start(x)));
        assert!(error < 1e-9, "{equation:?}: {error:.1e}");
    }
    // Without flux heat is conserved: the integral, 1 at the start, grows by source times length times time.
    let (grid, c) = run(heat([Wall::Neumann; 2], 0.25, [0.0; 2]), &|x| 0.5 + (PI * x).cos(), 1.0);
    assert!((grid.integral(&c) - 1.5).abs() < 1e-12);
    // Poiseuille's parabola as the steady state.
    let (grid, c) = run(heat([Wall::Dirichlet; 2], 0.6, [1.0, 2.0]), &|x| 1.0 + 0.5 * x, 60.0);
    let error = gap(&grid.inverse(&c), &values(&grid, |x| 1.0 + 0.5 * x + x * (2.0 - x)));
    assert!(error < 1e-12, "{error:.1e}");
}

/// The steady shock of Burgers' equation and the standing front of Allen-Cahn's; energy falls on the way.
#[test]
fn nonlinear_problems_between_walls() {
    let grid = ChebyshevGrid::new(97, -1.0, 1.0).unwrap();
    // u = −a tanh(a x/(2ν)) is steady; a start with the same ends is drawn into it.
    let (nu, a) = (0.05, 0.7);
    let exact = |x: f64| -a * (a * x / (2.0 * nu)).tanh();
    let end = exact(-1.0);
    let equation = WallBurgers { viscosity: nu, values: [end, -end] };
    let stepper = WallStepper::new(Line::new(equation, &grid).unwrap(), 3, 2e-3).unwrap();
    let start = values(&grid, |x| -end * x);
    let mut state = stepper.init(&grid.forward(&start), 0.0).unwrap();
    assert!(gap(&start, &values(&grid, exact)) > 0.2);
    stepper.repeat(&mut state, 15_000).unwrap();
    let error = gap(&grid.inverse(state.coefficients()), &values(&grid, exact));
    assert!(error < 1e-8, "{error:.1e}");

    let epsilon = 0.1;
    let front = |x: f64| (x / (2.0_f64.sqrt() * epsilon)).tanh();
    let equation = WallAllenCahn { epsilon, walls: [Wall::Dirichlet; 2], values: [front(-1.0), front(1.0)] };
    let stepper = WallStepper::new(Line::new(equation, &grid).unwrap(), 3, 1e-2).unwrap();
    let mut state = stepper.init(&grid.forward(&values(&grid, |x| front(1.0) * x)), 0.0).unwrap();
    let energy = |c: &[f64]| {
        let (u, du) = (grid.inverse(c), grid.inverse(&grid.differentiate(c)));
        let density =
            u.iter().zip(&du).map(|(u, du)| 0.5 * epsilon * epsilon * du * du + 0.25 * (1.0 - u * u).powi(2));
        grid.integral(&grid.forward(&density.collect::<Vec<_>>()))
    };
    let mut last = energy(state.coefficients());
    for _ in 0..40 {
        stepper.repeat(&mut state, 50).unwrap();
        let now = energy(state.coefficients());
        assert!(now < last + 1e-13, "{now} {last}");
        last = now;
    }
    let error = gap(&grid.inverse(state.coefficients()), &values(&grid, front));
    assert!(error < 1e-7, "{error:.1e}");
    // The energy of a front on the whole line: 2√2 ε/3.
    assert!((last - 2.0 * 2.0_f64.sqrt() * epsilon / 3.0).abs() < 1e-6, "{last}");
}

#[test]
fn poisson_in_a_channel() {
    let across = ChebyshevGrid::new(29, -1.0, 2.0).unwrap();
    let grid = ChannelGrid::new(across, 24, 3.0).unwrap();
    let k = TAU / 3.0;
    let u = |y: f64, x: f64| {
        y.exp() * (1.0 + (k * x).sin() + 0.3 * (4.0 * k * x).cos()) + y * y * (3.0 * k * x).cos()
    };
    let uy = |y: f64, x: f64| {
        y.exp() * (1.0 + (k * x).sin() + 0.3 * (4.0 * k * x).cos()) + 2.0 * y * (3.0 * k * x).cos()
    };
    let laplacian = |y: f64, x: f64| {
        y.exp() * (1.0 + (1.0 - k * k) * (k * x).sin() + 0.3 * (1.0 - 16.0 * k * k) * (4.0 * k * x).cos())
            + (2.0 - 9.0 * k * k * y * y) * (3.0 * k * x).cos()
    };
    for reaction in [0.0, 2.5] {
        for (low, high) in WALLS.iter().flat_map(|&a| WALLS.map(|b| (a, b))) {
            let walls = [low, high];
            if reaction == 0.0 && walls == [Wall::Neumann; 2] {
                let singular = ChannelSolver::new(&grid, reaction, walls);
                assert!(matches!(singular, Err(Error::Factorization { .. })));
                continue;
            }
            let solver = ChannelSolver::new(&grid, reaction, walls).unwrap();
            let data = |side: usize, y: f64| -> Vec<f64> {
                grid.along().iter().map(|&x| trace(walls[side], u(y, x), uy(y, x))).collect()
            };
            let f = grid.map(|y, x| reaction * u(y, x) - laplacian(y, x));
            let found = solver.solve(&f, [&data(0, -1.0), &data(1, 2.0)]).unwrap();
            let error = gap(&found, &grid.map(u));
            assert!(error < 1e-11, "{reaction} {walls:?}: {error:.1e}");
            assert!(solver.solve(&f[1..], [&[], &[]]).is_err());
        }
    }
}

/// Heat in a channel decays at its exact rate; a scalar in a Poiseuille flow disperses as Taylor found.
#[test]
fn a_scalar_in_a_channel() {
    let heights = [-1.0, 1.0];
    let run = |velocity: f64,
               diffusivity: f64,
               length: f64,
               walls,
               start: &dyn Fn(f64, f64) -> f64,
               times: [f64; 2],
               steps: usize| {
        let grid = ChannelGrid::new(ChebyshevGrid::new(17, -1.0, 1.0).unwrap(), 8, length).unwrap();
        let equation = ChannelAdvection { diffusivity, velocity, heights, walls, values: [0.0; 2] };
        let dt = times[1] / steps as f64;
        let stepper = WallStepper::new(Strip::new(equation, &grid).unwrap(), 3, dt).unwrap();
        let mut state = stepper.init(&grid.forward(&grid.map(start)), 0.0).unwrap();
        stepper.repeat(&mut state, (times[0] / dt).round() as usize).unwrap();
        let first = grid.inverse(state.coefficients());
        let rest = steps - state.steps();
        stepper.repeat(&mut state, rest).unwrap();
        (grid.clone(), first, grid.inverse(state.coefficients()))
    };
    // sin(π(y + 1)/2) sin kx, at rest: rate κ(π²/4 + k²).
    let start = |y: f64, x: f64| (0.5 * PI * (y + 1.0)).sin() * x.sin();
    let (grid, _, found) = run(0.0, 0.2, TAU, [Wall::Dirichlet; 2], &start, [0.0, 1.0], 400);
    let decay = (-0.2 * (0.25 * PI * PI + 1.0)).exp();
    let error = gap(&found, &grid.map(|y, x| decay * start(y, x)));
    assert!(error < 1e-8, "{error:.1e}");
    // D = κ (1 + 8/945 (U h/κ)²) and the mean velocity 2U/3, for waves much longer than U h²/κ.
    let (velocity, kappa, length) = (1.0, 0.1, 400.0);
    let wave = TAU / length;
    let (grid, first, last) =
        run(velocity, kappa, length, [Wall::Neumann; 2], &|_, x| (wave * x).cos(), [100.0, 300.0], 3000);
    let mode = |field: &[f64]| {
        let c = grid.forward(field);
        let rows = 17;
        let across = grid.across();
        (across.integral(&c[2 * rows..3 * rows]), across.integral(&c[3 * rows..4 * rows]))
    };
    let ((a, b), (c, d)) = (mode(&first), mode(&last));
    let rate = (a.hypot(b) / c.hypot(d)).ln() / 200.0;
    let phase = (b.atan2(a) - d.atan2(c)).rem_euclid(TAU);
    let dispersion = rate / (wave * wave);
    let expected = kappa * (1.0 + 8.0 / 945.0 * (velocity / kappa).powi(2));
    assert!((dispersion / expected - 1.0).abs() < 5e-3, "{dispersion} {expected}");
    let speed = phase / (wave * 200.0);
    assert!((speed - 2.0 / 3.0 * velocity).abs() < 1e-3, "{speed}");
    // Without flux through the walls the scalar is conserved.
    assert!(grid.across().integral(&grid.forward(&last)[..17]).abs() < 1e-13);
}
