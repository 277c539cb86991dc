//! The raw lists that a mesh is made of.

use super::check;
use super::geometry::Shape;
use super::{CellGeometry, CellKind, Defect};

/// A name for the cells or facets that carry one of some tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The tags, none of them 0.
    pub tags: Vec<u32>,
}

/// Points, cells and tags, not checked: what a file or a generator gives. [`Mesh::new`](super::Mesh::new) makes a mesh of it.
///
/// ```
/// use sobolev_solvers::mesh::{CellKind, Mesh, MeshParts};
/// // Two triangles; the second one runs clockwise.
/// let mut parts = MeshParts::new(
///     CellKind::Triangle,
///     vec![[0., 0., 0.], [1., 0., 0.], [1., 1., 0.], [0., 1., 0.]],
///     vec![0, 1, 2, 0, 3, 2],
/// );
/// assert!(parts.check().is_err_and(|defect| defect.can_repair() && defect.cell() == Some(1)));
/// assert_eq!(parts.orient(), 1);
/// assert_eq!(Mesh::new(parts)?.n_cells(), 2);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MeshParts {
    /// The shape of all cells.
    pub kind: CellKind,
    /// Points `[point, axis]`; coordinates beyond the dimension of the cells are 0.
    pub points: Vec<[f64; 3]>,
    /// Vertices `[cell, local vertex]`, flattened.
    pub cells: Vec<u32>,
    /// A tag for each cell, 0 where it is in no region; empty if all are 0.
    pub cell_tags: Vec<u32>,
    /// Vertices `[facet, local vertex]` of the facets with a tag, flattened, in any order. A facet may be listed with several tags.
    pub facets: Vec<u32>,
    /// The tags of `facets`.
    pub facet_tags: Vec<u32>,
    /// Names for cell tags.
    pub regions: Vec<Group>,
    /// Names for facet tags.
    pub boundaries: Vec<Group>,
}

impl MeshParts {
    /// Points and cells without tags.
    #[must_use]
    pub fn new(kind: CellKind, points: Vec<[f64; 3]>, cells: Vec<u32>) -> Self {
        Self {
            kind,
            points,
            cells,
            cell_tags: Vec::new(),
            facets: Vec::new(),
            facet_tags: Vec::new(),
            regions: Vec::new(),
            boundaries: Vec::new(),
        }
    }

    /// Cells listed.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.cells.len() / self.kind.n_vertices()
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

    /// Looks for the first defect, cell by cell, then over the mesh as a whole.
    ///
    /// # Errors
    /// The [`Defect`], which names its place and knows whether it can be repaired.
    pub fn check(&self) -> Result<(), Defect> {
        check::facets(self).map(|_| ())
    }

    /// Turns the inverted cells over by exchanging vertices, and returns how many they were.
    ///
    /// Cells with vertices out of range are left for [`Self::check`].
    pub fn orient(&mut self) -> usize {
        let swaps: &[(usize, usize)] = match self.kind {
            CellKind::Interval => &[(0, 1)],
            CellKind::Triangle => &[(1, 2)],
            CellKind::Quadrilateral => &[(1, 3)],
            CellKind::Tetrahedron => &[(2, 3)],
            CellKind::Hexahedron => &[(1, 3), (5, 7)],
        };
        let mut turned = 0;
        for cell in self.cells.chunks_exact_mut(self.kind.n_vertices()) {
            let in_range = cell.iter().all(|&v| (v as usize) < self.points.len());
            if in_range && CellGeometry::new(self.kind, &self.points, cell).shape() == Shape::Inverted {
                swaps.iter().for_each(|&(a, b)| cell.swap(a, b));
                turned += 1;
            }
        }
        turned
    }

    /// Removes the points that no cell uses, keeps the others in order, and returns how many were removed.
    ///
    /// Facets listed with a removed point get a vertex out of range, which [`Self::check`] reports.
    pub fn drop_unused_points(&mut self) -> usize {
        let mut number = vec![u32::MAX; self.points.len()];
        for &v in &self.cells {
            if let Some(place) = number.get_mut(v as usize) {
                *place = 0;
            }
        }
        let mut kept = 0;
        for (old, place) in number.iter_mut().enumerate() {
            if *place == 0 {
                *place = kept;
                self.points[kept as usize] = self.points[old];
                kept += 1;
            }
        }
        let removed = self.points.len() - kept as usize;
        if removed > 0 {
            self.points.truncate(kept as usize);
            for v in self.cells.iter_mut().chain(&mut self.facets) {
                *v = number.get(*v as usize).copied().unwrap_or(u32::MAX);
            }
        }
        removed
    }
}
