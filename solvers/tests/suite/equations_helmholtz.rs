//! Helmholtz: orders, points per wavelength, impedance, perfectly matched layers, many sources.

use std::f64::consts::PI;
use std::sync::Arc;

use sobolev_kernels::Complex;
use sobolev_kernels::testing::assert_order;
use sobolev_solvers::fem::equations::{Helmholtz, HelmholtzCondition, HelmholtzProblem, Pml};
use sobolev_solvers::fem::{Element, Field, Space};
use sobolev_solvers::linear::{Identity, KrylovOptions, gmres};
use sobolev_solvers::mesh::{CellKind, Mesh};

type C64 = Complex<f64>;

const SIDES: [&str; 4] = ["left", "right", "bottom", "top"];

fn square(kind: CellKind, element: Element, n: usize, lo: f64, hi: f64) -> Arc<Space> {
    let mesh = Mesh::rectangle(kind, [n, n], [lo; 2], [hi; 2]).unwrap();
    Arc::new(Space::new(Arc::new(mesh), element, 1).unwrap())
}

fn relative(space: &Space, u: &[C64], exact: &(dyn Fn([f64; 3]) -> C64 + Sync)) -> f64 {
    let zero = C64::new(0.0, 0.0);
    space.errors(u, |x| (exact(x), [zero; 3])).l2 / space.norms(&space.interpolate(exact)).l2
}

/// A plane wave through a medium whose speed varies, closed by impedance conditions with data:
/// u = e^{iκ·x}, c = 1 + x/2, f = (|κ|² − (ω/c)²) u.
#[test]
fn orders_in_a_heterogeneous_medium() {
    let (omega, kappa) = (9.0, [5.0, 6.0]);
    let c = |x: [f64; 3]| 1.0 + 0.5 * x[0];
    let exact = |x: [f64; 3]| C64::from_polar(1.0, kappa[0] * x[0] + kappa[1] * x[1]);
    let f = |x: [f64; 3]| exact(x) * (61.0 - (omega / c(x)).powi(2));
    let outflow =
        |x: [f64; 3], n: [f64; 2]| exact(x) * C64::new(0.0, kappa[0] * n[0] + kappa[1] * n[1] - omega / c(x));
    let right = |x: [f64; 3]| outflow(x, [1.0, 0.0]);
    let top = |x: [f64; 3]| outflow(x, [0.0, 1.0]);
    let bottom = |x: [f64; 3]| exact(x) * C64::new(0.0, -kappa[1]);
    let problem = HelmholtzProblem::new(omega, Field::Function(&c), Field::Function(&f))
        .with("left", HelmholtzCondition::Dirichlet(Field::Function(&exact)))
        .with("right", HelmholtzCondition::Impedance(Field::Function(&right)))
        .with("top", HelmholtzCondition::Impedance(Field::Function(&top)))
        .with("bottom", HelmholtzCondition::Neumann(Field::Function(&bottom)));
    for (kind, element, sizes, bound) in [
        (CellKind::Triangle, Element::P1, [24, 32, 40, 48], 2e-2),
        (CellKind::Triangle, Element::P2, [18, 24, 30, 38], 1e-3),
        (CellKind::Quadrilateral, Element::Q1, [32, 40, 48, 64], 2e-2),
        (CellKind::Quadrilateral, Element::Q2, [18, 24, 30, 38], 1e-3),
    ] {
        let points: Vec<_> = sizes
            .map(|n| {
                let mut helmholtz = Helmholtz::new(square(kind, element, n, 0.0, 1.0)).unwrap();
                let u = helmholtz.solve(&problem).unwrap();
                (1.0 / n as f64, relative(helmholtz.space(), &u, &exact))
            })
            .to_vec();
        assert_order(&format!("{kind:?} {element:?}"), &points, element.degree() as f64 + 1.0, 1e-12, bound);
    }
}

/// Coefficients by cell and by node give what the function gives where they agree.
#[test]
fn coefficients_by_cell_and_node() {
    let space = square(CellKind::Quadrilateral, Element::Q1, 16, 0.0, 1.0);
    let solve = |speed: Field<'_, f64>| {
        let zero = Field::Constant(C64::new(0.0, 0.0));
        let mut problem = HelmholtzProblem::new(10.0, speed, Field::Constant(C64::new(1.0, 2.0)));
        for name in SIDES {
            problem = problem.with(name, HelmholtzCondition::Impedance(zero));
        }
        Helmholtz::new(space.clone()).unwrap().solve(&problem).unwrap()
    };
    let linear = |x: [f64; 3]| 1.0 + x[0] + 0.5 * x[1];
    let reference = solve(Field::Function(&linear));
    let nodes = space.interpolate(linear);
    let by_node = solve(Field::Nodes(&nodes));
    // On the boundary ω/c is interpolated rather than evaluated.
    assert!(reference.iter().zip(&by_node).all(|(a, b)| (a - b).norm() < 2e-3 * a.norm().max(0.1)));
    let constant = solve(Field::Constant(1.5));
    let by_cell = solve(Field::Cells(&vec![1.5; 256]));
    assert!(constant.iter().zip(&by_cell).all(|(a, b)| (a - b).norm() < 1e-12));
}

/// At fixed points per wavelength the error grows with the number of wavelengths: k (kh)^{2p}, the pollution, as theory has it.
#[test]
fn pollution_is_as_in_theory() {
    for (element, per_wave, bound) in [(Element::P1, 12.0, 0.9), (Element::P2, 8.0, 0.25)] {
        let mut points = Vec::new();
        for waves in [6.0, 9.0, 13.0, 18.0] {
            let k = 2.0 * PI * waves;
            let n = (waves * per_wave / element.degree() as f64) as usize;
            let space =
                Arc::new(Space::new(Arc::new(Mesh::interval(n, 0.0, 1.0).unwrap()), element, 1).unwrap());
            let exact = move |x: [f64; 3]| C64::from_polar(1.0, k * x[0]);
            let (one, zero) = (Field::Constant(C64::new(1.0, 0.0)), Field::Constant(C64::new(0.0, 0.0)));
            let problem = HelmholtzProblem::new(k, Field::Constant(1.0), zero)
                .with("left", HelmholtzCondition::Dirichlet(one))
                .with("right", HelmholtzCondition::Impedance(zero));
            let u = Helmholtz::new(space.clone()).unwrap().solve(&problem).unwrap();
            points.push((waves, relative(&space, &u, &exact)));
        }
        assert!(points[3].1 < bound, "{element:?}: {points:?}");
        let growth = (points[3].1 / points[0].1).ln() / 3f64.ln();
        assert!(growth > 0.8 && growth < 1.2, "{element:?} grows as k^{growth}: {points:?}");
    }
}

/// H₀⁽¹⁾(z) by its asymptotic series (Abramowitz and Stegun 9.2.7), for z > 12 to 1e-9.
fn hankel(z: f64) -> C64 {
    let (mut term, mut sum) = (C64::new(1.0, 0.0), C64::new(1.0, 0.0));
    for k in 1..20 {
        let odd = (2 * k - 1) as f64;
        term *= C64::new(0.0, -odd * odd / (8.0 * k as f64 * z));
        sum += term;
    }
    C64::from_polar((2.0 / (PI * z)).sqrt(), z - 0.25 * PI) * sum
}

/// A point source in a square with absorbing layers against the exact outgoing wave i/4 H₀(kr).
#[test]
fn layers_absorb_a_cylindrical_wave() {
    assert!((hankel(12.0) - C64::new(0.047_689_310_796_833_5, -0.225_237_312_634_361_4)).norm() < 1e-8);
    let k = 2.0 * PI * 3.0;
    let layer = 0.35;
    let solve = |reflection: Option<f64>| {
        let half = 1.0 + layer;
        let space = square(CellKind::Triangle, Element::P3, 42, -half, half);
        let zero = Field::Constant(C64::new(0.0, 0.0));
        let mut problem = HelmholtzProblem::new(k, Field::Constant(1.0), zero);
        if let Some(reflection) = reflection {
            let pml = Pml { reflection, ..Pml::around([-1.0; 2], [1.0; 2], layer, 1.0) };
            problem = problem.with_pml(pml);
        }
        for name in SIDES {
            problem = problem.with(name, HelmholtzCondition::Dirichlet(zero));
        }
        let mut load = vec![C64::new(0.0, 0.0); space.n_dofs()];
        let centre = space.node_points().iter().position(|x| x[0].abs() < 1e-9 && x[1].abs() < 1e-9).unwrap();
        load[centre] = C64::new(1.0, 0.0);
        let u = Helmholtz::new(space.clone()).unwrap().solve_many(&problem, &[load]).unwrap().remove(1);
        let (mut error, mut size) = (0.0, 0.0);
        for (x, u) in space.node_points().iter().zip(&u) {
            let r = x[0].hypot(x[1]);
            if r > 0.7 && x[0].abs() <= 1.0 && x[1].abs() <= 1.0 {
                let exact = hankel(k * r) * C64::new(0.0, 0.25);
                error += (u - exact).norm_sqr();
                size += exact.norm_sqr();
            }
        }
        f64::sqrt(error / size)
    };
    let error = solve(Some(1e-4));
    assert!(error < 2e-3, "with the layer: {error:e}");
    // Without damping the box resonates: the test sees the difference.
    let echo = solve(None);
    assert!(echo > 0.5, "without: {echo}");
}

/// In one dimension the layer is exact up to R: from a narrow source outwards, u = i/(2k) ∫ e^{ik|x−y|} f(y) dy.
#[test]
fn layer_reflects_as_designed() {
    let (k, width) = (25.0, 0.05);
    let f = move |x: [f64; 3]| C64::new((-0.5 * (x[0] / width).powi(2)).exp(), 0.0);
    // Outside the source the integral is that of a Gaussian times a plane wave.
    let amplitude = (2.0 * PI).sqrt() * width * (-0.5 * (k * width).powi(2)).exp() / (2.0 * k);
    for reflection in [1e-1, 1e-2] {
        let mesh = Mesh::interval(600, -1.3, 1.3).unwrap();
        let space = Arc::new(Space::new(Arc::new(mesh), Element::P3, 1).unwrap());
        let mut pml = Pml::around([-1.0; 2], [1.0; 2], 0.3, 1.0);
        pml.reflection = reflection;
        let zero = HelmholtzCondition::Dirichlet(Field::Constant(C64::new(0.0, 0.0)));
        let problem = HelmholtzProblem::new(k, Field::Constant(1.0), Field::Function(&f))
            .with("left", zero)
            .with("right", zero)
            .with_pml(pml);
        let u = Helmholtz::new(space.clone()).unwrap().solve(&problem).unwrap();
        // Right of the source: A e^{ikx} + B e^{−ikx}; |B / A| is the reflection seen there.
        let at = |x: f64| {
            let node = space.node_points().iter().position(|p| (p[0] - x).abs() < 1e-9).unwrap();
            (space.node_points()[node][0], u[node])
        };
        let ((x1, u1), (x2, u2)) = (at(0.65), at(0.65 + 2.6 / 100.0));
        let e = |x: f64| C64::from_polar(1.0, k * x);
        // A e^{ikx} + B e^{−ikx} through two values.
        let a = (u1 * e(x1) - u2 * e(x2)) / (e(2.0 * x1) - e(2.0 * x2));
        let b = (u1 - a * e(x1)) * e(x1);
        let seen = b.norm() / a.norm();
        assert!(seen > 0.5 * reflection && seen < 1.5 * reflection, "{seen} for {reflection}");
        assert!((a.norm() / amplitude - 1.0).abs() < 1.2 * reflection, "{} {amplitude}", a.norm());
    }
}

#[test]
fn one_factorisation_serves_many_sources() {
    let space = square(CellKind::Triangle, Element::P1, 10, 0.0, 1.0);
    let mut helmholtz = Helmholtz::new(space.clone()).unwrap();
    let problem = |f: C64| {
        let zero = Field::Constant(C64::new(0.0, 0.0));
        SIDES
            .iter()
            .fold(HelmholtzProblem::new(7.0, Field::Constant(1.0), Field::Constant(f)), |problem, name| {
                problem.with(name, HelmholtzCondition::Impedance(zero))
            })
    };
    let (f, g) = (C64::new(1.0, 0.0), C64::new(0.5, -2.0));
    let load: Vec<C64> = helmholtz.assembler().load(Field::Constant(g)).unwrap();
    let both = helmholtz.solve_many(&problem(f), &[load]).unwrap();
    for (u, f) in both.iter().zip([f, g]) {
        let alone = Helmholtz::new(space.clone()).unwrap().solve(&problem(f)).unwrap();
        assert!(u.iter().zip(&alone).all(|(a, b)| (a - b).norm() < 1e-13));
    }
    // The factorisation of another frequency takes the place of the first, not its values.
    let mut other = problem(f);
    other.omega = 3.0;
    let again = helmholtz.solve(&other).unwrap();
    let fresh = Helmholtz::new(space.clone()).unwrap().solve(&other).unwrap();
    assert!(again.iter().zip(&fresh).all(|(a, b)| (a - b).norm() < 1e-13));
    other.omega = -1.0;
    assert!(helmholtz.solve(&other).unwrap_err().to_string().contains("omega"));
    other.omega = 3.0;
    other.speed = Field::Constant(0.0);
    assert!(helmholtz.solve(&other).unwrap_err().to_string().contains("speed"));
    let mut layer = Pml::around([0.2; 2], [0.1; 2], 0.1, 1.0);
    assert!(helmholtz.solve(&problem(f).with_pml(layer)).unwrap_err().to_string().contains("pml.lo"));
    layer.thickness = 0.0;
    assert!(helmholtz.solve(&problem(f).with_pml(layer)).is_err());
}

/// The system leaves out what a Dirichlet condition gives; an iteration on it finds the same solution.
#[test]
fn a_system_for_other_methods() {
    let space = square(CellKind::Quadrilateral, Element::Q1, 12, 0.0, 1.0);
    let mut helmholtz = Helmholtz::new(space.clone()).unwrap();
    let zero = C64::new(0.0, 0.0);
    let mut problem = HelmholtzProblem::new(5.0, Field::Constant(1.3), Field::Constant(C64::new(1.0, -0.5)))
        .with("left", HelmholtzCondition::Dirichlet(Field::Constant(C64::new(0.2, 0.7))));
    for side in ["right", "bottom", "top"] {
        problem = problem.with(side, HelmholtzCondition::Impedance(Field::Constant(zero)));
    }
    let solution = helmholtz.solve(&problem).unwrap();
    let (matrix, b) = helmholtz.system(&problem).unwrap();
    assert_eq!([matrix.n_rows(), b.len()], [13 * 12; 2]);
    let mut u = vec![zero; b.len()];
    gmres(&matrix, &Identity, &b, &mut u, &KrylovOptions::default()).unwrap();
    // Nodes are numbered [y, x]; those on the left have no unknown.
    let free = (0..13 * 13).filter(|node| node % 13 != 0);
    for (node, u) in free.zip(&u) {
        assert!((solution[node] - u).norm() < 1e-8, "node {node}: {} {u}", solution[node]);
    }
    problem.omega = 0.0;
    assert!(helmholtz.system(&problem).unwrap_err().to_string().contains("omega"));
}
