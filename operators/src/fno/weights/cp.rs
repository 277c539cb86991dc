//! CP weights: a sum of rank-one terms.

use burn::module::{Module, Param, ParamId};
use burn::tensor::Tensor;
use sobolev_kernels::contract::{CpPlan, SpectralShape};
use sobolev_kernels::ops::{self, Op};

use super::{Plan, crop};
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
}

impl Cp {
    pub(super) fn new(plan: &Plan, rank: usize, std: f64, draws: &mut Draws<'_>) -> Self {
        let scale = draws.complex_constant([rank, 2], 1.0);
        let mut factor = |rows: usize| draws.complex_normal([rows, rank, 2], std);
        let layer = plan.joint.then(|| factor(plan.layers));
        let input = factor(plan.channels);
        let output = (!plan.separable).then(|| factor(plan.channels));
        let modes = plan.modes.iter().map(|&m| factor(m)).collect();
        Self { scale, layer, input, output, modes }
    }

    /// `λ_r V_{lr} Π_j U^j_{k_j r}` as `[kept modes, rank, 2]`.
    fn mode_weight(&self, layer: usize, kept: &[usize]) -> Tensor<3> {
        let scale = self.scale.val();
        let [rank, two] = scale.dims();
        let mut weight = scale.reshape([1, rank, two]);
        let mut rows = 1;
        let layer = self.layer.as_ref().map(|v| v.val().narrow(0, layer, 1));
        let last = kept.len();
        let factors = self.modes.iter().enumerate().map(|(j, u)| crop::rows(u.val(), kept[j], j + 1 == last));
        for factor in layer.into_iter().chain(factors) {
            let m = factor.dims()[0];
            // Every row of what is there times every row of the factor, the factor's running fastest.
            let all = factor.reshape([1, m, rank, two]).expand([rows, m, rank, two]);
            rows *= m;
            weight = ops::separable(all, weight).reshape([rows, rank, two]);
        }
        weight
    }

    pub(super) fn apply(&self, layer: usize, x: Tensor<4>, kept: &[usize]) -> Tensor<4> {
        let Some(output) = &self.output else {
            let [modes, _, channels, two] = x.dims();
            return ops::separable(x, self.reconstruct(layer, kept).reshape([modes, channels, two]));
        };
        let [modes, batch, channels, two] = x.dims();
        let (input, output) = (self.input.val(), output.val());
        let rank = input.dims()[1];
        let shape =
            SpectralShape { modes: kept.to_vec(), batch, in_channels: channels, out_channels: channels };
        // One matrix for all modes, and one per mode: the columns of a factor weighted by the modes' weights.
        let project = |x: Tensor<4>| {
            let flat = x.reshape([1, modes * batch, channels, two]);
            ops::cmatmul(flat, Op::Plain, input.clone().unsqueeze(), Op::Plain)
                .reshape([modes, batch, rank, two])
        };
        let mix = |z: Tensor<4>| {
            let flat = z.reshape([1, modes * batch, rank, two]);
            ops::cmatmul(flat, Op::Plain, output.clone().unsqueeze(), Op::Transposed)
                .reshape([modes, batch, channels, two])
        };
        let fold = |factor: Tensor<3>| {
            let all = factor.unsqueeze::<4>().expand([modes, channels, rank, two]);
            ops::separable(all, self.mode_weight(layer, kept))
        };
        match CpPlan::cheapest(&shape, rank) {
            CpPlan::Components => mix(ops::separable(project(x), self.mode_weight(layer, kept))),
            CpPlan::FoldInput => mix(ops::cmatmul(x, Op::Plain, fold(input.clone()), Op::Plain)),
            CpPlan::FoldOutput => ops::cmatmul(project(x), Op::Plain, fold(output.clone()), Op::Transposed),
            CpPlan::Reconstruct => ops::cmatmul(x, Op::Plain, self.reconstruct(layer, kept), Op::Plain),
        }
    }

    /// The identities of the factors of the axes of modes.
    pub(super) fn mode_ids(&self) -> Vec<ParamId> {
        self.modes.iter().map(|factor| factor.id).collect()
    }

    pub(super) fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        let weight = self.mode_weight(layer, kept).unsqueeze::<4>();
        let input = self.input.val();
        let [channels, rank, two] = input.dims();
        let modes = weight.dims()[1];
        let Some(output) = &self.output else {
            return ops::cmatmul(weight, Op::Plain, input.unsqueeze(), Op::Transposed)
                .reshape([modes, 1, channels, two]);
        };
        // The products of channel factors do not depend on the mode, so that all modes make one matrix product.
        let output = output.val().unsqueeze::<4>().expand([channels, channels, rank, two]);
        let pairs = ops::separable(output, input).reshape([1, channels * channels, rank, two]);
        ops::cmatmul(weight, Op::Plain, pairs, Op::Transposed).reshape([modes, channels, channels, two])
    }
}
