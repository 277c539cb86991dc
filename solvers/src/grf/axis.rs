//! One axis of the basis: eigenvalues, values of the eigenfunctions, and their fast synthesis.

use std::f64::consts::{PI, SQRT_2};
use std::fmt;
use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner};
use rustdct::{Dct1, Dct3, DctPlanner, Dst1, Dst3};
use sobolev_kernels::Complex;

use super::Boundary;
use crate::Grid;

/// Sums of eigenfunctions at the points of an axis.
#[derive(Clone)]
enum Synthesis {
    CosineCells(Arc<dyn Dct3<f64>>),
    CosineNodes(Arc<dyn Dct1<f64>>),
    SineCells(Arc<dyn Dst3<f64>>),
    SineNodes(Arc<dyn Dst1<f64>>),
    Fourier { inverse: Arc<dyn ComplexToReal<f64>>, shift: Vec<Complex<f64>> },
}

/// `count` eigenfunctions, numbered in order of their wavenumbers, at `points` points.
#[derive(Clone)]
pub(crate) struct Axis {
    pub(crate) points: usize,
    pub(crate) count: usize,
    boundary: Boundary,
    grid: Grid,
    synthesis: Synthesis,
}

impl fmt::Debug for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Axis({:?}, {:?}, {} points, {} modes)", self.boundary, self.grid, self.points, self.count)
    }
}

/// Buffers of one synthesis.
#[derive(Default)]
pub(crate) struct Scratch {
    real: Vec<f64>,
    complex: Vec<Complex<f64>>,
    spectrum: Vec<Complex<f64>>,
}

impl Axis {
    pub(crate) fn new(points: usize, boundary: Boundary, grid: Grid) -> Self {
        let mut planner = DctPlanner::new();
        let (count, synthesis) = match (boundary, grid) {
            (Boundary::Neumann, Grid::Cells) => (points, Synthesis::CosineCells(planner.plan_dct3(points))),
            (Boundary::Neumann, Grid::Nodes) => (points, Synthesis::CosineNodes(planner.plan_dct1(points))),
            (Boundary::Dirichlet, Grid::Cells) => (points, Synthesis::SineCells(planner.plan_dst3(points))),
            (Boundary::Dirichlet, Grid::Nodes) => {
                (points - 2, Synthesis::SineNodes(planner.plan_dst1(points - 2)))
            }
            (Boundary::Periodic, _) => {
                // The Nyquist mode of an even axis has a cosine without its sine; it is left out.
                let pairs = (points - 1) / 2;
                let offset = if grid == Grid::Cells { PI / points as f64 } else { 0.0 };
                let shift = (0..=points / 2).map(|k| Complex::from_polar(1.0, offset * k as f64)).collect();
                let inverse = RealFftPlanner::new().plan_fft_inverse(points);
                (2 * pairs + 1, Synthesis::Fourier { inverse, shift })
            }
        };
        Self { points, count, boundary, grid, synthesis }
    }

    /// The wavenumber of mode `m`.
    fn wavenumber(&self, m: usize) -> usize {
        match self.boundary {
            Boundary::Neumann => m,
            Boundary::Dirichlet => m + 1,
            Boundary::Periodic => m.div_ceil(2),
        }
    }

    /// The eigenvalue of −d²/dx² of mode `m`.
    pub(crate) fn eigenvalue(&self, m: usize) -> f64 {
        let unit = if self.boundary == Boundary::Periodic { 2.0 * PI } else { PI };
        (unit * self.wavenumber(m) as f64).powi(2)
    }

    /// The coordinate of point `i`.
    pub(crate) fn coordinate(&self, i: usize) -> f64 {
        match (self.grid, self.boundary) {
            (Grid::Cells, _) => (i as f64 + 0.5) / self.points as f64,
            (Grid::Nodes, Boundary::Periodic) => i as f64 / self.points as f64,
            (Grid::Nodes, _) => i as f64 / (self.points - 1) as f64,
        }
    }

    /// Eigenfunction `m`, of unit norm in L²(0, 1), at `x`.
    pub(crate) fn eigenfunction(&self, m: usize, x: f64) -> f64 {
        let k = self.wavenumber(m) as f64;
        match self.boundary {
            Boundary::Neumann if m == 0 => 1.0,
            Boundary::Neumann => SQRT_2 * (PI * k * x).cos(),
            Boundary::Dirichlet => SQRT_2 * (PI * k * x).sin(),
            Boundary::Periodic if m == 0 => 1.0,
            Boundary::Periodic if m % 2 == 1 => SQRT_2 * (2.0 * PI * k * x).cos(),
            Boundary::Periodic => SQRT_2 * (2.0 * PI * k * x).sin(),
        }
    }

    /// What a coefficient of mode `m` must be multiplied with before [`Self::synthesize`]: the norm of the eigenfunction, and a
    /// factor of two where the transform halves an end term.
    pub(crate) fn scale(&self, m: usize) -> f64 {
        let last = m + 1 == self.points;
        match (&self.synthesis, m) {
            (Synthesis::CosineCells(_) | Synthesis::CosineNodes(_), 0) => 2.0,
            (Synthesis::CosineNodes(_) | Synthesis::SineCells(_), _) if last => 2.0 * SQRT_2,
            (Synthesis::Fourier { .. }, 0) => 1.0,
            (Synthesis::Fourier { .. }, _) => 0.5 * SQRT_2,
            _ => SQRT_2,
        }
    }

    /// Turns the scaled coefficients at the head of `line` into the values at all points.
    pub(crate) fn synthesize(&self, line: &mut [f64], scratch: &mut Scratch) {
        let real = |scratch: &mut Vec<f64>, len: usize| scratch.resize(len, 0.0);
        match &self.synthesis {
            Synthesis::CosineCells(plan) => {
                real(&mut scratch.real, plan.get_scratch_len());
                plan.process_dct3_with_scratch(line, &mut scratch.real);
            }
            Synthesis::CosineNodes(plan) => {
                real(&mut scratch.real, plan.get_scratch_len());
                plan.process_dct1_with_scratch(line, &mut scratch.real);
            }
            Synthesis::SineCells(plan) => {
                real(&mut scratch.real, plan.get_scratch_len());
                plan.process_dst3_with_scratch(line, &mut scratch.real);
            }
            Synthesis::SineNodes(plan) => {
                real(&mut scratch.real, plan.get_scratch_len());
                plan.process_dst1_with_scratch(&mut line[..self.count], &mut scratch.real);
                line.copy_within(..self.count, 1);
                line[0] = 0.0;
                line[self.points - 1] = 0.0;
            }
            Synthesis::Fourier { inverse, shift } => {
                scratch.spectrum.clear();
                scratch.spectrum.resize(shift.len(), Complex::new(0.0, 0.0));
                scratch.spectrum[0] = Complex::new(line[0], 0.0);
                for (k, pair) in line[1..self.count].chunks_exact(2).enumerate() {
                    scratch.spectrum[k + 1] = Complex::new(pair[0], -pair[1]) * shift[k + 1];
                }
                scratch.complex.resize(inverse.get_scratch_len(), Complex::new(0.0, 0.0));
                let done = inverse.process_with_scratch(&mut scratch.spectrum, line, &mut scratch.complex);
                debug_assert!(done.is_ok(), "lengths and the real zero mode are right by construction");
            }
        }
    }
}
