//! Training a model on a data set, in a run folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, FloatDType, IntDType};
use sobolev_datasets::{Dataset, LoaderConfig, Split, View, fit_normalisers};
use sobolev_operators::train::{self as training, Control, Observer, Precision, Summary};
use sobolev_operators::{ModelSpec, weights};

use super::card::{self, DataCard, Normalisers, RunCard, RunConfig};
use super::environment;
use super::error::{Result, RunError};
use super::source::DataSource;

/// Sets up to this size are kept in memory once read.
pub(super) const CACHE_MIB: usize = 2048;

/// What a call of [`train`] did.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// The run folder.
    pub folder: PathBuf,
    /// One line on the model.
    pub model: String,
    /// Numbers in the model.
    pub parameters: usize,
    /// The training.
    pub training: Summary,
    /// The best weights; none before the first epoch is done.
    pub weights: Option<PathBuf>,
}

/// Trains on `data/train`, validates on `data/valid` where there is one, and keeps everything in the folder `out`.
///
/// With `resume` an unfinished run goes on bit for bit; where `out` holds none yet, one is started.
///
/// # Errors
/// [`RunError`]: data that cannot be read or do not fit the model, a folder that holds another run, divergence.
pub fn train(
    data: &Path,
    config: &RunConfig,
    out: &Path,
    device: &Device,
    resume: bool,
    observer: &mut dyn Observer,
    interrupt: &AtomicBool,
) -> Result<RunSummary> {
    config.model.validate()?;
    config.train.validate()?;
    let found = out.join(RunCard::FILE).exists();
    if found && !resume {
        return Err(RunError::Exists(out.to_path_buf()));
    }
    use_precision(config.train.precision, device)?;
    let set = Arc::new(Dataset::open(data, Split::Train)?);
    let task = config.task.on(&set);
    let train_view = Arc::new(View::new(set, &task, CACHE_MIB)?);
    let valid_view = open_valid(data, &task, &train_view)?;
    let spec = ModelSpec {
        in_channels: train_view.in_channels(),
        out_channels: train_view.out_channels(),
        config: config.model.clone(),
    };
    check_axes(data, &spec, &train_view)?;
    let card = RunCard {
        version: card::VERSION,
        model: spec.clone(),
        train: config.train.clone(),
        task: config.task.clone(),
        data: DataCard::new(data, &task, &train_view, valid_view.as_ref().map_or(0, |v| v.len())),
    };
    let model = spec.init(config.train.seed, &device.clone().autodiff())?;
    fs::create_dir_all(out).map_err(RunError::io(out, "make the run folder"))?;
    let normalisers = prepare(out, &card, &train_view, found)?;
    environment::record(out, device)?;

    let batch = config.train.batch;
    let shuffled = LoaderConfig::shuffled(batch, config.train.seed);
    let train_source = DataSource::new(train_view, shuffled, normalisers.clone())?;
    let valid_source = match valid_view {
        Some(view) => Some(DataSource::new(view, LoaderConfig::ordered(batch), normalisers)?),
        None => None,
    };
    let (line, parameters) = (model.summary(), model.n_parameters());
    let control = Control { folder: out, device, resume, observer, interrupt };
    let valid = valid_source.as_ref().map(|v| v as &dyn training::BatchSource);
    let (_, summary) = training::fit(model, &train_source, valid, &config.train, control)?;
    let weights = save_best(out, &spec, &summary, device)?;
    Ok(RunSummary { folder: out.to_path_buf(), model: line, parameters, training: summary, weights })
}

/// The validation split; a data set without splits has none.
fn open_valid(data: &Path, task: &sobolev_datasets::Task, train: &View) -> Result<Option<Arc<View>>> {
    if !data.join("data").join(Split::Valid.word()).is_dir() {
        return Ok(None);
    }
    let view = View::new(Arc::new(Dataset::open(data, Split::Valid)?), task, CACHE_MIB)?;
    if view.size() != train.size() {
        let message = format!(
            "the validation set must have the grid of the training set, {:?}, but has {:?}",
            train.size(),
            view.size()
        );
        return Err(RunError::content(data, message));
    }
    Ok(Some(Arc::new(view)))
}

fn check_axes(data: &Path, spec: &ModelSpec, view: &View) -> Result<()> {
    if spec.config.n_dim() == view.size().len() {
        return Ok(());
    }
    let message = format!(
        "the model is for fields on {} axes, but the data have {} (grid {:?})",
        spec.config.n_dim(),
        view.size().len(),
        view.size()
    );
    Err(RunError::content(data, message))
}

/// Writes card and normalisers of a new run, or checks the card of an old one and reads its normalisers.
fn prepare(out: &Path, card: &RunCard, view: &View, found: bool) -> Result<Normalisers> {
    if found {
        let stored = RunCard::load(out)?;
        // The data may have moved; what they are may not have changed.
        let mut moved = card.clone();
        moved.data.path.clone_from(&stored.data.path);
        if stored != moved {
            let difference = difference(&stored, &moved);
            return Err(RunError::Differs { path: out.to_path_buf(), difference });
        }
        return Normalisers::load(out);
    }
    let (input, target) =
        fit_normalisers(view, card.task.input_normaliser, card.task.target_normaliser, card.train.batch)?;
    let normalisers = Normalisers { input, target };
    // The card last: where it is, the normalisers are.
    normalisers.save(out)?;
    card.save(out)?;
    Ok(normalisers)
}

/// The first entry that differs, as `train.lr: 0.001 then, 0.002 now`.
fn difference(then: &RunCard, now: &RunCard) -> String {
    fn walk(path: &str, a: &serde_json::Value, b: &serde_json::Value) -> Option<String> {
        match (a.as_object(), b.as_object()) {
            (Some(x), Some(y)) => x.keys().chain(y.keys()).find_map(|k| {
                let null = serde_json::Value::Null;
                let path = if path.is_empty() { k.clone() } else { format!("{path}.{k}") };
                walk(&path, x.get(k).unwrap_or(&null), y.get(k).unwrap_or(&null))
            }),
            _ if a != b => Some(format!("{path}: {a} then, {b} now")),
            _ => None,
        }
    }
    match (serde_json::to_value(then), serde_json::to_value(now)) {
        (Ok(a), Ok(b)) => walk("", &a, &b).unwrap_or_else(|| "run.toml".into()),
        _ => "run.toml".into(),
    }
}

/// The floating-point type is a property of the device, set once in a process.
pub(super) fn use_precision(precision: Precision, device: &Device) -> Result<()> {
    let (wanted, name) = match precision {
        Precision::F32 => (FloatDType::F32, "f32"),
        Precision::F64 => (FloatDType::F64, "f64"),
    };
    if device.settings().float_dtype == wanted {
        return Ok(());
    }
    let set = device.clone().configure((wanted, IntDType::I64));
    set.map_err(|e| RunError::Precision { wanted: name, reason: format!("{e:?}") })
}

fn save_best(out: &Path, spec: &ModelSpec, summary: &Summary, device: &Device) -> Result<Option<PathBuf>> {
    let Some(best) = &summary.best_checkpoint else { return Ok(None) };
    let average = best.join("average.safetensors");
    let path = if average.exists() { average } else { best.join("weights.safetensors") };
    let model = training::load_weights(spec.init(0, device)?, &path)?;
    let path = out.join("weights.safetensors");
    weights::save(&model, &path)?;
    Ok(Some(path))
}
