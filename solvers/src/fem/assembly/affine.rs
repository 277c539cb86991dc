//! Element matrices on simplices with coefficients that are constant in each cell: no quadrature.
//!
//! With a constant Jacobian the integrals on the reference cell are the same for all cells,
//! ```math
//! \int_K \nabla \varphi_i \cdot \nabla \varphi_j = \sum_{a,b} G_{ab} R^{ab}_{ij}, \qquad
//! G_{ab} = |\det J| \sum_x \frac{\partial \xi_a}{\partial x} \frac{\partial \xi_b}{\partial x}, \qquad
//! R^{ab}_{ij} = \int_{\hat K} \partial_a \varphi_i\, \partial_b \varphi_j
//! ```

use super::Value;
use super::cell::mirror;
use super::geometry::{Inverse, dot};
use crate::fem::element::{Reference, Table};
use crate::fem::quadrature::Rule;

/// Integrals on the reference cell.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    dim: usize,
    /// P1
    is_linear: bool,
    /// ∫ φ_i φ_j
    mass: Vec<f64>,
    /// R^{ab}, `[a, b, i, j]`
    stiffness: Vec<f64>,
    /// ∫ φ_i
    integrals: Vec<f64>,
    /// R^{aa}, then R^{ab} + R^{ba} for a < b, `[pair, i, j]`
    symmetric: Vec<f64>,
}

impl Affine {
    pub(super) fn new(reference: &Reference) -> Self {
        let (n, dim) = (reference.n_nodes(), reference.kind().dim());
        let rule = Rule::new(reference.kind(), 2 * reference.element().degree());
        let table = Table::new(reference, rule.points());
        let mut mass = vec![0.0; n * n];
        let mut integrals = vec![0.0; n];
        let mut stiffness = vec![0.0; dim * dim * n * n];
        for (q, w) in rule.weights().iter().enumerate() {
            let (values, gradients) = (table.values(q), table.gradients(q));
            outer(*w, values, values, &mut mass);
            integrals.iter_mut().zip(values).for_each(|(sum, v)| *sum += w * v);
            for (ab, out) in stiffness.chunks_exact_mut(n * n).enumerate() {
                outer(*w, &gradients[ab / dim * n..][..n], &gradients[ab % dim * n..][..n], out);
            }
        }
        mirror(&mut mass, n);
        let block = |a: usize, b: usize| &stiffness[(a * dim + b) * n * n..][..n * n];
        let mut symmetric = Vec::new();
        for (a, b) in pairs(dim) {
            let both = block(a, b).iter().zip(block(b, a)).map(|(x, y)| if a == b { *x } else { x + y });
            symmetric.extend(both);
        }
        // Rounding differs between (i, j) and (j, i); matrices of symmetric forms are to be symmetric to the last bit.
        symmetric.chunks_exact_mut(n * n).for_each(|block| mirror(block, n));
        Self { dim, is_linear: n == dim + 1, mass, stiffness, integrals, symmetric }
    }

    /// ∫ φ_i on the reference cell.
    pub(super) fn integrals(&self) -> &[f64] {
        &self.integrals
    }

    /// Adds c ∫ φ_i φ_j.
    #[inline(always)]
    pub(super) fn add_mass<T: Value>(&self, c: T, inverse: &Inverse, k: &mut [T]) {
        let c = c * inverse.det;
        for (k, m) in k.iter_mut().zip(&self.mass) {
            *k += c * *m;
        }
    }

    /// Adds a ∫ ∇φ_i · ∇φ_j.
    #[inline(always)]
    pub(super) fn add_diffusion<T: Value>(&self, a: T, inverse: &Inverse, k: &mut [T]) {
        match k.len() {
            4 if self.is_linear => return add_linear::<T, 1, 2>(a, inverse, k),
            9 if self.is_linear => return add_linear::<T, 2, 3>(a, inverse, k),
            16 if self.is_linear => return add_linear::<T, 3, 4>(a, inverse, k),
            _ => {}
        }
        let by = &inverse.by;
        let g = |i: usize, j: usize| inverse.det * dot(by[i], by[j]);
        let nn = k.len();
        let r = |pair: usize| &self.symmetric[pair * nn..][..nn];
        match self.dim {
            1 => {
                let g0 = g(0, 0);
                for (k, r) in k.iter_mut().zip(r(0)) {
                    *k += a * (g0 * r);
                }
            }
            2 => {
                let (g00, g11, g01) = (g(0, 0), g(1, 1), g(0, 1));
                for (((k, r0), r1), r2) in k.iter_mut().zip(r(0)).zip(r(1)).zip(r(2)) {
                    *k += a * (g00 * r0 + g11 * r1 + g01 * r2);
                }
            }
            _ => {
                let g = [g(0, 0), g(1, 1), g(2, 2), g(0, 1), g(0, 2), g(1, 2)];
                let (r, k) = ([r(0), r(1), r(2), r(3), r(4), r(5)], k);
                for e in 0..nn {
                    let diagonal = g[0] * r[0][e] + g[1] * r[1][e] + g[2] * r[2][e];
                    let mixed = g[3] * r[3][e] + g[4] * r[4][e] + g[5] * r[5][e];
                    k[e] += a * (diagonal + mixed);
                }
            }
        }
    }

    /// Writes the moments ∫ ∂φ_i/∂x_c ∂φ_j/∂x_d, `[c, d, i, j]`.
    pub(super) fn moments<T: Value>(&self, inverse: &Inverse, out: &mut [T]) {
        let nn = self.mass.len();
        out.fill(T::default());
        for (cd, out) in out.chunks_exact_mut(nn).enumerate() {
            for (ab, r) in self.stiffness.chunks_exact(nn).enumerate() {
                let factor =
                    inverse.by[ab / self.dim][cd / self.dim] * inverse.by[ab % self.dim][cd % self.dim];
                let factor = factor * inverse.det;
                for (out, r) in out.iter_mut().zip(r) {
                    *out += T::from(factor * r);
                }
            }
        }
    }
}

/// The same for P1, whose gradients are constant: those of the barycentric coordinates.
#[inline(always)]
fn add_linear<T: Value, const D: usize, const N: usize>(a: T, inverse: &Inverse, k: &mut [T]) {
    let measure = inverse.det / [1.0, 2.0, 6.0][D - 1];
    let mut g = [[0.0; D]; N];
    for axis in 0..D {
        for i in 0..D {
            g[i + 1][axis] = inverse.by[i][axis];
            g[0][axis] -= inverse.by[i][axis];
        }
    }
    for i in 0..N {
        for j in 0..N {
            let product: f64 = (0..D).map(|axis| g[i][axis] * g[j][axis]).sum();
            k[i * N + j] += a * (measure * product);
        }
    }
}

/// The pairs of axes: first the equal ones.
fn pairs(dim: usize) -> Vec<(usize, usize)> {
    let mixed = (0..dim).flat_map(|a| (a + 1..dim).map(move |b| (a, b)));
    (0..dim).map(|a| (a, a)).chain(mixed).collect()
}

fn outer(w: f64, left: &[f64], right: &[f64], out: &mut [f64]) {
    for (i, l) in left.iter().enumerate() {
        for (out, r) in out[i * right.len()..].iter_mut().zip(right) {
            *out += w * l * r;
        }
    }
}
