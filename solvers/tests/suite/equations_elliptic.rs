//! Poisson, Darcy and reaction-diffusion: orders with every kind of condition, exact cases, bad input.

use std::f64::consts::PI;
use std::sync::Arc;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::fem::equations::{Condition, Diffusivity, Elliptic, EllipticProblem, LinearSolver};
use sobolev_solvers::fem::{Element, Field, Space};
use sobolev_solvers::linear::KrylovOptions;
use sobolev_solvers::mesh::{CellKind, Mesh};

fn space(kind: CellKind, element: Element, n: usize) -> Arc<Space> {
    let mesh = match kind {
        CellKind::Interval => Mesh::interval(n, 0.0, 1.0),
        CellKind::Triangle | CellKind::Quadrilateral => Mesh::rectangle(kind, [n, n], [0.0; 2], [1.0; 2]),
        CellKind::Tetrahedron | CellKind::Hexahedron => Mesh::cuboid(kind, [n; 3], [0.0; 3], [1.0; 3]),
    };
    Arc::new(Space::new(Arc::new(mesh.unwrap()), element, 1).unwrap())
}

/// u = sin(2x + 0.3) e^{0.7 y} cos(z), a = 1 + x/2 + y²/4, c = 2 + x, and what they imply.
fn u(x: [f64; 3]) -> f64 {
    (2.0 * x[0] + 0.3).sin() * (0.7 * x[1]).exp() * x[2].cos()
}

fn gradient(x: [f64; 3]) -> [f64; 3] {
    let (s, c) = (2.0 * x[0] + 0.3).sin_cos();
    let e = (0.7 * x[1]).exp();
    [2.0 * c * e * x[2].cos(), 0.7 * s * e * x[2].cos(), -s * e * x[2].sin()]
}

fn a(x: [f64; 3]) -> f64 {
    1.0 + 0.5 * x[0] + 0.25 * x[1] * x[1]
}

/// f in `dim` dimensions; the functions don't depend on the others, where z = 0 and y = 0.
fn source(x: [f64; 3], dim: usize) -> f64 {
    let g = gradient(x);
    let laplacian = u(x) * [-4.0, -3.51, -4.51][dim - 1];
    let drift = 0.5 * g[0] + if dim > 1 { 0.5 * x[1] * g[1] } else { 0.0 };
    -a(x) * laplacian - drift + (2.0 + x[0]) * u(x)
}

#[test]
fn orders_with_all_conditions() {
    // Element, cells along an axis, bound on the smallest L2 error.
    let cases = [
        (CellKind::Interval, Element::P1, [8, 16, 32, 64], 1e-4),
        (CellKind::Interval, Element::P3, [4, 8, 12, 16], 1e-7),
        (CellKind::Triangle, Element::P1, [8, 16, 24, 32], 5e-4),
        (CellKind::Triangle, Element::P2, [6, 9, 14, 20], 1e-5),
        (CellKind::Triangle, Element::P3, [4, 6, 9, 12], 1e-6),
        (CellKind::Quadrilateral, Element::Q1, [8, 16, 24, 32], 5e-4),
        (CellKind::Quadrilateral, Element::Q2, [6, 9, 14, 20], 1e-5),
        (CellKind::Tetrahedron, Element::P1, [4, 6, 9, 12], 5e-3),
        (CellKind::Hexahedron, Element::Q1, [4, 6, 9, 12], 4e-3),
    ];
    for (kind, element, sizes, bound) in cases {
        let dim = kind.dim();
        let f = move |x: [f64; 3]| source(x, dim);
        let flux_right = |x: [f64; 3]| a(x) * gradient(x)[0];
        let robin_top = |x: [f64; 3]| a(x) * gradient(x)[1] + 3.0 * u(x);
        let flux_front = |x: [f64; 3]| a(x) * gradient(x)[2];
        let reaction = |x: [f64; 3]| 2.0 + x[0];
        let mut problem = EllipticProblem::reaction_diffusion(
            Field::Function(&a),
            Field::Function(&reaction),
            Field::Function(&f),
        )
        .with("left", Condition::Dirichlet(Field::Function(&u)))
        .with("right", Condition::Neumann(Field::Function(&flux_right)));
        if dim > 1 {
            let robin =
                Condition::Robin { coefficient: Field::Constant(3.0), value: Field::Function(&robin_top) };
            problem = problem.with("bottom", Condition::Dirichlet(Field::Function(&u))).with("top", robin);
        }
        if dim > 2 {
            problem = problem
                .with("back", Condition::Neumann(Field::Constant(0.0)))
                .with("front", Condition::Neumann(Field::Function(&flux_front)));
        }
        let (mut l2, mut h1) = (Vec::new(), Vec::new());
        for n in sizes {
            let mut elliptic = Elliptic::new(space(kind, element, n)).unwrap();
            let solution = elliptic.solve(&problem).unwrap();
            assert!(solution.report.residual < 1e-12);
            let errors = elliptic.space().errors(&solution.values, |x| (u(x), gradient(x)));
            l2.push((1.0 / n as f64, errors.l2));
            h1.push((1.0 / n as f64, errors.h1));
        }
        let p = element.degree() as f64;
        assert_order(&format!("{kind:?} {element:?}, L2"), &l2, p + 1.0, 1e-12, bound);
        assert_order(&format!("{kind:?} {element:?}, H1"), &h1, p, 1e-12, f64::INFINITY);
    }
}

/// A constant tensor with off-diagonal entries: u is quadratic, so that P2 is exact.
#[test]
fn anisotropic_diffusion_is_exact_on_quadratics() {
    let tensor = [[2.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0; 3]];
    // u = x² − xy + 3y², ∇·(A∇u) = 2·2 + 2·0.5·(−1) + 1·6 = 9.
    let exact = |x: [f64; 3]| x[0] * x[0] - x[0] * x[1] + 3.0 * x[1] * x[1];
    let mut problem = EllipticProblem::poisson(Field::Constant(-9.0));
    problem.diffusivity = Diffusivity::Tensor(Field::Constant(tensor));
    for name in ["left", "right", "bottom", "top"] {
        problem = problem.with(name, Condition::Dirichlet(Field::Function(&exact)));
    }
    let mut elliptic = Elliptic::new(space(CellKind::Triangle, Element::P2, 5)).unwrap();
    let solution = elliptic.solve(&problem).unwrap().values;
    let nodes = elliptic.space().interpolate(exact);
    assert!(solution.iter().zip(&nodes).all(|(u, e)| (u - e).abs() < 1e-12));
    // q = −A∇u is linear, and in the space.
    let flux = elliptic.flux(problem.diffusivity, &solution).unwrap();
    for (node, x) in elliptic.space().node_points().iter().enumerate() {
        let g = [2.0 * x[0] - x[1], 6.0 * x[1] - x[0]];
        assert!((flux[0][node] + 2.0 * g[0] + 0.5 * g[1]).abs() < 1e-11);
        assert!((flux[1][node] + 0.5 * g[0] + g[1]).abs() < 1e-11);
    }
}

/// The recovered flux of P1 beats the order 1 of the gradient in the cells.
#[test]
fn recovered_flux_converges_faster_than_the_gradient() {
    let exact = |x: [f64; 3]| (PI * x[0]).sin() * (PI * x[1]).sin();
    let f = |x: [f64; 3]| 2.0 * PI * PI * exact(x);
    let zero = Condition::Dirichlet(Field::Constant(0.0));
    let mut problem = EllipticProblem::poisson(Field::Function(&f));
    for name in ["left", "right", "bottom", "top"] {
        problem = problem.with(name, zero);
    }
    let points: Vec<_> = [8, 12, 16, 24]
        .map(|n| {
            let mut elliptic = Elliptic::new(space(CellKind::Quadrilateral, Element::Q1, n)).unwrap();
            let u = elliptic.solve(&problem).unwrap().values;
            let q = elliptic.flux(problem.diffusivity, &u).unwrap();
            let error =
                elliptic.space().errors(&q[0], |x| (-PI * (PI * x[0]).cos() * (PI * x[1]).sin(), [0.0; 3]));
            (1.0 / n as f64, error.l2)
        })
        .to_vec();
    assert_order("flux of Q1", &points, 2.0, 1e-12, 1e-2);
}

#[test]
fn pure_neumann_and_periodic_problems() {
    let mesh = Arc::new(Mesh::rectangle(CellKind::Quadrilateral, [24, 24], [0.0; 2], [1.0; 2]).unwrap());
    let closed = Arc::new(Space::new(mesh.clone(), Element::Q2, 1).unwrap());
    let torus =
        Arc::new(Space::periodic(mesh, Element::Q2, 1, &[("left", "right"), ("bottom", "top")]).unwrap());
    for (space, k) in [(closed, PI), (torus, 2.0 * PI)] {
        let exact = move |x: [f64; 3]| (k * x[0]).cos() * (k * x[1]).cos();
        let f = move |x: [f64; 3]| 2.0 * k * k * exact(x);
        let mut elliptic = Elliptic::new(space).unwrap();
        let solution = elliptic.solve(&EllipticProblem::poisson(Field::Function(&f))).unwrap().values;
        let error = elliptic.space().errors(&solution, |x| (exact(x), [0.0; 3])).l2;
        assert!(error < 1e-4, "{error}");
        let result = elliptic.solve(&EllipticProblem::poisson(Field::Constant(1.0)));
        assert!(matches!(result, Err(Error::Incompatible { .. })));
    }
}

/// Another sample on the same solver is the same as on a fresh one, also when the conditions change in between.
#[test]
fn samples_do_not_see_one_another() {
    let space = space(CellKind::Triangle, Element::P1, 12);
    let cells = space.mesh().n_cells();
    let first: Vec<f64> = (0..cells).map(|c| 1.0 + (c % 7) as f64).collect();
    let second: Vec<f64> = (0..cells).map(|c| 1.0 + (c % 5) as f64).collect();
    let one = Condition::Dirichlet(Field::Constant(1.0));
    let solve = |elliptic: &mut Elliptic, a: &[f64], names: &[&'static str]| {
        let start = EllipticProblem::darcy(Field::Cells(a), Field::Constant(1.0));
        let problem = names.iter().fold(start, |problem, name| problem.with(name, one));
        elliptic.solve(&problem).unwrap().values
    };
    let mut elliptic = Elliptic::new(space.clone()).unwrap();
    for (a, names) in
        [(&first, &["left"][..]), (&second, &["left"]), (&second, &["left", "top"]), (&first, &["left"])]
    {
        let fresh = solve(&mut Elliptic::new(space.clone()).unwrap(), a, names);
        assert_eq!(solve(&mut elliptic, a, names), fresh);
    }
}

#[test]
fn bad_input_is_an_error() {
    let mut elliptic = Elliptic::new(space(CellKind::Triangle, Element::P1, 4)).unwrap();
    let zero = Condition::Dirichlet(Field::Constant(0.0));
    let unknown = EllipticProblem::poisson(Field::Constant(1.0)).with("lid", zero);
    assert!(matches!(elliptic.solve(&unknown), Err(Error::UnknownName { .. })));
    let mut a = vec![1.0; elliptic.space().mesh().n_cells()];
    a[5] = -1.0;
    let negative = EllipticProblem::darcy(Field::Cells(&a), Field::Constant(1.0)).with("left", zero);
    assert!(matches!(elliptic.solve(&negative), Err(Error::Coefficient { position: 5, .. })));
    let short = EllipticProblem::darcy(Field::Cells(&[1.0]), Field::Constant(1.0)).with("left", zero);
    assert!(matches!(elliptic.solve(&short), Err(Error::Length { .. })));
    let cells = vec![0.0; elliptic.space().mesh().n_cells()];
    let wrong = EllipticProblem::poisson(Field::Constant(1.0))
        .with("left", Condition::Dirichlet(Field::Cells(&cells)));
    assert!(matches!(elliptic.solve(&wrong), Err(Error::Config { .. })));
}

/// Multigrid gives the solution of Cholesky, in few iterations, whatever the contrast.
#[test]
fn multigrid_agrees_with_cholesky() {
    let space = space(CellKind::Triangle, Element::P1, 48);
    let jumps: Vec<f64> =
        (0..space.mesh().n_cells()).map(|c| if (c / 8) % 2 == 0 { 1.0 } else { 1000.0 }).collect();
    let zero = Condition::Dirichlet(Field::Constant(0.0));
    let problem = EllipticProblem::darcy(Field::Cells(&jumps), Field::Constant(1.0))
        .with("left", zero)
        .with("top", zero);
    let direct = Elliptic::new(space.clone()).unwrap().solve(&problem).unwrap();
    let multigrid = LinearSolver::Multigrid(KrylovOptions::default());
    let solution = Elliptic::new(space).unwrap().with_solver(multigrid).solve(&problem).unwrap();
    let size = direct.values.iter().fold(0.0f64, |m, u| m.max(u.abs()));
    assert!(direct.values.iter().zip(&solution.values).all(|(a, b)| (a - b).abs() < 1e-7 * size));
    assert!(solution.report.residual < 1e-10);
    assert!((5..60).contains(&solution.report.iterations), "{:?}", solution.report);
}
