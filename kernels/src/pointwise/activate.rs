//! An activation alone, over a whole field.

use rayon::prelude::*;

use crate::Scalar;
use crate::buffer::uninit;

use super::activation::Activation;
use super::rows::{activate_into, activate_row, slope_times_into};

/// Entries per task: 64 KiB of `f32` in, as much out.
const CHUNK: usize = 1 << 14;

/// `y = σ(x)`, entry by entry.
pub fn activate<T: Scalar>(act: Activation, x: &[T]) -> Vec<T> {
    let mut y = uninit(x.len());
    y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| activate_into(act, x, y));
    y
}

/// `x = σ(x)`, entry by entry.
pub fn activate_in_place<T: Scalar>(act: Activation, x: &mut [T]) {
    x.par_chunks_mut(CHUNK).for_each(|x| activate_row(act, x));
}

/// `gx = σ'(x) gy`, entry by entry, `x` being the argument of [`activate`].
///
/// # Panics
/// If the lengths differ.
pub fn activate_backward<T: Scalar>(act: Activation, x: &[T], gy: &[T]) -> Vec<T> {
    assert_eq!(x.len(), gy.len(), "activate_backward: a gradient for every entry");
    let mut gx = uninit(x.len());
    gx.par_chunks_mut(CHUNK)
        .zip(x.par_chunks(CHUNK).zip(gy.par_chunks(CHUNK)))
        .for_each(|(gx, (x, gy))| slope_times_into(act, x, gy, gx));
    gx
}
