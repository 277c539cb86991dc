//! Acoustic waves: orders, exact solutions, energy, absorption, sources, the fast operator, bad input.

use std::f64::consts::PI;
use std::sync::Arc;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::fem::equations::{AcousticProblem, AcousticWave};
use sobolev_solvers::fem::{Element, Field, Form, Space};
use sobolev_solvers::mesh::{CellKind, Mesh};
use sobolev_solvers::time::{
    Forcing, GeneralizedAlpha, LeapfrogIntegrator, LumpedSystem, SecondOrderIntegrator, SecondOrderMethod,
    Signal,
};

const SIDES: [&str; 4] = ["left", "right", "bottom", "top"];

fn square(kind: CellKind, element: Element, n: usize) -> Arc<Space> {
    let mesh = Mesh::rectangle(kind, [n, n], [0.0; 2], [1.0; 2]).unwrap();
    Arc::new(Space::new(Arc::new(mesh), element, 1).unwrap())
}

fn line(n: usize, lo: f64, hi: f64, element: Element) -> Arc<Space> {
    Arc::new(Space::new(Arc::new(Mesh::interval(n, lo, hi).unwrap()), element, 1).unwrap())
}

/// A standing wave between rigid walls and one between free ones; dt and h fall together.
#[test]
fn standing_waves_converge() {
    for (kind, element, sizes, order) in [
        (CellKind::Triangle, Element::P1, [8, 12, 16, 24], 2.0),
        (CellKind::Quadrilateral, Element::Q1, [8, 12, 16, 24], 2.0),
    ] {
        for free in [false, true] {
            let mode = move |x: [f64; 3]| {
                let f = |t: f64| if free { (PI * t).sin() } else { (PI * t).cos() };
                f(x[0]) * f(x[1])
            };
            let (c, time) = (1.5, 0.8);
            let omega = 2f64.sqrt() * PI * c;
            let points: Vec<_> = sizes
                .map(|n| {
                    let mut problem = AcousticProblem::new(Field::Constant(c));
                    if free {
                        problem = problem.with_free(&SIDES);
                    }
                    let wave = AcousticWave::new(square(kind, element, n), &problem).unwrap();
                    let steps = 3 * n;
                    let mut leapfrog = wave.leapfrog(time / steps as f64).unwrap();
                    let u0 = wave.space().interpolate(mode);
                    let zero = vec![0.0; u0.len()];
                    let mut motion = leapfrog.start(0.0, u0, zero, Forcing::None).unwrap();
                    leapfrog.repeat(&mut motion, steps, Forcing::None).unwrap();
                    let exact = |x: [f64; 3]| (mode(x) * (omega * time).cos(), [0.0; 3]);
                    (1.0 / n as f64, wave.space().errors(&motion.displacement, exact).l2)
                })
                .to_vec();
            assert_order(&format!("{kind:?} {element:?}, free {free}"), &points, order, 1e-12, 1e-2);
        }
    }
}

/// On a line P2 with Gauss-Lobatto lumping has order 3 in L² (dt² h-refined as h^{3/2} is kept small by dt).
#[test]
fn lumped_p2_is_of_third_order() {
    let mode = |x: [f64; 3]| (PI * x[0]).cos();
    let points: Vec<_> = [6, 9, 13, 18]
        .map(|n| {
            let wave = AcousticWave::new(
                line(n, 0.0, 1.0, Element::P2),
                &AcousticProblem::new(Field::Constant(1.0)),
            )
            .unwrap();
            let steps = 8000;
            let mut leapfrog = wave.leapfrog(0.7 / steps as f64).unwrap();
            let u0 = wave.space().interpolate(mode);
            let zero = vec![0.0; u0.len()];
            let mut motion = leapfrog.start(0.0, u0, zero, Forcing::None).unwrap();
            leapfrog.repeat(&mut motion, steps, Forcing::None).unwrap();
            let exact = |x: [f64; 3]| (mode(x) * (0.7 * PI).cos(), [0.0; 3]);
            (1.0 / n as f64, wave.space().errors(&motion.displacement, exact).l2)
        })
        .to_vec();
    assert_order("lumped P2", &points, 3.0, 1e-9, 1e-4);
}

/// The operator without a matrix gives what the sparse matrix gives, with a density by cells too.
#[test]
fn lattice_and_matrix_agree() {
    let mesh = Mesh::rectangle(CellKind::Quadrilateral, [37, 21], [0.0, -1.0], [2.0, 0.5]).unwrap();
    let space = Arc::new(Space::new(Arc::new(mesh), Element::Q1, 1).unwrap());
    let speed = |x: [f64; 3]| 1.0 + 0.3 * x[0] + if x[1] > 0.0 { 1.0 } else { 0.0 };
    let rho: Vec<f64> = (0..space.mesh().n_cells()).map(|c| 1.0 + (c % 11) as f64 / 5.0).collect();
    for density in [Field::Constant(1.3), Field::Cells(&rho)] {
        let problem = AcousticProblem::new(Field::Function(&speed))
            .with_density(density)
            .with_absorbing(&["left", "top"])
            .with_free(&["bottom"]);
        let wave = AcousticWave::new(space.clone(), &problem).unwrap();
        let mobility: Vec<f64> = match density {
            Field::Cells(rho) => rho.iter().map(|r| 1.0 / r).collect(),
            _ => vec![1.0 / 1.3; rho.len()],
        };
        let assembler = sobolev_solvers::fem::Assembler::new(space.clone()).unwrap();
        let matrix = assembler.matrix(&[Form::Diffusion(Field::Cells(&mobility))]).unwrap();
        let u: Vec<f64> = space.interpolate(|x| (5.0 * x[0]).sin() * (3.0 * x[1]).cos() + x[0] * x[1]);
        // One step of each from the same state: K, hence everything, must agree.
        let (mass, held) = (wave.system().mass().to_vec(), space.boundary_nodes("bottom").unwrap());
        let plain = LumpedSystem::new(Arc::new(matrix), mass).unwrap().with_held(&held).unwrap();
        let undamped = AcousticProblem { absorbing: Vec::new(), ..problem.clone() };
        let fast = AcousticWave::new(space.clone(), &undamped).unwrap();
        let dt = 0.9 * plain.largest_stable_step().unwrap();
        let limit = fast.largest_stable_step().unwrap();
        assert!((limit * 0.9 / dt - 1.0).abs() < 1e-3, "{limit} {dt}");
        let run = |integrator: &mut LeapfrogIntegrator| {
            let zero = vec![0.0; u.len()];
            let mut motion = integrator.start(0.0, u.clone(), zero, Forcing::None).unwrap();
            integrator.repeat(&mut motion, 200, Forcing::None).unwrap();
            motion.displacement
        };
        let one = run(&mut LeapfrogIntegrator::new(Arc::new(plain), dt).unwrap());
        let two = run(&mut fast.leapfrog(dt).unwrap());
        assert!(one.iter().zip(&two).all(|(a, b)| (a - b).abs() < 1e-10));
    }
}

/// d'Alembert with a point source: u = c/2 ∫₀^{t − |x|/c} s, through absorbing ends.
#[test]
fn point_source_on_a_line() {
    let c = 2.0;
    let signal = Signal::Gaussian { width: 0.06, delay: 0.4 };
    // ∫ s up to t, by Simpson's rule on a fine grid.
    let integral = |t: f64| -> f64 {
        let n = 2000;
        let h = t.max(0.0) / n as f64;
        (0..=n)
            .map(|k| {
                let weight = if k == 0 || k == n { 1.0 } else { 2.0 + 2.0 * (k % 2) as f64 };
                weight * signal.value(k as f64 * h) * h / 3.0
            })
            .sum()
    };
    let space = line(501, -1.0, 1.0, Element::P1);
    let problem = AcousticProblem::new(Field::Constant(c)).with_absorbing(&["left", "right"]);
    let wave = AcousticWave::new(space, &problem).unwrap();
    let at = 0.1234;
    let source = [wave.point_source([at, 0.0, 0.0], signal.clone()).unwrap()];
    assert!((source[0].weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let dt = 0.8 * wave.largest_stable_step().unwrap();
    let mut leapfrog = wave.leapfrog(dt).unwrap();
    let mut motion = wave.rest();
    // u solves u_tt / c² = u_xx + δ s: long after the pulse has passed the ends it is constant, c/2 ∫ s.
    for _ in 0..4 {
        leapfrog.repeat(&mut motion, 300, Forcing::Pulses(&source)).unwrap();
        for (x, p) in wave.space().node_points().iter().zip(&motion.displacement) {
            let exact = 0.5 * c * integral(motion.time - (x[0] - at).abs() / c);
            assert!((p - exact).abs() < 2e-3, "t = {}, x = {}: {p} {exact}", motion.time, x[0]);
        }
    }
    assert!(motion.time > 1.8);
}

/// A pulse meets a jump of c and ρ: reflected and transmitted amplitudes (Z₂ − Z₁)/(Z₂ + Z₁), 2 Z₂/(Z₂ + Z₁), Z = ρ c.
#[test]
fn reflection_at_an_interface() {
    let (c1, c2, rho1, rho2) = (1.0, 2.0, 1.0, 3.0);
    let space = line(3000, -1.5, 1.5, Element::P1);
    let pick = |cell: usize, a: f64, b: f64| if cell < 1500 { a } else { b };
    let c: Vec<f64> = (0..3000).map(|k| pick(k, c1, c2)).collect();
    let rho: Vec<f64> = (0..3000).map(|k| pick(k, rho1, rho2)).collect();
    let problem = AcousticProblem::new(Field::Cells(&c)).with_density(Field::Cells(&rho));
    let wave = AcousticWave::new(space, &problem).unwrap();
    let bump = |s: f64| (-0.5 * (s / 0.04).powi(2)).exp();
    let mut leapfrog = wave.leapfrog(0.9 * wave.largest_stable_step().unwrap()).unwrap();
    // Moving right from x = −0.6: p = g(x − c t).
    let p0 = wave.space().interpolate(|x| bump(x[0] + 0.6));
    let v0 = wave.space().interpolate(|x| c1 * (x[0] + 0.6) / 0.0016 * bump(x[0] + 0.6));
    let mut motion = leapfrog.start(0.0, p0, v0, Forcing::None).unwrap();
    let steps = (1.0 / leapfrog.dt()) as usize;
    leapfrog.repeat(&mut motion, steps, Forcing::None).unwrap();
    let extreme = |side: f64| {
        let points = wave.space().node_points().iter().zip(&motion.displacement);
        points
            .filter(|(x, _)| x[0] * side > 0.05)
            .map(|(_, p)| *p)
            .fold(0.0, |m: f64, p| if p.abs() > m.abs() { p } else { m })
    };
    let (z1, z2) = (rho1 * c1, rho2 * c2);
    assert!((extreme(-1.0) - (z2 - z1) / (z2 + z1)).abs() < 5e-3, "{}", extreme(-1.0));
    assert!((extreme(1.0) - 2.0 * z2 / (z2 + z1)).abs() < 1e-2, "{}", extreme(1.0));
}

/// Energy is conserved between walls, and leaves through absorbing ones: of waves head-on nearly all.
#[test]
fn energy_and_absorption() {
    let speed = |x: [f64; 3]| if x[0] > 0.5 { 2.0 } else { 1.0 };
    let bump = |x: [f64; 3]| (-200.0 * ((x[0] - 0.4).powi(2) + (x[1] - 0.5).powi(2))).exp();
    let run = |problem: &AcousticProblem<'_>| {
        let wave = AcousticWave::new(square(CellKind::Quadrilateral, Element::Q1, 60), problem).unwrap();
        let mut leapfrog = wave.leapfrog(0.95 * wave.largest_stable_step().unwrap()).unwrap();
        let u0 = wave.space().interpolate(bump);
        let zero = vec![0.0; u0.len()];
        let mut motion = leapfrog.start(0.0, u0, zero, Forcing::None).unwrap();
        let before = leapfrog.energy(&motion);
        let steps = (3.0 / leapfrog.dt()) as usize;
        leapfrog.repeat(&mut motion, steps, Forcing::None).unwrap();
        leapfrog.energy(&motion) / before
    };
    let closed = AcousticProblem::new(Field::Function(&speed));
    assert!((run(&closed) - 1.0).abs() < 1e-11);
    let open = closed.clone().with_absorbing(&SIDES);
    let left = run(&open);
    assert!(left < 3e-3, "{left}");
}

/// Newmark with the consistent mass and leapfrog with the lumped one agree up to their errors.
#[test]
fn newmark_agrees_with_leapfrog() {
    let space = square(CellKind::Triangle, Element::P1, 48);
    let speed = |x: [f64; 3]| 1.0 + 0.5 * x[1];
    let problem = AcousticProblem::new(Field::Function(&speed)).with_absorbing(&["top"]).with_free(&["left"]);
    let wave = AcousticWave::new(space, &problem).unwrap();
    let source = wave.gaussian_source([0.5, 0.4, 0.0], 0.08, Signal::ricker(1.5)).unwrap();
    let dt = 0.005;
    let frames = wave.trajectory(dt, 50, 4, std::slice::from_ref(&source)).unwrap();
    let n = wave.space().n_dofs();
    assert_eq!(frames.len(), 5 * n);
    let (system, condensed) = wave.consistent(&problem).unwrap();
    let forcing = |t: f64, f: &mut [f64]| {
        let mut full = vec![0.0; n];
        Forcing::Pulses(std::slice::from_ref(&source)).write(t, &mut full);
        f.copy_from_slice(&condensed.restrict(&full));
    };
    let mut newmark = GeneralizedAlpha::newmark(0.25, 0.5).unwrap().integrator(system, dt).unwrap();
    let zero = vec![0.0; condensed.free().len()];
    let mut motion = newmark.start(0.0, zero.clone(), zero, Forcing::Function(&forcing)).unwrap();
    newmark.repeat(&mut motion, 200, Forcing::Function(&forcing)).unwrap();
    let last = condensed.restrict(&frames[4 * n..]);
    let size = last.iter().fold(0.0f64, |m, p| m.max(p.abs()));
    let gap = last.iter().zip(&motion.displacement).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(gap < 0.05 * size && size > 1e-3, "{gap} of {size}");
}

#[test]
fn sources_and_bad_input() {
    let space = square(CellKind::Quadrilateral, Element::Q1, 40);
    let wave = AcousticWave::new(space.clone(), &AcousticProblem::new(Field::Constant(1.0))).unwrap();
    let gaussian = wave.gaussian_source([0.5, 0.5, 0.0], 0.04, Signal::ricker(3.0)).unwrap();
    assert!((gaussian.weights.iter().sum::<f64>() - 1.0).abs() < 1e-5);
    assert!(gaussian.dofs.len() < 600);
    let limit = wave.largest_stable_step().unwrap();
    // On squares the sharp limit is h / c.
    assert!(limit <= 0.025 && limit > 0.9995 * 0.025, "{limit}");
    assert!(matches!(wave.leapfrog(0.0251), Err(Error::UnstableStep { largest, .. }) if largest == limit));
    assert!(wave.point_source([1.5, 0.5, 0.0], Signal::ricker(1.0)).is_err());
    assert!(wave.gaussian_source([0.5; 3], -1.0, Signal::ricker(1.0)).is_err());
    let mut speed = vec![1.0; space.n_nodes()];
    speed[7] = 0.0;
    let result = AcousticWave::new(space.clone(), &AcousticProblem::new(Field::Nodes(&speed)));
    assert!(result.err().unwrap().to_string().contains("speed"));
    let result =
        AcousticWave::new(space, &AcousticProblem::new(Field::Constant(1.0)).with_absorbing(&["lid"]));
    assert!(matches!(result.err(), Some(Error::UnknownName { .. })));
    let p2 = square(CellKind::Triangle, Element::P2, 4);
    assert!(matches!(
        AcousticWave::new(p2, &AcousticProblem::new(Field::Constant(1.0))).err(),
        Some(Error::Config { .. })
    ));
}
