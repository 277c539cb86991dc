//! Gmsh files: the four encodings, what becomes of them, and one clear error for each defect.

use std::path::PathBuf;

use sobolev_solvers::Error;
use sobolev_solvers::mesh::{CellKind, Mesh, gmsh};

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn boundary_measure(mesh: &Mesh, name: &str) -> f64 {
    mesh.boundary(name).unwrap().into_iter().map(|f| mesh.facet_measure(f)).sum()
}

fn region_measure(mesh: &Mesh, name: &str) -> f64 {
    mesh.region(name).unwrap().into_iter().map(|c| mesh.geometry(c).measure()).sum()
}

const PLATES: [&str; 6] = [
    "plate_22_ascii",
    "plate_22_binary",
    "plate_22_big_endian",
    "plate_41_ascii",
    "plate_41_binary",
    "plate_41_big_endian",
];

#[test]
fn all_encodings_give_the_same_mesh() {
    for name in PLATES {
        let mesh = gmsh::read(data(&format!("{name}.msh"))).unwrap();
        assert_eq!((mesh.kind(), mesh.n_points(), mesh.n_cells()), (CellKind::Triangle, 21, 28), "{name}");
        assert_eq!(mesh.region_names(), ["west", "east", "hot"], "{name}");
        assert_eq!(mesh.boundary_names(), ["inlet", "outlet", "rim"], "{name}");
        assert_eq!(mesh.interface_names(), ["seam"], "{name}");
        for (side, length) in [("inlet", 1.), ("outlet", 1.), ("rim", 6.)] {
            assert!((boundary_measure(&mesh, side) - length).abs() < 1e-12, "{name} {side}");
        }
        for region in ["west", "east", "hot"] {
            assert!((region_measure(&mesh, region) - 1.).abs() < 1e-12, "{name} {region}");
        }
        assert_eq!(mesh.region("east").unwrap(), mesh.region("hot").unwrap());
        let seam = mesh.interfaces()[0];
        assert!(mesh.vertices_of(seam).all(|v| mesh.points()[v as usize][0] == 1.));
        let first = gmsh::read(data("plate_41_ascii.msh")).unwrap();
        for (a, b) in mesh.points().iter().zip(first.points()) {
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15), "{name}");
        }
        assert_eq!(mesh.cells(), first.cells(), "{name}");
    }
}

#[test]
fn other_kinds_are_read_with_their_names() {
    for (name, kind, cells) in [
        ("line", CellKind::Interval, 2),
        ("cube_tet", CellKind::Tetrahedron, 48),
        ("cube_hex", CellKind::Hexahedron, 8),
    ] {
        let mesh = gmsh::read(data(&format!("{name}.msh"))).unwrap();
        assert_eq!((mesh.kind(), mesh.n_cells()), (kind, cells));
        assert!((mesh.measure() - 1.).abs() < 1e-12 && (region_measure(&mesh, "body") - 1.).abs() < 1e-12);
        assert!((boundary_measure(&mesh, "inlet") - 1.).abs() < 1e-12, "{name}");
        let at_zero = |f: usize| mesh.facet_vertices(f).all(|v| mesh.points()[v as usize][0] == 0.);
        assert!(mesh.boundary("inlet").unwrap().into_iter().all(at_zero), "{name}");
    }
}

#[test]
fn an_inverted_mesh_is_named_and_can_be_repaired() {
    let path = data("plate_quad.msh");
    let message = gmsh::read(&path).unwrap_err().to_string();
    assert!(
        message.contains("plate_quad.msh, line 57: element 3: cell 0 is inverted, one of 4 among 4"),
        "{message}"
    );
    let mut parts = gmsh::read_parts(&path).unwrap();
    assert_eq!(parts.orient(), 4);
    let mesh = Mesh::new(parts).unwrap();
    assert!((mesh.measure() - 1.).abs() < 1e-12 && (boundary_measure(&mesh, "inlet") - 1.).abs() < 1e-12);
}

#[test]
fn elements_of_second_order_are_read_by_their_vertices() {
    let mesh = gmsh::read(data("disc_curved.msh")).unwrap();
    assert_eq!((mesh.n_cells(), mesh.n_points(), mesh.facets().len()), (14, 12, 8));
    // The area of the regular octagon in the unit circle; a group without a name is named by its tag.
    assert!((region_measure(&mesh, "disc") - 8f64.sqrt()).abs() < 1e-12);
    assert!((boundary_measure(&mesh, "7") - 16. * (std::f64::consts::PI / 8.).sin()).abs() < 1e-12);
}

#[test]
fn written_meshes_read_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mesh.msh");
    let mut meshes: Vec<Mesh> =
        PLATES.iter().map(|n| gmsh::read(data(&format!("{n}.msh"))).unwrap()).collect();
    meshes.push(Mesh::interval(7, -0.1, 0.7).unwrap());
    meshes.push(Mesh::rectangle(CellKind::Quadrilateral, [3, 4], [0.; 2], [1. / 3., 1.]).unwrap());
    meshes.push(Mesh::cuboid(CellKind::Tetrahedron, [2, 1, 3], [0.; 3], [1., 1e-7, 1e9]).unwrap());
    meshes.push(Mesh::cuboid(CellKind::Hexahedron, [2, 1, 3], [0.; 3], [1.; 3]).unwrap());
    for mesh in meshes {
        gmsh::write(&path, &mesh).unwrap();
        let again = gmsh::read(&path).unwrap();
        assert_eq!(again.points(), mesh.points());
        // Cells come back sorted by tag, so their volumes by region are compared.
        assert_eq!(again.n_cells(), mesh.n_cells());
        assert_eq!(again.region_names(), mesh.region_names());
        assert_eq!(again.boundary_names(), mesh.boundary_names());
        assert_eq!(again.interface_names(), mesh.interface_names());
        for name in mesh.boundary_names() {
            let (a, b) = (boundary_measure(&again, name), boundary_measure(&mesh, name));
            assert!((a - b).abs() <= 1e-12 * b, "{name}");
        }
        for name in mesh.region_names() {
            assert!((region_measure(&again, name) - region_measure(&mesh, name)).abs() < 1e-12, "{name}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_name_with_a_line_break_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mesh = Mesh::interval(2, 0., 1.).unwrap().name_boundary("a\nb", |x| x[0] == 0.).unwrap();
    assert!(
        gmsh::write(folder.path().join("mesh.msh"), &mesh).unwrap_err().to_string().contains("line break")
    );
    assert!(
        gmsh::write(folder.path().join("no/such/folder.msh"), &Mesh::interval(2, 0., 1.).unwrap()).is_err()
    );
}

/// Two triangles, one named side.
const SMALL: &str = "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$PhysicalNames\n2\n1 5 \"a side\"\n2 6 \"in\"\n$EndPhysicalNames\n\
    $Nodes\n4\n1 0 0 0\n2 1 0 0\n3 1 1 0\n10 0 1 0\n$EndNodes\n\
    $Elements\n3\n1 1 2 5 1 1 2\n2 2 2 6 1 1 2 3\n3 2 2 6 1 1 3 10\n$EndElements\n";

#[test]
fn every_defect_is_one_error_with_its_line() {
    let of = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        let error = gmsh::parse("a.msh", SMALL.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(matches!(error, Error::File { .. }));
        error.to_string()
    };
    gmsh::parse("a.msh", SMALL.as_bytes()).unwrap();
    for (from, to, message) in [
        ("2.2 0 8", "4.0 0 8", "a.msh, line 2: Gmsh format version 4.0 isn't supported; save as 4.1 or 2.2"),
        (
            "2.2 0 8",
            "2.2 7 8",
            "a.msh, line 2: the file type must be 0 or 1 and the data size 8, but they are 7 and 8",
        ),
        ("$MeshFormat", "$NOD", "a.msh: Gmsh format version 1 isn't supported"),
        (
            "$MeshFormat",
            "solid x",
            "a.msh: this is no Gmsh mesh: it must begin with $MeshFormat, but begins with `solid`",
        ),
        (
            "$Nodes\n4",
            "$Nodes\n1000000000000000000",
            "line 10: 1000000000000000000 nodes are announced, but only",
        ),
        (
            "$Elements\n3",
            "$Elements\n99999999999999999999",
            "line 17: expected the number of elements, found `9999",
        ),
        ("$Elements\n3", "$Elements\n2", "line 20: expected $EndElements, found `3`"),
        ("$Elements\n3", "$Elements\n4", "line 21: expected the number of an element, found `$EndElements`"),
        ("2 1 0 0\n", "2 1 zero 0\n", "line 12: expected a coordinate of a node, found `zero`"),
        ("2 1 0 0\n", "2 1 inf 0\n", "line 12: expected a coordinate of a node, found inf"),
        ("2 1 0 0\n", "1 1 0 0\n", "the node 1 is listed twice"),
        ("2 1 0 0\n", "-2 1 0 0\n", "line 12: expected the number of a node, found -2"),
        ("1 2 3\n", "1 2 4\n", "line 19: element 2 has the node 4, which isn't among $Nodes"),
        ("1 2 3\n", "1 2 2\n", "line 19: element 2: cell 0 has the vertex 1 twice"),
        ("1 3 10\n", "1 10 3\n", "line 20: element 3: cell 1 is inverted, one of 1 among 2 cells"),
        ("10 0 1 0", "10 3 3 0", "line 20: element 3: cell 1 is degenerate"),
        ("1 3 10\n", "1 2 3\n", "element 2: cells 0 and 1 have the same vertices"),
        ("1 3 10\n", "1 2 10\n", "line 19: element 2: cells 0 and 1 lie on the same side"),
        (
            "5 1 1 2\n",
            "5 1 2 10\n",
            "line 18: element 1: the facet with vertices [1, 3] and tag 5 is no side of any cell",
        ),
        ("2 2 2 6", "2 999 2 6", "line 19: the element type 999 isn't known"),
        ("2 2 2 6 1 1 2 3", "2 6 2 6 1 1 2 3 1 2 3", "line 19: prisms aren't supported"),
        (
            "2 2 2 6 1 1 2 3",
            "2 3 2 6 1 1 2 3 10",
            "one kind, but here are 1 of kind triangle and 1 of kind quadrilateral",
        ),
        ("2 2 2 6", "2 2 -2 6", "line 19: expected a number of tags, found -2"),
        ("3 1 1 0", "3 1 1 2", "surfaces and lines in a space of more dimensions aren't supported"),
        ("\"a side\"", "a side", "line 6: expected the name of a physical group between quotation marks"),
        ("$EndNodes", "$Nodes", "line 15: expected $EndNodes, found `$Nodes`"),
        ("$Elements\n3", "$Periodic\n3", "line 16: the section $Periodic has no $EndPeriodic"),
        ("$PhysicalNames\n2", "$PartitionedEntities\n2", "line 4: partitioned meshes aren't supported"),
        ("$PhysicalNames\n2", "stray\n2", "line 4: expected a section, found `stray`"),
    ] {
        let found = of(from, to);
        assert!(found.contains(message), "expected `{message}`\nfound    `{found}`");
    }
    let end = SMALL.find("$Elements").unwrap();
    let found = gmsh::parse("a.msh", &SMALL.as_bytes()[..end]).unwrap_err().to_string();
    assert!(found.contains("the file ends without a section $Elements"), "{found}");
    let twice = format!("{SMALL}$Nodes\n");
    assert!(
        gmsh::parse("a.msh", twice.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("line 22: the section $Nodes appears twice")
    );
    let missing = gmsh::read("no_such.msh").unwrap_err().to_string();
    assert!(missing.starts_with("no_such.msh: cannot be read"), "{missing}");
    assert!(gmsh::parse("a.msh", b"").unwrap_err().to_string().contains("without a section $MeshFormat"));
}

#[test]
fn defects_of_format_4_have_their_line() {
    let text = std::fs::read_to_string(data("line.msh")).unwrap();
    for (from, to, message) in [
        ("3 3 1 3", "3 4 1 3", "4 nodes are announced, but the blocks hold 3"),
        ("3 3 1 3", "3 999999999999999 1 3", "line 16: 999999999999999 nodes are announced"),
        ("0 2 0 1\n2", "0 2 0 7\n2", "line 20: a block holds 7 nodes, but only 2 are left"),
        ("0 2 0 1\n2", "5 2 0 1\n2", "line 20: expected a dimension of 0 to 3 and 0 or 1, found 5 and 0"),
        ("1 1 1 2\n2", "1 9 1 2\n2", "line 31: the elements' entity 9 of dimension 1 isn't among $Entities"),
        ("1 1 1 2\n2", "1 1 1 3\n2", "line 31: a block holds 3 elements, but only 2 are left"),
        ("1 0 0 0 1 1", "1 0 0 0 88888888 1", "line 11: 88888888 physical tags are announced"),
    ] {
        assert!(text.contains(from), "{from}");
        let found = gmsh::parse("a.msh", text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(found.contains(message), "expected `{message}`\nfound    `{found}`");
    }
}

#[test]
fn defects_of_binary_files_have_their_byte() {
    for name in PLATES.iter().filter(|name| !name.ends_with("ascii")) {
        let bytes = std::fs::read(data(&format!("{name}.msh"))).unwrap();
        for length in (60..bytes.len() - 14).step_by(7) {
            let found = gmsh::parse("a.msh", &bytes[..length]).unwrap_err().to_string();
            assert!(found.contains("at byte"), "{found}");
        }
    }
}

#[test]
fn windows_line_ends_and_comments_are_read() {
    let text = format!("$Comments\nmade by hand\n$EndComments\n{SMALL}").replace('\n', "\r\n");
    let mesh = gmsh::parse("a.msh", text.as_bytes()).unwrap();
    assert_eq!(mesh.boundary_names(), ["a side"]);
    let no_end = SMALL.trim_end();
    assert_eq!(gmsh::parse("a.msh", no_end.as_bytes()).unwrap().n_cells(), 2);
}

#[test]
fn a_plane_at_constant_height_is_moved_to_zero() {
    let text = SMALL.replace(" 0\n", " 2.5\n");
    let mesh = gmsh::parse("a.msh", text.as_bytes()).unwrap();
    assert!(mesh.points().iter().all(|x| x[2] == 0.));
}
