//! Neumann, Robin, impedance, periodic and vector problems with manufactured solutions; conditions that cannot be met.

use std::f64::consts::TAU;
use std::sync::Arc;

use sobolev_kernels::Complex;
use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::fem::{Assembler, Condensed, Constraints, Element, ErrorNorms, Field, Form, Space};
use sobolev_solvers::linear::Lu;
use sobolev_solvers::mesh::{CellKind, Mesh};

use crate::fem_elements::{shaken, solve};

/// Smoothly distorted; less so in 3-D, where the meshes are coarse.
fn mesh(kind: CellKind, n: usize, by: f64) -> Arc<Mesh> {
    crate::fem_elements::mesh(kind, n, if kind.dim() == 3 { 0.3 * by } else { by })
}

const LIST: [(Element, CellKind, [usize; 4]); 9] = [
    (Element::P3, CellKind::Interval, [6, 9, 12, 16]),
    (Element::P1, CellKind::Triangle, [12, 16, 24, 32]),
    (Element::P2, CellKind::Triangle, [8, 12, 16, 20]),
    (Element::P3, CellKind::Triangle, [6, 8, 10, 12]),
    (Element::Q1, CellKind::Quadrilateral, [12, 16, 24, 32]),
    (Element::Q2, CellKind::Quadrilateral, [8, 12, 16, 20]),
    (Element::P2, CellKind::Tetrahedron, [5, 6, 7, 9]),
    (Element::Q1, CellKind::Hexahedron, [6, 8, 10, 12]),
    (Element::Q2, CellKind::Hexahedron, [4, 5, 6, 8]),
];

/// The orders of a problem over a list of elements; the last bound is for the relative size of the finest error.
fn orders(
    name: &str,
    list: &[(Element, CellKind, [usize; 4])],
    solve: impl Fn(Element, CellKind, usize) -> ErrorNorms,
) {
    for &(element, kind, sizes) in list {
        let p = element.degree() as f64;
        let errors = sizes.map(|n| (1.0 / n as f64, solve(element, kind, n)));
        let name = format!("{name}, {element:?} on the {}", kind.name());
        // A wave of length about 3 a unit: interpolation has an error of a fraction of (k h)^(p + 1).
        let kh = 4.0 * errors[3].0;
        assert_order(
            &format!("{name}, L2"),
            &errors.map(|(h, e)| (h, e.l2)),
            p + 1.0,
            1e-13,
            0.1 * kh.powf(p + 1.0),
        );
        assert_order(&format!("{name}, H1"), &errors.map(|(h, e)| (h, e.h1)), p, 1e-13, 1.5 * kh.powf(p));
    }
}

/// u = cos(1.5 x + 0.3) cos(1.2 y − 0.2) cos(1.1 z), each factor in its dimension, with gradient.
fn wave(dim: usize, x: [f64; 3]) -> (f64, [f64; 3]) {
    let (k, phase) = ([1.5, 1.2, 1.1], [0.3, -0.2, 0.0]);
    let factor = |i: usize| (k[i] * x[i] + phase[i]).cos();
    let slope = |i: usize| -k[i] * (k[i] * x[i] + phase[i]).sin();
    let mut gradient = [0.0; 3];
    for (i, g) in gradient[..dim].iter_mut().enumerate() {
        *g = slope(i) * (0..dim).filter(|j| *j != i).map(factor).product::<f64>();
    }
    ((0..dim).map(factor).product(), gradient)
}

fn minus_laplacian(dim: usize, x: [f64; 3]) -> f64 {
    [1.5f64, 1.2, 1.1][..dim].iter().map(|k| k * k).sum::<f64>() * wave(dim, x).0
}

/// −Δu = f, Robin ∂u/∂n + γ u = g on the right, Neumann on all other sides.
fn robin(element: Element, kind: CellKind, n: usize) -> ErrorNorms {
    let dim = kind.dim();
    let space = Arc::new(Space::new(mesh(kind, n, 0.1), element, 1).unwrap());
    let assembler = Assembler::new(space.clone()).unwrap();
    let gamma = |x: [f64; 3]| 1.0 + 0.5 * x[1];
    let right = space.mesh().boundary("right").unwrap();
    let all: Vec<usize> = (0..space.mesh().facets().len()).collect();
    let mut k = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))]).unwrap();
    assembler.add_boundary_mass(&right, Field::Function(&gamma), &mut k).unwrap();
    let mut b = assembler.load(Field::Function(&|x| minus_laplacian(dim, x))).unwrap();
    let flux = |x: [f64; 3], normal: [f64; 3]| (0..3).map(|i| wave(dim, x).1[i] * normal[i]).sum::<f64>();
    let neumann = assembler.boundary_load_with_normal(&all, flux).unwrap();
    let robin = assembler.boundary_load(&right, Field::Function(&|x| gamma(x) * wave(dim, x).0)).unwrap();
    b.iter_mut().zip(neumann.iter().zip(&robin)).for_each(|(b, (n, r))| *b += n + r);
    let u = Lu::new(&k).unwrap().solve(&b);
    space.errors(&u, |x| wave(dim, x))
}

#[test]
fn robin_and_neumann_orders() {
    orders("Robin", &LIST, robin);
}

/// −Δu + u = f, periodic along the first axis and (in 2-D and 3-D) the second one, Neumann on the rest.
fn periodic(element: Element, kind: CellKind, n: usize) -> ErrorNorms {
    let dim = kind.dim();
    let u = |x: [f64; 3]| {
        let (a, b) = (TAU * x[0] + 0.4, if dim > 1 { TAU * x[1] } else { 0.0 });
        let c = if dim > 2 { 1.0 + 0.5 * x[2] * x[2] } else { 1.0 };
        let dc = if dim > 2 { x[2] } else { 0.0 };
        let gradient = [TAU * a.cos() * b.cos() * c, -TAU * a.sin() * b.sin() * c, a.sin() * b.cos() * dc];
        (a.sin() * b.cos() * c, gradient)
    };
    let f = |x: [f64; 3]| {
        let (value, _) = u(x);
        let c = if dim > 2 { 1.0 + 0.5 * x[2] * x[2] } else { 1.0 };
        let zz = if dim > 2 { value / c } else { 0.0 };
        (1.0 + dim.min(2) as f64 * TAU * TAU) * value - zz
    };
    let pairs = [("left", "right"), ("bottom", "top")];
    let flat = mesh(kind, n, 0.1);
    let space = Arc::new(Space::periodic(flat, element, 1, &pairs[..dim.min(2)]).unwrap());
    let assembler = Assembler::new(space.clone()).unwrap();
    let one = Field::Constant(1.0);
    let k = assembler.matrix(&[Form::Diffusion(one), Form::Mass(one)]).unwrap();
    let mut b = assembler.load(Field::Function(&f)).unwrap();
    if dim == 3 {
        let front = space.mesh().boundary("front").unwrap();
        let g = assembler.boundary_load(&front, Field::Function(&|x| u(x).1[2])).unwrap();
        b.iter_mut().zip(g).for_each(|(b, g)| *b += g);
    }
    space.errors(&Lu::new(&k).unwrap().solve(&b), u)
}

#[test]
fn periodic_orders() {
    let list = [
        (Element::P3, CellKind::Interval, [12, 16, 24, 32]),
        (Element::P1, CellKind::Triangle, [32, 40, 48, 64]),
        (Element::P2, CellKind::Triangle, [16, 20, 24, 32]),
        (Element::P3, CellKind::Triangle, [12, 16, 20, 24]),
        (Element::Q1, CellKind::Quadrilateral, [32, 40, 48, 64]),
        (Element::Q2, CellKind::Quadrilateral, [12, 16, 20, 24]),
        (Element::P2, CellKind::Tetrahedron, [8, 9, 10, 11]),
        (Element::Q2, CellKind::Hexahedron, [6, 7, 8, 9]),
    ];
    for (element, kind, sizes) in list {
        let p = element.degree() as f64;
        let errors = sizes.map(|n| (1.0 / n as f64, periodic(element, kind, n)));
        let kh = TAU * errors[3].0;
        let name = format!("periodic, {element:?} on the {}", kind.name());
        assert_order(
            &format!("{name}, L2"),
            &errors.map(|(h, e)| (h, e.l2)),
            p + 1.0,
            1e-13,
            0.3 * kh.powf(p + 1.0),
        );
        assert_order(&format!("{name}, H1"), &errors.map(|(h, e)| (h, e.h1)), p, 1e-13, 3.0 * kh.powf(p));
    }
}

/// −Δu = f with ∂u/∂n = 0: the solution of mean zero.
#[test]
fn pure_neumann_order_and_incompatibility() {
    let pi = TAU / 2.0;
    let u = |x: [f64; 3]| {
        let ((sx, cx), (sy, cy)) = ((pi * x[0]).sin_cos(), (pi * x[1]).sin_cos());
        (cx * cy, [-pi * sx * cy, -pi * cx * sy, 0.0])
    };
    let run = |element: Element, kind: CellKind, n: usize| {
        let space = Arc::new(Space::new(mesh(kind, n, 0.1), element, 1).unwrap());
        let assembler = Assembler::new(space.clone()).unwrap();
        let k = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))]).unwrap();
        let mut b = assembler.load(Field::Function(&|x| 2.0 * pi * pi * u(x).0)).unwrap();
        assembler.balance(&mut b, 1e-3).unwrap();
        assert!(b.iter().sum::<f64>().abs() < 1e-13);
        let mut constraints = Constraints::new(&space);
        constraints.fix_dof(0, 0.0).unwrap();
        let mut found = solve(&assembler, &k, &b, &constraints);
        assembler.remove_mean(&mut found).unwrap();
        space.errors(&found, u)
    };
    orders("pure Neumann", &LIST[1..6], run);

    let space = Arc::new(Space::new(mesh(CellKind::Triangle, 4, 0.1), Element::P1, 1).unwrap());
    let assembler = Assembler::new(space).unwrap();
    let mut b = assembler.load(Field::Constant(1.0)).unwrap();
    let message = assembler.balance(&mut b, 1e-3).unwrap_err().to_string();
    assert!(
        message.starts_with("the problem has no solution: without a Dirichlet or Robin condition"),
        "{message}"
    );
    assert!(message.contains("component 0 integrates to 1.000e0"), "{message}");
}

/// −∇·σ(u) = f with variable Lamé parameters, given displacements on the left, tractions elsewhere.
fn elastic(element: Element, kind: CellKind, n: usize) -> ErrorNorms {
    let dim = kind.dim();
    match dim {
        2 => elastic_in::<2>(element, kind, n),
        _ => elastic_in::<3>(element, kind, n),
    }
}

fn elastic_in<const D: usize>(element: Element, kind: CellKind, n: usize) -> ErrorNorms {
    let amplitude = [1.0, -0.6, 0.4];
    // Component c is the wave times its amplitude; derivatives along each axis.
    let u = |x: [f64; 3]| -> ([f64; D], [[f64; D]; 3]) {
        let (value, gradient) = wave(D, x);
        (
            std::array::from_fn(|c| amplitude[c] * value),
            gradient.map(|g| std::array::from_fn(|c| amplitude[c] * g)),
        )
    };
    let lame = |x: [f64; 3]| (1.0 + x[0], 2.0 - 0.5 * x[1]);
    let stress = move |x: [f64; 3]| -> [[f64; D]; D] {
        let (lambda, mu) = lame(x);
        let g = wave(D, x).1;
        let divergence: f64 = (0..D).map(|i| amplitude[i] * g[i]).sum();
        std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let shear = mu * (amplitude[i] * g[j] + amplitude[j] * g[i]);
                if i == j { shear + lambda * divergence } else { shear }
            })
        })
    };
    // −∇·σ by central differences of the exact stress: the error, 1e-9, is far below that of the elements.
    let force = |x: [f64; 3]| -> [f64; D] {
        let h = 1e-4;
        std::array::from_fn(|i| {
            let along = |j: usize, by: f64| {
                let mut y = x;
                y[j] += by;
                stress(y)[i][j]
            };
            let derivative = |j: usize| {
                (8.0 * (along(j, h) - along(j, -h)) - (along(j, 2.0 * h) - along(j, -2.0 * h))) / (12.0 * h)
            };
            -(0..D).map(derivative).sum::<f64>()
        })
    };
    let space = Arc::new(Space::new(mesh(kind, n, 0.1), element, D).unwrap());
    let assembler = Assembler::new(space.clone()).unwrap();
    let k = assembler
        .matrix(&[Form::Elasticity {
            lambda: Field::Function(&|x| lame(x).0),
            mu: Field::Function(&|x| lame(x).1),
        }])
        .unwrap();
    let mut b = assembler.load(Field::Function(&force)).unwrap();
    let all: Vec<usize> = (0..space.mesh().facets().len()).collect();
    let traction = |x: [f64; 3], normal: [f64; 3]| -> [f64; D] {
        std::array::from_fn(|i| (0..D).map(|j| stress(x)[i][j] * normal[j]).sum())
    };
    let t = assembler.boundary_load_with_normal(&all, traction).unwrap();
    b.iter_mut().zip(t).for_each(|(b, t)| *b += t);
    let mut constraints = Constraints::new(&space);
    constraints.fix(&space, "left", |x| u(x).0).unwrap();
    let found = solve(&assembler, &k, &b, &constraints);
    space.errors(&found, u)
}

#[test]
fn elasticity_orders() {
    let list = [
        (Element::P1, CellKind::Triangle, [12, 16, 24, 32]),
        (Element::P2, CellKind::Triangle, [20, 24, 32, 40]),
        (Element::P3, CellKind::Triangle, [6, 8, 10, 12]),
        (Element::Q1, CellKind::Quadrilateral, [12, 16, 24, 32]),
        (Element::Q2, CellKind::Quadrilateral, [12, 16, 20, 24]),
    ];
    orders("elasticity", &list, elastic);
    // On tetrahedra that a direct solver can hold the errors still fall faster than h³ and h²: no asymptotic order to fit.
    let [coarse, fine] = [3, 6].map(|n| elastic(Element::P2, CellKind::Tetrahedron, n));
    assert!(fine.l2 < 3e-4 && coarse.l2 > 2_f64.powf(2.9) * fine.l2, "{} {}", coarse.l2, fine.l2);
    assert!(coarse.h1 > 2_f64.powf(1.7) * fine.h1, "{} {}", coarse.h1, fine.h1);
}

/// −Δu − k² u = 0 with ∂u/∂n − i k u = g for a plane wave.
fn plane_wave(element: Element, kind: CellKind, n: usize) -> ErrorNorms {
    let (k, d) = (4.0, [0.6, 0.8, 0.0]);
    let i = Complex::new(0.0, 1.0);
    let u = |x: [f64; 3]| {
        let value = (i * (k * (d[0] * x[0] + d[1] * x[1]))).exp();
        (value, d.map(|d| i * value * (k * d)))
    };
    let space = Arc::new(Space::new(mesh(kind, n, 0.1), element, 1).unwrap());
    let assembler = Assembler::new(space.clone()).unwrap();
    let all: Vec<usize> = (0..space.mesh().facets().len()).collect();
    let one = Complex::new(1.0, 0.0);
    let mut a = assembler
        .matrix(&[Form::Diffusion(Field::Constant(one)), Form::Mass(Field::Constant(-one * (k * k)))])
        .unwrap();
    assembler.add_boundary_mass(&all, Field::Constant(-i * k), &mut a).unwrap();
    let g = |x: [f64; 3], normal: [f64; 3]| {
        let (value, gradient) = u(x);
        gradient[0] * normal[0] + gradient[1] * normal[1] - i * value * k
    };
    let b = assembler.boundary_load_with_normal(&all, g).unwrap();
    for row in 0..a.n_rows() {
        for (&column, &value) in a.row(row).0.iter().zip(a.row(row).1) {
            assert_eq!(value, a.get(column as usize, row), "complex symmetric");
        }
    }
    space.errors(&Lu::new(&a).unwrap().solve(&b), u)
}

#[test]
fn impedance_orders() {
    let finer =
        |(element, kind, sizes): (Element, CellKind, [usize; 4])| (element, kind, sizes.map(|n| 2 * n));
    let list = [finer(LIST[2]), LIST[3], finer(LIST[5])];
    orders("plane wave", &list, plane_wave);
}

/// The lumped reaction term keeps the order of its element.
#[test]
fn lumped_mass_orders() {
    let run = |element: Element, kind: CellKind, n: usize| {
        let dim = kind.dim();
        let space = Arc::new(Space::new(mesh(kind, n, 0.1), element, 1).unwrap());
        let assembler = Assembler::new(space.clone()).unwrap();
        let mut k = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))]).unwrap();
        let lumped = assembler.lumped_mass(Field::Constant(10.0)).unwrap();
        for (row, m) in lumped.iter().enumerate() {
            let at = k.pattern().position(row, row).unwrap();
            k.values_mut()[at] += m;
        }
        let b =
            assembler.load(Field::Function(&|x| minus_laplacian(dim, x) + 10.0 * wave(dim, x).0)).unwrap();
        let mut constraints = Constraints::new(&space);
        constraints.fix_nodes(&space, &space.all_boundary_nodes(), |x| wave(dim, x).0).unwrap();
        space.errors(&solve(&assembler, &k, &b, &constraints), |x| wave(dim, x))
    };
    orders("lumped", &[LIST[1], LIST[4], LIST[5], LIST[7], LIST[8]], run);
}

/// ∫_Γ 1 and ∫_Γ x · n against length, area and the divergence theorem, with all elements on distorted cells.
#[test]
fn facets_and_normals() {
    for element in Element::ALL {
        for kind in CellKind::ALL.into_iter().filter(|k| element.fits(*k)) {
            let space = Arc::new(Space::new(shaken(kind, 3), element, 1).unwrap());
            let assembler = Assembler::new(space.clone()).unwrap();
            let all: Vec<usize> = (0..space.mesh().facets().len()).collect();
            let size: f64 = assembler.boundary_load(&all, Field::Constant(1.0)).unwrap().iter().sum();
            assert!((size - 2.0 * kind.dim() as f64).abs() < 1e-12, "{element:?} {kind:?}: {size}");
            let outward = |x: [f64; 3], n: [f64; 3]| (0..3).map(|i| x[i] * n[i]).sum::<f64>();
            let flux: f64 = assembler.boundary_load_with_normal(&all, outward).unwrap().iter().sum();
            assert!((flux - kind.dim() as f64).abs() < 1e-12, "{element:?} {kind:?}: {flux}");
            let mut mass = assembler.matrix::<f64>(&[]).unwrap();
            let right = space.mesh().boundary("right").unwrap();
            let gamma = vec![2.0; right.len()];
            assembler.add_boundary_mass(&right, Field::Cells(&gamma), &mut mass).unwrap();
            assert!((mass.values().iter().sum::<f64>() - 2.0).abs() < 1e-12, "{element:?} {kind:?}");
            assert!(assembler.facet_quadrature_points(&right).iter().all(|x| (x[0] - 1.0).abs() < 1e-15));
        }
    }
}

#[test]
fn nodes_of_elements_lie_where_their_dofs_are() {
    for (element, kind, _) in LIST {
        let space = Space::new(shaken(kind, 3), element, 2).unwrap();
        let nodes = element.nodes(kind).unwrap();
        assert_eq!(space.dof_points().len(), space.n_dofs());
        for c in 0..space.mesh().n_cells() {
            for (&xi, &node) in nodes.iter().zip(space.cell_nodes(c)) {
                let (x, y) = (space.mesh().geometry(c).map(xi), space.node_points()[node as usize]);
                assert!((0..3).all(|i| (x[i] - y[i]).abs() < 1e-14), "{element:?} {kind:?} cell {c}");
            }
            assert_eq!(space.cell_dofs(c).nth(3), Some(space.cell_nodes(c)[1] as usize * 2 + 1));
        }
        let left = space.boundary_nodes("left").unwrap();
        let expected: Vec<usize> =
            (0..space.n_nodes()).filter(|&i| space.node_points()[i][0] == 0.0).collect();
        assert_eq!(left, expected, "{element:?} {kind:?}");
    }
}

/// Symmetric, smaller, and the same solution as with rows replaced by identity.
#[test]
fn condensed_systems_solve_the_full_ones() {
    let space = Arc::new(Space::new(mesh(CellKind::Triangle, 6, 0.1), Element::P2, 1).unwrap());
    let assembler = Assembler::new(space.clone()).unwrap();
    let k = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))]).unwrap();
    let b = assembler.load(Field::Constant(1.0)).unwrap();
    let mut constraints = Constraints::new(&space);
    constraints.fix(&space, "left", |x| x[1]).unwrap();
    constraints.fix(&space, "top", |x| 1.0 - x[0]).unwrap();
    let condensed = Condensed::new(assembler.pattern(), &constraints.dofs()).unwrap();
    assert_eq!(condensed.free().len() + constraints.dofs().len(), space.n_dofs());
    let small = condensed.matrix(&k);
    assert!(
        (0..small.n_rows()).all(|i| small
            .row(i)
            .0
            .iter()
            .all(|&j| small.get(i, j as usize) == small.get(j as usize, i)))
    );
    let u = solve(&assembler, &k, &b, &constraints);
    let mut residual = vec![0.0; u.len()];
    k.residual(&b, &u, &mut residual);
    assert!(condensed.restrict(&residual).iter().all(|r| r.abs() < 1e-13));
    assert!(constraints.dofs().iter().all(|&dof| constraints.value(dof) == Some(u[dof])));
    let message = Condensed::new(assembler.pattern(), &[1 << 20]).unwrap_err().to_string();
    assert_eq!(message, "constrained must be below the number of rows, but is 1048576");
}

#[test]
fn bad_boundaries_are_named() {
    let flat = mesh(CellKind::Triangle, 4, 0.0);
    let space = Space::new(flat.clone(), Element::P1, 1).unwrap();
    let message = space.boundary_dofs("lid").unwrap_err().to_string();
    assert_eq!(message, "there is no boundary named `lid`; known names: left, right, bottom, top");
    let mut constraints = Constraints::new(&space);
    assert!(matches!(constraints.fix(&space, "lid", |_| 0.0), Err(Error::UnknownName { .. })));
    assert!(matches!(constraints.fix(&space, "left", |_| f64::NAN), Err(Error::NotFinite { .. })));
    assert!(matches!(constraints.fix(&space, "left", |_| [0.0; 2]), Err(Error::Config { .. })));
    let periodic = |mesh: &Arc<Mesh>, a, b| {
        Space::periodic(mesh.clone(), Element::P1, 1, &[(a, b)]).unwrap_err().to_string()
    };
    assert_eq!(
        periodic(&flat, "left", "left"),
        "boundaries `left` and `left` cannot be identified: they lie at the same place"
    );
    assert!(periodic(&flat, "left", "top").contains("has no partner"));
    let oblong = Arc::new(Mesh::rectangle(CellKind::Triangle, [4, 3], [0.0; 2], [1.0; 2]).unwrap());
    assert_eq!(
        periodic(&oblong, "left", "top"),
        "boundaries `left` and `top` cannot be identified: they have 4 and 5 nodes"
    );
    let message = Space::new(flat, Element::P1, 4).unwrap_err().to_string();
    assert_eq!(message, "components must be 1, 2 or 3, but is 4");
}
