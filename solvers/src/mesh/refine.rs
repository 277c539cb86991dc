//! Uniform refinement: every cell into 2^d cells of its kind.

use super::topology::NONE;
use super::{CellKind, Defect, Mesh, MeshParts};
use crate::Result;

/// Children of the cells of one kind. The numbers below [`CellKind::n_vertices`] are vertices of the parent, then come the midpoints of its
/// edges, the centres of its faces where they are quadrilaterals, and the centre of the cell.
const INTERVAL: [[u8; 2]; 2] = [[0, 2], [2, 1]];
const TRIANGLE: [[u8; 3]; 4] = [[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]];
const QUADRILATERAL: [[u8; 4]; 4] = [[0, 4, 8, 7], [4, 1, 5, 8], [8, 5, 2, 6], [7, 8, 6, 3]];
const HEXAHEDRON: [[u8; 8]; 8] = [
    [0, 8, 24, 11, 16, 22, 26, 20],
    [8, 1, 9, 24, 22, 17, 21, 26],
    [24, 9, 2, 10, 26, 21, 18, 23],
    [11, 24, 10, 3, 20, 26, 23, 19],
    [16, 22, 26, 20, 4, 12, 25, 15],
    [22, 17, 21, 26, 12, 5, 13, 25],
    [26, 21, 18, 23, 25, 13, 6, 14],
    [20, 26, 23, 19, 15, 25, 14, 7],
];
/// The four tetrahedra at the vertices.
const CORNERS: [[u8; 4]; 4] = [[0, 4, 6, 7], [4, 1, 5, 8], [6, 5, 2, 9], [7, 8, 9, 3]];
/// The octahedron between them: the two ends of each diagonal, and the four other vertices, counter-clockwise around it.
const OCTAHEDRON: [([u8; 2], [u8; 4]); 3] =
    [([4, 9], [5, 6, 7, 8]), ([5, 7], [4, 8, 9, 6]), ([6, 8], [4, 5, 9, 7])];

impl Mesh {
    /// Splits every interval in two, triangles and quadrilaterals in four, tetrahedra and hexahedra in eight; tags and names are kept.
    ///
    /// The points of the mesh keep their numbers; then come the midpoints of its edges in the order of [`Self::edges`], the centres of
    /// its faces in the order of [`Self::faces`] (hexahedra), the centres of its cells (quadrilaterals, hexahedra). The children of cell
    /// c are the cells 2^d c to 2^d c + 2^d − 1. The octahedron inside a tetrahedron is cut along its shortest diagonal, which keeps the
    /// shapes from degrading under repetition (**Source.** S. Zhang, Houston J. Math. 21 (1995), 541-556). Curved boundaries are not
    /// known, so new boundary points lie on the old sides.
    ///
    /// # Errors
    /// [`Error::Mesh`](crate::Error::Mesh) if the result has more sides than 32 bits number.
    pub fn refine(&self) -> Result<Self> {
        let kind = self.kind();
        let too_large = self.n_cells() as u64 * 8 * kind.edges().len() as u64 >= u64::from(NONE);
        if too_large {
            return Err(
                Defect::TooLarge { cells: self.n_cells() << kind.dim(), points: self.n_points() }.into()
            );
        }
        let nodes = Nodes::new(self);
        let children = 1 << kind.dim();
        let mut cells = Vec::with_capacity(self.cells().len() * children);
        for c in 0..self.n_cells() {
            let at = nodes.of_cell(c);
            cells.extend(table(kind).iter().map(|&v| at[v as usize]));
            if kind == CellKind::Tetrahedron {
                cells.extend(octahedron(&at, &nodes.points));
            }
        }
        let mut parts = MeshParts::new(kind, Vec::new(), cells);
        parts.cell_tags = (0..self.n_cells() * children).map(|c| self.cell_tag(c / children)).collect();
        for &facet in self.facets().iter().chain(self.interfaces()).filter(|facet| facet.tag != 0) {
            let at = nodes.of_cell(facet.cell as usize);
            let before = parts.facets.len();
            split_facet(kind, facet.local as usize, &at, &mut parts.facets);
            let pieces = (parts.facets.len() - before) / kind.n_facet_vertices();
            parts.facet_tags.extend(std::iter::repeat_n(facet.tag, pieces));
        }
        let (regions, boundaries) = self.groups();
        parts.regions = regions.to_vec();
        parts.boundaries = boundaries.to_vec();
        parts.points = nodes.points;
        Self::new(parts)
    }
}

/// The children without those inside the octahedron of a tetrahedron.
const fn table(kind: CellKind) -> &'static [u8] {
    match kind {
        CellKind::Interval => INTERVAL.as_flattened(),
        CellKind::Triangle => TRIANGLE.as_flattened(),
        CellKind::Quadrilateral => QUADRILATERAL.as_flattened(),
        CellKind::Tetrahedron => CORNERS.as_flattened(),
        CellKind::Hexahedron => HEXAHEDRON.as_flattened(),
    }
}

/// Old and new points, and their numbers in a cell.
struct Nodes<'a> {
    mesh: &'a Mesh,
    points: Vec<[f64; 3]>,
    first_face: usize,
    first_cell: usize,
}

impl<'a> Nodes<'a> {
    fn new(mesh: &'a Mesh) -> Self {
        let mut points = mesh.points().to_vec();
        let old = mesh.points();
        let mean = |vertices: &[u32]| -> [f64; 3] {
            let n = vertices.len() as f64;
            std::array::from_fn(|axis| vertices.iter().map(|&v| old[v as usize][axis]).sum::<f64>() / n)
        };
        points.extend(mesh.edges().0.iter().map(|edge| mean(edge)));
        let first_face = points.len();
        if mesh.kind() == CellKind::Hexahedron {
            points.extend(mesh.faces().0.iter().map(|face| mean(face)));
        }
        let first_cell = points.len();
        if matches!(mesh.kind(), CellKind::Quadrilateral | CellKind::Hexahedron) {
            points.extend((0..mesh.n_cells()).map(|c| mean(mesh.cell(c))));
        }
        Self { mesh, points, first_face, first_cell }
    }

    /// Numbers in the order of the tables above.
    fn of_cell(&self, c: usize) -> [u32; 27] {
        let kind = self.mesh.kind();
        let mut at = [NONE; 27];
        let mut next = 0;
        let mut put = |number: usize| {
            at[next] = number as u32;
            next += 1;
        };
        self.mesh.cell(c).iter().for_each(|&v| put(v as usize));
        let (n_edges, n_faces) = (kind.edges().len(), kind.facets().len());
        let of_cells = |list: &'a [u32], n: usize| list[c * n..][..n].iter().map(|&i| i as usize);
        of_cells(self.mesh.edges().1, n_edges).for_each(|e| put(self.mesh.n_points() + e));
        if kind == CellKind::Hexahedron {
            of_cells(self.mesh.faces().1, n_faces).for_each(|f| put(self.first_face + f));
        }
        if matches!(kind, CellKind::Quadrilateral | CellKind::Hexahedron) {
            put(self.first_cell + c);
        }
        at
    }
}

/// Four tetrahedra around the shortest diagonal; of equal ones, the first.
fn octahedron(at: &[u32; 27], points: &[[f64; 3]]) -> [u32; 16] {
    let point = |v: u8| points[at[v as usize] as usize];
    let length =
        |[a, b]: [u8; 2]| -> f64 { point(a).iter().zip(point(b)).map(|(x, y)| (x - y) * (x - y)).sum() };
    let mut best = OCTAHEDRON[0];
    for candidate in &OCTAHEDRON[1..] {
        if length(candidate.0) < length(best.0) {
            best = *candidate;
        }
    }
    let ([a, b], ring) = best;
    let mut cells = [0; 16];
    for k in 0..4 {
        for (place, v) in cells[4 * k..].iter_mut().zip([a, b, ring[k], ring[(k + 1) % 4]]) {
            *place = at[v as usize];
        }
    }
    cells
}

/// The pieces of one side of a cell.
fn split_facet(kind: CellKind, local: usize, at: &[u32; 27], pieces: &mut Vec<u32>) {
    let corner = kind.facets()[local];
    let n = kind.n_vertices();
    let midpoint = |a: u8, b: u8| {
        let edges = kind.edges();
        let edge = edges.iter().position(|e| (e[0] == a && e[1] == b) || (e[0] == b && e[1] == a));
        edge.map_or(NONE, |edge| at[n + edge])
    };
    let vertex = |i: usize| at[corner[i] as usize];
    let side = |i: usize| midpoint(corner[i], corner[(i + 1) % corner.len()]);
    match corner.len() {
        1 => pieces.push(vertex(0)),
        2 => pieces.extend([vertex(0), side(0), side(0), vertex(1)]),
        3 => {
            for i in 0..3 {
                pieces.extend([vertex(i), side(i), side((i + 2) % 3)]);
            }
            pieces.extend([side(0), side(1), side(2)]);
        }
        _ => {
            let centre = at[n + kind.edges().len() + local];
            for i in 0..4 {
                pieces.extend([vertex(i), side(i), centre, side((i + 3) % 4)]);
            }
        }
    }
}
