//! Integrators of M u'' + C u' + K u = f: orders, energy, damping, stability limits, bad input.

use std::sync::Arc;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::time::{
    Forcing, GeneralizedAlpha, Leapfrog, LeapfrogIntegrator, LumpedSystem, Pulse, SecondOrderIntegrator,
    SecondOrderMethod, SecondOrderSystem, Signal,
};

use crate::time_support::{distance, tridiagonal};

const N: usize = 6;

/// Diagonal mass and damping, so that leapfrog solves the same system.
fn damped() -> Arc<SecondOrderSystem> {
    let system =
        SecondOrderSystem::new(tridiagonal(N, [0.0, 1.5, 0.0]), tridiagonal(N, [-1.0, 2.5, -1.0])).unwrap();
    Arc::new(system.with_damping(tridiagonal(N, [0.0, 0.4, 0.0])).unwrap())
}

/// u, u', u''.
fn exact(t: f64) -> [Vec<f64>; 3] {
    let of = |f: &dyn Fn(f64) -> f64| (0..N).map(|i| f(0.4 * i as f64 + 1.7 * t)).collect();
    [of(&|x| x.sin()), of(&|x| 1.7 * x.cos()), of(&|x| -1.7 * 1.7 * x.sin())]
}

fn load(system: &SecondOrderSystem, t: f64, f: &mut [f64]) {
    let [u, v, a] = exact(t);
    f.fill(0.0);
    let mut product = vec![0.0; N];
    for (matrix, x) in [(Some(system.mass()), a), (system.damping(), v), (Some(system.stiffness()), u)] {
        matrix.unwrap().multiply(&x, &mut product);
        f.iter_mut().zip(&product).for_each(|(f, p)| *f += p);
    }
}

#[test]
fn orders() {
    let methods: [(&str, Box<dyn SecondOrderMethod>, f64, f64); 8] = [
        ("Newmark 1/4, 1/2", Box::new(GeneralizedAlpha::newmark(0.25, 0.5).unwrap()), 2.0, 6e-5),
        ("Newmark 1/6, 1/2", Box::new(GeneralizedAlpha::newmark(1.0 / 6.0, 0.5).unwrap()), 2.0, 6e-5),
        ("central differences", Box::new(GeneralizedAlpha::newmark(0.0, 0.5).unwrap()), 2.0, 6e-5),
        ("Newmark 0.4, 0.7", Box::new(GeneralizedAlpha::newmark(0.4, 0.7).unwrap()), 1.0, 1e-2),
        ("HHT -0.1", Box::new(GeneralizedAlpha::hht(-0.1).unwrap()), 2.0, 1e-4),
        ("generalized-alpha 0.8", Box::new(GeneralizedAlpha::from_spectral_radius(0.8).unwrap()), 2.0, 1e-4),
        ("generalized-alpha 0", Box::new(GeneralizedAlpha::from_spectral_radius(0.0).unwrap()), 2.0, 3e-4),
        ("leapfrog", Box::new(Leapfrog), 2.0, 6e-5),
    ];
    let system = damped();
    let forcing = |t: f64, f: &mut [f64]| load(&system, t, f);
    for (name, method, order, bound) in methods {
        assert_eq!(method.order() as f64, order, "{name}");
        let (mut u_points, mut v_points) = (Vec::new(), Vec::new());
        for n in [50, 100, 200, 400] {
            let dt = 3.0 / f64::from(n);
            let mut integrator = method.integrator(Arc::clone(&system), dt).unwrap();
            let [u, v, a] = exact(0.0);
            let mut motion = integrator.start(0.0, u, v, Forcing::Function(&forcing)).unwrap();
            assert!(distance(&motion.acceleration, &a) < 1e-13, "{name}");
            integrator.repeat(&mut motion, n as usize, Forcing::Function(&forcing)).unwrap();
            let [u, v, _] = exact(3.0);
            u_points.push((dt, distance(&motion.displacement, &u)));
            v_points.push((dt, distance(&motion.velocity, &v)));
        }
        assert_order(&format!("{name}, u"), &u_points, order, 1e-13, bound);
        assert_order(&format!("{name}, v"), &v_points, order, 1e-13, bound);
    }
}

/// `repeat` fuses steps; the result must be that of single steps.
#[test]
fn fused_steps_equal_single_steps() {
    let system = damped();
    let pulses = [Pulse::new(&[0.0, 0.0, 1.0, 0.5, 0.0, 0.0], Signal::ricker(0.7))];
    let dense = |t: f64, f: &mut [f64]| Forcing::Pulses(&pulses).write(t, f);
    let [u, v, _] = exact(0.0);
    let run = |fused: bool, forcing: Forcing<'_>| {
        let mut integrator = Leapfrog.integrator(Arc::clone(&system), 0.1).unwrap();
        let mut motion = integrator.start(0.0, u.clone(), v.clone(), forcing).unwrap();
        if fused {
            integrator.repeat(&mut motion, 250, forcing).unwrap();
        } else {
            (0..250).for_each(|_| integrator.step(&mut motion, forcing).unwrap());
        }
        motion
    };
    let reference = run(false, Forcing::Pulses(&pulses));
    for forcing in [Forcing::Pulses(&pulses), Forcing::Function(&dense)] {
        let motion = run(true, forcing);
        assert!(distance(&motion.displacement, &reference.displacement) < 1e-13);
        assert!(distance(&motion.velocity, &reference.velocity) < 1e-13);
        assert!(distance(&motion.acceleration, &reference.acceleration) < 1e-12);
    }
}

#[test]
fn energy_is_conserved() {
    let n = 30;
    let consistent = tridiagonal(n, [1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0]);
    let system = Arc::new(SecondOrderSystem::new(consistent, tridiagonal(n, [-1.0, 2.0, -1.0])).unwrap());
    let bump: Vec<f64> = (0..n).map(|i| (-0.1 * (i as f64 - 12.0).powi(2)).exp()).collect();
    let drift = |method: &dyn SecondOrderMethod, dt: f64| {
        let mut integrator = method.integrator(Arc::clone(&system), dt).unwrap();
        let mut motion = integrator.start(0.0, bump.clone(), vec![0.0; n], Forcing::None).unwrap();
        let before = integrator.energy(&motion);
        let mut worst = 0.0f64;
        for _ in 0..50 {
            integrator.repeat(&mut motion, 40, Forcing::None).unwrap();
            worst = worst.max((integrator.energy(&motion) / before - 1.0).abs());
        }
        worst
    };
    let newmark = drift(&GeneralizedAlpha::newmark(0.25, 0.5).unwrap(), 0.7);
    assert!(newmark < 1e-12, "Newmark: {newmark:e}");
    // Close to the limit, 1: the correction to the energy matters there.
    let leapfrog = drift(&Leapfrog, 0.9);
    assert!(leapfrog < 1e-12, "leapfrog: {leapfrog:e}");
    let damping = drift(&GeneralizedAlpha::from_spectral_radius(0.5).unwrap(), 0.7);
    assert!(damping > 0.05, "generalized-alpha 0.5 does not damp: {damping:e}");
}

/// The amplification matrix of (u, dt v, dt² a) for one oscillator with ω dt = `omega`.
fn amplification(method: &GeneralizedAlpha, omega: f64) -> [[f64; 3]; 3] {
    let system = Arc::new(
        SecondOrderSystem::new(tridiagonal(1, [0.0, 1.0, 0.0]), tridiagonal(1, [0.0, omega * omega, 0.0]))
            .unwrap(),
    );
    let mut integrator = method.integrator(system, 1.0).unwrap();
    let mut matrix = [[0.0; 3]; 3];
    for column in 0..3 {
        let mut motion = integrator.start(0.0, vec![0.0], vec![0.0], Forcing::None).unwrap();
        match column {
            0 => motion.displacement[0] = 1.0,
            1 => motion.velocity[0] = 1.0,
            _ => motion.acceleration[0] = 1.0,
        }
        integrator.step(&mut motion, Forcing::None).unwrap();
        for (row, x) in
            [motion.displacement[0], motion.velocity[0], motion.acceleration[0]].iter().enumerate()
        {
            matrix[row][column] = *x;
        }
    }
    matrix
}

/// lim ‖Aⁿ‖^{1/n} by repeated squaring; a defective eigenvalue costs a factor n², hence n = 2^20.
fn spectral_radius(mut a: [[f64; 3]; 3]) -> f64 {
    let mut log = 0.0;
    let rounds = 20;
    for k in 0..rounds {
        let scale = a.iter().flatten().fold(0.0f64, |m, x| m.max(x.abs()));
        if scale == 0.0 {
            return 0.0;
        }
        log += scale.ln() / f64::from(1 << k);
        let b = a.map(|row| row.map(|x| x / scale));
        for i in 0..3 {
            for j in 0..3 {
                a[i][j] = (0..3).map(|k| b[i][k] * b[k][j]).sum();
            }
        }
    }
    log.exp()
}

#[test]
fn numerical_damping_is_as_designed() {
    for radius in [0.3, 0.5, 0.8, 0.9, 1.0] {
        let method = GeneralizedAlpha::from_spectral_radius(radius).unwrap();
        let fast = spectral_radius(amplification(&method, 1e5));
        assert!((fast - radius).abs() < 1e-3, "{radius}: {fast}");
        // Slow oscillations are kept: the defect is of third order.
        let slow = spectral_radius(amplification(&method, 0.1));
        assert!(slow <= 1.0 + 1e-5 && 1.0 - slow < 5e-4, "{radius}: {slow}");
        // Nothing grows in between.
        for k in 0..40 {
            let omega = 10f64.powf(-1.0 + 0.1 * f64::from(k));
            let middle = spectral_radius(amplification(&method, omega));
            assert!(middle <= 1.0 + 1e-4, "{radius}, omega dt = {omega}: {middle}");
        }
    }
    // ρ∞ = 0 annihilates fast oscillations after three steps.
    let a = amplification(&GeneralizedAlpha::from_spectral_radius(0.0).unwrap(), 1e6);
    let trace = a[0][0] + a[1][1] + a[2][2];
    assert!(trace.abs() < 1e-4, "{trace}");
}

#[test]
fn unstable_steps_are_refused() {
    let n = 50;
    let system = Arc::new(
        SecondOrderSystem::new(tridiagonal(n, [0.0, 1.0, 0.0]), tridiagonal(n, [-1.0, 2.0, -1.0])).unwrap(),
    );
    let omega = 2.0 * (0.5 * std::f64::consts::PI * n as f64 / (n as f64 + 1.0)).sin();
    let zigzag: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { 1e-3 } else { -1e-3 }).collect();
    let methods: [(Box<dyn SecondOrderMethod>, f64); 3] = [
        (Box::new(Leapfrog), 2.0 / omega),
        (Box::new(GeneralizedAlpha::newmark(0.0, 0.5).unwrap()), 2.0 / omega),
        (Box::new(GeneralizedAlpha::newmark(1.0 / 6.0, 0.5).unwrap()), 12f64.sqrt() / omega),
    ];
    for (method, limit) in methods {
        let Err(Error::UnstableStep { largest, .. }) = method.integrator(Arc::clone(&system), 1.001 * limit)
        else {
            panic!("{method:?}: an unstable step passed");
        };
        assert!(largest <= limit && largest > 0.999 * limit, "{method:?}: {largest} {limit}");
        let mut integrator = method.integrator(Arc::clone(&system), largest).unwrap();
        let mut motion = integrator.start(0.0, zigzag.clone(), vec![0.0; n], Forcing::None).unwrap();
        integrator.repeat(&mut motion, 20_000, Forcing::None).unwrap();
        assert!(motion.displacement.iter().all(|u| u.abs() < 0.1), "{method:?}");
    }
}

/// Held unknowns stay, and the free ones feel them.
#[test]
fn held_unknowns_stay() {
    let stiffness = tridiagonal(5, [-1.0, 2.0, -1.0]);
    let system = LumpedSystem::new(Arc::new(stiffness), vec![1.0; 5]).unwrap();
    let system = Arc::new(system.with_held(&[0, 4]).unwrap().with_damping(&[0.8; 5]).unwrap());
    let mut integrator = LeapfrogIntegrator::new(system, 0.5).unwrap();
    let mut motion =
        integrator.start(0.0, vec![1.0, 0.0, 0.0, 0.0, 3.0], vec![0.0; 5], Forcing::None).unwrap();
    integrator.repeat(&mut motion, 2000, Forcing::None).unwrap();
    assert!(distance(&motion.displacement, &[1.0, 1.5, 2.0, 2.5, 3.0]) < 1e-12, "{:?}", motion.displacement);
}

#[test]
fn growth_and_bad_input_are_errors() {
    let system = damped();
    let late = |t: f64, f: &mut [f64]| f.fill(if t > 24.9 { f64::INFINITY } else { 0.0 });
    for method in [&Leapfrog as &dyn SecondOrderMethod, &GeneralizedAlpha::newmark(0.25, 0.5).unwrap()] {
        let mut integrator = method.integrator(Arc::clone(&system), 0.1).unwrap();
        let mut motion = integrator.start(0.0, vec![0.0; N], vec![0.0; N], Forcing::None).unwrap();
        let error = integrator.repeat(&mut motion, 1000, Forcing::Function(&late)).unwrap_err();
        // Leapfrog looks every hundred steps.
        let Error::BlowUp { step, time, .. } = error else { panic!("{error}") };
        assert!((249..=301).contains(&step) && (time - 0.1 * step as f64).abs() < 1e-9, "{step} {time}");
    }
    assert!(GeneralizedAlpha::newmark(0.25, 0.4).is_err() && GeneralizedAlpha::newmark(0.6, 0.5).is_err());
    assert!(GeneralizedAlpha::from_spectral_radius(1.1).is_err() && GeneralizedAlpha::hht(-0.5).is_err());
    assert!(GeneralizedAlpha::new(0.5, 0.4).is_err());
    let negative = LumpedSystem::new(Arc::new(tridiagonal(3, [0.0, 1.0, 0.0])), vec![1.0, 0.0, 1.0]);
    assert!(matches!(negative.err(), Some(Error::Mass { position: 1, value: 0.0 })));
    let pulse = [Pulse { dofs: vec![9], weights: vec![1.0], signal: Signal::ricker(1.0) }];
    let mut integrator = Leapfrog.integrator(system, 0.1).unwrap();
    let start = integrator.start(0.0, vec![0.0; N], vec![0.0; N], Forcing::Pulses(&pulse));
    assert!(start.unwrap_err().to_string().contains("9 of 6"));
}

#[test]
fn ricker_is_the_second_derivative_of_a_gaussian() {
    let signal = Signal::ricker(2.0);
    assert_eq!(signal.value(0.75), 1.0);
    assert!(signal.value(0.0).abs() < 1e-8);
    let p = std::f64::consts::PI * 2.0;
    let gaussian = |t: f64| (-(p * (t - 0.75)).powi(2)).exp();
    let h = 1e-4;
    for t in [0.5, 0.7, 0.8, 1.1] {
        let second = (gaussian(t + h) - 2.0 * gaussian(t) + gaussian(t - h)) / (h * h);
        assert!((signal.value(t) + second / (2.0 * p * p)).abs() < 1e-6, "{t}");
    }
    assert!(
        Signal::ricker(-1.0).check().is_err() && Signal::Gaussian { width: 0.0, delay: 0.0 }.check().is_err()
    );
}
