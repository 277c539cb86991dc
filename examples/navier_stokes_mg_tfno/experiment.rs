//! Solver, data, training, evaluation: all that the example uses of the library.

use std::error::Error;
use std::path::Path;

use sobolev::device::{self, DeviceChoice};
use sobolev::operators::fno::WeightConfig;
use sobolev::operators::train::{LossKind, TrainConfig};
use sobolev::operators::{FnoConfig, ModelConfig, MultigridConfig, TfnoConfig};
use sobolev::run::{self, EvaluateOptions, Evaluation, Rollout, RunConfig, TaskConfig};

use super::arguments::Scale;
use super::learning;
use super::spectrum::Spectrum;

/// What came out.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// One line on the model.
    pub(crate) model: String,
    /// Errors on the test set, with all of its fields.
    pub(crate) evaluation: Evaluation,
    /// Spectra on the test set.
    pub(crate) spectrum: Spectrum,
    /// Points from a point to the nearest edge of its patch, and the root mean square error of all such points over that of all.
    pub(crate) edges: Vec<(usize, f64)>,
    /// Errors of a model of the same kind that predicts step after step of a flow.
    pub(crate) rollout: Rollout,
    /// Time from step to step.
    pub(crate) interval: f64,
}

struct Settings {
    points: usize,
    /// Training, validation and test samples.
    samples: [usize; 3],
    /// Of the problem `turbulence-variance`.
    forced: &'static [(&'static str, &'static str)],
    epochs: usize,
    width: usize,
    modes: usize,
    /// Of the problem `kolmogorov-100`: points, training, validation and test trajectories, settings, epochs, steps of the rollout.
    flow_points: usize,
    trajectories: [usize; 3],
    flow: &'static [(&'static str, &'static str)],
    flow_epochs: usize,
    steps: usize,
}

const FULL: Settings = Settings {
    points: 128,
    samples: [200, 0, 100],
    forced: &[("solver_points", "128"), ("dt", "0.02")],
    epochs: 16,
    width: 32,
    modes: 32,
    flow_points: 64,
    trajectories: [24, 0, 8],
    flow: &[("solver_points", "64"), ("frames", "20"), ("interval", "0.5")],
    flow_epochs: 10,
    steps: 20,
};

const SMOKE: Settings = Settings {
    points: 32,
    samples: [16, 0, 4],
    forced: &[("solver_points", "32"), ("time", "1"), ("dt", "0.02")],
    epochs: 20,
    width: 8,
    modes: 8,
    flow_points: 16,
    trajectories: [4, 0, 2],
    flow: &[("solver_points", "32"), ("frames", "4"), ("interval", "0.2"), ("warmup", "2"), ("dt", "0.02")],
    flow_epochs: 20,
    steps: 4,
};

// ANCHOR: library
/// Data, model and errors, with all files in `folder`; what is there already is kept.
pub(crate) fn run(scale: Scale, folder: &Path) -> Result<Outcome, Box<dyn Error>> {
    let settings = if scale == Scale::Smoke { SMOKE } else { FULL };
    let device = device::choose(DeviceChoice::Auto)?.device;

    // The solver makes pairs of a random force and the vorticity that it has made of a fluid at rest.
    let data = folder.join("turbulence");
    learning::generate("turbulence-variance", settings.points, settings.forced, settings.samples, &data)?;

    // An operator whose four layers share one Tucker tensor, on 2 x 2 patches that see the whole domain at half the resolution.
    let model = mg_tfno(settings.modes, settings.width);
    let config = RunConfig::new(model.clone(), training(settings.epochs));
    let trained = learning::train(&data, &config, &folder.join("mg-tfno"))?;
    let options = EvaluateOptions { keep: (0..settings.samples[2]).collect(), ..EvaluateOptions::default() };
    let evaluation = run::evaluate(&trained.folder, &data, &options, &device)?;
    let spectrum = Spectrum::of(&evaluation.size, &evaluation.samples);
    let edges = edge_errors(&evaluation, 2);

    // The same kind of operator for one step of a flow in time; its predictions are its next inputs.
    let data = folder.join("kolmogorov");
    learning::generate("kolmogorov-100", settings.flow_points, settings.flow, settings.trajectories, &data)?;
    let task = TaskConfig { n_steps_input: 1, n_steps_output: 1, ..TaskConfig::default() };
    let model = mg_tfno(settings.modes / 2, settings.width);
    let config = RunConfig { task, ..RunConfig::new(model, training(settings.flow_epochs)) };
    let stepper = learning::train(&data, &config, &folder.join("stepper"))?;
    let rollout = run::rollout(&stepper.folder, &data, settings.steps, &EvaluateOptions::default(), &device)?;

    let interval = settings.flow.iter().find(|(key, _)| *key == "interval").map_or("0.2", |(_, value)| value);
    Ok(Outcome { model: trained.model, evaluation, spectrum, edges, rollout, interval: interval.parse()? })
}

fn mg_tfno(modes: usize, width: usize) -> ModelConfig {
    let weights = WeightConfig::tucker(0.1).joint();
    let inner = ModelConfig::Tfno(TfnoConfig(FnoConfig::new(&[modes; 2], width).with_weights(weights)));
    ModelConfig::Multigrid(MultigridConfig::new(1, inner).with_padding(0.0625))
}

fn training(epochs: usize) -> TrainConfig {
    TrainConfig { epochs, batch: 2, lr: 5e-3, loss: LossKind::H1, clip: Some(1.0), ..TrainConfig::default() }
}
// ANCHOR_END: library

/// Errors by the distance to the nearest edge of a patch, of a domain cut into `patches` along each axis.
fn edge_errors(evaluation: &Evaluation, patches: usize) -> Vec<(usize, f64)> {
    let (n, side) = (evaluation.size[0], evaluation.size[0] / patches);
    let to_edge = |i: usize| (i % side).min(side - 1 - i % side);
    let mut sums = vec![(0.0, 0usize); side.div_ceil(2)];
    for sample in &evaluation.samples {
        for (i, (p, t)) in sample.prediction.iter().zip(&sample.truth).enumerate() {
            let (square, count) = &mut sums[to_edge(i / n).min(to_edge(i % n))];
            *square += (p - t) * (p - t);
            *count += 1;
        }
    }
    let (total, points) = sums.iter().fold((0.0, 0), |(s, c), &(square, count)| (s + square, c + count));
    let mean = total / points.max(1) as f64;
    sums.iter().enumerate().map(|(d, &(square, count))| (d, (square / count as f64 / mean).sqrt())).collect()
}
