//! Sums of harmonics on a grid.

use std::sync::Arc;

use sobolev_kernels::Complex;
use sobolev_kernels::fft::RealFft;

use crate::spectral::FourierGrid;

/// `cos · cos(2π k·x/L) + sin · sin(2π k·x/L)` with an integer wavevector `[z, y, x]`; axes that the grid hasn't got are zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Harmonic {
    pub(crate) k: [i32; 3],
    pub(crate) cos: f64,
    pub(crate) sin: f64,
}

impl Harmonic {
    /// `amplitude · sin(2π k·x/L + phase)`.
    pub(crate) fn wave(k: [i32; 3], amplitude: f64, phase: f64) -> Self {
        Self { k, cos: amplitude * phase.sin(), sin: amplitude * phase.cos() }
    }

    /// Twice its mean square.
    pub(crate) fn power(&self) -> f64 {
        self.cos * self.cos + self.sin * self.sin
    }
}

/// One wavevector of each pair ±k ≠ 0 with |k_i| ≤ `cutoff` in the last `dim` components, in shells of growing max |k_i|, so that
/// a larger cutoff extends the list and never reorders it.
pub(crate) fn half_space(dim: usize, cutoff: u32) -> Vec<[i32; 3]> {
    let mut list = Vec::new();
    for shell in 1..=cutoff.cast_signed() {
        let range = |axis: usize| if 3 - axis <= dim { -shell..=shell } else { 0..=0 };
        for z in range(0) {
            for y in range(1) {
                for x in range(2) {
                    let k = [z, y, x];
                    let first = [x, y, z].into_iter().find(|&c| c != 0);
                    if k.iter().any(|c| c.abs() == shell) && first.is_some_and(|c| c > 0) {
                        list.push(k);
                    }
                }
            }
        }
    }
    list
}

/// The length of a wavevector in units of 2π over the side.
pub(crate) fn magnitude(k: [i32; 3]) -> f64 {
    k.iter().map(|&c| f64::from(c * c)).sum::<f64>().sqrt()
}

/// Evaluates sums of harmonics at the points of a grid, by one inverse transform.
pub(crate) struct Synthesis {
    size: Vec<usize>,
    fft: Arc<RealFft<f64>>,
}

impl Synthesis {
    pub(crate) fn new(grid: &FourierGrid) -> Self {
        Self { size: grid.num_points().to_vec(), fft: RealFft::cached(grid.num_points()) }
    }

    /// The constant plus the harmonics that the grid resolves, `2|k_i| < n_i`; the others are left out, not aliased.
    pub(crate) fn field(&self, constant: f64, harmonics: impl IntoIterator<Item = Harmonic>) -> Vec<f64> {
        let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.modes()];
        let points = self.fft.points() as f64;
        spectrum[0].re = constant * points;
        for Harmonic { k, cos, sin } in harmonics {
            let k = &k[3 - self.size.len()..];
            if k.iter().zip(&self.size).any(|(k, &n)| 2 * k.unsigned_abs() as usize >= n) {
                continue;
            }
            let value = Complex::new(cos, -sin) * (0.5 * points);
            let last = k[k.len() - 1];
            if last >= 0 {
                spectrum[self.position(k, 1)] += value;
            }
            if last <= 0 {
                spectrum[self.position(k, -1)] += value.conj();
            }
        }
        self.fft.inverse(&spectrum)
    }

    /// The place of `sign · k` in the half spectrum.
    fn position(&self, k: &[i32], sign: i32) -> usize {
        let last = self.size.len() - 1;
        let mut position = 0;
        for (axis, (&k, &n)) in k.iter().zip(&self.size).enumerate() {
            let width = if axis == last { n / 2 + 1 } else { n };
            let k = (sign * k).rem_euclid(n as i32) as usize;
            position = position * width + k;
        }
        position
    }
}
