//! Gauss-Seidel sweeps by rows, and the residual that the forward one leaves.
//!
//! A sweep treats a row in two passes: everything but the neighbour just updated, vectorised; then the recurrence along the
//! row, one fused multiply-add a node. Forward before and backward after the coarse correction makes the cycle symmetric.

use sobolev_kernels::Scalar;

use super::Stencil;
use super::stencil::Layout;

/// Scratch for one row.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    value: Vec<T>,
    carry: Vec<T>,
}

impl<T: Scalar> Row<T> {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { value: vec![T::zero(); layout.nx + 1], carry: vec![T::zero(); layout.nx + 1] }
    }
}

/// `x ← (D + L)⁻¹ b`: one forward sweep from zero. Rows above the current one don't enter, so `x` may hold anything there.
#[inline(always)]
pub(crate) fn forward_from_zero<T: Scalar>(
    a: &Stencil<T>,
    inv: &[T],
    b: &[T],
    x: &mut [T],
    row: &mut Row<T>,
) {
    let Layout { ny, nx, stride: s } = a.layout;
    let m = nx - 1;
    for j in 1..ny {
        let k = a.layout.at(j, 1);
        let (so, sw, se) = (&a.n[k - s..][..m], &a.ne[k - s - 1..][..m], &a.nw[k - s + 1..][..m]);
        let (w, d, f) = (&a.e[k - 1..][..m], &inv[k..][..m], &b[k..][..m]);
        let (below, current) = x.split_at_mut(k);
        let (xs, xsw) = (&below[k - s..][..m], &below[k - s - 1..][..m]);
        let xse = &below[k - s + 1..][..m];
        let (value, carry) = (&mut row.value[..m], &mut row.carry[..m]);
        for i in 0..m {
            let known = so[i].fma(xs[i], sw[i].fma(xsw[i], se[i] * xse[i]));
            value[i] = (f[i] - known) * d[i];
            carry[i] = -(w[i] * d[i]);
        }
        let mut last = T::zero();
        for ((x, &value), &carry) in current[..m].iter_mut().zip(&*value).zip(&*carry) {
            last = carry.fma(last, value);
            *x = last;
        }
    }
}

/// `r ← b − A x` for the `x` of [`forward_from_zero`]: there `(D + L) x = b`, so that `r = −U x`.
#[inline(always)]
pub(crate) fn residual_after_forward<T: Scalar>(a: &Stencil<T>, x: &[T], r: &mut [T]) {
    let Layout { ny, nx, stride: s } = a.layout;
    let m = nx - 1;
    for j in 1..ny {
        let k = a.layout.at(j, 1);
        let (e, n) = (&a.e[k..][..m], &a.n[k..][..m]);
        let (ne, nw) = (&a.ne[k..][..m], &a.nw[k..][..m]);
        let (xe, xn) = (&x[k + 1..][..m], &x[k + s..][..m]);
        let (xne, xnw) = (&x[k + s + 1..][..m], &x[k + s - 1..][..m]);
        let r = &mut r[k..][..m];
        for i in 0..m {
            r[i] = -(e[i].fma(xe[i], n[i] * xn[i]) + ne[i].fma(xne[i], nw[i] * xnw[i]));
        }
    }
}

/// One backward sweep, `x ← (D + U)⁻¹ (b − L x)`.
#[inline(always)]
pub(crate) fn backward<T: Scalar>(a: &Stencil<T>, inv: &[T], b: &[T], x: &mut [T], row: &mut Row<T>) {
    let Layout { ny, nx, stride: s } = a.layout;
    let m = nx - 1;
    for j in (1..ny).rev() {
        let k = a.layout.at(j, 1);
        let (so, sw, se) = (&a.n[k - s..][..m], &a.ne[k - s - 1..][..m], &a.nw[k - s + 1..][..m]);
        let (no, ne, nw) = (&a.n[k..][..m], &a.ne[k..][..m], &a.nw[k..][..m]);
        let (e, w, d, f) = (&a.e[k..][..m], &a.e[k - 1..][..m], &inv[k..][..m], &b[k..][..m]);
        let (xs, xsw, xse) = (&x[k - s..][..m], &x[k - s - 1..][..m], &x[k - s + 1..][..m]);
        let (xn, xnw, xne) = (&x[k + s..][..m], &x[k + s - 1..][..m], &x[k + s + 1..][..m]);
        let xw = &x[k - 1..][..m];
        let (value, carry) = (&mut row.value[..m], &mut row.carry[..m]);
        for i in 0..m {
            let south = so[i].fma(xs[i], sw[i].fma(xsw[i], se[i] * xse[i]));
            let north = no[i].fma(xn[i], ne[i].fma(xne[i], nw[i] * xnw[i]));
            let known = w[i].fma(xw[i], south + north);
            value[i] = (f[i] - known) * d[i];
            carry[i] = -(e[i] * d[i]);
        }
        let mut last = T::zero();
        for ((x, &value), &carry) in x[k..][..m].iter_mut().zip(&*value).zip(&*carry).rev() {
            last = carry.fma(last, value);
            *x = last;
        }
    }
}
