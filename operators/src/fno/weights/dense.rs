//! One complex weight per mode and pair of channels.

use burn::module::{Module, Param, ParamId};
use burn::tensor::Tensor;
use sobolev_kernels::ops::{self, Op};

use super::crop;
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

    pub(super) fn apply(&self, x: Tensor<4>, kept: &[usize]) -> Tensor<4> {
        let weight = self.reconstruct(kept);
        if self.separable {
            let [modes, _, channels, two] = weight.dims();
            ops::separable(x, weight.reshape([modes, channels, two]))
        } else {
            ops::cmatmul(x, Op::Plain, weight, Op::Plain)
        }
    }

    /// The identity of its parameter.
    pub(super) fn id(&self) -> ParamId {
        self.weight.id
    }

    pub(crate) fn reconstruct(&self, kept: &[usize]) -> Tensor<4> {
        crop::modes(self.weight.val(), &self.modes, kept)
    }
}
