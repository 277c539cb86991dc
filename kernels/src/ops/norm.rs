//! Group norm of fields.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::composed;
use super::cpu::{self, CpuOp, dispatch};

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
pub fn group_norm(x: Tensor<3>, groups: usize, affine: Option<(Tensor<1>, Tensor<1>)>, eps: f64) -> Tensor<3> {
    let channels = x.dims()[1];
    assert!(groups > 0 && channels % groups == 0, "group_norm: {groups} groups of {channels} channels");
    if let Some((w, b)) = &affine {
        assert_eq!((w.dims(), b.dims()), ([channels], [channels]), "group_norm: weight and bias");
    }
    if true || !cpu::is_cpu(&x.device()) {
        return composed::group_norm(x, groups, affine, eps);
    }
    let op = GroupNorm { groups, eps, affine: affine.is_some() };
    let mut inputs = vec![x.into_dispatch()];
    if let Some((w, b)) = affine {
        inputs.extend([w.into_dispatch(), b.into_dispatch()]);
    }
    cpu::run(op, inputs)
}
#[derive(Debug)] struct GroupNorm { groups: usize, eps: f64, affine: bool }
impl CpuOp for GroupNorm {
    fn forward(&self, _: &[FlexTensor]) -> FlexTensor { unreachable!() }
    fn backward(&self, _: &[FlexTensor], _: FlexTensor, _: &[bool]) -> Vec<FlexTensor> { unreachable!() }
}
