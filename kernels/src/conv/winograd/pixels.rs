//! The gradient of a result as tiles, channels in registers.

use super::transform::{FOUR, SIX, column, output_adjoint};
use crate::Scalar;
use crate::simd::{Kernel, Lanes};

/// One row of points, channels last.
pub(super) struct Turn<'a, T> {
    /// The channels stand `points` apart.
    pub(super) gy: *const T,
    pub(super) channels: usize,
    pub(super) points: usize,
    pub(super) n: usize,
    /// Where `lanes` entries go that nobody reads.
    pub(super) aside: *mut T,
    /// `[4, .., tiles, lanes]`, the four places `place` entries apart.
    pub(super) pixels: *mut T,
    /// Tile and place in it of each point.
    pub(super) places: &'a [[usize; 2]],
    pub(super) place: usize,
    pub(super) lanes: usize,
}

impl<T: Scalar> Kernel<T> for Turn<'_, T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        for first in (0..self.lanes).step_by(L::N) {
            for px in (0..self.places.len()).step_by(L::N) {
                // Lanes without a channel repeat the last one; nobody reads their sums.
                let from = |i: usize| {
                    let channel = (first + i).min(self.channels - 1);
                    // SAFETY: the point and the channel exist.
                    unsafe { self.gy.add(channel * self.points + px.min(self.n - 1)) }
                };
                let to = |j: usize| {
                    let Some(&[tile, place]) = self.places.get(px + j) else { return self.aside };
                    // SAFETY: the place exists.
                    unsafe { self.pixels.add(place * self.place + tile * self.lanes + first) }
                };
                // SAFETY: as many points are left.
                unsafe { L::turn(from, self.n.saturating_sub(px).min(L::N), to) };
            }
        }
    }
}

/// `A Ȳ Aᵀ` of all tiles, channels in registers.
pub(super) struct Spread<T> {
    /// `[16, tiles, lanes]`
    pub(super) pixels: *const T,
    pub(super) lanes: usize,
    pub(super) tiles: usize,
    /// `[36, tiles, lanes]`
    pub(super) values: *mut T,
}

impl<T: Scalar> Kernel<T> for Spread<T> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<T>>(self) {
        let zero = L::splat(T::zero());
        for tile in 0..self.tiles {
            for at in (0..self.lanes).step_by(L::N) {
                let mut half = [[zero; SIX]; FOUR];
                for y in 0..FOUR {
                    let mut g = [zero; FOUR];
                    for x in 0..FOUR {
                        let place = ((y * FOUR + x) * self.tiles + tile) * self.lanes + at;
                        // SAFETY: the caller's contract.
                        g[x] = unsafe { L::load(self.pixels.add(place)) };
                    }
                    half[y] = output_adjoint::<T, L>(g);
                }
                for fx in 0..SIX {
                    let full = output_adjoint::<T, L>(column(&half, fx));
                    for fy in 0..SIX {
                        let place = ((fy * SIX + fx) * self.tiles + tile) * self.lanes + at;
                        // SAFETY: as above.
                        unsafe { full[fy].store(self.values.add(place)) };
                    }
                }
            }
        }
    }
}
