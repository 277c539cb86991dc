//! Points of a grid.

use crate::Result;
use crate::spectral::FourierGrid;

/// The values of `f([x, y, z])` at all points of a grid, `[z, y, x]`.
///
/// ```
/// use sobolev_solvers::spectral::{FourierGrid, initial::tabulate};
/// let grid = FourierGrid::new(&[4, 8], &[1.0, 2.0])?;
/// let u = tabulate(&grid, |[x, y, _]| 10.0 * y + x);
/// assert_eq!(u[8 + 4], 10.0 * 0.25 + 1.0);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
pub fn tabulate(grid: &FourierGrid, f: impl Fn([f64; 3]) -> f64) -> Vec<f64> {
    (0..grid.points()).map(|flat| f(grid.position(flat))).collect()
}

/// Coordinates along axis `a`, in array order.
pub(crate) fn axis(grid: &FourierGrid, a: usize) -> Vec<f64> {
    let (n, length) = (grid.num_points()[a], grid.domain_extent()[a]);
    (0..n).map(|i| i as f64 * length / n as f64).collect()
}

/// The same box with another number of points along all axes.
pub(crate) fn resampled(grid: &FourierGrid, points: usize) -> Result<FourierGrid> {
    FourierGrid::new(&vec![points; grid.dim()], grid.domain_extent())
}
