//! Lagrange elements on the reference cells.
//!
//! | file | elements |
//! |---|---|
//! | `linear` | P1 on simplices, Q1 on intervals, quadrilaterals, hexahedra |
//! | `p2`, `p3` | quadratic and cubic on simplices |
//! | `q2` | quadratic in each coordinate |
//! | `reference` | nodes, their entities and their place on facets |
//! | `table` | basis values at points |

mod linear;
mod p2;
mod p3;
mod q2;
mod reference;
mod table;

use crate::mesh::CellKind;
use crate::{Error, Result};

pub(crate) use reference::{Reference, centre, on_edge};
pub(crate) use table::Table;

/// A continuous Lagrange element.
///
/// **Equations.** On the reference cell the basis functions are the polynomials with
/// ```math
/// \varphi_i(\xi_j) = \delta_{ij}
/// ```
/// at the nodes ξ_j. P_k contains all polynomials of total degree k, Q_k those of degree k in each coordinate; cells are the images
/// of the reference cell under the (multi)linear map of their corners.
///
/// | element | cells | nodes a cell | order in L² |
/// |---|---|---|---|
/// | P1 | interval, triangle, tetrahedron | 2, 3, 4 | 2 |
/// | P2 | the same | 3, 6, 10 | 3 |
/// | P3 | the same | 4, 10, 20 | 4 |
/// | Q1 | interval, quadrilateral, hexahedron | 2, 4, 8 | 2 |
/// | Q2 | the same | 3, 9, 27 | 3 |
///
/// **Source.** P. G. Ciarlet, The Finite Element Method for Elliptic Problems (1978), sections 2.2 and 2.3.
///
/// ```
/// use sobolev_solvers::fem::Element;
/// use sobolev_solvers::mesh::CellKind;
/// let centre = [1.0 / 3.0, 1.0 / 3.0, 0.0];
/// let values = Element::P2.values(CellKind::Triangle, centre)?;
/// assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-15);
/// assert!((values[3] - 4.0 / 9.0).abs() < 1e-15); // the middle of the first side
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
    /// Linear on simplices.
    P1,
    /// Quadratic on simplices.
    P2,
    /// Cubic on simplices.
    P3,
    /// Multilinear on intervals, quadrilaterals and hexahedra.
    Q1,
    /// Quadratic in each coordinate on intervals, quadrilaterals and hexahedra.
    Q2,
}

impl Element {
    /// All elements.
    pub const ALL: [Self; 5] = [Self::P1, Self::P2, Self::P3, Self::Q1, Self::Q2];

    /// The polynomial degree.
    #[must_use]
    pub const fn degree(self) -> usize {
        match self {
            Self::P1 | Self::Q1 => 1,
            Self::P2 | Self::Q2 => 2,
            Self::P3 => 3,
        }
    }

    /// Whether cells of this kind carry the element.
    #[must_use]
    pub const fn fits(self, kind: CellKind) -> bool {
        match self {
            Self::P1 | Self::P2 | Self::P3 => kind.is_simplex(),
            Self::Q1 | Self::Q2 => {
                matches!(kind, CellKind::Interval | CellKind::Quadrilateral | CellKind::Hexahedron)
            }
        }
    }

    /// The nodes on the reference cell: vertices, edges (each from its first to its second vertex), faces, interior, in the order of
    /// [`CellKind`]'s lists.
    ///
    /// # Errors
    /// [`Error::Config`] if the element does not exist on this kind of cell.
    pub fn nodes(self, kind: CellKind) -> Result<Vec<[f64; 3]>> {
        Ok(Reference::new(self, kind)?.nodes().to_vec())
    }

    /// The basis functions at the reference coordinates `xi`.
    ///
    /// # Errors
    /// [`Error::Config`] if the element does not exist on this kind of cell.
    pub fn values(self, kind: CellKind, xi: [f64; 3]) -> Result<Vec<f64>> {
        let reference = Reference::new(self, kind)?;
        let mut out = vec![0.0; reference.n_nodes()];
        reference.values(xi, &mut out);
        Ok(out)
    }

    /// The derivatives `[node, ξ axis]` of the basis functions at `xi`.
    ///
    /// # Errors
    /// [`Error::Config`] if the element does not exist on this kind of cell.
    pub fn gradients(self, kind: CellKind, xi: [f64; 3]) -> Result<Vec<[f64; 3]>> {
        let reference = Reference::new(self, kind)?;
        let mut out = vec![[0.0; 3]; reference.n_nodes()];
        reference.gradients(xi, &mut out);
        Ok(out)
    }

    fn check(self, kind: CellKind) -> Result<()> {
        let expected = match self {
            Self::P1 | Self::P2 | Self::P3 => "Q1 or Q2 on quadrilaterals and hexahedra",
            Self::Q1 | Self::Q2 => "P1, P2 or P3 on triangles and tetrahedra",
        };
        match self.fits(kind) {
            true => Ok(()),
            false => Err(Error::Config {
                field: "element",
                expected,
                value: format!("{self:?} on a {}", kind.name()),
            }),
        }
    }
}
