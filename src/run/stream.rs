//! Training without files: the solver feeds the loop, through a curriculum of parameters if asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sobolev_datasets::{
    BoundaryKind, FailedSample, NormaliserFit, Problem, Stage, Stream, StreamOptions, problems,
};
use sobolev_operators::loss::Edges;
use sobolev_operators::train::{self, Batch, BatchSource, Batches, TrainConfig};

use super::card::{DataCard, Normalisers, TaskConfig};
use super::error::{Result, RunError};
use super::source::{data, decode};

/// Where a run without files takes its samples from (TOML table `[stream]`).
///
/// ```toml
/// [stream]
/// problem = "darcy"
/// resolution = 64
/// samples_per_epoch = 1000
///
/// [stream.set]                  # parameters of every stage
/// high = 12
///
/// [[stream.stage]]              # a curriculum; without stages there is one, with the parameters above
/// epochs = 10
/// set = { tau = 3 }
///
/// [[stream.stage]]              # the last stage may go on to the end of the training
/// set = { tau = "3..9", low = "log:0.1..3" }   # a range: every sample draws its own value
/// ```
///
/// Sample `i` of epoch `e` is sample `e · samples_per_epoch + i` of the problem and the seed: used once, never stored. Validation
/// samples are of the last stage and the same after every epoch; normalisers are fitted on samples of all stages. Both come from
/// segments of the indices that no epoch reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamConfig {
    /// Name of the problem, see `sobolev list problems`.
    pub problem: String,
    /// Grid points per axis.
    pub resolution: usize,
    /// Seed of the samples; that of weights and random layers is `train.seed`.
    #[serde(default)]
    pub seed: u64,
    /// Samples (trajectories) of an epoch.
    pub samples_per_epoch: usize,
    /// Samples of the validation set; 0 does without.
    #[serde(default = "default_valid")]
    pub valid_samples: usize,
    /// Samples of each stage that the normalisers are fitted on.
    #[serde(default = "default_normaliser")]
    pub normaliser_samples: usize,
    /// Parameters of all stages: values, or ranges `LOW..HIGH` and `log:LOW..HIGH`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Setting>,
    /// The curriculum.
    #[serde(default, rename = "stage", skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageConfig>,
}

fn default_valid() -> usize {
    64
}

fn default_normaliser() -> usize {
    64
}

/// A stage of a curriculum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageConfig {
    /// Its epochs; the last stage may leave them out and goes on to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Its parameters, over those of all stages.
    #[serde(default)]
    pub set: BTreeMap<String, Setting>,
}

/// A value of a parameter as TOML writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// `true`.
    Flag(bool),
    /// `3`.
    Integer(i64),
    /// `3.5`.
    Number(f64),
    /// `"cells"`, or a range `"3..9"`.
    Text(String),
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(v) => v.fmt(f),
            Self::Integer(v) => v.fmt(f),
            Self::Number(v) => v.fmt(f),
            Self::Text(v) => v.fmt(f),
        }
    }
}

impl StreamConfig {
    /// One stage with the defaults of a problem.
    #[must_use]
    pub fn new(problem: impl Into<String>, resolution: usize, samples_per_epoch: usize) -> Self {
        Self {
            problem: problem.into(),
            resolution,
            seed: 0,
            samples_per_epoch,
            valid_samples: default_valid(),
            normaliser_samples: default_normaliser(),
            set: BTreeMap::new(),
            stages: Vec::new(),
        }
    }

    /// The problem of the last stage: that of the validation.
    ///
    /// # Errors
    /// [`RunError::Data`] for an unknown problem or parameter.
    pub fn problem(&self) -> Result<Box<dyn Problem>> {
        self.build(self.stages.last())
    }

    fn build(&self, stage: Option<&StageConfig>) -> Result<Box<dyn Problem>> {
        let mut set = self.set.clone();
        set.extend(stage.map(|s| s.set.clone()).unwrap_or_default());
        let settings: Vec<(String, String)> = set.into_iter().map(|(k, v)| (k, v.to_string())).collect();
        Ok(problems::build(&self.problem, self.resolution, &settings)?)
    }

    /// The stages, which have to end with the training.
    fn curriculum(&self, epochs: usize) -> Result<Vec<Stage>> {
        let refused = |what: &str, expected: String, found: String| {
            Err(sobolev_datasets::Error::Config { what: format!("stream: {what}"), expected, found }.into())
        };
        if self.normaliser_samples == 0 {
            return refused("normaliser_samples", "at least 1".into(), "0".into());
        }
        if self.samples_per_epoch == 0 {
            return refused("samples_per_epoch", "at least 1".into(), "0".into());
        }
        if self.stages.is_empty() {
            return Ok(vec![Stage { problem: Arc::from(self.build(None)?), epochs: None }]);
        }
        let covered: usize = self.stages.iter().filter_map(|s| s.epochs).sum();
        let open = self.stages.last().is_some_and(|s| s.epochs.is_none());
        if (!open && covered != epochs) || (open && covered >= epochs) {
            let expected = format!(
                "stages of {epochs} epochs together, as `train.epochs` says, or a last stage without `epochs`"
            );
            return refused("epochs of the stages", expected, covered.to_string());
        }
        let stage =
            |s: &StageConfig| Ok(Stage { problem: Arc::from(self.build(Some(s))?), epochs: s.epochs });
        self.stages.iter().map(stage).collect()
    }
}

/// A stream as a source of training batches, before its normalisers are known.
#[derive(Debug)]
pub(super) struct OpenStream {
    pub(super) stream: Arc<Stream>,
    pub(super) card: DataCard,
    edges: Edges,
    config: StreamConfig,
}

impl OpenStream {
    pub(super) fn new(config: &StreamConfig, task: &TaskConfig, train: &TrainConfig) -> Result<Self> {
        let stages = config.curriculum(train.epochs)?;
        let Some(last) = stages.last() else {
            return Err(RunError::content(&PathBuf::from("stream"), "no stage"));
        };
        let schema = last.problem.schema();
        let task = task.of(&schema);
        let rank =
            |name: &String| schema.fields.iter().find(|f| f.name == *name).map_or(0, |f| f.rank.order());
        let target_ranks = task.targets.iter().map(rank).collect();
        let periodic = schema.boundaries.iter().all(|b| b.kind == BoundaryKind::Periodic);
        let edges = if periodic && !schema.boundaries.is_empty() { Edges::Periodic } else { Edges::OneSided };
        let options = StreamOptions {
            seed: config.seed,
            samples: config.samples_per_epoch,
            batch: train.batch,
            // The other half is left to the training, which takes what the generators leave.
            threads: rayon::current_num_threads().div_ceil(2),
            ahead: 4,
        };
        let stream = Stream::new(stages, &task, options)?;
        let windows = stream.n_samples() / config.samples_per_epoch;
        let card = DataCard {
            path: PathBuf::from(format!("stream:{}", config.problem)),
            name: format!("{}_{}", config.problem, config.resolution),
            size: stream.size().to_vec(),
            target_ranks,
            inputs: task.inputs,
            targets: task.targets,
            n_steps_input: task.n_steps_input,
            n_steps_output: task.n_steps_output,
            stride: task.stride,
            train_samples: stream.n_samples(),
            valid_samples: config.valid_samples * windows,
        };
        Ok(Self { stream: Arc::new(stream), card, edges, config: config.clone() })
    }

    /// Fits the normalisers on samples of every stage that no epoch uses.
    pub(super) fn normalisers(&self, task: &TaskConfig) -> Result<Normalisers> {
        let stream = &self.stream;
        let points = stream.size().iter().product();
        let mut input = NormaliserFit::new(task.input_normaliser, stream.in_channels(), points);
        let mut target = NormaliserFit::new(task.target_normaliser, stream.out_channels(), points);
        let n = self.config.normaliser_samples;
        for stage in 0..stream.n_stages() {
            for batch in stream.segment(stage, Stream::NORMALISERS + (stage * n) as u64, n)? {
                input.push(&batch.input);
                target.push(&batch.target);
            }
        }
        Ok(Normalisers { input: input.finish()?, target: target.finish()? })
    }

    /// The training source.
    pub(super) fn source(&self, normalisers: &Normalisers) -> StreamSource {
        StreamSource { stream: self.stream.clone(), normalisers: normalisers.clone(), edges: self.edges }
    }

    /// The validation source, whose samples are made now and kept; none if the configuration wants none.
    pub(super) fn validation(&self, normalisers: &Normalisers) -> Result<Option<FixedSource>> {
        if self.config.valid_samples == 0 {
            return Ok(None);
        }
        let last = self.stream.n_stages() - 1;
        let batches = self.stream.segment(last, Stream::VALIDATION, self.config.valid_samples)?;
        let source = self.source(normalisers);
        let batches = batches.into_iter().map(|b| source.encode(b)).collect();
        Ok(Some(FixedSource { source, batches }))
    }

    /// Samples that failed so far.
    pub(super) fn failed(&self) -> Vec<FailedSample> {
        self.stream.failed()
    }
}

/// A [`Stream`] with normalisers.
#[derive(Debug)]
pub struct StreamSource {
    stream: Arc<Stream>,
    normalisers: Normalisers,
    edges: Edges,
}

impl StreamSource {
    fn encode(&self, mut batch: sobolev_datasets::Batch) -> Batch {
        self.normalisers.input.encode(&mut batch.input, batch.batch);
        self.normalisers.target.encode(&mut batch.target, batch.batch);
        Batch { samples: batch.batch, input: batch.input, target: batch.target, size: batch.size }
    }
}

impl BatchSource for StreamSource {
    fn n_samples(&self) -> usize {
        self.stream.n_samples()
    }

    fn n_batches(&self) -> usize {
        self.stream.n_batches()
    }

    fn in_channels(&self) -> usize {
        self.stream.in_channels()
    }

    fn out_channels(&self) -> usize {
        self.stream.out_channels()
    }

    fn edges(&self) -> Edges {
        self.edges
    }

    fn epoch(&self, epoch: usize, start: usize) -> train::Result<Batches<'_>> {
        let batches = self.stream.epoch(epoch as u64, start).map_err(data)?;
        Ok(Box::new(batches.map(move |batch| Ok(self.encode(batch.map_err(data)?)))))
    }

    fn denormalise(&self, field: &mut [f64], samples: usize) {
        decode(&self.normalisers.target, field, samples);
    }
}

/// A segment of a stream, kept in memory.
#[derive(Debug)]
pub(super) struct FixedSource {
    source: StreamSource,
    batches: Vec<Batch>,
}

impl BatchSource for FixedSource {
    fn n_samples(&self) -> usize {
        self.batches.iter().map(|b| b.samples).sum()
    }

    fn n_batches(&self) -> usize {
        self.batches.len()
    }

    fn in_channels(&self) -> usize {
        self.source.in_channels()
    }

    fn out_channels(&self) -> usize {
        self.source.out_channels()
    }

    fn edges(&self) -> Edges {
        self.source.edges()
    }

    fn epoch(&self, _: usize, start: usize) -> train::Result<Batches<'_>> {
        Ok(Box::new(self.batches[start.min(self.batches.len())..].iter().map(|b| Ok(b.clone()))))
    }

    fn denormalise(&self, field: &mut [f64], samples: usize) {
        self.source.denormalise(field, samples);
    }
}
