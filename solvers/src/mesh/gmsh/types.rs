//! Gmsh's element types.

use crate::mesh::CellKind;

/// What the reader makes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A point, a boundary facet of intervals.
    Point,
    /// A cell or a facet. The first of its nodes are its vertices.
    Cell(CellKind),
    /// A cell of a shape that meshes do not have, by name.
    Unsupported(&'static str),
}

/// The role of an element type, and the number of its nodes.
///
/// **Source.** The element types of Gmsh 4.15, `getElementProperties`. Types of order 0 and polytopes are not listed.
pub(super) const fn element_type(code: i32) -> Option<(Role, usize)> {
    const LINE: Role = Role::Cell(CellKind::Interval);
    const TRIANGLE: Role = Role::Cell(CellKind::Triangle);
    const QUADRILATERAL: Role = Role::Cell(CellKind::Quadrilateral);
    const TETRAHEDRON: Role = Role::Cell(CellKind::Tetrahedron);
    const HEXAHEDRON: Role = Role::Cell(CellKind::Hexahedron);
    const PRISM: Role = Role::Unsupported("prism");
    const PYRAMID: Role = Role::Unsupported("pyramid");
    Some(match code {
        15 => (Role::Point, 1),
        1 => (LINE, 2),
        8 => (LINE, 3),
        26 => (LINE, 4),
        27 => (LINE, 5),
        28 => (LINE, 6),
        62..=66 => (LINE, code as usize - 55),
        2 => (TRIANGLE, 3),
        9 => (TRIANGLE, 6),
        20 => (TRIANGLE, 9),
        21 => (TRIANGLE, 10),
        22 => (TRIANGLE, 12),
        23 | 24 => (TRIANGLE, 15),
        25 => (TRIANGLE, 21),
        42 => (TRIANGLE, 28),
        43 => (TRIANGLE, 36),
        44 => (TRIANGLE, 45),
        45 => (TRIANGLE, 55),
        46 => (TRIANGLE, 66),
        52..=56 => (TRIANGLE, 3 * (code as usize - 46)),
        3 => (QUADRILATERAL, 4),
        10 => (QUADRILATERAL, 9),
        16 => (QUADRILATERAL, 8),
        36 => (QUADRILATERAL, 16),
        37 => (QUADRILATERAL, 25),
        38 => (QUADRILATERAL, 36),
        39..=41 => (QUADRILATERAL, 4 * (code as usize - 36)),
        47..=51 => (QUADRILATERAL, (code as usize - 40) * (code as usize - 40)),
        57..=61 => (QUADRILATERAL, 4 * (code as usize - 51)),
        4 => (TETRAHEDRON, 4),
        11 => (TETRAHEDRON, 10),
        29 => (TETRAHEDRON, 20),
        30 => (TETRAHEDRON, 35),
        31 => (TETRAHEDRON, 56),
        32 => (TETRAHEDRON, 22),
        33 => (TETRAHEDRON, 28),
        71 => (TETRAHEDRON, 84),
        72 => (TETRAHEDRON, 120),
        73 => (TETRAHEDRON, 165),
        74 => (TETRAHEDRON, 220),
        75 => (TETRAHEDRON, 286),
        79..=83 => (TETRAHEDRON, 34 + 6 * (code as usize - 79)),
        137 => (TETRAHEDRON, 16),
        5 => (HEXAHEDRON, 8),
        12 => (HEXAHEDRON, 27),
        17 => (HEXAHEDRON, 20),
        92..=98 => {
            let points = code as usize - 88;
            (HEXAHEDRON, points * points * points)
        }
        99..=105 => (HEXAHEDRON, 32 + 12 * (code as usize - 99)),
        6 => (PRISM, 6),
        13 => (PRISM, 18),
        18 => (PRISM, 15),
        7 => (PYRAMID, 5),
        14 => (PYRAMID, 14),
        19 => (PYRAMID, 13),
        _ => return None,
    })
}

/// The first-order type of a kind of cell.
pub(super) const fn code(kind: CellKind) -> i32 {
    match kind {
        CellKind::Interval => 1,
        CellKind::Triangle => 2,
        CellKind::Quadrilateral => 3,
        CellKind::Tetrahedron => 4,
        CellKind::Hexahedron => 5,
    }
}
