//! Tensor-train weights: a chain of small cores.

use burn::module::{Module, Param, ParamId};
use burn::tensor::Tensor;
use sobolev_kernels::contract::{ChainEnd, SpectralShape, TrainChannels, TrainPlan};
use sobolev_kernels::ops::{self, Op};

use super::{Plan, crop};
use crate::layers::Draws;

/// ```math
/// W_{l,i,o,k_1..k_d} = \sum V_{l q}\, A_{q i p}\, B_{p o r}\, U^1_{r k_1 s} \cdots U^d_{t k_d}
/// ```
///
/// The layer axis l is there for weights that all layers share, the output axis o for those that are not separable.
#[derive(Module, Debug)]
pub struct TensorTrain {
    /// `V [layers, q, 2]`
    layer: Option<Param<Tensor<3>>>,
    /// `A [q (1 without V), channels, p, 2]`
    input: Param<Tensor<4>>,
    /// `B [p, channels, r, 2]`
    output: Option<Param<Tensor<4>>>,
    /// `U^j`, stored by mode: `[modes, left rank, right rank, 2]`; the right rank of the last is 1.
    modes: Vec<Param<Tensor<4>>>,
}

impl TensorTrain {
    /// `ranks` between neighbouring cores, without the ones at both ends.
    pub(super) fn new(plan: &Plan, ranks: &[usize], std: f64, draws: &mut Draws<'_>) -> Self {
        let mut right = ranks.iter().copied().chain([1]);
        let mut left = 1;
        let mut next = || {
            let pair = (left, right.next().unwrap_or(1));
            left = pair.1;
            pair
        };
        let layer = plan.joint.then(|| draws.complex_normal([plan.layers, next().1, 2], std));
        let (q, p) = next();
        let input = draws.complex_normal([q, plan.channels, p, 2], std);
        let output = (!plan.separable).then(|| {
            let (p, r) = next();
            draws.complex_normal([p, plan.channels, r, 2], std)
        });
        let modes = plan.modes.iter().map(|&m| {
            let (l, r) = next();
            draws.complex_normal([m, l, r, 2], std)
        });
        let modes = modes.collect();
        Self { layer, input, output, modes }
    }

    /// `A` of one layer, `[1, channels, p, 2]`.
    fn layer_input(&self, layer: usize) -> Tensor<4> {
        let input = self.input.val();
        let Some(factor) = &self.layer else { return input };
        let [q, channels, p, two] = input.dims();
        let row = factor.val().narrow(0, layer, 1).reshape([1, 1, q, two]);
        ops::cmatmul(row, Op::Plain, input.reshape([1, q, channels * p, two]), Op::Plain)
            .reshape([1, channels, p, two])
    }

    /// The chain of all modes, `[1, kept modes, left rank of the first, 2]`, built from the last axis.
    fn chain(&self, kept: &[usize]) -> Tensor<4> {
        let last = self.modes.len() - 1;
        let core = |j: usize| crop::rows(self.modes[j].val(), kept[j], j == last);
        let [m, rank, _, two] = self.modes[last].val().dims();
        debug_assert!(m >= kept[last], "the kept modes are among the allocated ones");
        let mut chain = core(last).reshape([1, kept[last], rank, two]);
        for j in (0..last).rev() {
            // [1, inner, s] times the transpose of [k, r, s] makes [k, inner, r].
            let next = ops::cmatmul(chain, Op::Plain, core(j), Op::Transposed);
            let [k, inner, r, _] = next.dims();
            chain = next.reshape([1, k * inner, r, two]);
        }
        chain
    }

    pub(super) fn apply(&self, layer: usize, x: Tensor<4>, kept: &[usize]) -> Tensor<4> {
        let input = self.layer_input(layer);
        let [modes, batch, channels, two] = x.dims();
        let Some(output) = &self.output else {
            return ops::separable(x, self.channel_weight(input, kept).reshape([modes, channels, two]));
        };
        let output = output.val();
        let [p, c_out, r, _] = output.dims();
        let shape = SpectralShape { modes: kept.to_vec(), batch, in_channels: channels, out_channels: c_out };
        // The cores of the modes are stored for multiplication from the last one; their ranks beyond r are not chosen here.
        let ranks: Vec<usize> =
            [1, p, r].into_iter().chain(self.modes.iter().map(|u| u.val().dims()[2])).collect();
        let plans = TrainPlan::plans().into_iter().filter(|plan| plan.modes == ChainEnd::Last);
        let plan = plans.min_by_key(|plan| plan.cost(&shape, &ranks)).map(|plan| plan.channels);
        let plan = plan.unwrap_or(TrainChannels::Project);
        let weight = self.weight(&input, output, kept, plan);
        if plan == TrainChannels::Project {
            let flat = x.reshape([1, modes * batch, channels, two]);
            let z = ops::cmatmul(flat, Op::Plain, input, Op::Plain).reshape([modes, batch, p, two]);
            return ops::cmatmul(z, Op::Plain, weight, Op::Plain);
        }
        ops::cmatmul(x, Op::Plain, weight, Op::Plain)
    }

    /// `[kept modes, channels, channels, 2]`, or `[kept modes, p, channels, 2]` where `A` is left to the data.
    fn weight(&self, input: &Tensor<4>, output: Tensor<4>, kept: &[usize], plan: TrainChannels) -> Tensor<4> {
        let [p, c_out, r, two] = output.dims();
        let channels = input.dims()[1];
        let (core, rows) = match plan {
            TrainChannels::ReconstructFromChannels => {
                let core = output.reshape([1, p, c_out * r, two]);
                (ops::cmatmul(input.clone(), Op::Plain, core, Op::Plain), channels)
            }
            TrainChannels::ReconstructFromModes | TrainChannels::Project => (output, p),
        };
        let expanded = ops::cmatmul(
            self.chain(kept),
            Op::Plain,
            core.reshape([1, rows * c_out, r, two]),
            Op::Transposed,
        );
        let expanded = expanded.reshape([kept.iter().product(), rows, c_out, two]);
        match plan {
            TrainChannels::ReconstructFromModes => {
                ops::cmatmul(input.clone(), Op::Plain, expanded, Op::Plain)
            }
            TrainChannels::ReconstructFromChannels | TrainChannels::Project => expanded,
        }
    }

    /// The weight of a separable layer, `[kept modes, 1, channels, 2]`.
    fn channel_weight(&self, input: Tensor<4>, kept: &[usize]) -> Tensor<4> {
        let channels = input.dims()[1];
        ops::cmatmul(self.chain(kept), Op::Plain, input, Op::Transposed).reshape([
            kept.iter().product(),
            1,
            channels,
            2,
        ])
    }

    /// The identities of the factors of the axes of modes.
    pub(super) fn mode_ids(&self) -> Vec<ParamId> {
        self.modes.iter().map(|factor| factor.id).collect()
    }

    pub(super) fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        let input = self.layer_input(layer);
        match &self.output {
            None => self.channel_weight(input, kept),
            Some(output) => self.weight(&input, output.val(), kept, TrainChannels::ReconstructFromModes),
        }
    }
}
