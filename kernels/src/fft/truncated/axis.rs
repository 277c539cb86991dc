//! The planned axes: tables or line plans, and their use on a block of planes.

use std::sync::Arc;

use bytemuck::{cast_slice, cast_slice_mut};
use num_complex::Complex;
use num_traits::Zero;

use super::super::line::{ComplexLine, GROUP, RealLine};
use super::super::roots::root;
use super::butterfly::Pairs;
use super::model::Engine;
use crate::gemm::{Mat, MatMut, Store, gemm};
use crate::simd::is_f32;
use crate::{Entry, Scalar};

/// The weight of a wavenumber of the last axis, folded into the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// 1/N: the forward transform and its adjoint.
    Mean,
    /// c(k): the inverse transform and its adjoint.
    Hermitian,
}

/// An axis before the last.
pub(super) enum Slow<T: Scalar> {
    /// Folded cosine and sine sums.
    Product { analysis: Pairs<T>, synthesis: Pairs<T> },
    /// Complex lines, after the last axis.
    Fft(SlowFft<T>),
}

/// A slow axis by FFT.
pub(super) struct SlowFft<T: Scalar> {
    line: Arc<ComplexLine<T>>,
    n: usize,
    /// Where the kept wavenumbers stand on a line, in the order in which they are kept.
    kept: Vec<usize>,
}

impl<T: Scalar> Slow<T> {
    pub(super) fn new(n: usize, modes: usize, engine: Engine) -> Self {
        match engine {
            Engine::Product => {
                Self::Product { analysis: Pairs::analysis(n, modes), synthesis: Pairs::synthesis(n, modes) }
            }
            Engine::Fft | Engine::Lanes => Self::Fft(SlowFft {
                line: ComplexLine::cached(n),
                n,
                kept: (0..modes).map(|m| (m + n - modes / 2) % n).collect(),
            }),
        }
    }

    /// The line plan, if the axis has more than one point and is done by FFT.
    pub(super) fn fft(&self) -> Option<&SlowFft<T>> {
        match self {
            Self::Fft(fft) if fft.n > 1 => Some(fft),
            _ => None,
        }
    }
}

impl<T: Scalar> SlowFft<T> {
    /// Complex entries of work space.
    pub(super) fn work_len(&self) -> usize {
        self.n * GROUP + self.line.scratch_len()
    }

    /// From points to kept modes: `src [2, outer, n, inner]` to `dst [2, outer, modes, inner]`, real parts first.
    pub(super) fn analyse(&self, src: &[T], dst: &mut [T], inner: usize, work: &mut [Complex<T>]) {
        let (n, m) = (self.n, self.kept.len());
        let (src_re, src_im) = src.split_at(src.len() / 2);
        let (dst_re, dst_im) = dst.split_at_mut(dst.len() / 2);
        self.each_group(src_re.len() / (n * inner), inner, work, |lines, outer, first, transform| {
            let width = lines.len() / n;
            for i in 0..n {
                let at = (outer * n + i) * inner + first;
                for c in 0..width {
                    lines[c * n + i] = Complex::new(src_re[at + c], src_im[at + c]);
                }
            }
            transform(&*self.line.forward, lines);
            for (j, &k) in self.kept.iter().enumerate() {
                let at = (outer * m + j) * inner + first;
                for c in 0..width {
                    dst_re[at + c] = lines[c * n + k].re;
                    dst_im[at + c] = lines[c * n + k].im;
                }
            }
        });
    }

    /// From kept modes to points: `src [2, outer, modes, inner]` to `dst [2, outer, n, inner]`, real parts first.
    pub(super) fn synthesise(&self, src: &[T], dst: &mut [T], inner: usize, work: &mut [Complex<T>]) {
        let (n, m) = (self.n, self.kept.len());
        let (src_re, src_im) = src.split_at(src.len() / 2);
        let (dst_re, dst_im) = dst.split_at_mut(dst.len() / 2);
        self.each_group(src_re.len() / (m * inner), inner, work, |lines, outer, first, transform| {
            let width = lines.len() / n;
            lines.fill(Complex::zero());
            for (j, &k) in self.kept.iter().enumerate() {
                let at = (outer * m + j) * inner + first;
                for c in 0..width {
                    lines[c * n + k] = Complex::new(src_re[at + c], src_im[at + c]);
                }
            }
            transform(&*self.line.inverse, lines);
            for i in 0..n {
                let at = (outer * n + i) * inner + first;
                for c in 0..width {
                    dst_re[at + c] = lines[c * n + i].re;
                    dst_im[at + c] = lines[c * n + i].im;
                }
            }
        });
    }

    /// Calls `pass(lines, outer, first, transform)` for every group of neighbouring lines.
    fn each_group(
        &self,
        outer: usize,
        inner: usize,
        work: &mut [Complex<T>],
        mut pass: impl FnMut(
            &mut [Complex<T>],
            usize,
            usize,
            &mut dyn FnMut(&dyn rustfft::Fft<T>, &mut [Complex<T>]),
        ),
    ) {
        let (lines, scratch) = work.split_at_mut(self.n * GROUP);
        let mut transform =
            |fft: &dyn rustfft::Fft<T>, lines: &mut [Complex<T>]| fft.process_with_scratch(lines, scratch);
        for o in 0..outer {
            for first in (0..inner).step_by(GROUP) {
                let width = GROUP.min(inner - first);
                pass(&mut lines[..self.n * width], o, first, &mut transform);
            }
        }
    }
}

/// The last axis.
pub(super) struct Last<T: Scalar> {
    n: usize,
    modes: usize,
    /// Weights of the wavenumbers, mean and Hermitian.
    weights: [Vec<f64>; 2],
    engine: LastEngine<T>,
}

enum LastEngine<T: Scalar> {
    /// `[2 (re, im), modes, n]`: w cos, -w sin; for either weight.
    Product([Vec<T>; 2]),
    Fft(Arc<RealLine<T>>),
}

/// How often a wavenumber of the last axis stands in the whole spectrum.
pub(super) fn multiplicity(k: usize, n: usize) -> f64 {
    if k == 0 || 2 * k == n { 1.0 } else { 2.0 }
}

impl<T: Scalar> Last<T> {
    pub(super) fn new(n: usize, modes: usize, points: usize, engine: Engine) -> Self {
        let weights = [vec![1.0 / points as f64; modes], (0..modes).map(|k| multiplicity(k, n)).collect()];
        let engine = match engine {
            Engine::Product => LastEngine::Product([0, 1].map(|w| {
                let row = |k: usize, part: fn((f64, f64)) -> f64| {
                    let weight = weights[w][k];
                    (0..n).map(move |x| T::of(weight * part(root(k * x, n))))
                };
                let cosines = (0..modes).flat_map(|k| row(k, |(cos, _)| cos));
                let sines = (0..modes).flat_map(|k| row(k, |(_, sin)| -sin));
                cosines.chain(sines).collect()
            })),
            Engine::Fft | Engine::Lanes => LastEngine::Fft(RealLine::cached(n)),
        };
        Self { n, modes, weights, engine }
    }

    /// Complex entries of work space.
    pub(super) fn work_len(&self) -> usize {
        match &self.engine {
            LastEngine::Product(_) => 0,
            LastEngine::Fft(line) => (1 + GROUP) * (self.n / 2 + 1) + line.scratch_len(),
        }
    }

    /// From points to modes: `src [rows, n]` to `dst [2, modes, rows]`, real parts first.
    pub(super) fn analyse(&self, src: &[T], dst: &mut [T], weight: Weight, work: &mut [Complex<T>]) {
        match &self.engine {
            LastEngine::Product(tables) => {
                let table = &tables[weight as usize];
                if is_f32::<T>() {
                    points_to_modes::<f32>(cast_slice(src), cast_slice(table), cast_slice_mut(dst), self.n);
                } else {
                    points_to_modes::<f64>(cast_slice(src), cast_slice(table), cast_slice_mut(dst), self.n);
                }
            }
            LastEngine::Fft(line) => self.analyse_fft(line, src, dst, weight, work),
        }
    }

    fn analyse_fft(
        &self,
        line: &RealLine<T>,
        src: &[T],
        dst: &mut [T],
        weight: Weight,
        work: &mut [Complex<T>],
    ) {
        let (n, half, rows) = (self.n, self.n / 2 + 1, src.len() / self.n);
        let (re, im) = dst.split_at_mut(self.modes * rows);
        let (copy, work) = work.split_at_mut(half);
        let (halves, work) = work.split_at_mut(half * GROUP);
        let copy = &mut cast_slice_mut(copy)[..n];
        for (group, src) in src.chunks(GROUP * n).enumerate() {
            for (row, out) in src.chunks_exact(n).zip(halves.chunks_exact_mut(half)) {
                copy.copy_from_slice(row);
                line.analyse(copy, out, work);
            }
            for (k, weight) in self.weights[weight as usize].iter().enumerate() {
                let (weight, at) = (T::of(*weight), k * rows + group * GROUP);
                for r in 0..src.len() / n {
                    let z = halves[r * half + k];
                    re[at + r] = weight * z.re;
                    im[at + r] = weight * z.im;
                }
            }
        }
    }

    /// From modes to points: `src [2, modes, rows]`, real parts first, to `dst [rows, n]`.
    pub(super) fn synthesise(&self, src: &[T], dst: &mut [T], weight: Weight, work: &mut [Complex<T>]) {
        match &self.engine {
            LastEngine::Product(tables) => {
                let table = &tables[weight as usize];
                if is_f32::<T>() {
                    modes_to_points::<f32>(cast_slice(src), cast_slice(table), cast_slice_mut(dst), self.n);
                } else {
                    modes_to_points::<f64>(cast_slice(src), cast_slice(table), cast_slice_mut(dst), self.n);
                }
            }
            LastEngine::Fft(line) => self.synthesise_fft(line, src, dst, weight, work),
        }
    }

    fn synthesise_fft(
        &self,
        line: &RealLine<T>,
        src: &[T],
        dst: &mut [T],
        weight: Weight,
        work: &mut [Complex<T>],
    ) {
        let (n, half, rows) = (self.n, self.n / 2 + 1, dst.len() / self.n);
        let (re, im) = src.split_at(self.modes * rows);
        let (halves, work) = work.split_at_mut(half * GROUP);
        for (group, dst) in dst.chunks_mut(GROUP * n).enumerate() {
            // The line transform leaves its input in ruins: zeros beyond the kept modes are written anew.
            halves.fill(Complex::zero());
            for (k, weight) in self.weights[weight as usize].iter().enumerate() {
                // The line plan counts the modes that stand for two twice by itself.
                let (scale, at) = (T::of(*weight / multiplicity(k, n)), k * rows + group * GROUP);
                for r in 0..dst.len() / n {
                    halves[r * half + k] = Complex::new(scale * re[at + r], scale * im[at + r]);
                }
            }
            for (row, half) in dst.chunks_exact_mut(n).zip(halves.chunks_exact_mut(half)) {
                line.synthesise(half, row, work);
            }
        }
    }
}

/// `dst [2 modes, rows] = table [2 modes, n] · src [rows, n]ᵀ`: turned, so that the rows of one wavenumber are neighbours.
fn points_to_modes<E: Entry>(src: &[E], table: &[E], dst: &mut [E], n: usize) {
    let (rows, m2) = (src.len() / n, table.len() / n);
    gemm(
        MatMut::rows(dst, m2, rows, rows),
        Mat::rows(table, m2, n, n),
        Mat::rows(src, rows, n, n).t(),
        Store::Set,
    );
}

/// `dst [rows, n] = src [2 modes, rows]ᵀ · table [2 modes, n]`
fn modes_to_points<E: Entry>(src: &[E], table: &[E], dst: &mut [E], n: usize) {
    let (rows, m2) = (dst.len() / n, table.len() / n);
    gemm(
        MatMut::rows(dst, rows, n, n),
        Mat::rows(src, m2, rows, rows).t(),
        Mat::rows(table, m2, n, n),
        Store::Set,
    );
}
