//! Values of finite element fields between their nodes.

use std::sync::Arc;

use sobolev_kernels::Complex;
use sobolev_solvers::Error;
use sobolev_solvers::fem::{Element, Evaluator, Space};
use sobolev_solvers::mesh::{CellKind, Location, Locator};

use super::fem_elements::{mesh, shaken};

/// Points in the unit cube that are nodes of none of the meshes.
fn points(dim: usize) -> Vec<[f64; 3]> {
    let at = |k: usize, axis: usize| {
        if axis < dim { (0.37 + k as f64 * [0.618, 0.4142, 0.7321][axis]).fract() } else { 0. }
    };
    (0..40).map(|k| [0, 1, 2].map(|axis| at(k, axis))).collect()
}

#[test]
fn polynomials_of_the_element_are_exact() {
    let all = Element::ALL.into_iter().flat_map(|e| CellKind::ALL.map(|k| (e, k)));
    for (element, kind) in all.filter(|(e, k)| e.fits(*k)) {
        let mesh = shaken(kind, 3);
        let space = Arc::new(Space::new(mesh.clone(), element, 1).unwrap());
        let degree = element.degree() as i32;
        let p = |x: [f64; 3]| (1. + x[0] - 0.5 * x[1] + 2. * x[2]).powi(degree);
        let xs = points(kind.dim());
        let locator = Locator::new(mesh);
        let locations: Vec<_> = xs.iter().map(|&x| locator.locate(x)).collect();
        let evaluator = Evaluator::new(space.clone(), &locations).unwrap();
        assert_eq!(evaluator.n_points(), xs.len());
        for (x, found) in xs.iter().zip(evaluator.values(&space.interpolate(p), f64::NAN)) {
            assert!((found - p(*x)).abs() < 1e-12, "{element:?} on a {}: {found} at {x:?}", kind.name());
        }
    }
}

#[test]
fn several_components_complex_numbers_and_points_outside() {
    let mesh = shaken(CellKind::Triangle, 4);
    let locator = Locator::new(mesh.clone());
    let locations = [locator.locate([0.3, 0.4, 0.]), locator.locate([1.5, 0.4, 0.])];
    let plane = Arc::new(Space::new(mesh.clone(), Element::P2, 2).unwrap());
    let u = plane.interpolate_vector(|x| [x[0] * x[1], x[1] - x[0]]);
    let found = Evaluator::new(plane, &locations).unwrap().values(&u, -7.);
    assert!((found[0] - 0.12).abs() < 1e-14 && (found[1] - 0.1).abs() < 1e-14);
    assert_eq!(found[2..], [-7., -7.]);
    let scalar = Arc::new(Space::new(mesh, Element::P3, 1).unwrap());
    let wave = scalar.interpolate(|x| Complex::new(x[0].powi(3), -x[1]));
    let found = Evaluator::new(scalar, &locations).unwrap().values(&wave, Complex::new(0., 0.));
    assert!((found[0] - Complex::new(0.027, -0.4)).norm() < 1e-14);
}

#[test]
fn locations_of_another_mesh_are_refused() {
    let space = Arc::new(Space::new(mesh(CellKind::Quadrilateral, 3, 0.), Element::Q1, 1).unwrap());
    let far = Some(Location { cell: 9, reference: [0.5; 3] });
    let error = Evaluator::new(space, &[None, far]).unwrap_err();
    assert!(matches!(error, Error::Config { field: "locations", .. }), "{error}");
    assert!(error.to_string().contains("cell 9 of 9"), "{error}");
}
