//! Two-dimensional equations in a channel.

use super::channel::ChannelGrid;
use super::grid::ChebyshevGrid;
use super::stepper::WallSystem;
use super::wall::Wall;
use crate::Result;

/// What the explicit part sees at a point.
#[derive(Clone, Copy, Debug)]
pub struct StripPoint {
    /// Time.
    pub t: f64,
    /// Place along the channel.
    pub x: f64,
    /// Place across.
    pub y: f64,
    /// The solution.
    pub u: f64,
    /// ∂u/∂x.
    pub ux: f64,
    /// ∂u/∂y.
    pub uy: f64,
}

/// `u_t = ν ∇²u + r(u, ∇u, x, y, t)` in a channel.
pub trait StripEquation: Send + Sync {
    /// ν > 0.
    fn diffusivity(&self) -> f64;
    /// The conditions at the lower and the upper wall; a slope is ∂u/∂y.
    fn walls(&self) -> [Wall; 2];
    /// The boundary values at a time and place.
    fn wall_values(&self, _time: f64, _x: f64) -> [f64; 2] {
        [0.0; 2]
    }
    /// r at a point.
    fn explicit(&self, point: StripPoint) -> f64;
}

/// A [`StripEquation`] on a grid. The explicit part is evaluated on twice as many intervals across and 3/2 as many points along, and
/// truncated: products of two factors are exact.
#[derive(Clone, Debug)]
pub struct Strip<E> {
    equation: E,
    grid: ChannelGrid,
    fine: ChannelGrid,
}

impl<E: StripEquation> Strip<E> {
    /// Puts an equation on a grid.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) if the grid is too large to be refined.
    pub fn new(equation: E, grid: &ChannelGrid) -> Result<Self> {
        Ok(Self { equation, grid: grid.clone(), fine: grid.refined()? })
    }

    /// The grid of the channel.
    pub fn channel(&self) -> &ChannelGrid {
        &self.grid
    }
}

impl<E: StripEquation> WallSystem for Strip<E> {
    fn grid(&self) -> &ChebyshevGrid {
        self.grid.across()
    }

    fn lines(&self) -> usize {
        2 * self.grid.wavenumbers()
    }

    fn diffusivity(&self) -> f64 {
        self.equation.diffusivity()
    }

    fn shift(&self, line: usize) -> f64 {
        self.grid.wavenumber(line / 2).powi(2)
    }

    fn walls(&self) -> [Wall; 2] {
        self.equation.walls()
    }

    fn wall_values(&self, time: f64, g: &mut [[f64; 2]]) {
        let values: Vec<[f64; 2]> =
            self.grid.along().iter().map(|&x| self.equation.wall_values(time, x)).collect();
        for side in 0..2 {
            let one: Vec<f64> = values.iter().map(|v| v[side]).collect();
            for (pair, c) in g.chunks_exact_mut(2).zip(self.grid.forward_along(&one)) {
                (pair[0][side], pair[1][side]) = (c[0], c[1]);
            }
        }
    }

    fn explicit(&self, time: f64, u: &[f64], r: &mut [f64]) {
        let values = |c: &[f64]| self.fine.inverse(&self.grid.transfer(c, &self.fine));
        let mut field = values(u);
        let (ux, uy) =
            (values(&self.grid.differentiate_along(u)), values(&self.grid.differentiate_across(u)));
        let along = self.fine.along();
        for (row, &y) in self.fine.across().points().iter().enumerate() {
            for (column, &x) in along.iter().enumerate() {
                let i = row * along.len() + column;
                let point = StripPoint { t: time, x, y, u: field[i], ux: ux[i], uy: uy[i] };
                field[i] = self.equation.explicit(point);
            }
        }
        r.copy_from_slice(&self.fine.transfer(&self.fine.forward(&field), &self.grid));
    }
}
