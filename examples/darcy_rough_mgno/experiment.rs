//! Data, model, training, evaluation: all that the example uses of the library.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sobolev::datasets::{self, GenerateConfig, problems};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::mgno::MgConvConfig;
use sobolev::operators::train::{
    Clock, Event, LossKind, Record, Reduction, Schedule, TrainConfig, WeightDecay, read_metrics,
};
use sobolev::operators::{MgnoConfig, ModelConfig};
use sobolev::run::{self, EvaluateOptions, Evaluation, RunConfig};

/// How much to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// For a test: seconds.
    Smoke,
    /// For the pictures: minutes on two cores.
    Full,
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// One line on the model.
    pub(crate) model: String,
    /// Errors on the test set, with all of its fields.
    pub(crate) evaluation: Evaluation,
    /// Training loss of every epoch.
    pub(crate) losses: Vec<f64>,
    /// Relative L2 and H1 error on the validation set after every epoch.
    pub(crate) valid: [Vec<f64>; 2],
}

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
    let problem = problems::build::<&str, &str>("darcy-rough", settings.points, &[])?;
    let config = GenerateConfig::new(&data, format!("darcy_rough_{}", settings.points), settings.samples, 0);
    datasets::generate(&*problem, &config, &|_| {}, &AtomicBool::new(false))?;

    // Every layer is a multigrid cycle with zeros beyond the border, beside a linear map of the channels.
    let cycle = MgConvConfig::backslash(2, settings.levels).with_grid(&[settings.points; 2]);
    let model = ModelConfig::Mgno(MgnoConfig::new(settings.width, cycle));
    let config = RunConfig::new(model, training(settings.epochs));
    let out = folder.join("mgno");
    let mut tell = |event: &Event| {
        if let Event::Epoch { epoch, train_loss, .. } = event {
            println!("  epoch {epoch}: loss {train_loss:.4}");
        }
    };
    let trained = run::train(&data, &config, &out, &device, true, &mut tell, &AtomicBool::new(false))?;
    let options = EvaluateOptions { keep: (0..settings.samples[2]).collect(), ..EvaluateOptions::default() };
    let evaluation = run::evaluate(&trained.folder, &data, &options, &device)?;

    let (mut losses, mut valid) = (Vec::new(), [Vec::new(), Vec::new()]);
    for record in read_metrics(&out.join("metrics.jsonl"))? {
        if let Record::Epoch { train_loss, valid: errors, .. } = record {
            losses.push(train_loss);
            for (all, name) in valid.iter_mut().zip(["relative_l2", "relative_h1"]) {
                all.extend(errors.get(name));
            }
        }
    }
    Ok(Outcome { model: trained.model, evaluation, losses, valid })
}

/// The published recipe (`published.toml`), with a higher learning rate for fewer steps.
fn training(epochs: usize) -> TrainConfig {
    TrainConfig {
        epochs,
        batch: 8,
        lr: 2e-3,
        weight_decay: 1e-4,
        decay: WeightDecay::Coupled,
        loss: LossKind::H1Spectral(20),
        reduction: Reduction::Sum,
        schedule: Schedule::OneCycle {
            rise: 0.2,
            div: 2.0,
            final_div: 100.0,
            beta1: Some([0.85, 0.95]),
            clock: Clock::Epoch,
        },
        ..TrainConfig::default()
    }
}
// ANCHOR_END: library
