//! The loop of a training.

use burn::module::Module;
use burn::tensor::Tensor;
use sobolev_kernels::optim::Decay;
use sobolev_operators::train::{AdamW, StepSettings};

use super::PreconditionError;

/// After a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The step, from 1.
    pub step: usize,
    /// Mean square of the factors by which a norm falls in all cycles: of the error in the norm of A for diffusion, of the residual
    /// for waves.
    pub loss: f64,
    /// Mean of the factors of the last cycle.
    pub factor: f64,
}

/// Steps and peak learning rate, which falls like a cosine.
pub(super) struct Optimisation {
    pub(super) steps: usize,
    pub(super) lr: f64,
}

/// What a step makes small.
pub(super) struct Objective {
    loss: Tensor<1>,
    factor: Tensor<1>,
}

impl Objective {
    /// The mean of the squares of the factors of all cycles, each `[batch]`.
    pub(super) fn of(factors: Vec<Tensor<1>>) -> Self {
        let last = factors.last().cloned().map(Tensor::mean);
        let all = Tensor::cat(factors, 0);
        let factor = last.unwrap_or_else(|| all.clone().mean());
        Self { loss: all.square().mean(), factor }
    }
}

/// Trains by Adam.
pub(super) fn run<M: Module>(
    mut net: M,
    optimisation: &Optimisation,
    mut objective: impl FnMut(&M, usize) -> Objective,
    observer: &mut dyn FnMut(Progress),
) -> Result<M, PreconditionError> {
    let mut optimiser = AdamW::new(&net, None)?;
    for step in 0..optimisation.steps {
        let Objective { loss, factor } = objective(&net, step);
        let (value, factor) = (number(loss.clone()), number(factor));
        if !value.is_finite() {
            return Err(PreconditionError::Diverged { step: step + 1, loss: value });
        }
        let turn = std::f64::consts::PI * step as f64 / optimisation.steps as f64;
        let settings = StepSettings {
            lr: optimisation.lr * 0.5 * (1.0 + turn.cos()),
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            weight_decay: 0.0,
            decay: Decay::Decoupled,
            gradient_scale: 1.0,
            clip: Some(1.0),
        };
        (net, _) = optimiser.step(net, loss.backward(), &settings)?;
        observer(Progress { step: step + 1, loss: value, factor });
    }
    Ok(net)
}

/// The one entry of a tensor; not a number where it cannot be read.
fn number(x: Tensor<1>) -> f64 {
    x.try_into_data().ok().and_then(|data| data.iter::<f64>().next()).unwrap_or(f64::NAN)
}
