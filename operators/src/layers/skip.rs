//! Ways around a layer.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use sobolev_kernels::ops;
use sobolev_kernels::ops::Activation;

use super::Draws;

/// How a layer's input is added to its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Through a linear map of the channels, without bias.
    Linear,
    /// Each channel times a learned weight that starts at 1.
    SoftGating,
    /// As it is.
    Identity,
    /// Not at all.
    None,
}

/// The parameters of a [`Skip`].
#[derive(Module, Debug)]
pub struct SkipMap {
    weight: Option<Param<Tensor<2>>>,
    gate: Option<Param<Tensor<1>>>,
    #[module(skip)]
    kind: Skip,
}

impl SkipMap {
    /// A way around a layer that keeps the number of channels.
    pub fn new(kind: Skip, channels: usize, draws: &mut Draws<'_>) -> Self {
        let weight = (kind == Skip::Linear).then(|| draws.linear([channels, channels], channels));
        let gate = (kind == Skip::SoftGating).then(|| draws.constant([channels], 1.0));
        Self { weight, gate, kind }
    }

    /// The matrix `[out, in]` of a linear skip.
    pub fn weight(&self) -> Option<Tensor<2>> {
        self.weight.as_ref().map(Param::val)
    }

    /// The weights of a soft-gating skip.
    pub fn gate(&self) -> Option<Tensor<1>> {
        self.gate.as_ref().map(Param::val)
    }

    /// `activation(y + skip(x))`.
    ///
    /// **Shapes.** `x`, `y` and result `[batch, channels, points]`.
    pub fn add(&self, y: Tensor<3>, x: Tensor<3>, activation: Activation) -> Tensor<3> {
        let sum = match (self.kind, self.weight(), self.gate()) {
            (Skip::Linear, Some(weight), _) => return ops::channel_mix(x, weight, None, Some(y), activation),
            (Skip::SoftGating, _, Some(gate)) => {
                let channels = gate.dims()[0];
                y + x * gate.reshape([1, channels, 1])
            }
            (Skip::Identity, ..) => y + x,
            _ => y,
        };
        ops::activate(sum, activation)
    }
}
