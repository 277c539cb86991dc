//! The checked mesh.

use super::check;
use super::topology::{Numbered, Topology};
use super::{CellGeometry, CellKind, Defect, Group, MeshParts};
use crate::Result;

/// A side of a cell, on the boundary or on an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Facet {
    /// The cell it belongs to; on an interface the one with the smaller number.
    pub cell: u32,
    /// Its place in [`CellKind::facets`].
    pub local: u8,
    /// Its tag, 0 for none.
    pub tag: u32,
}

/// A mesh of cells of one kind in as many dimensions as the cells have.
///
/// What holds for every mesh, because [`Self::new`] checked it: cells are positively oriented and not folded, every point is the vertex
/// of a cell, a facet belongs to one cell (the boundary) or to two on its two sides. Hanging vertices are not looked for: where
/// facets do not match, they are boundary facets.
///
/// Boundary facets are numbered by cell, then by local facet; `boundary(name)` gives such numbers. Names come from the file or the
/// constructor: `left`, `right` (the ends of x), `bottom`, `top` (of y), `back`, `front` (of z) for structured meshes.
///
/// ```
/// use sobolev_solvers::mesh::{CellKind, Mesh};
/// let mesh = Mesh::rectangle(CellKind::Triangle, [4, 2], [0., 0.], [2., 1.])?;
/// assert_eq!((mesh.n_cells(), mesh.n_points(), mesh.facets().len()), (16, 15, 12));
/// let top: f64 = mesh.boundary("top")?.into_iter().map(|f| mesh.facet_measure(f)).sum();
/// assert!((top - 2.).abs() < 1e-14 && (mesh.measure() - 2.).abs() < 1e-14);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mesh {
    pub(super) kind: CellKind,
    pub(super) points: Vec<[f64; 3]>,
    pub(super) cells: Vec<u32>,
    pub(super) cell_tags: Vec<u32>,
    pub(super) facets: Vec<Facet>,
    pub(super) interfaces: Vec<Facet>,
    pub(super) regions: Vec<Group>,
    pub(super) boundaries: Vec<Group>,
    topology: Topology,
}

impl Mesh {
    /// Checks the lists, and finds the boundary.
    ///
    /// # Errors
    /// [`Error::Mesh`](crate::Error::Mesh) with the first [`Defect`].
    pub fn new(parts: MeshParts) -> Result<Self> {
        let check::Facets { boundary, interfaces, groups } = check::facets(&parts)?;
        let MeshParts { kind, points, cells, mut cell_tags, regions, .. } = parts;
        cell_tags.resize(cells.len() / kind.n_vertices(), 0);
        Ok(Self {
            kind,
            points,
            cells,
            cell_tags,
            facets: boundary,
            interfaces,
            regions,
            boundaries: groups,
            topology: Topology::default(),
        })
    }

    /// The same mesh, its boundary facets with new tags by their vertices, and new names.
    pub(super) fn with_boundaries(mut self, names: Vec<Group>, tag: impl Fn(&[u32]) -> u32) -> Self {
        let mut vertices = Vec::new();
        for f in 0..self.facets.len() {
            vertices.clear();
            vertices.extend(self.facet_vertices(f));
            self.facets[f].tag = tag(&vertices);
        }
        self.boundaries = names;
        self
    }

    /// The lists again, with the tagged facets of the boundary and the interfaces.
    #[must_use]
    pub fn to_parts(&self) -> MeshParts {
        let tagged = self.facets.iter().filter(|f| f.tag != 0).chain(&self.interfaces);
        MeshParts {
            kind: self.kind,
            points: self.points.clone(),
            cells: self.cells.clone(),
            cell_tags: self.cell_tags.clone(),
            facets: tagged.clone().flat_map(|f| self.vertices_of(*f)).collect(),
            facet_tags: tagged.map(|f| f.tag).collect(),
            regions: self.regions.clone(),
            boundaries: self.boundaries.clone(),
        }
    }

    /// Runs all checks again; a mesh passes, so this is for tests of code that makes meshes.
    ///
    /// # Errors
    /// The first [`Defect`].
    pub fn check(&self) -> Result<(), Defect> {
        self.to_parts().check()
    }

    /// The dimension of space and of the cells.
    #[must_use]
    pub const fn dim(&self) -> usize {
        self.kind.dim()
    }

    /// The shape of the cells.
    #[must_use]
    pub const fn kind(&self) -> CellKind {
        self.kind
    }

    /// The points `[point, axis]`; coordinates beyond the dimension are 0.
    #[must_use]
    pub fn points(&self) -> &[[f64; 3]] {
        &self.points
    }

    /// Points, the vertices of cells.
    #[must_use]
    pub fn n_points(&self) -> usize {
        self.points.len()
    }

    /// The vertices of all cells `[cell, local vertex]`, flattened.
    #[must_use]
    pub fn cells(&self) -> &[u32] {
        &self.cells
    }

    /// Number of cells.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.cell_tags.len()
    }

    /// The vertices of cell `c`.
    ///
    /// # Panics
    /// If there is no cell `c`.
    #[must_use]
    pub fn cell(&self, c: usize) -> &[u32] {
        let n = self.kind.n_vertices();
        &self.cells[c * n..][..n]
    }

    /// The corners of cell `c` and its map from the reference cell.
    ///
    /// # Panics
    /// If there is no cell `c`.
    #[must_use]
    pub fn geometry(&self, c: usize) -> CellGeometry {
        CellGeometry::new(self.kind, &self.points, self.cell(c))
    }

    /// The tag of cell `c`, 0 for none.
    ///
    /// # Panics
    /// If there is no cell `c`.
    #[must_use]
    pub fn cell_tag(&self, c: usize) -> u32 {
        self.cell_tags[c]
    }

    /// The facets of the boundary, by cell and local facet.
    #[must_use]
    pub fn facets(&self) -> &[Facet] {
        &self.facets
    }

    /// The facets inside the domain that have a tag, by cell and local facet.
    #[must_use]
    pub fn interfaces(&self) -> &[Facet] {
        &self.interfaces
    }

    /// The vertices of a facet, ordered as in [`CellKind::facets`]: the normal by the right-hand rule leaves the cell.
    pub fn vertices_of(&self, facet: Facet) -> impl ExactSizeIterator<Item = u32> + '_ {
        let cell = self.cell(facet.cell as usize);
        self.kind.facets()[facet.local as usize].iter().map(|&v| cell[v as usize])
    }

    /// The vertices of boundary facet `f`, see [`Self::vertices_of`].
    ///
    /// # Panics
    /// If there is no boundary facet `f`.
    pub fn facet_vertices(&self, f: usize) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.vertices_of(self.facets[f])
    }

    /// Distinct edges of all cells: `([edge, end], [cell, local edge])`, the second list flattened, with local edges as in
    /// [`CellKind::edges`].
    ///
    /// An edge runs from its smaller to its larger vertex, and edges are numbered in lexicographic order of the two: neither depends on
    /// the cells. A cell sees edge `e` reversed where its first local vertex is the larger one. Made at the first call.
    #[must_use]
    pub fn edges(&self) -> (&[[u32; 2]], &[u32]) {
        let (edges, of_cells) = self.topology.edges.get_or_init(|| {
            let found = Numbered::new(self.kind, self.kind.edges(), &self.cells, self.points.len());
            (found.vertices.iter().map(|&[a, b, ..]| [a, b]).collect(), found.of_cells)
        });
        (edges, of_cells)
    }

    /// Distinct faces of the cells of a 3-D mesh: `([face, vertex], [cell, local face])`, with local faces as in [`CellKind::facets`];
    /// empty in fewer dimensions.
    ///
    /// The vertices of a face ascend; the fourth one of a triangle is [`u32::MAX`]. Faces are numbered in lexicographic order. Made at
    /// the first call.
    #[must_use]
    pub fn faces(&self) -> (&[[u32; 4]], &[u32]) {
        let faces = self.topology.faces.get_or_init(|| match self.dim() {
            3 => Numbered::new(self.kind, self.kind.facets(), &self.cells, self.points.len()),
            _ => Numbered::default(),
        });
        (&faces.vertices, &faces.of_cells)
    }

    /// Length, area or volume of the mesh.
    #[must_use]
    pub fn measure(&self) -> f64 {
        (0..self.n_cells()).map(|c| self.geometry(c).measure()).sum()
    }

    /// Length or area of boundary facet `f`; 1 for a point. Of a quadrilateral that is not plane, the area of its bilinear surface by
    /// four Gauss points.
    ///
    /// # Panics
    /// If there is no boundary facet `f`.
    #[must_use]
    pub fn facet_measure(&self, f: usize) -> f64 {
        let Some(kind) = self.kind.facet_kind() else { return 1. };
        let mut x = [[0.; 3]; 4];
        self.facet_vertices(f).zip(&mut x).for_each(|(v, x)| *x = self.points[v as usize]);
        let stretch = |xi: [f64; 3]| {
            let gradient = kind.shape_gradient(xi);
            let tangent = |axis: usize| -> [f64; 3] {
                std::array::from_fn(|i| (0..kind.n_vertices()).map(|v| gradient[v][axis] * x[v][i]).sum())
            };
            match kind.dim() {
                1 => norm(tangent(0)),
                _ => norm(cross(tangent(0), tangent(1))),
            }
        };
        match kind {
            CellKind::Quadrilateral => {
                let gauss = [0.5 - 0.75f64.sqrt() / 3., 0.5 + 0.75f64.sqrt() / 3.];
                (0..4).map(|i| stretch([gauss[i & 1], gauss[i >> 1], 0.]) / 4.).sum()
            }
            _ => stretch([0.; 3]) * kind.reference_measure(),
        }
    }

    /// The mesh with its points moved by `x ↦ f(x)`.
    ///
    /// # Errors
    /// [`Error::Mesh`](crate::Error::Mesh) if `f` inverts, flattens or folds a cell, or leaves the space of the mesh.
    pub fn map(&self, f: impl Fn([f64; 3]) -> [f64; 3]) -> Result<Self> {
        let mut parts = self.to_parts();
        parts.points.iter_mut().for_each(|x| *x = f(*x));
        Self::new(parts)
    }
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn norm(a: [f64; 3]) -> f64 {
    (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt()
}
