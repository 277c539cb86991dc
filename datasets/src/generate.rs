//! Makes a data set: samples in parallel, files in order, restartable at any moment.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::atomic::create_folder;
use crate::existing::{Existing, check_existing};
use crate::failure::{FailedSample, OnFailure};
use crate::finalize::complete;
use crate::manifest;
use crate::plan::{GenerateConfig, Plan, Shard};
use crate::problem::Problem;
use crate::schema::Sample;
use crate::writer::ShardWriter;
use crate::{Error, Result};

/// Samples computed between two hand-overs to the writer are at most this many bytes.
const BLOCK_BYTES: usize = 128 << 20;
/// Samples that wait for the disk are at most this many bytes, or two blocks: enough for a generator to go on while a finished file
/// is synced.
const QUEUE_BYTES: usize = 256 << 20;
/// Fewer failures than this never stop a run that skips them.
const MANY: usize = 8;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Samples that are stored, those of kept files included.
    pub done: usize,
    /// Samples that this process is to make or keep.
    pub total: usize,
    /// Samples among `done` that failed.
    pub failed: usize,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Files written by this run.
    pub written: Vec<PathBuf>,
    /// Finished files of an earlier run, found right and kept.
    pub kept: Vec<PathBuf>,
    /// Samples made by this run, those that failed not included.
    pub samples: usize,
    /// Samples that failed, in this run and in files that it kept.
    pub failed: Vec<FailedSample>,
    /// Wall time.
    pub elapsed: Duration,
    /// Files that were lost, or removed, and made again with other bytes than the manifest remembers: another kind of processor,
    /// whose rounding differs in the last bits.
    pub changed: Vec<PathBuf>,
    /// Whether statistics and card were written too; with `shard` they are left to [`crate::finalize`].
    pub finalized: bool,
}

/// Generates a data set, or this process's share of it.
///
/// Samples are computed by all threads of the current rayon pool and written in order by a thread of their own; up to 256 MiB
/// wait for the disk. Finished files of an earlier run with the same settings are kept, so a run that was killed,
/// interrupted or out of space goes on where it stopped, and ends with the same bytes.
///
/// A sample that fails is left out or ends the run, see [`OnFailure`]; it never changes another sample or its index.
///
/// `progress` is called after each block; setting `interrupt` stops the run after the samples in flight.
///
/// # Errors
/// [`Error::Config`] for settings that make no sense, [`Error::Conflict`] if a file made with other settings is in the way,
/// [`Error::Busy`] if another process writes the same file, [`Error::BadSample`] and [`Error::Solver`] naming the sample where
/// failures stop the run, [`Error::Failures`] if most samples fail, [`Error::Io`] and [`Error::Hdf5`] naming the path (full disk,
/// unwritable folder), [`Error::Interrupted`]. After an error all files under a final name are complete.
pub fn generate(
    problem: &dyn Problem,
    config: &GenerateConfig,
    progress: &(dyn Fn(Progress) + Sync),
    interrupt: &AtomicBool,
) -> Result<Report> {
    let start = Instant::now();
    let plan = Plan::new(problem, config)?;
    let share = plan.share(config.shard);
    let mut report = Report::default();
    let (mut todo, mut kept) = (vec![], 0);
    for shard in share {
        match check_existing(&shard, &plan.provenance)? {
            Existing::Complete(failed) => {
                kept += shard.count;
                manifest::sweep(&config.out, &shard.path)?;
                match manifest::read(&config.out, &shard.path)? {
                    Some(record) => manifest::check(&config.out, &shard.path, &record, false)?,
                    None => drop(manifest::record(&config.out, &shard.path)?),
                }
                report.failed.extend(failed);
                report.kept.push(shard.path);
            }
            Existing::Absent => todo.push(shard),
        }
    }
    let total = kept + todo.iter().map(|s| s.count).sum::<usize>();
    let before = Progress { done: kept, total, failed: report.failed.len() };
    progress(before);
    let (send, receive) = sync_channel(queue(block(problem, &plan), &plan));
    let (finished, to_record) = channel();
    let (made, written, changed) = std::thread::scope(|scope| {
        let output = Output { plan: &plan, config, progress, at: before, finished, tried: 0, failed: vec![] };
        let writer = scope.spawn(|| output.write_all(receive));
        let recorder = scope.spawn(|| record_all(config, to_record));
        let made = produce(problem, config, &plan, &todo, &send, interrupt);
        drop(send);
        (made, join(writer), join(recorder))
    });
    // A writer that failed stops the producer too: its reason is the first one.
    let (written, failed) = written?;
    made?;
    report.changed = changed?;
    report.samples = total - kept - failed.len();
    report.written = written;
    report.failed.extend(failed);
    report.failed.sort_by_key(|f| f.index);
    if config.shard.is_none_or(|(_, n)| n == 1) {
        complete(&config.out, &report.written)?;
        report.finalized = true;
    }
    report.elapsed = start.elapsed();
    Ok(report)
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Puts finished files into the manifest, while the next ones are made; returns those that were there before with other bytes.
fn record_all(config: &GenerateConfig, finished: Receiver<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut changed = vec![];
    for file in finished {
        if manifest::record(&config.out, &file)?.1 {
            changed.push(file);
        }
    }
    Ok(changed)
}

enum Message {
    Begin(Shard),
    Block(u64, Vec<Result<Sample>>),
    End,
}

/// Samples between two hand-overs: several for each thread, so that a slow one does not leave the others idle for long.
fn block(problem: &dyn Problem, plan: &Plan) -> usize {
    let threads = rayon::current_num_threads();
    let by_memory = BLOCK_BYTES / (2 * plan.schema.sample_bytes()).max(1);
    (threads * problem.batch().max(8)).min(by_memory.max(threads))
}

/// Blocks of `block` samples, in f64, that may wait for the disk.
fn queue(block: usize, plan: &Plan) -> usize {
    (QUEUE_BYTES / (2 * plan.schema.sample_bytes() * block).max(1)).clamp(2, 1 << 16)
}

/// Computes blocks in order. Stops early, without an error of its own, when the writer is gone.
fn produce(
    problem: &dyn Problem,
    config: &GenerateConfig,
    plan: &Plan,
    todo: &[Shard],
    send: &SyncSender<Message>,
    interrupt: &AtomicBool,
) -> Result<()> {
    let (batch, block) = (problem.batch().max(1), block(problem, plan) as u64);
    for shard in todo {
        if send.send(Message::Begin(shard.clone())).is_err() {
            return Ok(());
        }
        let end = shard.first + shard.count as u64;
        let mut first = shard.first;
        while first < end {
            let next = end.min(first + block);
            let samples = compute(problem, config.seed, first..next, batch, interrupt)?;
            let stop = config.on_failure == OnFailure::Stop;
            let samples = samples
                .into_iter()
                .map(|sample| match sample {
                    Err(error) if stop || FailedSample::of(&error).is_none() => Err(error),
                    other => Ok(other),
                })
                .collect::<Result<Vec<_>>>()?;
            if send.send(Message::Block(first, samples)).is_err() {
                return Ok(());
            }
            first = next;
        }
        if send.send(Message::End).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The samples of a range, by all threads, `batch` at a time.
pub(crate) fn compute(
    problem: &dyn Problem,
    seed: u64,
    range: Range<u64>,
    batch: usize,
    interrupt: &AtomicBool,
) -> Result<Vec<Result<Sample>>> {
    let pieces: Vec<Range<u64>> =
        range.clone().step_by(batch).map(|a| a..range.end.min(a + batch as u64)).collect();
    let made: Vec<Vec<Result<Sample>>> = pieces
        .into_par_iter()
        .map(|piece| {
            if interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let made = problem.samples(seed, piece.clone());
            if made.len() as u64 != piece.end - piece.start {
                let what = format!("batch {piece:?} of {}", problem.name());
                return Err(Error::config(what, format!("{} samples", piece.end - piece.start), made.len()));
            }
            Ok(made)
        })
        .collect::<Result<_>>()?;
    Ok(made.into_iter().flatten().collect())
}

/// The end of the pipe: what arrives goes to files.
struct Output<'a> {
    plan: &'a Plan,
    config: &'a GenerateConfig,
    progress: &'a (dyn Fn(Progress) + Sync),
    at: Progress,
    finished: Sender<PathBuf>,
    /// Samples that arrived.
    tried: usize,
    failed: Vec<FailedSample>,
}

impl Output<'_> {
    /// Writes what arrives. A channel that closes within a shard means that the producer failed: the partial file is removed.
    fn write_all(mut self, receive: Receiver<Message>) -> Result<(Vec<PathBuf>, Vec<FailedSample>)> {
        let mut written = vec![];
        let mut open: Option<ShardWriter> = None;
        for message in receive {
            match message {
                Message::Begin(shard) => open = Some(self.create(&shard)?),
                Message::Block(first, samples) => {
                    let Some(writer) = open.as_mut() else { continue };
                    for (index, sample) in (first..).zip(samples) {
                        self.put(writer, index, sample)?;
                    }
                    (self.progress)(self.at);
                }
                Message::End => {
                    if let Some(writer) = open.take() {
                        let path = writer.finish()?;
                        // A recorder that failed has its own error; what is written stays.
                        let _ = self.finished.send(path.clone());
                        written.push(path);
                    }
                }
            }
        }
        Ok((written, self.failed))
    }

    fn create(&self, shard: &Shard) -> Result<ShardWriter> {
        create_folder(shard.path.parent().unwrap_or(Path::new(".")))?;
        let Plan { schema, provenance, .. } = self.plan;
        ShardWriter::create(&shard.path, schema, provenance, shard.count, self.config.write)
    }

    fn put(&mut self, writer: &mut ShardWriter, index: u64, sample: Result<Sample>) -> Result<()> {
        self.tried += 1;
        self.at.done += 1;
        let stored = sample.and_then(|sample| writer.push(&sample, self.config.seed, index));
        let Err(error) = stored else { return Ok(()) };
        let failed = match FailedSample::of(&error) {
            Some(failed) if self.config.on_failure == OnFailure::Skip => failed,
            _ => return Err(error),
        };
        writer.skip(failed.clone())?;
        self.failed.push(failed);
        self.at.failed += 1;
        if self.failed.len() >= MANY && 2 * self.failed.len() > self.tried {
            return Err(Error::failures(&self.failed, self.tried));
        }
        Ok(())
    }
}
