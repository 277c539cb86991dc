//! Full transforms: every mode, complex or real, one to three axes, any size.

use std::sync::Arc;

use num_complex::Complex;
use rayon::prelude::*;

use super::cache::cached;
use super::line::{ComplexLine, GROUP, RealLine};
use super::scratch;
use crate::Scalar;
use crate::buffer::{SharedMut, uninit};

/// Entries per task: large enough to hide the scheduling, small enough to stay in the L2 cache.
const TASK: usize = 1 << 14;

/// Complex-to-complex transforms, in place.
///
/// **Equations**
/// ```math
/// X[k] = \sum_n x[n]\, e^{-2\pi i\, k\cdot n/\mathrm{size}}, \qquad
/// x[n] = \frac1N \sum_k X[k]\, e^{+2\pi i\, k\cdot n/\mathrm{size}}
/// ```
/// **Shapes** `[batch, n_1, .., n_d]`, flattened, d = 1..=3, last axis fastest; wavenumbers in the order 0, 1, .., -1.
///
/// **Complexity** O(N log N) for every size; all threads; the result does not depend on their number.
pub struct ComplexFft<T: Scalar> {
    size: Vec<usize>,
    lines: Vec<Arc<ComplexLine<T>>>,
}

/// Real-to-complex transforms and their inverses.
///
/// **Equations** as for [`ComplexFft`]; since x is real, `X[-k] = conj(X[k])`, and of the last axis only k = 0..=n/2 is stored.
///
/// **Shapes** field `[batch, n_1, .., n_d]`, half spectrum `[batch, n_1, .., n_{d-1}, n_d/2 + 1]`, flattened, d = 1..=3.
pub struct RealFft<T: Scalar> {
    size: Vec<usize>,
    /// All axes but the last.
    lines: Vec<Arc<ComplexLine<T>>>,
    last: Arc<RealLine<T>>,
}

/// Checks a grid size.
///
/// # Panics
/// If it has not one to three axes, or an empty axis.
pub(super) fn check_size(size: &[usize]) {
    assert!(
        (1..=3).contains(&size.len()) && !size.contains(&0),
        "a transform has one to three axes of at least one point, not {size:?}"
    );
}

impl<T: Scalar> ComplexFft<T> {
    /// The plan for grids of `size` points, from the global cache.
    ///
    /// # Panics
    /// If `size` has not one to three axes, or an empty axis.
    pub fn cached(size: &[usize]) -> Arc<Self> {
        check_size(size);
        cached(size, || Self {
            size: size.to_vec(),
            lines: size.iter().map(|&n| ComplexLine::cached(n)).collect(),
        })
    }

    /// Points of the grid.
    pub fn points(&self) -> usize {
        self.size.iter().product()
    }

    /// Replaces the fields in `x` by their spectra, without a scale.
    ///
    /// # Panics
    /// If `x` is not a whole number of grids.
    pub fn forward(&self, x: &mut [Complex<T>]) {
        self.run(x, false, T::one());
    }

    /// Replaces the spectra in `x` by their fields; `inverse` after `forward` is the identity.
    ///
    /// # Panics
    /// If `x` is not a whole number of grids.
    pub fn inverse(&self, x: &mut [Complex<T>]) {
        self.run(x, true, T::of(1.0 / self.points() as f64));
    }

    fn run(&self, x: &mut [Complex<T>], inverse: bool, scale: T) {
        assert!(
            x.len().is_multiple_of(self.points()),
            "{} entries are no batch of grids {:?}",
            x.len(),
            self.size
        );
        for axis in 0..self.size.len() {
            let inner = self.size[axis + 1..].iter().product();
            let scale = if axis == 0 { scale } else { T::one() };
            along(&self.lines[axis], inverse, x, self.size[axis], inner, scale);
        }
    }
}

impl<T: Scalar> RealFft<T> {
    /// The plan for grids of `size` points, from the global cache.
    ///
    /// # Panics
    /// If `size` has not one to three axes, or an empty axis.
    pub fn cached(size: &[usize]) -> Arc<Self> {
        check_size(size);
        let (last, others) = (size[size.len() - 1], &size[..size.len() - 1]);
        cached(size, || Self {
            size: size.to_vec(),
            lines: others.iter().map(|&n| ComplexLine::cached(n)).collect(),
            last: RealLine::cached(last),
        })
    }

    /// Points of the grid.
    pub fn points(&self) -> usize {
        self.size.iter().product()
    }

    /// Entries of the half spectrum of one grid: n_1 · .. · n_{d-1} · (n_d/2 + 1).
    pub fn modes(&self) -> usize {
        let n = self.row();
        self.points() / n * (n / 2 + 1)
    }

    fn row(&self) -> usize {
        self.size[self.size.len() - 1]
    }

    /// The half spectra of real fields, without a scale.
    ///
    /// # Panics
    /// If `x` is not a whole number of grids.
    pub fn forward(&self, x: &[T]) -> Vec<Complex<T>> {
        let mut spectrum = uninit(x.len() / self.points() * self.modes());
        self.forward_into(x, &mut spectrum);
        spectrum
    }

    /// [`forward`](Self::forward) into a given buffer, all of which is overwritten.
    ///
    /// # Panics
    /// If `x` is not a whole number of grids, or `spectrum` not as many half spectra.
    pub fn forward_into(&self, x: &[T], spectrum: &mut [Complex<T>]) {
        self.check(x.len(), spectrum.len());
        let (n, half) = (self.row(), self.row() / 2 + 1);
        let rows = (TASK / n).max(1);
        spectrum.par_chunks_mut(rows * half).zip(x.par_chunks(rows * n)).for_each(|(spectrum, x)| {
            scratch::with([self.last.scratch_len() + n.div_ceil(2)], |[space]: [&mut [Complex<T>]; 1]| {
                let (line, work) = space.split_at_mut(n.div_ceil(2));
                let line = &mut bytemuck::cast_slice_mut(line)[..n];
                for (x, out) in x.chunks_exact(n).zip(spectrum.chunks_exact_mut(half)) {
                    line.copy_from_slice(x);
                    self.last.analyse(line, out, work);
                }
            });
        });
        for axis in (0..self.lines.len()).rev() {
            let inner = self.size[axis + 1..self.lines.len()].iter().product::<usize>() * half;
            along(&self.lines[axis], false, spectrum, self.size[axis], inner, T::one());
        }
    }

    /// The real fields of half spectra, scaled by 1/N: `inverse` after `forward` is the identity.
    ///
    /// What a real field cannot have, an imaginary part of its mean for example, is projected out as by
    /// `x = Re(inverse of the Hermitian extension)` along the last axis.
    ///
    /// # Panics
    /// If `spectrum` is not a whole number of half spectra.
    pub fn inverse(&self, spectrum: &[Complex<T>]) -> Vec<T> {
        let mut x = uninit(spectrum.len() / self.modes() * self.points());
        self.inverse_into(&mut spectrum.to_vec(), &mut x);
        x
    }

    /// [`inverse`](Self::inverse) into a given buffer, all of which is overwritten; `spectrum` is used as work space.
    ///
    /// # Panics
    /// If `x` is not a whole number of grids, or `spectrum` not as many half spectra.
    pub fn inverse_into(&self, spectrum: &mut [Complex<T>], x: &mut [T]) {
        self.check(x.len(), spectrum.len());
        let (n, half) = (self.row(), self.row() / 2 + 1);
        for axis in 0..self.lines.len() {
            let inner = self.size[axis + 1..self.lines.len()].iter().product::<usize>() * half;
            along(&self.lines[axis], true, spectrum, self.size[axis], inner, T::one());
        }
        let scale = T::of(1.0 / self.points() as f64);
        let rows = (TASK / n).max(1);
        spectrum.par_chunks_mut(rows * half).zip(x.par_chunks_mut(rows * n)).for_each(|(spectrum, x)| {
            scratch::with([self.last.scratch_len()], |[work]| {
                for (line, out) in spectrum.chunks_exact_mut(half).zip(x.chunks_exact_mut(n)) {
                    line.iter_mut().for_each(|z| *z = z.scale(scale));
                    self.last.synthesise(line, out, work);
                }
            });
        });
    }

    fn check(&self, x: usize, spectrum: usize) {
        assert!(
            x.is_multiple_of(self.points()) && x / self.points() * self.modes() == spectrum,
            "{x} real and {spectrum} complex entries are no batch of grids {:?} and their half spectra",
            self.size
        );
    }
}

/// Transforms, in place, all lines along the middle axis of `x [outer, n, inner]`, and scales them.
fn along<T: Scalar>(
    line: &ComplexLine<T>,
    inverse: bool,
    x: &mut [Complex<T>],
    n: usize,
    inner: usize,
    scale: T,
) {
    let plan = line.direction(inverse);
    let finish = |z: &mut [Complex<T>]| {
        if scale != T::one() {
            z.iter_mut().for_each(|z| *z = z.scale(scale));
        }
    };
    if inner == 1 {
        let lines = (TASK / n).max(1);
        x.par_chunks_mut(lines * n).for_each(|x| {
            scratch::with([line.scratch_len()], |[work]| plan.process_with_scratch(x, work));
            finish(x);
        });
        return;
    }
    let outer = x.len() / (n * inner);
    let groups = inner.div_ceil(GROUP);
    let shared = SharedMut::new(x);
    let per_task = (TASK / (n * GROUP)).max(1);
    (0..outer * groups).into_par_iter().with_min_len(per_task).for_each(|task| {
        let (o, first) = (task / groups, task % groups * GROUP);
        let width = GROUP.min(inner - first);
        scratch::with([n * width, line.scratch_len()], |[lines, work]| {
            for i in 0..n {
                // SAFETY: the entries (o, i, first..first + width) belong to this task alone.
                let run = unsafe { shared.slice((o * n + i) * inner + first, width) };
                for (c, z) in run.iter().enumerate() {
                    lines[c * n + i] = *z;
                }
            }
            plan.process_with_scratch(lines, work);
            finish(lines);
            for i in 0..n {
                // SAFETY: as above.
                let run = unsafe { shared.slice((o * n + i) * inner + first, width) };
                for (c, z) in run.iter_mut().enumerate() {
                    *z = lines[c * n + i];
                }
            }
        });
    });
}
