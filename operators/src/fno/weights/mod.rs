//! The weights of spectral convolutions: dense, or factorised in three ways, one tensor per layer or one for all.
//!
//! ```text
//! config    WeightConfig               plan      shape, ranks and scale of the tensors
//! dense, tucker, cp, tensor_train      parameters; what a pass over the layers works out once; the cheapest contraction
//! dropout   tensor dropout             crop      weights of fewer modes than were allocated
//! ```

mod config;
mod cp;
mod crop;
mod dense;
mod dropout;
mod plan;
mod tensor_train;
mod tucker;

use burn::module::{Module, Param, ParamId};
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
        let dropout = config.dropout;
        Ok(match config.factorization {
            WeightForm::Dense => {
                Self::Dense(Dense::new(&plan.modes, plan.channels, plan.separable, sigma, draws))
            }
            WeightForm::Tucker => Self::Tucker(Tucker::new(plan, &ranks, std, dropout, draws)),
            WeightForm::Cp => Self::Cp(Cp::new(plan, ranks[0], std, dropout, draws)),
            WeightForm::TensorTrain => Self::TensorTrain(TensorTrain::new(plan, &ranks, std, dropout, draws)),
        })
    }

    /// The spectrum of one layer times the weight, without building the weight where that is cheaper.
    ///
    /// On a device that records gradients the weight is the one that tensor dropout leaves.
    ///
    /// **Shapes.** `x [product of kept, batch, in, 2]` to `[product of kept, batch, out, 2]`; `kept` holds the modes per axis, at
    /// most those allocated.
    pub fn apply(&self, layer: usize, x: Tensor<4>, kept: &[usize]) -> Tensor<4> {
        let batch = x.dims()[1];
        self.pass(kept, batch, 1).apply(layer, x)
    }

    /// What `layers` layers need to apply the weight to spectra of `batch` samples, worked out once.
    pub(in crate::fno) fn pass(&self, kept: &[usize], batch: usize, layers: usize) -> WeightPass {
        match self {
            Self::Dense(weight) => WeightPass::Dense(weight.pass(kept)),
            Self::Tucker(weight) => WeightPass::Tucker(weight.pass(kept, batch, layers)),
            Self::Cp(weight) => WeightPass::Cp(weight.pass(kept, batch, layers)),
            Self::TensorTrain(weight) => WeightPass::TensorTrain(weight.pass(kept, batch, layers)),
        }
    }

    /// The parameters that belong to single modes, for `allocated` coefficients per axis: the dense weight, or the factors of the
    /// axes of modes and the core where an axis has none.
    pub(in crate::fno) fn mode_parameters(&self, allocated: &[usize]) -> Vec<ModeParameter> {
        let last = allocated.len() - 1;
        let axis = |(axis, stride): (usize, usize)| {
            let modes = allocated[axis];
            ModeAxis { axis, modes, zero: if axis == last { 0 } else { modes / 2 }, stride }
        };
        let parameters = match self {
            Self::Dense(weight) => vec![weight.mode_strides()],
            Self::Tucker(weight) => weight.mode_strides(),
            Self::Cp(weight) => weight.mode_strides(),
            Self::TensorTrain(weight) => weight.mode_strides(),
        };
        parameters
            .into_iter()
            .map(|(id, axes)| ModeParameter { id, axes: axes.into_iter().map(axis).collect() })
            .collect()
    }

    /// The dense weight of one layer, `[product of kept, in, out, 2]`; of a separable one `[product of kept, 1, channels, 2]`.
    /// Without dropout on any device.
    pub fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        match self {
            Self::Dense(weight) => weight.reconstruct(kept),
            Self::Tucker(weight) => weight.reconstruct(layer, kept),
            Self::Cp(weight) => weight.reconstruct(layer, kept),
            Self::TensorTrain(weight) => weight.reconstruct(layer, kept),
        }
    }
}

/// A parameter, and which grid axes' modes it runs over, with the entries from one mode to the next.
type ModeStrides = (ParamId, Vec<(usize, usize)>);

/// Of a factor whose first axis runs over the modes of a grid axis.
fn factor_strides<const D: usize>((axis, factor): (usize, &Param<Tensor<D>>)) -> ModeStrides {
    (factor.id, vec![(axis, factor.val().dims()[1..].iter().product())])
}

/// A weight during one pass of fields through the layers.
#[derive(Clone, Debug)]
pub(in crate::fno) enum WeightPass {
    Dense(dense::DensePass),
    Tucker(tucker::TuckerPass),
    Cp(cp::CpPass),
    TensorTrain(tensor_train::TrainPass),
}

impl WeightPass {
    /// See [`SpectralWeight::apply`].
    pub(in crate::fno) fn apply(&self, layer: usize, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Dense(pass) => pass.apply(x),
            Self::Tucker(pass) => pass.apply(layer, x),
            Self::Cp(pass) => pass.apply(layer, x),
            Self::TensorTrain(pass) => pass.apply(layer, x),
        }
    }
}
