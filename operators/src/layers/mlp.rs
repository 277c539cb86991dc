//! Pointwise maps of channels.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use sobolev_kernels::ops::Activation;
use sobolev_kernels::ops::{self, MlpParams};

use super::Draws;

/// What the parameters of a linear map are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parametrization {
    /// The entries of its matrix.
    #[default]
    Plain,
    /// A direction `v` and a length `g` for each row, `w = g v / ‖v‖` (Salimans and Kingma 2016, arXiv:1602.07868, equation 2);
    /// the lengths start as those of the rows.
    WeightNorm,
}

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
    /// Lengths of the rows of both matrices, where those are normalised.
    g1: Option<Param<Tensor<1>>>,
    g2: Option<Param<Tensor<1>>>,
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
        Self { w1, b1, w2, b2, g1: None, g2: None, activation }
    }

    /// The same map at first, with other parameters.
    #[must_use]
    pub fn with_parametrization(self, kind: Parametrization, draws: &mut Draws<'_>) -> Self {
        if kind == Parametrization::Plain {
            return self;
        }
        let (g1, g2) = (draws.row_norms(&self.w1), self.w2.as_ref().map(|w2| draws.row_norms(w2)));
        Self { g1: Some(g1), g2, ..self }
    }

    /// The parameters of a map with a hidden layer, `None` for a linear one.
    pub fn params(&self) -> Option<MlpParams> {
        let (w2, b2) = (self.w2.as_ref()?, self.b2.as_ref()?);
        let (w1, w2) = (matrix(&self.w1, self.g1.as_ref()), matrix(w2, self.g2.as_ref()));
        Some(MlpParams { w1, b1: self.b1.val(), w2, b2: b2.val() })
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
                let w1 = matrix(&self.w1, self.g1.as_ref());
                ops::channel_mix(x, w1, Some(self.b1.val()), residual, out)
            }
        }
    }

    /// The map alone.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.forward_gated(x, None, Activation::Identity)
    }
}

/// The rows as they are, or with these lengths.
fn matrix(rows: &Param<Tensor<2>>, lengths: Option<&Param<Tensor<1>>>) -> Tensor<2> {
    let v = rows.val();
    let Some(lengths) = lengths else { return v };
    let scale = lengths.val().unsqueeze_dim(1) / v.clone().square().sum_dim(1).sqrt();
    v * scale
}
