//! The direct form: tile by tile, a frame of the source, then a sweep per panel of output channels.

use std::ops::Range;

use rayon::prelude::*;

use super::frame::Frame;
use super::plan::{Class, Plan};
use super::rows;
use super::sweep::{Panels, Sweep, heights};
use super::{Channels, Plus, Sign};
use crate::Scalar;
use crate::buffer::SharedMut;
use crate::fft::scratch;

/// Tasks wanted at least, so that a few threads are busy to the end.
const TASKS: usize = 16;

/// A map with its weights packed.
pub(super) struct Direct<'a, T> {
    plan: &'a Plan,
    channels: Channels,
    frame: Frame,
    classes: Vec<Class>,
    offsets: Vec<Vec<usize>>,
    /// By group, then by class.
    panels: Vec<Vec<Panels<T>>>,
    plus: Plus<'a, T>,
}

/// A field that is being written.
#[derive(Clone, Copy)]
struct Target<'a, T> {
    y: SharedMut<T>,
    plus: Plus<'a, T>,
    /// Whether the values are added to those that are there.
    adds: bool,
}

/// What a thread works in: the frame, the sums of a panel, one row.
type Space<'a, T> = [&'a mut [T]; 3];

impl<'a, T: Scalar> Direct<'a, T> {
    /// `at(group, row, channel, tap)` is the weight between channels of a group.
    pub(super) fn new(
        plan: &'a Plan,
        channels: Channels,
        batch: usize,
        plus: Plus<'a, T>,
        at: impl Fn(usize, usize, usize, usize) -> T,
    ) -> Self {
        let region = plan.axes.each_ref().map(|a| a.region());
        let frame = Frame::fit::<T>(plan, &region, channels.sources(), batch, TASKS);
        let classes = plan.classes();
        let pack = |group: usize, class: &Class| {
            let taps = &class.taps;
            let value = |row: usize, k: usize| at(group, row, k / taps.len(), taps[k % taps.len()].0);
            Panels::new(channels.targets(), channels.sources() * taps.len(), value)
        };
        let panels = (0..channels.groups).map(|g| classes.iter().map(|c| pack(g, c)).collect()).collect();
        let offsets = classes.iter().map(|c| frame.offsets(c)).collect();
        Self { plan, channels, frame, classes, offsets, panels, plus }
    }

    /// The points of the target.
    pub(super) fn run(&self, x: &[T], y: &mut [T]) {
        let region = self.plan.axes.each_ref().map(|a| a.region());
        let tiles = self.frame.tiles(self.plan, &region);
        let samples = x.len() / (self.channels.source * self.plan.source());
        let target = Target { y: SharedMut::new(y), plus: self.plus, adds: false };
        (0..samples * tiles.len()).into_par_iter().for_each(|task| {
            self.with_space(|space| {
                self.tile(x, task / tiles.len(), &tiles[task % tiles.len()], &region, target, space);
            });
        });
    }

    /// What lands outside is added to the points that it stands for, strip after strip, so that the order is fixed.
    pub(super) fn fold(mut self, x: &[T], y: &mut [T]) {
        let samples = x.len() / (self.channels.source * self.plan.source());
        let target = Target { y: SharedMut::new(y), plus: Plus::NONE, adds: true };
        for positions in self.plan.outside() {
            // Strips are narrow: so are their frames.
            self.frame = Frame::fit::<T>(self.plan, &positions, self.channels.sources(), samples, 1);
            self.offsets = self.classes.iter().map(|c| self.frame.offsets(c)).collect();
            let tiles = self.frame.tiles(self.plan, &positions);
            (0..samples).into_par_iter().for_each(|sample| {
                self.with_space(|space| {
                    for tile in &tiles {
                        self.tile(x, sample, tile, &positions, target, space);
                    }
                });
            });
        }
    }

    /// Places of a sweep over the rows of one plane of a tile.
    fn places(&self, tile: &[Range<usize>; 3]) -> usize {
        (tile[1].len() - 1) * self.frame.len[2] + tile[2].len()
    }

    fn stride(&self) -> usize {
        let [_, y, x] = self.frame.tile;
        ((y - 1) * self.frame.len[2] + x).next_multiple_of(16) + 16
    }

    fn with_space(&self, work: impl FnOnce(&mut Space<'_, T>)) {
        let fast = self.plan.axes[2].step_out;
        let highest = 8;
        let lengths = [
            self.frame.entries(self.channels.sources()),
            fast * highest * self.stride(),
            self.frame.tile[2] * fast,
        ];
        scratch::with(lengths, |mut space| work(&mut space));
    }

    /// All output channels of one tile, at the positions that lie in `region`.
    fn tile(
        &self,
        x: &[T],
        sample: usize,
        tile: &[Range<usize>; 3],
        region: &[Range<usize>; 3],
        target: Target<'_, T>,
        [frame, sums, row]: &mut Space<'_, T>,
    ) {
        let (channels, fast) = (self.channels, self.plan.axes[2].step_out);
        for group in 0..channels.groups {
            let source = self.plan.source();
            let first = (sample * channels.source + group * channels.sources()) * source;
            let x = &x[first..][..channels.sources() * source];
            self.frame.fill(self.plan, x, tile, frame);
            for (index, classes) in self.classes.chunks_exact(fast).enumerate() {
                for (panel, height) in heights(channels.targets()) {
                    for plane in 0..tile[0].len() {
                        for fast_class in 0..fast {
                            let class = index * fast + fast_class;
                            let z = &mut sums[fast_class * 8 * self.stride()..][..height * self.stride()];
                            self.sweep(frame, group, class, (panel, height), plane, tile, target.plus, z);
                        }
                        for h in 0..height {
                            let channel = group * channels.targets() + panel + h;
                            let place = Place { sample, channel, plane, h };
                            self.deposit(&classes[0], &place, tile, region, target, sums, row);
                        }
                    }
                }
            }
        }
    }

    fn sweep(
        &self,
        frame: &[T],
        group: usize,
        class: usize,
        (panel, height): (usize, usize),
        plane: usize,
        tile: &[Range<usize>; 3],
        plus: Plus<'_, T>,
        z: &mut [T],
    ) {
        let n = self.places(tile);
        let first = panel + group * self.channels.targets();
        let at = plane * self.frame.len[1] * self.frame.len[2];
        let sweep = Sweep {
            weight: self.panels[group][class].panel(panel, height),
            height,
            bias: plus.bias.map(|b| &b[first..first + height]),
            offsets: &self.offsets[class],
            x: frame[at..].as_ptr(),
            channel: self.frame.channel,
            channels: self.channels.sources(),
            z: z.as_mut_ptr(),
            stride: self.stride(),
            n,
        };
        // SAFETY: the frame has slack behind its last channel, the rows of `z` are as long as the longest sweep, rounded up.
        unsafe { sweep.go() }
    }

    /// Writes the rows of one channel of one plane of a tile.
    fn deposit(
        &self,
        class: &Class,
        place: &Place,
        tile: &[Range<usize>; 3],
        region: &[Range<usize>; 3],
        target: Target<'_, T>,
        sums: &[T],
        row: &mut [T],
    ) {
        let [z_axis, y_axis, x_axis] = &self.plan.axes;
        let position = |a: usize, m: usize| self.plan.axes[a].step_out * m + class.residue[a];
        let z_at = position(0, tile[0].start + place.plane);
        let fast = x_axis.step_out;
        let from = region[2].start.max(tile[2].start * fast);
        let to = region[2].end.min(tile[2].end * fast);
        let Some(z_point) = z_axis.point(z_at).filter(|_| region[0].contains(&z_at)) else { return };
        let field = (place.sample * self.channels.target + place.channel) * self.plan.target();
        for iy in 0..tile[1].len() {
            let y_at = position(1, tile[1].start + iy);
            let Some(y_point) = y_axis.point(y_at).filter(|_| region[1].contains(&y_at)) else { continue };
            let first = field + (z_point * y_axis.target + y_point) * x_axis.target;
            let z = Line { start: place.h * self.stride() + iy * self.frame.len[2], fast, skip: self.skip() };
            let values = z.values(sums, from - tile[2].start * fast, to - from, row);
            if target.adds {
                for (i, v) in values.iter().enumerate() {
                    let Some(p) = x_axis.point(from + i) else { continue };
                    // SAFETY: the point lies in the field, which this thread alone writes (one task a sample).
                    unsafe { target.y.slice(first + p, 1)[0] += *v };
                }
            } else {
                let first = first + from - x_axis.start;
                // SAFETY: tiles do not overlap, and no other task has this sample's tile.
                let y = unsafe { target.y.slice(first, to - from) };
                let plus = target.plus.field.map(|(f, sign): (&[T], Sign)| (&f[first..][..to - from], sign));
                rows::settle(y, values, plus);
            }
        }
    }

    /// Entries of `sums` from one class of the last axis to the next.
    fn skip(&self) -> usize {
        8 * self.stride()
    }
}

/// Which channel of which plane.
struct Place {
    sample: usize,
    channel: usize,
    plane: usize,
    h: usize,
}

/// A row whose values stand apart by residue.
struct Line {
    start: usize,
    fast: usize,
    skip: usize,
}

impl Line {
    /// The `n` values from position `from` of the row on, in `row` if they have to be put together.
    fn values<'b, T: Scalar>(&self, sums: &'b [T], from: usize, n: usize, row: &'b mut [T]) -> &'b [T] {
        let part = |at: usize| &sums[at % self.fast * self.skip + self.start + at / self.fast..];
        match self.fast {
            1 => &part(from)[..n],
            2 => {
                rows::interleave(&mut row[..n], part(from), part(from + 1));
                &row[..n]
            }
            _ => {
                (0..n).for_each(|i| row[i] = part(from + i)[0]);
                &row[..n]
            }
        }
    }
}
