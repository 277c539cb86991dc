//! What a trained operator is asked beside its errors.

use std::error::Error;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::loss::Loss;
use sobolev::run::{self, EvaluateOptions, Evaluation, SampleFields, TrainedRun};

use super::comparison::study::Entry;

/// Errors of the published kind on the test set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measures {
    /// Mean relative error in the H¹ norm of the spectrum without slopes of wavenumbers from 20 on, which the paper calls H¹.
    pub(crate) spectral_h1: f64,
    /// For a flow: mean relative L² error over whole trajectories, each predicted from its first state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rollout_l2: Option<f64>,
}

/// Measures a trained operator.
pub(crate) fn of(
    entry: &Entry,
    folder: &Path,
    trained: &TrainedRun,
    test: &Evaluation,
) -> Result<Measures, Box<dyn Error>> {
    let device = device::choose(DeviceChoice::Cpu)?.device;
    let errors: Vec<f64> =
        test.samples.iter().map(|s| spectral_h1(s, &test.size, &device)).collect::<Result<_, _>>()?;
    let rollout_l2 = if trained.card.data.n_steps_input > 0 {
        let steps = super::problems::Problem::NavierStokes.pairs();
        let options = EvaluateOptions { batch: entry.train.batch, ..EvaluateOptions::default() };
        let rollout = run::rollout(folder, &test.data, steps, &options, &device)?;
        Some(mean(&rollout.relative_l2))
    } else {
        None
    };
    Ok(Measures { spectral_h1: mean(&errors), rollout_l2 })
}

fn spectral_h1(sample: &SampleFields, size: &[usize], device: &Device) -> Result<f64, Box<dyn Error>> {
    let points: usize = size.iter().product();
    let field = |values: &[f64]| {
        let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
        let shape = [1, values.len() / points, points];
        Tensor::<3>::from_data(TensorData::new(values, shape), device)
    };
    let loss = Loss::RelativeSpectralH1(20).forward(field(&sample.prediction), field(&sample.truth), size);
    let data = loss.try_into_data().map_err(|e| format!("{e:?}"))?;
    Ok(data.iter::<f64>().sum())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
