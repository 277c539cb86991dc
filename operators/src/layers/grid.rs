//! Coordinates as input channels.

use burn::tensor::{Tensor, TensorData};

/// Appends one channel per grid axis that holds the coordinates 0, 1/n, .., (n-1)/n of that axis, first axis first.
///
/// **Shapes.** `[batch, channels, points]` to `[batch, channels + axes, points]`.
pub fn append_grid(x: Tensor<3>, size: &[usize]) -> Tensor<3> {
    let [batch, _, points] = x.dims();
    let axes = size.len();
    let mut values = Vec::with_capacity(axes * points);
    for axis in 0..axes {
        let inner: usize = size[axis + 1..].iter().product();
        values.extend((0..points).map(|p| ((p / inner) % size[axis]) as f64 / size[axis] as f64));
    }
    let grid = Tensor::<3>::from_data(TensorData::new(values, [1, axes, points]), (&x.device(), x.dtype()));
    Tensor::cat(vec![x, grid.expand([batch, axes, points])], 1)
}
