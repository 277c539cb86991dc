//! Q2: products of quadratic functions of one coordinate.
//!
//! ```math
//! (1 - \xi)(1 - 2\xi), \qquad 4 \xi (1 - \xi), \qquad \xi (2 \xi - 1)
//! ```
//! belong to the nodes at 0, 1/2 and 1. These nodes are also the Gauss-Lobatto points of three-point (Simpson) quadrature.

/// The three functions and their derivatives.
fn line(x: f64) -> ([f64; 3], [f64; 3]) {
    let values = [(1.0 - x) * (1.0 - 2.0 * x), 4.0 * x * (1.0 - x), x * (2.0 * x - 1.0)];
    (values, [4.0 * x - 3.0, 4.0 - 8.0 * x, 4.0 * x - 1.0])
}

/// The place 0, 1, 2 of a node coordinate 0, 1/2, 1.
fn place(coordinate: f64) -> usize {
    (2.0 * coordinate) as usize
}

pub(super) fn values(dim: usize, nodes: &[[f64; 3]], xi: [f64; 3], out: &mut [f64]) {
    let axes = xi.map(line);
    for (out, node) in out.iter_mut().zip(nodes) {
        *out = (0..dim).map(|axis| axes[axis].0[place(node[axis])]).product();
    }
}

pub(super) fn gradients(dim: usize, nodes: &[[f64; 3]], xi: [f64; 3], out: &mut [[f64; 3]]) {
    let axes = xi.map(line);
    for (out, node) in out.iter_mut().zip(nodes) {
        let factor = |axis: usize, by: usize| {
            let (values, derivatives) = axes[axis];
            if axis == by { derivatives[place(node[axis])] } else { values[place(node[axis])] }
        };
        *out = [0.0; 3];
        for by in 0..dim {
            out[by] = (0..dim).map(|axis| factor(axis, by)).product();
        }
    }
}
