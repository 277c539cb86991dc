//! The loss of a batch and its gradient, at once or patch by patch.
//!
//! With patches k, inner operator F, stitching S and loss ℓ the stitched loss is ℓ(S y) with y_k = F(x_k), and its gradient
//!
//! ```math
//! \nabla_\theta\, ℓ = \sum_k \left(\frac{\partial F(x_k)}{\partial\theta}\right)^{\!*} g_k, \qquad g = S^*\, \nabla ℓ(S y),
//! ```
//!
//! for any loss: a first pass finds y without a graph, the gradient of ℓ on the field gives g, and a second pass takes the patches
//! one after the other, each with its own graph.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Gradients, Tensor};
use rand::RngExt;
use sobolev_kernels::rng;

use super::error::Result;
use super::params;
use super::patches::{PatchConfig, PatchLoss};
use crate::multigrid::{Multigrid, Patches, Place, Pyramid};
use crate::{Loss, Operator};

/// The gradient of every parameter, flattened, in visiting order; none where the loss does not depend on one.
pub type ParameterGradients = Vec<Option<Tensor<1>>>;

/// A batch on a device that records gradients.
#[derive(Debug, Clone)]
pub struct Sample {
    /// `[batch, in_channels, points]`.
    pub input: Tensor<3>,
    /// `[batch, out_channels, points]`.
    pub target: Tensor<3>,
    /// Grid points per axis.
    pub size: Vec<usize>,
}

/// How the loss of a batch is taken.
#[derive(Debug, Clone)]
pub struct Objective<'a> {
    /// The loss.
    pub loss: Loss,
    /// Of what, and how much at a time.
    pub patches: &'a PatchConfig,
    /// Where the tensors are, and whose generator feeds random layers.
    pub device: &'a Device,
    /// Seed of random layers and of random places.
    pub seed: u64,
}

impl Objective<'_> {
    /// The loss of `batch` and its gradient by the parameters of `model`, which must record gradients. The gradient is left out
    /// where the loss is not finite.
    ///
    /// Passes over patches draw the same numbers in random layers as a step in one pass, as far as weights are concerned.
    ///
    /// # Errors
    /// [`TrainError::Config`](super::TrainError::Config) if patches are asked for of a model that has none, or random places on a
    /// domain that is not periodic; [`TrainError::Device`](super::TrainError::Device) if a loss cannot be read.
    pub fn gradients<M: Module + Operator>(
        &self,
        model: &M,
        batch: &Sample,
    ) -> Result<(f64, ParameterGradients)> {
        self.patches.check(model)?;
        let PatchConfig { loss, per_pass } = *self.patches;
        match (model.decomposition(), loss, per_pass) {
            (None, ..) | (_, PatchLoss::Stitched, None) => self.whole(model, batch),
            (Some(cut), PatchLoss::Stitched, Some(per_pass)) => self.stitched(model, cut, batch, per_pass),
            (Some(cut), loss, per_pass) => {
                self.by_patch(model, cut, batch, loss, per_pass.unwrap_or(usize::MAX))
            }
        }
    }

    /// One graph of everything.
    fn whole<M: Module + Operator>(&self, model: &M, batch: &Sample) -> Result<(f64, ParameterGradients)> {
        self.seed();
        let prediction = model.forward_flat(batch.input.clone(), &batch.size);
        let mut sum = Sum::default();
        sum.add(model, &self.loss.forward(prediction, batch.target.clone(), &batch.size))?;
        Ok((sum.loss, sum.gradients))
    }

    /// Two passes over the patches.
    fn stitched<M: Module + Operator>(
        &self,
        model: &M,
        cut: &Multigrid,
        batch: &Sample,
        per_pass: usize,
    ) -> Result<(f64, ParameterGradients)> {
        let pyramid = cut.pyramid(batch.input.clone(), &batch.size);
        // Parameters that ask for no gradient leave no graph behind; random layers are still at work on this device.
        let silent = model.clone().no_grad();
        let silent = silent.decomposition().unwrap_or(cut);
        let pass = |range| {
            self.seed();
            silent.apply(pyramid.part(range)).inner()
        };
        let outputs = passes(pyramid.n_patches(), per_pass).map(pass).collect();
        let field = Tensor::from_inner(cut.stitch(Tensor::cat(outputs, 0), &batch.size)).require_grad();
        let loss = self.loss.forward(field.clone(), batch.target.clone(), &batch.size);
        let value = params::scalar(loss.clone().inner(), "the loss")?;
        let Some(slope) = field.grad(&loss.backward()).filter(|_| value.is_finite()) else {
            return Ok((value, Vec::new()));
        };
        let slopes = cut.stitch_adjoint(slope, &batch.size);
        let mut sum = Sum::default();
        for range in passes(pyramid.n_patches(), per_pass) {
            self.seed();
            let slope = Tensor::from_inner(slopes.clone().narrow(0, range.start, range.len()));
            let output = cut.apply(pyramid.part(range));
            sum.collect(model, (output * slope).sum().backward());
        }
        Ok((value, sum.gradients))
    }

    /// The mean of the losses of patches.
    fn by_patch<M: Module + Operator>(
        &self,
        model: &M,
        cut: &Multigrid,
        batch: &Sample,
        loss: PatchLoss,
        per_pass: usize,
    ) -> Result<(f64, ParameterGradients)> {
        let size = &batch.size;
        let supply = match loss {
            PatchLoss::Random(count) => Supply::Anywhere(self.places(batch.input.dims()[0], count, size)),
            PatchLoss::Stitched | PatchLoss::PerPatch => Supply::Fixed(
                cut.pyramid(batch.input.clone(), size),
                cut.cut_target(batch.target.clone(), size),
            ),
        };
        let spacing: Vec<f64> = size.iter().map(|&n| 1.0 / n as f64).collect();
        let (side, all) = (cut.patch_size(size), supply.len());
        let loss = self.loss.without_wrap();
        let mut sum = Sum::default();
        for range in passes(all, per_pass) {
            self.seed();
            let (patches, target) = supply.part(cut, batch, range)?;
            let output = cut.crop(cut.apply(patches), size);
            let losses = loss.per_sample_spaced(output, target, &side, &spacing);
            sum.add(model, &(losses.sum() / all as f64))?;
            if !sum.loss.is_finite() {
                break;
            }
        }
        Ok((sum.loss, sum.gradients))
    }

    /// Random layers draw from the device's generator; its state is not readable, so that it is seeded wherever it has to draw the
    /// same again.
    fn seed(&self) {
        self.device.seed(self.seed);
    }

    /// `count` places in each sample, every point of the grid as likely as any.
    fn places(&self, batch: usize, count: usize, size: &[usize]) -> Vec<Place> {
        let mut stream = rng::stream(self.seed, 0);
        let mut place = |k: usize| {
            // Drawn as u64, so that 32-bit machines draw alike.
            let origin = size.iter().map(|&n| stream.random_range(0..n as u64) as usize).collect();
            Place { sample: k / count, origin }
        };
        (0..batch * count).map(&mut place).collect()
    }
}

/// Patches `0..all`, at most `per_pass` at a time.
fn passes(all: usize, per_pass: usize) -> impl Iterator<Item = Range<usize>> {
    let per_pass = per_pass.min(all);
    (0..all).step_by(per_pass).map(move |start| start..(start + per_pass).min(all))
}

/// Where the patches of a step and their targets come from.
#[allow(clippy::large_enum_variant, reason = "one per step")]
enum Supply<'a> {
    /// The patches of the decomposition.
    Fixed(Pyramid<'a>, Tensor<3>),
    /// Any places.
    Anywhere(Vec<Place>),
}

impl Supply<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Fixed(pyramid, _) => pyramid.n_patches(),
            Self::Anywhere(places) => places.len(),
        }
    }

    fn part(&self, cut: &Multigrid, batch: &Sample, range: Range<usize>) -> Result<(Patches, Tensor<3>)> {
        match self {
            Self::Fixed(pyramid, targets) => {
                let targets = targets.clone().narrow(0, range.start, range.len());
                Ok((pyramid.part(range), targets))
            }
            Self::Anywhere(places) => {
                let (places, size) = (&places[range], &batch.size);
                Ok((cut.cut_at(&batch.input, size, places)?, cut.cut_target_at(&batch.target, size, places)?))
            }
        }
    }
}

/// A loss and its gradient, gathered in the order of the passes.
#[derive(Default)]
struct Sum {
    loss: f64,
    gradients: ParameterGradients,
}

impl Sum {
    /// A part of the loss with its graph, which is used up.
    fn add<M: Module>(&mut self, model: &M, part: &Tensor<1>) -> Result<()> {
        self.loss += params::scalar(part.clone().inner(), "the loss")?;
        if self.loss.is_finite() {
            self.collect(model, part.backward());
        }
        Ok(())
    }

    fn collect<M: Module>(&mut self, model: &M, gradients: Gradients) {
        let part = params::gradients(model, gradients);
        if self.gradients.is_empty() {
            self.gradients = part;
            return;
        }
        for (sum, part) in self.gradients.iter_mut().zip(part) {
            *sum = match (sum.take(), part) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        }
    }
}
