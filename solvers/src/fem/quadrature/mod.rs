//! Quadrature on the reference cells, exact to a given degree.
//!
//! - `gauss`: Gauss-Jacobi points on (0, 1);
//! - `simplex`: symmetric rules with few points for triangles and tetrahedra of low degree, collapsed products beyond.

mod gauss;
mod simplex;

use crate::mesh::CellKind;

pub(crate) use gauss::gauss_jacobi;

/// Points and weights on a reference cell.
///
/// **Equations.**
/// ```math
/// \int_{\hat K} f \approx \sum_q w_q f(\xi_q)
/// ```
/// exact for all polynomials up to the degree: the total degree on simplices, the degree in each coordinate on quadrilaterals and
/// hexahedra. All weights are positive and all points are inside the cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    points: Vec<[f64; 3]>,
    weights: Vec<f64>,
}

impl Rule {
    /// A rule on the reference cell of this kind, exact to this degree.
    ///
    /// ```
    /// use sobolev_solvers::fem::quadrature::Rule;
    /// use sobolev_solvers::mesh::CellKind;
    /// let rule = Rule::new(CellKind::Triangle, 4);
    /// let integral: f64 = rule.iter().map(|(x, w)| w * x[0].powi(3) * x[1]).sum();
    /// assert!((integral - 1.0 / 120.0).abs() < 1e-16); // 3! 1! / 6!
    /// ```
    #[must_use]
    pub fn new(kind: CellKind, degree: usize) -> Self {
        let line = gauss_jacobi(degree / 2 + 1, 0);
        match kind {
            CellKind::Interval => product([&line, POINT, POINT]),
            CellKind::Quadrilateral => product([&line, &line, POINT]),
            CellKind::Hexahedron => product([&line, &line, &line]),
            CellKind::Triangle => simplex::triangle(degree),
            CellKind::Tetrahedron => simplex::tetrahedron(degree),
        }
    }

    /// A rule on the reference facet of cells of this kind; the facets of an interval are points, of weight 1.
    #[must_use]
    pub fn on_facet(kind: CellKind, degree: usize) -> Self {
        match kind.facet_kind() {
            Some(facet) => Self::new(facet, degree),
            None => product([POINT, POINT, POINT]),
        }
    }

    /// Points, coordinates beyond the dimension being 0.
    #[must_use]
    pub fn points(&self) -> &[[f64; 3]] {
        &self.points
    }

    /// Weights; they sum to the measure of the reference cell.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Number of points.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a rule is never empty")]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Points with their weights.
    pub fn iter(&self) -> impl Iterator<Item = ([f64; 3], f64)> + '_ {
        self.points.iter().copied().zip(self.weights.iter().copied())
    }

    fn from_pairs(pairs: impl IntoIterator<Item = ([f64; 3], f64)>) -> Self {
        let (points, weights) = pairs.into_iter().unzip();
        Self { points, weights }
    }
}

/// The axis that a cell does not have.
const POINT: &[(f64, f64)] = &[(0.0, 1.0)];

/// The tensor product, first coordinate fastest.
fn product(axes: [&[(f64, f64)]; 3]) -> Rule {
    let mut pairs = Vec::new();
    for &(z, wz) in axes[2] {
        for &(y, wy) in axes[1] {
            pairs.extend(axes[0].iter().map(|&(x, wx)| ([x, y, z], wx * wy * wz)));
        }
    }
    Rule::from_pairs(pairs)
}
