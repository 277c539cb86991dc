//! The shape of a weight tensor, and what follows from it.

use sobolev_kernels::contract::Factorization;

use super::{WeightConfig, WeightForm};
use crate::{Error, Result};

/// The axes of one weight tensor.
#[derive(Clone, Debug)]
pub(in crate::fno) struct Plan {
    pub(super) layers: usize,
    pub(super) channels: usize,
    pub(super) modes: Vec<usize>,
    pub(super) joint: bool,
    pub(super) separable: bool,
}

/// Tucker ranks by the axis they belong to.
pub(super) struct AxisRanks {
    pub(super) layer: Option<usize>,
    pub(super) input: usize,
    pub(super) output: Option<usize>,
    pub(super) modes: Vec<usize>,
}

impl Plan {
    pub(in crate::fno) fn new(
        config: &WeightConfig,
        layers: usize,
        channels: usize,
        modes: Vec<usize>,
    ) -> Self {
        Self { layers, channels, modes, joint: config.joint, separable: config.separable }
    }

    /// Layers (if joint), in, out (unless separable), modes.
    fn shape(&self) -> Vec<usize> {
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
        let fixed: &[usize] = if config.fixed_layer_mode { &[0] } else { &[] };
        let shape = self.shape();
        form.ranks(&shape, &config.rank.to_rank(), fixed).map_err(|error| {
            Error::config(
                "weights.rank",
                format!("ranks of a tensor of shape {shape:?} ({error})"),
                &config.rank,
            )
        })
    }

    pub(super) fn factor_std(&self, form: WeightForm, ranks: &[usize], sigma: f64) -> f64 {
        match kernel_form(form) {
            None => sigma,
            Some(form) => form.factor_std(self.shape().len(), ranks, sigma),
        }
    }

    pub(super) fn split(&self, ranks: &[usize]) -> AxisRanks {
        let mut rest = ranks.iter().copied();
        let layer = if self.joint { rest.next() } else { None };
        let input = rest.next().unwrap_or(1);
        let output = if self.separable { None } else { rest.next() };
        AxisRanks { layer, input, output, modes: rest.collect() }
    }
}

fn kernel_form(form: WeightForm) -> Option<Factorization> {
    match form {
        WeightForm::Dense => None,
        WeightForm::Tucker => Some(Factorization::Tucker),
        WeightForm::Cp => Some(Factorization::Cp),
        WeightForm::TensorTrain => Some(Factorization::TensorTrain),
    }
}
