//! Windows of fields, and their sum.

use std::sync::Arc;

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::composed;
use super::cpu::{self, CpuOp, dispatch};
use crate::windows::Windows;

/// The windows of a field, see [`Windows`]; an entry that shows no point of the grid is 0.
///
/// **Shapes.** `x [batch, channels, points]` to `[batch · count, channels, len]`.
///
/// # Panics
/// If `points` is not that of the windows' grid.
pub fn gather_windows(x: Tensor<3>, windows: &Arc<Windows>) -> Tensor<3> {
    assert_eq!(x.dims()[2], windows.points(), "gather_windows: the points of the field");
    if !cpu::serves(&x) {
        return composed::gather_windows(x, windows);
    }
    cpu::run(Gather(windows.clone()), vec![x.into_dispatch()])
}

/// The sum of windows at the points of the grid that they show: the adjoint of [`gather_windows`].
///
/// **Shapes.** `y [batch · count, channels, len]` to `[batch, channels, points]`.
///
/// # Panics
/// If `y` is no whole number of samples of such windows.
pub fn scatter_windows(y: Tensor<3>, windows: &Arc<Windows>) -> Tensor<3> {
    let [all, _, len] = y.dims();
    assert_eq!(len, windows.len(), "scatter_windows: the points of a window");
    assert!(
        all.is_multiple_of(windows.count()),
        "scatter_windows: {all} windows, {} a sample",
        windows.count()
    );
    if !cpu::serves(&y) {
        return composed::scatter_windows(y, windows);
    }
    cpu::run(Scatter(windows.clone()), vec![y.into_dispatch()])
}

fn gather(windows: &Windows, x: &FlexTensor) -> FlexTensor {
    let [batch, channels, _] = x.shape().dims();
    dispatch!(x, T => {
        let y = windows.gather::<T>(cpu::slice(x), batch, channels);
        cpu::tensor(y, [batch * windows.count(), channels, windows.len()])
    })
}

fn scatter(windows: &Windows, y: &FlexTensor) -> FlexTensor {
    let [all, channels, _] = y.shape().dims();
    let batch = all / windows.count();
    dispatch!(y, T => {
        let x = windows.scatter::<T>(cpu::slice(y), batch, channels);
        cpu::tensor(x, [batch, channels, windows.points()])
    })
}

#[derive(Debug)]
struct Gather(Arc<Windows>);

#[derive(Debug)]
struct Scatter(Arc<Windows>);

impl CpuOp for Gather {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        gather(&self.0, &inputs[0])
    }

    fn backward(&self, _: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        vec![scatter(&self.0, &grad)]
    }

    fn saves(&self, _: usize) -> bool {
        false
    }
}

impl CpuOp for Scatter {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        scatter(&self.0, &inputs[0])
    }

    fn backward(&self, _: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        vec![gather(&self.0, &grad)]
    }

    fn saves(&self, _: usize) -> bool {
        false
    }
}
