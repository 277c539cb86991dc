//! The inner loop of the direct form: a few output channels at many neighbouring places,
//!
//! ```math
//! z_{h,p} = b_h + \sum_{c,t} w_{h,c,t}\, x_{c,\, p + \mathrm{offset}_t}.
//! ```
//!
//! A register holds neighbouring places of one channel; accumulators stay in registers over all channels and taps.

use crate::Scalar;
use crate::simd::{self, Kernel, Lanes, Level};

/// A weight cut into panels of a few output channels, each stored as `[in, taps, height]`.
#[derive(Clone, Debug)]
pub(super) struct Panels<T> {
    depth: usize,
    data: Vec<T>,
}

impl<T: Scalar> Panels<T> {
    /// `at(row, k)` is the weight of output channel `row` at position `k` of `[in, taps]`.
    pub(super) fn new(rows: usize, depth: usize, at: impl Fn(usize, usize) -> T) -> Self {
        let mut data = Vec::with_capacity(rows * depth);
        for (row, h) in heights(rows) {
            for k in 0..depth {
                data.extend((row..row + h).map(|r| at(r, k)));
            }
        }
        Self { depth, data }
    }

    pub(super) fn panel(&self, row: usize, height: usize) -> &[T] {
        &self.data[row * self.depth..(row + height) * self.depth]
    }
}

/// The panels of `rows` output channels: first row and height.
pub(super) fn heights(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let most = if simd::level() == Level::Avx512 { 8 } else { 4 };
    let next = move |row: usize| {
        let left = rows - row;
        (left > 0).then(|| (row, if left >= most { most } else { 1 << left.ilog2() }))
    };
    std::iter::successors(next(0), move |(row, h)| next(row + h))
}

/// One panel at `n` places.
pub(super) struct Sweep<'a, T> {
    pub(super) weight: &'a [T],
    pub(super) height: usize,
    pub(super) bias: Option<&'a [T]>,
    pub(super) offsets: &'a [usize],
    /// The first place of channel 0; the channels stand `channel` apart.
    pub(super) x: *const T,
    pub(super) channel: usize,
    pub(super) channels: usize,
    /// The result, rows `stride` apart.
    pub(super) z: *mut T,
    pub(super) stride: usize,
    pub(super) n: usize,
}

impl<T: Scalar> Sweep<'_, T> {
    /// # Safety
    /// `x` is readable at all places and offsets, `z` is writable at all rows, both for `n` rounded up to a multiple of 16; nobody else
    /// touches `z` meanwhile.
    pub(super) unsafe fn go(self) {
        assert_eq!(self.weight.len(), self.height * self.channels * self.offsets.len(), "a panel");
        assert!(self.bias.is_none_or(|b| b.len() == self.height), "the bias of a panel");
        // SAFETY: the caller's contract.
        unsafe { simd::run(self) }
    }
}

impl<T: Scalar> Kernel<T> for Sweep<'_, T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        // 24 accumulators keep both FMA units busy and leave 8 registers for operands; with 16 registers, 8 and 8.
        // SAFETY: the caller's contract, passed on.
        unsafe {
            match (self.height, L::MANY_REGISTERS) {
                (8, _) => self.places::<L, 8, 3>(),
                (4, true) => self.places::<L, 4, 6>(),
                (4, false) => self.places::<L, 4, 2>(),
                (2, _) => self.places::<L, 2, 4>(),
                _ => self.places::<L, 1, 8>(),
            }
        }
    }
}

impl<T: Scalar> Sweep<'_, T> {
    /// # Safety
    /// As for [`go`](Self::go).
    #[inline(always)]
    unsafe fn places<L: Lanes<T>, const H: usize, const V: usize>(&self) {
        let mut at = 0;
        while at < self.n {
            let left = (self.n - at).div_ceil(L::N);
            // SAFETY: each block starts below `n`, which the contract rounds up.
            let done = unsafe {
                // Four registers are two and two, not three and one.
                if left >= V && !(V == 3 && left == 4) {
                    self.block::<L, H, V>(at);
                    V
                } else if V > 2 && left >= 2 {
                    self.block::<L, H, 2>(at);
                    2
                } else {
                    self.block::<L, H, 1>(at);
                    1
                }
            };
            at += done * L::N;
        }
    }

    /// `H` rows times `V` registers of places.
    ///
    /// # Safety
    /// The places `[at, at + V·N)` may be read and written.
    #[inline(always)]
    unsafe fn block<L: Lanes<T>, const H: usize, const V: usize>(&self, at: usize) {
        let mut acc = [[L::splat(T::zero()); V]; H];
        if let Some(bias) = self.bias {
            for h in 0..H {
                acc[h] = [L::splat(bias[h]); V];
            }
        }
        let mut w = self.weight.as_ptr();
        // SAFETY: the caller's contract bounds every address below.
        unsafe {
            let mut x = self.x.add(at);
            for _ in 0..self.channels {
                for &offset in self.offsets {
                    let x = x.add(offset);
                    let mut places = [acc[0][0]; V];
                    for v in 0..V {
                        places[v] = L::load(x.add(v * L::N));
                    }
                    for h in 0..H {
                        let factor = L::splat(*w.add(h));
                        for v in 0..V {
                            acc[h][v] = factor.fma(places[v], acc[h][v]);
                        }
                    }
                    w = w.add(H);
                }
                x = x.add(self.channel);
            }
            for h in 0..H {
                for v in 0..V {
                    acc[h][v].store(self.z.add(h * self.stride + at + v * L::N));
                }
            }
        }
    }
}
