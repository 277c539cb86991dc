//! A run of points, as a pointwise function sees it.

use std::array::from_fn;

use sobolev_kernels::fft::lanes;
use sobolev_kernels::{Complex, Scalar};

/// Points worked on together: enough for the widest registers. Rows are whole multiples of half of it.
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
        let whole = row / TILE * TILE;
        for start in (0..whole).step_by(TILE) {
            tile::<T, TILE, M, A, P>((w, a), self.products, (row, start), &f);
        }
        for start in (whole..row).step_by(TILE / 2) {
            tile::<T, { TILE / 2 }, M, A, P>((w, a), self.products, (row, start), &f);
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

/// `N` points, through arrays of fixed size: the compiler need not ask whether the slices overlap.
#[inline(always)]
fn tile<T: Scalar, const N: usize, const M: usize, const A: usize, const P: usize>(
    (w, a): ([&[T]; M], [&[T]; A]),
    products: &mut [T],
    (row, start): (usize, usize),
    f: &impl Fn([T; M], [T; A]) -> [T; P],
) {
    let (mut x, mut c, mut y) = ([[T::zero(); N]; M], [[T::zero(); N]; A], [[T::zero(); N]; P]);
    for (to, from) in x.iter_mut().zip(w).chain(c.iter_mut().zip(a)) {
        if let Some(values) = from[start..].first_chunk::<N>() {
            *to = *values;
        }
    }
    for lane in 0..N {
        let g = f(from_fn(|i| x[i][lane]), from_fn(|i| c[i][lane]));
        for p in 0..P {
            y[p][lane] = g[p];
        }
    }
    for (p, values) in y.iter().enumerate() {
        if let Some(to) = products[p * row + start..].first_chunk_mut::<N>() {
            *to = *values;
        }
    }
}
