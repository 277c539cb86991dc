//! A convolution or its adjoint, block by block.

use rayon::prelude::*;

use super::tiles::{Block, Blocks, Output, together};
use super::transform::{FOUR, SIX, column, taps};
use crate::buffer::SharedMut;
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
    let blocks = Blocks::new::<T>(plan, channels.sources() + channels.targets());
    let weights =
        (0..channels.groups).map(|g| transformed(plan, channels, |o, c, t| at(g, o, c, t))).collect();
    let map = Map { plan, channels, blocks, weights, plus };
    let all = blocks.all();
    let samples = x.len() / (channels.source * plan.source());
    let y = SharedMut::new(y);
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
                map.block(x, y, task / all.len(), group, &all[task % all.len()], &mut space);
            }
        });
    });
}

/// `G w Gᵀ` for all pairs of channels of a group, packed for each of the 36 products.
fn transformed<T: Scalar>(
    plan: &Plan,
    channels: Channels,
    at: impl Fn(usize, usize, usize) -> T + Sync,
) -> Vec<Panels<T>> {
    let (inputs, outputs) = (channels.sources(), channels.targets());
    let places = &plan.classes()[0].taps;
    let mut values = vec![T::zero(); outputs * inputs * FREQUENCIES];
    values.par_chunks_mut(inputs * FREQUENCIES).enumerate().for_each(|(o, values)| {
        for (c, values) in values.chunks_exact_mut(FREQUENCIES).enumerate() {
            let mut w = [[T::zero(); 3]; 3];
            for (tap, [_, y, x]) in places {
                w[*y][*x] = at(o, c, *tap);
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

struct Map<'a, T> {
    plan: &'a Plan,
    channels: Channels,
    blocks: Blocks,
    weights: Vec<Vec<Panels<T>>>,
    plus: Plus<'a, T>,
}

impl<T: Scalar> Map<'_, T> {
    /// Entries from one of the 36 products to the next; not a power of two, so that they do not share cache sets.
    fn frequency(&self, channels: usize) -> usize {
        channels * self.blocks.width + 16
    }

    fn block(
        &self,
        x: &[T],
        y: SharedMut<T>,
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
                Blocks::prefetch(self.plan, next, block);
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
            let values = to[o * width..].as_ptr();
            let output = Output {
                values,
                frequency: self.frequency(outputs),
                bias,
                planes: planes.as_mut_ptr(),
                plane,
                n,
            };
            // SAFETY: 36 rows of `to` and 16 of `planes`, of at least `width` entries.
            unsafe { simd::run(output) };
            self.deposit(y, first + o, block, planes, row);
        }
    }

    /// Writes the tiles of one channel.
    fn deposit(&self, y: SharedMut<T>, channel: usize, block: &Block, planes: &[T], row: &mut [T]) {
        let [_, y_axis, x_axis] = &self.plan.axes;
        let (plane, columns) = (self.blocks.width + 16, block[1].len());
        let from = FOUR * block[1].start;
        let n = (FOUR * columns).min(x_axis.target - from);
        let row = &mut row[..FOUR * columns];
        for (i, tile) in block[0].clone().enumerate() {
            for dy in 0..FOUR.min(y_axis.target - FOUR * tile) {
                let part = |dx: usize| &planes[(dy * FOUR + dx) * plane + i * columns..][..columns];
                let first = (channel * y_axis.target + FOUR * tile + dy) * x_axis.target + from;
                // SAFETY: blocks do not overlap, and each is written by one task.
                let y = unsafe { y.slice(first, n) };
                let plus = self.plus.field.map(|(f, sign): (&[T], Sign)| (&f[first..][..n], sign));
                if plus.is_none() && n == row.len() {
                    together(y, part(0), part(1), part(2), part(3));
                } else {
                    together(row, part(0), part(1), part(2), part(3));
                    rows::settle(y, &row[..n], plus);
                }
            }
        }
    }
}
