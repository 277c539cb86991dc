//! Training a model on a data set, in a run folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, FloatDType, IntDType};
use sobolev_datasets::{Dataset, FailedSample, LoaderConfig, Split, View, fit_normalisers};
use sobolev_operators::train::parallel::Ranks;
use sobolev_operators::train::{self as training, Control, Observer, Precision, Summary};
use sobolev_operators::{Model, ModelConfig, ModelSpec, weights};

use super::card::{self, DataCard, Normalisers, RunCard, RunConfig};
use super::environment;
use super::error::{Result, RunError};
use super::source::DataSource;
use super::stream::OpenStream;

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
    /// Samples of a stream that failed in this process and were left out.
    pub failed: Vec<FailedSample>,
}

/// Everything of a run that is not its configuration.
pub struct RunControl<'a> {
    /// The processes that train together; the first one writes the folder.
    pub ranks: &'a Ranks,
    /// The run folder.
    pub out: &'a Path,
    /// Where to compute.
    pub device: &'a Device,
    /// Go on with a run that is there.
    pub resume: bool,
    /// Hears what happens.
    pub observer: &'a mut dyn Observer,
    /// When set, the training saves after the step under way and returns.
    pub interrupt: &'a AtomicBool,
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
    let ranks = &Ranks::single();
    train_on(Some(data), config, RunControl { ranks, out, device, resume, observer, interrupt })
}

/// [`train`] or, without data, [`train_stream`] on several processes, each of which calls this; see
/// [`fit_on`](sobolev_operators::train::fit_on). The folders must be there for all of them.
///
/// # Errors
/// As [`train`] and [`train_stream`]; [`training::TrainError::Mismatch`] where a training cannot be shared so.
pub fn train_on(data: Option<&Path>, config: &RunConfig, control: RunControl<'_>) -> Result<RunSummary> {
    sobolev_kernels::memory::keep_freed();
    match data {
        Some(data) => on_files(data, config, control),
        None => on_stream(config, control),
    }
}

fn on_files(data: &Path, config: &RunConfig, run: RunControl<'_>) -> Result<RunSummary> {
    if config.stream.is_some() {
        return Err(RunError::content(data, "the configuration has a table [stream]: it takes no data set"));
    }
    let found = run.check(config)?;
    use_precision(config.train.precision, run.device)?;
    let set = Arc::new(Dataset::open(data, Split::Train)?);
    let task = config.task.on(&set);
    let train_view = Arc::new(View::new(set, &task, CACHE_MIB)?);
    let valid_view = open_valid(data, &task, &train_view)?;
    let valid_samples = valid_view.as_ref().map_or(0, |v| v.len());
    let card = card(
        config,
        (train_view.in_channels(), train_view.out_channels()),
        DataCard::new(data, &task, &train_view, valid_samples),
    );
    check_axes(data, &card)?;
    let prepared = run.prepare(&card, found, || {
        let (input, target) = fit_normalisers(
            &train_view,
            config.task.input_normaliser,
            config.task.target_normaliser,
            config.train.batch,
        )?;
        Ok(Normalisers { input, target })
    })?;
    let batch = config.train.batch;
    let shuffled = LoaderConfig::shuffled(batch, config.train.seed);
    let train_source = DataSource::new(train_view, shuffled, prepared.normalisers.clone())?;
    let valid_source = match valid_view {
        Some(view) => {
            Some(DataSource::new(view, LoaderConfig::ordered(batch), prepared.normalisers.clone())?)
        }
        None => None,
    };
    let valid = valid_source.as_ref().map(|v| v as &dyn training::BatchSource);
    run.fit(&card, prepared.model, &train_source, valid)
}

/// Trains on the samples of `config.stream`, which a solver makes while the training goes on, and keeps everything in the folder
/// `out`.
///
/// With `resume` an unfinished run goes on bit for bit: the samples of a batch follow from its number.
///
/// # Errors
/// [`RunError`]: a problem or a curriculum that does not fit, a folder that holds another run, divergence.
pub fn train_stream(
    config: &RunConfig,
    out: &Path,
    device: &Device,
    resume: bool,
    observer: &mut dyn Observer,
    interrupt: &AtomicBool,
) -> Result<RunSummary> {
    let ranks = &Ranks::single();
    train_on(None, config, RunControl { ranks, out, device, resume, observer, interrupt })
}

fn on_stream(config: &RunConfig, run: RunControl<'_>) -> Result<RunSummary> {
    let Some(stream) = &config.stream else {
        return Err(RunError::content(
            run.out,
            "a run without a data set needs a table [stream] in its configuration",
        ));
    };
    let found = run.check(config)?;
    use_precision(config.train.precision, run.device)?;
    let open = OpenStream::new(stream, &config.task, &config.train)?;
    let channels = (open.stream.in_channels(), open.stream.out_channels());
    let card = card(config, channels, open.card.clone());
    check_axes(&card.data.path, &card)?;
    let prepared = run.prepare(&card, found, || open.normalisers(&config.task))?;
    let train_source = open.source(&prepared.normalisers);
    let valid_source = open.validation(&prepared.normalisers)?;
    let valid = valid_source.as_ref().map(|v| v as &dyn training::BatchSource);
    let mut summary = run.fit(&card, prepared.model, &train_source, valid)?;
    summary.failed = open.failed();
    Ok(summary)
}

fn card(config: &RunConfig, (in_channels, out_channels): (usize, usize), data: DataCard) -> RunCard {
    RunCard {
        version: card::VERSION,
        model: ModelSpec { in_channels, out_channels, config: config.model.clone() },
        train: config.train.clone(),
        task: config.task.clone(),
        data,
        stream: config.stream.clone(),
    }
}

struct Prepared {
    model: Model,
    normalisers: Normalisers,
}

impl RunControl<'_> {
    /// Checks settings, ranks and folder; says whether a run is there already.
    fn check(&self, config: &RunConfig) -> Result<bool> {
        config.model.validate()?;
        config.train.validate()?;
        let patches = match &config.model {
            ModelConfig::Multigrid(cut) => Some(cut.n_patches()),
            _ => None,
        };
        self.ranks.check(&config.train, patches)?;
        let found = self.ranks.is_root() && self.out.join(RunCard::FILE).exists();
        if found && !self.resume { Err(RunError::Exists(self.out.to_path_buf())) } else { Ok(found) }
    }

    /// The model and the run folder, with card and normalisers in it.
    fn prepare(
        &self,
        card: &RunCard,
        found: bool,
        fit: impl FnOnce() -> Result<Normalisers>,
    ) -> Result<Prepared> {
        let model = card.model.init(card.train.seed, &self.device.clone().autodiff())?;
        if !self.ranks.is_root() {
            let text = self.ranks.broadcast("")?;
            let normalisers = toml::from_str(&text).map_err(|e| RunError::content(self.out, e))?;
            return Ok(Prepared { model, normalisers });
        }
        fs::create_dir_all(self.out).map_err(RunError::io(self.out, "make the run folder"))?;
        let normalisers = prepare(self.out, card, found, fit)?;
        environment::record(self.out, self.device, self.ranks.size())?;
        if self.ranks.size() > 1 {
            // TOML keeps every bit of a float.
            let text = toml::to_string(&normalisers).map_err(|e| RunError::content(self.out, e))?;
            self.ranks.broadcast(&text)?;
        }
        Ok(Prepared { model, normalisers })
    }

    fn fit(
        self,
        card: &RunCard,
        model: Model,
        train: &dyn training::BatchSource,
        valid: Option<&dyn training::BatchSource>,
    ) -> Result<RunSummary> {
        let Self { ranks, out, device, resume, observer, interrupt } = self;
        let (line, parameters) = (model.summary(), model.n_parameters());
        let control = Control { folder: out, device, resume, observer, interrupt };
        let (_, summary) = training::fit_on(ranks, model, train, valid, &card.train, control)?;
        let weights = if ranks.is_root() { save_best(out, &card.model, &summary, device)? } else { None };
        let folder = out.to_path_buf();
        Ok(RunSummary { folder, model: line, parameters, training: summary, weights, failed: vec![] })
    }
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

fn check_axes(data: &Path, card: &RunCard) -> Result<()> {
    let (axes, size) = (card.model.config.n_dim(), &card.data.size);
    if axes == size.len() {
        return Ok(card.model.config.check_size(size)?);
    }
    let message =
        format!("the model is for fields on {axes} axes, but the data have {} (grid {size:?})", size.len());
    Err(RunError::content(data, message))
}

/// Writes card and normalisers of a new run, or checks the card of an old one and reads its normalisers.
fn prepare(
    out: &Path,
    card: &RunCard,
    found: bool,
    fit: impl FnOnce() -> Result<Normalisers>,
) -> Result<Normalisers> {
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
    let normalisers = fit()?;
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
    let mut model = training::load_weights(spec.init(0, device)?, &path)?;
    if let Some(growth) = training::checkpoint_state(best)?.growth {
        model.set_n_modes(&growth.n_modes)?;
    }
    let path = out.join("weights.safetensors");
    weights::save(&model, &path)?;
    Ok(Some(path))
}
