//! Convolutions: the field is padded by a window around the whole grid, then Burn's own convolution takes no padding.

use burn::tensor::Tensor;
use burn::tensor::module::{conv_transpose2d, conv_transpose3d, conv2d, conv3d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

use super::{gather_windows, scatter_windows};
use crate::conv::{ConvAxis, ConvSpec};
use crate::windows::{AxisWindows, Windows};

/// The axes and their sizes as two or three, an axis of one point in front of a single one.
struct Grid {
    axes: Vec<ConvAxis>,
    size: Vec<usize>,
    /// Points of the padded axes, as far as they are read.
    padded: Vec<usize>,
    output: Vec<usize>,
    groups: usize,
}

impl Grid {
    fn new(spec: &ConvSpec, size: &[usize]) -> Self {
        let (mut axes, mut size) = (spec.axes.clone(), size.to_vec());
        if axes.len() == 1 {
            axes.insert(0, ConvAxis::same(1, axes[0].boundary));
            size.insert(0, 1);
        }
        let output: Vec<usize> = axes.iter().zip(&size).filter_map(|(a, &n)| a.output(n)).collect();
        let padded = axes.iter().zip(&output).map(|(a, m)| (m - 1) * a.stride + a.reach()).collect();
        Self { axes, size, padded, output, groups: spec.groups }
    }

    /// The window around the grid; nothing if it is the grid itself.
    fn window(&self) -> Option<Windows> {
        if self.size == self.padded && self.axes.iter().all(|a| a.before == 0) {
            return None;
        }
        let axis = |i: usize| {
            let (axis, n, len) = (&self.axes[i], self.size[i], self.padded[i]);
            let point = |p: usize| axis.boundary.point(p as isize - axis.before as isize, n);
            AxisWindows::new(n, len, (0..len).map(point))
        };
        Some(Windows::new((0..self.axes.len()).map(axis).collect()))
    }

    fn strides<const D: usize>(&self) -> [usize; D] {
        std::array::from_fn(|i| self.axes[i].stride)
    }

    fn dilations<const D: usize>(&self) -> [usize; D] {
        std::array::from_fn(|i| self.axes[i].dilation)
    }

    /// `[first, second]` and the given sizes.
    fn shape<const D: usize>(first: usize, second: usize, size: impl Fn(usize) -> usize) -> [usize; D] {
        std::array::from_fn(|i| match i {
            0 => first,
            1 => second,
            i => size(i - 2),
        })
    }

    fn weight<const D: usize>(&self, w: Tensor<3>) -> Tensor<D> {
        let [a, b, _] = w.dims();
        w.reshape(Self::shape::<D>(a, b, |i| self.axes[i].kernel))
    }
}

/// See [`conv`](crate::ops::conv()).
pub fn conv(
    x: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    let grid = Grid::new(spec, size);
    let ([batch, inputs, _], [outputs, _, _]) = (x.dims(), weight.dims());
    let x = match grid.window() {
        Some(window) => gather_windows(x, &window),
        None => x,
    };
    let points = grid.output.iter().product::<usize>();
    if grid.axes.len() == 2 {
        let x = x.reshape(Grid::shape::<4>(batch, inputs, |i| grid.padded[i]));
        let options = ConvOptions::new(grid.strides(), [0; 2], grid.dilations(), grid.groups);
        conv2d(x, grid.weight(weight), bias, options).reshape([batch, outputs, points])
    } else {
        let x = x.reshape(Grid::shape::<5>(batch, inputs, |i| grid.padded[i]));
        let options = ConvOptions::new(grid.strides(), [0; 3], grid.dilations(), grid.groups);
        conv3d(x, grid.weight(weight), bias, options).reshape([batch, outputs, points])
    }
}

/// See [`conv_add`](crate::ops::conv_add).
pub fn conv_add(
    r: Tensor<3>,
    x: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    r + conv(x, weight, bias, size, spec)
}

/// See [`conv_residual`](crate::ops::conv_residual).
pub fn conv_residual(
    f: Tensor<3>,
    x: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    f - conv(x, weight, bias, size, spec)
}

/// See [`conv_transpose`](crate::ops::conv_transpose).
pub fn conv_transpose(
    y: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    let grid = Grid::new(spec, size);
    let ([batch, inputs, _], [_, per_group, _]) = (y.dims(), weight.dims());
    let outputs = per_group * spec.groups;
    let points = grid.padded.iter().product::<usize>();
    let x = if grid.axes.len() == 2 {
        let y = y.reshape(Grid::shape::<4>(batch, inputs, |i| grid.output[i]));
        let options =
            ConvTransposeOptions::new(grid.strides(), [0; 2], [0; 2], grid.dilations(), grid.groups);
        conv_transpose2d(y, grid.weight(weight), None, options).reshape([batch, outputs, points])
    } else {
        let y = y.reshape(Grid::shape::<5>(batch, inputs, |i| grid.output[i]));
        let options =
            ConvTransposeOptions::new(grid.strides(), [0; 3], [0; 3], grid.dilations(), grid.groups);
        conv_transpose3d(y, grid.weight(weight), None, options).reshape([batch, outputs, points])
    };
    let x = match grid.window() {
        Some(window) => scatter_windows(x, &window),
        None => x,
    };
    match bias {
        Some(b) => x + b.reshape([1, outputs, 1]),
        None => x,
    }
}

/// See [`conv_transpose_add`](crate::ops::conv_transpose_add).
pub fn conv_transpose_add(
    r: Tensor<3>,
    y: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    r + conv_transpose(y, weight, bias, size, spec)
}
