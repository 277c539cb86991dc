//! Positions of the points of patches in the domain.

use burn::tensor::{Tensor, TensorData};

use super::Extension;
use super::geometry::{Axis, Geometry};

/// Coordinates of the points of one patch along an axis, whose patch 0 begins at point `origin` of the domain.
fn along(axis: &Axis, extension: Extension, patch: usize, origin: usize) -> Vec<f64> {
    let n = axis.points as i64;
    let start = axis.start(0, patch) + origin as i64;
    let at = |i: usize| {
        let j = start + i as i64;
        // A periodic coordinate goes round; another one goes on beyond the ends.
        let j = if extension == Extension::Periodic { j.rem_euclid(n) } else { j };
        j as f64 / n as f64
    };
    (0..axis.window()).map(at).collect()
}

/// One channel per grid axis with the coordinates of the finest level's points, 0, 1/N, .., (N-1)/N on the domain.
///
/// **Shapes.** `[patches, axes, points of a padded patch]`, in double precision.
pub(super) fn coordinates(
    geometry: &Geometry,
    extension: impl Fn(usize) -> Extension,
    which: Option<&[usize]>,
    origin: &[usize],
) -> TensorData {
    let axes = &geometry.axes;
    let window = geometry.window();
    let points: usize = window.iter().product();
    let ranges: Vec<_> = axes.iter().enumerate().map(|(i, axis)| axis.range(which, i)).collect();
    let patches: usize = ranges.iter().map(ExactSizeIterator::len).product();
    let mut values = Vec::with_capacity(patches * axes.len() * points);
    for patch in 0..patches {
        for (i, axis) in axes.iter().enumerate() {
            let faster: usize = ranges[i + 1..].iter().map(ExactSizeIterator::len).product();
            let a = ranges[i].start + patch / faster % ranges[i].len();
            let line = along(axis, extension(i), a, origin[i]);
            let inner: usize = window[i + 1..].iter().product();
            values.extend((0..points).map(|p| line[p / inner % window[i]]));
        }
    }
    TensorData::new(values, [patches, axes.len(), points])
}

/// `fields` with the coordinates of their patches as further channels.
///
/// **Shapes.** `[batch · patches, channels, points]` to `[batch · patches, channels + axes, points]`.
pub(super) fn append(fields: Tensor<3>, coordinates: TensorData) -> Tensor<3> {
    let [all, _, points] = fields.dims();
    let shape = coordinates.shape().dims::<3>();
    let [patches, axes, _] = shape;
    let batch = all / patches;
    let data = coordinates.convert_dtype(fields.dtype());
    let one = Tensor::<3>::from_data(data, (&fields.device(), fields.dtype()));
    let every = one.reshape([1, patches * axes * points]).expand([batch, patches * axes * points]);
    Tensor::cat(vec![fields, every.reshape([all, axes, points])], 1)
}
