//! The map from the reference cell to a cell, and whether it is one to one.

use super::CellKind;

/// The corners of one cell, and its map from the reference cell.
///
/// **Equations.**
/// ```math
/// x(\xi) = \sum_i N_i(\xi)\, x_i, \qquad J_{ik} = \partial x_i / \partial \xi_k
/// ```
/// with the linear shape functions N on simplices and the multilinear ones on quadrilaterals and hexahedra.
#[derive(Clone, Copy, Debug)]
pub struct CellGeometry {
    kind: CellKind,
    corners: [[f64; 3]; 8],
}

/// What the sign of the Jacobian determinant says about a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Positive in the whole cell.
    Good,
    /// Negative in the whole cell: the vertices run the wrong way round.
    Inverted,
    /// Zero up to rounding at every corner.
    Degenerate,
    /// Not of one sign: a corner is reflex, or the cell is folded.
    Tangled,
}

impl CellGeometry {
    pub(super) fn new(kind: CellKind, points: &[[f64; 3]], vertices: &[u32]) -> Self {
        let mut corners = [[0.; 3]; 8];
        for (corner, &v) in corners.iter_mut().zip(vertices) {
            *corner = points[v as usize];
        }
        Self { kind, corners }
    }

    /// The corners.
    #[must_use]
    pub fn corners(&self) -> &[[f64; 3]] {
        &self.corners[..self.kind.n_vertices()]
    }

    /// The point of reference coordinates `xi`.
    #[must_use]
    pub fn map(&self, xi: [f64; 3]) -> [f64; 3] {
        let shape = self.kind.shape(xi);
        let mut x = [0.; 3];
        for (corner, n) in self.corners().iter().zip(shape) {
            for axis in 0..3 {
                x[axis] += n * corner[axis];
            }
        }
        x
    }

    /// The Jacobian `[x axis, ξ axis]`. Beyond the dimension it is the identity, so that inverses and determinants are those of
    /// the leading block.
    #[must_use]
    pub fn jacobian(&self, xi: [f64; 3]) -> [[f64; 3]; 3] {
        let gradient = self.kind.shape_gradient(xi);
        let mut j = [[0.; 3]; 3];
        for (corner, g) in self.corners().iter().zip(gradient) {
            for row in 0..3 {
                for column in 0..3 {
                    j[row][column] += corner[row] * g[column];
                }
            }
        }
        for axis in self.kind.dim()..3 {
            j[axis] = [0.; 3];
            j[axis][axis] = 1.;
        }
        j
    }

    /// The determinant of the Jacobian.
    #[must_use]
    pub fn determinant(&self, xi: [f64; 3]) -> f64 {
        determinant(&self.jacobian(xi))
    }

    /// Length, area or volume: the integral of the determinant, which is exact.
    #[must_use]
    pub fn measure(&self) -> f64 {
        match self.kind {
            CellKind::Quadrilateral => self.determinant([0.5, 0.5, 0.]),
            // The determinant has degree two an axis: two Gauss points an axis are exact.
            CellKind::Hexahedron => {
                let gauss = [0.5 - 0.75f64.sqrt() / 3., 0.5 + 0.75f64.sqrt() / 3.];
                (0..8).map(|i| self.determinant([gauss[i & 1], gauss[i >> 1 & 1], gauss[i >> 2]]) / 8.).sum()
            }
            kind => self.determinant([0.; 3]) * kind.reference_measure(),
        }
    }

    /// The image of the centre of the reference cell.
    #[must_use]
    pub fn centre(&self) -> [f64; 3] {
        let n = self.kind.n_vertices() as f64;
        std::array::from_fn(|axis| self.corners().iter().map(|x| x[axis]).sum::<f64>() / n)
    }

    /// The smallest box that holds the corners, and so the cell: lower and upper end.
    #[must_use]
    pub fn bounding_box(&self) -> [[f64; 3]; 2] {
        let mut bounds = [self.corners[0]; 2];
        for x in self.corners() {
            for axis in 0..3 {
                bounds[0][axis] = bounds[0][axis].min(x[axis]);
                bounds[1][axis] = bounds[1][axis].max(x[axis]);
            }
        }
        bounds
    }

    pub(super) fn shape(&self) -> Shape {
        let tolerance = self.determinant_rounding();
        let kind = self.kind;
        let at: Vec<f64> = kind.reference_vertices().iter().map(|&xi| self.determinant(xi)).collect();
        if at.iter().all(|d| d.abs() <= tolerance) {
            return Shape::Degenerate;
        }
        let positive = at.iter().all(|&d| d > tolerance);
        let negative = at.iter().all(|&d| d < -tolerance);
        // On a quadrilateral the determinant is linear, so that its corners decide; on a hexahedron they do not.
        let certain = kind != CellKind::Hexahedron || self.hexahedron_keeps_sign(tolerance, negative);
        match (positive, negative) {
            (true, _) if certain => Shape::Good,
            (_, true) if certain => Shape::Inverted,
            _ => Shape::Tangled,
        }
    }

    /// A bound of the error of a determinant that is computed from rounded coordinates: one axis contributes its rounding times the
    /// extents along the others.
    fn determinant_rounding(&self) -> f64 {
        let [lo, hi] = self.bounding_box();
        let dim = self.kind.dim();
        let error = |axis: usize| {
            let others: f64 =
                (0..dim).filter(|&other| other != axis).map(|other| hi[other] - lo[other]).product();
            lo[axis].abs().max(hi[axis].abs()) * others
        };
        16. * f64::EPSILON * (0..dim).map(error).sum::<f64>()
    }

    fn hexahedron_keeps_sign(&self, tolerance: f64, negative: bool) -> bool {
        let sign = if negative { -1. } else { 1. };
        let mut b: [f64; 27] = std::array::from_fn(|i| {
            sign * self.determinant([i % 3, i / 3 % 3, i / 9].map(|k| k as f64 * 0.5))
        });
        for stride in [1, 3, 9] {
            each_line(&mut b, stride, |[f0, fm, f1]| [f0, 2. * fm - 0.5 * (f0 + f1), f1]);
        }
        bernstein_positive(&b, tolerance, 6)
    }
}

pub(super) fn determinant(j: &[[f64; 3]; 3]) -> f64 {
    j[0][0] * (j[1][1] * j[2][2] - j[1][2] * j[2][1]) - j[0][1] * (j[1][0] * j[2][2] - j[1][2] * j[2][0])
        + j[0][2] * (j[1][0] * j[2][1] - j[1][1] * j[2][0])
}

/// Whether a polynomial of degree two an axis is above `tolerance` on the unit cube, from its Bernstein coefficients.
///
/// Their smallest is a lower bound, those at the corners are values. In between, the cube is halved an axis, and the bound tightens.
/// **Source.** The method of A. Johnen, J.-F. Remacle, C. Geuzaine, J. Comput. Phys. 233 (2013), 359-372.
fn bernstein_positive(b: &[f64; 27], tolerance: f64, depth: usize) -> bool {
    if b.iter().all(|&v| v > tolerance) {
        return true;
    }
    let corner_fails = [0, 2, 6, 8, 18, 20, 24, 26].iter().any(|&i| b[i] <= tolerance);
    if corner_fails || depth == 0 {
        return false;
    }
    (0..8).all(|octant: usize| {
        let mut part = *b;
        for (axis, stride) in [1, 3, 9].into_iter().enumerate() {
            let upper = octant >> axis & 1 == 1;
            each_line(&mut part, stride, |[c0, c1, c2]| {
                let (left, right) = (0.5 * (c0 + c1), 0.5 * (c1 + c2));
                let middle = 0.5 * (left + right);
                if upper { [middle, right, c2] } else { [c0, left, middle] }
            });
        }
        bernstein_positive(&part, tolerance, depth - 1)
    })
}

/// Applies `f` to the nine lines of three values along one axis of a 3 x 3 x 3 array.
fn each_line(b: &mut [f64; 27], stride: usize, f: impl Fn([f64; 3]) -> [f64; 3]) {
    for start in (0..27).filter(|i| (i / stride).is_multiple_of(3)) {
        let line = f([b[start], b[start + stride], b[start + 2 * stride]]);
        for (k, value) in line.into_iter().enumerate() {
            b[start + k * stride] = value;
        }
    }
}
