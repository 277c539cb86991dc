//! The map from the reference cell at the points of a rule.

use crate::mesh::{CellKind, Mesh};

/// The (multi)linear map of cells of one kind, tabulated at points.
#[derive(Clone, Debug)]
pub(crate) struct CellMap {
    kind: CellKind,
    /// Values and derivatives of the shape functions at each point.
    shape: Vec<([f64; 8], [[f64; 3]; 8])>,
}

/// ∂ξ/∂x, `[ξ axis, x axis]`, and det ∂x/∂ξ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inverse {
    pub(crate) by: [[f64; 3]; 3],
    pub(crate) det: f64,
}

impl CellMap {
    pub(crate) fn new(kind: CellKind, points: &[[f64; 3]]) -> Self {
        Self { kind, shape: points.iter().map(|&xi| (kind.shape(xi), kind.shape_gradient(xi))).collect() }
    }

    /// Where point `q` of cell `c` is.
    #[inline]
    pub(crate) fn point(&self, mesh: &Mesh, c: usize, q: usize) -> [f64; 3] {
        let mut x = [0.0; 3];
        for (v, n) in mesh.cell(c).iter().zip(&self.shape[q].0) {
            let corner = mesh.points()[*v as usize];
            for axis in 0..3 {
                x[axis] += n * corner[axis];
            }
        }
        x
    }

    /// ∂x/∂ξ at point `q` of cell `c`, `[x axis, ξ axis]`, the identity beyond the dimension.
    #[inline]
    pub(crate) fn jacobian(&self, mesh: &Mesh, c: usize, q: usize) -> [[f64; 3]; 3] {
        let (dim, gradients) = (self.kind.dim(), &self.shape[q].1);
        let mut j = [[0.0; 3]; 3];
        for (v, g) in mesh.cell(c).iter().zip(gradients) {
            let corner = mesh.points()[*v as usize];
            for row in 0..dim {
                for column in 0..dim {
                    j[row][column] += corner[row] * g[column];
                }
            }
        }
        for axis in dim..3 {
            j[axis][axis] = 1.0;
        }
        j
    }

    #[inline]
    pub(crate) fn inverse(&self, mesh: &Mesh, c: usize, q: usize) -> Inverse {
        invert(&self.jacobian(mesh, c, q), self.kind.dim())
    }
}

/// The inverse of a simplex's Jacobian: one for the whole cell.
#[inline(always)]
pub(super) fn simplex_inverse(kind: CellKind, points: &[[f64; 3]], vertices: &[u32]) -> Inverse {
    let origin = points[vertices[0] as usize];
    let mut j = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let dim = kind.dim();
    for column in 0..dim {
        let x = points[vertices[column + 1] as usize];
        for row in 0..dim {
            j[row][column] = x[row] - origin[row];
        }
    }
    invert(&j, dim)
}

/// The inverse of the leading block of dimension `dim`, the rest being the identity.
#[inline(always)]
pub(crate) fn invert(j: &[[f64; 3]; 3], dim: usize) -> Inverse {
    let mut by = [[0.0; 3]; 3];
    let det = match dim {
        1 => {
            by[0][0] = 1.0 / j[0][0];
            j[0][0]
        }
        2 => {
            let det = j[0][0] * j[1][1] - j[0][1] * j[1][0];
            let r = 1.0 / det;
            by[0] = [j[1][1] * r, -j[0][1] * r, 0.0];
            by[1] = [-j[1][0] * r, j[0][0] * r, 0.0];
            det
        }
        _ => {
            let minor = |a: usize, b: usize, c: usize, d: usize| j[a][c] * j[b][d] - j[a][d] * j[b][c];
            let first = [minor(1, 2, 1, 2), -minor(0, 2, 1, 2), minor(0, 1, 1, 2)];
            let det = j[0][0] * first[0] + j[1][0] * first[1] + j[2][0] * first[2];
            let r = 1.0 / det;
            by[0] = first.map(|m| m * r);
            by[1] = [-minor(1, 2, 0, 2) * r, minor(0, 2, 0, 2) * r, -minor(0, 1, 0, 2) * r];
            by[2] = [minor(1, 2, 0, 1) * r, -minor(0, 2, 0, 1) * r, minor(0, 1, 0, 1) * r];
            det
        }
    };
    Inverse { by, det }
}

#[inline(always)]
pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
