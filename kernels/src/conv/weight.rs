//! The gradient of the weight,
//!
//! ```math
//! \bar w_{o,i,t} = \sum_{b,j} \bar y_{b,o,j}\, x_{b,i,π(j,t)}:
//! ```
//!
//! scalar products of rows of two frames, the one of `ȳ` with zeros in the margins of the other.

use rayon::prelude::*;

use super::Channels;
use super::frame::Frame;
use super::plan::Plan;
use crate::fft::scratch;
use crate::simd::{self, Kernel, Lanes};
use crate::{Scalar, buffer};

/// Parts in which the sums over all tiles are gathered; fixed, so that the result does not depend on the number of threads.
const PARTS: usize = 16;

/// The gradient `[out, in / groups, taps]`, given the convolution's input and the gradient of its result.
pub(super) fn gradient<T: Scalar>(plan: &Plan, channels: Channels, x: &[T], gy: &[T]) -> Vec<T> {
    let batch = x.len() / (channels.source * plan.source());
    let region = plan.axes.each_ref().map(|a| a.region());
    let frame = Frame::fit::<T>(plan, &region, channels.sources(), batch, PARTS);
    let class = &plan.classes()[0];
    let offsets = frame.offsets(class);
    let tiles = frame.tiles(plan, &region);
    let tasks = batch * tiles.len();
    let parts = PARTS.min(tasks).max(1);
    let (inputs, outputs) = (channels.sources(), channels.targets());
    let block = outputs * inputs * offsets.len();
    let stride = ((frame.tile[1] - 1) * frame.len[2] + frame.tile[2]).next_multiple_of(16) + 16;
    let partials = (0..parts).into_par_iter().map(|part| {
        let mut sum = vec![T::zero(); channels.groups * block];
        scratch::with([frame.entries(inputs), outputs * stride], |[source, rows]| {
            // The margins of short tiles are multiplied by zeros, which does no harm to numbers only.
            source.fill(T::zero());
            for task in part * tasks / parts..(part + 1) * tasks / parts {
                let (sample, tile) = (task / tiles.len(), &tiles[task % tiles.len()]);
                for group in 0..channels.groups {
                    let first = sample * channels.source + group * inputs;
                    let x = &x[first * plan.source()..][..inputs * plan.source()];
                    frame.fill(plan, x, tile, source);
                    for plane in 0..tile[0].len() {
                        let first = sample * channels.target + group * outputs;
                        let gy = &gy[first * plan.target()..][..outputs * plan.target()];
                        let n = spread(plan, &frame, gy, tile, plane, rows, stride);
                        let at = plane * frame.len[1] * frame.len[2];
                        let products = Products {
                            rows: rows.as_ptr(),
                            stride,
                            outputs,
                            x: source[at..].as_ptr(),
                            channel: frame.channel,
                            inputs,
                            offsets: &offsets,
                            n,
                            sum: &mut sum[group * block..][..block],
                        };
                        // SAFETY: `rows` holds `outputs` rows of `n` entries, rounded up; the frame has slack behind its last channel.
                        unsafe { simd::run(products) }
                    }
                }
            }
        });
        sum
    });
    buffer::sum_partials(partials.collect())
}

/// Copies the rows of a plane of `ȳ` to the places that a sweep would compute them at, zeros between them; returns the places,
/// rounded up to whole registers.
fn spread<T: Scalar>(
    plan: &Plan,
    frame: &Frame,
    gy: &[T],
    tile: &[std::ops::Range<usize>; 3],
    plane: usize,
    rows: &mut [T],
    stride: usize,
) -> usize {
    let [_, y_axis, x_axis] = &plan.axes;
    let (width, pitch) = (tile[2].len(), frame.len[2]);
    let n = ((tile[1].len() - 1) * pitch + width).next_multiple_of(16);
    for (gy, row) in gy.chunks_exact(plan.target()).zip(rows.chunks_mut(stride)) {
        for (iy, y) in tile[1].clone().enumerate() {
            let from = ((tile[0].start + plane) * y_axis.target + y) * x_axis.target + tile[2].start;
            let end = if iy + 1 == tile[1].len() { n } else { (iy + 1) * pitch };
            let row = &mut row[iy * pitch..end];
            row[..width].copy_from_slice(&gy[from..from + width]);
            row[width..].fill(T::zero());
        }
    }
    n
}

/// The products of one plane of a tile.
struct Products<'a, T> {
    rows: *const T,
    stride: usize,
    outputs: usize,
    x: *const T,
    channel: usize,
    inputs: usize,
    offsets: &'a [usize],
    /// A multiple of the register width.
    n: usize,
    /// `[outputs, inputs, taps]`
    sum: &'a mut [T],
}

/// Places that a block of rows is multiplied over while it stays in the first-level cache.
const CHUNK: usize = 768;

impl<T: Scalar> Kernel<T> for Products<'_, T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(mut self) {
        let mut at = 0;
        while at < self.n {
            let n = CHUNK.min(self.n - at);
            let mut row = 0;
            while row < self.outputs {
                let four = self.outputs - row >= 4;
                // SAFETY: the caller's contract; the rows exist.
                unsafe {
                    if four { self.against::<L, 4>(row, at, n) } else { self.against::<L, 1>(row, at, n) }
                }
                row += if four { 4 } else { 1 };
            }
            at += n;
        }
    }
}

impl<T: Scalar> Products<'_, T> {
    /// `H` rows against all channels and taps, four at a time.
    ///
    /// # Safety
    /// The rows exist, and the places lie below `self.n`.
    #[inline(always)]
    unsafe fn against<L: Lanes<T>, const H: usize>(&mut self, row: usize, at: usize, n: usize) {
        let taps = self.offsets.len();
        let columns = self.inputs * taps;
        // SAFETY: the row exists.
        let z: [*const T; H] =
            std::array::from_fn(|h| unsafe { self.rows.add((row + h) * self.stride + at) });
        let (mut channel, mut tap) = (0, 0);
        for column in (0..columns).step_by(4) {
            let last = (columns - column).min(4);
            let mut x = [self.x; 4];
            for (i, x) in x.iter_mut().enumerate() {
                // SAFETY: the channel and the offset lie in the frame. Columns that are missing repeat the last one.
                *x = unsafe { self.x.add(channel * self.channel + self.offsets[tap] + at) };
                if i + 1 < last {
                    tap += 1;
                    if tap == taps {
                        (channel, tap) = (channel + 1, 0);
                    }
                }
            }
            tap += 1;
            if tap == taps {
                (channel, tap) = (channel + 1, 0);
            }
            // SAFETY: `n` places are readable.
            let sums = unsafe { dots::<T, L, H>(z, x, n) };
            for h in 0..H {
                for (s, v) in self.sum[(row + h) * columns + column..][..last].iter_mut().zip(&sums[h]) {
                    *s += *v;
                }
            }
        }
    }
}

/// The scalar products of `H` (4 or 1) rows and four rows of `n` entries, a multiple of the register width.
///
/// # Safety
/// They are readable.
#[inline(always)]
unsafe fn dots<T: Scalar, L: Lanes<T>, const H: usize>(
    z: [*const T; H],
    x: [*const T; 4],
    n: usize,
) -> [[T; 4]; H] {
    let zero = L::splat(T::zero());
    let mut acc = [[zero; 4]; 4];
    let mut at = 0;
    while at < n {
        // SAFETY: the caller's contract.
        let z = z.map(|z| unsafe { L::load(z.add(at)) });
        for b in 0..4 {
            // SAFETY: as above.
            let x = unsafe { L::load(x[b].add(at)) };
            for h in 0..H {
                acc[h][b] = z[h].fma(x, acc[h][b]);
            }
        }
        at += L::N;
    }
    if H == 4 {
        let sums = L::sums(&acc);
        std::array::from_fn(|h| sums[h])
    } else {
        std::array::from_fn(|h| acc[h].map(L::sum))
    }
}
