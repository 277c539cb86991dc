//! Windows of fields, axis by axis: the index tensors stay as short as the axes.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};

use crate::windows::{AxisWindows, Windows};

/// The axes, filled up in front by axes of one point.
fn three(windows: &Windows) -> [AxisWindows; 3] {
    let axes = windows.axes();
    std::array::from_fn(|i| match (i + axes.len()).checked_sub(3) {
        Some(i) => axes[i].clone(),
        None => AxisWindows::whole(1),
    })
}

/// The points that an axis' entries show; the first one for those that show none.
fn index(axis: &AxisWindows, like: &Tensor<4>) -> Tensor<1, Int> {
    let index: Vec<i64> = axis.entries().map(|i| i.unwrap_or(0) as i64).collect();
    let n = index.len();
    Tensor::from_data(TensorData::new(index, [n]), &like.device())
}

/// `x` with zeros at the entries of axis `dim` that show no point.
fn masked(x: Tensor<4>, axis: &AxisWindows, dim: usize) -> Tensor<4> {
    if axis.entries().all(|i| i.is_some()) {
        return x;
    }
    let mask: Vec<f64> = axis.entries().map(|i| f64::from(u8::from(i.is_some()))).collect();
    let mut shape = [1; 4];
    shape[dim] = mask.len();
    let mask = TensorData::new(mask, shape).convert_dtype(x.dtype());
    let mask = Tensor::from_data(mask, (&x.device(), x.dtype()));
    x * mask
}

/// See [`gather_windows`](crate::ops::gather_windows).
pub fn gather_windows(x: Tensor<3>, windows: &Windows) -> Tensor<3> {
    let [batch, channels, _] = x.dims();
    let axes = three(windows);
    let [n0, n1, n2] = [0, 1, 2].map(|i| axes[i].points());
    let mut x = x.reshape([batch * channels, n0, n1, n2]);
    for (i, axis) in axes.iter().enumerate() {
        let index = index(axis, &x);
        x = masked(x.select(i + 1, index), axis, i + 1);
    }
    let ([c0, c1, c2], [m0, m1, m2]) = ([0, 1, 2].map(|i| axes[i].count()), [0, 1, 2].map(|i| axes[i].len()));
    x.reshape([batch, channels, c0, m0, c1, m1, c2, m2]).permute([0, 2, 4, 6, 1, 3, 5, 7]).reshape([
        batch * windows.count(),
        channels,
        windows.len(),
    ])
}

/// See [`scatter_windows`](crate::ops::scatter_windows).
pub fn scatter_windows(y: Tensor<3>, windows: &Windows) -> Tensor<3> {
    let [all, channels, _] = y.dims();
    let batch = all / windows.count();
    let axes = three(windows);
    let ([c0, c1, c2], [m0, m1, m2]) = ([0, 1, 2].map(|i| axes[i].count()), [0, 1, 2].map(|i| axes[i].len()));
    let mut x = y
        .reshape([batch, c0, c1, c2, channels, m0, m1, m2])
        .permute([0, 4, 1, 5, 2, 6, 3, 7])
        .reshape([batch * channels, c0 * m0, c1 * m1, c2 * m2]);
    for (i, axis) in axes.iter().enumerate() {
        let index = index(axis, &x);
        let mut shape = x.dims();
        shape[i + 1] = axis.points();
        let zeros = Tensor::zeros(shape, (&x.device(), x.dtype()));
        x = zeros.select_assign(i + 1, index, masked(x, axis, i + 1), IndexingUpdateOp::Add);
    }
    x.reshape([batch, channels, windows.points()])
}
