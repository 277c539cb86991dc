//! A convolution or its adjoint, block by block.

use rayon::prelude::*;

use super::tiles::{Block, Blocks, Output, spacing};
use super::transform::{FOUR, SIX, column, taps};
use crate::buffer::{SharedMut, uninit};
use crate::conv::fold::{Fold, Line};
use crate::conv::plan::Plan;
use crate::conv::rows;
use crate::conv::sweep::{Panels, Sweep, heights};
use crate::conv::{Channels, Plus, Sign};
use crate::fft::scratch;
use crate::{Scalar, simd};

const FREQUENCIES: usize = SIX * SIX;

/// The points of the target; `at(group, row, channel, tap)` is the weight between channels of a group.
pub(in crate::conv) fn apply<T: Scalar>(
    plan: &Plan,
    channels: Channels,
    x: &[T],
    y: &mut [T],
    plus: Plus<'_, T>,
    at: impl Fn(usize, usize, usize, usize) -> T + Sync,
) {
    let whole = plan.whole();
    let grid = whole.as_ref().unwrap_or(plan);
    let fold = whole.as_ref().map(|whole| Fold::new(plan, whole));
    let whole_lines = fold.as_ref().is_some_and(Fold::whole_lines);
    let blocks = Blocks::new::<T>(grid, channels.sources() + channels.targets(), whole_lines);
    let weights =
        (0..channels.groups).map(|g| transformed(plan, channels, |o, c, t| at(g, o, c, t))).collect();
    let map = Map { plan: grid, channels, blocks, weights, plus, fold: fold.as_ref() };
    let all = blocks.all();
    let samples = x.len() / (channels.source * plan.source());
    let lines = fold.as_ref().map_or(0, |f| f.aside() * f.points());
    let mut aside = uninit(samples * channels.target * lines);
    let target = Target { y: SharedMut::new(y), aside: SharedMut::new(&mut aside) };
    let (from, to, plane) =
        (map.frequency(channels.sources()), map.frequency(channels.targets()), blocks.width + 16);
    let lengths = [
        FREQUENCIES * from + 64,
        FREQUENCIES * to,
        blocks.apart(),
        FOUR * FOUR * plane,
        FOUR * blocks.columns,
    ];
    (0..samples * all.len()).into_par_iter().for_each(|task| {
        scratch::with(lengths, |mut space| {
            for group in 0..channels.groups {
                map.block(x, &target, task / all.len(), group, &all[task % all.len()], &mut space);
            }
        });
    });
    if let Some(fold) = &fold {
        fold.finish(&aside, y, plus.field.map_or(Sign::Plus, |(_, sign)| sign));
    }
}

/// `G w Gᵀ` for all pairs of channels of a group, packed for each of the 36 products.
fn transformed<T: Scalar>(
    plan: &Plan,
    channels: Channels,
    at: impl Fn(usize, usize, usize) -> T + Sync,
) -> Vec<Panels<T>> {
    let (inputs, outputs) = (channels.sources(), channels.targets());
    let places = &plan.classes()[0].taps;
    let [_, y_step, x_step] = plan.axes.each_ref().map(spacing);
    let mut values = vec![T::zero(); outputs * inputs * FREQUENCIES];
    values.par_chunks_mut(inputs * FREQUENCIES).enumerate().for_each(|(o, values)| {
        for (c, values) in values.chunks_exact_mut(FREQUENCIES).enumerate() {
            let mut w = [[T::zero(); 3]; 3];
            for (tap, [_, y, x]) in places {
                w[y / y_step][x / x_step] = at(o, c, *tap);
            }
            let half = w.map(taps);
            for fx in 0..SIX {
                for (fy, v) in taps(column(&half, fx)).into_iter().enumerate() {
                    values[fy * SIX + fx] = v;
                }
            }
        }
    });
    let packed = |f: usize| Panels::new(outputs, inputs, |o, c| values[(o * inputs + c) * FREQUENCIES + f]);
    (0..FREQUENCIES).into_par_iter().map(packed).collect()
}

/// Where results go.
struct Target<T> {
    y: SharedMut<T>,
    /// Lines beyond the ends of the grid.
    aside: SharedMut<T>,
}

struct Map<'a, T> {
    /// To all positions, where some lie beyond the ends of the grid.
    plan: &'a Plan,
    channels: Channels,
    blocks: Blocks,
    weights: Vec<Vec<Panels<T>>>,
    plus: Plus<'a, T>,
    fold: Option<&'a Fold>,
}

impl<T: Scalar> Map<'_, T> {
    /// Entries from one of the 36 products to the next; not a power of two, so that they do not share cache sets.
    fn frequency(&self, channels: usize) -> usize {
        channels * self.blocks.width + 16
    }

    fn block(
        &self,
        x: &[T],
        target: &Target<T>,
        sample: usize,
        group: usize,
        block: &Block,
        [from, to, apart, planes, row]: &mut [&mut [T]; 5],
    ) {
        let (inputs, outputs) = (self.channels.sources(), self.channels.targets());
        let (source, width) = (self.plan.source(), self.blocks.width);
        let first = sample * self.channels.source + group * inputs;
        let all = &x[first * source..][..inputs * source];
        for (c, x) in all.chunks_exact(source).enumerate() {
            // The next channel's, while this one is transformed.
            if let Some(next) = all.get((c + 1) * source..) {
                self.blocks.prefetch(self.plan, next, block);
            }
            self.blocks.take_apart(self.plan, x, block, apart);
            let values = from[c * width..].as_mut_ptr();
            // SAFETY: `from` holds 36 times `inputs` rows.
            unsafe { self.blocks.transform(apart, block, values, self.frequency(inputs)) };
        }
        let n = block[0].len() * block[1].len();
        for f in 0..FREQUENCIES {
            let weights = &self.weights[group][f];
            for (panel, height) in heights(outputs) {
                let sweep = Sweep {
                    weight: weights.panel(panel, height),
                    height,
                    bias: None,
                    offsets: &[0],
                    x: from[f * self.frequency(inputs)..].as_ptr(),
                    channel: width,
                    channels: inputs,
                    z: to[f * self.frequency(outputs) + panel * width..].as_mut_ptr(),
                    stride: width,
                    n,
                };
                // SAFETY: rows of `width` entries, of which there are as many as channels.
                unsafe { sweep.go() };
            }
        }
        let first = sample * self.channels.target + group * outputs;
        for o in 0..outputs {
            let plane = width + 16;
            let bias = self.plus.bias.map_or(T::zero(), |b| b[group * outputs + o]);
            // What is folded gets it once it is folded.
            let early = if self.fold.is_some() { T::zero() } else { bias };
            let values = to[o * width..].as_ptr();
            let output = Output {
                values,
                frequency: self.frequency(outputs),
                bias: early,
                planes: planes.as_mut_ptr(),
                plane,
                n,
            };
            // SAFETY: 36 rows of `to` and 16 of `planes`, of at least `width` entries.
            unsafe { simd::run(output) };
            match self.fold {
                None => self.deposit(target, first + o, block, planes, row),
                Some(fold) => self.deposit_folded(fold, target, first + o, block, planes, row, bias),
            }
        }
    }

    /// Writes the tiles of one channel.
    fn deposit(&self, target: &Target<T>, channel: usize, block: &Block, planes: &[T], row: &mut [T]) {
        let [_, y_axis, x_axis] = &self.plan.axes;
        let from = FOUR * block[1].start;
        let row = &mut row[..FOUR * block[1].len()];
        let n = row.len().min(x_axis.target - from);
        self.each_line(block, planes, |line, parts| {
            let first = (channel * y_axis.target + line) * x_axis.target + from;
            // SAFETY: blocks do not overlap, and each is written by one task.
            let y = unsafe { target.y.slice(first, n) };
            let plus = self.plus.field.map(|(f, sign): (&[T], Sign)| (&f[first..][..n], sign));
            if plus.is_none() && n == row.len() {
                self.blocks.put_together(y, parts);
            } else {
                self.blocks.put_together(row, parts);
                rows::settle(y, &row[..n], plus);
            }
        });
    }

    /// The same where some positions lie beyond the ends of the grid.
    fn deposit_folded(
        &self,
        fold: &Fold,
        target: &Target<T>,
        channel: usize,
        block: &Block,
        planes: &[T],
        row: &mut [T],
        bias: T,
    ) {
        // Blocks are whole lines where lines are folded.
        let from = FOUR * block[1].start;
        let row = &mut row[..FOUR * block[1].len()];
        let n = row.len().min(self.plan.axes[2].target - from);
        self.each_line(block, planes, |position, parts| {
            self.blocks.put_together(row, parts);
            let row = if fold.whole_lines() { fold.line(row) } else { &mut row[..n] };
            match fold.at(position) {
                Some(Line::Point(line)) => {
                    row.iter_mut().for_each(|v| *v += bias);
                    let first = channel * fold.field() + line * fold.points() + from;
                    // SAFETY: blocks do not overlap, and each is written by one task.
                    let y = unsafe { target.y.slice(first, row.len()) };
                    rows::settle(y, row, self.plus.field.map(|(f, sign)| (&f[first..][..row.len()], sign)));
                }
                Some(Line::Aside(line)) => {
                    let first = (channel * fold.aside() + line) * fold.points() + from;
                    // SAFETY: as above.
                    unsafe { target.aside.slice(first, row.len()) }.copy_from_slice(row);
                }
                None => {}
            }
        });
    }

    /// Calls `f` with the lines of a block and their four parts.
    fn each_line<'b>(&self, block: &Block, planes: &'b [T], mut f: impl FnMut(usize, [&'b [T]; FOUR])) {
        let (plane, columns) = (self.blocks.width + 16, block[1].len());
        for (i, tile) in block[0].clone().enumerate() {
            for dy in 0..FOUR {
                let line = self.blocks.line(tile, dy);
                if line < self.plan.axes[1].target {
                    let part = |dx| &planes[(dy * FOUR + dx) * plane + i * columns..][..columns];
                    f(line, [part(0), part(1), part(2), part(3)]);
                }
            }
        }
    }
}
