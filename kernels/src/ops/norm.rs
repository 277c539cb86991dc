//! Group norm of fields.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::composed;
use super::cpu::{self, CpuOp, CpuScalar, dispatch};
use crate::norm;

/// Normalises groups of channels over all their points,
///
/// ```math
/// y = (x − mean) / √(var + ε) · w_c + b_c,
/// ```
///
/// with mean and (biased) variance over the channels of a group and all points: `groups = 1` is the layer norm of functions,
/// `groups = channels` the instance norm.
///
/// **Shapes.** `x [batch, channels, points]`; `affine` is `(w, b)`, each `[channels]`.
///
/// # Panics
/// If `groups` does not divide the channels, or the shapes do not fit.
pub fn group_norm(
    x: Tensor<3>,
    groups: usize,
    affine: Option<(Tensor<1>, Tensor<1>)>,
    eps: f64,
) -> Tensor<3> {
    let channels = x.dims()[1];
    assert!(
        groups > 0 && channels.is_multiple_of(groups),
        "group_norm: {groups} groups of {channels} channels"
    );
    if let Some((w, b)) = &affine {
        assert_eq!((w.dims(), b.dims()), ([channels], [channels]), "group_norm: weight and bias");
    }
    if !cpu::serves(&x) {
        return composed::group_norm(x, groups, affine, eps);
    }
    let op = GroupNorm { groups, eps, affine: affine.is_some() };
    let mut inputs = vec![x.into_dispatch()];
    if let Some((w, b)) = affine {
        inputs.extend([w.into_dispatch(), b.into_dispatch()]);
    }
    cpu::run(op, inputs)
}

/// Inputs: `x`, then weight and bias if the norm is affine.
#[derive(Debug)]
struct GroupNorm {
    groups: usize,
    eps: f64,
    affine: bool,
}

impl GroupNorm {
    fn parts<'a, T: CpuScalar>(
        &self,
        inputs: &'a [FlexTensor],
    ) -> (norm::GroupNorm, Option<&'a [T]>, Option<&'a [T]>) {
        let [batch, channels, points] = inputs[0].shape().dims();
        let weight = self.affine.then(|| cpu::slice(&inputs[1]));
        let bias = self.affine.then(|| cpu::slice(&inputs[2]));
        (norm::GroupNorm::new(batch, channels, points, self.groups), weight, bias)
    }
}

impl CpuOp for GroupNorm {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        dispatch!(inputs[0], T => {
            let (spec, weight, bias) = self.parts::<T>(inputs);
            cpu::tensor(spec.forward(cpu::slice(&inputs[0]), weight, bias, self.eps).0, inputs[0].shape())
        })
    }

    /// Mean and deviation are found again: one more pass over `x` instead of state beside the graph's.
    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        let channels = saved[0].shape()[1];
        dispatch!(grad, T => {
            let (spec, weight, _) = self.parts::<T>(saved);
            let x = cpu::slice(&saved[0]);
            let stats = spec.stats(x, self.eps);
            let g = spec.backward(x, weight, &stats, cpu::slice(&grad));
            let mut out = vec![cpu::tensor(g.x, grad.shape())];
            if self.affine {
                out.extend([cpu::tensor(g.weight, [channels]), cpu::tensor(g.bias, [channels])]);
            }
            out
        })
    }
}
