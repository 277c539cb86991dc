//! Basis functions at the points of a quadrature rule, computed once.

use super::Reference;

/// Values and derivatives at points.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    n_nodes: usize,
    /// `[point, node]`
    values: Vec<f64>,
    /// `[point, ξ axis, node]`, with as many axes as dimensions: lines over nodes are what the inner loops run over.
    gradients: Vec<f64>,
    dim: usize,
}

impl Table {
    pub(crate) fn new(reference: &Reference, points: &[[f64; 3]]) -> Self {
        let (n_nodes, dim) = (reference.n_nodes(), reference.kind().dim());
        let mut values = vec![0.0; points.len() * n_nodes];
        let mut gradients = Vec::with_capacity(points.len() * dim * n_nodes);
        let mut at = vec![[0.0; 3]; n_nodes];
        for (xi, values) in points.iter().zip(values.chunks_exact_mut(n_nodes)) {
            reference.values(*xi, values);
            reference.gradients(*xi, &mut at);
            for axis in 0..dim {
                gradients.extend(at.iter().map(|g| g[axis]));
            }
        }
        Self { n_nodes, values, gradients, dim }
    }

    /// Values at point `q`, `[node]`.
    #[inline(always)]
    pub(crate) fn values(&self, q: usize) -> &[f64] {
        &self.values[q * self.n_nodes..][..self.n_nodes]
    }

    /// Derivatives at point `q`, `[ξ axis, node]`.
    #[inline(always)]
    pub(crate) fn gradients(&self, q: usize) -> &[f64] {
        &self.gradients[q * self.dim * self.n_nodes..][..self.dim * self.n_nodes]
    }
}
