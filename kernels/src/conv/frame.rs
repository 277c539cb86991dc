//! The part of a source that a tile of the target reads, with everything beyond the boundary filled in.
//!
//! A frame holds the residues of the positions modulo `step_in` as separate boxes: whatever the stride, outputs that are neighbours
//! read neighbours. Rows follow one another with their margins, so that one sweep over the box serves all rows; what it computes in
//! the margins is dropped.

use std::ops::Range;

use super::plan::{AxisPlan, Class, Plan};
use super::rows;
use crate::{Scalar, simd};

/// The layout of the frame of a tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Points of a tile along each axis, in units of the target's step.
    pub(super) tile: [usize; 3],
    /// Entries of a box along each axis.
    pub(super) len: [usize; 3],
    /// Entries from one channel to the next.
    pub(super) channel: usize,
    steps: [usize; 3],
}

/// Entries that may be read beyond a frame.
const SLACK: usize = 64;

impl Frame {
    pub(super) fn new(plan: &Plan, tile: [usize; 3]) -> Self {
        let axes = &plan.axes;
        let len = std::array::from_fn(|a| tile[a] + axes[a].span / axes[a].step_in);
        let steps = axes.each_ref().map(|a| a.step_in);
        let channel = len.iter().product::<usize>() * steps.iter().product::<usize>();
        // An odd number of cache lines: equal places of the channels fall in different sets.
        let channel = (channel.div_ceil(16) | 1) * 16;
        Self { tile, len, channel, steps }
    }

    /// Tiles of a box of target positions, whose frames of `channels` channels fit a part of the second-level cache, at least `tasks` of them in all if they can be
    /// had.
    pub(super) fn fit<T>(
        plan: &Plan,
        positions: &[Range<usize>; 3],
        channels: usize,
        batch: usize,
        tasks: usize,
    ) -> Self {
        const BUDGET: usize = 320 << 10;
        let whole: [usize; 3] = std::array::from_fn(|a| plan.axes[a].coarse(&positions[a]).len());
        let bytes = |tile| Self::new(plan, tile).channel * channels * size_of::<T>();
        let mut tile = [1, 1, whole[2].min(512)];
        while bytes(tile) > BUDGET && tile[2] > 96 {
            tile[2] = tile[2].div_ceil(2).max(96);
        }
        for axis in [1, 0] {
            let inner_is_whole = (axis + 1..3).all(|a| tile[a] == whole[a]);
            if !inner_is_whole {
                break;
            }
            let grown = |n| bytes(std::array::from_fn(|a| if a == axis { n } else { tile[a] }));
            let mut n = whole[axis];
            while n > 1 && grown(n) > BUDGET {
                n -= 1;
            }
            let others = batch * if axis == 1 { whole[0] } else { 1 };
            while n > 8 && others * whole[axis].div_ceil(n) < tasks {
                n = n.div_ceil(2);
            }
            tile[axis] = whole[axis].div_ceil(whole[axis].div_ceil(n));
        }
        Self::new(plan, tile)
    }

    /// Entries to allocate for `channels` channels.
    pub(super) fn entries(&self, channels: usize) -> usize {
        channels * self.channel + SLACK
    }

    /// Where the taps of a class stand.
    pub(super) fn offsets(&self, class: &Class) -> Vec<usize> {
        let [_, y, x] = self.len;
        let volume: usize = self.len.iter().product();
        let offset = |place: &[usize; 3]| {
            let [pz, py, px] = std::array::from_fn(|a| place[a] % self.steps[a]);
            let [oz, oy, ox] = std::array::from_fn(|a| place[a] / self.steps[a]);
            ((pz * self.steps[1] + py) * self.steps[2] + px) * volume + (oz * y + oy) * x + ox
        };
        class.taps.iter().map(|(_, place)| offset(place)).collect()
    }

    /// The tiles of a box of target positions, as ranges of `m` along each axis.
    pub(super) fn tiles(&self, plan: &Plan, positions: &[Range<usize>; 3]) -> Vec<[Range<usize>; 3]> {
        let cut = |a: usize| {
            let (all, n) = (plan.axes[a].coarse(&positions[a]), self.tile[a]);
            all.clone().step_by(n).map(|m| m..(m + n).min(all.end)).collect::<Vec<_>>()
        };
        let [z, y, x] = [cut(0), cut(1), cut(2)];
        let mut tiles = Vec::with_capacity(z.len() * y.len() * x.len());
        for z in &z {
            for y in &y {
                tiles.extend(x.iter().map(|x| [z.clone(), y.clone(), x.clone()]));
            }
        }
        tiles
    }

    /// Copies the source of a tile: `x` holds the channels `[channels, points]`.
    pub(super) fn fill<T: Scalar>(&self, plan: &Plan, x: &[T], tile: &[Range<usize>; 3], frame: &mut [T]) {
        let [z, y, line] = &plan.axes;
        let reach = |a: usize| tile[a].len() + plan.axes[a].span / plan.axes[a].step_in;
        let (rows, columns) = (reach(1), reach(2));
        let volume: usize = self.len.iter().product();
        // Position number `i` of the tile: which residue, and which entry of its box.
        let position = |a: &AxisPlan, at: usize, i: usize| (a.step_in * at + i) as isize + a.lo;
        let residue = |a: &AxisPlan, i: usize| (i % a.step_in, i / a.step_in);
        let point = |a: &AxisPlan, at: usize, i: usize| a.boundary.point(position(a, at, i), a.source);
        let inside = |i: usize| position(y, tile[1].start, i).clamp(0, y.source as isize) as usize;
        let neighbours = inside(0) * line.source..inside(y.step_in * rows) * line.source;
        let first = position(line, tile[2].start, 0);
        let plane = y.source * line.source;
        for (c, frame) in frame.chunks_mut(self.channel).take(x.len() / plan.source()).enumerate() {
            let all = &x[c * plan.source()..];
            for i in 0..z.step_in * reach(0) {
                let (pz, iz) = residue(z, i);
                let source_z = point(z, tile[0].start, i).map(|z| z * plane);
                // The next channel's, while this one is copied.
                if let Some(next) =
                    source_z.and_then(|at| all.get(plan.source() + at..)?.get(neighbours.clone()))
                {
                    simd::prefetch(next.as_ptr(), next.len());
                }
                for i in 0..y.step_in * rows {
                    let (py, iy) = residue(y, i);
                    let row = source_z.zip(point(y, tile[1].start, i));
                    let source = row.map(|(at, y)| &all[at + y * line.source..][..line.source]);
                    let at =
                        (pz * y.step_in + py) * line.step_in * volume + (iz * self.len[1] + iy) * self.len[2];
                    rows::by_residue(&mut frame[at..], [volume, columns], source, first, line);
                }
            }
        }
    }
}
