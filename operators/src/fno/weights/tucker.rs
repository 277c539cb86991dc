//! Tucker weights: a small core with a factor on every axis.

use burn::module::{Module, Param, ParamId};
use burn::tensor::Tensor;
use sobolev_kernels::contract::{ChannelFactor, SpectralShape, TuckerPlan};
use sobolev_kernels::ops::{self, Op};

use super::{Plan, crop};
use crate::layers::Draws;

/// ```math
/// W_{l,i,o,k_1..k_d} = \sum_{λ,r,s,m} G_{λ,r,s,m_1..m_d}\, V_{lλ}\, A_{ir}\, B_{os} \prod_j U^j_{k_j m_j}
/// ```
///
/// The layer axis l is there for weights that all layers share, the output axis o for those that are not separable.
#[derive(Module, Debug)]
pub struct Tucker {
    /// `G [layer rank, product of the mode ranks, input rank * output rank, 2]`
    core: Param<Tensor<4>>,
    /// `V [layers, layer rank, 2]`
    layer: Option<Param<Tensor<3>>>,
    /// `A [channels, input rank, 2]`
    input: Param<Tensor<3>>,
    /// `B [channels, output rank, 2]`
    output: Option<Param<Tensor<3>>>,
    /// `U^j [modes, mode rank, 2]`
    modes: Vec<Param<Tensor<3>>>,
}

impl Tucker {
    pub(super) fn new(plan: &Plan, ranks: &[usize], std: f64, draws: &mut Draws<'_>) -> Self {
        let mut of = plan.split(ranks);
        let width = of.input * of.output.unwrap_or(1);
        let mut factor = |rows: usize, rank: usize| draws.complex_normal([rows, rank, 2], std);
        let layer = of.layer.map(|rank| factor(plan.layers, rank));
        let input = factor(plan.channels, of.input);
        let output = of.output.map(|rank| factor(plan.channels, rank));
        let modes = plan.modes.iter().zip(&of.modes).map(|(&m, &rank)| factor(m, rank)).collect();
        let core_modes: usize = of.modes.drain(..).product();
        let core = draws.complex_normal([of.layer.unwrap_or(1), core_modes, width, 2], std);
        Self { core, layer, input, output, modes }
    }

    /// The core of one layer, `[product of the mode ranks, width, 2]` as `[1, .., .., 2]`.
    fn layer_core(&self, layer: usize) -> Tensor<4> {
        let core = self.core.val();
        let Some(factor) = &self.layer else { return core };
        let [rank, modes, width, two] = core.dims();
        let row = factor.val().narrow(0, layer, 1).reshape([1, 1, rank, two]);
        ops::cmatmul(row, Op::Plain, core.reshape([1, rank, modes * width, two]), Op::Plain)
            .reshape([1, modes, width, two])
    }

    /// Ranks `[modes.., in, out]`.
    fn ranks(&self) -> Vec<usize> {
        let rank = |factor: &Param<Tensor<3>>| factor.val().dims()[1];
        self.modes.iter().chain([&self.input]).chain(&self.output).map(rank).collect()
    }

    /// Multiplies the factors of the axes `order` into a core `[modes.., in, out]`, one after the other.
    fn expand(&self, core: Tensor<4>, kept: &[usize], order: &[usize]) -> Tensor<4> {
        let mut size = self.ranks();
        let mut core = core;
        for &axis in order {
            let factor = self.factor(axis, kept);
            let (rows, rank) = (factor.dims()[1], size[axis]);
            let outer: usize = size[..axis].iter().product();
            let inner: usize = size[axis + 1..].iter().product();
            size[axis] = rows;
            core = if inner == 1 {
                ops::cmatmul(core.reshape([1, outer, rank, 2]), Op::Plain, factor, Op::Transposed)
            } else {
                ops::cmatmul(factor, Op::Plain, core.reshape([outer, rank, inner, 2]), Op::Plain)
            };
        }
        let d = kept.len();
        let (rows, columns) = (size[d], size.get(d + 1).copied().unwrap_or(1));
        core.reshape([size[..d].iter().product(), rows, columns, 2])
    }

    /// The factor of an axis of the core, as a batch of one matrix.
    fn factor(&self, axis: usize, kept: &[usize]) -> Tensor<4> {
        let d = kept.len();
        match &self.output {
            _ if axis < d => crop::rows(self.modes[axis].val(), kept[axis], axis + 1 == d),
            Some(output) if axis > d => output.val(),
            _ => self.input.val(),
        }
        .unsqueeze()
    }

    pub(super) fn apply(&self, layer: usize, x: Tensor<4>, kept: &[usize]) -> Tensor<4> {
        let [modes, batch, channels, two] = x.dims();
        if self.output.is_none() {
            return ops::separable(x, self.reconstruct(layer, kept).reshape([modes, channels, two]));
        }
        let shape =
            SpectralShape { modes: kept.to_vec(), batch, in_channels: channels, out_channels: channels };
        let plan = TuckerPlan::cheapest(&shape, &self.ranks());
        let d = kept.len();
        let core = self.expand(self.layer_core(layer), kept, &plan.order);
        let [_, k, n, _] = core.dims();
        let x = match plan.input {
            ChannelFactor::Core => x,
            ChannelFactor::Spectrum => {
                let flat = x.reshape([1, modes * batch, channels, two]);
                ops::cmatmul(flat, Op::Plain, self.factor(d, kept), Op::Plain).reshape([modes, batch, k, two])
            }
        };
        let y = ops::cmatmul(x, Op::Plain, core, Op::Plain);
        match plan.output {
            ChannelFactor::Core => y,
            ChannelFactor::Spectrum => {
                let flat = y.reshape([1, modes * batch, n, two]);
                ops::cmatmul(flat, Op::Plain, self.factor(d + 1, kept), Op::Transposed)
                    .reshape([modes, batch, channels, two])
            }
        }
    }

    /// The identities of the factors of the axes of modes.
    pub(super) fn mode_ids(&self) -> Vec<ParamId> {
        self.modes.iter().map(|factor| factor.id).collect()
    }

    /// `[kept modes, in, out, 2]`; of a separable layer `[kept modes, 1, channels, 2]`.
    pub(super) fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        let axes: Vec<usize> = (0..self.ranks().len()).collect();
        let weight = self.expand(self.layer_core(layer), kept, &axes);
        let [modes, rows, columns, two] = weight.dims();
        if self.output.is_some() { weight } else { weight.reshape([modes, columns, rows, two]) }
    }
}
