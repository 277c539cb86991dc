//! The spectrum times a core that is expanded along its last axis of modes on the way, in pieces that stay in the cache.
//!
//! ```math
//! y[(p, q), b, o] = Σ_i x[(p, q), b, i] E[(p, q), i, o],    E[(p, q), (i, o)] = Σ_r U[q, r] C[p, r, (i, o)]
//! ```
//!
//! `E` has as many matrices as there are modes, `C` only those of the first axes. `E` is never stored: a task takes one p and some q
//! at a time, and the backward pass computes it again.

use num_complex::Complex;
use rayon::prelude::*;

use crate::Scalar;
use crate::buffer::{SharedMut, uninit};
use crate::gemm::{Mat, MatMut, Store, gemm};

/// Complex numbers of `E` in one piece: a quarter of a megabyte in single precision.
const PIECE: usize = 1 << 15;
/// Partial sums of the gradient of U, at most.
const GROUPS: usize = 16;

/// The sizes of an [`Expanded`] product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// Kept modes of all axes but the last.
    pub first: usize,
    /// Kept modes of the last axis, the fastest.
    pub last: usize,
    /// Rank of the last axis.
    pub rank: usize,
    /// Samples.
    pub batch: usize,
    /// Channels of `x`.
    pub inputs: usize,
    /// Channels of `y`.
    pub outputs: usize,
}

/// The gradients of an [`Expanded`] product.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpandedGradients<T> {
    /// Of `x`.
    pub x: Vec<Complex<T>>,
    /// Of `C`.
    pub core: Vec<Complex<T>>,
    /// Of `U`.
    pub factor: Vec<Complex<T>>,
}

impl Expanded {
    /// `y [modes, batch, outputs]` of `x [modes, batch, inputs]`, `C [first, rank, inputs · outputs]` and `U [last, rank]`.
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn forward<T: Scalar>(
        &self,
        x: &[Complex<T>],
        core: &[Complex<T>],
        factor: &[Complex<T>],
    ) -> Vec<Complex<T>> {
        self.check(x, core, factor);
        let zero = Complex::new(T::zero(), T::zero());
        let (from, to) = (self.batch * self.inputs, self.batch * self.outputs);
        if self.is_empty() {
            return vec![zero; self.first * self.last * to];
        }
        let mut y = uninit::<Complex<T>>(self.first * self.last * to);
        y.par_chunks_mut(self.last * to).enumerate().for_each(|(p, y)| {
            let mut e = uninit::<Complex<T>>(self.step() * self.width());
            for (q, y) in (0..self.last).step_by(self.step()).zip(y.chunks_mut(self.step() * to)) {
                self.expand(self.core(core, p), factor, q, &mut e);
                let x = &x[(p * self.last + q) * from..];
                for ((y, x), e) in
                    y.chunks_exact_mut(to).zip(x.chunks_exact(from)).zip(e.chunks_exact(self.width()))
                {
                    gemm(self.outputs_mut(y), self.rows(x, self.inputs), self.matrix(e), Store::Set);
                }
            }
        });
        y
    }

    /// The gradients of `x`, `C` and `U`, from those of `y`.
    ///
    /// ```math
    /// g_E = x^H g_y,  g_x = g_y E^H,  g_C[p] = Σ_q conj(U[q]) g_E[(p, q)],  g_U[q, r] = Σ_p g_E[(p, q)] · conj(C[p, r])
    /// ```
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn backward<T: Scalar>(
        &self,
        x: &[Complex<T>],
        core: &[Complex<T>],
        factor: &[Complex<T>],
        gy: &[Complex<T>],
    ) -> ExpandedGradients<T> {
        self.check(x, core, factor);
        assert_eq!(gy.len(), self.first * self.last * self.batch * self.outputs, "the gradient of {self:?}");
        let zero = Complex::new(T::zero(), T::zero());
        if self.is_empty() {
            let [x, core, factor] = [x.len(), core.len(), factor.len()].map(|n| vec![zero; n]);
            return ExpandedGradients { x, core, factor };
        }
        let (mut gx, mut gc) = (uninit::<Complex<T>>(x.len()), uninit::<Complex<T>>(core.len()));
        let (gx_out, gc_out) = (SharedMut::new(&mut gx), SharedMut::new(&mut gc));
        let groups = self.first.min(GROUPS);
        let mut sums = vec![zero; groups * factor.len()];
        let (plane, block) = (self.last * self.batch * self.inputs, self.rank * self.width());
        sums.par_chunks_mut(factor.len()).enumerate().for_each(|(group, gu)| {
            let mut space = uninit::<Complex<T>>(2 * self.step() * self.width());
            for p in group * self.first / groups..(group + 1) * self.first / groups {
                // SAFETY: each p is in one group; the vectors outlive the loop.
                let (gx, gc) = unsafe { (gx_out.slice(p * plane, plane), gc_out.slice(p * block, block)) };
                let gy = &gy[p * self.last * self.batch * self.outputs..];
                self.plane(&x[p * plane..], self.core(core, p), factor, gy, [gx, gc, gu], &mut space);
            }
        });
        let (first, rest) = sums.split_at_mut(factor.len());
        for part in rest.chunks_exact(factor.len()) {
            for (to, v) in first.iter_mut().zip(part) {
                *to += v;
            }
        }
        sums.truncate(factor.len());
        ExpandedGradients { x: gx, core: gc, factor: sums }
    }

    /// The gradients of one p: those of `x` and `C` set, that of `U` added to.
    fn plane<T: Scalar>(
        &self,
        x: &[Complex<T>],
        core: &[Complex<T>],
        factor: &[Complex<T>],
        gy: &[Complex<T>],
        [gx, gc, gu]: [&mut [Complex<T>]; 3],
        space: &mut [Complex<T>],
    ) {
        let (from, to, width) = (self.batch * self.inputs, self.batch * self.outputs, self.width());
        let (e, ge) = space.split_at_mut(self.step() * width);
        for q in (0..self.last).step_by(self.step()) {
            let count = self.step().min(self.last - q);
            self.expand(core, factor, q, e);
            for i in 0..count {
                let (x, gy) = (&x[(q + i) * from..][..from], &gy[(q + i) * to..][..to]);
                let (e, ge) = (&e[i * width..][..width], &mut ge[i * width..][..width]);
                let gx = &mut gx[(q + i) * from..][..from];
                let gy = self.rows(gy, self.outputs);
                let ge = MatMut::rows(ge, self.inputs, self.outputs, self.outputs);
                gemm(ge, self.rows(x, self.inputs).h(), gy, Store::Set);
                let gx = MatMut::rows(gx, self.batch, self.inputs, self.inputs);
                gemm(gx, gy, self.matrix(e).h(), Store::Set);
            }
            let ge = Mat::rows(ge, count, width, width);
            let u = Mat::rows(&factor[q * self.rank..], count, self.rank, self.rank);
            let store = if q == 0 { Store::Set } else { Store::Add };
            gemm(MatMut::rows(gc, self.rank, width, width), u.h(), ge, store);
            let gu = MatMut::rows(&mut gu[q * self.rank..], count, self.rank, self.rank);
            gemm(gu, ge, Mat::rows(core, self.rank, width, width).h(), Store::Add);
        }
    }

    /// `E[(p, q)]` for some neighbouring q.
    fn expand<T: Scalar>(&self, core: &[Complex<T>], factor: &[Complex<T>], q: usize, e: &mut [Complex<T>]) {
        let (count, width) = (self.step().min(self.last - q), self.width());
        gemm(
            MatMut::rows(e, count, width, width),
            Mat::rows(&factor[q * self.rank..], count, self.rank, self.rank),
            Mat::rows(core, self.rank, width, width),
            Store::Set,
        );
    }

    fn core<'a, T>(&self, core: &'a [Complex<T>], p: usize) -> &'a [Complex<T>] {
        &core[p * self.rank * self.width()..][..self.rank * self.width()]
    }

    fn rows<'a, T: Scalar>(&self, x: &'a [Complex<T>], channels: usize) -> Mat<'a, Complex<T>> {
        Mat::rows(x, self.batch, channels, channels)
    }

    fn outputs_mut<'a, T: Scalar>(&self, y: &'a mut [Complex<T>]) -> MatMut<'a, Complex<T>> {
        MatMut::rows(y, self.batch, self.outputs, self.outputs)
    }

    fn matrix<'a, T: Scalar>(&self, e: &'a [Complex<T>]) -> Mat<'a, Complex<T>> {
        Mat::rows(e, self.inputs, self.outputs, self.outputs)
    }

    /// Entries of the matrix of one mode.
    fn width(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Modes of the last axis in one piece.
    fn step(&self) -> usize {
        (PIECE / self.width()).clamp(1, self.last)
    }

    fn is_empty(&self) -> bool {
        self.first * self.last * self.rank * self.batch * self.width() == 0
    }

    fn check<T>(&self, x: &[Complex<T>], core: &[Complex<T>], factor: &[Complex<T>]) {
        assert_eq!(x.len(), self.first * self.last * self.batch * self.inputs, "spectrum of {self:?}");
        assert_eq!(core.len(), self.first * self.rank * self.width(), "core of {self:?}");
        assert_eq!(factor.len(), self.last * self.rank, "factor of {self:?}");
    }
}
