//! Channel mixing, activations and norms.

use std::f64::consts::FRAC_1_SQRT_2;

use burn::tensor::{Tensor, activation};

use crate::ops::{Activation, MlpParams, TailParams};

/// See [`activate`](crate::ops::activate).
pub fn activate<const D: usize>(x: Tensor<D>, act: Activation) -> Tensor<D> {
    match act {
        Activation::Identity => x,
        Activation::Relu => activation::relu(x),
        // Not Burn's own: off the CPU the derivative of its GELU is that of the tanh approximation, 1e-3 away.
        Activation::Gelu => (x.clone() * FRAC_1_SQRT_2).erf().add_scalar(1.0) * x * 0.5,
        Activation::Silu => activation::silu(x),
        Activation::Tanh => x.tanh(),
    }
}

fn per_channel(v: Tensor<1>) -> Tensor<3> {
    let [c] = v.dims();
    v.reshape([1, c, 1])
}

/// `W x` for every point.
fn mix(x: Tensor<3>, w: Tensor<2>) -> Tensor<3> {
    let [batch, _, _] = x.dims();
    let [out, inner] = w.dims();
    w.unsqueeze::<3>().expand([batch, out, inner]).matmul(x)
}

/// See [`channel_mix`](crate::ops::channel_mix).
pub fn channel_mix(
    x: Tensor<3>,
    w: Tensor<2>,
    bias: Option<Tensor<1>>,
    residual: Option<Tensor<3>>,
    act: Activation,
) -> Tensor<3> {
    let mut z = mix(x, w);
    if let Some(b) = bias {
        z = z + per_channel(b);
    }
    if let Some(r) = residual {
        z = z + r;
    }
    activate(z, act)
}

/// See [`channel_mlp`](crate::ops::channel_mlp).
pub fn channel_mlp(
    x: Tensor<3>,
    p: MlpParams,
    hidden: Activation,
    skip: Option<(Tensor<3>, Tensor<1>)>,
    out: Activation,
) -> Tensor<3> {
    let h = channel_mix(x, p.w1, Some(p.b1), None, hidden);
    let residual = skip.map(|(s, gate)| s * per_channel(gate));
    channel_mix(h, p.w2, Some(p.b2), residual, out)
}

/// See [`fno_tail`](crate::ops::fno_tail).
pub fn fno_tail(r: Tensor<3>, x: Tensor<3>, p: TailParams) -> Tensor<3> {
    let h = channel_mix(x.clone(), p.skip, Some(p.bias), Some(r), p.mid);
    channel_mlp(h, p.mlp, p.hidden, Some((x, p.gate)), p.out)
}

/// See [`group_norm`](crate::ops::group_norm).
pub fn group_norm(
    x: Tensor<3>,
    groups: usize,
    affine: Option<(Tensor<1>, Tensor<1>)>,
    eps: f64,
) -> Tensor<3> {
    let [batch, channels, points] = x.dims();
    let g = x.reshape([batch, groups, channels / groups * points]);
    let centred = g.clone() - g.mean_dim(2);
    let variance = centred.clone().powi_scalar(2).mean_dim(2);
    let y = (centred / (variance + eps).sqrt()).reshape([batch, channels, points]);
    match affine {
        Some((weight, bias)) => y * per_channel(weight) + per_channel(bias),
        None => y,
    }
}
