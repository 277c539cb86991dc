//! A run of points, as a pointwise function sees it.

use std::array::from_fn;

use sobolev_kernels::fft::lanes;
use sobolev_kernels::{Complex, Scalar};

/// Points worked on together: enough for the widest registers.
const TILE: usize = 16;

/// The fields w_i of an [`Equation`](super::Equation) on a run of points, and room for the results g_p.
///
/// The points come in no order that a function could use; positions enter through coefficients. Closures are compiled for the
/// vector instructions of the processor: plain arithmetic without branches runs on 16 points at a time.
pub struct Points<'a, T> {
    pub(super) time: f64,
    /// `[m, row]`
    pub(super) inputs: &'a [T],
    /// `[p, row]`
    pub(super) products: &'a mut [T],
    /// `[a, points]`
    pub(super) coefficients: &'a [T],
    pub(super) row: usize,
    /// Points of the row: as many as scalars, half as many if fields are complex.
    pub(super) points: usize,
}

/// The first `N` arrays of `len` entries.
#[inline(always)]
fn arrays<'a, T, const N: usize>(all: &'a [T], len: usize, what: &str) -> [&'a [T]; N] {
    assert!(
        N * len == all.len(),
        "the equation counts {} {what}, its function has {N}",
        all.len() / len.max(1)
    );
    from_fn(|i| &all[i * len..][..len])
}

impl<T: Scalar> Points<'_, T> {
    /// The time at which the function is evaluated.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Real fields: `g = f(w)` at every point.
    ///
    /// # Panics
    /// If `M`, `P` are not the numbers of inputs and products.
    #[inline(always)]
    pub fn map<const M: usize, const P: usize>(&mut self, f: impl Fn([T; M]) -> [T; P]) {
        self.real(arrays::<T, 0>(&[], self.points, "coefficients"), |w, _| f(w));
    }

    /// Real fields with coefficients: `g = f(w, a)` at every point.
    ///
    /// # Panics
    /// If `M`, `A`, `P` are not the numbers of inputs, coefficients and products.
    #[inline(always)]
    pub fn map_with<const M: usize, const A: usize, const P: usize>(
        &mut self,
        f: impl Fn([T; M], [T; A]) -> [T; P],
    ) {
        self.real(arrays(self.coefficients, self.points, "coefficients"), f);
    }

    /// Complex fields: `g = f(w)` at every point.
    ///
    /// # Panics
    /// As for [`map`](Self::map).
    #[inline(always)]
    pub fn map_complex<const M: usize, const P: usize>(
        &mut self,
        f: impl Fn([Complex<T>; M]) -> [Complex<T>; P],
    ) {
        self.complex(arrays::<T, 0>(&[], self.points, "coefficients"), |w, _| f(w));
    }

    /// Complex fields with real coefficients: `g = f(w, a)` at every point.
    ///
    /// # Panics
    /// As for [`map_with`](Self::map_with).
    #[inline(always)]
    pub fn map_complex_with<const M: usize, const A: usize, const P: usize>(
        &mut self,
        f: impl Fn([Complex<T>; M], [T; A]) -> [Complex<T>; P],
    ) {
        self.complex(arrays(self.coefficients, self.points, "coefficients"), f);
    }

    #[inline(always)]
    fn real<const M: usize, const A: usize, const P: usize>(
        &mut self,
        a: [&[T]; A],
        f: impl Fn([T; M], [T; A]) -> [T; P],
    ) {
        let row = self.row;
        assert!(P * row == self.products.len(), "the function has {P} products, the equation another number");
        let w = arrays::<T, M>(self.inputs, row, "inputs");
        for start in (0..row).step_by(TILE) {
            // Through arrays of fixed size: the compiler need not ask whether the slices overlap.
            let n = TILE.min(row - start);
            let (mut x, mut c, mut y) =
                ([[T::zero(); TILE]; M], [[T::zero(); TILE]; A], [[T::zero(); TILE]; P]);
            for i in 0..M {
                fill(&mut x[i], &w[i][start..start + n]);
            }
            for i in 0..A {
                fill(&mut c[i], &a[i][start..start + n]);
            }
            for lane in 0..TILE {
                let g = f(from_fn(|i| x[i][lane]), from_fn(|i| c[i][lane]));
                for p in 0..P {
                    y[p][lane] = g[p];
                }
            }
            for p in 0..P {
                drain(&y[p], &mut self.products[p * row + start..][..n]);
            }
        }
    }

    #[inline(always)]
    fn complex<const M: usize, const A: usize, const P: usize>(
        &mut self,
        a: [&[T]; A],
        f: impl Fn([Complex<T>; M], [T; A]) -> [Complex<T>; P],
    ) {
        let (row, width) = (self.row, lanes::<T>());
        assert!(P * row == self.products.len(), "the function has {P} products, the equation another number");
        let w = arrays::<T, M>(self.inputs, row, "inputs");
        for (tile, start) in (0..row).step_by(2 * width).enumerate() {
            for lane in 0..width {
                let at = start + lane;
                let g = f(
                    from_fn(|i| Complex::new(w[i][at], w[i][at + width])),
                    from_fn(|i| a[i][tile * width + lane]),
                );
                for p in 0..P {
                    self.products[p * row + at] = g[p].re;
                    self.products[p * row + at + width] = g[p].im;
                }
            }
        }
    }
}

/// The first entries of a tile; one copy of known length where there are as many.
#[inline(always)]
fn fill<T: Copy>(tile: &mut [T; TILE], from: &[T]) {
    if let Ok(all) = <&[T; TILE]>::try_from(from) {
        *tile = *all;
    } else {
        tile[..from.len()].copy_from_slice(from);
    }
}

/// The reverse of [`fill`].
#[inline(always)]
fn drain<T: Copy>(tile: &[T; TILE], to: &mut [T]) {
    if let Ok(all) = <&mut [T; TILE]>::try_from(&mut *to) {
        *all = *tile;
    } else {
        to.copy_from_slice(&tile[..to.len()]);
    }
}
