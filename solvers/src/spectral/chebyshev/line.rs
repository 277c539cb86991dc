//! One-dimensional equations between walls.

use super::grid::ChebyshevGrid;
use super::stepper::WallSystem;
use super::wall::Wall;
use crate::Result;

/// What the explicit part sees at a point.
#[derive(Clone, Copy, Debug)]
pub struct LinePoint {
    /// Time.
    pub t: f64,
    /// Place.
    pub x: f64,
    /// The solution.
    pub u: f64,
    /// Its derivative.
    pub ux: f64,
}

/// `u_t = ν u_xx + r(u, u_x, x, t)` between two walls.
pub trait LineEquation: Send + Sync {
    /// ν > 0.
    fn diffusivity(&self) -> f64;
    /// The conditions at the lower and the upper end.
    fn walls(&self) -> [Wall; 2];
    /// The boundary values at a time.
    fn wall_values(&self, _time: f64) -> [f64; 2] {
        [0.0; 2]
    }
    /// r at a point.
    fn explicit(&self, point: LinePoint) -> f64;
}

/// A [`LineEquation`] on a grid. The explicit part is evaluated on twice as many intervals and truncated: products of up to three
/// factors are exact.
#[derive(Clone, Debug)]
pub struct Line<E> {
    equation: E,
    grid: ChebyshevGrid,
    fine: ChebyshevGrid,
}

impl<E: LineEquation> Line<E> {
    /// Puts an equation on a grid.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) if the grid is too large to be doubled.
    pub fn new(equation: E, grid: &ChebyshevGrid) -> Result<Self> {
        let fine = grid.resampled(2 * grid.num_points() - 1)?;
        Ok(Self { equation, grid: grid.clone(), fine })
    }
}

impl<E: LineEquation> WallSystem for Line<E> {
    fn grid(&self) -> &ChebyshevGrid {
        &self.grid
    }

    fn lines(&self) -> usize {
        1
    }

    fn diffusivity(&self) -> f64 {
        self.equation.diffusivity()
    }

    fn shift(&self, _line: usize) -> f64 {
        0.0
    }

    fn walls(&self) -> [Wall; 2] {
        self.equation.walls()
    }

    fn wall_values(&self, time: f64, g: &mut [[f64; 2]]) {
        g[0] = self.equation.wall_values(time);
    }

    fn explicit(&self, time: f64, u: &[f64], r: &mut [f64]) {
        let (n, fine) = (self.grid.num_points(), self.fine.num_points());
        let pad = |line: &[f64]| {
            let mut values = line.to_vec();
            values.resize(fine, 0.0);
            self.fine.inverse_in_place(&mut values);
            values
        };
        let (mut values, slope) = (pad(u), pad(&self.grid.differentiate(u)));
        for ((u, &ux), &x) in values.iter_mut().zip(&slope).zip(self.fine.points()) {
            *u = self.equation.explicit(LinePoint { t: time, x, u: *u, ux });
        }
        self.fine.forward_in_place(&mut values);
        r.copy_from_slice(&values[..n]);
    }
}
