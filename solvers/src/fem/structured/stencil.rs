//! Nine-point operators on a rectangular lattice of nodes, stored as five symmetric link arrays.

use sobolev_kernels::Scalar;

/// Nodes below and left of the lattice that every array keeps, always zero.
const LOW: usize = 2;
/// The same above and right; one more, because a coarse lattice of an odd fine one reaches past its last node.
const HIGH: usize = 3;

/// `(ny + 1) x (nx + 1)` nodes inside a frame of zeros, rows contiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) ny: usize,
    pub(crate) nx: usize,
    pub(crate) stride: usize,
}

impl Layout {
    pub(crate) fn new(ny: usize, nx: usize) -> Self {
        Self { ny, nx, stride: nx + 1 + LOW + HIGH }
    }

    pub(crate) fn len(&self) -> usize {
        (self.ny + 1 + LOW + HIGH) * self.stride
    }

    /// Position of node `(j, i)`.
    #[inline(always)]
    pub(crate) fn at(&self, j: usize, i: usize) -> usize {
        (j + LOW) * self.stride + i + LOW
    }

    pub(crate) fn unknowns(&self) -> usize {
        (self.ny - 1) * (self.nx - 1)
    }

    /// The lattice of every second node; the last node of an odd axis is kept.
    pub(crate) fn coarser(&self) -> Self {
        Self::new(self.ny.div_ceil(2), self.nx.div_ceil(2))
    }

    /// Copies a dense `(ny + 1) x (nx + 1)` array into the frame.
    pub(crate) fn embed(&self, dense: &[f64], framed: &mut [f64]) {
        for (j, row) in dense.chunks_exact(self.nx + 1).enumerate() {
            framed[self.at(j, 0)..][..row.len()].copy_from_slice(row);
        }
    }

    /// Copies the nodes out of the frame.
    pub(crate) fn extract(&self, framed: &[f64], dense: &mut [f64]) {
        for (j, row) in dense.chunks_exact_mut(self.nx + 1).enumerate() {
            row.copy_from_slice(&framed[self.at(j, 0)..][..self.nx + 1]);
        }
    }
}

/// A symmetric nine-point operator: `c` on the diagonal, and at each node the links to its east, north, north-east and
/// north-west neighbours. The other four links are those of the neighbours.
///
/// Rows sum to zero: the operator is the one *without* boundary conditions, on all nodes. Dirichlet conditions are imposed by
/// never touching boundary nodes, whose values stay zero in every correction. So interpolation near the boundary sees the same
/// balanced rows as inside.
#[derive(Clone, Debug)]
pub(crate) struct Stencil<T> {
    pub(crate) layout: Layout,
    pub(crate) c: Vec<T>,
    pub(crate) e: Vec<T>,
    pub(crate) n: Vec<T>,
    pub(crate) ne: Vec<T>,
    pub(crate) nw: Vec<T>,
}

impl<T: Scalar> Stencil<T> {
    pub(crate) fn zeros(layout: Layout) -> Self {
        let zeros = || vec![T::zero(); layout.len()];
        Self { layout, c: zeros(), e: zeros(), n: zeros(), ne: zeros(), nw: zeros() }
    }

    /// The links of node `k`: west, south, south-west and south-east are read from the neighbours.
    #[inline(always)]
    pub(crate) fn link(&self, k: usize, dy: isize, dx: isize) -> T {
        let s = self.layout.stride;
        match (dy, dx) {
            (0, 0) => self.c[k],
            (0, 1) => self.e[k],
            (0, -1) => self.e[k - 1],
            (1, 0) => self.n[k],
            (-1, 0) => self.n[k - s],
            (1, 1) => self.ne[k],
            (-1, -1) => self.ne[k - s - 1],
            (1, -1) => self.nw[k],
            (-1, 1) => self.nw[k - s + 1],
            _ => T::zero(),
        }
    }

    /// Diagonal from the links, `c = −Σ links`: exact balance, whatever the rounding of the links.
    #[inline(always)]
    pub(crate) fn balance(&mut self) {
        let Layout { ny, nx, stride: s } = self.layout;
        let m = nx + 1;
        for j in 0..=ny {
            let k = self.layout.at(j, 0);
            let (e, w) = (&self.e[k..][..m], &self.e[k - 1..][..m]);
            let (n, so) = (&self.n[k..][..m], &self.n[k - s..][..m]);
            let (ne, sw) = (&self.ne[k..][..m], &self.ne[k - s - 1..][..m]);
            let (nw, se) = (&self.nw[k..][..m], &self.nw[k - s + 1..][..m]);
            let c = &mut self.c[k..][..m];
            for i in 0..m {
                c[i] = -(((e[i] + w[i]) + (n[i] + so[i])) + ((ne[i] + sw[i]) + (nw[i] + se[i])));
            }
        }
    }

    /// Row `j` of `out = A x` at interior nodes; returns `Σ x out` over the row, in a fixed order of eight lanes.
    #[inline(always)]
    pub(crate) fn apply_row(&self, j: usize, x: &[T], out: &mut [T]) -> T {
        let Layout { nx, stride: s, .. } = self.layout;
        let m = nx - 1;
        let k = self.layout.at(j, 1);
        let (c, e, w) = (&self.c[k..][..m], &self.e[k..][..m], &self.e[k - 1..][..m]);
        let (n, so) = (&self.n[k..][..m], &self.n[k - s..][..m]);
        let (ne, sw) = (&self.ne[k..][..m], &self.ne[k - s - 1..][..m]);
        let (nw, se) = (&self.nw[k..][..m], &self.nw[k - s + 1..][..m]);
        let (x0, xe, xw) = (&x[k..][..m], &x[k + 1..][..m], &x[k - 1..][..m]);
        let (xn, xne, xnw) = (&x[k + s..][..m], &x[k + s + 1..][..m], &x[k + s - 1..][..m]);
        let (xs, xse, xsw) = (&x[k - s..][..m], &x[k - s + 1..][..m], &x[k - s - 1..][..m]);
        let y = &mut out[k..][..m];
        for i in 0..m {
            let middle = c[i].fma(x0[i], e[i].fma(xe[i], w[i] * xw[i]));
            let north = n[i].fma(xn[i], ne[i].fma(xne[i], nw[i] * xnw[i]));
            let south = so[i].fma(xs[i], se[i].fma(xse[i], sw[i] * xsw[i]));
            y[i] = middle + (north + south);
        }
        dot(x0, y)
    }
}

/// `Σ a b` in a fixed order of sixteen lanes, so that it vectorises and yet gives the same bits everywhere.
#[inline(always)]
pub(crate) fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::zero(); 16];
    let (ac, bc) = (a.chunks_exact(16), b.chunks_exact(16));
    let (ar, br) = (ac.remainder(), bc.remainder());
    for (a, b) in ac.zip(bc) {
        for l in 0..16 {
            lanes[l] = a[l].fma(b[l], lanes[l]);
        }
    }
    for (l, (&a, &b)) in ar.iter().zip(br).enumerate() {
        lanes[l] = a.fma(b, lanes[l]);
    }
    for width in [8, 4, 2, 1] {
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
    }
    lanes[0]
}
