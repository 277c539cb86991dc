//! Assembled matrices against a naive sum over cells and points; their structure; the bits on any number of threads.

use std::sync::Arc;

use sobolev_kernels::Complex;
use sobolev_solvers::fem::quadrature::Rule;
use sobolev_solvers::fem::{Assembler, Condensed, Element, Field, Form, Space};
use sobolev_solvers::linear::Csr;
use sobolev_solvers::mesh::{CellKind, Mesh};

use crate::fem_elements::{mesh, shaken};

fn pairs() -> impl Iterator<Item = (Element, CellKind)> {
    Element::ALL.into_iter().flat_map(|e| CellKind::ALL.map(|k| (e, k))).filter(|(e, k)| e.fits(*k))
}

fn assembler(mesh: Arc<Mesh>, element: Element, components: usize) -> Assembler {
    Assembler::new(Arc::new(Space::new(mesh, element, components).unwrap())).unwrap()
}

/// Inverse transpose of the Jacobian, and its determinant, by cofactors.
fn cofactors(j: [[f64; 3]; 3]) -> ([[f64; 3]; 3], f64) {
    let cofactor = |r: usize, c: usize| {
        let (a, b, d, e) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        j[a][d] * j[b][e] - j[a][e] * j[b][d]
    };
    let det = (0..3).map(|c| j[0][c] * cofactor(0, c)).sum::<f64>();
    (std::array::from_fn(|r| std::array::from_fn(|c| cofactor(r, c) / det)), det)
}

/// Basis values, gradients and weight at one point of a cell.
struct At {
    x: [f64; 3],
    values: Vec<f64>,
    gradients: Vec<[f64; 3]>,
    weight: f64,
}

/// Visits every quadrature point of every cell with the element's own functions, one by one.
fn each_point(space: &Space, mut visit: impl FnMut(usize, &At)) {
    let (kind, element) = (space.kind(), space.element());
    let rule = Rule::new(kind, 2 * element.degree());
    for c in 0..space.mesh().n_cells() {
        let geometry = space.mesh().geometry(c);
        for (xi, w) in rule.iter() {
            let (inverse, det) = cofactors(geometry.jacobian(xi));
            let turn = |g: [f64; 3]| inverse.map(|row| row[0] * g[0] + row[1] * g[1] + row[2] * g[2]);
            let at = At {
                x: geometry.map(xi),
                values: element.values(kind, xi).unwrap(),
                gradients: element.gradients(kind, xi).unwrap().into_iter().map(turn).collect(),
                weight: w * det,
            };
            visit(c, &at);
        }
    }
}

/// Sums `entry(at, i, j, c, d)` for nodes i, j and components c, d over all points.
fn naive(space: &Space, entry: impl Fn(&At, usize, usize, usize, usize) -> f64) -> Csr<f64> {
    let (n, m) = (space.n_cell_nodes(), space.components());
    let mut cells = vec![vec![0.0; n * n * m * m]; space.mesh().n_cells()];
    each_point(space, |cell, at| {
        for (k, sum) in cells[cell].iter_mut().enumerate() {
            *sum += at.weight * entry(at, k / (n * m * m), k / (m * m) % n, k / m % m, k % m);
        }
    });
    let mut triplets = Vec::new();
    for (cell, values) in cells.iter().enumerate() {
        let nodes = space.cell_nodes(cell);
        for (k, &value) in values.iter().enumerate() {
            let (row, column) = (nodes[k / (n * m * m)] as usize, nodes[k / (m * m) % n] as usize);
            triplets.push((row * m + k / m % m, column * m + k % m, value));
        }
    }
    Csr::from_triplets(space.n_dofs(), space.n_dofs(), &triplets).unwrap()
}

fn difference(name: &str, found: &Csr<f64>, expected: &Csr<f64>) {
    let n = found.n_rows();
    let scale = expected.values().iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    for row in 0..n {
        assert_eq!(found.row(row).0, expected.row(row).0, "{name}: columns of row {row}");
        for (a, b) in found.row(row).1.iter().zip(expected.row(row).1) {
            assert!((a - b).abs() < 2e-13 * scale, "{name}, row {row}: {a} {b}");
        }
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn smooth(x: [f64; 3]) -> f64 {
    1.0 + 0.3 * (2.0 * x[0] - x[1] + 0.5 * x[2]).sin()
}

fn velocity(x: [f64; 3]) -> [f64; 3] {
    [1.0 + x[1], x[0] - x[2], 0.5]
}

fn tensor(x: [f64; 3]) -> [[f64; 3]; 3] {
    [[2.0, 0.3, x[0]], [-0.1, 1.0 + x[1], 0.2], [0.4, 0.0, 3.0]]
}

/// Two cells an axis, but enough of Q2 hexahedra that their element matrices do not fit in one batch.
fn sizes(element: Element, kind: CellKind) -> usize {
    match (element, kind) {
        (Element::Q2, CellKind::Hexahedron) => 9,
        _ => 3,
    }
}

#[test]
fn forms_equal_the_naive_sum() {
    for (element, kind) in pairs() {
        let assembler = assembler(shaken(kind, sizes(element, kind)), element, 1);
        let space = assembler.space();
        let forms = [
            Form::Mass(Field::Function(&smooth)),
            Form::Diffusion(Field::Function(&smooth)),
            Form::Anisotropic(Field::Function(&tensor)),
            Form::Advection(Field::Function(&velocity)),
        ];
        let found = assembler.matrix(&forms).unwrap();
        let dim = kind.dim();
        let expected = naive(space, |at, i, j, _, _| {
            let (gi, gj) = (at.gradients[i], at.gradients[j]);
            let block = tensor(at.x);
            let flux: f64 =
                (0..dim).map(|r| gi[r] * (0..dim).map(|c| block[r][c] * gj[c]).sum::<f64>()).sum();
            let along: f64 = (0..dim).map(|a| velocity(at.x)[a] * gj[a]).sum();
            smooth(at.x) * (at.values[i] * at.values[j] + dot(gi, gj)) + flux + at.values[i] * along
        });
        difference(&format!("{element:?} {kind:?}"), &found, &expected);
    }
}

#[test]
fn elasticity_equals_the_naive_sum() {
    for (element, kind) in pairs() {
        let dim = kind.dim();
        let n = if sizes(element, kind) > 3 { 7 } else { 2 };
        let assembler = assembler(shaken(kind, n), element, dim);
        let space = assembler.space();
        let lame = |x: [f64; 3]| (smooth(x), 1.0 + 0.5 * x[0]);
        let by_function =
            Form::Elasticity { lambda: Field::Function(&|x| lame(x).0), mu: Field::Function(&|x| lame(x).1) };
        let expected = naive(space, |at, i, j, c, d| {
            let ((lambda, mu), gi, gj) = (lame(at.x), at.gradients[i], at.gradients[j]);
            let own = if c == d { dot(gi, gj) } else { 0.0 };
            lambda * gi[c] * gj[d] + mu * (gi[d] * gj[c] + own)
        });
        difference(&format!("{element:?} {kind:?}"), &assembler.matrix(&[by_function]).unwrap(), &expected);
    }
}

fn largest_difference(a: &Csr<f64>, b: &Csr<f64>) -> f64 {
    let scale = a.values().iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    a.values().iter().zip(b.values()).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs())) / scale
}

/// The same coefficient in every way of giving it: the paths with and without quadrature agree.
#[test]
fn kinds_of_fields_agree() {
    for (element, kind) in pairs() {
        let components = kind.dim();
        let assembler = assembler(shaken(kind, 2), element, components);
        let (cells, points) = (assembler.space().mesh().n_cells(), assembler.quadrature_points());
        assert_eq!(points.len(), cells * assembler.n_quadrature_points());
        let forms = |f: Field<'_, f64>| {
            assembler
                .matrix(&[Form::Mass(f), Form::Diffusion(f), Form::Elasticity { lambda: f, mu: f }])
                .unwrap()
        };
        let constant = forms(Field::Constant(1.7));
        for other in [
            Field::Cells(&vec![1.7; cells]),
            Field::Points(&vec![1.7; points.len()]),
            Field::Nodes(&vec![1.7; assembler.space().n_nodes()]),
            Field::Function(&|_| 1.7),
        ] {
            assert!(largest_difference(&constant, &forms(other)) < 1e-14, "{element:?} {kind:?} {other:?}");
        }
        let linear = |x: [f64; 3]| 1.0 + x[0] + 0.5 * x[1] - 0.2 * x[2];
        let by_function = forms(Field::Function(&linear));
        let at_points: Vec<f64> = points.iter().map(|&x| linear(x)).collect();
        let at_nodes = assembler.space().interpolate(linear);
        assert!(largest_difference(&by_function, &forms(Field::Points(&at_points))) < 1e-14);
        // Vertices map linearly, so that an interpolant of a linear function is exact on every cell.
        assert!(
            largest_difference(&by_function, &forms(Field::Nodes(&at_nodes))) < 1e-13,
            "{element:?} {kind:?}"
        );
    }
}

#[test]
fn complex_forms_are_linear_in_their_coefficients() {
    for (element, kind) in [(Element::P1, CellKind::Triangle), (Element::Q2, CellKind::Quadrilateral)] {
        let assembler = assembler(shaken(kind, 3), element, 1);
        let matrix = |re: f64, im: f64| {
            let z = Complex::new(re, im);
            let tensor = [[z, z * 0.5, z], [z * 0.1, z, z], [z, z, z]];
            let forms = [
                Form::Mass(Field::Constant(z)),
                Form::Diffusion(Field::Function(&|x| z * smooth(x))),
                Form::Anisotropic(Field::Constant(tensor)),
            ];
            assembler.matrix(&forms).unwrap()
        };
        let (one, both) = (matrix(1.0, 0.0), matrix(0.3, -2.0));
        for (a, b) in one.values().iter().zip(both.values()) {
            assert!(a.im == 0.0 && (a * Complex::new(0.3, -2.0) - b).norm() < 1e-13);
        }
    }
}

#[test]
fn matrices_are_symmetric_and_annihilate_constants() {
    for (element, kind) in pairs() {
        let assembler = assembler(shaken(kind, 3), element, 1);
        for field in [Field::Constant(2.0), Field::Function(&smooth)] {
            let k = assembler.matrix(&[Form::Diffusion(field)]).unwrap();
            let m = assembler.matrix(&[Form::Mass(field)]).unwrap();
            for a in [&k, &m] {
                for row in 0..a.n_rows() {
                    for (&column, &value) in a.row(row).0.iter().zip(a.row(row).1) {
                        assert_eq!(value, a.get(column as usize, row), "{element:?} {kind:?}");
                    }
                }
            }
            let ones = vec![1.0; k.n_rows()];
            let mut y = ones.clone();
            k.multiply(&ones, &mut y);
            assert!(y.iter().all(|y| y.abs() < 1e-12), "{element:?} {kind:?}");
        }
        let m = assembler.matrix(&[Form::Mass(Field::Constant(1.0))]).unwrap();
        let volume: f64 = m.values().iter().sum();
        assert!((volume - 1.0).abs() < 1e-13, "{element:?} {kind:?}: {volume}");
    }
}

/// Translations and rotations have no energy; a dilation has.
#[test]
fn rigid_body_modes_are_the_kernel_of_elasticity() {
    for (element, kind) in pairs().filter(|(_, k)| k.dim() > 1) {
        let dim = kind.dim();
        let assembler = assembler(shaken(kind, 2), element, dim);
        let n_cells = assembler.space().mesh().n_cells();
        let lambda: Vec<f64> = (0..n_cells).map(|c| 1.0 + (c % 5) as f64).collect();
        let k = assembler
            .matrix(&[Form::Elasticity { lambda: Field::Cells(&lambda), mu: Field::Function(&smooth) }])
            .unwrap();
        let energy = |mode: &dyn Fn([f64; 3]) -> [f64; 3]| {
            let u: Vec<f64> =
                assembler.space().node_points().iter().flat_map(|&x| mode(x).into_iter().take(dim)).collect();
            let mut y = vec![0.0; u.len()];
            k.multiply(&u, &mut y);
            (y.iter().fold(0.0_f64, |m, y| m.max(y.abs())), u.iter().zip(&y).map(|(u, y)| u * y).sum::<f64>())
        };
        let modes: [&dyn Fn([f64; 3]) -> [f64; 3]; 6] = [
            &|_| [1.0, 0.0, 0.0],
            &|_| [0.0, 1.0, 0.0],
            &|x| [-x[1], x[0], 0.0],
            &|_| [0.0, 0.0, 1.0],
            &|x| [0.0, -x[2], x[1]],
            &|x| [x[2], 0.0, -x[0]],
        ];
        for (i, mode) in modes[..if dim == 2 { 3 } else { 6 }].iter().enumerate() {
            let force = energy(mode).0;
            assert!(force < 1e-12, "{element:?} {kind:?} mode {i}: {force:e}");
        }
        assert!(energy(&|x| x).1 > 1.0, "{element:?} {kind:?}");
        let largest = k.values().iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for row in 0..k.n_rows() {
            for (&column, &value) in k.row(row).0.iter().zip(k.row(row).1) {
                assert!((value - k.get(column as usize, row)).abs() < 1e-14 * largest);
            }
        }
    }
}

/// Bits of a matrix, loads, norms and a condensed system, made with a number of threads.
fn bits(threads: usize, element: Element, kind: CellKind, n: usize) -> Vec<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let assembler = assembler(mesh(kind, n, 0.1), element, 1);
        let space = assembler.space();
        let k = assembler
            .matrix(&[Form::Diffusion(Field::Function(&smooth)), Form::Mass(Field::Constant(3.0))])
            .unwrap();
        let b = assembler.load(Field::Function(&smooth)).unwrap();
        let lumped = assembler.lumped_mass(Field::Function(&smooth)).unwrap_or_default();
        let errors = space.errors(&b, |x| (smooth(x), [0.0; 3]));
        let condensed = Condensed::new(assembler.pattern(), &space.boundary_dofs("left").unwrap()).unwrap();
        let small = condensed.matrix(&k);
        let all =
            k.values().iter().chain(&b).chain(&lumped).chain(small.values()).chain([&errors.l2, &errors.h1]);
        all.map(|v| v.to_bits()).collect()
    })
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    for (element, kind, n) in [
        (Element::P1, CellKind::Triangle, 150),
        (Element::P3, CellKind::Triangle, 40),
        (Element::Q2, CellKind::Hexahedron, 9),
    ] {
        let one = bits(1, element, kind, n);
        assert!(
            [2, 3, 7].iter().all(|&threads| bits(threads, element, kind, n) == one),
            "{element:?} {kind:?}"
        );
    }
}

/// Cells in a random order make every batch touch most rows; the sums are those of the naive order.
#[test]
fn order_of_the_cells_only_changes_rounding() {
    let mesh = mesh(CellKind::Triangle, 160, 0.1);
    let n = mesh.n_cells();
    let mut parts = mesh.to_parts();
    // A permutation: 7919 is prime and does not divide the number of cells.
    parts.cells = (0..n).flat_map(|c| mesh.cell(c * 7919 % n).to_vec()).collect();
    let shuffled = Arc::new(Mesh::new(parts).unwrap());
    let matrix = |mesh: Arc<Mesh>| {
        let assembler = assembler(mesh, Element::P1, 1);
        assembler.matrix(&[Form::Diffusion(Field::Function(&smooth))]).unwrap()
    };
    let (a, b) = (matrix(mesh), matrix(shuffled));
    assert_eq!(a.pattern(), b.pattern());
    assert!(largest_difference(&a, &b) < 1e-14);
}

#[test]
fn assembling_again_starts_from_zero() {
    let assembler = assembler(mesh(CellKind::Triangle, 8, 0.1), Element::P2, 1);
    let form = |a: f64| [Form::Diffusion(Field::Constant(a))];
    let mut k = assembler.matrix(&form(5.0)).unwrap();
    assembler.matrix_into(&form(2.0), &mut k).unwrap();
    assert_eq!(k, assembler.matrix(&form(2.0)).unwrap());
    assembler.add(&form(1.0), &mut k).unwrap();
    assert!(largest_difference(&k, &assembler.matrix(&form(3.0)).unwrap()) < 1e-15);
}

#[test]
fn lumped_mass_is_positive_and_has_the_mass() {
    let density = |x: [f64; 3]| 1.0 + x[0];
    for (element, kind) in pairs() {
        let assembler = assembler(mesh(kind, 3, 0.1), element, 2);
        let lumped = assembler.lumped_mass(Field::Function(&density));
        let lumps = match element {
            Element::P1 | Element::Q1 | Element::Q2 => true,
            Element::P2 => kind == CellKind::Interval,
            Element::P3 => false,
        };
        if !lumps {
            let message = lumped.unwrap_err().to_string();
            assert!(message.contains("for a lumped mass, but is P"), "{message}");
            continue;
        }
        let lumped = lumped.unwrap();
        assert!(lumped.iter().all(|m| *m > 0.0), "{element:?} {kind:?}");
        let mass: f64 = assembler.load(Field::Function(&|x| [density(x), 0.0])).unwrap().iter().sum();
        let total: f64 = lumped.iter().step_by(2).sum();
        assert!((total - mass).abs() < 2e-2 * mass, "{element:?} {kind:?}: {total} {mass}");
    }
}

#[test]
fn bad_fields_are_named() {
    let assembler = assembler(mesh(CellKind::Triangle, 2, 0.0), Element::P1, 1);
    let message = |forms: &[Form<'_, f64>]| assembler.matrix(forms).unwrap_err().to_string();
    let short = [1.0; 3];
    assert_eq!(
        message(&[Form::Diffusion(Field::Cells(&short))]),
        "the diffusion coefficient must hold 8 values ([cell] = [8]), but holds 3"
    );
    let mut bad = vec![1.0; 9];
    bad[4] = f64::INFINITY;
    assert_eq!(
        message(&[Form::Mass(Field::Nodes(&bad))]),
        "the mass coefficient must be finite, but is inf at flat position 4"
    );
    let one = Field::Constant(1.0);
    assert_eq!(
        message(&[Form::Elasticity { lambda: one, mu: one }]),
        "components must be the dimension of the mesh for elasticity, but is 1 in 2-D"
    );
    assert_eq!(
        assembler.load(Field::Constant([1.0, 2.0])).unwrap_err().to_string(),
        "components of the source must be those of the space, but is 2 for a space with 1"
    );
}
