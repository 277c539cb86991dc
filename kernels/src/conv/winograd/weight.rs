//! The gradient of the weight, the adjoint of the same algorithm:
//!
//! ```math
//! \bar w = G^T \Big[ \sum_{\mathrm{tiles}} (A \bar Y A^T) ⊙ (B^T d B) \Big] G
//! ```

use rayon::prelude::*;

use super::pixels::{Spread, Turn};
use super::tiles::{Block, Blocks, spacing};
use super::transform::{FOUR, SIX, column, taps_adjoint};
use crate::Scalar;
use crate::buffer::{self, SharedMut};
use crate::conv::Channels;
use crate::conv::plan::Plan;
use crate::fft::scratch;
use crate::simd::{self, Kernel, Lanes};

const FREQUENCIES: usize = SIX * SIX;
/// Parts in which the sums over all tiles are gathered; fixed, so that the result does not depend on the number of threads.
const PARTS: usize = 16;

/// The gradient `[out, in / groups, 9]`.
pub(in crate::conv) fn gradient<T: Scalar>(plan: &Plan, channels: Channels, x: &[T], gy: &[T]) -> Vec<T> {
    let (inputs, outputs) = (channels.sources(), channels.targets());
    // The gradient of the result has its channels in registers.
    let lanes = outputs.next_multiple_of(16);
    let blocks = Blocks::new::<T>(plan, inputs + lanes, false);
    let all = blocks.all();
    let samples = x.len() / (channels.source * plan.source());
    let tasks = samples * all.len();
    let parts = PARTS.min(tasks).max(1);
    let places = (0..FOUR * blocks.columns).map(|x| blocks.place(x)).collect();
    let sums = Sums { plan, channels, blocks, lanes, places };
    let len = FREQUENCIES * inputs * lanes;
    let lengths = [
        FREQUENCIES * sums.frequency(),
        FREQUENCIES * blocks.width * lanes,
        blocks.apart(),
        (FOUR * FOUR * blocks.width + 1) * lanes,
    ];
    let partials = (0..parts).into_par_iter().map(|part| {
        let mut sum = vec![T::zero(); channels.groups * len];
        scratch::with(lengths, |mut space| {
            for task in part * tasks / parts..(part + 1) * tasks / parts {
                for (group, sum) in sum.chunks_exact_mut(len).enumerate() {
                    sums.block(x, gy, task / all.len(), group, &all[task % all.len()], sum, &mut space);
                }
            }
        });
        sum
    });
    let total = buffer::sum_partials(partials.collect());
    let mut gw = vec![T::zero(); channels.target * inputs * 9];
    for (group, total) in total.chunks_exact(len).enumerate() {
        sums.back(total, &mut gw[group * outputs * inputs * 9..][..outputs * inputs * 9]);
    }
    gw
}

struct Sums<'a> {
    plan: &'a Plan,
    channels: Channels,
    blocks: Blocks,
    lanes: usize,
    /// Tile and place in it of the points of a row of a block.
    places: Vec<[usize; 2]>,
}

impl Sums<'_> {
    fn frequency(&self) -> usize {
        self.channels.sources() * self.blocks.width + 16
    }

    fn block<T: Scalar>(
        &self,
        x: &[T],
        gy: &[T],
        sample: usize,
        group: usize,
        block: &Block,
        sum: &mut [T],
        [from, to, apart, pixels]: &mut [&mut [T]; 4],
    ) {
        let (inputs, outputs) = (self.channels.sources(), self.channels.targets());
        let (source, target, width) = (self.plan.source(), self.plan.target(), self.blocks.width);
        let first = sample * self.channels.source + group * inputs;
        let all = &x[first * source..][..inputs * source];
        for (c, x) in all.chunks_exact(source).enumerate() {
            // The next channel's, while this one is transformed.
            if let Some(next) = all.get((c + 1) * source..) {
                self.blocks.prefetch(self.plan, next, block);
            }
            self.blocks.take_apart(self.plan, x, block, apart);
            // SAFETY: `from` holds 36 times `inputs` rows.
            unsafe { self.blocks.transform(apart, block, from[c * width..].as_mut_ptr(), self.frequency()) };
        }
        let first = sample * self.channels.target + group * outputs;
        self.turn(&gy[first * target..][..outputs * target], block, pixels);
        let tiles = block[0].len() * block[1].len();
        // SAFETY: `pixels` holds 16 and `to` 36 rows of `lanes` entries for each tile.
        unsafe {
            simd::run(Spread { pixels: pixels.as_ptr(), lanes: self.lanes, tiles, values: to.as_mut_ptr() });
        }
        for f in 0..FREQUENCIES {
            let product = Product {
                a: from[f * self.frequency()..].as_ptr(),
                stride: width,
                rows: inputs,
                b: to[f * tiles * self.lanes..].as_ptr(),
                lanes: self.lanes,
                depth: tiles,
                sum: sum[f * inputs * self.lanes..][..inputs * self.lanes].as_mut_ptr(),
            };
            // SAFETY: the sizes are those of the three buffers.
            unsafe { simd::run(product) };
        }
    }

    /// The gradient of the result at the 16 places of the block's tiles, `[16, tiles, lanes]`; zero where there is no point.
    fn turn<T: Scalar>(&self, gy: &[T], block: &Block, pixels: &mut [T]) {
        let [_, y_axis, x_axis] = &self.plan.axes;
        let (columns, lanes) = (block[1].len(), self.lanes);
        let tiles = block[0].len() * columns;
        let from = FOUR * block[1].start;
        let n = (FOUR * columns).min(x_axis.target - from);
        let lines = block[0]
            .clone()
            .enumerate()
            .flat_map(|(i, tile)| (0..FOUR).map(move |dy| (i, dy, self.blocks.line(tile, dy))));
        if lines.clone().any(|(.., line)| line >= y_axis.target) {
            pixels[..FOUR * FOUR * tiles * lanes].fill(T::zero());
        }
        let base = SharedMut::new(pixels);
        for (i, dy, line) in lines.filter(|(.., line)| *line < y_axis.target) {
            let at = line * x_axis.target + from;
            let first = (dy * FOUR * tiles + i * columns) * lanes;
            let row = Turn {
                // SAFETY: `pixels` has a place behind those of all tiles.
                aside: unsafe { base.at(FOUR * FOUR * self.blocks.width * lanes) },
                gy: gy[at..].as_ptr(),
                channels: self.channels.targets(),
                points: self.plan.target(),
                n,
                // SAFETY: the tile and its place exist.
                pixels: unsafe { base.at(first) },
                places: &self.places[..FOUR * columns],
                place: tiles * lanes,
                lanes,
            };
            // SAFETY: `n` points of each channel, and four rows of `columns` tiles.
            unsafe { simd::run(row) };
        }
    }

    /// `Gᵀ u G` for all pairs of channels, `gw [out, in, 9]`.
    fn back<T: Scalar>(&self, total: &[T], gw: &mut [T]) {
        let (inputs, lanes) = (self.channels.sources(), self.lanes);
        let places = &self.plan.classes()[0].taps;
        let [_, y_step, x_step] = self.plan.axes.each_ref().map(spacing);
        for (pair, gw) in gw.chunks_exact_mut(9).enumerate() {
            let (o, c) = (pair / inputs, pair % inputs);
            let u: [[T; SIX]; SIX] = std::array::from_fn(|fy| {
                std::array::from_fn(|fx| total[((fy * SIX + fx) * inputs + c) * lanes + o])
            });
            let half = u.map(taps_adjoint);
            for x in 0..3 {
                let full = taps_adjoint(column(&half, x));
                for (tap, [_, y, _]) in places.iter().filter(|(_, [_, _, px])| px / x_step == x) {
                    gw[*tap] = full[y / y_step];
                }
            }
        }
    }
}

/// `sum [rows, lanes] += a [rows, depth] · b [depth, lanes]`
struct Product<T> {
    a: *const T,
    stride: usize,
    rows: usize,
    b: *const T,
    /// A multiple of 16.
    lanes: usize,
    depth: usize,
    sum: *mut T,
}

impl<T: Scalar> Kernel<T> for Product<T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let mut row = 0;
        // SAFETY: the rows and lanes exist.
        unsafe {
            while row + 8 <= self.rows && L::MANY_REGISTERS {
                self.across::<L, 8>(row);
                row += 8;
            }
            while row + 4 <= self.rows {
                self.across::<L, 4>(row);
                row += 4;
            }
            while row < self.rows {
                self.across::<L, 1>(row);
                row += 1;
            }
        }
    }
}

impl<T: Scalar> Product<T> {
    /// # Safety
    /// The rows exist.
    #[inline(always)]
    unsafe fn across<L: Lanes<T>, const H: usize>(&self, row: usize) {
        let mut at = 0;
        // SAFETY: the lanes exist.
        unsafe {
            while at + 2 * L::N <= self.lanes {
                self.block::<L, H, 2>(row, at);
                at += 2 * L::N;
            }
            while at < self.lanes {
                self.block::<L, H, 1>(row, at);
                at += L::N;
            }
        }
    }

    /// # Safety
    /// The rows `[row, row + H)` and the lanes `[at, at + V·N)` exist.
    #[inline(always)]
    unsafe fn block<L: Lanes<T>, const H: usize, const V: usize>(&self, row: usize, at: usize) {
        // SAFETY: the caller's contract.
        unsafe {
            let mut acc = [[L::splat(T::zero()); V]; H];
            let (a, mut b) = (self.a.add(row * self.stride), self.b.add(at));
            for k in 0..self.depth {
                let mut lanes = [acc[0][0]; V];
                for v in 0..V {
                    lanes[v] = L::load(b.add(v * L::N));
                }
                for h in 0..H {
                    let factor = L::splat(*a.add(h * self.stride + k));
                    for v in 0..V {
                        acc[h][v] = factor.fma(lanes[v], acc[h][v]);
                    }
                }
                b = b.add(self.lanes);
            }
            for h in 0..H {
                for v in 0..V {
                    let sum = self.sum.add((row + h) * self.lanes + at + v * L::N);
                    L::load(sum).add(acc[h][v]).store(sum);
                }
            }
        }
    }
}
