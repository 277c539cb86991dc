//! Data, model, training, evaluation: all that the example uses of the library.

use std::error::Error;
use std::path::Path;

use sobolev::device::{self, DeviceChoice};
use sobolev::operators::{MgnoConfig, ModelConfig};
use sobolev::run::{self, EvaluateOptions, RunConfig};

use super::arguments::Scale;
use super::learning::{self, History, Outcome, mgno};

struct Settings {
    /// Nodes per axis, those on the border included.
    points: usize,
    /// Of the problem `helmholtz`.
    waves: &'static [(&'static str, &'static str)],
    /// Training, validation and test samples.
    samples: [usize; 3],
    /// Channels on the finest level; level l has l + 1 times as many.
    width: usize,
    epochs: usize,
    batch: usize,
}

const FULL: Settings =
    Settings { points: 51, waves: &[], samples: [512, 32, 64], width: 20, epochs: 40, batch: 8 };
/// Long waves, which a few samples tell enough of.
const SMOKE: Settings = Settings {
    points: 31,
    waves: &[("omega", "100"), ("solver_cells", "30")],
    samples: [32, 8, 8],
    width: 4,
    epochs: 20,
    batch: 4,
};

// ANCHOR: library
/// Data, model and errors, with all files in `folder`; what is there already is kept.
pub(crate) fn run(scale: Scale, folder: &Path) -> Result<Outcome, Box<dyn Error>> {
    let settings = if scale == Scale::Smoke { SMOKE } else { FULL };
    let device = device::choose(DeviceChoice::Auto)?.device;

    // Pairs of a wave speed and the pressure between rigid walls, at the nodes of a grid that has some on the walls.
    let data = folder.join("helmholtz");
    learning::generate("helmholtz", settings.points, settings.waves, settings.samples, &data)?;

    // The published network: reflecting ends, channels that grow with the level, a norm in every layer, a cycle as head.
    let model = MgnoConfig::helmholtz(&[settings.points; 2]);
    let model = ModelConfig::Mgno(MgnoConfig { hidden_channels: settings.width, ..model });
    // The published recipe (`published.toml`), with a higher learning rate for fewer steps.
    let training = mgno::HELMHOLTZ.with_lr(1e-3).train(settings.epochs, settings.batch);
    let trained = learning::train(&data, &RunConfig::new(model, training), &folder.join("mgno"))?;
    let options = EvaluateOptions { keep: (0..settings.samples[2]).collect(), ..EvaluateOptions::default() };
    let evaluation = run::evaluate(&trained.folder, &data, &options, &device)?;
    let history = History::read(&trained.folder)?;
    Ok(Outcome { model: trained.model, evaluation, history })
}
// ANCHOR_END: library
