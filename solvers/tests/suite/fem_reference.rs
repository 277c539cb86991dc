//! Quadrature rules integrate all monomials of their degree; elements are Lagrange bases of their spaces.

use sobolev_solvers::fem::Element;
use sobolev_solvers::fem::quadrature::Rule;
use sobolev_solvers::mesh::CellKind;

fn factorial(n: usize) -> f64 {
    (1..=n).map(|k| k as f64).product()
}

/// ∫ x^a y^b z^c over the reference cell.
fn monomial_integral(kind: CellKind, [a, b, c]: [usize; 3]) -> f64 {
    match kind {
        CellKind::Interval | CellKind::Quadrilateral | CellKind::Hexahedron => {
            1.0 / ((a + 1) * (b + 1) * (c + 1)) as f64
        }
        CellKind::Triangle => factorial(a) * factorial(b) / factorial(a + b + 2),
        CellKind::Tetrahedron => factorial(a) * factorial(b) * factorial(c) / factorial(a + b + c + 3),
    }
}

/// The monomials a rule of this degree must integrate.
fn monomials(kind: CellKind, degree: usize) -> Vec<[usize; 3]> {
    let limit = |axis: usize| if axis < kind.dim() { degree } else { 0 };
    let mut all = Vec::new();
    for a in 0..=limit(0) {
        for b in 0..=limit(1) {
            for c in 0..=limit(2) {
                if !kind.is_simplex() || a + b + c <= degree {
                    all.push([a, b, c]);
                }
            }
        }
    }
    all
}

fn power(x: [f64; 3], e: [usize; 3]) -> f64 {
    (0..3).map(|axis| x[axis].powi(e[axis] as i32)).product()
}

fn inside(kind: CellKind, x: [f64; 3]) -> bool {
    let dim = kind.dim();
    let positive = x[..dim].iter().all(|&x| x > 0.0 && x < 1.0) && x[dim..].iter().all(|&x| x == 0.0);
    positive && (!kind.is_simplex() || x.iter().sum::<f64>() < 1.0)
}

#[test]
fn rules_integrate_monomials() {
    for kind in CellKind::ALL {
        for degree in 0..=16 {
            let rule = Rule::new(kind, degree);
            for e in monomials(kind, degree) {
                let (sum, exact) =
                    (rule.iter().map(|(x, w)| w * power(x, e)).sum::<f64>(), monomial_integral(kind, e));
                assert!(
                    (sum - exact).abs() < 4e-15 * kind.reference_measure(),
                    "{kind:?} {degree} {e:?}: {sum} {exact}"
                );
            }
            assert!(rule.iter().all(|(x, w)| w > 0.0 && inside(kind, x)), "{kind:?} {degree}");
        }
    }
}

/// The work: a rule that grows unnoticed makes all assembly slower.
#[test]
fn rules_have_few_points() {
    let counts = |kind, degrees: &[usize]| -> Vec<usize> {
        degrees.iter().map(|&d| Rule::new(kind, d).len()).collect()
    };
    assert_eq!(counts(CellKind::Interval, &[1, 3, 5]), [1, 2, 3]);
    assert_eq!(counts(CellKind::Triangle, &[1, 2, 4, 5, 6, 7, 8]), [1, 3, 6, 7, 12, 16, 25]);
    assert_eq!(counts(CellKind::Tetrahedron, &[1, 2, 3, 5, 6]), [1, 4, 14, 14, 64]);
    assert_eq!(counts(CellKind::Quadrilateral, &[2, 4]), [4, 9]);
    assert_eq!(counts(CellKind::Hexahedron, &[2, 4]), [8, 27]);
}

#[test]
fn facet_rules_have_the_measure_of_the_facet() {
    for (kind, measure) in CellKind::ALL.into_iter().zip([1.0, 1.0, 1.0, 0.5, 1.0]) {
        let sum: f64 = Rule::on_facet(kind, 4).weights().iter().sum();
        assert!((sum - measure).abs() < 1e-15, "{kind:?}");
    }
}

fn elements() -> impl Iterator<Item = (Element, CellKind)> {
    Element::ALL.into_iter().flat_map(|e| CellKind::ALL.map(|k| (e, k))).filter(|(e, k)| e.fits(*k))
}

#[test]
fn elements_exist_where_they_should() {
    assert_eq!(elements().count(), 3 * 3 + 2 * 3);
    for (kind, dofs) in [
        (CellKind::Interval, [2, 3, 4, 2, 3]),
        (CellKind::Triangle, [3, 6, 10, 0, 0]),
        (CellKind::Quadrilateral, [0, 0, 0, 4, 9]),
        (CellKind::Tetrahedron, [4, 10, 20, 0, 0]),
        (CellKind::Hexahedron, [0, 0, 0, 8, 27]),
    ] {
        let found = Element::ALL.map(|e| e.nodes(kind).map_or(0, |n| n.len()));
        assert_eq!(found, dofs, "{kind:?}");
    }
    let message = Element::P2.nodes(CellKind::Hexahedron).unwrap_err().to_string();
    assert_eq!(
        message,
        "element must be Q1 or Q2 on quadrilaterals and hexahedra, but is P2 on a hexahedron"
    );
}

#[test]
fn basis_is_one_at_its_node_and_zero_at_the_others() {
    for (element, kind) in elements() {
        let nodes = element.nodes(kind).unwrap();
        for (i, &node) in nodes.iter().enumerate() {
            for (j, value) in element.values(kind, node).unwrap().into_iter().enumerate() {
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((value - expected).abs() < 2e-15, "{element:?} {kind:?} {i} {j}: {value}");
            }
        }
    }
}

#[test]
fn basis_sums_to_one() {
    for (element, kind) in elements() {
        for &xi in Rule::new(kind, 7).points() {
            let sum: f64 = element.values(kind, xi).unwrap().iter().sum();
            let slope = element
                .gradients(kind, xi)
                .unwrap()
                .iter()
                .fold([0.0; 3], |s, g| [s[0] + g[0], s[1] + g[1], s[2] + g[2]]);
            assert!(
                (sum - 1.0).abs() < 1e-14 && slope.iter().all(|s| s.abs() < 2e-14),
                "{element:?} {kind:?}"
            );
        }
    }
}

/// All polynomials of the element's degree are reproduced, values and derivatives.
#[test]
fn basis_reproduces_polynomials() {
    for (element, kind) in elements() {
        let nodes = element.nodes(kind).unwrap();
        for e in monomials(kind, element.degree()) {
            for &xi in Rule::new(kind, 5).points() {
                let values = element.values(kind, xi).unwrap();
                let gradients = element.gradients(kind, xi).unwrap();
                let sum: f64 = nodes.iter().zip(&values).map(|(&x, v)| v * power(x, e)).sum();
                assert!((sum - power(xi, e)).abs() < 1e-14, "{element:?} {kind:?} {e:?}");
                for axis in 0..kind.dim() {
                    let sum: f64 = nodes.iter().zip(&gradients).map(|(&x, g)| g[axis] * power(x, e)).sum();
                    let mut lower = e;
                    let exact = if e[axis] == 0 {
                        0.0
                    } else {
                        lower[axis] -= 1;
                        e[axis] as f64 * power(xi, lower)
                    };
                    assert!(
                        (sum - exact).abs() < 3e-14,
                        "{element:?} {kind:?} {e:?} axis {axis}: {sum} {exact}"
                    );
                }
            }
        }
    }
}
