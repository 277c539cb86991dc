//! A trained run with smaller spectral weights.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::Serialize;
use sobolev_operators::fno::compress::{AlsOptions, CompressionReport};
use sobolev_operators::fno::{RankConfig, WeightConfig};
use sobolev_operators::{Model, weights};

use super::card::RunCard;
use super::environment;
use super::error::{Result, RunError};
use super::evaluate::{EvaluateOptions, evaluate_run};
use super::trained::TrainedRun;

/// What to make of a run.
#[derive(Clone, Debug)]
pub struct CompressOptions {
    /// The new spectral weights; separable where those of the run are.
    pub weights: WeightConfig,
    /// Other sizes of the same form to be tried and reported.
    pub also: Vec<RankConfig>,
    /// A data set on which every model is measured.
    pub data: Option<PathBuf>,
    /// How it is measured.
    pub evaluate: EvaluateOptions,
    /// Where the run with the new weights goes; made if missing.
    pub out: Option<PathBuf>,
    /// For CP weights.
    pub least_squares: AlsOptions,
}

/// One line of the table: a model and its errors.
#[derive(Clone, Debug, Serialize)]
pub struct CompressedModel {
    /// The size that was asked for; none for the model as it was trained.
    pub rank: Option<RankConfig>,
    /// Integer ranks of each weight tensor.
    pub ranks: Vec<usize>,
    /// Real numbers in the spectral weights.
    pub spectral_parameters: usize,
    /// Real numbers in the model.
    pub parameters: usize,
    /// `‖W' − W‖ / ‖W‖` of the spectral weights.
    pub weight_error: f64,
    /// Mean relative L² error on the data.
    pub relative_l2: Option<f64>,
}

/// What [`compress`] did.
#[derive(Clone, Debug, Serialize)]
pub struct Compression {
    /// The run folder.
    pub run: PathBuf,
    /// The folder that was written.
    pub out: Option<PathBuf>,
    /// One line on the model that was written.
    pub model: String,
    /// The model as it was trained, then all sizes from the largest to the smallest.
    pub models: Vec<CompressedModel>,
}

/// Factorises the spectral weights of a trained run, reports errors against size, and writes a run folder with the new weights.
///
/// # Errors
/// [`RunError`]: a folder that is no finished run, ranks that do not fit, data that do not fit the run, a folder `out` that holds a
/// run already.
pub fn compress(
    run: &Path,
    options: &CompressOptions,
    device: &Device,
    mut each: impl FnMut(&CompressedModel),
) -> Result<Compression> {
    if let Some(out) = &options.out
        && out.join(RunCard::FILE).exists()
    {
        return Err(RunError::Occupied(out.clone()));
    }
    let mut trained = TrainedRun::open(run, device)?;
    let original = trained.model.clone();
    let config = original.fourier()?.config();
    let smaller = |rank: &RankConfig| {
        let separable = config.weights.separable;
        WeightConfig { rank: rank.clone(), separable, ..options.weights.clone() }
    };
    let all = || std::iter::once(&options.weights.rank).chain(&options.also);
    // Before any of the work.
    all().try_for_each(|rank| config.clone().with_weights(smaller(rank)).validate())?;
    let mut models = Vec::new();
    let mut kept = None;
    for rank in std::iter::once(None).chain(all().map(Some)) {
        let (model, report) = match rank {
            Some(rank) => {
                let (model, report) = original.compress(&smaller(rank), &options.least_squares)?;
                (model, Some(report))
            }
            None => (original.clone(), None),
        };
        trained.model = model;
        let line = describe(&trained, rank, report.as_ref(), options, device)?;
        each(&line);
        models.push(line);
        if rank.is_some() && kept.is_none() {
            kept = Some(trained.model.clone());
        }
    }
    models[1..].sort_by_key(|model| std::cmp::Reverse(model.spectral_parameters));
    let model = kept.unwrap_or(original);
    if let Some(out) = &options.out {
        write(&trained, &model, out, device)?;
    }
    Ok(Compression { run: run.to_path_buf(), out: options.out.clone(), model: model.summary(), models })
}

fn describe(
    trained: &TrainedRun,
    rank: Option<&RankConfig>,
    report: Option<&CompressionReport>,
    options: &CompressOptions,
    device: &Device,
) -> Result<CompressedModel> {
    let relative_l2 = match &options.data {
        Some(data) => Some(evaluate_run(trained, data, &options.evaluate, device)?.report.relative_l2),
        None => None,
    };
    Ok(CompressedModel {
        rank: rank.cloned(),
        ranks: report.map_or_else(Vec::new, |r| r.ranks.clone()),
        spectral_parameters: trained.model.fourier()?.convs().spectral_parameters(),
        parameters: trained.model.n_parameters(),
        weight_error: report.map_or(0.0, |r| r.weight_error),
        relative_l2,
    })
}

fn write(trained: &TrainedRun, model: &Model, out: &Path, device: &Device) -> Result<()> {
    std::fs::create_dir_all(out).map_err(RunError::io(out, "make the run folder"))?;
    trained.normalisers.save(out)?;
    environment::record(out, device, 1)?;
    weights::save(model, &out.join("weights.safetensors"))?;
    // The card last: where it is, everything else is.
    RunCard { model: model.spec(), ..trained.card.clone() }.save(out)
}
