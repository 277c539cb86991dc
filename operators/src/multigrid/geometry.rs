//! Where the patches of a grid lie.
//!
//! Along an axis of N points, with n = 2ᴸ patches of P = N/n points and p points of padding, level l has the spacing s = 2ˡ, the
//! stride t = P/s and the pad q = ⌈(P − t)/2⌉ + p. Point i = 0 .. P + 2p of patch a is point
//!
//! ```math
//! j_l(a, i) = a t - q + i
//! ```
//!
//! of the level's grid, whose N/s points are the points s j of the fine grid: each level has as many points as the patch, covers 2ˡ
//! times its extent, and is centred on it (half a coarse point off where P − t is odd).

use std::ops::Range;

use sobolev_kernels::windows::{AxisWindows, Windows};

use super::{Extension, MultigridConfig};

/// One axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// N.
    pub(super) points: usize,
    /// n.
    pub(super) patches: usize,
    /// p.
    pub(super) padding: usize,
    extension: Extension,
}

impl Axis {
    /// P.
    pub(super) fn side(&self) -> usize {
        self.points / self.patches
    }

    /// P + 2p.
    pub(super) fn window(&self) -> usize {
        self.side() + 2 * self.padding
    }

    /// `j_l(a, i)` for i = 0.
    pub(super) fn start(&self, level: usize, patch: usize) -> i64 {
        let stride = self.side() >> level;
        let pad = (self.side() - stride).div_ceil(2) + self.padding;
        (patch * stride) as i64 - pad as i64
    }

    /// The windows of `patches` at a level, as points of the level's grid, or of the fine grid if the level is to be sampled from
    /// that.
    fn level(&self, level: usize, patches: Range<usize>, from_fine: bool) -> AxisWindows {
        let coarse = self.points >> level;
        let (spacing, points) = if from_fine { (1 << level, self.points) } else { (1, coarse) };
        let entries = patches.flat_map(|a| {
            let start = self.start(level, a);
            (0..self.window()).map(move |i| start + i as i64)
        });
        let source = |j| self.extension.point(j, coarse).map(|j| spacing * j);
        AxisWindows::new(points, self.window(), entries.map(source))
    }

    /// The patches themselves, each within its padding, which shows nothing.
    fn interior(&self) -> AxisWindows {
        let (side, padding) = (self.side(), self.padding);
        let inside = move |i: usize| i.checked_sub(padding).filter(|&i| i < side);
        let entries =
            (0..self.patches).flat_map(|a| (0..self.window()).map(move |i| inside(i).map(|i| a * side + i)));
        AxisWindows::new(self.points, self.window(), entries)
    }

    /// The patches themselves without padding.
    fn bare(&self, patches: Range<usize>) -> AxisWindows {
        let side = self.side();
        let entries = patches.flat_map(|a| (a * side..(a + 1) * side).map(Some));
        AxisWindows::new(self.points, side, entries)
    }

    /// All patches, or the one at the place `which[i]`.
    pub(super) fn range(&self, which: Option<&[usize]>, i: usize) -> Range<usize> {
        which.map_or(0..self.patches, |place| place[i]..place[i] + 1)
    }
}

/// All axes of a grid.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    pub(super) axes: Vec<Axis>,
}

impl Geometry {
    /// The patches of a grid that [`MultigridConfig::check_size`] has passed.
    pub(super) fn new(config: &MultigridConfig, size: &[usize]) -> Self {
        let axis = |(i, &points): (usize, &usize)| Axis {
            points,
            patches: 1 << config.levels,
            padding: config.padding_points(i, points),
            extension: config.extension.get(i),
        };
        Self { axes: size.iter().enumerate().map(axis).collect() }
    }

    /// Points per axis of a padded patch.
    pub(super) fn window(&self) -> Vec<usize> {
        self.axes.iter().map(Axis::window).collect()
    }

    /// Points per axis of a patch.
    pub(super) fn side(&self) -> Vec<usize> {
        self.axes.iter().map(Axis::side).collect()
    }

    /// Points of padding per axis.
    pub(super) fn padding(&self) -> Vec<usize> {
        self.axes.iter().map(|a| a.padding).collect()
    }

    fn product(&self, f: impl Fn(usize, &Axis) -> AxisWindows) -> Windows {
        Windows::new(self.axes.iter().enumerate().map(|(i, axis)| f(i, axis)).collect())
    }

    /// The padded windows of a level: of all patches, or of the one at this place among the patches of each axis.
    pub(super) fn level(&self, level: usize, which: Option<&[usize]>, from_fine: bool) -> Windows {
        self.product(|i, axis| axis.level(level, axis.range(which, i), from_fine))
    }

    /// The place among the patches of each axis of patch `index` of a sample.
    pub(super) fn number(&self, index: usize) -> Vec<usize> {
        let mut rest = index;
        let mut place: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let a = rest % axis.patches;
                rest /= axis.patches;
                a
            })
            .collect();
        place.reverse();
        place
    }

    /// The patches within their padding: summing such windows crops and stitches.
    pub(super) fn interior(&self) -> Windows {
        self.product(|_, axis| axis.interior())
    }

    /// The patches without padding.
    pub(super) fn bare(&self, which: Option<&[usize]>) -> Windows {
        self.product(|i, axis| axis.bare(axis.range(which, i)))
    }

    /// The whole periodic grid, seen from the point `origin`.
    pub(super) fn rolled(&self, origin: &[usize]) -> Windows {
        let axes = self.axes.iter().zip(origin).map(|(axis, &o)| {
            let n = axis.points;
            AxisWindows::new(n, n, (0..n).map(|i| Some((o + i) % n)))
        });
        Windows::new(axes.collect())
    }
}
