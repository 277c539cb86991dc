//! P3: cubic on simplices, written in the barycentric coordinates λ.
//!
//! ```math
//! \tfrac12 \lambda_i (3\lambda_i - 1)(3\lambda_i - 2), \qquad
//! \tfrac92 \lambda_a \lambda_b (3 \lambda_a - 1) \text{ on edge } (a, b), \text{ a third from } a, \qquad
//! 27 \lambda_a \lambda_b \lambda_c
//! ```

use super::reference::axpy;
use crate::mesh::CellKind;

/// The two nodes of each edge: (near, far) vertex.
fn edge_nodes(kind: CellKind) -> impl Iterator<Item = (usize, usize)> {
    kind.edges().iter().flat_map(|e| {
        let (a, b) = (usize::from(e[0]), usize::from(e[1]));
        [(a, b), (b, a)]
    })
}

/// The triangles that carry a node in their centre: the cell itself, or the faces of a tetrahedron.
fn triangles(kind: CellKind) -> &'static [&'static [u8]] {
    match kind {
        CellKind::Triangle => &[&[0, 1, 2]],
        CellKind::Tetrahedron => kind.facets(),
        _ => &[],
    }
}

pub(super) fn values(kind: CellKind, xi: [f64; 3], out: &mut [f64]) {
    let l = kind.shape(xi);
    let (vertices, rest) = out.split_at_mut(kind.n_vertices());
    let (edges, centres) = rest.split_at_mut(2 * kind.edges().len());
    for (out, l) in vertices.iter_mut().zip(l) {
        *out = 0.5 * l * (3.0 * l - 1.0) * (3.0 * l - 2.0);
    }
    for (out, (a, b)) in edges.iter_mut().zip(edge_nodes(kind)) {
        *out = 4.5 * l[a] * l[b] * (3.0 * l[a] - 1.0);
    }
    for (out, triangle) in centres.iter_mut().zip(triangles(kind)) {
        *out = triangle.iter().fold(27.0, |product, &v| product * l[usize::from(v)]);
    }
}

pub(super) fn gradients(kind: CellKind, xi: [f64; 3], out: &mut [[f64; 3]]) {
    let (l, d) = (kind.shape(xi), kind.shape_gradient(xi));
    let (vertices, rest) = out.split_at_mut(kind.n_vertices());
    let (edges, centres) = rest.split_at_mut(2 * kind.edges().len());
    for (i, out) in vertices.iter_mut().enumerate() {
        *out = axpy([0.0; 3], (13.5 * l[i] - 9.0) * l[i] + 1.0, d[i]);
    }
    for (out, (a, b)) in edges.iter_mut().zip(edge_nodes(kind)) {
        let by_near = 4.5 * l[b] * (6.0 * l[a] - 1.0);
        let by_far = 4.5 * l[a] * (3.0 * l[a] - 1.0);
        *out = axpy(axpy([0.0; 3], by_near, d[a]), by_far, d[b]);
    }
    for (out, triangle) in centres.iter_mut().zip(triangles(kind)) {
        let [a, b, c] = [triangle[0], triangle[1], triangle[2]].map(usize::from);
        let first = axpy(axpy([0.0; 3], 27.0 * l[b] * l[c], d[a]), 27.0 * l[a] * l[c], d[b]);
        *out = axpy(first, 27.0 * l[a] * l[b], d[c]);
    }
}
