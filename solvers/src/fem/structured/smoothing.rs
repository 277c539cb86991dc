//! Smoothers from outside, in place of Gauss-Seidel: nine-point approximations of the inverse, level by level.

use std::fmt::Debug;

use sobolev_kernels::Scalar;

use super::Stencil;
use super::interpolation::Interpolation;
use super::stencil::Layout;
use crate::linear::{Cholesky, Csr};
use crate::{Error, Result};

/// One level of the multigrid hierarchy of an operator, on the interior nodes of its lattice.
///
/// An array of links `[5, ny − 1, nx − 1]` holds a symmetric nine-point operator: the diagonal, then the links of a node to its
/// neighbours in the east, north, north-east and north-west (y upwards); the other four are those of the neighbours.
#[derive(Clone, Debug, PartialEq)]
pub struct LatticeLevel {
    /// Cells `[ny, nx]`.
    pub cells: [usize; 2],
    /// The operator A, up to a factor that all levels share. Links to boundary nodes are there too.
    pub operator: Vec<f32>,
    /// `[4, ny − 1, nx − 1]`: the weights with which node `(j, i)` interpolates from the nodes `(⌊j/2⌋, ⌊i/2⌋)`, `(⌊j/2⌋, ⌈i/2⌉)`,
    /// `(⌈j/2⌉, ⌊i/2⌋)` and `(⌈j/2⌉, ⌈i/2⌉)` of the next coarser level, nodes that coincide counted once, in the first of their
    /// places; nodes are numbered from 0 on the boundary. Empty on the coarsest level, which is solved directly.
    pub interpolation: Vec<f32>,
}

impl LatticeLevel {
    /// The inverse of the interior operator, row-major: for coarse levels.
    ///
    /// # Errors
    /// [`Error::Factorization`] if the operator is not positive definite.
    pub fn inverse(&self) -> Result<Vec<f64>> {
        let links: Vec<f64> = self.operator.iter().map(|&a| f64::from(a)).collect();
        let matrix = matrix(&links, self.cells)?;
        let n = matrix.n_rows();
        let mut inverse = vec![0.0; n * n];
        inverse.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = 1.0);
        Cholesky::new(&matrix)?.solve_in_place(&mut inverse, n);
        Ok(inverse)
    }
}

/// Makes the smoothers of a hierarchy.
///
/// A step is `x ← x + S (b − A x)` with a symmetric `S = D^{-1/2} M D^{-1/2}`, where D is the diagonal of A. The same steps run in
/// the opposite order after the coarse correction, so that the cycle is symmetric; it is a preconditioner for conjugate gradients
/// where every S converges in the norm of A. `M = ω` is damped Jacobi.
pub trait Smoothing: Debug + Send + Sync {
    /// For every level but the coarsest, M of every step as links `[5, ny − 1, nx − 1]`, of which those to boundary nodes are not read.
    ///
    /// # Errors
    /// [`Error::Smoother`] where they cannot be made.
    fn steps(&self, levels: &[LatticeLevel]) -> Result<Vec<Vec<Vec<f32>>>>;
}

/// Damped Jacobi, `M = ω`, so many steps before and after the coarse correction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DampedJacobi {
    /// ω.
    pub damping: f32,
    /// Steps.
    pub steps: usize,
}

impl Default for DampedJacobi {
    fn default() -> Self {
        Self { damping: 0.8, steps: 1 }
    }
}

impl Smoothing for DampedJacobi {
    fn steps(&self, levels: &[LatticeLevel]) -> Result<Vec<Vec<Vec<f32>>>> {
        let step = |level: &LatticeLevel| {
            let nodes = level.operator.len() / 5;
            let mut links = vec![0.0; 5 * nodes];
            links[..nodes].fill(self.damping);
            links
        };
        Ok(levels[..levels.len() - 1].iter().map(|level| vec![step(level); self.steps]).collect())
    }
}

/// An operator at interior nodes, as links.
pub(super) fn interior<T: Copy>(a: &Stencil<T>) -> Vec<T> {
    let Layout { ny, nx, .. } = a.layout;
    let mut links = Vec::with_capacity(5 * (ny - 1) * (nx - 1));
    for array in [&a.c, &a.e, &a.n, &a.ne, &a.nw] {
        (1..ny).for_each(|j| links.extend_from_slice(&array[a.layout.at(j, 1)..][..nx - 1]));
    }
    links
}

/// The sparse matrix of links between interior nodes, numbered `[y, x]`.
pub(super) fn matrix(links: &[f64], cells: [usize; 2]) -> Result<Csr<f64>> {
    let [rows, cols] = cells.map(|cells| cells - 1);
    let nodes = rows * cols;
    let mut entries = Vec::with_capacity(9 * nodes);
    let all = links.chunks_exact(nodes).zip([(0, 0), (0, 1), (1, 0), (1, 1), (1, -1)]);
    for (links, (dy, dx)) in all {
        for (k, &link) in links.iter().enumerate() {
            let i = (k % cols).checked_add_signed(dx).filter(|&i| i < cols);
            let Some(i) = i.filter(|_| k / cols + dy < rows) else { continue };
            let other = (k / cols + dy) * cols + i;
            entries.push((k, other, link));
            if other != k {
                entries.push((other, k, link));
            }
        }
    }
    Csr::from_triplets(nodes, nodes, &entries)
}

/// The interior of a level.
pub(super) fn level(a: &Stencil<f32>, down: Option<&Interpolation<f32>>) -> LatticeLevel {
    let Layout { ny, nx, .. } = a.layout;
    let operator = interior(a);
    let mut interpolation = Vec::new();
    if let Some(p) = down {
        let nodes = || (1..ny).flat_map(|j| (1..nx).map(move |i| (j, i)));
        for corner in 0..4 {
            interpolation.extend(nodes().map(|(j, i)| {
                let at = p.coarse.at(j / 2, i / 2);
                match (j % 2, i % 2) {
                    (0, 0) => [1.0, 0.0, 0.0, 0.0][corner],
                    (0, _) => [p.hl[at], p.hr[at], 0.0, 0.0][corner],
                    (_, 0) => [p.vb[at], 0.0, p.vt[at], 0.0][corner],
                    _ => [p.sw[at], p.se[at], p.nw[at], p.ne[at]][corner],
                }
            }));
        }
    }
    LatticeLevel { cells: [ny, nx], operator, interpolation }
}

/// S on the lattice of A, from the links M of interior nodes.
pub(super) fn smoother(links: &[f32], inverse_diagonal: &[f32], layout: Layout) -> Result<Stencil<f32>> {
    let Layout { ny, nx, stride } = layout;
    let nodes = layout.unknowns();
    if links.len() != 5 * nodes {
        return Err(Error::Length {
            name: "links of a smoother",
            axes: format!("[link, y, x] = [5, {}, {}]", ny - 1, nx - 1),
            expected: 5 * nodes,
            found: links.len(),
        });
    }
    if let Some(position) = links.iter().position(|m| !m.is_finite()) {
        return Err(Error::NotFinite {
            name: "links of a smoother",
            position,
            value: f64::from(links[position]),
        });
    }
    let mut s = Stencil::zeros(layout);
    let arrays = [&mut s.c, &mut s.e, &mut s.n, &mut s.ne, &mut s.nw];
    let offsets = [0, 1, stride, stride + 1, stride - 1];
    for ((array, offset), links) in arrays.into_iter().zip(offsets).zip(links.chunks_exact(nodes)) {
        for (j, row) in (1..ny).zip(links.chunks_exact(nx - 1)) {
            for (k, m) in (layout.at(j, 1)..).zip(row) {
                // The inverse diagonal of a boundary node is not zero: those links are cut by its place.
                array[k] = m * (inverse_diagonal[k] * inverse_diagonal[k + offset]).sqrt();
            }
        }
        cut(array, offset, layout);
    }
    Ok(s)
}

/// Removes the links of interior nodes to boundary nodes.
fn cut(array: &mut [f32], offset: usize, layout: Layout) {
    let Layout { ny, nx, stride } = layout;
    let boundary = |k: usize| {
        let place = k - layout.at(0, 0);
        let (j, i) = (place / stride, place % stride);
        j == 0 || j >= ny || i == 0 || i >= nx
    };
    for j in 1..ny {
        for k in layout.at(j, 1)..=layout.at(j, nx - 1) {
            if boundary(k + offset) {
                array[k] = 0.0;
            }
        }
    }
}

/// `x ← S b`.
#[inline(always)]
pub(super) fn from_zero<T: Scalar>(s: &Stencil<T>, b: &[T], x: &mut [T]) {
    for j in 1..s.layout.ny {
        s.apply_row(j, b, x);
    }
}

/// `r ← b − A x`.
#[inline(always)]
pub(super) fn residual<T: Scalar>(a: &Stencil<T>, b: &[T], x: &[T], r: &mut [T]) {
    for j in 1..a.layout.ny {
        residual_row(a, j, b, x, r);
    }
}

#[inline(always)]
fn residual_row<T: Scalar>(a: &Stencil<T>, j: usize, b: &[T], x: &[T], r: &mut [T]) {
    a.apply_row(j, x, r);
    let (k, m) = (a.layout.at(j, 1), a.layout.nx - 1);
    for (r, &b) in r[k..][..m].iter_mut().zip(&b[k..][..m]) {
        *r = b - *r;
    }
}

/// `x ← x + S (b − A x)`, with `r` and `row` as work space. A row of the residual is made just before the row above needs it.
#[inline(always)]
pub(super) fn step<T: Scalar>(
    a: &Stencil<T>,
    s: &Stencil<T>,
    b: &[T],
    x: &mut [T],
    r: &mut [T],
    correction: &mut [T],
) {
    let Layout { ny, nx, .. } = a.layout;
    residual_row(a, 1, b, x, r);
    for j in 1..ny {
        if j + 1 < ny {
            residual_row(a, j + 1, b, x, r);
        }
        s.apply_row(j, r, correction);
        let k = a.layout.at(j, 1);
        for (x, &c) in x[k..][..nx - 1].iter_mut().zip(&correction[k..][..nx - 1]) {
            *x += c;
        }
    }
}
