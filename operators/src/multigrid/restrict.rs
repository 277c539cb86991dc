//! Coarse levels of a field.

use std::sync::Arc;

use burn::tensor::Tensor;
use sobolev_kernels::ops::{self, gather_windows};
use sobolev_kernels::windows::{AxisWindows, Windows};

use super::{Extension, PerAxis};
use crate::fno::unambiguous_modes;

/// Weights 1/4, 1/2, 1/4 along every axis at every other point: `y_j = x_{2j-1}/4 + x_{2j}/2 + x_{2j+1}/4`.
///
/// **Shapes.** `[batch, channels, points]` of an even `size` to those of half of it.
pub(super) fn full_weighting(
    x: Tensor<3>,
    size: &[usize],
    extension: &PerAxis<Extension>,
) -> (Tensor<3>, Vec<usize>) {
    let (mut x, mut size) = (x, size.to_vec());
    for axis in 0..size.len() {
        let at = |offset: i64| {
            let along = |(i, &n): (usize, &usize)| {
                if i != axis {
                    return AxisWindows::whole(n);
                }
                let point = |j: usize| extension.get(i).point(2 * j as i64 + offset, n);
                AxisWindows::new(n, n / 2, (0..n / 2).map(point))
            };
            let windows = Windows::new(size.iter().enumerate().map(along).collect());
            gather_windows(x.clone(), &Arc::new(windows))
        };
        x = at(0) * 0.5 + (at(-1) + at(1)) * 0.25;
        size[axis] /= 2;
    }
    (x, size)
}

/// The function of those wavenumbers |k| < n/2 that a grid of n points per axis holds without doubt, on that grid.
///
/// **Shapes.** `[batch, channels, points of size]` to `[batch, channels, points of coarse]`.
pub(super) fn spectral(x: Tensor<3>, size: &[usize], coarse: &[usize]) -> Tensor<3> {
    let modes = unambiguous_modes(coarse);
    ops::truncated_ifft(ops::truncated_fft(x, size, &modes), coarse, &modes)
}
