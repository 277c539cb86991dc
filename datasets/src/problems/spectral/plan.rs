//! The solver's grid and time steps, and which of them are stored.

use sobolev_solvers::spectral::FourierGrid;

use crate::schema::{Axis, Boundary, BoundaryKind};
use crate::{Error, Result};

/// Names of the axes of `dim` dimensions, in array order.
const AXES: [&str; 3] = ["z", "y", "x"];

/// The solver's periodic grid, and the coarser one that is stored: every `stride`-th point of it.
#[derive(Clone, Debug)]
pub(in super::super) struct Lattice {
    pub(in super::super) grid: FourierGrid,
    resolution: usize,
    stride: usize,
}

impl Lattice {
    /// `resolution` stored points along each of `dim` axes of length `extent`; the solver has at least `solver_points`, a multiple.
    pub(in super::super) fn new(
        dim: usize,
        resolution: usize,
        solver_points: usize,
        extent: f64,
        accepted: std::ops::RangeInclusive<usize>,
    ) -> Result<Self> {
        if !accepted.contains(&resolution) {
            let (low, high) = (accepted.start(), accepted.end());
            return Err(Error::config("resolution", format!("in {low}..={high}"), resolution));
        }
        let stride = solver_points.div_ceil(resolution).max(1);
        let grid = FourierGrid::cube(dim, resolution * stride, extent)
            .map_err(|e| Error::config("grid of the solver", "one that can be solved on", e))?;
        Ok(Self { grid, resolution, stride })
    }

    /// The stored axes.
    pub(in super::super) fn axes(&self) -> Vec<Axis> {
        let (dim, n) = (self.grid.dim(), self.resolution);
        let extent = self.grid.domain_extent();
        let last = |axis: usize| extent[axis] * (n - 1) as f64 / n as f64;
        (0..dim).map(|axis| Axis::uniform(AXES[3 - dim + axis], n, 0.0, last(axis))).collect()
    }

    /// Periodic boundaries along all axes.
    pub(in super::super) fn boundaries(&self) -> Vec<Boundary> {
        let periodic = |axis| Boundary { axis, kind: BoundaryKind::Periodic, condition: "periodic".into() };
        (0..self.grid.dim()).map(periodic).collect()
    }

    /// Appends the stored points of one field of the solver.
    pub(in super::super) fn store(&self, field: &[f64], out: &mut Vec<f64>) {
        if self.stride == 1 {
            return out.extend_from_slice(field);
        }
        let (n, fine) = (self.resolution, self.resolution * self.stride);
        let lines = n.pow(self.grid.dim() as u32 - 1);
        for line in 0..lines {
            // The digits of `line` in base n are the slow indices of the stored point.
            let (mut rest, mut at, mut step) = (line, 0, fine);
            for _ in 1..self.grid.dim() {
                at += rest % n * self.stride * step;
                rest /= n;
                step *= fine;
            }
            out.extend(field[at..at + fine].iter().step_by(self.stride));
        }
    }
}

/// When the solver steps, and when it stores.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Clock {
    /// Time step of the solver: at most the one asked for, a divisor of `interval`.
    pub(in super::super) dt: f64,
    /// Steps before the first stored time, which is called 0.
    pub(in super::super) warmup: usize,
    /// Steps between two stored times.
    pub(in super::super) every: usize,
    /// Stored times after the start.
    pub(in super::super) frames: usize,
    interval: f64,
}

impl Clock {
    /// `frames` stored times, `interval` apart, after the start and `warmup` time units.
    pub(in super::super) fn new(dt: f64, warmup: f64, interval: f64, frames: usize) -> Result<Self> {
        let steps = (interval / dt).ceil();
        // A quotient that is whole but for rounding does not gain a step.
        let every = if (interval / dt - (steps - 1.0)) < 1e-9 { steps - 1.0 } else { steps }.max(1.0);
        let step = interval / every;
        let total = every * frames as f64 + warmup / step;
        if !(total.is_finite() && total < 1e9) {
            return Err(Error::config(
                "time step",
                "at most 10^9 steps in all",
                format!("dt = {dt}, {total} steps"),
            ));
        }
        Ok(Self {
            dt: step,
            warmup: (warmup / step).round() as usize,
            every: every as usize,
            frames,
            interval,
        })
    }

    /// The stored times: the start, and all that follow; or the end alone.
    pub(in super::super) fn times(&self, with_start: bool) -> Vec<f32> {
        (usize::from(!with_start)..=self.frames).map(|i| (i as f64 * self.interval) as f32).collect()
    }
}
