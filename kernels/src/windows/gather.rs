//! Gathering of windows, and its adjoint.

use std::ops::Range;

use rayon::prelude::*;

use super::AxisWindows;
use super::axis::OUTSIDE;
use crate::{Scalar, buffer};

/// Boxes of a grid of one to three axes: the tensor product of the windows of each axis.
///
/// ```math
/// (Gx)_{w,i} = x_{π(w,i)}, \qquad (G^* y)_p = \sum_{π(w,i) = p} y_{w,i},
/// ```
///
/// where entry `i = (i_1, .., i_d)` of window `w = (w_1, .., w_d)` shows the point `π(w, i) = (π_1(w_1, i_1), .., π_d(w_d, i_d))`. An
/// entry that shows nothing is 0 in `Gx` and left out of `G* y`.
///
/// **Shapes.** Fields `[batch, channels, points]`, windows `[batch · count, channels, len]`: the windows of a sample are neighbours,
/// those of the last axis fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    axes: Vec<AxisWindows>,
}

impl Windows {
    /// The tensor product.
    ///
    /// # Panics
    /// If there are not 1 to 3 axes.
    pub fn new(axes: Vec<AxisWindows>) -> Self {
        assert!((1..=3).contains(&axes.len()), "windows: {} axes, expected 1 to 3", axes.len());
        Self { axes }
    }

    /// The axes, the last one fastest.
    pub fn axes(&self) -> &[AxisWindows] {
        &self.axes
    }

    /// Points of the grid.
    pub fn points(&self) -> usize {
        self.axes.iter().map(AxisWindows::points).product()
    }

    /// Windows.
    pub fn count(&self) -> usize {
        self.axes.iter().map(AxisWindows::count).product()
    }

    /// Points of a window.
    pub fn len(&self) -> usize {
        self.axes.iter().map(AxisWindows::len).product()
    }

    /// Never true: a window has a point.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// `G x`: `[batch, channels, points]` to `[batch · count, channels, len]`.
    ///
    /// # Panics
    /// If `x` has another size.
    pub fn gather<T: Scalar>(&self, x: &[T], batch: usize, channels: usize) -> Vec<T> {
        let (points, count, len) = (self.points(), self.count(), self.len());
        assert_eq!(x.len(), batch * channels * points, "windows: entries of the field");
        let mut y = buffer::uninit(batch * count * channels * len);
        y.par_chunks_mut(len).enumerate().for_each(|(plane, y)| {
            let (window, channel) = (plane / channels, plane % channels);
            let (sample, window) = (window / count, window % count);
            let x = &x[(sample * channels + channel) * points..][..points];
            self.each_row(window, |row, source, index| {
                let y = &mut y[row * index.len()..][..index.len()];
                match source {
                    // An index outside finds nothing in the row.
                    Some(source) => {
                        let x = &x[source];
                        for (y, &i) in y.iter_mut().zip(index) {
                            *y = x.get(i as usize).copied().unwrap_or_default();
                        }
                    }
                    None => y.fill(T::default()),
                }
            });
        });
        y
    }

    /// `G* y`: `[batch · count, channels, len]` to `[batch, channels, points]`.
    ///
    /// # Panics
    /// If `y` has another size.
    pub fn scatter<T: Scalar>(&self, y: &[T], batch: usize, channels: usize) -> Vec<T> {
        let (points, count, len) = (self.points(), self.count(), self.len());
        assert_eq!(y.len(), batch * count * channels * len, "windows: entries of the windows");
        let mut x = vec![T::default(); batch * channels * points];
        x.par_chunks_mut(points).enumerate().for_each(|(plane, x)| {
            let (sample, channel) = (plane / channels, plane % channels);
            for window in 0..count {
                let y = &y[((sample * count + window) * channels + channel) * len..][..len];
                self.each_row(window, |row, target, index| {
                    let Some(target) = target else { return };
                    let (x, y) = (&mut x[target], &y[row * index.len()..][..index.len()]);
                    for (y, &i) in y.iter().zip(index) {
                        if let Some(x) = x.get_mut(i as usize) {
                            *x += *y;
                        }
                    }
                });
            }
        });
        x
    }

    /// Calls `f` for every row of a window: its number, the grid's row that it shows (`None` outside), and the indices in that.
    fn each_row(&self, window: usize, mut f: impl FnMut(usize, Option<Range<usize>>, &[u32])) {
        const ONE: &[u32] = &[0];
        let d = self.axes.len();
        // Entries of the axes before the last, filled up in front by axes of one point.
        let (mut outer, mut points) = ([ONE; 2], [1, 1]);
        let mut rest = window;
        let last = &self.axes[d - 1];
        let inner = last.window(rest % last.count());
        rest /= last.count();
        for (slot, axis) in (0..2).rev().zip(self.axes[..d - 1].iter().rev()) {
            outer[slot] = axis.window(rest % axis.count());
            points[slot] = axis.points();
            rest /= axis.count();
        }
        for (i, &z) in outer[0].iter().enumerate() {
            for (j, &y) in outer[1].iter().enumerate() {
                let inside = z != OUTSIDE && y != OUTSIDE;
                let start = inside.then(|| (z as usize * points[1] + y as usize) * last.points());
                f(i * outer[1].len() + j, start.map(|s| s..s + last.points()), inner);
            }
        }
    }
}
