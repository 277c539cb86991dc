//! Integrators of M u' + K u = f: orders, stiff decay, step control, work, bad input.

use std::sync::Arc;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::time::{
    Bdf2, FirstOrderMethod, FirstOrderSystem, Forcing, Sdirk, SdirkIntegrator, State, StepControl,
    ThetaMethod,
};

use crate::time_support::{distance, tridiagonal};

const N: usize = 6;

/// Consistent mass and a stiffness with advection: not symmetric, so LU serves.
fn system() -> Arc<FirstOrderSystem> {
    let mass = tridiagonal(N, [1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0]);
    Arc::new(FirstOrderSystem::new(mass, tridiagonal(N, [-1.3, 2.0, -0.7])).unwrap())
}

fn exact(t: f64) -> Vec<f64> {
    (0..N).map(|i| (0.4 * i as f64 + 1.7 * t).sin() * (-0.3 * t).exp()).collect()
}

fn exact_rate(t: f64) -> Vec<f64> {
    (0..N)
        .map(|i| {
            let x = 0.4 * i as f64 + 1.7 * t;
            (1.7 * x.cos() - 0.3 * x.sin()) * (-0.3 * t).exp()
        })
        .collect()
}

/// f = M u' + K u.
fn load(system: &FirstOrderSystem, t: f64, f: &mut [f64]) {
    let mut product = vec![0.0; N];
    system.mass().multiply(&exact_rate(t), f);
    system.stiffness().multiply(&exact(t), &mut product);
    f.iter_mut().zip(&product).for_each(|(f, p)| *f += p);
}

#[test]
fn orders() {
    // Method, order, bound on the error at 320 steps to t = 2.
    let methods: [(&str, Box<dyn FirstOrderMethod>, f64, f64); 8] = [
        ("forward Euler", Box::new(ThetaMethod::new(0.0).unwrap()), 1.0, 6e-3),
        ("theta 0.7", Box::new(ThetaMethod::new(0.7).unwrap()), 1.0, 3e-3),
        ("backward Euler", Box::new(ThetaMethod::BACKWARD_EULER), 1.0, 6e-3),
        ("Crank-Nicolson", Box::new(ThetaMethod::CRANK_NICOLSON), 2.0, 2e-5),
        ("BDF2", Box::new(Bdf2), 2.0, 6e-5),
        ("SDIRK2", Box::new(Sdirk::order2()), 2.0, 2e-5),
        ("SDIRK3", Box::new(Sdirk::order3()), 3.0, 5e-8),
        ("SDIRK4", Box::new(Sdirk::order4()), 4.0, 1e-9),
    ];
    let system = system();
    let forcing = |t: f64, f: &mut [f64]| load(&system, t, f);
    for (name, method, order, bound) in methods {
        assert_eq!(method.order() as f64, order, "{name}");
        let points: Vec<_> = [40, 80, 160, 320]
            .map(|n| {
                let dt = 2.0 / f64::from(n);
                let mut integrator = method.integrator(Arc::clone(&system), dt).unwrap();
                let mut state = State::new(exact(0.0));
                integrator.repeat(&mut state, n as usize, Forcing::Function(&forcing)).unwrap();
                assert!((state.time - 2.0).abs() < 1e-12);
                assert_eq!(integrator.work().steps, n as usize);
                (dt, distance(&state.values, &exact(2.0)))
            })
            .to_vec();
        assert_order(name, &points, order, 1e-13, bound);
    }
}

/// u' = −λ u with λ dt = 1e7: what is left after one step.
#[test]
fn stiff_decay() {
    let system = Arc::new(
        FirstOrderSystem::new(tridiagonal(1, [0.0, 1.0, 0.0]), tridiagonal(1, [0.0, 1e8, 0.0])).unwrap(),
    );
    let left = |method: &dyn FirstOrderMethod| {
        let mut state = State::new(vec![1.0]);
        method.integrator(Arc::clone(&system), 0.1).unwrap().step(&mut state, Forcing::None).unwrap();
        state.values[0]
    };
    for method in [Sdirk::order2(), Sdirk::order3(), Sdirk::order4()] {
        assert!(left(&method).abs() < 1e-6, "{method:?} leaves {}", left(&method));
    }
    assert!(left(&ThetaMethod::BACKWARD_EULER).abs() < 1.1e-7);
    assert!(left(&Bdf2).abs() < 1e-6);
    // Not damped, but bounded: A-stable without being L-stable.
    assert!((left(&ThetaMethod::CRANK_NICOLSON) + 1.0).abs() < 1e-6);
}

#[test]
fn factorisations_are_kept() {
    let system = system();
    let expected: [(Box<dyn FirstOrderMethod>, usize, usize); 4] = [
        (Box::new(ThetaMethod::CRANK_NICOLSON), 1, 100),
        (Box::new(Bdf2), 2, 99 + 2),
        (Box::new(Sdirk::order2()), 1, 200),
        (Box::new(Sdirk::order3()), 1, 300),
    ];
    for (method, factorizations, solves) in expected {
        let mut integrator = method.integrator(Arc::clone(&system), 0.01).unwrap();
        let mut frames = Vec::new();
        let mut state = State::new(exact(0.0));
        integrator.rollout(&mut state, 10, 10, Forcing::None, &mut |s| frames.push(s.time)).unwrap();
        assert_eq!(frames.len(), 11);
        assert!((frames[10] - 1.0).abs() < 1e-12);
        let work = integrator.work();
        assert_eq!(
            (work.steps, work.factorizations, work.solves),
            (100, factorizations, solves),
            "{method:?}"
        );
        integrator.set_dt(0.02).unwrap();
        assert!(integrator.work().factorizations <= 2 * factorizations);
    }
}

/// A state changed by hand is not a continuation: BDF2 must not use its history.
#[test]
fn bdf2_starts_anew() {
    let system = system();
    let mut integrator = Bdf2.integrator(Arc::clone(&system), 0.1).unwrap();
    let mut state = State::new(exact(0.0));
    integrator.repeat(&mut state, 3, Forcing::None).unwrap();
    state.values = exact(0.5);
    let mut fresh = state.clone();
    integrator.repeat(&mut state, 2, Forcing::None).unwrap();
    Bdf2.integrator(system, 0.1).unwrap().repeat(&mut fresh, 2, Forcing::None).unwrap();
    assert_eq!(state, fresh);
}

/// A fast transient, then a slow forced motion: u' = −λ (u − cos t) − sin t with u(0) = 2.
#[test]
fn step_control() {
    let lambda = 1e4;
    let system = Arc::new(
        FirstOrderSystem::new(tridiagonal(1, [0.0, 1.0, 0.0]), tridiagonal(1, [0.0, lambda, 0.0])).unwrap(),
    );
    let forcing = |t: f64, f: &mut [f64]| f[0] = lambda * t.cos() - t.sin();
    // (method, tolerance, accepted steps at most, error at most)
    for (method, tolerance, most, bound) in [
        (Sdirk::order2(), 1e-4, 200, 1e-4),
        (Sdirk::order3(), 1e-6, 700, 1e-6),
        (Sdirk::order4(), 1e-6, 850, 1e-6),
    ] {
        let mut integrator = SdirkIntegrator::new(method, Arc::clone(&system), 1e-6).unwrap();
        let mut state = State::new(vec![2.0]);
        let mut worst = 0.0f64;
        let report = integrator
            .integrate(
                &mut state,
                10.0,
                &StepControl::new(tolerance, tolerance),
                Forcing::Function(&forcing),
                &mut |s| worst = worst.max((s.values[0] - s.time.cos() - (-lambda * s.time).exp()).abs()),
            )
            .unwrap();
        let name = integrator.method().n_stages();
        assert_eq!(state.time, 10.0);
        assert!(worst < bound, "{name} stages: error {worst:e}, {report:?}");
        assert!(report.accepted <= most && report.accepted >= 30, "{name} stages: {report:?}");
        assert!(report.rejected * 10 <= report.accepted, "{name} stages: {report:?}");
        assert!(report.factorizations * 2 <= report.accepted, "{name} stages: {report:?}");
        assert!(report.largest > 1e3 * report.smallest, "{name} stages: {report:?}");
    }
}

#[test]
fn coefficients_are_checked() {
    for method in [Sdirk::order2(), Sdirk::order3(), Sdirk::order4()] {
        method.check().unwrap();
    }
    let bad = |a: [[f64; 2]; 2], b: [f64; 2], orders| {
        Sdirk::new("bad", vec![vec![a[0][0]], a[1].to_vec()], b.to_vec(), vec![1.0, 0.0], orders).unwrap_err()
    };
    let g = 1.0 - 0.5f64.sqrt();
    let message = bad([[g, 0.0], [1.0 - g, g]], [1.0 - g, g], (3, 1)).to_string();
    assert!(message.contains("order conditions") && message.contains("order 3"), "{message}");
    let message = bad([[g, 0.0], [1.0 - g, g]], [1.0 - g - 1e-9, g], (2, 1)).to_string();
    assert!(message.contains("order conditions"), "{message}");
    let message = bad([[g, 0.0], [1.0 - g, 0.3]], [1.0 - g, g], (2, 1)).to_string();
    assert!(message.contains("diagonal"), "{message}");
    Sdirk::new("good", vec![vec![g], vec![1.0 - g, g]], vec![1.0 - g, g], vec![1.0, 0.0], (2, 1)).unwrap();
    assert!(ThetaMethod::new(1.5).is_err() && ThetaMethod::new(f64::NAN).is_err());
}

/// The stability limit of forward Euler is found and named; at the limit the method is stable.
#[test]
fn unstable_steps_are_refused() {
    let n = 40;
    let system = Arc::new(
        FirstOrderSystem::new(tridiagonal(n, [0.0, 1.0, 0.0]), tridiagonal(n, [-1.0, 2.0, -1.0])).unwrap(),
    );
    let largest = 2.0 + 2.0 * (std::f64::consts::PI / (n as f64 + 1.0)).cos();
    let method = ThetaMethod::new(0.2).unwrap();
    let limit = 2.0 / (0.6 * largest);
    let Err(Error::UnstableStep { dt, largest }) = method.integrator(Arc::clone(&system), 1.01 * limit)
    else {
        panic!("an unstable step passed");
    };
    assert_eq!(dt, 1.01 * limit);
    assert!(largest <= limit && largest > 0.999 * limit, "{largest} {limit}");
    let mut integrator = method.integrator(Arc::clone(&system), largest).unwrap();
    let mut state = State::new((0..n).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect());
    integrator.repeat(&mut state, 5000, Forcing::None).unwrap();
    assert!(state.values.iter().all(|u| u.abs() < 1.0));
}

#[test]
fn growth_and_bad_input_are_errors() {
    let system = system();
    let mut integrator = Bdf2.integrator(Arc::clone(&system), 0.125).unwrap();
    let mut state = State::new(exact(0.0));
    let forcing = |t: f64, f: &mut [f64]| f.fill(if t > 0.8 { f64::NAN } else { 0.0 });
    let error = integrator.repeat(&mut state, 100, Forcing::Function(&forcing)).unwrap_err();
    let Error::BlowUp { step, time, .. } = error else { panic!("{error}") };
    assert_eq!((step, time), (7, 0.875));
    let mut short = State::new(vec![0.0; 3]);
    assert!(matches!(integrator.step(&mut short, Forcing::None), Err(Error::Length { expected: 6, .. })));
    assert!(integrator.set_dt(-1.0).is_err());
    let wrong = FirstOrderSystem::new(tridiagonal(3, [0.0, 1.0, 0.0]), tridiagonal(4, [0.0, 1.0, 0.0]));
    assert!(wrong.unwrap_err().to_string().contains("pattern"));
    // u' = u grows beyond bounds in finite steps.
    let unstable = Arc::new(
        FirstOrderSystem::new(tridiagonal(1, [0.0, 1.0, 0.0]), tridiagonal(1, [0.0, -1.0, 0.0])).unwrap(),
    );
    let mut grow = ThetaMethod::CRANK_NICOLSON.integrator(unstable, 1.0).unwrap();
    let error = grow.repeat(&mut State::new(vec![1.0]), 10_000, Forcing::None).unwrap_err();
    // Amplification 3 a step: 3^n > 1e150 at n = 315.
    assert!(matches!(error, Error::BlowUp { step: 315, position: 0, .. }), "{error}");
}
