//! P2: quadratic on simplices, written in the barycentric coordinates λ.
//!
//! ```math
//! \lambda_i (2 \lambda_i - 1) \text{ at vertex } i, \qquad 4 \lambda_a \lambda_b \text{ in the middle of edge } (a, b)
//! ```

use super::reference::axpy;
use crate::mesh::CellKind;

pub(super) fn values(kind: CellKind, xi: [f64; 3], out: &mut [f64]) {
    let l = kind.shape(xi);
    let (vertices, edges) = out.split_at_mut(kind.n_vertices());
    for (out, l) in vertices.iter_mut().zip(l) {
        *out = l * (2.0 * l - 1.0);
    }
    for (out, edge) in edges.iter_mut().zip(kind.edges()) {
        let [a, b] = [edge[0], edge[1]].map(usize::from);
        *out = 4.0 * l[a] * l[b];
    }
}

pub(super) fn gradients(kind: CellKind, xi: [f64; 3], out: &mut [[f64; 3]]) {
    let (l, d) = (kind.shape(xi), kind.shape_gradient(xi));
    let (vertices, edges) = out.split_at_mut(kind.n_vertices());
    for (i, out) in vertices.iter_mut().enumerate() {
        *out = axpy([0.0; 3], 4.0 * l[i] - 1.0, d[i]);
    }
    for (out, edge) in edges.iter_mut().zip(kind.edges()) {
        let [a, b] = [edge[0], edge[1]].map(usize::from);
        *out = axpy(axpy([0.0; 3], 4.0 * l[b], d[a]), 4.0 * l[a], d[b]);
    }
}
