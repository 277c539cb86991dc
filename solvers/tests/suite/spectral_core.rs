//! The Fourier solver: orders of all integrators, exactness, dealiasing, batches, failures.

use std::f64::consts::{PI, TAU};

use sobolev_kernels::testing::assert_order;
use sobolev_kernels::{Complex, Scalar};
use sobolev_solvers::Error;
use sobolev_solvers::spectral::{
    Counts, Dealias, Equation, FieldKind, FourierGrid, Integrator, PerSample, Points, Stepper, Tolerance,
    Wave,
};

/// u_t = ν u_xx - (u²/2)_x + cos(t) a(x): stiff, nonlinear and driven.
#[derive(Clone, Copy)]
struct DrivenBurgers {
    viscosity: f64,
}

impl Equation for DrivenBurgers {
    fn name(&self) -> &'static str {
        "driven Burgers"
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.viscosity * k.laplacian()).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 2, coefficients: 1 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, product: usize, k: &Wave) -> Complex<f64> {
        if product == 0 { -0.5 * k.dx() } else { 1.0.into() }
    }
    fn coefficient(&self, _: usize, x: [f64; 3]) -> f64 {
        0.5 * (2.0 * x[0]).sin()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        let drive = T::of(points.time().cos());
        points.map_with(|[u], [a]| [u * u, drive * a]);
    }
}

/// The linear equation u_t = (μ Δ - c ∂x + δ ∂x³) u.
struct Transport;

impl Equation for Transport {
    fn name(&self) -> &'static str {
        "transport"
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        0.05 * k.laplacian() - 1.3 * k.dx() + 0.2 * k.dx().powi(3)
    }
}

/// u_t = u², nothing linear: what one Euler step adds is the product itself.
struct Square;

impl Equation for Square {
    fn name(&self) -> &'static str {
        "square"
    }
    fn linear(&self, _: usize, _: &Wave) -> Complex<f64> {
        0.0.into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 0 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u]| [u * u]);
    }
}

/// i ψ_t = -ψ_xx - |ψ|² ψ.
struct Schroedinger {
    with_flow: bool,
}

impl Equation for Schroedinger {
    fn name(&self) -> &'static str {
        "nonlinear Schroedinger"
    }
    fn kind(&self) -> FieldKind {
        FieldKind::Complex
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        Complex::new(0.0, k.laplacian())
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 0 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        Complex::new(0.0, 1.0)
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map_complex(|[psi]| [psi * psi.norm_sqr()]);
    }
    fn has_flow(&self) -> bool {
        self.with_flow
    }
    fn flow<T: Scalar>(&self, h: f64, points: &mut Points<'_, T>) {
        let h = T::of(h);
        points.map_complex(|[psi]| [psi * Complex::from_polar(T::one(), h * psi.norm_sqr())]);
    }
}

fn stepper<E: Equation>(
    equation: E,
    n: &[usize],
    dealias: Dealias,
    integrator: Integrator,
    dt: f64,
) -> Stepper<E, f64> {
    let grid = FourierGrid::new(n, &vec![TAU; n.len()]).unwrap();
    Stepper::new(equation, &grid, dealias, integrator, dt).unwrap()
}

fn run<E: Equation>(stepper: &Stepper<E, f64>, u0: &[f64], steps: usize) -> Vec<f64> {
    let mut state = stepper.init(u0).unwrap();
    stepper.repeat(&mut state, steps).unwrap();
    stepper.fields(&state)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn smooth(n: usize) -> Vec<f64> {
    (0..n).map(|i| TAU * i as f64 / n as f64).map(|x| x.sin() + 0.4 * (2.0 * x + 0.3).cos()).collect()
}

#[test]
fn every_integrator_has_its_order() {
    let (n, equation, end) = (48, DrivenBurgers { viscosity: 0.1 }, 1.0);
    let u0 = smooth(n);
    let fine = |integrator, steps: usize| {
        run(&stepper(equation, &[n], Dealias::TWO_THIRDS, integrator, end / steps as f64), &u0, steps)
    };
    let reference = fine(Integrator::EtdRk4, 4096);
    assert!(
        distance(&reference, &fine(Integrator::Ark4, 4096)) < 1e-11,
        "two methods converge to the same solution"
    );
    // Name, coarsest number of steps, bound on the error of the finest.
    let methods = [
        (Integrator::Etd1, 128, 2e-3),
        (Integrator::Etd2Rk, 32, 1e-5),
        (Integrator::Etd3Rk, 16, 1e-6),
        (Integrator::EtdRk4, 16, 1e-8),
        (Integrator::Krogstad4, 16, 1e-8),
        (Integrator::IfRk4, 32, 1e-8),
        (Integrator::Sbdf1, 128, 2e-3),
        (Integrator::Sbdf2, 64, 1e-4),
        (Integrator::Sbdf3, 64, 1e-6),
        (Integrator::Sbdf4, 64, 1e-7),
        (Integrator::Ark3, 32, 1e-6),
        (Integrator::Ark4, 16, 1e-7),
        (Integrator::Rk4, 32, 1e-8),
        (Integrator::Strang, 32, 1e-4),
        (Integrator::Yoshida4, 128, 1e-9),
    ];
    for (integrator, coarsest, bound) in methods {
        let points: Vec<(f64, f64)> = (0..5)
            .map(|i| coarsest << i)
            .map(|steps| (end / f64::from(steps), distance(&fine(integrator, steps as usize), &reference)))
            .collect();
        println!("{integrator:?} {points:?}");
        assert_order(&format!("{integrator:?}"), &points, f64::from(integrator.order()), 2e-12, bound);
    }
}

#[test]
fn adaptive_integrators_follow_their_tolerance() {
    let (n, equation, end) = (48, DrivenBurgers { viscosity: 0.1 }, 1.0);
    let u0 = smooth(n);
    let reference =
        run(&stepper(equation, &[n], Dealias::TWO_THIRDS, Integrator::EtdRk4, end / 4096.0), &u0, 4096);
    let mut work = Vec::new();
    for rtol in [1e-4, 1e-6, 1e-8] {
        let tolerance = Tolerance::new(rtol, 1e-12);
        for integrator in [Integrator::DormandPrince(tolerance), Integrator::Etd34(tolerance)] {
            let stepper = stepper(equation, &[n], Dealias::TWO_THIRDS, integrator, end / 2.0);
            let mut state = stepper.init(&u0).unwrap();
            stepper.repeat(&mut state, 2).unwrap();
            let error = distance(&stepper.fields(&state), &reference);
            assert!(error < 30.0 * rtol, "{integrator:?}: {error:.1e}");
            work.push((state.work().accepted, state.work().rejected, state.work().evaluations));
        }
    }
    // Accepted and rejected sub-steps, evaluations: more for a tighter tolerance, and no more than when this was written.
    println!("{work:?}");
    assert!(work[0].0 < work[2].0 && work[2].0 < work[4].0, "{work:?}");
    assert!(work[1].0 < work[3].0 && work[3].0 < work[5].0, "{work:?}");
    assert_eq!(work, WORK, "the work done has changed");
}

const WORK: [(usize, usize, usize); 6] =
    [(9, 1, 62), (16, 1, 70), (17, 1, 110), (32, 1, 134), (43, 1, 266), (128, 1, 518)];

#[test]
fn linear_equations_are_solved_exactly() {
    let (steps, dt) = (7, 0.3);
    for n in [vec![32], vec![33], vec![12, 16], vec![6, 9, 8]] {
        let grid = FourierGrid::new(&n, &vec![TAU; n.len()]).unwrap();
        let field = |t: f64| -> Vec<f64> {
            (0..grid.points())
                .map(|i| grid.position(i))
                .map(|[x, y, z]| {
                    // A wave with k = (2, 1, 1): decays with 0.05 k², drifts with 1.3 k_x + 0.2 k_x³.
                    let (ky, kz) = (f64::from(u8::from(n.len() > 1)), f64::from(u8::from(n.len() > 2)));
                    let decay = (-0.05 * (4.0 + ky + kz) * t).exp();
                    0.7 + decay * (2.0 * x + ky * y + kz * z - (1.3 * 2.0 + 0.2 * 8.0) * t).cos()
                })
                .collect()
        };
        for integrator in [
            Integrator::Etd1,
            Integrator::Etd3Rk,
            Integrator::EtdRk4,
            Integrator::Krogstad4,
            Integrator::IfRk4,
            Integrator::Strang,
        ] {
            let got = run(&stepper(Transport, &n, Dealias::None, integrator, dt), &field(0.0), steps);
            let error = distance(&got, &field(dt * steps as f64));
            assert!(error < 1e-13, "{integrator:?} on {n:?}: {error:.1e}");
        }
    }
}

/// A random field with modes up to K along each axis, and those modes of its square, summed by hand.
fn product_by_hand(n: &[usize], cut: i64) -> (Vec<f64>, Vec<f64>) {
    let grid = FourierGrid::new(n, &vec![TAU; n.len()]).unwrap();
    let range = |a: usize| if a < n.len() { -cut..=cut } else { 0..=0 };
    let waves: Vec<[i64; 3]> =
        range(0).flat_map(|x| range(1).flat_map(move |y| range(2).map(move |z| [x, y, z]))).collect();
    let amplitude = |k: [i64; 3]| {
        let sign = if k >= [0; 3] { 1.0 } else { -1.0 };
        let phase = (k[0] * 17 + k[1] * 29 + k[2] * 37) as f64;
        let size = 0.3 / (1.0 + k.iter().map(|k| k.abs()).sum::<i64>() as f64);
        if k == [0; 3] {
            size.into()
        } else {
            Complex::from_polar(size, sign * (phase * phase).sin().abs() * 6.0)
        }
    };
    let mut square = std::collections::HashMap::new();
    for p in &waves {
        for q in &waves {
            let k = [p[0] + q[0], p[1] + q[1], p[2] + q[2]];
            if k.iter().all(|k| k.abs() <= cut) {
                *square.entry(k).or_insert(Complex::new(0.0, 0.0)) += amplitude(*p) * amplitude(*q);
            }
        }
    }
    let field = |spectrum: &dyn Fn([i64; 3]) -> Complex<f64>| -> Vec<f64> {
        (0..grid.points())
            .map(|i| grid.position(i))
            .map(|x| {
                let wave = |k: &[i64; 3]| (0..3).map(|a| k[a] as f64 * x[a]).sum::<f64>();
                waves.iter().map(|k| (spectrum(*k) * Complex::from_polar(1.0, wave(k))).re).sum()
            })
            .collect()
    };
    (field(&amplitude), field(&|k| square[&k]))
}

#[test]
fn dealiased_products_are_exact() {
    for (n, dealias, cut, exact) in [
        (vec![32], Dealias::TWO_THIRDS, 10, true),
        (vec![33], Dealias::TWO_THIRDS, 10, true),
        (vec![32], Dealias::THREE_HALVES, 15, true),
        (vec![31], Dealias::THREE_HALVES, 15, true),
        (vec![32], Dealias::None, 15, false),
        (vec![16, 18], Dealias::TWO_THIRDS, 5, true),
        (vec![12, 11], Dealias::THREE_HALVES, 5, true),
        (vec![8, 9, 7], Dealias::TWO_THIRDS, 2, true),
        (vec![6, 5, 6], Dealias::THREE_HALVES, 2, true),
    ] {
        let (u, square) = product_by_hand(&n, cut);
        let got = run(&stepper(Square, &n, dealias, Integrator::Etd1, 1.0), &u, 1);
        let product: Vec<f64> = got.iter().zip(&u).map(|(g, u)| g - u).collect();
        let error = distance(&product, &square);
        assert_eq!(error < 1e-13, exact, "{n:?} {dealias:?}: {error:.1e}");
    }
}

#[test]
fn plane_waves_of_schroedinger_turn_at_their_frequency() {
    // ψ = A exp(i (k x - (k² - A²) t)).
    let (n, a, k, end) = (32, 0.8, 3.0, 1.0);
    let wave = |t: f64| -> Vec<f64> {
        (0..n)
            .flat_map(|i| {
                let phase = k * TAU * f64::from(i) / f64::from(n) - (k * k - a * a) * t;
                [a * phase.cos(), a * phase.sin()]
            })
            .collect()
    };
    for integrator in [Integrator::Strang, Integrator::Yoshida4] {
        let stepper =
            stepper(Schroedinger { with_flow: true }, &[n as usize], Dealias::None, integrator, end / 20.0);
        let error = distance(&run(&stepper, &wave(0.0), 20), &wave(end));
        assert!(error < 1e-13, "{integrator:?} has the exact flows of both parts: {error:.1e}");
    }
    let points: Vec<(f64, f64)> = (0..4)
        .map(|i| 40 << i)
        .map(|steps| {
            let h = end / f64::from(steps);
            let stepper = stepper(
                Schroedinger { with_flow: false },
                &[n as usize],
                Dealias::TWO_THIRDS,
                Integrator::EtdRk4,
                h,
            );
            (h, distance(&run(&stepper, &wave(0.0), steps as usize), &wave(end)))
        })
        .collect();
    assert_order("EtdRk4 with complex symbols", &points, 4.0, 1e-13, 1e-7);
}

#[test]
fn neither_threads_nor_batches_change_a_bit() {
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    for (n, batch, steps) in
        [(vec![40], 21, 9), (vec![24, 20], 3, 5), (vec![8, 12, 10], 3, 3), (vec![256, 192], 1, 2)]
    {
        let points: usize = n.iter().product();
        let fields: Vec<f64> = (0..batch * points).map(|i| (i as f64 * 0.37).sin()).collect();
        let stepper =
            stepper(DrivenBurgers { viscosity: 0.1 }, &n, Dealias::THREE_HALVES, Integrator::EtdRk4, 1e-3);
        let one = pool(1).install(|| run(&stepper, &fields, steps));
        let three = pool(3).install(|| run(&stepper, &fields, steps));
        assert!(one == three && one.iter().all(|u| u.is_finite()), "{n:?}: threads");
        let alone: Vec<f64> = fields.chunks_exact(points).flat_map(|f| run(&stepper, f, steps)).collect();
        assert!(one == alone, "{n:?}: samples one by one");
        let cut = batch / 2 * points;
        let halves = [
            run(&stepper, &fields[..cut.max(points)], steps),
            run(&stepper, &fields[cut.max(points).min(fields.len() - points)..], steps),
        ];
        if batch > 1 {
            assert!(one == halves.concat(), "{n:?}: two batches");
        }
    }
}

#[test]
fn single_precision_agrees_with_double() {
    let n = [48, 40];
    let grid = FourierGrid::new(&n, &[TAU, TAU]).unwrap();
    let u0: Vec<f64> =
        (0..grid.points()).map(|i| grid.position(i)).map(|[x, y, _]| x.sin() * (2.0 * y).cos()).collect();
    let single: Vec<f32> = u0.iter().map(|u| *u as f32).collect();
    let equation = DrivenBurgers { viscosity: 0.1 };
    let double = run(&stepper(equation, &n, Dealias::TWO_THIRDS, Integrator::EtdRk4, 0.01), &u0, 50);
    let stepper =
        Stepper::<_, f32>::new(equation, &grid, Dealias::TWO_THIRDS, Integrator::EtdRk4, 0.01).unwrap();
    let mut state = stepper.init(&single).unwrap();
    stepper.repeat(&mut state, 50).unwrap();
    let got: Vec<f64> = stepper.fields(&state).iter().map(|u| f64::from(*u)).collect();
    assert!(distance(&got, &double) < 3e-6, "{:.1e}", distance(&got, &double));
}

#[test]
fn a_sample_that_blows_up_is_named_and_the_others_go_on() {
    for n in [vec![16], vec![8, 8]] {
        let points: usize = n.iter().product();
        // u_t = u² blows up at t = 1/u0: within the run for the second sample only.
        let fields: Vec<f64> = [0.1, 20.0, 0.2].iter().flat_map(|u| vec![*u; points]).collect();
        let stepper = stepper(Square, &n, Dealias::TWO_THIRDS, Integrator::EtdRk4, 0.01);
        let mut state = stepper.init(&fields).unwrap();
        stepper.repeat(&mut state, 100).unwrap();
        let blown = state.blow_ups();
        assert_eq!(blown.len(), 1);
        assert_eq!(blown[0].sample, 1);
        assert!((5..20).contains(&blown[0].step), "{blown:?}");
        let u = stepper.fields(&state);
        for (s, u0) in [(0, 0.1), (2, 0.2)] {
            let error = (u[s * points] - u0 / (1.0 - u0)).abs();
            assert!(error < 1e-9, "sample {s}: {error:.1e}");
        }
        assert!(u[points..2 * points].iter().all(|u| u.is_nan()));
    }
}

#[test]
fn samples_bring_their_own_forcing_and_coefficients() {
    for n in [vec![16], vec![12, 10]] {
        let points: usize = n.iter().product();
        let u0 = vec![0.0; 2 * points];
        // Without products' effect: u = t f after a step of a linear-free equation from rest, to first order in t.
        let forcing: Vec<f64> = [0.5, -2.0].iter().flat_map(|f| vec![*f; points]).collect();
        let square = stepper(Square, &n, Dealias::TWO_THIRDS, Integrator::Etd1, 1e-3);
        let mut state =
            square.init_with(&u0, &PerSample { forcing: Some(&forcing), coefficients: None }).unwrap();
        square.step(&mut state).unwrap();
        let u = square.fields(&state);
        assert!((u[0] - 5e-4).abs() < 1e-15 && (u[points] + 2e-3).abs() < 1e-15);

        // The driven equation with its own coefficient given once more, sample by sample, is the same; with padding too.
        for dealias in [Dealias::TWO_THIRDS, Dealias::THREE_HALVES] {
            let grid = FourierGrid::new(&n, &vec![TAU; n.len()]).unwrap();
            let burgers = DrivenBurgers { viscosity: 0.1 };
            let stepper = stepper(burgers, &n, dealias, Integrator::EtdRk4, 0.01);
            let a: Vec<f64> =
                (0..2 * points).map(|i| burgers.coefficient(0, grid.position(i % points))).collect();
            let own = PerSample { forcing: None, coefficients: Some(&a) };
            let (mut given, mut default) =
                (stepper.init_with(&u0, &own).unwrap(), stepper.init(&u0).unwrap());
            stepper.repeat(&mut given, 10).unwrap();
            stepper.repeat(&mut default, 10).unwrap();
            let error = distance(&stepper.fields(&given), &stepper.fields(&default));
            assert!(error < 1e-14, "{n:?} {dealias:?}: {error:.1e}");
        }
    }
}

#[test]
fn bad_input_is_refused() {
    let grid = FourierGrid::new(&[32], &[TAU]).unwrap();
    let make = |integrator, dt| {
        Stepper::<_, f64>::new(DrivenBurgers { viscosity: 0.1 }, &grid, Dealias::TWO_THIRDS, integrator, dt)
    };
    // RK4 is stable for h ν K² < 2.785, K = 10.
    let Err(Error::UnstableStep { largest, .. }) = make(Integrator::Rk4, 1.0) else {
        panic!("a step too long")
    };
    assert!((largest - 0.278_529).abs() < 1e-4, "{largest}");
    assert!(make(Integrator::Rk4, 0.27).is_ok());
    assert!(make(Integrator::Sbdf4, 1.0).is_ok() && make(Integrator::Ark4, 100.0).is_ok());
    assert!(matches!(make(Integrator::EtdRk4, 0.0), Err(Error::Config { field: "dt", .. })));
    assert!(make(Integrator::EtdRk4, f64::NAN).is_err());
    assert!(make(Integrator::Etd34(Tolerance::new(0.0, 0.0)), 0.1).is_err());
    assert!(FourierGrid::new(&[2], &[1.0]).is_err() && FourierGrid::new(&[8], &[-1.0]).is_err());
    assert!(FourierGrid::new(&[8, 8], &[1.0]).is_err() && FourierGrid::new(&[], &[]).is_err());
    let stepper = make(Integrator::EtdRk4, 0.1).unwrap();
    assert!(matches!(stepper.init(&[0.0; 33]), Err(Error::Length { name: "fields", .. })));
    assert!(stepper.init(&[]).is_err());
    let mut u = vec![PI; 32];
    u[7] = f64::NAN;
    assert!(matches!(stepper.init(&u), Err(Error::NotFinite { position: 7, .. })));
    let other = make(Integrator::EtdRk4, 0.2).unwrap();
    let mut state = other.init(&[0.0; 32]).unwrap();
    assert!(matches!(stepper.step(&mut state), Err(Error::Config { field: "state", .. })));
}
