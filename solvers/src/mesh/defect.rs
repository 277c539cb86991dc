//! What can be wrong with a mesh.

/// Why lists are not a mesh. Cells and points are counted from 0, in the order of the lists.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Defect {
    /// No cell at all.
    #[error("the mesh has no cells")]
    Empty,
    /// More sides than a `u32` can number.
    #[error("the mesh is too large: {cells} cells, {points} points; their sides must be fewer than 2^32")]
    TooLarge {
        /// Cells listed.
        cells: usize,
        /// Points listed.
        points: usize,
    },
    /// A list of the wrong length.
    #[error("the list `{list}` must hold {expected} numbers, but holds {found}")]
    Length {
        /// The field of [`MeshParts`](super::MeshParts).
        list: &'static str,
        /// What it had to hold.
        expected: String,
        /// What it holds.
        found: usize,
    },
    /// A coordinate that is not finite, or not 0 beyond the dimension of the cells.
    #[error(
        "point {point} must be finite and in the space of the first {dim} coordinates, but is {position:?}"
    )]
    Point {
        /// The first such point.
        point: usize,
        /// The dimension of the cells.
        dim: usize,
        /// Where it is.
        position: [f64; 3],
    },
    /// A vertex that is no point.
    #[error("cell {cell} has the vertex {vertex}, but there are only {points} points")]
    OutOfRange {
        /// The first such cell.
        cell: usize,
        /// Its vertex.
        vertex: u32,
        /// Points listed.
        points: usize,
    },
    /// A vertex that a cell has twice.
    #[error("cell {cell} has the vertex {vertex} twice")]
    RepeatedVertex {
        /// The first such cell.
        cell: usize,
        /// The vertex.
        vertex: u32,
    },
    /// Vertices that run the wrong way round.
    #[error(
        "cell {cell} is inverted, one of {count} among {cells} cells: its vertices run the wrong way round; `MeshParts::orient` \
         repairs this"
    )]
    Inverted {
        /// The first such cell.
        cell: usize,
        /// How many there are.
        count: usize,
        /// All cells.
        cells: usize,
    },
    /// A cell without volume.
    #[error("cell {cell} is degenerate: it has no volume up to rounding; move its points or remesh")]
    Degenerate {
        /// The first such cell.
        cell: usize,
    },
    /// A cell whose map from the reference cell folds.
    #[error(
        "cell {cell} is tangled: the Jacobian of its map changes sign, a corner is reflex or two sides cross; move its points or \
         remesh"
    )]
    Tangled {
        /// The first such cell.
        cell: usize,
    },
    /// Points that no cell uses.
    #[error("point {point} is used by no cell, one of {count}; `MeshParts::drop_unused_points` repairs this")]
    Unused {
        /// The first such point.
        point: usize,
        /// How many there are.
        count: usize,
    },
    /// A cell that is listed twice.
    #[error("cells {first} and {second} have the same vertices")]
    Duplicate {
        /// The first one.
        first: usize,
        /// The second one.
        second: usize,
    },
    /// A facet of more than two cells.
    #[error("cell {cell} shares the facet with vertices {vertices:?} with more than one other cell")]
    Crowded {
        /// The cell with the largest number.
        cell: usize,
        /// The facet's vertices.
        vertices: Vec<u32>,
    },
    /// Two cells on the same side of their common facet.
    #[error("cells {first} and {second} lie on the same side of their common facet: they overlap")]
    Overlap {
        /// The first one.
        first: usize,
        /// The second one.
        second: usize,
    },
    /// A listed facet that is no side of a cell.
    #[error("the facet with vertices {vertices:?} and tag {tag} is no side of any cell")]
    LooseFacet {
        /// Its number in the list.
        facet: usize,
        /// Its vertices.
        vertices: Vec<u32>,
        /// Its tag.
        tag: u32,
    },
}

impl Defect {
    /// Whether [`MeshParts::orient`](super::MeshParts::orient) or
    /// [`MeshParts::drop_unused_points`](super::MeshParts::drop_unused_points) repairs it.
    #[must_use]
    pub const fn can_repair(&self) -> bool {
        matches!(self, Self::Inverted { .. } | Self::Unused { .. })
    }

    /// The bad cell, the first of them where two are at odds.
    #[must_use]
    pub const fn cell(&self) -> Option<usize> {
        match *self {
            Self::OutOfRange { cell, .. }
            | Self::RepeatedVertex { cell, .. }
            | Self::Inverted { cell, .. }
            | Self::Degenerate { cell }
            | Self::Tangled { cell }
            | Self::Crowded { cell, .. } => Some(cell),
            Self::Duplicate { first, .. } | Self::Overlap { first, .. } => Some(first),
            _ => None,
        }
    }
}
