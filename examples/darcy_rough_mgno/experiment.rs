//! Data, model, training, evaluation: all that the example uses of the library.

use std::error::Error;
use std::path::Path;

use sobolev::device::{self, DeviceChoice};
use sobolev::operators::mgno::MgConvConfig;
use sobolev::operators::{MgnoConfig, ModelConfig};
use sobolev::run::{self, EvaluateOptions, RunConfig};

use super::arguments::Scale;
use super::learning::{self, History, Outcome, mgno};

struct Settings {
    points: usize,
    /// Training, validation and test samples.
    samples: [usize; 3],
    width: usize,
    levels: usize,
    epochs: usize,
}

const FULL: Settings = Settings { points: 64, samples: [256, 32, 64], width: 24, levels: 5, epochs: 30 };
const SMOKE: Settings = Settings { points: 16, samples: [64, 8, 8], width: 8, levels: 3, epochs: 20 };

// ANCHOR: library
/// Data, model and errors, with all files in `folder`; what is there already is kept.
pub(crate) fn run(scale: Scale, folder: &Path) -> Result<Outcome, Box<dyn Error>> {
    let settings = if scale == Scale::Smoke { SMOKE } else { FULL };
    let device = device::choose(DeviceChoice::Auto)?.device;

    // Pairs of a coefficient with two values and the pressure, which is 0 on the border.
    let data = folder.join("darcy");
    learning::generate("darcy-rough", settings.points, &[], settings.samples, &data)?;

    // Every layer is a multigrid cycle with zeros beyond the border, beside a linear map of the channels.
    let cycle = MgConvConfig::backslash(2, settings.levels).with_grid(&[settings.points; 2]);
    let model = ModelConfig::Mgno(MgnoConfig::new(settings.width, cycle));
    // The published recipe (`published.toml`), with a higher learning rate for fewer steps.
    let training = mgno::DARCY.with_lr(2e-3).train(settings.epochs, 8);
    let trained = learning::train(&data, &RunConfig::new(model, training), &folder.join("mgno"))?;
    let options = EvaluateOptions { keep: (0..settings.samples[2]).collect(), ..EvaluateOptions::default() };
    let evaluation = run::evaluate(&trained.folder, &data, &options, &device)?;
    let history = History::read(&trained.folder)?;
    Ok(Outcome { model: trained.model, evaluation, history })
}
// ANCHOR_END: library
