//! Pointwise maps of channels.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::ops::Activation;
use sobolev_kernels::ops::{self, MlpParams};

use super::Draws;

/// A perceptron applied to the channels at every point: linear, or with one hidden layer.
///
/// ```math
/// y = W_2 σ(W_1 x + b_1) + b_2 \qquad\text{or}\qquad y = W_1 x + b_1
/// ```
///
/// **Shapes.** `[batch, in, points]` to `[batch, out, points]`; weights `[out, in]`.
#[derive(Module, Debug)]
pub struct ChannelMlp {
    w1: Param<Tensor<2>>,
    b1: Param<Tensor<1>>,
    w2: Option<Param<Tensor<2>>>,
    b2: Option<Param<Tensor<1>>>,
    #[module(skip)]
    activation: Activation,
}

impl ChannelMlp {
    /// A map with `hidden` channels in between, or a linear one where `hidden` is 0.
    pub fn new(
        input: usize,
        hidden: usize,
        output: usize,
        activation: Activation,
        draws: &mut Draws<'_>,
    ) -> Self {
        let first = if hidden == 0 { output } else { hidden };
        let (w1, b1) = (draws.linear([first, input], input), draws.linear([first], input));
        let (w2, b2) = if hidden == 0 {
            (None, None)
        } else {
            (Some(draws.linear([output, hidden], hidden)), Some(draws.linear([output], hidden)))
        };
        Self { w1, b1, w2, b2, activation }
    }

    /// The parameters of a map with a hidden layer, `None` for a linear one.
    pub fn params(&self) -> Option<MlpParams> {
        let (w2, b2) = (self.w2.as_ref()?, self.b2.as_ref()?);
        Some(MlpParams { w1: self.w1.val(), b1: self.b1.val(), w2: w2.val(), b2: b2.val() })
    }

    /// `out(map(x) + gate ⊙ s)`, with `skip = (s, gate)`; the gate `[out]` weighs channels.
    pub fn forward_gated(
        &self,
        x: Tensor<3>,
        skip: Option<(Tensor<3>, Tensor<1>)>,
        out: Activation,
    ) -> Tensor<3> {
        match self.params() {
            Some(params) => ops::channel_mlp(x, params, self.activation, skip, out),
            None => {
                let residual = skip.map(|(s, gate)| {
                    let channels = gate.dims()[0];
                    s * gate.reshape([1, channels, 1])
                });
                ops::channel_mix(x, self.w1.val(), Some(self.b1.val()), residual, out)
            }
        }
    }

    /// The map alone.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.forward_gated(x, None, Activation::Identity)
    }
}
