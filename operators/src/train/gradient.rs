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
use super::parallel::{self, Ranks};
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

/// Which samples of a step a batch holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How many samples of the step come before them.
    pub first: usize,
    /// Samples of the whole step.
    pub total: usize,
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
        let part = Part { first: 0, total: batch.input.dims()[0] };
        self.gradients_on(&Ranks::single(), model, Some(batch), part)
    }

    /// The loss of a step that is shared among ranks and its gradient, the same on each of them. `batch` has the samples of the data
    /// group, and is none where the group has none.
    ///
    /// # Errors
    /// As [`gradients`](Self::gradients); [`TrainError::Mismatch`](super::TrainError::Mismatch) if the patches of a sample cannot be
    /// shared among the ranks of a group, [`TrainError::Ranks`](super::TrainError::Ranks) if a rank is gone.
    pub fn gradients_on<M: Module + Operator>(
        &self,
        ranks: &Ranks,
        model: &M,
        batch: Option<&Sample>,
        part: Part,
    ) -> Result<(f64, ParameterGradients)> {
        self.patches.check(model)?;
        ranks.check_patches(self.patches.loss, model.decomposition().map(Multigrid::n_patches))?;
        let own = match batch {
            Some(batch) => self.own(ranks, model, batch, part)?,
            None => (0.0, Vec::new()),
        };
        parallel::sum(model, own, ranks)
    }

    /// What this rank adds to the loss of the step and to its gradient.
    fn own<M: Module + Operator>(
        &self,
        ranks: &Ranks,
        model: &M,
        batch: &Sample,
        part: Part,
    ) -> Result<(f64, ParameterGradients)> {
        let PatchConfig { loss, per_pass } = *self.patches;
        let alone = ranks.patches().of == 1;
        match (model.decomposition(), loss, per_pass) {
            (None, ..) => self.whole(model, batch, part),
            (_, PatchLoss::Stitched, None) if alone => self.whole(model, batch, part),
            (Some(cut), PatchLoss::Stitched, _) => self.stitched(ranks, model, cut, batch, part),
            (Some(cut), ..) => self.by_patch(ranks, model, cut, batch, part),
        }
    }

    /// One graph of everything.
    fn whole<M: Module + Operator>(
        &self,
        model: &M,
        batch: &Sample,
        part: Part,
    ) -> Result<(f64, ParameterGradients)> {
        self.seed();
        let prediction = model.forward_flat(batch.input.clone(), &batch.size);
        let loss = self.loss.forward(prediction, batch.target.clone(), &batch.size);
        let mut sum = Sum::of(model, batch);
        sum.add(model, &(loss * weight(batch, part)))?;
        Ok((sum.loss, sum.gradients))
    }

    /// Two passes over the patches, or one where all of their graphs may be in memory.
    fn stitched<M: Module + Operator>(
        &self,
        ranks: &Ranks,
        model: &M,
        cut: &Multigrid,
        batch: &Sample,
        part: Part,
    ) -> Result<(f64, ParameterGradients)> {
        let pyramid = cut.pyramid(batch.input.clone(), &batch.size);
        let own = ranks.patches().range(pyramid.n_patches());
        let per_pass = self.patches.per_pass.unwrap_or(usize::MAX);
        let mut graph = None;
        let outputs = if per_pass >= own.len() {
            self.seed();
            let output = cut.apply(pyramid.part(own.clone()));
            graph = Some(output.clone());
            output.inner()
        } else {
            // Parameters that ask for no gradient leave no graph behind; random layers are still at work on this device.
            let silent = model.clone().no_grad();
            let silent = silent.decomposition().unwrap_or(cut);
            let pass = |range| {
                self.seed();
                silent.apply(pyramid.part(range)).inner()
            };
            Tensor::cat(passes(own.clone(), per_pass).map(pass).collect(), 0)
        };
        let outputs = parallel::gather(ranks.group(), outputs)?;
        let field = Tensor::from_inner(cut.stitch(outputs, &batch.size)).require_grad();
        let loss = self.loss.forward(field.clone(), batch.target.clone(), &batch.size) * weight(batch, part);
        let value = params::scalar(loss.clone().inner(), "the loss")?;
        let Some(slope) = field.grad(&loss.backward()).filter(|_| value.is_finite()) else {
            return Ok((value, Vec::new()));
        };
        let mut sum = Sum::of(model, batch);
        let slopes = cut.stitch_adjoint(slope, &batch.size);
        let slopes = if sum.scale == 1.0 { slopes } else { slopes * sum.scale };
        let slope =
            |range: &Range<usize>| Tensor::from_inner(slopes.clone().narrow(0, range.start, range.len()));
        match graph {
            Some(output) => sum.collect(model, (output * slope(&own)).sum().backward()),
            None => {
                for range in passes(own.clone(), per_pass) {
                    self.seed();
                    let slope = slope(&range);
                    let output = cut.apply(pyramid.part(range));
                    sum.collect(model, (output * slope).sum().backward());
                }
            }
        }
        // The ranks of a group know the loss of all of its patches.
        Ok((if own.start == 0 { value } else { 0.0 }, sum.gradients))
    }

    /// The mean of the losses of patches.
    fn by_patch<M: Module + Operator>(
        &self,
        ranks: &Ranks,
        model: &M,
        cut: &Multigrid,
        batch: &Sample,
        part: Part,
    ) -> Result<(f64, ParameterGradients)> {
        let size = &batch.size;
        let supply = match self.patches.loss {
            PatchLoss::Random(count) => Supply::Anywhere(self.places(batch, part, count)),
            PatchLoss::Stitched | PatchLoss::PerPatch => Supply::Fixed(
                cut.pyramid(batch.input.clone(), size),
                cut.cut_target(batch.target.clone(), size),
            ),
        };
        let spacing: Vec<f64> = size.iter().map(|&n| 1.0 / n as f64).collect();
        let own = ranks.patches().range(supply.len());
        let (side, all) = (cut.patch_size(size), part.total * (supply.len() / batch.input.dims()[0]));
        let loss = self.loss.without_wrap();
        let mut sum = Sum::of(model, batch);
        for range in passes(own, self.patches.per_pass.unwrap_or(usize::MAX)) {
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
    fn places(&self, batch: &Sample, part: Part, count: usize) -> Vec<Place> {
        let mut stream = rng::stream(self.seed, 0);
        let mut place = |k: usize| {
            // Drawn as u64, so that 32-bit machines draw alike.
            let origin = batch.size.iter().map(|&n| stream.random_range(0..n as u64) as usize).collect();
            Some(Place { sample: (k / count).checked_sub(part.first)?, origin })
        };
        // Those of all samples of the step are drawn, so that a rank finds the same for its samples as a single one would.
        let end = part.first + batch.input.dims()[0];
        (0..end * count).filter_map(&mut place).collect()
    }
}

/// Patches of a range, at most `per_pass` at a time.
fn passes(range: Range<usize>, per_pass: usize) -> impl Iterator<Item = Range<usize>> {
    let (per_pass, end) = (per_pass.min(range.len()).max(1), range.end);
    range.step_by(per_pass).map(move |start| start..(start + per_pass).min(end))
}

/// The weight of a data group in the mean over the samples of a step.
fn weight(batch: &Sample, part: Part) -> f64 {
    batch.input.dims()[0] as f64 / part.total as f64
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
struct Sum {
    loss: f64,
    gradients: ParameterGradients,
    /// Power of two by which losses are multiplied before the backward pass, and gradients divided after it.
    scale: f64,
}

impl Sum {
    /// The slope of a relative loss at a point is about 1/(B N) for a batch of B fields on N points: nothing in 16 bits. Times
    /// 16 B √N it is in the middle of their range, and so are sums of N such slopes, the gradients of the spectrum.
    fn of(model: &impl Operator, batch: &Sample) -> Self {
        let [samples, _, points] = batch.target.dims();
        let middle = (16.0 * samples as f64 * (points as f64).sqrt()).log2().round().exp2();
        let scale = if model.is_half() { middle } else { 1.0 };
        Self { loss: 0.0, gradients: Vec::new(), scale }
    }

    /// A part of the loss with its graph, which is used up.
    fn add<M: Module>(&mut self, model: &M, part: &Tensor<1>) -> Result<()> {
        self.loss += params::scalar(part.clone().inner(), "the loss")?;
        if self.loss.is_finite() {
            let scaled = if self.scale == 1.0 { part.clone() } else { part.clone() * self.scale };
            self.collect(model, scaled.backward());
        }
        Ok(())
    }

    /// Gradients of a loss that was scaled.
    fn collect<M: Module>(&mut self, model: &M, gradients: Gradients) {
        let mut part = params::gradients(model, gradients);
        if self.scale != 1.0 {
            part = part.into_iter().map(|g| g.map(|g| g / self.scale)).collect();
        }
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
