//! A channel: periodic along x, walls across y.

use std::f64::consts::TAU;
use std::fmt;
use std::sync::Arc;

use sobolev_kernels::Complex;
use sobolev_kernels::fft::RealFft;

use super::grid::ChebyshevGrid;
use super::wall::{Wall, WallOperator, WallSolver};
use crate::{Error, Result};

/// Fourier modes along x, Chebyshev polynomials along y.
///
/// **Equations.** With |k| < n_x/2 (the Nyquist mode of an even axis is left out):
/// ```math
/// u(y, x) = \sum_k \sum_m \hat u_{km}\, T_m(\eta(y))\, e^{2\pi i k x/L}.
/// ```
///
/// **Shapes** fields `[y, x]`: row 0 is the lower wall, the last row the upper one, `x_i = i L/n_x`; coefficients
/// `[k, re/im, m]` with k = 0..=(n_x − 1)/2, flattened, f64.
#[derive(Clone)]
pub struct ChannelGrid {
    across: ChebyshevGrid,
    num_points: usize,
    length: f64,
    fft: Arc<RealFft<f64>>,
}

impl fmt::Debug for ChannelGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelGrid({:?}, {} points of a period {})", self.across, self.num_points, self.length)
    }
}

impl ChannelGrid {
    /// A channel across `across`, with `num_points` points of a period `length` along x.
    ///
    /// # Errors
    /// [`Error::Config`] for fewer than 3 points or a period that isn't positive and finite.
    pub fn new(across: ChebyshevGrid, num_points: usize, length: f64) -> Result<Self> {
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if !(3..=1 << 20).contains(&num_points) {
            return fail("channel.num_points", "in 3..=2^20", num_points.to_string());
        }
        if !(length > 0.0 && length.is_finite()) {
            return fail("channel.length", "positive and finite", length.to_string());
        }
        Ok(Self { across, num_points, length, fft: RealFft::cached(&[num_points]) })
    }

    /// The grid across.
    pub fn across(&self) -> &ChebyshevGrid {
        &self.across
    }

    /// Coordinates along x.
    pub fn along(&self) -> Vec<f64> {
        (0..self.num_points).map(|i| self.length * i as f64 / self.num_points as f64).collect()
    }

    /// Number of wavenumbers k ≥ 0.
    pub fn wavenumbers(&self) -> usize {
        (self.num_points - 1) / 2 + 1
    }

    /// The wavenumber of mode k, 2πk/L.
    pub fn wavenumber(&self, k: usize) -> f64 {
        TAU * k as f64 / self.length
    }

    /// The values of `f(y, x)` at all points, `[y, x]`.
    pub fn map(&self, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let along = self.along();
        self.across
            .points()
            .iter()
            .flat_map(|&y| along.iter().map(|&x| f(y, x)).collect::<Vec<_>>())
            .collect()
    }

    /// The same channel with twice as many intervals across and 3/2 as many points along.
    pub(crate) fn refined(&self) -> Result<Self> {
        let across = self.across.resampled(2 * self.across.num_points() - 1)?;
        Self::new(across, 3 * self.num_points.div_ceil(2), self.length)
    }

    /// Coefficients of a field.
    ///
    /// # Panics
    /// If `field` isn't `[y, x]`.
    pub fn forward(&self, field: &[f64]) -> Vec<f64> {
        let (n, rows, modes) = (self.num_points, self.across.num_points(), self.wavenumbers());
        assert_eq!(field.len(), n * rows, "a field of a channel is [y {rows}, x {n}]");
        let spectra = self.fft.forward(field);
        let width = n / 2 + 1;
        let mut coefficients = vec![0.0; modes * 2 * rows];
        for (k, pair) in coefficients.chunks_exact_mut(2 * rows).enumerate() {
            let (re, im) = pair.split_at_mut(rows);
            for y in 0..rows {
                let c = spectra[y * width + k] / n as f64;
                (re[y], im[y]) = (c.re, c.im);
            }
            self.across.forward_in_place(re);
            self.across.forward_in_place(im);
        }
        coefficients
    }

    /// The field of coefficients.
    ///
    /// # Panics
    /// If `coefficients` isn't `[k, re/im, m]`.
    pub fn inverse(&self, coefficients: &[f64]) -> Vec<f64> {
        let (n, rows, modes) = (self.num_points, self.across.num_points(), self.wavenumbers());
        assert_eq!(coefficients.len(), modes * 2 * rows, "coefficients are [k {modes}, 2, m {rows}]");
        let width = n / 2 + 1;
        let mut spectra = vec![Complex::new(0.0, 0.0); rows * width];
        let mut pair = vec![0.0; 2 * rows];
        for (k, source) in coefficients.chunks_exact(2 * rows).enumerate() {
            pair.copy_from_slice(source);
            let (re, im) = pair.split_at_mut(rows);
            self.across.inverse_in_place(re);
            self.across.inverse_in_place(im);
            for y in 0..rows {
                spectra[y * width + k] = Complex::new(re[y], im[y]) * n as f64;
            }
        }
        self.fft.inverse(&spectra)
    }

    /// Coefficients of ∂/∂x.
    pub fn differentiate_along(&self, coefficients: &[f64]) -> Vec<f64> {
        let rows = self.across.num_points();
        let mut slope = vec![0.0; coefficients.len()];
        for (k, (to, from)) in
            slope.chunks_exact_mut(2 * rows).zip(coefficients.chunks_exact(2 * rows)).enumerate()
        {
            let q = self.wavenumber(k);
            for m in 0..rows {
                to[m] = -q * from[rows + m];
                to[rows + m] = q * from[m];
            }
        }
        slope
    }

    /// Coefficients of ∂/∂y.
    pub fn differentiate_across(&self, coefficients: &[f64]) -> Vec<f64> {
        let rows = self.across.num_points();
        coefficients.chunks_exact(rows).flat_map(|line| self.across.differentiate(line)).collect()
    }

    /// The coefficients on another grid of the same channel: cut off, or padded with zeros.
    pub(crate) fn transfer(&self, coefficients: &[f64], to: &Self) -> Vec<f64> {
        let (rows, new_rows) = (self.across.num_points(), to.across.num_points());
        let mut out = vec![0.0; to.wavenumbers() * 2 * new_rows];
        let kept = rows.min(new_rows);
        for (new, old) in out.chunks_exact_mut(new_rows).zip(coefficients.chunks_exact(rows)) {
            new[..kept].copy_from_slice(&old[..kept]);
        }
        out
    }

    /// Fourier coefficients `[k]` of a function of x at the points along, as pairs (re, im).
    pub(crate) fn forward_along(&self, values: &[f64]) -> Vec<[f64; 2]> {
        let spectrum = self.fft.forward(values);
        spectrum[..self.wavenumbers()]
            .iter()
            .map(|c| [c.re / self.num_points as f64, c.im / self.num_points as f64])
            .collect()
    }
}

/// A factorised Poisson or Helmholtz problem in a channel.
///
/// **Equations.**
/// ```math
/// a u - \nabla^2 u = f, \qquad \alpha_i u + \beta_i \partial_y u = g_i(x) \text{ at the two walls}.
/// ```
/// One [`WallSolver`] a wavenumber. **Complexity** O(n_x n_y log(n_x n_y)) a solution.
///
/// **Shapes** f, u `[y, x]`; g one function of x a wall, `[x]`.
///
/// **Errors** of [`Self::new`]: [`Error::Factorization`] for a = 0 between two Neumann walls, which leaves the mean undetermined.
#[derive(Clone, Debug)]
pub struct ChannelSolver {
    grid: ChannelGrid,
    solvers: Vec<WallSolver>,
}

impl ChannelSolver {
    /// Factorises `a − ∇²`.
    ///
    /// # Errors
    /// As [`WallSolver::new`].
    pub fn new(grid: &ChannelGrid, reaction: f64, walls: [Wall; 2]) -> Result<Self> {
        let solver = |k: usize| {
            let reaction = reaction + grid.wavenumber(k).powi(2);
            WallSolver::new(grid.across(), WallOperator { reaction, advection: 0.0, diffusion: 1.0 }, walls)
        };
        let solvers = (0..grid.wavenumbers()).map(solver).collect::<Result<_>>()?;
        Ok(Self { grid: grid.clone(), solvers })
    }

    /// The solution at all points.
    ///
    /// # Errors
    /// [`Error::Length`] for fields of the wrong size.
    pub fn solve(&self, f: &[f64], g: [&[f64]; 2]) -> Result<Vec<f64>> {
        let (n, rows) = (self.grid.num_points, self.grid.across.num_points());
        let length = |name, axes: String, expected: usize, found: usize| {
            if expected == found { Ok(()) } else { Err(Error::Length { name, axes, expected, found }) }
        };
        length("f", format!("y {rows}, x {n}"), n * rows, f.len())?;
        length("g at the lower wall", format!("x {n}"), n, g[0].len())?;
        length("g at the upper wall", format!("x {n}"), n, g[1].len())?;
        let g = g.map(|g| self.grid.forward_along(g));
        let mut u = self.grid.forward(f);
        for (k, (pair, solver)) in u.chunks_exact_mut(2 * rows).zip(&self.solvers).enumerate() {
            for (part, line) in pair.chunks_exact_mut(rows).enumerate() {
                solver.solve_in_place(line, [g[0][k][part], g[1][k][part]]);
            }
        }
        Ok(self.grid.inverse(&u))
    }
}
