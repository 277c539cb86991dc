//! From spectra to fields: the stages of the analysis, backwards.

use num_complex::Complex;
use rayon::prelude::*;

use super::super::scratch;
use super::axis::{Slow, Weight};
use super::combine::{self, Place};
use super::{TruncatedFft, recipe};
use crate::Scalar;

impl<T: Scalar> TruncatedFft<T> {
    pub(super) fn synthesise(&self, s: &[Complex<T>], planes: usize, weight: Weight, x: &mut [T]) {
        self.check_lengths(x.len(), s.len(), planes);
        if planes == 0 {
            return;
        }
        if let Some(beside) = self.beside.as_ref().filter(|b| b.serves(planes)) {
            return beside.synthesise(s, planes, weight, x);
        }
        let block = self.block(planes);
        x.par_chunks_mut(block * self.points()).enumerate().for_each(|(i, x)| {
            let width = x.len() / self.points();
            let place = Place { planes, first: i * block, width, last: self.modes[2] };
            self.synthesise_block(s, weight, place, x);
        });
    }

    /// All stages for a few planes: recipe, slow FFTs, last axis, slow products.
    fn synthesise_block(&self, s: &[Complex<T>], weight: Weight, place: Place, x: &mut [T]) {
        let lengths = self.space(place.width);
        scratch::with(lengths.all(), |[mid, rows, ping, pong, work]| {
            let work = bytemuck::cast_slice_mut(work);
            let parts = &mut ping[..2 * place.last * self.recipe.parts.len() * place.width];
            combine::read(&self.recipe.parts, s, place, parts);
            let spectrum = self.slow_ffts_back(ping, pong, place.width, work);
            if lengths.rows == 0 {
                self.last.synthesise(spectrum, x, weight, work);
            } else {
                self.last.synthesise(spectrum, rows, weight, work);
                self.slow_products_back(rows, mid, x, place.width);
            }
        });
    }

    /// Slow axes that are FFTs, to `[2, modes 3, rows 1, rows 2, width]`; the result is in one of the two buffers.
    fn slow_ffts_back<'a>(
        &self,
        ping: &'a mut [T],
        pong: &'a mut [T],
        width: usize,
        work: &mut [Complex<T>],
    ) -> &'a [T] {
        let [r1, r2] = self.rows();
        let last = self.modes[2];
        let (mut from, mut to) = (ping, pong);
        if let Some(fft) = self.slow[0].fft() {
            let inner = recipe::reached(self.size[1], self.modes[1], self.engines[1]) * width;
            fft.synthesise(
                &from[..2 * last * self.modes[0] * inner],
                &mut to[..2 * last * r1 * inner],
                inner,
                work,
            );
            std::mem::swap(&mut from, &mut to);
        }
        if let Some(fft) = self.slow[1].fft() {
            let modes = self.modes[1];
            fft.synthesise(
                &from[..2 * last * r1 * modes * width],
                &mut to[..2 * last * r1 * r2 * width],
                width,
                work,
            );
            std::mem::swap(&mut from, &mut to);
        }
        &from[..2 * last * r1 * r2 * width]
    }

    /// The move from `[rows 1, rows 2, width, n_3]`, and slow axes that are products.
    fn slow_products_back(&self, rows: &[T], mid: &mut [T], x: &mut [T], width: usize) {
        let ([_, n2, n3], [_, r2]) = (self.size, self.rows());
        for (c, plane) in x.chunks_exact_mut(self.points()).enumerate() {
            let second = |first: &mut [T]| {
                for (r, first) in first.chunks_exact_mut(n2 * n3).enumerate() {
                    let src = &rows[(r * r2 * width + c) * n3..];
                    match &self.slow[1] {
                        Slow::Product { synthesis, .. } => synthesis.apply(src, width * n3, first, n3, n3),
                        Slow::Fft(_) => {
                            for (y, row) in first.chunks_exact_mut(n3).enumerate() {
                                row.copy_from_slice(&src[y * width * n3..][..n3]);
                            }
                        }
                    }
                }
            };
            match &self.slow[0] {
                Slow::Product { synthesis, .. } => {
                    second(mid);
                    synthesis.apply(mid, n2 * n3, plane, n2 * n3, n2 * n3);
                }
                Slow::Fft(_) => second(plane),
            }
        }
    }
}
