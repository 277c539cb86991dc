//! From fields to spectra.

use num_complex::Complex;
use rayon::prelude::*;

use super::super::scratch;
use super::axis::{Slow, Weight};
use super::combine::{self, Place};
use super::{TruncatedFft, recipe};
use crate::Scalar;
use crate::buffer::SharedMut;

impl<T: Scalar> TruncatedFft<T> {
    pub(super) fn analyse(&self, x: &[T], planes: usize, weight: Weight, s: &mut [Complex<T>]) {
        self.check_lengths(x.len(), s.len(), planes);
        if planes == 0 {
            return;
        }
        if let Some(beside) = self.beside.as_ref().filter(|b| b.serves(planes)) {
            return beside.analyse(x, planes, weight, s);
        }
        let block = self.block(planes);
        let spectrum = SharedMut::new(s);
        x.par_chunks(block * self.points()).enumerate().for_each(|(i, x)| {
            let width = x.len() / self.points();
            let place = Place { planes, first: i * block, width, last: self.modes[2] };
            self.analyse_block(x, weight, place, &spectrum);
        });
    }

    /// All stages for a few planes: slow products, last axis, slow FFTs, recipe.
    fn analyse_block(&self, x: &[T], weight: Weight, place: Place, spectrum: &SharedMut<Complex<T>>) {
        let lengths = self.space(place.width);
        scratch::with(lengths.all(), |[mid, rows, ping, pong, work]| {
            let work = bytemuck::cast_slice_mut(work);
            // With one axis, or with FFTs only on a single plane, the field already is rows.
            let rows = if lengths.rows == 0 {
                x
            } else {
                self.slow_products(x, mid, rows, place.width);
                rows
            };
            self.last.analyse(rows, ping, weight, work);
            let parts = self.slow_ffts(ping, pong, place.width, work);
            // SAFETY: a block owns the planes `first..first + width` of every mode.
            unsafe { combine::write(&self.recipe.modes, parts, self.recipe.parts.len(), place, spectrum) };
        });
    }

    /// Slow axes that are products, and the move to `[rows 1, rows 2, width, n_3]`.
    fn slow_products(&self, x: &[T], mid: &mut [T], rows: &mut [T], width: usize) {
        let ([_, n2, n3], [_, r2]) = (self.size, self.rows());
        for (c, plane) in x.chunks_exact(self.points()).enumerate() {
            let first: &[T] = match &self.slow[0] {
                Slow::Product { analysis, .. } => {
                    analysis.apply(plane, n2 * n3, mid, n2 * n3, n2 * n3);
                    mid
                }
                Slow::Fft(_) => plane,
            };
            for (r, first) in first.chunks_exact(n2 * n3).enumerate() {
                let dst = &mut rows[(r * r2 * width + c) * n3..];
                match &self.slow[1] {
                    Slow::Product { analysis, .. } => analysis.apply(first, n3, dst, width * n3, n3),
                    Slow::Fft(_) => {
                        for (y, row) in first.chunks_exact(n3).enumerate() {
                            dst[y * width * n3..][..n3].copy_from_slice(row);
                        }
                    }
                }
            }
        }
    }

    /// Slow axes that are FFTs, on `[2, modes 3, rows 1, rows 2, width]`; the result is in one of the two buffers.
    fn slow_ffts<'a>(
        &self,
        ping: &'a mut [T],
        pong: &'a mut [T],
        width: usize,
        work: &mut [Complex<T>],
    ) -> &'a [T] {
        let [r1, r2] = self.rows();
        let last = self.modes[2];
        let (mut from, mut to) = (ping, pong);
        if let Some(fft) = self.slow[1].fft() {
            fft.analyse(
                &from[..2 * last * r1 * r2 * width],
                &mut to[..2 * last * r1 * self.modes[1] * width],
                width,
                work,
            );
            std::mem::swap(&mut from, &mut to);
        }
        let r2 = recipe::reached(self.size[1], self.modes[1], self.engines[1]);
        if let Some(fft) = self.slow[0].fft() {
            let modes = self.modes[0];
            fft.analyse(
                &from[..2 * last * r1 * r2 * width],
                &mut to[..2 * last * modes * r2 * width],
                r2 * width,
                work,
            );
            std::mem::swap(&mut from, &mut to);
        }
        &from[..2 * last * self.recipe.parts.len() * width]
    }

    /// Lengths of the buffers of a task.
    pub(super) fn space(&self, width: usize) -> Space {
        let ([_, n2, n3], [r1, r2], last) = (self.size, self.rows(), self.modes[2]);
        let ffts = self.slow.iter().filter_map(Slow::fft).map(super::axis::SlowFft::work_len);
        let spectrum = 2 * last * r1 * r2 * width;
        Space {
            mid: if matches!(self.slow[0], Slow::Product { .. }) { r1 * n2 * n3 } else { 0 },
            rows: if self.dim == 1 { 0 } else { r1 * r2 * width * n3 },
            spectrum,
            other: if self.slow.iter().any(|axis| axis.fft().is_some()) { spectrum } else { 0 },
            work: 2 * ffts.chain([self.last.work_len()]).max().unwrap_or(0),
        }
    }
}

/// Reals in the buffers of a task.
pub(super) struct Space {
    /// One plane after the first axis.
    pub(super) mid: usize,
    /// The block beside the last axis; none if the field serves.
    pub(super) rows: usize,
    /// The block's modes of the last axis.
    pub(super) spectrum: usize,
    /// The same once more, if there are slow FFTs.
    pub(super) other: usize,
    /// Lines of an FFT.
    pub(super) work: usize,
}

impl Space {
    pub(super) fn all(&self) -> [usize; 5] {
        [self.mid, self.rows, self.spectrum, self.other, self.work]
    }
}
