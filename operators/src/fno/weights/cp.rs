//! CP weights: a sum of rank-one terms.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::contract::{CpPlan, SpectralShape};
use sobolev_kernels::ops::{self, Op};

use super::dropout::Dropout;
use super::plan::PerAxis;
use super::{ModeStrides, Plan, crop, factor_strides};
use crate::layers::Draws;

/// ```math
/// W_{l,i,o,k_1..k_d} = \sum_r λ_r\, V_{lr}\, A_{ir}\, B_{or} \prod_j U^j_{k_j r}
/// ```
///
/// The layer axis l is there for weights that all layers share, the output axis o for those that are not separable.
#[derive(Module, Debug)]
pub struct Cp {
    /// `λ [rank, 2]`
    scale: Param<Tensor<2>>,
    /// `V [layers, rank, 2]`
    layer: Option<Param<Tensor<3>>>,
    /// `A [channels, rank, 2]`
    input: Param<Tensor<3>>,
    /// `B [channels, rank, 2]`
    output: Option<Param<Tensor<3>>>,
    /// `U^j [modes, rank, 2]`
    modes: Vec<Param<Tensor<3>>>,
    #[module(skip)]
    dropout: f64,
}

impl Cp {
    pub(super) fn new(plan: &Plan, rank: usize, std: f64, dropout: f64, draws: &mut Draws<'_>) -> Self {
        let scale = draws.complex_constant([rank, 2], 1.0);
        let factors: Vec<_> =
            plan.shape().into_iter().map(|rows| draws.complex_normal([rows, rank, 2], std)).collect();
        Self::from_values(plan, scale, &factors, dropout)
    }

    /// A factor for each axis of the plan.
    pub(in crate::fno) fn from_values(
        plan: &Plan,
        scale: Param<Tensor<2>>,
        factors: &[Param<Tensor<3>>],
        dropout: f64,
    ) -> Self {
        let PerAxis { layer, input, output, modes } = plan.split(factors);
        Self { scale, layer, input, output, modes, dropout }
    }

    /// What a pass over `layers` layers needs, worked out once.
    pub(super) fn pass(&self, kept: &[usize], batch: usize, layers: usize) -> CpPass {
        let scale = Dropout(self.dropout).apply_to_any(self.scale.val(), 0);
        let channels = |u: &Param<Tensor<3>>| u.val().dims()[0];
        let in_channels = channels(&self.input);
        let out_channels = self.output.as_ref().map_or(in_channels, channels);
        let shape = SpectralShape { modes: kept.to_vec(), batch, in_channels, out_channels };
        let plan = CpPlan::cheapest(&shape, scale.dims()[0], layers);
        self.pass_with(kept, scale, plan)
    }

    fn pass_with(&self, kept: &[usize], scale: Tensor<2>, plan: CpPlan) -> CpPass {
        let last = kept.len() - 1;
        let mut factors = self.modes.iter().enumerate().map(|(j, u)| crop::rows(u.val(), kept[j], j == last));
        let first = if last > 0 { factors.next() } else { None };
        let input = self.input.val();
        let rest = factors.reduce(ops::khatri_rao).unwrap_or_else(|| input.clone());
        let (layer, output) = (self.layer.as_ref().map(Param::val), self.output.as_ref().map(Param::val));
        CpPass { scale, layer, input, output, first, rest, plan }
    }

    /// The factors of the modes.
    pub(super) fn mode_strides(&self) -> Vec<ModeStrides> {
        self.modes.iter().enumerate().map(factor_strides).collect()
    }

    pub(super) fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        self.pass_with(kept, self.scale.val(), CpPlan::Reconstruct).dense(layer)
    }
}

/// A CP weight in one pass.
#[derive(Clone, Debug)]
pub(in crate::fno) struct CpPass {
    scale: Tensor<2>,
    layer: Option<Tensor<3>>,
    input: Tensor<3>,
    output: Option<Tensor<3>>,
    /// `U^1 [kept modes, rank, 2]`, with two axes or more.
    first: Option<Tensor<3>>,
    /// The products of the rows of the other mode factors, `[kept modes, rank, 2]`.
    rest: Tensor<3>,
    plan: CpPlan,
}

impl CpPass {
    /// `λ_r V_{lr} U^1_{k_1 r}` and `Π_{j > 1} U^j_{k_j r}`; the number of the layer alone with one axis.
    fn mode_factors(&self, layer: usize) -> [Tensor<3>; 2] {
        let [rank, two] = self.scale.dims();
        let mut row = self.scale.clone().reshape([1, rank, two]);
        if let Some(v) = &self.layer {
            row = ops::khatri_rao(row, v.clone().narrow(0, layer, 1));
        }
        if let Some(first) = &self.first {
            row = ops::khatri_rao(row, first.clone());
        }
        [row, self.rest.clone()]
    }

    pub(super) fn apply(&self, layer: usize, x: Tensor<4>) -> Tensor<4> {
        let [modes, _, channels, two] = x.dims();
        let Some(output) = &self.output else {
            return ops::separable(x, self.dense(layer).reshape([modes, channels, two]));
        };
        match self.plan {
            CpPlan::Reconstruct => ops::cmatmul(x, Op::Plain, self.dense(layer), Op::Plain),
            CpPlan::Components => {
                ops::components(x, self.mode_factors(layer), self.input.clone(), output.clone())
            }
        }
    }

    /// `[kept modes, in, out, 2]` of one layer, `[kept modes, 1, channels, 2]` without an output axis.
    fn dense(&self, layer: usize) -> Tensor<4> {
        let [first, rest] = self.mode_factors(layer);
        let (weight, input) = (ops::khatri_rao(first, rest).unsqueeze::<4>(), self.input.clone());
        let ([_, modes, rank, two], [channels, _, _]) = (weight.dims(), input.dims());
        let Some(output) = &self.output else {
            return ops::cmatmul(weight, Op::Plain, input.unsqueeze(), Op::Transposed)
                .reshape([modes, 1, channels, two]);
        };
        // The products of channel factors do not depend on the mode, so that all modes make one matrix product.
        let out_channels = output.dims()[0];
        let pairs = ops::khatri_rao(input, output.clone()).reshape([1, channels * out_channels, rank, two]);
        ops::cmatmul(weight, Op::Plain, pairs, Op::Transposed).reshape([modes, channels, out_channels, two])
    }
}
