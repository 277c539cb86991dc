//! Convolutions with 3 x 3 taps, next to each other or apart, and stride 1 by Winograd's minimal filtering, F(4 x 4, 3 x 3).
//!
//! ```math
//! Y = A^T \Big[ \sum_c (G w_c G^T) ⊙ (B^T d_c B) \Big] A
//! ```
//!
//! for tiles of 4 x 4 outputs `Y`, from 6 x 6 inputs `d`: 36 products instead of 144 for each pair of channels. The products of all
//! tiles are 36 matrix products, done while a block of tiles is in the second-level cache.
//!
//! **Source.** Lavin and Gray 2016 (arXiv:1509.09308), sections 4.1-4.3. **Deviates.** 1. other interpolation points, see `transform`;
//! 2. whole blocks of tiles pass through all three stages, so that transformed values never reach memory.
//!
//! **Error.** Single precision only. Against the direct form the error in the 2-norm is two to three times larger: below
//! `1e-7` of `‖Σ |w| |x|‖` for 8 to 128 channels, where the direct form has `3e-8` (tested).
//!
//! - `transform`: the small matrices.
//! - `tiles`: blocks of tiles, and how rows become tiles and tiles rows.
//! - `pixels`: the gradient of a result as tiles.
//! - `apply`: a convolution or its adjoint.
//! - `weight`: the gradient of the weight.

mod apply;
mod pixels;
mod tiles;
mod transform;
mod weight;

pub(super) use apply::apply;
pub(super) use weight::gradient;

use tiles::Blocks;

use super::Channels;
use super::plan::Plan;
use crate::Scalar;
use crate::simd::is_f32;

/// Whether this form can do a map, and pays.
pub(super) fn serves<T: Scalar>(plan: &Plan, channels: Channels) -> bool {
    let [z, y, x] = &plan.axes;
    let flat =
        z.source == 1 && z.target == 1 && z.span == 0 && z.classes.len() == 1 && z.classes[0].len() == 1;
    let three = [y, x].iter().all(|a| (a.step_in, a.step_out, a.classes[0].len()) == (1, 1, 3) && a.span > 1);
    let least = channels.sources().min(channels.targets());
    if !(is_f32::<T>() && flat && three && least >= 8) {
        return false;
    }
    // At 32 tiles the transforms of the weights begin to pay. Where tiles reach far beyond the grid, the direct form is faster: from two
    // to three times the points on, with 24 and with 48 channels (grids of 8 to 65 points, taps up to 8 apart).
    let covered = Blocks::covered(plan.whole().as_ref().unwrap_or(plan));
    covered >= 32 * transform::FOUR * transform::FOUR && covered <= 2 * plan.target()
}
