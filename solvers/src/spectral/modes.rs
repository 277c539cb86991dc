//! The kept modes of a grid, and tables of symbols on them.

use sobolev_kernels::fft::{Diagonal, ModeFft, lanes};
use sobolev_kernels::{Complex, Scalar};
use std::f64::consts::TAU;

use super::{Dealias, FourierGrid, Wave};
use crate::Result;

/// The kept modes, the points on which products are taken, and the points of the grid.
pub(super) struct Modes<T> {
    /// Between the modes and the points of products.
    pub(super) fft: ModeFft<T>,
    /// Between the modes and the points of the grid, if those are others.
    pub(super) plain: Option<ModeFft<T>>,
    /// Points of products along each axis.
    pub(super) fine: Vec<usize>,
    /// `[cells, lanes]`; `None` for padding.
    pub(super) waves: Vec<Option<Wave>>,
    /// Pairs of positions in a spectrum, (re, im) each, that a real field ties: `u(-k) = conj u(k)` with k_x = 0.
    ties: Vec<[usize; 2]>,
}

impl<T: Scalar> Modes<T> {
    pub(super) fn new(grid: &FourierGrid, dealias: Dealias, complex: bool) -> Result<Self> {
        let (fine, cut) = dealias.resolve(grid)?;
        let fft = ModeFft::new(&fine, &cut, complex);
        let plain = (fine != grid.num_points()).then(|| ModeFft::new(grid.num_points(), &cut, complex));
        let mut unit = [0.0; 3];
        for (a, length) in grid.domain_extent().iter().enumerate() {
            unit[3 - grid.dim() + a] = TAU / length;
        }
        let width = lanes::<T>();
        let wave = |i: usize| {
            let [z, y, x] = fft.wavenumber(i / width, i % width)?;
            Some(Wave { x: x as f64 * unit[2], y: y as f64 * unit[1], z: z as f64 * unit[0] })
        };
        let waves = (0..fft.cells() * width).map(wave).collect();
        let ties = if complex { Vec::new() } else { ties(&fft) };
        Ok(Self { fft, plain, fine, waves, ties })
    }

    /// The plan to and from the points of the grid.
    pub(super) fn grid_fft(&self) -> &ModeFft<T> {
        self.plain.as_ref().unwrap_or(&self.fft)
    }

    /// Makes the modes with k_x = 0 those of a real field again. Rounding breaks the symmetry, and what breaks it feels the linear
    /// part alone: where that grows, the fault grows without end.
    pub(super) fn symmetrise(&self, spectrum: &mut [T]) {
        let (width, half) = (lanes::<T>(), T::of(0.5));
        for &[a, b] in &self.ties {
            let lanes = if self.fft.block() == 1 { 1 } else { width };
            for lane in 0..lanes {
                let (p, q) = (a + lane, b + lane);
                let re = half * (spectrum[p] + spectrum[q]);
                let im = half * (spectrum[p + width] - spectrum[q + width]);
                (spectrum[p], spectrum[q]) = (re, re);
                (spectrum[p + width], spectrum[q + width]) = (im, -im);
            }
        }
    }
}

/// The tied modes of a real field: each k with k_x = 0 and its opposite, the mean with itself.
fn ties<T: Scalar>(fft: &ModeFft<T>) -> Vec<[usize; 2]> {
    let width = lanes::<T>();
    let at = |k: [i64; 3]| {
        let (cell, lane) = fft.position(k);
        cell * 2 * width + lane
    };
    (0..fft.cells())
        .filter_map(|cell| fft.wavenumber(cell, 0))
        .filter(|k| k[2] == 0 && *k >= [0, 0, 0])
        .map(|k| [at(k), at([-k[0], -k[1], 0])])
        .collect()
}

/// A diagonal operator on the modes.
#[derive(Debug, PartialEq)]
pub(super) enum Table<T> {
    Zero,
    Scalar(T),
    Real(Vec<T>),
    Imaginary(Vec<T>),
    Complex(Vec<T>),
}

impl<T: Scalar> Table<T> {
    /// The cheapest form of the symbol with `value(i)` at mode i of `[cells, lanes]`; `None` for padding.
    pub(super) fn new(modes: usize, value: impl Fn(usize) -> Option<Complex<f64>>) -> Self {
        let mut values = (0..modes).filter_map(&value);
        let first = values.next().unwrap_or_default();
        let (mut constant, mut real, mut imaginary) = (true, first.im == 0.0, first.re == 0.0);
        for v in values {
            constant &= v == first;
            real &= v.im == 0.0;
            imaginary &= v.re == 0.0;
        }
        // Subnormal factors slow arithmetic down, and act on nothing that can be seen.
        let flush = |x: f64| if x.abs() < T::min_positive_value().as_f64() { 0.0 } else { x };
        let get = |i: usize| value(i).map_or(Complex::default(), |v| Complex::new(flush(v.re), flush(v.im)));
        match (constant, real, imaginary) {
            (true, true, true) => Self::Zero,
            (true, true, _) => Self::Scalar(T::of(first.re)),
            (_, true, _) => Self::Real((0..modes).map(|i| T::of(get(i).re)).collect()),
            (_, _, true) => Self::Imaginary((0..modes).map(|i| T::of(get(i).im)).collect()),
            _ => {
                let width = lanes::<T>();
                let mut cells = vec![T::zero(); 2 * modes];
                for i in 0..modes {
                    let at = i / width * 2 * width + i % width;
                    cells[at] = T::of(get(i).re);
                    cells[at + width] = T::of(get(i).im);
                }
                Self::Complex(cells)
            }
        }
    }

    /// `None` for zero.
    pub(super) fn diagonal(&self) -> Option<Diagonal<'_, T>> {
        match self {
            Self::Zero => None,
            Self::Scalar(s) => Some(Diagonal::Scalar(*s)),
            Self::Real(t) => Some(Diagonal::Real(t)),
            Self::Imaginary(t) => Some(Diagonal::Imaginary(t)),
            Self::Complex(t) => Some(Diagonal::Complex(t)),
        }
    }
}
