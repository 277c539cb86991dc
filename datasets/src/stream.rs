//! Samples straight from the solver into batches, with no file between.

use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use crate::block::{Block, expand};
use crate::failure::FailedSample;
use crate::generate::compute;
use crate::header::FieldInfo;
use crate::loader::{Epoch, epoch_order};
use crate::problem::Problem;
use crate::schema::{FieldKind, Sample, Schema};
use crate::task::Task;
use crate::view::{Batch, Parts, copy_window};
use crate::{Error, Result};

/// Keeps the shuffling of windows apart from the draws of samples.
const SALT: u64 = 0x7769_6e64_6f77_7321;

/// Part of a curriculum: a problem for some epochs.
#[derive(Clone)]
pub struct Stage {
    /// The problem.
    pub problem: Arc<dyn Problem>,
    /// Its epochs; `None` goes on without end and must be the last.
    pub epochs: Option<usize>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("problem", &self.problem.name()).field("epochs", &self.epochs).finish()
    }
}

/// How a stream is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Seed of the samples.
    pub seed: u64,
    /// Samples (trajectories) of an epoch.
    pub samples: usize,
    /// Pairs of a batch.
    pub batch: usize,
    /// Threads that make samples. Nothing but the speed depends on it.
    pub threads: usize,
    /// Batches that may wait.
    pub ahead: usize,
}

/// A data set that is made while it is used, and never stored.
///
/// Epoch `e` consists of the samples `e·samples .. (e+1)·samples` of the seed: every one is used in one epoch, never again, and
/// which one a batch holds is a function of the options alone, so that a training can be resumed at any batch. Memory is bounded:
/// at most `ahead` batches wait, and two samples for each thread (or one group of batches, whichever is more) are in the making.
///
/// **Windows.** A trajectory gives all its windows. Those of a group of trajectories (a batch of them, or as many as the solver
/// likes to integrate at once) are shuffled together, so that a batch holds windows of many trajectories.
///
/// **Failures.** A sample that fails leaves a gap in its batch, and its index is not used again; [`Stream::failed`] has them all. A
/// batch of which nothing is left is an error.
///
/// **Segments.** Indices from [`Stream::VALIDATION`] on are never reached by an epoch: they are for validation and for fitting
/// normalisers.
#[derive(Debug)]
pub struct Stream {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    stages: Vec<Stage>,
    cut: Cut,
    options: StreamOptions,
    /// Samples of a group.
    group: usize,
    pool: rayon::ThreadPool,
    failed: Mutex<Vec<FailedSample>>,
}

impl Stream {
    /// First index of the segment for validation.
    pub const VALIDATION: u64 = 1 << 40;
    /// First index of the segment for normalisers.
    pub const NORMALISERS: u64 = 1 << 41;

    /// A stream through `stages`, which must have one grid, one list of times and fields.
    ///
    /// # Errors
    /// [`Error::Config`] for an empty curriculum, a stage without end before the last, stages unlike one another, zeros among the
    /// options, or a task that does not fit.
    pub fn new(stages: Vec<Stage>, task: &Task, options: StreamOptions) -> Result<Self> {
        let o = options;
        if o.samples == 0 || o.batch == 0 || o.threads == 0 || o.ahead == 0 {
            return Err(Error::config(
                "stream",
                "samples, batch, threads and batches ahead of at least one",
                format!("{o:?}"),
            ));
        }
        let Some(last) = stages.last() else {
            return Err(Error::config("curriculum", "at least one stage", "none"));
        };
        let schema = last.problem.schema();
        for (i, stage) in stages.iter().enumerate() {
            if stage.epochs == Some(0) || (stage.epochs.is_none() && i + 1 < stages.len()) {
                let what = format!("epochs of stage {} of the curriculum", i + 1);
                return Err(Error::config(what, "at least one; only the last stage may go without", "none"));
            }
            let other = stage.problem.schema();
            if (&other.axes, &other.time, &other.fields) != (&schema.axes, &schema.time, &schema.fields) {
                let what = format!("stage {} of the curriculum", i + 1);
                return Err(Error::config(what, "grid, times and fields of the last stage", "others"));
            }
        }
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(o.threads).thread_name(|i| format!("generator {i}"));
        let pool =
            pool.build().map_err(|e| Error::config("threads of the stream", "threads that start", e))?;
        let group = o.batch * last.problem.batch().div_ceil(o.batch).max(1);
        let cut = Cut::new(&schema, last.problem.name(), task)?;
        Ok(Self { inner: Arc::new(Inner { stages, cut, options, group, pool, failed: Mutex::default() }) })
    }

    /// Pairs of an epoch.
    pub fn n_samples(&self) -> usize {
        self.inner.options.samples * self.inner.cut.windows
    }

    /// Batches of an epoch.
    pub fn n_batches(&self) -> usize {
        (0..self.inner.n_groups()).map(|g| self.inner.batches_of(g)).sum()
    }

    /// Channels of the input.
    pub fn in_channels(&self) -> usize {
        self.inner.cut.parts.in_channels
    }

    /// Channels of the target.
    pub fn out_channels(&self) -> usize {
        self.inner.cut.parts.out_channels
    }

    /// Sizes of the space axes.
    pub fn size(&self) -> &[usize] {
        &self.inner.cut.size
    }

    /// Samples that failed so far, by index.
    pub fn failed(&self) -> Vec<FailedSample> {
        let mut all = self.inner.failed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_by_key(|f| f.index);
        all.dedup();
        all
    }

    /// The batches of an epoch from batch `from` on, made ahead by threads of their own.
    ///
    /// # Errors
    /// [`Error::Config`] if the epoch lies behind the curriculum or reaches the segment for validation, [`Error::Io`] if the system
    /// gives no thread.
    pub fn epoch(&self, epoch: u64, from: usize) -> Result<Epoch> {
        let inner = self.inner.clone();
        let stage = inner.stage(epoch)?;
        let n = inner.options.samples as u64;
        let first = epoch.checked_mul(n).filter(|f| f.saturating_add(n) <= Self::VALIDATION);
        let first = first.ok_or_else(|| {
            Error::config("samples of the stream", format!("below {}", Self::VALIDATION), "more")
        })?;
        let left = self.n_batches().saturating_sub(from);
        let make = move |send: &dyn Fn(Result<Batch>) -> bool, stop: &AtomicBool| {
            inner.produce(&*inner.stages[stage].problem, first, from, send, stop);
        };
        Epoch::start("stream", self.inner.options.ahead, left, make)
            .map_err(|e| Error::io("start a thread for", std::path::Path::new("the stream"), e))
    }

    /// All pairs of `n` samples from `first` on, of stage `stage`, in order, a batch at a time.
    ///
    /// # Errors
    /// [`Error::Config`] for a stage that is not there, [`Error::Failures`] if no sample succeeds.
    pub fn segment(&self, stage: usize, first: u64, n: usize) -> Result<Vec<Batch>> {
        let inner = &self.inner;
        let Some(stage) = inner.stages.get(stage) else {
            return Err(Error::config("stage", format!("below {}", inner.stages.len()), stage));
        };
        let range = first..first + n as u64;
        let samples = inner.make(&*stage.problem, range, &AtomicBool::new(false))?;
        let w = inner.cut.windows;
        let pairs: Vec<(usize, usize)> = (0..n).flat_map(|s| (0..w).map(move |t| (s, t))).collect();
        let batches = pairs
            .chunks(inner.options.batch)
            .filter_map(|pairs| inner.gather(&samples, pairs))
            .collect::<Vec<_>>();
        if batches.is_empty() { Err(inner.nothing_left(n)) } else { Ok(batches) }
    }

    /// Number of stages.
    pub fn n_stages(&self) -> usize {
        self.inner.stages.len()
    }
}

impl Inner {
    fn stage(&self, epoch: u64) -> Result<usize> {
        let mut end = 0u64;
        for (i, stage) in self.stages.iter().enumerate() {
            match stage.epochs {
                Some(n) => end += n as u64,
                None => return Ok(i),
            }
            if epoch < end {
                return Ok(i);
            }
        }
        Err(Error::config("epoch", format!("below {end}, the end of the curriculum"), epoch))
    }

    fn n_groups(&self) -> usize {
        self.options.samples.div_ceil(self.group)
    }

    /// Samples of a group, counted from the first of the epoch.
    fn samples_of(&self, group: usize) -> Range<usize> {
        let first = group * self.group;
        first..self.options.samples.min(first + self.group)
    }

    fn batches_of(&self, group: usize) -> usize {
        (self.samples_of(group).len() * self.cut.windows).div_ceil(self.options.batch)
    }

    /// Makes the batches of an epoch whose first sample is `first`.
    fn produce(
        &self,
        problem: &dyn Problem,
        first: u64,
        from: usize,
        send: &dyn Fn(Result<Batch>) -> bool,
        stop: &AtomicBool,
    ) {
        // The group that holds batch `from`, and the batches of it that are done.
        let (mut group, mut skip) = (0, from);
        while group < self.n_groups() && skip >= self.batches_of(group) {
            skip -= self.batches_of(group);
            group += 1;
        }
        // Small groups are made several at once, so that all threads have work.
        let together = (2 * self.options.threads).div_ceil(self.group).max(1);
        while group < self.n_groups() {
            let end = self.n_groups().min(group + together);
            let (a, b) = (self.samples_of(group).start, self.samples_of(end - 1).end);
            let samples = match self.make(problem, first + a as u64..first + b as u64, stop) {
                Ok(samples) => samples,
                Err(Error::Interrupted) => return,
                Err(error) => {
                    send(Err(error));
                    return;
                }
            };
            for g in group..end {
                let range = self.samples_of(g);
                let own = &samples[range.start - a..range.end - a];
                let order = epoch_order(
                    self.options.seed ^ SALT,
                    first + range.start as u64,
                    own.len() * self.cut.windows,
                );
                let pairs: Vec<_> =
                    order.iter().map(|i| (i / self.cut.windows, i % self.cut.windows)).collect();
                for pairs in pairs.chunks(self.options.batch).skip(skip) {
                    let batch = self.gather(own, pairs).ok_or_else(|| self.nothing_left(pairs.len()));
                    if !send(batch) {
                        return;
                    }
                }
                skip = 0;
            }
            group = end;
        }
    }

    /// Samples of a range, rounded and with their axes in order; nothing in the place of one that failed.
    fn make(
        &self,
        problem: &dyn Problem,
        range: Range<u64>,
        stop: &AtomicBool,
    ) -> Result<Vec<Option<Vec<Block>>>> {
        let made = self
            .pool
            .install(|| compute(problem, self.options.seed, range.clone(), problem.batch().max(1), stop))?;
        range
            .zip(made)
            .map(|(index, sample)| {
                let blocks = sample.and_then(|s| self.cut.blocks(&s, problem, self.options.seed, index));
                match blocks {
                    Ok(blocks) => Ok(Some(blocks)),
                    Err(error) => match FailedSample::of(&error) {
                        Some(failed) => {
                            self.failed.lock().unwrap_or_else(PoisonError::into_inner).push(failed);
                            Ok(None)
                        }
                        None => Err(error),
                    },
                }
            })
            .collect()
    }

    /// A batch of (sample, window) pairs, without those whose sample failed; nothing if none is left.
    fn gather(&self, samples: &[Option<Vec<Block>>], pairs: &[(usize, usize)]) -> Option<Batch> {
        let there: Vec<_> = pairs.iter().filter_map(|&(s, w)| Some((samples[s].as_ref()?, w))).collect();
        if there.is_empty() {
            return None;
        }
        let mut batch = self.cut.parts.batch(there.len(), &self.cut.size);
        let how = (self.cut.parts.parts.as_slice(), self.cut.used.as_slice(), self.cut.stride);
        for (b, (blocks, window)) in there.into_iter().enumerate() {
            copy_window(how, blocks, window, &mut batch, b);
        }
        Some(batch)
    }

    fn nothing_left(&self, tried: usize) -> Error {
        Error::failures(&self.failed.lock().unwrap_or_else(PoisonError::into_inner), tried)
    }
}

/// From samples in memory to windows.
#[derive(Debug)]
struct Cut {
    schema: Schema,
    /// As a file would list them, and their places in the schema.
    fields: Vec<(FieldInfo, usize)>,
    parts: Parts,
    used: Vec<usize>,
    stride: usize,
    size: Vec<usize>,
    windows: usize,
}

impl Cut {
    fn new(schema: &Schema, name: &str, task: &Task) -> Result<Self> {
        if task.stride == 0 {
            return Err(Error::config("stride of the window", "at least one stored step", 0));
        }
        let d = schema.axes.len();
        let info = |(i, f): (usize, &crate::schema::Field)| {
            let (name, rank, kind) = (f.name.clone(), f.rank.order(), f.kind);
            let (components, dim_varying) = (f.rank.components(d), vec![true; d]);
            (FieldInfo { name, rank, kind, components, sample_varying: true, dim_varying }, i)
        };
        let mut fields: Vec<_> = schema.fields.iter().enumerate().map(info).collect();
        fields.sort_by_key(|(f, _)| f.rank);
        let infos: Vec<FieldInfo> = fields.iter().map(|(f, _)| f.clone()).collect();
        let parts = Parts::new(&infos, name, task)?;
        let windows = (schema.time.len() + 1).saturating_sub(parts.span);
        if windows == 0 {
            let expected = format!("at least {} for this window", parts.span);
            return Err(Error::config(format!("stored steps of {name}"), expected, schema.time.len()));
        }
        let (used, size) = (parts.used(), schema.size());
        Ok(Self { schema: schema.clone(), fields, used, parts, stride: task.stride, size, windows })
    }

    /// The used fields of a sample, rounded to f32 and checked as a file would be.
    fn blocks(&self, sample: &Sample, problem: &dyn Problem, seed: u64, index: u64) -> Result<Vec<Block>> {
        let one = |&field: &usize| {
            let (info, place) = &self.fields[field];
            let shape = self.schema.sample_shape(&self.schema.fields[*place]);
            let values = sample.fields.get(*place).map_or(&[][..], Vec::as_slice);
            if values.len() != shape.iter().product::<usize>() {
                let what = format!("sample {index} of {}: field '{}'", problem.name(), info.name);
                return Err(Error::config(what, format!("values of shape {shape:?}"), values.len()));
            }
            let rounded: Vec<f32> = values.iter().map(|&v| v as f32).collect();
            if let Some(at) = rounded.iter().position(|v| !v.is_finite()) {
                let (problem, field) = (problem.name().to_string(), info.name.clone());
                return Err(Error::BadSample { problem, seed, index, field, value: values[at] });
            }
            let steps = if info.kind == FieldKind::Solution { self.schema.time.len() } else { 1 };
            Ok(expand(rounded, info, &self.size, 1, steps))
        };
        self.used.iter().map(one).collect()
    }
}
