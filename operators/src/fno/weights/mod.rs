//! The weights of spectral convolutions: dense, or factorised in three ways, one tensor per layer or one for all.

mod config;
mod cp;
mod crop;
mod dense;
mod plan;
mod tensor_train;
mod tucker;

use burn::module::Module;
use burn::tensor::Tensor;

use crate::Result;
use crate::layers::Draws;
use crate::operator::{ModeAxis, ModeParameter};

pub use config::{RankConfig, WeightConfig, WeightForm};
pub use cp::Cp;
pub use dense::Dense;
pub use tensor_train::TensorTrain;
pub use tucker::Tucker;

pub(in crate::fno) use crop::limited;
pub(in crate::fno) use plan::Plan;

/// A weight tensor `[in, out, modes..]`, or `[layers, in, out, modes..]` for all layers at once.
#[derive(Module, Debug)]
pub enum SpectralWeight {
    /// Every entry on its own.
    Dense(Dense),
    /// A core and a factor per axis.
    Tucker(Tucker),
    /// A sum of rank-one terms.
    Cp(Cp),
    /// A chain of cores.
    TensorTrain(TensorTrain),
}

impl SpectralWeight {
    /// Draws a weight whose reconstruction has `E|w|² = 2 / (in + out)`.
    pub(super) fn new(config: &WeightConfig, plan: &Plan, draws: &mut Draws<'_>) -> Result<Self> {
        let sigma = plan.sigma();
        let ranks = plan.ranks(config)?;
        let std = plan.factor_std(config.factorization, &ranks, sigma);
        Ok(match config.factorization {
            WeightForm::Dense => {
                Self::Dense(Dense::new(&plan.modes, plan.channels, plan.separable, sigma, draws))
            }
            WeightForm::Tucker => Self::Tucker(Tucker::new(plan, &ranks, std, draws)),
            WeightForm::Cp => Self::Cp(Cp::new(plan, ranks[0], std, draws)),
            WeightForm::TensorTrain => {
                Self::TensorTrain(TensorTrain::new(plan, &ranks[1..ranks.len() - 1], std, draws))
            }
        })
    }

    /// The spectrum of one layer times the weight, without building the weight where that is cheaper.
    ///
    /// **Shapes.** `x [product of kept, batch, in, 2]` to `[product of kept, batch, out, 2]`; `kept` holds the modes per axis, at
    /// most those allocated.
    pub fn apply(&self, layer: usize, x: Tensor<4>, kept: &[usize]) -> Tensor<4> {
        match self {
            Self::Dense(weight) => weight.apply(x, kept),
            Self::Tucker(weight) => weight.apply(layer, x, kept),
            Self::Cp(weight) => weight.apply(layer, x, kept),
            Self::TensorTrain(weight) => weight.apply(layer, x, kept),
        }
    }

    /// The parameters that belong to single modes, for `allocated` coefficients per axis: the dense weight, or the factors of the
    /// axes of modes.
    pub(in crate::fno) fn mode_parameters(&self, allocated: &[usize]) -> Vec<ModeParameter> {
        let last = allocated.len() - 1;
        let axis = |(axis, &modes): (usize, &usize)| ModeAxis {
            axis,
            modes,
            zero: if axis == last { 0 } else { modes / 2 },
        };
        let axes: Vec<ModeAxis> = allocated.iter().enumerate().map(axis).collect();
        let factors = match self {
            Self::Dense(weight) => return vec![ModeParameter { id: weight.id(), axes }],
            Self::Tucker(weight) => weight.mode_ids(),
            Self::Cp(weight) => weight.mode_ids(),
            Self::TensorTrain(weight) => weight.mode_ids(),
        };
        factors.into_iter().zip(axes).map(|(id, axis)| ModeParameter { id, axes: vec![axis] }).collect()
    }

    /// The dense weight of one layer, `[product of kept, in, out, 2]`; of a separable one `[product of kept, 1, channels, 2]`.
    pub fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        match self {
            Self::Dense(weight) => weight.reconstruct(kept),
            Self::Tucker(weight) => weight.reconstruct(layer, kept),
            Self::Cp(weight) => weight.reconstruct(layer, kept),
            Self::TensorTrain(weight) => weight.reconstruct(layer, kept),
        }
    }
}
