//! A convolution along one axis.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a kernel reads beyond the ends of an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Boundary {
    /// Zero: homogeneous Dirichlet values just beyond the grid.
    #[default]
    Zero,
    /// The other end: the axis is periodic.
    Circular,
    /// The mirror image about the last point, which itself is not repeated: homogeneous Neumann values.
    Reflect,
}

impl Boundary {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Zero, Self::Circular, Self::Reflect];

    /// The point of an axis of `n` points that stands for position `i`, which may lie beyond either end by any distance.
    ///
    /// ```
    /// use sobolev_kernels::conv::Boundary;
    ///
    /// assert_eq!([-1, 0, 4].map(|i| Boundary::Zero.point(i, 4)), [None, Some(0), None]);
    /// assert_eq!([-1, 0, 4].map(|i| Boundary::Circular.point(i, 4)), [Some(3), Some(0), Some(0)]);
    /// assert_eq!([-1, 0, 4].map(|i| Boundary::Reflect.point(i, 4)), [Some(1), Some(0), Some(2)]);
    /// ```
    #[inline]
    pub fn point(self, i: isize, n: usize) -> Option<usize> {
        let len = n as isize;
        if (0..len).contains(&i) {
            return Some(i as usize);
        }
        match self {
            _ if n == 0 => None,
            Self::Zero => None,
            Self::Circular => Some(i.rem_euclid(len) as usize),
            Self::Reflect if n == 1 => Some(0),
            Self::Reflect => {
                let i = i.rem_euclid(2 * len - 2);
                Some(i.min(2 * len - 2 - i) as usize)
            }
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "zero",
            Self::Circular => "circular",
            Self::Reflect => "reflect",
        })
    }
}

/// A convolution along one axis: output `j`, tap `t` reads position `stride · j + dilation · t - before`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvAxis {
    /// Taps.
    pub kernel: usize,
    /// Points from one output to the next.
    pub stride: usize,
    /// Points from one tap to the next.
    pub dilation: usize,
    /// What is read beyond the ends.
    pub boundary: Boundary,
    /// Positions added before the first point.
    pub before: usize,
    /// Positions added behind the last point.
    pub after: usize,
}

impl ConvAxis {
    /// Neighbouring taps, and `padding` positions on either side.
    pub const fn new(kernel: usize, stride: usize, padding: usize, boundary: Boundary) -> Self {
        Self { kernel, stride, dilation: 1, boundary, before: padding, after: padding }
    }

    /// As many outputs as points, of neighbouring taps: [`dilated`](Self::dilated) by 1.
    pub const fn same(kernel: usize, boundary: Boundary) -> Self {
        Self::dilated(kernel, 1, boundary)
    }

    /// As many outputs as points, with taps `dilation` points apart: stride 1, half of the reach beyond a point before (rounded down) and
    /// the rest behind.
    pub const fn dilated(kernel: usize, dilation: usize, boundary: Boundary) -> Self {
        let beyond = kernel.saturating_sub(1) * dilation;
        let before = beyond / 2;
        Self { kernel, stride: 1, dilation, boundary, before, after: beyond - before }
    }

    /// Points from the first tap to the last, both included: `dilation · (kernel - 1) + 1`.
    pub const fn reach(&self) -> usize {
        self.dilation * self.kernel.saturating_sub(1) + 1
    }

    /// Outputs on an axis of `n` points, `⌊(n + before + after - reach) / stride⌋ + 1`; none if the kernel is longer than the
    /// padded axis.
    pub fn output(&self, n: usize) -> Option<usize> {
        Some((n + self.before + self.after).checked_sub(self.reach())? / self.stride + 1)
    }

    /// The point of an axis of `n` points that output `j` reads with tap `t`.
    pub fn point(&self, j: usize, t: usize, n: usize) -> Option<usize> {
        self.boundary.point((j * self.stride + t * self.dilation) as isize - self.before as isize, n)
    }
}
