//! The shapes of cells: local numbering as data.

/// The shape of a cell. A mesh has cells of one shape.
///
/// The vertices of a cell are ordered as in Gmsh and VTK. On the reference cell, with coordinates ξ = (ξ₀, ξ₁, ξ₂):
///
/// | kind | reference cell | vertices |
/// |---|---|---|
/// | interval | [0, 1] | 0, 1 |
/// | triangle | ξ₀, ξ₁ ≥ 0, ξ₀ + ξ₁ ≤ 1 | (0,0), (1,0), (0,1) |
/// | quadrilateral | [0, 1]² | (0,0), (1,0), (1,1), (0,1) |
/// | tetrahedron | ξ ≥ 0, ξ₀ + ξ₁ + ξ₂ ≤ 1 | (0,0,0), (1,0,0), (0,1,0), (0,0,1) |
/// | hexahedron | [0, 1]³ | the quadrilateral at ξ₂ = 0, then at ξ₂ = 1 |
///
/// The Jacobian of the map from the reference cell is positive everywhere in the cells of a [`Mesh`](super::Mesh).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CellKind {
    /// A segment of a line.
    Interval,
    /// A triangle with straight sides.
    Triangle,
    /// A quadrilateral with straight sides, bilinear.
    Quadrilateral,
    /// A tetrahedron with plane faces.
    Tetrahedron,
    /// A hexahedron with straight edges, trilinear.
    Hexahedron,
}

impl CellKind {
    /// All kinds, in order of dimension.
    pub const ALL: [Self; 5] =
        [Self::Interval, Self::Triangle, Self::Quadrilateral, Self::Tetrahedron, Self::Hexahedron];

    /// The dimension of the cell.
    #[must_use]
    pub const fn dim(self) -> usize {
        match self {
            Self::Interval => 1,
            Self::Triangle | Self::Quadrilateral => 2,
            Self::Tetrahedron | Self::Hexahedron => 3,
        }
    }

    /// Vertices of a cell.
    #[must_use]
    pub const fn n_vertices(self) -> usize {
        match self {
            Self::Interval => 2,
            Self::Triangle => 3,
            Self::Quadrilateral | Self::Tetrahedron => 4,
            Self::Hexahedron => 8,
        }
    }

    /// Local vertices of the local edges.
    #[must_use]
    pub const fn edges(self) -> &'static [&'static [u8]] {
        match self {
            Self::Interval => &[&[0, 1]],
            Self::Triangle => &[&[0, 1], &[1, 2], &[2, 0]],
            Self::Quadrilateral => &[&[0, 1], &[1, 2], &[2, 3], &[3, 0]],
            Self::Tetrahedron => &[&[0, 1], &[1, 2], &[2, 0], &[0, 3], &[1, 3], &[2, 3]],
            Self::Hexahedron => &[
                &[0, 1],
                &[1, 2],
                &[2, 3],
                &[3, 0],
                &[4, 5],
                &[5, 6],
                &[6, 7],
                &[7, 4],
                &[0, 4],
                &[1, 5],
                &[2, 6],
                &[3, 7],
            ],
        }
    }

    /// Local vertices of the local facets, the sides of dimension `dim() − 1`.
    ///
    /// In 2-D a facet runs counter-clockwise around its cell, in 3-D its vertices turn counter-clockwise seen from outside: the
    /// normal by the right-hand rule points out.
    #[must_use]
    pub const fn facets(self) -> &'static [&'static [u8]] {
        match self {
            Self::Interval => &[&[0], &[1]],
            Self::Triangle | Self::Quadrilateral => self.edges(),
            Self::Tetrahedron => &[&[0, 2, 1], &[0, 1, 3], &[1, 2, 3], &[0, 3, 2]],
            Self::Hexahedron => {
                &[&[0, 4, 7, 3], &[1, 2, 6, 5], &[0, 1, 5, 4], &[3, 7, 6, 2], &[0, 3, 2, 1], &[4, 5, 6, 7]]
            }
        }
    }

    /// The shape of the facets; the facets of an interval are points, `None`.
    #[must_use]
    pub const fn facet_kind(self) -> Option<Self> {
        match self {
            Self::Interval => None,
            Self::Triangle | Self::Quadrilateral => Some(Self::Interval),
            Self::Tetrahedron => Some(Self::Triangle),
            Self::Hexahedron => Some(Self::Quadrilateral),
        }
    }

    /// Vertices of a facet.
    #[must_use]
    pub const fn n_facet_vertices(self) -> usize {
        match self.facet_kind() {
            None => 1,
            Some(kind) => kind.n_vertices(),
        }
    }

    /// Coordinates of the vertices of the reference cell; those beyond the dimension are 0.
    #[must_use]
    pub const fn reference_vertices(self) -> &'static [[f64; 3]] {
        match self {
            Self::Interval => &[[0., 0., 0.], [1., 0., 0.]],
            Self::Triangle => &[[0., 0., 0.], [1., 0., 0.], [0., 1., 0.]],
            Self::Quadrilateral => &[[0., 0., 0.], [1., 0., 0.], [1., 1., 0.], [0., 1., 0.]],
            Self::Tetrahedron => &[[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [0., 0., 1.]],
            Self::Hexahedron => &[
                [0., 0., 0.],
                [1., 0., 0.],
                [1., 1., 0.],
                [0., 1., 0.],
                [0., 0., 1.],
                [1., 0., 1.],
                [1., 1., 1.],
                [0., 1., 1.],
            ],
        }
    }

    /// Whether the map from the reference cell is affine: a simplex.
    #[must_use]
    pub const fn is_simplex(self) -> bool {
        matches!(self, Self::Interval | Self::Triangle | Self::Tetrahedron)
    }

    /// Volume of the reference cell: 1/d! for a simplex, 1 for the others.
    #[must_use]
    pub const fn reference_measure(self) -> f64 {
        match self {
            Self::Triangle => 0.5,
            Self::Tetrahedron => 1.0 / 6.0,
            _ => 1.0,
        }
    }

    /// The word for one cell.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::Triangle => "triangle",
            Self::Quadrilateral => "quadrilateral",
            Self::Tetrahedron => "tetrahedron",
            Self::Hexahedron => "hexahedron",
        }
    }

    /// The (multi)linear shape functions at reference coordinates `xi`; those beyond [`Self::n_vertices`] are 0.
    #[must_use]
    pub fn shape(self, xi: [f64; 3]) -> [f64; 8] {
        let [r, s, t] = xi;
        match self {
            Self::Interval => [1. - r, r, 0., 0., 0., 0., 0., 0.],
            Self::Triangle => [1. - r - s, r, s, 0., 0., 0., 0., 0.],
            Self::Tetrahedron => [1. - r - s - t, r, s, t, 0., 0., 0., 0.],
            Self::Quadrilateral => [(1. - r) * (1. - s), r * (1. - s), r * s, (1. - r) * s, 0., 0., 0., 0.],
            Self::Hexahedron => {
                let base = Self::Quadrilateral.shape(xi);
                std::array::from_fn(|i| if i < 4 { base[i] * (1. - t) } else { base[i - 4] * t })
            }
        }
    }

    /// Derivatives of the shape functions: `[vertex, ξ axis]`.
    #[must_use]
    pub fn shape_gradient(self, xi: [f64; 3]) -> [[f64; 3]; 8] {
        let [r, s, t] = xi;
        let mut g = [[0.; 3]; 8];
        match self {
            Self::Interval | Self::Triangle | Self::Tetrahedron => {
                for axis in 0..self.dim() {
                    g[0][axis] = -1.;
                    g[axis + 1][axis] = 1.;
                }
            }
            Self::Quadrilateral => {
                g[0] = [s - 1., r - 1., 0.];
                g[1] = [1. - s, -r, 0.];
                g[2] = [s, r, 0.];
                g[3] = [-s, 1. - r, 0.];
            }
            Self::Hexahedron => {
                let base = Self::Quadrilateral.shape(xi);
                let plane = Self::Quadrilateral.shape_gradient(xi);
                for i in 0..4 {
                    g[i] = [plane[i][0] * (1. - t), plane[i][1] * (1. - t), -base[i]];
                    g[i + 4] = [plane[i][0] * t, plane[i][1] * t, base[i]];
                }
            }
        }
        g
    }
}
