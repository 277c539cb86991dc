//! Point location, sampling on grids, VTU output.

use std::sync::Arc;

use sobolev_kernels::rng;
use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Grid;
use sobolev_solvers::mesh::vtu::{self, Field};
use sobolev_solvers::mesh::{CellKind, GridSampler, Locator, Mesh};

/// The unit interval, square, cube with its inside bent.
fn bent(kind: CellKind) -> Mesh {
    let mesh = match kind.dim() {
        1 => Mesh::interval(9, 0., 1.),
        2 => Mesh::rectangle(kind, [9, 7], [0.; 2], [1.; 2]),
        _ => Mesh::cuboid(kind, [5, 4, 6], [0.; 3], [1.; 3]),
    }
    .unwrap();
    let bump =
        |x: [f64; 3]| x[..kind.dim()].iter().map(|v| (std::f64::consts::PI * v).sin()).product::<f64>();
    mesh.map(|x| {
        let mut y = x;
        for (axis, y) in y[..kind.dim()].iter_mut().enumerate() {
            *y += [0.06, -0.05, 0.04][axis] * bump(x);
        }
        y
    })
    .unwrap()
}

fn uniform(rng: &mut impl rand::Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

#[test]
fn every_point_is_found_in_its_cell() {
    for kind in CellKind::ALL {
        let mesh = Arc::new(bent(kind));
        let locator = Locator::new(mesh.clone());
        let mut rng = rng::stream(3, kind.dim() as u64);
        for _ in 0..2000 {
            let mut x = [0.; 3];
            x[..kind.dim()].fill_with(|| uniform(&mut rng));
            let at = locator.locate(x).unwrap_or_else(|| panic!("{kind:?} {x:?} is lost"));
            let image = mesh.geometry(at.cell as usize).map(at.reference);
            assert!(image.iter().zip(x).all(|(a, b)| (a - b).abs() < 1e-12), "{kind:?} {x:?} {image:?}");
            let inside = at.reference.iter().all(|&v| (-1e-9..=1. + 1e-9).contains(&v));
            assert!(inside, "{kind:?} {:?}", at.reference);
            // Known reference coordinates come back.
            let again = locator.locate(mesh.geometry(at.cell as usize).map(at.reference)).unwrap();
            assert_eq!(again.cell, at.cell);
        }
        for (c, vertices) in mesh.cells().chunks_exact(kind.n_vertices()).enumerate() {
            let at = locator.locate(mesh.geometry(c).map([0.21; 3].map(|v| v))).unwrap();
            let inside_simplex = !kind.is_simplex() || 0.21 * kind.dim() as f64 <= 1.;
            assert!(at.cell as usize == c || !inside_simplex);
            // A vertex belongs to several cells, and is given to the first.
            for &v in vertices {
                let at = locator.locate(mesh.points()[v as usize]).unwrap();
                assert!(at.cell as usize <= c && mesh.cell(at.cell as usize).contains(&v));
            }
        }
    }
}

#[test]
fn points_outside_are_not_found_and_near_ones_are_when_asked() {
    for kind in CellKind::ALL {
        let locator = Locator::new(Arc::new(bent(kind)));
        let mut x = [0.; 3];
        x[..kind.dim()].fill(0.4);
        x[0] = 1.001;
        assert_eq!(locator.locate(x), None, "{kind:?}");
        assert_eq!(locator.locate_near(x, 1e-4), None, "{kind:?}");
        let at = locator.locate_near(x, 0.01).unwrap();
        let image = locator.mesh().geometry(at.cell as usize).map(at.reference);
        assert!((image[0] - 1.).abs() < 1e-12, "{kind:?}: {image:?}");
        assert_eq!(locator.locate([f64::NAN; 3]), None);
        assert_eq!(locator.locate([-1e300; 3]), None);
    }
}

#[test]
fn linear_fields_are_sampled_exactly_and_others_to_second_order() {
    for kind in CellKind::ALL {
        let mut mesh = bent(kind);
        let shape: &[usize] = [&[411][..], &[53, 61], &[17, 19, 23]][kind.dim() - 1];
        let mut errors = Vec::new();
        for level in 0..if kind.dim() == 3 { 4 } else { 5 } {
            if level > 0 {
                mesh = mesh.refine().unwrap();
            }
            let shared = Arc::new(mesh.clone());
            let locator = Locator::new(shared.clone());
            let grid = GridSampler::new(&locator, shape, [0.; 3], [1.; 3], Grid::Nodes, 1e-9).unwrap();
            let linear: Vec<f64> = mesh.points().iter().map(|x| 1. + 2. * x[0] - x[1] + 3. * x[2]).collect();
            let smooth: Vec<f64> =
                mesh.points().iter().map(|x| (3. * x[0]).sin() * (x[1] + x[2]).exp()).collect();
            let (linear, smooth) = (grid.sample(&linear, f64::NAN), grid.sample(&smooth, f64::NAN));
            let mut squares = 0.;
            for (flat, (linear, smooth)) in linear.iter().zip(&smooth).enumerate() {
                let mut x = [0.; 3];
                let mut rest = flat;
                for (axis, n) in shape.iter().rev().enumerate() {
                    x[axis] = (rest % n) as f64 / (n - 1) as f64;
                    rest /= n;
                }
                assert!((linear - (1. + 2. * x[0] - x[1] + 3. * x[2])).abs() < 1e-11, "{kind:?} {x:?}");
                squares += (smooth - (3. * x[0]).sin() * (x[1] + x[2]).exp()).powi(2);
            }
            errors.push((0.5f64.powi(level), (squares / smooth.len() as f64).sqrt()));
        }
        assert_order(&format!("{kind:?}"), &errors, 2., 0., 2e-3);
    }
}

#[test]
fn grid_points_outside_get_the_fill_value() {
    let mesh = Arc::new(Mesh::rectangle(CellKind::Quadrilateral, [4, 4], [0.; 2], [1.; 2]).unwrap());
    let locator = Locator::new(mesh.clone());
    let grid = GridSampler::new(&locator, &[2, 4], [0.; 3], [2., 1., 0.], Grid::Cells, 0.).unwrap();
    assert_eq!(grid.sample(&vec![5.; mesh.n_points()], -1.), [5., 5., -1., -1., 5., 5., -1., -1.]);
    for shape in [&[3][..], &[3, 0], &[3, 3, 3]] {
        assert!(GridSampler::new(&locator, shape, [0.; 3], [1.; 3], Grid::Cells, 0.).is_err());
    }
    assert!(GridSampler::new(&locator, &[1, 2], [0.; 3], [1.; 3], Grid::Nodes, 0.).is_err());
    assert!(GridSampler::new(&locator, &[2, 2], [0.; 3], [1., 0., 1.], Grid::Cells, 0.).is_err());
}

#[test]
fn very_flat_domains_are_searched_within_reason() {
    let mesh = Mesh::cuboid(CellKind::Tetrahedron, [30, 2, 2], [0.; 3], [1e6, 1e-3, 1.]).unwrap();
    let locator = Locator::new(Arc::new(mesh));
    assert!(locator.locate([123_456., 2e-4, 0.7]).is_some());
}

/// An array of a file that this crate wrote: its bytes after the length.
fn array(file: &[u8], name: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let declared = &text[text.find(&format!("Name=\"{name}\"")).unwrap()..];
    let offset = declared.split("offset=\"").nth(1).unwrap().split('"').next().unwrap();
    let marker = b"<AppendedData encoding=\"raw\">\n_";
    let data = file.windows(marker.len()).position(|w| w == marker).unwrap() + marker.len();
    let start = data + offset.parse::<usize>().unwrap();
    let length = u64::from_le_bytes(file[start..start + 8].try_into().unwrap()) as usize;
    file[start + 8..start + 8 + length].to_vec()
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
}

#[test]
fn vtu_files_hold_the_mesh_and_the_fields() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mesh.vtu");
    for kind in CellKind::ALL {
        let mesh = bent(kind).name_region("left half", |x| x[0] < 0.5).unwrap();
        let scalar: Vec<f64> = mesh.points().iter().map(|x| x[0] - x[1]).collect();
        let flow: Vec<f64> = mesh.points().iter().flat_map(|x| [x[0], -x[1]]).collect();
        let volume: Vec<f64> = (0..mesh.n_cells()).map(|c| mesh.geometry(c).measure()).collect();
        let fields = [Field::scalar("u < \"1\"", &scalar), Field::vector("flow", 2, &flow)];
        vtu::write(&path, &mesh, &fields, &[Field::scalar("volume", &volume)]).unwrap();
        let file = std::fs::read(&path).unwrap();
        assert_eq!(doubles(&array(&file, "u &lt; &quot;1&quot;")), scalar);
        let padded: Vec<f64> = flow.chunks_exact(2).flat_map(|v| [v[0], v[1], 0.]).collect();
        assert_eq!(doubles(&array(&file, "flow")), padded);
        assert_eq!(doubles(&array(&file, "volume")), volume);
        assert_eq!(doubles(&array(&file, "Points")), mesh.points().as_flattened());
        let cells: Vec<u32> = array(&file, "connectivity")
            .chunks_exact(8)
            .map(|b| u64::from_le_bytes(b.try_into().unwrap()) as u32)
            .collect();
        assert_eq!(cells, mesh.cells());
        assert_eq!(array(&file, "tag").len(), 4 * mesh.n_cells());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn vtu_refuses_fields_of_the_wrong_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mesh.vtu");
    let mesh = Mesh::interval(4, 0., 1.).unwrap();
    let error = vtu::write(&path, &mesh, &[Field::scalar("u", &[0.; 4])], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "values must hold 5 values (field u: 5 points of 1 components), but holds 4"
    );
    assert!(vtu::write(&path, &mesh, &[], &[Field::vector("w", 0, &[])]).is_err());
    assert!(!path.exists());
    assert!(vtu::write(folder.path().join("no/mesh.vtu"), &mesh, &[], &[]).is_err());
}
