//! Tensor-train weights: a chain of small cores.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::contract::{ChainEnd, SpectralShape, TrainChannels, TrainPlan};
use sobolev_kernels::ops::{self, Op};

use super::dropout::Dropout;
use super::{ModeStrides, Plan, crop, factor_strides};
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
    #[module(skip)]
    dropout: f64,
}

impl TensorTrain {
    /// `ranks` with the ones at both ends.
    pub(super) fn new(plan: &Plan, ranks: &[usize], std: f64, dropout: f64, draws: &mut Draws<'_>) -> Self {
        let layer = plan.joint.then(|| draws.complex_normal([plan.layers, ranks[1], 2], std));
        let shapes = Self::core_shapes(plan, ranks);
        let cores = shapes.into_iter().map(|shape| draws.complex_normal(shape, std)).collect();
        Self::from_values(plan, layer, cores, dropout)
    }

    /// The shapes of the cores of channels and modes as they are stored: `[left, channels, right, 2]` and
    /// `[modes, left, right, 2]`.
    pub(in crate::fno) fn core_shapes(plan: &Plan, ranks: &[usize]) -> Vec<[usize; 4]> {
        let shape = plan.shape();
        let (first, last) = (usize::from(plan.joint), shape.len() - plan.modes.len());
        let stored = |k: usize| match (ranks[k], shape[k], ranks[k + 1]) {
            (left, length, right) if k < last => [left, length, right, 2],
            (left, length, right) => [length, left, right, 2],
        };
        (first..shape.len()).map(stored).collect()
    }

    /// The layers' factor of joint weights, and cores of [`core_shapes`](Self::core_shapes).
    pub(in crate::fno) fn from_values(
        plan: &Plan,
        layer: Option<Param<Tensor<3>>>,
        mut cores: Vec<Param<Tensor<4>>>,
        dropout: f64,
    ) -> Self {
        let modes = cores.split_off(if plan.separable { 1 } else { 2 });
        let output = if plan.separable { None } else { cores.pop() };
        Self { layer, input: cores.remove(0), output, modes, dropout }
    }

    /// The cores of the kept modes.
    fn parts(&self, kept: &[usize], dropout: f64) -> Parts {
        let (drop, last) = (Dropout(dropout), kept.len() - 1);
        let layer = self.layer.as_ref().map(|v| drop.apply(v.val(), 1));
        let input = drop.apply(self.input.val(), 2);
        let output = self.output.as_ref().map(|b| drop.apply(b.val(), 2));
        let rows =
            |(j, u): (usize, &Param<Tensor<4>>)| drop.apply(crop::rows(u.val(), kept[j], j == last), 2);
        Parts { layer, input, output, modes: self.modes.iter().enumerate().map(rows).collect() }
    }

    /// What a pass over `layers` layers needs, worked out once.
    pub(super) fn pass(&self, kept: &[usize], batch: usize, layers: usize) -> TrainPass {
        let parts = self.parts(kept, self.dropout);
        let chain = parts.chain();
        let Some(output) = &parts.output else {
            return TrainPass { parts, plan: TrainChannels::Project, chain, core: None };
        };
        let ([p, out_channels, r, _], [_, in_channels, _, _]) = (output.dims(), parts.input.dims());
        let shape = SpectralShape { modes: kept.to_vec(), batch, in_channels, out_channels };
        // The cores of the modes are stored for multiplication from the last one; their ranks beyond r are not chosen here.
        let ranks: Vec<usize> =
            [1, p, r].into_iter().chain(parts.modes.iter().map(|u| u.dims()[2])).collect();
        let plans = TrainPlan::plans().into_iter().filter(|plan| plan.modes == ChainEnd::Last);
        let plan = plans.min_by_key(|plan| plan.cost(&shape, &ranks, layers).time());
        let plan = plan.map_or(TrainChannels::Project, |plan| plan.channels);
        let core = (plan != TrainChannels::ReconstructFromChannels)
            .then(|| at_modes(chain.clone(), output.clone().reshape([1, p * out_channels, r, 2]), p));
        TrainPass { parts, plan, chain, core }
    }

    /// The cores of the modes.
    pub(super) fn mode_strides(&self) -> Vec<ModeStrides> {
        self.modes.iter().enumerate().map(factor_strides).collect()
    }

    pub(super) fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        let parts = self.parts(kept, 0.0);
        let chain = parts.chain();
        TrainPass { parts, plan: TrainChannels::ReconstructFromChannels, chain, core: None }.dense(layer)
    }
}

#[derive(Clone, Debug)]
struct Parts {
    layer: Option<Tensor<3>>,
    input: Tensor<4>,
    output: Option<Tensor<4>>,
    modes: Vec<Tensor<4>>,
}

impl Parts {
    /// `A` of one layer, `[1, channels, p, 2]`.
    fn layer_input(&self, layer: usize) -> Tensor<4> {
        let input = self.input.clone();
        let Some(factor) = &self.layer else { return input };
        let [q, channels, p, two] = input.dims();
        let row = factor.clone().narrow(0, layer, 1).reshape([1, 1, q, two]);
        ops::cmatmul(row, Op::Plain, input.reshape([1, q, channels * p, two]), Op::Plain)
            .reshape([1, channels, p, two])
    }

    /// The chain of all modes, `[1, kept modes, left rank of the first, 2]`, built from the last axis.
    fn chain(&self) -> Tensor<4> {
        let mut cores = self.modes.iter().rev().cloned();
        let first = cores.next().unwrap_or_else(|| self.input.clone());
        let [modes, rank, _, two] = first.dims();
        cores.fold(first.reshape([1, modes, rank, two]), |chain, core| {
            // [1, inner, s] times the transpose of [k, r, s] makes [k, inner, r].
            let next = ops::cmatmul(chain, Op::Plain, core, Op::Transposed);
            let [k, inner, r, _] = next.dims();
            next.reshape([1, k * inner, r, two])
        })
    }
}

/// `Σ_r G[(rows, o), r] T[m, r]` for every mode, `[modes, rows, o, 2]`, of a chain `T` and a core `G [1, rows * o, r, 2]`.
fn at_modes(chain: Tensor<4>, core: Tensor<4>, rows: usize) -> Tensor<4> {
    let ([_, modes, _, two], [_, width, _, _]) = (chain.dims(), core.dims());
    ops::cmatmul(chain, Op::Plain, core, Op::Transposed).reshape([modes, rows, width / rows, two])
}

/// A tensor-train weight in one pass.
#[derive(Clone, Debug)]
pub(in crate::fno) struct TrainPass {
    parts: Parts,
    plan: TrainChannels,
    /// `[1, kept modes, r, 2]`
    chain: Tensor<4>,
    /// `[kept modes, p, out, 2]`, where the plan has it.
    core: Option<Tensor<4>>,
}

impl TrainPass {
    pub(super) fn apply(&self, layer: usize, x: Tensor<4>) -> Tensor<4> {
        let [modes, batch, channels, two] = x.dims();
        match &self.core {
            _ if self.parts.output.is_none() => {
                ops::separable(x, self.dense(layer).reshape([modes, channels, two]))
            }
            Some(core) if self.plan == TrainChannels::Project => {
                let p = core.dims()[1];
                let flat = x.reshape([1, modes * batch, channels, two]);
                let z = ops::cmatmul(flat, Op::Plain, self.parts.layer_input(layer), Op::Plain);
                ops::cmatmul(z.reshape([modes, batch, p, two]), Op::Plain, core.clone(), Op::Plain)
            }
            _ => ops::cmatmul(x, Op::Plain, self.dense(layer), Op::Plain),
        }
    }

    /// `[kept modes, in, out, 2]` of one layer, `[kept modes, 1, channels, 2]` without an output axis.
    fn dense(&self, layer: usize) -> Tensor<4> {
        let input = self.parts.layer_input(layer);
        let [_, channels, _, two] = input.dims();
        let Some(output) = &self.parts.output else {
            let modes = self.chain.dims()[1];
            return ops::cmatmul(self.chain.clone(), Op::Plain, input, Op::Transposed)
                .reshape([modes, 1, channels, two]);
        };
        match &self.core {
            Some(core) => ops::cmatmul(input, Op::Plain, core.clone(), Op::Plain),
            None => {
                let [p, out_channels, r, _] = output.dims();
                let core = output.clone().reshape([1, p, out_channels * r, two]);
                let joined = ops::cmatmul(input, Op::Plain, core, Op::Plain);
                let joined = joined.reshape([1, channels * out_channels, r, two]);
                at_modes(self.chain.clone(), joined, channels)
            }
        }
    }
}
