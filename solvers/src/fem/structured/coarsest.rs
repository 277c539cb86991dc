//! Banded Cholesky factorisation for the coarsest lattice.

use sobolev_kernels::Scalar;

use super::Stencil;
use super::stencil::Layout;

/// `L Lᵀ` of the interior operator, numbered along the shorter axis so that the half bandwidth is its length plus one.
#[derive(Clone, Debug)]
pub(crate) struct Coarsest {
    layout: Layout,
    /// Interior nodes along the fast and the slow axis of the numbering.
    fast: usize,
    slow: usize,
    transposed: bool,
    band: usize,
    /// Row `r`, columns `r − band ..= r`.
    factor: Vec<f64>,
    work: Vec<f64>,
}

impl Coarsest {
    pub(crate) fn new(layout: Layout) -> Self {
        let (y, x) = (layout.ny - 1, layout.nx - 1);
        let transposed = y < x;
        let (fast, slow) = if transposed { (y, x) } else { (x, y) };
        let band = fast + 1;
        let factor = vec![0.0; fast * slow * (band + 1)];
        Self { layout, fast, slow, transposed, band, factor, work: vec![0.0; fast * slow] }
    }

    /// Position in the frame of the unknown at `(slow, fast)`.
    fn at(&self, slow: usize, fast: usize) -> usize {
        let (j, i) = if self.transposed { (fast, slow) } else { (slow, fast) };
        self.layout.at(j + 1, i + 1)
    }

    /// Factors the operator. `false` if a pivot isn't positive.
    pub(crate) fn factor<T: Scalar>(&mut self, a: &Stencil<T>) -> bool {
        let (band, width) = (self.band, self.band + 1);
        self.factor.fill(0.0);
        for slow in 0..self.slow {
            for fast in 0..self.fast {
                let (row, k) = (slow * self.fast + fast, self.at(slow, fast));
                for (ds, df) in [(0, 0), (0, -1), (-1, -1), (-1, 0), (-1, 1)] {
                    let inside_slow = slow.checked_add_signed(ds).is_some();
                    let Some(other) = fast.checked_add_signed(df).filter(|&f| inside_slow && f < self.fast)
                    else {
                        continue;
                    };
                    let column = (slow - ds.unsigned_abs()) * self.fast + other;
                    let (dy, dx) = if self.transposed { (df, ds) } else { (ds, df) };
                    self.factor[row * width + band - (row - column)] = a.link(k, dy, dx).as_f64();
                }
            }
        }
        for row in 0..self.work.len() {
            let first = row.saturating_sub(band);
            for column in first..=row {
                let shared = first.max(column.saturating_sub(band));
                let left = &self.factor[row * width + band + shared - row..][..column - shared];
                let right = &self.factor[column * width + band + shared - column..][..column - shared];
                let sum: f64 = left.iter().zip(right).map(|(a, b)| a * b).sum();
                let value = self.factor[row * width + band + column - row] - sum;
                self.factor[row * width + band + column - row] = if column < row {
                    value / self.factor[column * width + band]
                } else if value > 0.0 {
                    value.sqrt()
                } else {
                    return false;
                };
            }
        }
        true
    }

    /// Solves into the interior of `x`.
    pub(crate) fn solve<T: Scalar>(&mut self, b: &[T], x: &mut [T]) {
        let (band, width, len) = (self.band, self.band + 1, self.work.len());
        for row in 0..len {
            let first = row.saturating_sub(band);
            let factors = &self.factor[row * width + band + first - row..][..row - first];
            let sum: f64 = factors.iter().zip(&self.work[first..row]).map(|(a, b)| a * b).sum();
            let value = b[self.at(row / self.fast, row % self.fast)].as_f64() - sum;
            self.work[row] = value / self.factor[row * width + band];
        }
        for row in (0..len).rev() {
            let value = self.work[row] / self.factor[row * width + band];
            self.work[row] = value;
            let first = row.saturating_sub(band);
            let factors = &self.factor[row * width + band + first - row..][..row - first];
            for (work, factor) in self.work[first..row].iter_mut().zip(factors) {
                *work -= factor * value;
            }
            x[self.at(row / self.fast, row % self.fast)] = T::of(value);
        }
    }
}
