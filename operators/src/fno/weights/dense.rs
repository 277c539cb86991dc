//! One complex weight per mode and pair of channels.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::ops::{self, Op};

use super::{ModeStrides, crop};
use crate::layers::Draws;

/// `y_{k,b,o} = Σ_i x_{k,b,i} W_{k,i,o}`, or `y_{k,b,c} = x_{k,b,c} W_{k,c}` where separable.
#[derive(Module, Debug)]
pub struct Dense {
    /// `[modes, in, out, 2]`; separable: `[modes, 1, channels, 2]`.
    weight: Param<Tensor<4>>,
    #[module(skip)]
    modes: Vec<usize>,
    #[module(skip)]
    separable: bool,
}

impl Dense {
    pub(super) fn new(
        modes: &[usize],
        channels: usize,
        separable: bool,
        std: f64,
        draws: &mut Draws<'_>,
    ) -> Self {
        let rows = if separable { 1 } else { channels };
        let weight = draws.complex_normal([modes.iter().product(), rows, channels, 2], std);
        Self { weight, modes: modes.to_vec(), separable }
    }

    /// A weight of unequally many channels in and out.
    pub(crate) fn rectangular(
        modes: &[usize],
        [input, output]: [usize; 2],
        std: f64,
        draws: &mut Draws<'_>,
    ) -> Self {
        let weight = draws.complex_normal([modes.iter().product(), input, output, 2], std);
        Self { weight, modes: modes.to_vec(), separable: false }
    }

    /// A weight `[modes, in, out, 2]`, or `[modes, 1, channels, 2]` where separable.
    pub(in crate::fno) fn from_values(weight: Param<Tensor<4>>, modes: &[usize], separable: bool) -> Self {
        Self { weight, modes: modes.to_vec(), separable }
    }

    pub(super) fn pass(&self, kept: &[usize]) -> DensePass {
        DensePass { weight: self.reconstruct(kept), separable: self.separable }
    }

    /// Its parameter, which runs over all modes.
    pub(super) fn mode_strides(&self) -> ModeStrides {
        let [_, rows, columns, two] = self.weight.val().dims();
        let inner = |axis: usize| self.modes[axis + 1..].iter().product::<usize>();
        let strides = (0..self.modes.len()).map(|axis| (axis, inner(axis) * rows * columns * two));
        (self.weight.id, strides.collect())
    }

    pub(crate) fn reconstruct(&self, kept: &[usize]) -> Tensor<4> {
        let weight = self.weight.val();
        let [modes, rows, columns, two] = weight.dims();
        crop::modes(weight.reshape([1, modes, rows * columns, two]), &self.modes, kept).reshape([
            kept.iter().product(),
            rows,
            columns,
            two,
        ])
    }
}

/// The weight of the kept modes.
#[derive(Clone, Debug)]
pub(in crate::fno) struct DensePass {
    weight: Tensor<4>,
    separable: bool,
}

impl DensePass {
    pub(super) fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let weight = self.weight.clone();
        if self.separable {
            let [modes, _, channels, two] = weight.dims();
            ops::separable(x, weight.reshape([modes, channels, two]))
        } else {
            ops::cmatmul(x, Op::Plain, weight, Op::Plain)
        }
    }
}
