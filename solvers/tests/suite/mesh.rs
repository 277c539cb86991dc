//! Meshes: constructors, topology, checks, refinement.

use sobolev_solvers::Error;
use sobolev_solvers::mesh::{CellKind, Defect, Group, Mesh, MeshParts};

/// A box of side lengths 2, 1, 3/2 (as many as the kind has) of each kind.
fn block(kind: CellKind, n: [usize; 3]) -> Mesh {
    match kind.dim() {
        1 => Mesh::interval(n[0], -1., 1.),
        2 => Mesh::rectangle(kind, [n[0], n[1]], [-1., 0.], [1., 1.]),
        _ => Mesh::cuboid(kind, n, [-1., 0., 0.5], [1., 1., 2.]),
    }
    .unwrap()
}

fn block_measure(kind: CellKind) -> f64 {
    [2., 2., 3.][kind.dim() - 1]
}

/// Measure of the sides left, right, bottom, top, back, front of the block.
fn side_measures(kind: CellKind) -> &'static [f64] {
    match kind.dim() {
        1 => &[1., 1.],
        2 => &[1., 1., 2., 2.],
        _ => &[1.5, 1.5, 3., 3., 2., 2.],
    }
}

const SIDES: [&str; 6] = ["left", "right", "bottom", "top", "back", "front"];

/// Alternating sum of the numbers of vertices, edges, faces and cells.
fn euler_characteristic(mesh: &Mesh) -> i64 {
    let (points, edges, cells) = (mesh.n_points() as i64, mesh.edges().0.len() as i64, mesh.n_cells() as i64);
    match mesh.dim() {
        1 => points - cells,
        2 => points - edges + cells,
        _ => points - edges + mesh.faces().0.len() as i64 - cells,
    }
}

fn assert_block(mesh: &Mesh) {
    mesh.check().unwrap();
    let kind = mesh.kind();
    assert!((mesh.measure() - block_measure(kind)).abs() < 1e-12, "{kind:?}");
    assert_eq!(euler_characteristic(mesh), 1, "{kind:?}");
    assert_eq!(mesh.boundary_names(), SIDES[..2 * kind.dim()]);
    let mut facets = 0;
    for (side, measure) in SIDES.iter().zip(side_measures(kind)) {
        let members = mesh.boundary(side).unwrap();
        facets += members.len();
        let found: f64 = members.iter().map(|&f| mesh.facet_measure(f)).sum();
        assert!((found - measure).abs() < 1e-12, "{kind:?} {side}: {found}");
    }
    assert_eq!(facets, mesh.facets().len());
}

#[test]
fn structured_blocks_have_their_volume_sides_and_euler_characteristic() {
    for kind in CellKind::ALL {
        assert_block(&block(kind, [1, 1, 1]));
        assert_block(&block(kind, [5, 3, 4]));
    }
    assert_eq!(block(CellKind::Tetrahedron, [2, 3, 4]).n_cells(), 6 * 24);
    assert_eq!(block(CellKind::Triangle, [2, 3, 0]).n_cells(), 12);
}

#[test]
fn facet_normals_point_out() {
    for kind in CellKind::ALL.into_iter().filter(|kind| kind.dim() > 1) {
        let mesh = block(kind, [3, 2, 2]);
        for (i, side) in SIDES[..2 * kind.dim()].iter().enumerate() {
            for f in mesh.boundary(side).unwrap() {
                let x: Vec<[f64; 3]> = mesh.facet_vertices(f).map(|v| mesh.points()[v as usize]).collect();
                let d = |k: usize, axis: usize| x[k][axis] - x[0][axis];
                let normal = match kind.dim() {
                    2 => [d(1, 1), -d(1, 0), 0.],
                    _ => [
                        d(1, 1) * d(2, 2) - d(1, 2) * d(2, 1),
                        d(1, 2) * d(2, 0) - d(1, 0) * d(2, 2),
                        d(1, 0) * d(2, 1) - d(1, 1) * d(2, 0),
                    ],
                };
                let out = if i % 2 == 0 { -1. } else { 1. };
                assert!(normal[i / 2] * out > 0., "{kind:?} {side} {normal:?}");
            }
        }
    }
}

#[test]
fn edges_and_faces_are_sorted_and_agree_with_the_cells() {
    for kind in CellKind::ALL {
        let mesh = block(kind, [3, 2, 2]);
        let (edges, of_cells) = mesh.edges();
        assert!(edges.is_sorted() && edges.iter().all(|[a, b]| a < b));
        for c in 0..mesh.n_cells() {
            for (l, local) in kind.edges().iter().enumerate() {
                let mut ends = [0, 1].map(|i| mesh.cell(c)[local[i] as usize]);
                ends.sort_unstable();
                assert_eq!(edges[of_cells[c * kind.edges().len() + l] as usize], ends);
            }
        }
        let (faces, of_cells) = mesh.faces();
        assert_eq!(faces.is_empty(), kind.dim() < 3);
        assert!(faces.is_sorted());
        for (i, &face) in of_cells.iter().enumerate() {
            let (c, l) = (i / kind.facets().len(), i % kind.facets().len());
            let mut vertices: Vec<u32> = kind.facets()[l].iter().map(|&v| mesh.cell(c)[v as usize]).collect();
            vertices.sort_unstable();
            vertices.resize(4, u32::MAX);
            assert_eq!(faces[face as usize].as_slice(), vertices);
        }
    }
    // n³ hexahedra have 3 n (n + 1)² edges and 3 n² (n + 1) faces.
    let mesh = block(CellKind::Hexahedron, [3, 3, 3]);
    assert_eq!((mesh.edges().0.len(), mesh.faces().0.len()), (144, 108));
}

#[test]
fn refinement_keeps_volume_names_and_regions() {
    for kind in CellKind::ALL {
        let coarse = block(kind, [3, 2, 1]).name_region("west", |x| x[0] < -1. / 3.).unwrap();
        let fine = coarse.refine().unwrap();
        assert_block(&fine);
        let children = 1 << kind.dim();
        assert_eq!(fine.n_cells(), children * coarse.n_cells());
        assert_eq!(fine.facets().len(), children / 2 * coarse.facets().len());
        assert_eq!(fine.points()[..coarse.n_points()], *coarse.points());
        let west = |mesh: &Mesh| -> f64 {
            mesh.region("west").unwrap().into_iter().map(|c| mesh.geometry(c).measure()).sum()
        };
        assert!((west(&fine) - west(&coarse)).abs() < 1e-12 && west(&coarse) > 0.);
        for c in 0..coarse.n_cells() {
            let volume: f64 = (0..children).map(|i| fine.geometry(children * c + i).measure()).sum();
            assert!((volume - coarse.geometry(c).measure()).abs() < 1e-13);
        }
        assert_block(&fine.refine().unwrap());
    }
}

#[test]
fn interfaces_keep_their_names_under_refinement() {
    for kind in CellKind::ALL {
        let mut parts = block(kind, [2, 2, 2]).to_parts();
        let n = kind.n_vertices();
        let middle: Vec<Vec<u32>> = (0..parts.n_cells())
            .flat_map(|c| {
                let cell = parts.cells[c * n..][..n].to_vec();
                kind.facets().iter().map(move |f| f.iter().map(|&v| cell[v as usize]).collect::<Vec<_>>())
            })
            .filter(|f| f.iter().all(|&v| parts.points[v as usize][0] == 0.))
            .collect();
        parts.facet_tags.extend(middle.iter().map(|_| 9));
        parts.facets.extend(middle.iter().flatten());
        parts.boundaries.push(Group { name: "middle".into(), tags: vec![9] });
        let mesh = Mesh::new(parts).unwrap();
        let n = mesh.interface("middle").unwrap().len();
        assert_eq!(n, middle.len() / 2);
        assert!(mesh.boundary("middle").is_err());
        assert_eq!(mesh.refine().unwrap().interfaces().len(), n << (kind.dim() - 1));
    }
}

#[test]
fn repeated_refinement_of_tetrahedra_keeps_their_shape() {
    let points = vec![[0., 0., 0.], [1., 0., 0.], [0.3, 0.8, 0.], [0.4, 0.2, 0.6]];
    let mut mesh = Mesh::new(MeshParts::new(CellKind::Tetrahedron, points, vec![0, 1, 2, 3])).unwrap();
    // Volume over the cube of the longest edge.
    let quality = |mesh: &Mesh| {
        (0..mesh.n_cells())
            .map(|c| {
                let g = mesh.geometry(c);
                let x = g.corners();
                let length = |e: &&[u8]| -> f64 {
                    (0..3).map(|i| (x[e[0] as usize][i] - x[e[1] as usize][i]).powi(2)).sum()
                };
                let longest = CellKind::Tetrahedron.edges().iter().map(length).fold(0., f64::max);
                g.measure() / longest.powf(1.5)
            })
            .fold(f64::INFINITY, f64::min)
    };
    let mut qualities = Vec::new();
    for _ in 0..5 {
        mesh = mesh.refine().unwrap();
        qualities.push(quality(&mesh));
    }
    assert!(qualities[4] > 0.5 * qualities[0], "{qualities:?}");
}

#[test]
fn groups_may_overlap() {
    let mesh = block(CellKind::Quadrilateral, [4, 4, 0])
        .name_boundary("corner", |x| x[0] < -0.4 && (x[1] == 0. || x[0] == -1.))
        .unwrap();
    assert_eq!(mesh.boundary("corner").unwrap().len(), 5);
    assert_eq!(mesh.boundary("left").unwrap().len(), 4);
    assert_eq!(mesh.boundary("bottom").unwrap().len(), 4);
    assert_eq!(mesh.refine().unwrap().boundary("corner").unwrap().len(), 10);
    let regions = mesh.name_region("a", |x| x[0] < 0.).unwrap().name_region("b", |x| x[1] < 0.5).unwrap();
    assert_eq!(regions.region("a").unwrap().len(), 8);
    assert_eq!(regions.region("b").unwrap().len(), 8);
    assert!(mesh.name_boundary("nowhere", |_| false).is_err());
}

#[test]
fn unknown_names_are_told_with_the_known_ones() {
    let mesh = block(CellKind::Triangle, [2, 2, 0]);
    assert_eq!(
        mesh.boundary("inlet").unwrap_err().to_string(),
        "there is no boundary named `inlet`; known names: left, right, bottom, top"
    );
    assert_eq!(
        mesh.region("rock").unwrap_err().to_string(),
        "there is no region named `rock`; known names: none"
    );
}

#[test]
fn constructors_refuse_bad_arguments() {
    for result in [
        Mesh::interval(0, 0., 1.),
        Mesh::interval(3, 1., 1.),
        Mesh::interval(3, 0., f64::INFINITY),
        Mesh::interval(usize::MAX, 0., 1.),
        Mesh::rectangle(CellKind::Interval, [1, 1], [0.; 2], [1.; 2]),
        Mesh::rectangle(CellKind::Triangle, [1, 0], [0.; 2], [1.; 2]),
        Mesh::rectangle(CellKind::Triangle, [1 << 20, 1 << 20], [0.; 2], [1.; 2]),
        Mesh::cuboid(CellKind::Quadrilateral, [1; 3], [0.; 3], [1.; 3]),
        Mesh::cuboid(CellKind::Hexahedron, [usize::MAX; 3], [0.; 3], [1.; 3]),
        Mesh::cuboid(CellKind::Hexahedron, [1; 3], [0.; 3], [1., f64::NAN, 1.]),
    ] {
        assert!(matches!(result, Err(Error::Config { .. })), "{result:?}");
    }
}

#[test]
fn mapped_meshes_are_checked() {
    let mesh = block(CellKind::Hexahedron, [3, 3, 3]);
    let sheared = mesh.map(|x| [x[0] + 0.3 * x[1], x[1], x[2]]).unwrap();
    assert!((sheared.measure() - 3.).abs() < 1e-12);
    assert!(matches!(mesh.map(|x| [-x[0], x[1], x[2]]), Err(Error::Mesh(Defect::Inverted { .. }))));
    assert!(matches!(mesh.map(|x| [x[0], x[1], 0.]), Err(Error::Mesh(Defect::Degenerate { cell: 0 }))));
    assert!(block(CellKind::Triangle, [2, 2, 0]).map(|x| [x[0], x[1], 1.]).is_err());
}

/// Two cells of each kind beside one another.
fn pair(kind: CellKind) -> MeshParts {
    block(kind, [2, 1, 1]).to_parts()
}

#[test]
fn orientation_is_repaired_for_every_kind() {
    for kind in CellKind::ALL {
        let mut parts = pair(kind);
        let n_cells = parts.n_cells();
        parts.points.iter_mut().for_each(|x| x[0] = -x[0]);
        assert_eq!(parts.check(), Err(Defect::Inverted { cell: 0, count: n_cells, cells: n_cells }));
        assert_eq!(parts.orient(), n_cells);
        assert_eq!(parts.check(), Ok(()));
        assert_eq!(parts.orient(), 0);
        assert!((Mesh::new(parts).unwrap().measure() - block_measure(kind)).abs() < 1e-12);
    }
}

#[test]
fn every_defect_is_found_and_names_its_place() {
    for kind in CellKind::ALL {
        let n = kind.n_vertices();
        let second = |change: &dyn Fn(&mut MeshParts)| {
            let mut parts = pair(kind);
            change(&mut parts);
            parts.check().unwrap_err()
        };
        let defect = second(&|p| p.cells[n] = 1000);
        assert!(matches!(defect, Defect::OutOfRange { cell: 1, vertex: 1000, .. }), "{defect}");
        let defect = second(&|p| p.cells[n] = p.cells[n + 1]);
        assert!(matches!(defect, Defect::RepeatedVertex { cell: 1, .. }), "{defect}");
        let defect = second(&|p| p.points.push([0.; 3]));
        assert!(matches!(defect, Defect::Unused { count: 1, .. }) && defect.can_repair(), "{defect}");
        let defect = second(&|p| {
            let again = p.cells[..n].to_vec();
            p.cells.extend(again);
            p.cell_tags.push(0);
        });
        let found = matches!(defect, Defect::Duplicate { first: 0, .. } | Defect::Crowded { .. });
        assert!(found && !defect.can_repair(), "{defect}");
        assert!(matches!(second(&|p| p.points[0][0] = f64::NAN), Defect::Point { point: 0, .. }));
        assert!(matches!(second(&|p| p.cells.clear()), Defect::Empty));
        assert!(matches!(second(&|p| p.cells.truncate(n + 1)), Defect::Length { list: "cells", .. }));
        assert!(matches!(second(&|p| p.cell_tags.push(1)), Defect::Length { list: "cell_tags", .. }));
        assert!(matches!(second(&|p| p.facet_tags.push(1)), Defect::Length { list: "facet_tags", .. }));
        let defect = second(&|p| p.facets[0] = 77);
        assert!(matches!(defect, Defect::LooseFacet { facet: 0, .. }), "{defect}");
        let defect = second(&|p| {
            let cell = p.cells[..n].to_vec();
            let first = p.points[cell[0] as usize];
            cell.iter().for_each(|&v| p.points[v as usize][0] = first[0]);
        });
        assert!(defect.cell().is_some() && !defect.can_repair(), "{defect}");
    }
}

#[test]
fn folded_and_overlapping_cells_are_found() {
    let square = vec![[0., 0., 0.], [1., 0., 0.], [1., 1., 0.], [0., 1., 0.]];
    // A bow tie, and an arrowhead with a reflex corner.
    let bow = MeshParts::new(CellKind::Quadrilateral, square.clone(), vec![0, 2, 1, 3]);
    assert_eq!(bow.check(), Err(Defect::Tangled { cell: 0 }));
    let mut arrow = MeshParts::new(CellKind::Quadrilateral, square, vec![0, 1, 2, 3]);
    arrow.points[2] = [0.2, 0.2, 0.];
    assert_eq!(arrow.check(), Err(Defect::Tangled { cell: 0 }));
    // Two triangles on the same side of their common edge.
    let points = vec![[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [1., 2., 0.]];
    let overlap = MeshParts::new(CellKind::Triangle, points, vec![0, 1, 2, 0, 1, 3]);
    assert_eq!(overlap.check(), Err(Defect::Overlap { first: 0, second: 1 }));
    // Three triangles at one edge, two of them folded over one another.
    let points = vec![[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [1., 2., 0.], [0., -1., 0.]];
    let crowd = MeshParts::new(CellKind::Triangle, points, vec![0, 1, 2, 0, 1, 3, 1, 0, 4]);
    assert!(matches!(crowd.check(), Err(Defect::Crowded { cell: 2, .. })));
}

/// The determinant of the Jacobian of a single hexahedron.
fn hexahedron_determinant(points: &[[f64; 3]], xi: [f64; 3]) -> f64 {
    let gradient = CellKind::Hexahedron.shape_gradient(xi);
    let column = |axis: usize| -> [f64; 3] {
        std::array::from_fn(|i| (0..8).map(|v| gradient[v][axis] * points[v][i]).sum())
    };
    let (a, b, c) = (column(0), column(1), column(2));
    a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1])
        + c[0] * (a[1] * b[2] - a[2] * b[1])
}

/// The top face turned over the bottom one by φ: the section at height t has the area |1 − t + t e^{iφ}|² > 0.
#[test]
fn twisted_hexahedra_are_accepted() {
    for degrees in [0., 40., 80., 120., 160., 175.] {
        let (sin, cos) = f64::to_radians(degrees).sin_cos();
        let mut points = CellKind::Hexahedron.reference_vertices().to_vec();
        for x in &mut points[4..] {
            let (a, b) = (x[0] - 0.5, x[1] - 0.5);
            *x = [0.5 + cos * a - sin * b, 0.5 + sin * a + cos * b, 1.];
        }
        let parts = MeshParts::new(CellKind::Hexahedron, points, (0..8).collect());
        assert_eq!(parts.check(), Ok(()), "{degrees}");
    }
}

/// Hexahedra that fold only inside, where their corners do not show it, are refused; those that do not fold are accepted.
#[test]
fn hexahedra_are_checked_between_their_corners() {
    let cube = CellKind::Hexahedron.reference_vertices();
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let mut hidden = 0;
    for _ in 0..4000 {
        let points: Vec<[f64; 3]> = cube.iter().map(|x| x.map(|v| v + 1.1 * random())).collect();
        let smallest = (0..9 * 9 * 9)
            .map(|i: usize| [i % 9, i / 9 % 9, i / 81].map(|k| k as f64 / 8.))
            .map(|xi| hexahedron_determinant(&points, xi))
            .fold(f64::INFINITY, f64::min);
        let at_corners =
            cube.iter().map(|&xi| hexahedron_determinant(&points, xi)).fold(f64::INFINITY, f64::min);
        let good = MeshParts::new(CellKind::Hexahedron, points, (0..8).collect()).check().is_ok();
        // Between the samples the determinant may fall below them, but not by much.
        assert!(!good || smallest > 0.);
        assert!(good || smallest < 0.02, "{smallest}");
        hidden += usize::from(!good && at_corners > 0.);
    }
    assert!(hidden > 5, "{hidden}");
}

#[test]
fn unused_points_are_dropped_in_order() {
    let mut parts = pair(CellKind::Triangle);
    parts.points.insert(0, [9., 9., 0.]);
    parts.cells.iter_mut().chain(&mut parts.facets).for_each(|v| *v += 1);
    assert!(matches!(parts.check(), Err(Defect::Unused { point: 0, count: 1 })));
    assert_eq!(parts.drop_unused_points(), 1);
    assert_eq!(parts, pair(CellKind::Triangle));
}
