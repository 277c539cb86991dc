//! A convolution on a grid.

use super::ConvAxis;
use crate::{Error, Result};

/// Everything about a convolution but its weight and the size of the grid,
///
/// ```math
/// y_{b,o,j} = \sum_{i ∈ group(o)} \sum_t w_{o,i,t}\, x_{b,i,π(j,t)},
/// ```
///
/// where output `j = (j_1, .., j_d)`, tap `t = (t_1, .., t_d)` reads the point `π_a = stride_a j_a + dilation_a t_a - before_a` of each axis `a`,
/// or what the axis' [`Boundary`](super::Boundary) puts in its place. The kernel is not flipped (cross-correlation, as deep-learning
/// frameworks do); the channels stand in `groups` equal groups, and outputs of a group read inputs of the same group.
///
/// ```
/// use sobolev_kernels::conv::{Boundary, ConvSpec};
///
/// let smooth = ConvSpec::same(2, 3, Boundary::Circular);
/// let coarsen = ConvSpec::uniform(2, 3, 2, 1, Boundary::Zero);
/// assert_eq!(smooth.output_size(&[64, 33]), [64, 33]);
/// assert_eq!(coarsen.output_size(&[64, 33]), [32, 17]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConvSpec {
    /// The axes of the grid, 1 to 3, the last one fastest.
    pub axes: Vec<ConvAxis>,
    /// Groups of channels.
    pub groups: usize,
}

impl ConvSpec {
    /// One group of channels.
    pub fn new(axes: Vec<ConvAxis>) -> Self {
        Self { axes, groups: 1 }
    }

    /// The same kernel, stride and padding along each of `dim` axes.
    pub fn uniform(
        dim: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
        boundary: super::Boundary,
    ) -> Self {
        Self::new(vec![ConvAxis::new(kernel, stride, padding, boundary); dim])
    }

    /// A convolution that keeps the size of the grid.
    pub fn same(dim: usize, kernel: usize, boundary: super::Boundary) -> Self {
        Self::new(vec![ConvAxis::same(kernel, boundary); dim])
    }

    /// A convolution that keeps the size of the grid, its taps `dilation` points apart.
    pub fn dilated(dim: usize, kernel: usize, dilation: usize, boundary: super::Boundary) -> Self {
        Self::new(vec![ConvAxis::dilated(kernel, dilation, boundary); dim])
    }

    /// With another number of groups.
    #[must_use]
    pub fn with_groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Entries of the kernel for a pair of channels.
    pub fn taps(&self) -> usize {
        self.axes.iter().map(|a| a.kernel).product()
    }

    /// Whether this is a convolution, and one of a grid of this size.
    ///
    /// # Errors
    /// [`Error::Conv`] if there are not 1 to 3 axes, the grid has another number of them or no points, a kernel, a stride, a dilation or
    /// the number of groups is 0, or a kernel is longer than its padded axis.
    pub fn check(&self, size: &[usize]) -> Result<()> {
        let error = |what: String| Err(Error::Conv(what));
        if !(1..=3).contains(&self.axes.len()) {
            return error(format!("1 to 3 axes are expected, not {}", self.axes.len()));
        }
        if size.len() != self.axes.len() {
            return error(format!("a grid of {} axes is expected, not {size:?}", self.axes.len()));
        }
        if self.groups == 0 {
            return error("at least one group of channels is expected, not 0".into());
        }
        for (i, (axis, &n)) in self.axes.iter().zip(size).enumerate() {
            if axis.kernel == 0 || axis.stride == 0 || axis.dilation == 0 {
                let (k, s, d) = (axis.kernel, axis.stride, axis.dilation);
                return error(format!(
                    "axis {i}: kernel, stride and dilation are expected to be positive, not {k}, {s} and {d}"
                ));
            }
            if n == 0 || axis.output(n).is_none() {
                let (k, d, b, a) = (axis.kernel, axis.dilation, axis.before, axis.after);
                return error(format!(
                    "axis {i}: {n} points padded by {b} and {a} are shorter than the kernel of {k} taps at distance {d}"
                ));
            }
        }
        Ok(())
    }

    /// The size of the result on a grid of size `size`.
    ///
    /// # Panics
    /// If [`check`](Self::check) fails.
    pub fn output_size(&self, size: &[usize]) -> Vec<usize> {
        let checked = self.check(size);
        assert!(checked.is_ok(), "{checked:?}");
        self.axes.iter().zip(size).filter_map(|(axis, &n)| axis.output(n)).collect()
    }
}
