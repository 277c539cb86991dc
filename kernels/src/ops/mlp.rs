//! Two-layer channel perceptrons, and the whole pointwise part of a Fourier block.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::cpu::{self, CpuOp, CpuScalar, dispatch};
use super::{Activation, composed};
use crate::pointwise::{self, Gate, Linear, MlpWants};

/// The weights of a two-layer channel perceptron `W₂ σ(W₁ x + b₁) + b₂`.
#[derive(Clone, Debug)]
pub struct MlpParams {
    /// `[hidden, in]`
    pub w1: Tensor<2>,
    /// `[hidden]`
    pub b1: Tensor<1>,
    /// `[out, hidden]`
    pub w2: Tensor<2>,
    /// `[out]`
    pub b2: Tensor<1>,
}

/// What [`fno_tail`] needs beside its two fields.
#[derive(Clone, Debug)]
pub struct TailParams {
    /// `S [channels, channels]`, the linear skip of the spectral convolution.
    pub skip: Tensor<2>,
    /// `b₀ [channels]`, the bias of the spectral convolution.
    pub bias: Tensor<1>,
    /// `σ₁`, after the spectral convolution and its skip.
    pub mid: Activation,
    /// The channel perceptron.
    pub mlp: MlpParams,
    /// The perceptron's inner activation.
    pub hidden: Activation,
    /// `g [channels]`, the soft gate of the perceptron's skip.
    pub gate: Tensor<1>,
    /// `σ₂`, at the end of the block.
    pub out: Activation,
}

/// A two-layer channel perceptron with an optional gated skip, in one pass over memory,
///
/// ```math
/// y = σ₂(W₂ σ₁(W₁ x + b₁) + b₂ + g ⊙ s).
/// ```
///
/// The hidden values are neither stored nor kept: the backward pass computes them again.
///
/// **Shapes.** `x [batch, in, points]`, `s [batch, out, points]`, `g [out]`, to `[batch, out, points]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn channel_mlp(
    x: Tensor<3>,
    p: MlpParams,
    hidden: Activation,
    skip: Option<(Tensor<3>, Tensor<1>)>,
    out: Activation,
) -> Tensor<3> {
    check_mlp(x.dims()[1], &p, "channel_mlp");
    if let Some((s, gate)) = &skip {
        let [batch, _, points] = x.dims();
        let width = p.b2.dims()[0];
        assert_eq!(s.dims(), [batch, width, points], "channel_mlp: skip");
        assert_eq!(gate.dims(), [width], "channel_mlp: gate");
    }
    if !cpu::serves(&x) {
        return composed::channel_mlp(x, p, hidden, skip, out);
    }
    let op = Mlp { hidden, out, skip: skip.is_some() };
    let mut inputs = vec![
        x.into_dispatch(),
        p.w1.into_dispatch(),
        p.b1.into_dispatch(),
        p.w2.into_dispatch(),
        p.b2.into_dispatch(),
    ];
    if let Some((s, gate)) = skip {
        inputs.extend([gate.into_dispatch(), s.into_dispatch()]);
    }
    cpu::run(op, inputs)
}

/// The whole pointwise part of a Fourier block, in one pass over memory,
///
/// ```math
/// h = σ₁(r + b₀ + S x),   y = σ₂(W₂ σ(W₁ h + b₁) + b₂ + g ⊙ x),
/// ```
///
/// with `r` the spectral convolution of the block's input `x`. Only `r` and `x` are kept for the backward pass.
///
/// **Shapes.** `r`, `x` and the result `[batch, channels, points]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn fno_tail(r: Tensor<3>, x: Tensor<3>, p: TailParams) -> Tensor<3> {
    let width = x.dims()[1];
    assert_eq!(r.dims(), x.dims(), "fno_tail: the two fields");
    assert_eq!(p.skip.dims(), [width, width], "fno_tail: skip");
    assert_eq!(
        (p.bias.dims(), p.gate.dims(), p.mlp.b2.dims()),
        ([width], [width], [width]),
        "fno_tail: bias, gate, b2"
    );
    check_mlp(width, &p.mlp, "fno_tail");
    if !cpu::serves(&x) {
        return composed::fno_tail(r, x, p);
    }
    let op = Tail { mid: p.mid, hidden: p.hidden, out: p.out };
    let inputs = vec![
        r.into_dispatch(),
        x.into_dispatch(),
        p.skip.into_dispatch(),
        p.bias.into_dispatch(),
        p.mlp.w1.into_dispatch(),
        p.mlp.b1.into_dispatch(),
        p.mlp.w2.into_dispatch(),
        p.mlp.b2.into_dispatch(),
        p.gate.into_dispatch(),
    ];
    cpu::run(op, inputs)
}

fn check_mlp(inner: usize, p: &MlpParams, who: &str) {
    let [hidden, w1_inner] = p.w1.dims();
    let [out, w2_inner] = p.w2.dims();
    assert_eq!((inner, hidden), (w1_inner, w2_inner), "{who}: inner sizes of the two weights");
    assert_eq!((p.b1.dims(), p.b2.dims()), ([hidden], [out]), "{who}: biases");
}

/// The layer of a weight and a bias.
fn linear<'a, T: CpuScalar>(weight: &'a FlexTensor, bias: &'a FlexTensor) -> Linear<'a, T> {
    let [outputs, inputs] = weight.shape().dims();
    Linear { weight: cpu::slice(weight), bias: Some(cpu::slice(bias)), inputs, outputs }
}

/// Inputs: `x`, `w1`, `b1`, `w2`, `b2`, and with a skip its gate and its field.
#[derive(Debug)]
struct Mlp {
    hidden: Activation,
    out: Activation,
    skip: bool,
}

impl Mlp {
    fn parts<'a, T: CpuScalar>(
        &self,
        inputs: &'a [FlexTensor],
    ) -> (pointwise::Mlp<'a, T>, Option<Gate<'a, T>>) {
        let mlp = pointwise::Mlp {
            first: linear(&inputs[1], &inputs[2]),
            act: self.hidden,
            second: linear(&inputs[3], &inputs[4]),
            act_out: self.out,
        };
        (mlp, self.skip.then(|| Gate { factor: cpu::slice(&inputs[5]), field: cpu::slice(&inputs[6]) }))
    }
}

impl CpuOp for Mlp {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let [batch, _, points] = inputs[0].shape().dims();
        dispatch!(inputs[0], T => {
            let (mlp, gate) = self.parts::<T>(inputs);
            let y = pointwise::channel_mlp(cpu::slice(&inputs[0]), batch, points, &mlp, gate);
            cpu::tensor(y, [batch, mlp.second.outputs, points])
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor> {
        let [batch, inner, points] = saved[0].shape().dims();
        let wants = MlpWants { input: needs[0], field: self.skip && needs[6] };
        dispatch!(grad, T => {
            let (mlp, gate) = self.parts::<T>(saved);
            let g = pointwise::channel_mlp_backward(cpu::slice(&saved[0]), batch, points, &mlp, gate, cpu::slice(&grad), wants);
            let mut out = vec![g.input.map_or_else(|| cpu::nothing(&grad), |gx| cpu::tensor(gx, [batch, inner, points]))];
            for (layer, g) in [(&mlp.first, g.first), (&mlp.second, g.second)] {
                out.push(cpu::tensor(g.weight, [layer.outputs, layer.inputs]));
                out.push(cpu::tensor(g.bias, [layer.outputs]));
            }
            if self.skip {
                out.push(g.gate.map_or_else(|| cpu::nothing(&grad), |v| cpu::tensor(v, [mlp.second.outputs])));
                out.push(g.field.map_or_else(|| cpu::nothing(&grad), |v| cpu::tensor(v, grad.shape())));
            }
            out
        })
    }
}

/// Inputs: `r`, `x`, `skip`, `bias`, `w1`, `b1`, `w2`, `b2`, `gate`.
#[derive(Debug)]
struct Tail {
    mid: Activation,
    hidden: Activation,
    out: Activation,
}

impl Tail {
    fn parts<'a, T: CpuScalar>(&self, inputs: &'a [FlexTensor]) -> pointwise::Tail<'a, T> {
        let mlp = pointwise::Mlp {
            first: linear(&inputs[4], &inputs[5]),
            act: self.hidden,
            second: linear(&inputs[6], &inputs[7]),
            act_out: self.out,
        };
        let skip = linear(&inputs[2], &inputs[3]);
        pointwise::Tail { skip, act: self.mid, mlp, gate: Some(cpu::slice(&inputs[8])) }
    }
}

impl CpuOp for Tail {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let [batch, _, points] = inputs[0].shape().dims();
        dispatch!(inputs[0], T => {
            let tail = self.parts::<T>(inputs);
            let y = pointwise::fno_tail(cpu::slice(&inputs[0]), cpu::slice(&inputs[1]), batch, points, &tail);
            cpu::tensor(y, inputs[0].shape())
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        let [batch, width, points] = grad.shape().dims();
        dispatch!(grad, T => {
            let tail = self.parts::<T>(saved);
            let (r, x, gy) = (cpu::slice(&saved[0]), cpu::slice(&saved[1]), cpu::slice(&grad));
            let g = pointwise::fno_tail_backward(r, x, batch, points, &tail, gy);
            let hidden = tail.mlp.first.outputs;
            vec![
                cpu::tensor(g.spectral, grad.shape()),
                cpu::tensor(g.input, grad.shape()),
                cpu::tensor(g.skip.weight, [width, width]),
                cpu::tensor(g.skip.bias, [width]),
                cpu::tensor(g.first.weight, [hidden, width]),
                cpu::tensor(g.first.bias, [hidden]),
                cpu::tensor(g.second.weight, [width, hidden]),
                cpu::tensor(g.second.bias, [width]),
                g.gate.map_or_else(|| cpu::nothing(&grad), |v| cpu::tensor(v, [width])),
            ]
        })
    }
}
