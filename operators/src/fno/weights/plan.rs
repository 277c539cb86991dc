//! The shape of a weight tensor, and what follows from it.

use sobolev_kernels::contract::Factorization;

use super::{WeightConfig, WeightForm};
use crate::{Error, Result};

/// The axes of one weight tensor.
#[derive(Clone, Debug)]
pub(in crate::fno) struct Plan {
    pub(in crate::fno) layers: usize,
    pub(in crate::fno) channels: usize,
    pub(in crate::fno) modes: Vec<usize>,
    pub(in crate::fno) joint: bool,
    pub(in crate::fno) separable: bool,
    fixed: Vec<usize>,
}

/// What belongs to each axis of a Tucker form.
#[derive(Clone, Debug)]
pub(in crate::fno) struct PerAxis<T> {
    pub(in crate::fno) layer: Option<T>,
    pub(in crate::fno) input: T,
    pub(in crate::fno) output: Option<T>,
    pub(in crate::fno) modes: Vec<T>,
}

impl Plan {
    pub(in crate::fno) fn new(
        config: &WeightConfig,
        layers: usize,
        channels: usize,
        modes: Vec<usize>,
    ) -> Self {
        let (joint, separable, fixed) = (config.joint, config.separable, config.fixed.clone());
        Self { layers, channels, modes, joint, separable, fixed }
    }

    /// Layers (if joint), in, out (unless separable), modes.
    pub(in crate::fno) fn shape(&self) -> Vec<usize> {
        let layers = self.joint.then_some(self.layers);
        let output = (!self.separable).then_some(self.channels);
        layers.into_iter().chain([self.channels]).chain(output).chain(self.modes.iter().copied()).collect()
    }

    /// The standard deviation that keeps a field's variance through a layer of equally many channels in and out.
    pub(super) fn sigma(&self) -> f64 {
        (2.0 / (2.0 * self.channels as f64)).sqrt()
    }

    /// Integer ranks; none for a dense weight.
    pub(in crate::fno) fn ranks(&self, config: &WeightConfig) -> Result<Vec<usize>> {
        let Some(form) = kernel_form(config.factorization) else { return Ok(Vec::new()) };
        let shape = self.shape();
        if self.fixed.iter().any(|&axis| axis >= shape.len()) {
            let expected = format!("axes 0 to {} of a tensor of shape {shape:?}", shape.len() - 1);
            return Err(Error::config("weights.fixed", expected, format!("{:?}", self.fixed)));
        }
        form.ranks(&shape, &config.rank.to_rank(), &self.fixed).map_err(|error| {
            Error::config(
                "weights.rank",
                format!("ranks of a tensor of shape {shape:?} ({error})"),
                &config.rank,
            )
        })
    }

    /// Whether an axis of [`shape`](Self::shape) is left as it is.
    pub(in crate::fno) fn is_fixed(&self, axis: usize) -> bool {
        self.fixed.contains(&axis)
    }

    pub(super) fn factor_std(&self, form: WeightForm, ranks: &[usize], sigma: f64) -> f64 {
        let Some(form) = kernel_form(form) else { return sigma };
        let order = self.shape().len();
        if form != Factorization::Tucker {
            return form.factor_std(order, ranks, sigma);
        }
        let free: Vec<usize> = (0..order).filter(|&k| !self.is_fixed(k)).map(|k| ranks[k]).collect();
        form.factor_std(free.len(), &free, sigma)
    }

    /// What a list in the order of [`shape`](Self::shape) holds for each axis.
    pub(in crate::fno) fn split<T: Clone>(&self, each: &[T]) -> PerAxis<T> {
        let (head, modes) = each.split_at(each.len() - self.modes.len());
        let input = usize::from(self.joint);
        PerAxis {
            layer: self.joint.then(|| head[0].clone()),
            input: head[input].clone(),
            output: (!self.separable).then(|| head[input + 1].clone()),
            modes: modes.to_vec(),
        }
    }
}

pub(in crate::fno) fn kernel_form(form: WeightForm) -> Option<Factorization> {
    match form {
        WeightForm::Dense => None,
        WeightForm::Tucker => Some(Factorization::Tucker),
        WeightForm::Cp => Some(Factorization::Cp),
        WeightForm::TensorTrain => Some(Factorization::TensorTrain),
    }
}
