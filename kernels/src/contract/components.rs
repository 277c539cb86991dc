//! The spectrum through the components of a CP weight and back, in pieces that stay in the cache.
//!
//! ```math
//! z = x A,    y[m, b, o] = Σ_r z[m, b, r] E[m, r] B[o, r],    E[(p, q), r] = P[p, r] Q[q, r]
//! ```
//!
//! With `R` components the values `z` are `R / in` times as many as those of the spectrum. Neither they nor their gradients are
//! ever stored, nor is `E`: a task takes some modes and some components at a time, and the backward pass computes `z` again.

use num_complex::Complex;
use rayon::prelude::*;

use crate::Scalar;
use crate::buffer::{SharedMut, uninit};
use crate::gemm::{Mat, MatMut, Store, gemm};
use crate::simd::multiversion;

/// Rows of the spectrum and components of one piece: 128 x 256 complex single-precision numbers are a quarter of a megabyte.
const ROWS: usize = 128;
const RANK: usize = 256;
/// Partial sums of the factors' gradients, at most.
const GROUPS: usize = 12;

/// The sizes of a [`Components`] product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Components {
    /// Kept modes `(p, q)`, the second one fastest.
    pub modes: [usize; 2],
    /// Samples.
    pub batch: usize,
    /// Channels of `x`.
    pub inputs: usize,
    /// Channels of `y`.
    pub outputs: usize,
    /// Components.
    pub rank: usize,
}

/// What multiplies the spectrum.
#[derive(Clone, Copy, Debug)]
pub struct ComponentFactors<'a, T> {
    /// `P [modes.0, rank]` and `Q [modes.1, rank]`
    pub modes: [&'a [Complex<T>]; 2],
    /// `A [inputs, rank]`
    pub input: &'a [Complex<T>],
    /// `B [outputs, rank]`
    pub output: &'a [Complex<T>],
}

/// The gradients of a [`Components`] product.
#[derive(Clone, Debug)]
pub struct ComponentGradients<T> {
    /// Of `x`.
    pub x: Vec<Complex<T>>,
    /// Of `P` and `Q`.
    pub modes: [Vec<Complex<T>>; 2],
    /// Of `A`.
    pub input: Vec<Complex<T>>,
    /// Of `B`.
    pub output: Vec<Complex<T>>,
}

/// First and last but one of some modes or components.
type Range = (usize, usize);

impl Components {
    /// `y [modes, batch, outputs]` of `x [modes, batch, inputs]`.
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn forward<T: Scalar>(&self, x: &[Complex<T>], f: ComponentFactors<'_, T>) -> Vec<Complex<T>> {
        self.check(x, &f);
        if self.is_empty() {
            return vec![Complex::new(T::zero(), T::zero()); self.rows() * self.outputs];
        }
        let mut y = uninit::<Complex<T>>(self.rows() * self.outputs);
        let step = self.step();
        y.par_chunks_mut(step * self.batch * self.outputs).enumerate().for_each(|(block, y)| {
            let modes = (block * step, ((block + 1) * step).min(self.n_modes()));
            let rows = (modes.1 - modes.0) * self.batch;
            let mut z = uninit::<Complex<T>>(rows * RANK.min(self.rank));
            let mut e = uninit::<Complex<T>>(RANK.min(self.rank));
            for ranks in self.ranks() {
                let width = ranks.1 - ranks.0;
                self.project(x, &f, modes, ranks, &mut z);
                for (m, z) in (modes.0..modes.1).zip(z.chunks_exact_mut(self.batch * width)) {
                    self.weight(&f, m, ranks, &mut e[..width]);
                    z.chunks_exact_mut(width).for_each(|z| scale(&e[..width], T::one(), z));
                }
                gemm(
                    MatMut::rows(y, rows, self.outputs, self.outputs),
                    Mat::rows(&z, rows, width, width),
                    self.columns(f.output, self.outputs, ranks).t(),
                    if ranks.0 == 0 { Store::Set } else { Store::Add },
                );
            }
        });
        y
    }

    /// The gradients of `x` and of all factors, from those of `y`.
    ///
    /// ```math
    /// g_B = g_y^T conj(z ∘ E),  h = g_y conj(B),  g_E[m] = Σ_b conj(z) ∘ h,  g_z = h ∘ conj(E),  g_A = x^H g_z,  g_x = g_z A^H,
    /// g_P[p] = Σ_q g_E[(p, q)] ∘ conj(Q[q]),  g_Q[q] = Σ_p g_E[(p, q)] ∘ conj(P[p])
    /// ```
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn backward<T: Scalar>(
        &self,
        x: &[Complex<T>],
        f: ComponentFactors<'_, T>,
        gy: &[Complex<T>],
    ) -> ComponentGradients<T> {
        self.check(x, &f);
        assert_eq!(gy.len(), self.rows() * self.outputs, "the gradient of {self:?}");
        let zero = Complex::new(T::zero(), T::zero());
        let lengths = [f.input.len(), f.output.len(), f.modes[0].len(), f.modes[1].len()];
        if self.is_empty() {
            let [input, output, p, q] = lengths.map(|n| vec![zero; n]);
            return ComponentGradients { x: vec![zero; x.len()], modes: [p, q], input, output };
        }
        let (step, total) = (self.step(), lengths.iter().sum::<usize>());
        let blocks = self.n_modes().div_ceil(step);
        let groups = blocks.min(GROUPS);
        let mut gx = uninit::<Complex<T>>(x.len());
        let mut sums = vec![zero; groups * total];
        let shared = SharedMut::new(&mut gx);
        sums.par_chunks_mut(total).enumerate().for_each(|(group, sums)| {
            for block in group * blocks / groups..(group + 1) * blocks / groups {
                let modes = (block * step, ((block + 1) * step).min(self.n_modes()));
                let plane = self.batch * self.inputs;
                // SAFETY: blocks of modes do not overlap, and each is in one group; the vector outlives the loop.
                let gx = unsafe { shared.slice(modes.0 * plane, (modes.1 - modes.0) * plane) };
                self.block(x, &f, gy, modes, gx, split(sums, lengths));
            }
        });
        let (first, rest) = sums.split_at_mut(total);
        for part in rest.chunks_exact(total) {
            for (to, v) in first.iter_mut().zip(part) {
                *to += v;
            }
        }
        let [input, output, p, q] = split(&mut sums[..total], lengths).map(|s| s.to_vec());
        ComponentGradients { x: gx, modes: [p, q], input, output }
    }

    /// The gradients of some modes: those of `x` set, those of `A`, `B`, `P` and `Q` added to.
    fn block<T: Scalar>(
        &self,
        x: &[Complex<T>],
        f: &ComponentFactors<'_, T>,
        gy: &[Complex<T>],
        modes: Range,
        gx: &mut [Complex<T>],
        [ga, gb, gp, gq]: [&mut [Complex<T>]; 4],
    ) {
        let (rows, scratch) = ((modes.1 - modes.0) * self.batch, RANK.min(self.rank));
        let (mut z, mut h) = (uninit::<Complex<T>>(rows * scratch), uninit::<Complex<T>>(rows * scratch));
        let (mut e, mut ge) = (uninit::<Complex<T>>(scratch), uninit::<Complex<T>>(scratch));
        let x_block = Mat::rows(&x[modes.0 * self.batch * self.inputs..], rows, self.inputs, self.inputs);
        let gy_block =
            Mat::rows(&gy[modes.0 * self.batch * self.outputs..], rows, self.outputs, self.outputs);
        for ranks in self.ranks() {
            let width = ranks.1 - ranks.0;
            self.project(x, f, modes, ranks, &mut z);
            let b = self.columns(f.output, self.outputs, ranks);
            gemm(MatMut::rows(&mut h, rows, width, width), gy_block, b.conj(), Store::Set);
            let planes = z.chunks_exact_mut(self.batch * width).zip(h.chunks_exact_mut(self.batch * width));
            for (m, (z, h)) in (modes.0..modes.1).zip(planes) {
                let (e, ge) = (&mut e[..width], &mut ge[..width]);
                self.weight(f, m, ranks, e);
                ge.fill(Complex::new(T::zero(), T::zero()));
                for (z, h) in z.chunks_exact_mut(width).zip(h.chunks_exact_mut(width)) {
                    accumulate(z, h, ge);
                    scale(e, T::one(), z);
                    scale(e, -T::one(), h);
                }
                let [p, q] = self.rows_of(m, ranks);
                accumulate(&f.modes[1][q.0..q.1], ge, &mut gp[p.0..p.1]);
                accumulate(&f.modes[0][p.0..p.1], ge, &mut gq[q.0..q.1]);
            }
            let (z, h) = (Mat::rows(&z, rows, width, width), Mat::rows(&h, rows, width, width));
            gemm(self.columns_mut(gb, self.outputs, ranks), gy_block.t(), z.conj(), Store::Add);
            gemm(self.columns_mut(ga, self.inputs, ranks), x_block.h(), h, Store::Add);
            let a = self.columns(f.input, self.inputs, ranks);
            let store = if ranks.0 == 0 { Store::Set } else { Store::Add };
            gemm(MatMut::rows(gx, rows, self.inputs, self.inputs), h, a.h(), store);
        }
    }

    /// `z = x A` of some modes and components.
    fn project<T: Scalar>(
        &self,
        x: &[Complex<T>],
        f: &ComponentFactors<'_, T>,
        modes: Range,
        ranks: Range,
        z: &mut [Complex<T>],
    ) {
        let (rows, width) = ((modes.1 - modes.0) * self.batch, ranks.1 - ranks.0);
        let x = Mat::rows(&x[modes.0 * self.batch * self.inputs..], rows, self.inputs, self.inputs);
        let a = self.columns(f.input, self.inputs, ranks);
        gemm(MatMut::rows(z, rows, width, width), x, a, Store::Set);
    }

    /// Where the rows of `P` and `Q` that belong to a mode begin and end.
    fn rows_of(&self, mode: usize, ranks: Range) -> [Range; 2] {
        [mode / self.modes[1], mode % self.modes[1]]
            .map(|row| (row * self.rank + ranks.0, row * self.rank + ranks.1))
    }

    /// `E[m]` of some components.
    fn weight<T: Scalar>(
        &self,
        f: &ComponentFactors<'_, T>,
        mode: usize,
        ranks: Range,
        e: &mut [Complex<T>],
    ) {
        let [p, q] = self.rows_of(mode, ranks);
        e.copy_from_slice(&f.modes[0][p.0..p.1]);
        scale(&f.modes[1][q.0..q.1], T::one(), e);
    }

    fn columns<'a, T: Scalar>(
        &self,
        factor: &'a [Complex<T>],
        rows: usize,
        ranks: Range,
    ) -> Mat<'a, Complex<T>> {
        Mat::rows(&factor[ranks.0..], rows, ranks.1 - ranks.0, self.rank)
    }

    fn columns_mut<'a, T: Scalar>(
        &self,
        factor: &'a mut [Complex<T>],
        rows: usize,
        ranks: Range,
    ) -> MatMut<'a, Complex<T>> {
        MatMut::rows(&mut factor[ranks.0..], rows, ranks.1 - ranks.0, self.rank)
    }

    fn n_modes(&self) -> usize {
        self.modes[0] * self.modes[1]
    }

    fn rows(&self) -> usize {
        self.n_modes() * self.batch
    }

    /// Modes of a block.
    fn step(&self) -> usize {
        (ROWS / self.batch).max(1)
    }

    fn ranks(&self) -> impl Iterator<Item = Range> + use<> {
        let rank = self.rank;
        (0..rank.div_ceil(RANK)).map(move |i| (i * RANK, ((i + 1) * RANK).min(rank)))
    }

    fn is_empty(&self) -> bool {
        self.rows() * self.inputs * self.outputs * self.rank == 0
    }

    fn check<T>(&self, x: &[Complex<T>], f: &ComponentFactors<'_, T>) {
        assert_eq!(x.len(), self.rows() * self.inputs, "spectrum of {self:?}");
        for (factor, modes) in f.modes.iter().zip(self.modes) {
            assert_eq!(factor.len(), modes * self.rank, "a mode factor of {self:?}");
        }
        assert_eq!(f.input.len(), self.inputs * self.rank, "input factor of {self:?}");
        assert_eq!(f.output.len(), self.outputs * self.rank, "output factor of {self:?}");
    }
}

/// Four parts of a slice.
fn split<E>(all: &mut [E], lengths: [usize; 4]) -> [&mut [E]; 4] {
    let (a, rest) = all.split_at_mut(lengths[0]);
    let (b, rest) = rest.split_at_mut(lengths[1]);
    let (c, d) = rest.split_at_mut(lengths[2]);
    [a, b, c, d]
}

multiversion! {
    /// `z ∘ (Re e + sign i Im e)`
    fn scale[T: Scalar](e: &[Complex<T>], sign: T, z: &mut [Complex<T>]) {
        for (z, e) in z.iter_mut().zip(e) {
            let im = sign * e.im;
            *z = Complex::new(z.re * e.re - z.im * im, z.re * im + z.im * e.re);
        }
    }
}

multiversion! {
    /// `to += conj(z) ∘ g`
    fn accumulate[T: Scalar](z: &[Complex<T>], g: &[Complex<T>], to: &mut [Complex<T>]) {
        for ((to, z), g) in to.iter_mut().zip(z).zip(g) {
            to.re += z.re * g.re + z.im * g.im;
            to.im += z.re * g.im - z.im * g.re;
        }
    }
}
