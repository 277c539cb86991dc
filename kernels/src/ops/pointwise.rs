//! Activations and fused channel mixing.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::cpu::{self, CpuOp, CpuScalar, dispatch};
use super::{Activation, composed};
use crate::pointwise::{self, Linear, MixWants};

/// The activation of every entry.
///
/// **Shapes.** `[batch, channels, points]`.
pub fn activate(x: Tensor<3>, act: Activation) -> Tensor<3> {
    if act == Activation::Identity {
        return x;
    }
    if !cpu::serves(&x) {
        return composed::activate(x, act);
    }
    cpu::run(Activate { act }, vec![x.into_dispatch()])
}

/// Channel mixing (a 1×1 convolution) with everything that follows it,
///
/// ```math
/// y = σ(W x + b + r).
/// ```
///
/// **Shapes.** `x [batch, in, points]`, `w [out, in]`, `bias [out]`, `residual [batch, out, points]`, to `[batch, out, points]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn channel_mix(
    x: Tensor<3>,
    w: Tensor<2>,
    bias: Option<Tensor<1>>,
    residual: Option<Tensor<3>>,
    act: Activation,
) -> Tensor<3> {
    let ([batch, inner, points], [out, w_inner]) = (x.dims(), w.dims());
    assert_eq!(inner, w_inner, "channel_mix: channels of x and columns of the weight");
    if let Some(b) = &bias {
        assert_eq!(b.dims(), [out], "channel_mix: bias");
    }
    if let Some(r) = &residual {
        assert_eq!(r.dims(), [batch, out, points], "channel_mix: residual");
    }
    if !cpu::serves(&x) {
        return composed::channel_mix(x, w, bias, residual, act);
    }
    let op = Mix { act, bias: bias.is_some(), residual: residual.is_some() };
    let mut inputs = vec![x.into_dispatch(), w.into_dispatch()];
    inputs.extend(bias.map(Tensor::into_dispatch));
    inputs.extend(residual.map(Tensor::into_dispatch));
    cpu::run(op, inputs)
}

#[derive(Debug)]
struct Activate {
    act: Activation,
}

impl CpuOp for Activate {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        dispatch!(inputs[0], T => cpu::tensor(pointwise::activate::<T>(self.act, cpu::slice(&inputs[0])), inputs[0].shape()))
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        dispatch!(grad, T => {
            let gx = pointwise::activate_backward::<T>(self.act, cpu::slice(&saved[0]), cpu::slice(&grad));
            vec![cpu::tensor(gx, grad.shape())]
        })
    }
}

/// Inputs: `x`, `w`, then the bias and the residual if they are there.
#[derive(Debug)]
struct Mix {
    act: Activation,
    bias: bool,
    residual: bool,
}

impl Mix {
    /// The linear map among the inputs.
    fn layer<'a, T: CpuScalar>(&self, inputs: &'a [FlexTensor]) -> Linear<'a, T> {
        let [outputs, inner] = inputs[1].shape().dims();
        let bias = self.bias.then(|| cpu::slice(&inputs[2]));
        Linear { weight: cpu::slice(&inputs[1]), bias, inputs: inner, outputs }
    }

    fn residual<'a, T: CpuScalar>(&self, inputs: &'a [FlexTensor]) -> Option<&'a [T]> {
        self.residual.then(|| cpu::slice(&inputs[self.residual_index()]))
    }

    fn residual_index(&self) -> usize {
        2 + usize::from(self.bias)
    }
}

impl CpuOp for Mix {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let [batch, _, points] = inputs[0].shape().dims();
        dispatch!(inputs[0], T => {
            let layer = self.layer::<T>(inputs);
            let y = pointwise::channel_mix(cpu::slice(&inputs[0]), batch, points, &layer, self.residual(inputs), self.act);
            cpu::tensor(y, [batch, layer.outputs, points])
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor> {
        let [batch, inner, points] = saved[0].shape().dims();
        let wants_residual = self.residual && needs[self.residual_index()];
        // Behind an identity the residual's gradient is the incoming one.
        let copies = self.act == Activation::Identity;
        let wants = MixWants { input: needs[0], residual: wants_residual && !copies };
        dispatch!(grad, T => {
            let layer = self.layer::<T>(saved);
            let (x, gy) = (cpu::slice(&saved[0]), cpu::slice(&grad));
            let g = pointwise::channel_mix_backward(x, batch, points, &layer, self.residual(saved), self.act, gy, wants);
            let mut out = vec![
                g.input.map_or_else(|| cpu::nothing(&grad), |gx| cpu::tensor(gx, [batch, inner, points])),
                cpu::tensor(g.layer.weight, [layer.outputs, inner]),
            ];
            if self.bias {
                out.push(cpu::tensor(g.layer.bias, [layer.outputs]));
            }
            if self.residual {
                out.push(match g.residual {
                    Some(gr) => cpu::tensor(gr, grad.shape()),
                    None if wants_residual => grad.clone(),
                    None => cpu::nothing(&grad),
                });
            }
            out
        })
    }
}
