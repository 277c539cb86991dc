//! P1 and Q1: the functions that also map the reference cell to a cell.

use crate::mesh::CellKind;

pub(super) fn values(kind: CellKind, xi: [f64; 3], out: &mut [f64]) {
    let n = kind.n_vertices();
    out.copy_from_slice(&kind.shape(xi)[..n]);
}

pub(super) fn gradients(kind: CellKind, xi: [f64; 3], out: &mut [[f64; 3]]) {
    let n = kind.n_vertices();
    out.copy_from_slice(&kind.shape_gradient(xi)[..n]);
}
