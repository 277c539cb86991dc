//! Manufactured solutions of −∇·(a∇u) + b·∇u + c u = f with all elements on all cells, and patch tests.

use std::sync::Arc;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::fem::{Assembler, Condensed, Constraints, Element, ErrorNorms, Field, Form, Space};
use sobolev_solvers::linear::{Csr, Lu};
use sobolev_solvers::mesh::{CellKind, Mesh};

/// `n` cells an axis of the unit interval, square or cube, moved smoothly by a part of `by`; the boundary stays.
pub(crate) fn mesh(kind: CellKind, n: usize, by: f64) -> Arc<Mesh> {
    let mesh = match kind.dim() {
        1 => Mesh::interval(n, 0.0, 1.0),
        2 => Mesh::rectangle(kind, [n; 2], [0.0; 2], [1.0; 2]),
        _ => Mesh::cuboid(kind, [n; 3], [0.0; 3], [1.0; 3]),
    };
    let dim = kind.dim();
    let moved = mesh.unwrap().map(|x| {
        let bump: f64 = x[..dim].iter().map(|x| (3.0 * x).sin() * x * (1.0 - x) * 4.0).product();
        let mut y = x;
        for (axis, y) in y[..dim].iter_mut().enumerate() {
            *y += by * bump * [1.0, -0.7, 0.5][axis];
        }
        y
    });
    Arc::new(moved.unwrap())
}

/// Each interior point of a structured mesh moved by its own amount: no two cells are alike.
pub(crate) fn shaken(kind: CellKind, n: usize) -> Arc<Mesh> {
    let dim = kind.dim();
    let moved = mesh(kind, n, 0.0).map(|x| {
        let inside = x[..dim].iter().all(|&x| x > 0.0 && x < 1.0);
        let mut y = x;
        for axis in 0..dim {
            let phase = 12.9 * x[0] + 78.2 * x[1] + 37.7 * x[2] + 5.0 * axis as f64;
            y[axis] += if inside { 0.12 / n as f64 * (43.0 * phase).sin() } else { 0.0 };
        }
        y
    });
    Arc::new(moved.unwrap())
}

pub(crate) fn solve(
    assembler: &Assembler,
    k: &Csr<f64>,
    b: &[f64],
    constraints: &Constraints<f64>,
) -> Vec<f64> {
    let condensed = Condensed::new(assembler.pattern(), &constraints.dofs()).unwrap();
    let x = Lu::new(&condensed.matrix(k)).unwrap().solve(&condensed.rhs(k, b, constraints));
    condensed.expand(&x, constraints)
}

fn on_all_boundaries(space: &Space, u: impl Fn([f64; 3]) -> f64) -> Constraints<f64> {
    let mut constraints = Constraints::new(space);
    constraints.fix_nodes(space, &space.all_boundary_nodes(), u).unwrap();
    constraints
}

const WAVE: [f64; 3] = [1.3, 2.1, 1.7];
const PHASE: [f64; 3] = [0.3, -0.4, 0.8];

/// u = Π cos(k_i x_i + φ_i) over the axes, and its gradient.
fn exact(dim: usize, x: [f64; 3]) -> (f64, [f64; 3]) {
    let angle = |i: usize| WAVE[i] * x[i] + PHASE[i];
    let u: f64 = (0..dim).map(|i| angle(i).cos()).product();
    let mut gradient = [0.0; 3];
    for i in 0..dim {
        gradient[i] =
            -WAVE[i] * angle(i).sin() * (0..dim).filter(|j| *j != i).map(|j| angle(j).cos()).product::<f64>();
    }
    (u, gradient)
}

fn diffusion(x: [f64; 3]) -> f64 {
    1.0 + 0.5 * (x[0] + 0.5 * x[1]).sin()
}

fn source(dim: usize, x: [f64; 3]) -> f64 {
    let (u, g) = exact(dim, x);
    let slope = 0.5 * (x[0] + 0.5 * x[1]).cos();
    let laplacian = -WAVE[..dim].iter().map(|k| k * k).sum::<f64>() * u;
    -slope * (g[0] + 0.5 * g[1]) - diffusion(x) * laplacian
        + VELOCITY[0] * g[0]
        + VELOCITY[1] * g[1]
        + 2.0 * u
}

const VELOCITY: [f64; 3] = [1.0, -0.5, 0.0];

fn error(element: Element, kind: CellKind, n: usize) -> ErrorNorms {
    let dim = kind.dim();
    let space = Arc::new(Space::new(mesh(kind, n, 0.1), element, 1).unwrap());
    let assembler = Assembler::new(space.clone()).unwrap();
    let forms = [
        Form::Diffusion(Field::Function(&diffusion)),
        Form::Advection(Field::Constant(VELOCITY)),
        Form::Mass(Field::Constant(2.0)),
    ];
    let k = assembler.matrix(&forms).unwrap();
    let b = assembler.load(Field::Function(&|x| source(dim, x))).unwrap();
    let u = solve(&assembler, &k, &b, &on_all_boundaries(&space, |x| exact(dim, x).0));
    space.errors(&u, |x| exact(dim, x))
}

/// Element, cell, numbers of cells an axis, and bounds of the errors in L² and H¹ on the finest mesh.
const CASES: [(Element, CellKind, [usize; 4], f64, f64); 15] = [
    (Element::P1, CellKind::Interval, [16, 32, 48, 64], 3.60e-5, 5.90e-3),
    (Element::P2, CellKind::Interval, [16, 32, 48, 64], 4.90e-8, 1.80e-5),
    (Element::P3, CellKind::Interval, [8, 16, 24, 32], 1.30e-9, 3.20e-7),
    (Element::Q1, CellKind::Interval, [16, 32, 48, 64], 3.60e-5, 5.90e-3),
    (Element::Q2, CellKind::Interval, [16, 32, 48, 64], 4.90e-8, 1.80e-5),
    (Element::P1, CellKind::Triangle, [12, 20, 28, 40], 1.70e-4, 2.50e-2),
    (Element::P2, CellKind::Triangle, [8, 12, 16, 24], 4.10e-6, 7.40e-4),
    (Element::P3, CellKind::Triangle, [6, 10, 14, 18], 6.30e-8, 1.25e-5),
    (Element::Q1, CellKind::Quadrilateral, [12, 20, 28, 40], 1.65e-4, 1.80e-2),
    (Element::Q2, CellKind::Quadrilateral, [8, 12, 16, 24], 2.10e-6, 3.10e-4),
    (Element::P1, CellKind::Tetrahedron, [8, 10, 12, 14], 1.60e-3, 8.70e-2),
    (Element::P2, CellKind::Tetrahedron, [4, 5, 6, 8], 1.10e-4, 7.30e-3),
    (Element::P3, CellKind::Tetrahedron, [3, 4, 5, 6], 1.10e-5, 6.90e-4),
    (Element::Q1, CellKind::Hexahedron, [6, 8, 10, 12], 1.15e-3, 3.00e-2),
    (Element::Q2, CellKind::Hexahedron, [3, 4, 5, 7], 5.30e-5, 2.40e-3),
];

#[test]
fn orders_of_all_elements() {
    for (element, kind, sizes, l2_bound, h1_bound) in CASES {
        let errors = sizes.map(|n| (1.0 / n as f64, error(element, kind, n)));
        let p = element.degree() as f64;
        let name = format!("{element:?} on the {}", kind.name());
        assert_order(&format!("{name}, L2"), &errors.map(|(h, e)| (h, e.l2)), p + 1.0, 1e-13, l2_bound);
        assert_order(&format!("{name}, H1"), &errors.map(|(h, e)| (h, e.h1)), p, 1e-13, h1_bound);
    }
}

/// Polynomials of the element's degree are exact, on simplices however distorted; on quadrilaterals and hexahedra that are not
/// parallelograms the linear ones are.
#[test]
fn patch_test() {
    for element in Element::ALL {
        for kind in CellKind::ALL.into_iter().filter(|k| element.fits(*k)) {
            let degree = if kind.is_simplex() { element.degree() as i32 } else { 1 };
            let u =
                |x: [f64; 3]| 1.0 + 2.0 * x[0] - x[1] + 0.5 * x[2] + (x[0] + 0.5 * x[1] - x[2]).powi(degree);
            let space = Arc::new(Space::new(shaken(kind, 3), element, 1).unwrap());
            let assembler = Assembler::new(space.clone()).unwrap();
            let k = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))]).unwrap();
            // −Δ of the power of a linear function with the squared gradient s.
            let s = [1.0, 1.25, 2.25][kind.dim() - 1];
            let factor = f64::from(degree * (degree - 1)) * s;
            let f = |x: [f64; 3]| match degree {
                1 => 0.0,
                _ => -factor * (x[0] + 0.5 * x[1] - x[2]).powi(degree - 2),
            };
            let b = assembler.load(Field::Function(&f)).unwrap();
            let found = solve(&assembler, &k, &b, &on_all_boundaries(&space, u));
            let worst =
                found.iter().zip(space.node_points()).fold(0.0_f64, |m, (v, x)| m.max((v - u(*x)).abs()));
            assert!(worst < 2e-13, "{element:?} on the {}: {worst:e}", kind.name());
        }
    }
}

/// On a quadrilateral mesh of parallelograms Q2 contains all of Q2.
#[test]
fn patch_test_on_parallelograms() {
    let sheared = mesh(CellKind::Quadrilateral, 3, 0.0).map(|x| [x[0] + 0.4 * x[1], x[1], 0.0]).unwrap();
    let space = Arc::new(Space::new(Arc::new(sheared), Element::Q2, 1).unwrap());
    let assembler = Assembler::new(space.clone()).unwrap();
    let k = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))]).unwrap();
    let b = assembler.load(Field::Constant(-6.0)).unwrap();
    let u = |x: [f64; 3]| 1.0 + x[0] * x[0] + 2.0 * x[1] * x[1] - x[0] * x[1];
    let found = solve(&assembler, &k, &b, &on_all_boundaries(&space, u));
    let worst = found.iter().zip(space.node_points()).fold(0.0_f64, |m, (v, x)| m.max((v - u(*x)).abs()));
    assert!(worst < 1e-13, "{worst:e}");
}
