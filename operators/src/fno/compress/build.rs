//! Weights made from decompositions, and tensors made from weights.

use burn::module::{Param, ParamId};
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::tensor::{C64, ComplexTensor};
use super::{AlsOptions, cp_als, hosvd, train_svd};
use crate::fno::weights::{Cp, Dense, Plan, SpectralWeight, TensorTrain, Tucker, WeightConfig, WeightForm};
use crate::{Error, Result};

/// Where new parameters live.
pub(super) struct Target<'a> {
    pub(super) device: &'a Device,
    pub(super) dtype: DType,
}

impl Target<'_> {
    /// A parameter of complex entries; the last axis of `shape` is 2.
    fn param<const D: usize>(&self, entries: &[C64], shape: [usize; D]) -> Param<Tensor<D>> {
        let values: Vec<f64> = entries.iter().flat_map(|z| [z.re, z.im]).collect();
        let tensor = Tensor::from_data(TensorData::new(values, shape), (self.device, self.dtype));
        Param::initialized(ParamId::new(), tensor).set_require_grad(true)
    }
}

/// The weights of layers, `[layers.., in, out, modes..]` in the order of the plan.
pub(super) fn read(weights: &[Tensor<4>], plan: &Plan) -> Result<ComplexTensor> {
    let mut entries = Vec::new();
    for weight in weights {
        let data = weight.clone().try_into_data().map_err(|e| Error::Decomposition {
            reason: format!("a weight cannot be read from its device ({e})"),
        })?;
        let values: Vec<f64> = data.iter::<f64>().collect();
        entries.extend(values.chunks_exact(2).map(|z| C64::new(z[0], z[1])));
    }
    // Stored `[layers.., modes.., in, out]`.
    let head = usize::from(plan.joint);
    let channels = plan.shape()[head..plan.shape().len() - plan.modes.len()].to_vec();
    let stored = [&plan.shape()[..head], &plan.modes, &channels].concat();
    let (first, d) = (head + plan.modes.len(), plan.modes.len());
    let order: Vec<usize> = (0..head).chain(first..first + channels.len()).chain(head..head + d).collect();
    Ok(ComplexTensor::new(&stored, entries)?.permuted(&order))
}

/// A weight of the wanted form that is near a tensor, and the distance.
pub(super) fn factorise(
    tensor: &ComplexTensor,
    config: &WeightConfig,
    plan: &Plan,
    options: &AlsOptions,
    to: &Target<'_>,
) -> Result<(SpectralWeight, f64)> {
    let ranks = plan.ranks(config)?;
    let shape = plan.shape();
    Ok(match config.factorization {
        WeightForm::Dense => (SpectralWeight::Dense(dense(tensor, plan, to)), 0.0),
        WeightForm::Tucker => {
            let fixed: Vec<usize> = (0..shape.len()).filter(|&axis| plan.is_fixed(axis)).collect();
            let tucker = hosvd(tensor, &ranks, &fixed)?;
            let factor = |axis: usize| {
                tucker.factors[axis].as_ref().map(|u| to.param(u, [shape[axis], ranks[axis], 2]))
            };
            let factors: Vec<_> = (0..shape.len()).map(factor).collect();
            let core = tucker.core.permuted(&modes_first(plan));
            let core = to.param(core.entries(), Tucker::core_shape(&plan.split(&ranks)));
            let weight = Tucker::from_values(plan, &ranks, core, &factors, config.dropout);
            (SpectralWeight::Tucker(weight), tucker.discarded)
        }
        WeightForm::Cp => {
            let cp = cp_als(tensor, ranks[0], options)?;
            let factors: Vec<_> =
                cp.factors.iter().zip(&shape).map(|(u, &rows)| to.param(u, [rows, cp.rank, 2])).collect();
            let ones = to.param(&vec![C64::from(1.0); cp.rank], [cp.rank, 2]);
            (SpectralWeight::Cp(Cp::from_values(plan, ones, &factors, config.dropout)), cp.distance)
        }
        WeightForm::TensorTrain => {
            let train = train_svd(tensor, &ranks)?;
            let mut cores = train.cores.into_iter();
            let layer = if plan.joint { cores.next() } else { None };
            let layer = layer.map(|core| to.param(core.entries(), [plan.layers, ranks[1], 2]));
            let channels = shape.len() - plan.modes.len() - usize::from(plan.joint);
            let stored =
                cores.zip(TensorTrain::core_shapes(plan, &ranks)).enumerate().map(|(k, (core, shape))| {
                    // Cores of modes are stored by mode.
                    let core = if k < channels { core } else { core.permuted(&[1, 0, 2]) };
                    to.param(core.entries(), shape)
                });
            let weight = TensorTrain::from_values(plan, layer, stored.collect(), config.dropout);
            (SpectralWeight::TensorTrain(weight), train.discarded)
        }
    })
}

fn dense(tensor: &ComplexTensor, plan: &Plan, to: &Target<'_>) -> Dense {
    let stored = tensor.permuted(&modes_first(plan));
    let rows = if plan.separable { 1 } else { plan.channels };
    let shape = [plan.modes.iter().product(), rows, plan.channels, 2];
    Dense::from_values(to.param(stored.entries(), shape), &plan.modes, plan.separable)
}

/// The axes of the plan as cores and dense weights are stored: layers (if joint), modes, channels.
fn modes_first(plan: &Plan) -> Vec<usize> {
    let (head, order) = (usize::from(plan.joint), plan.shape().len());
    let first = order - plan.modes.len();
    (0..head).chain(first..order).chain(head..first).collect()
}
