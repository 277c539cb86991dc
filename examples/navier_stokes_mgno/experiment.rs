//! Data, model, training, evaluation, rollout: all that the example uses of the library.

use std::error::Error;
use std::path::Path;

use sobolev::device::{self, DeviceChoice};
use sobolev::operators::{MgnoConfig, ModelConfig};
use sobolev::run::{self, EvaluateOptions, Evaluation, Rollout, RunConfig, TaskConfig};

use super::arguments::Scale;
use super::learning::{self, History, mgno};

/// What came out.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// One line on the model.
    pub(crate) model: String,
    /// Errors of one step on the test set, with all of its fields.
    pub(crate) evaluation: Evaluation,
    /// Losses and errors on the way.
    pub(crate) history: History,
    /// Errors of as many steps as a trajectory has, each from the prediction of the one before.
    pub(crate) rollout: Rollout,
    /// Steps of a trajectory.
    pub(crate) frames: usize,
}

struct Settings {
    points: usize,
    /// Of the problem `navier-stokes-1e-5`; a trajectory of n frames has n pairs of a state and the next.
    flow: &'static [(&'static str, &'static str)],
    frames: usize,
    /// Training, validation and test trajectories.
    trajectories: [usize; 3],
    width: usize,
    epochs: usize,
    batch: usize,
}

const FULL: Settings = Settings {
    points: 64,
    flow: &[("frames", "10"), ("solver_points", "128"), ("dt", "0.01")],
    frames: 10,
    trajectories: [48, 4, 8],
    width: 32,
    epochs: 20,
    batch: 8,
};
const SMOKE: Settings = Settings {
    points: 32,
    flow: &[("frames", "4"), ("solver_points", "32"), ("dt", "0.05")],
    frames: 4,
    trajectories: [6, 1, 2],
    width: 8,
    epochs: 10,
    batch: 4,
};

// ANCHOR: library
/// Data, model and errors, with all files in `folder`; what is there already is kept.
pub(crate) fn run(scale: Scale, folder: &Path) -> Result<Outcome, Box<dyn Error>> {
    let settings = if scale == Scale::Smoke { SMOKE } else { FULL };
    let device = device::choose(DeviceChoice::Auto)?.device;

    // Vorticity on the torus at the times 0, 1, 2, ..; every state and the next one are a pair.
    let data = folder.join("flow");
    learning::generate("navier-stokes-1e-5", settings.points, settings.flow, settings.trajectories, &data)?;

    // The published network: periodic, with norms in the cycles; it predicts the difference to the state that it is given.
    let model = MgnoConfig::navier_stokes(&[settings.points; 2]);
    let model = ModelConfig::Mgno(MgnoConfig { hidden_channels: settings.width, ..model });
    // The published recipe (`published.toml`), in smaller batches.
    let training = mgno::NAVIER_STOKES.train(settings.epochs, settings.batch);
    let task = TaskConfig { n_steps_input: 1, n_steps_output: 1, ..TaskConfig::default() };
    let config = RunConfig { task, ..RunConfig::new(model, training) };
    let trained = learning::train(&data, &config, &folder.join("mgno"))?;
    let history = History::read(&trained.folder)?;
    let keep = (0..settings.trajectories[2] * settings.frames).collect();
    let options = EvaluateOptions { keep, ..EvaluateOptions::default() };
    let evaluation = run::evaluate(&trained.folder, &data, &options, &device)?;

    // From the state at time 0 to the end of the trajectory, on its own predictions.
    let options = EvaluateOptions::default();
    let rollout = run::rollout(&trained.folder, &data, settings.frames, &options, &device)?;
    Ok(Outcome { model: trained.model, evaluation, history, rollout, frames: settings.frames })
}
// ANCHOR_END: library
