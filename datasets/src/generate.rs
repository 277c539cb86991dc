//! Makes a data set: samples in parallel, files in order, restartable at any moment.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::atomic::create_folder;
use crate::existing::{Existing, check_existing};
use crate::finalize::finalize;
use crate::plan::{GenerateConfig, Plan, Shard};
use crate::problem::Problem;
use crate::schema::Sample;
use crate::writer::ShardWriter;
use crate::{Error, Result};

/// Samples computed between two hand-overs to the writer are at most this many bytes.
const BLOCK_BYTES: usize = 128 << 20;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Samples that are stored, those of kept files included.
    pub done: usize,
    /// Samples that this process is to make or keep.
    pub total: usize,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Files written by this run.
    pub written: Vec<PathBuf>,
    /// Finished files of an earlier run, found right and kept.
    pub kept: Vec<PathBuf>,
    /// Samples made by this run.
    pub samples: usize,
    /// Wall time.
    pub elapsed: Duration,
    /// Whether statistics and card were written too; with `shard` they are left to [`finalize`].
    pub finalized: bool,
}

/// Generates a data set, or this process's share of it.
///
/// Samples are computed by all threads of the current rayon pool and written in order by a thread of their own; at most two
/// blocks wait for the disk. Finished files of an earlier run with the same settings are kept, so a run that was killed,
/// interrupted or out of space goes on where it stopped, and ends with the same bytes.
///
/// `progress` is called after each block; setting `interrupt` stops the run after the samples in flight.
///
/// # Errors
/// [`Error::Config`] for settings that make no sense, [`Error::Conflict`] if a file made with other settings is in the way,
/// [`Error::Busy`] if another process writes the same file, [`Error::BadSample`] and [`Error::Solver`] naming the sample,
/// [`Error::Io`] and [`Error::Hdf5`] naming the path (full disk, unwritable folder), [`Error::Interrupted`].
/// After an error all files under a final name are complete.
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
            Existing::Complete => {
                kept += shard.count;
                report.kept.push(shard.path);
            }
            Existing::Absent => todo.push(shard),
        }
    }
    let ahead: usize = todo.iter().map(|s| s.count).sum();
    let counter = Counter { done: kept, total: kept + ahead, progress };
    progress(Progress { done: kept, total: kept + ahead });
    let (send, receive) = sync_channel(2);
    let (made, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write_all(&plan, config, receive, counter));
        let made = produce(problem, config.seed, &plan, &todo, &send, interrupt);
        drop(send);
        (made, writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    // A writer that failed stops the producer too: its reason is the first one.
    report.written = written?;
    made?;
    report.samples = ahead;
    if config.shard.is_none_or(|(_, n)| n == 1) {
        finalize(&config.out)?;
        report.finalized = true;
    }
    report.elapsed = start.elapsed();
    Ok(report)
}

enum Message {
    Begin(Shard),
    Block(u64, Vec<Sample>),
    End,
}

/// Computes blocks in order. Stops early, without an error of its own, when the writer is gone.
fn produce(
    problem: &dyn Problem,
    seed: u64,
    plan: &Plan,
    todo: &[Shard],
    send: &SyncSender<Message>,
    interrupt: &AtomicBool,
) -> Result<()> {
    let threads = rayon::current_num_threads();
    // f64 in flight, several samples for each thread so that a slow one does not leave the others idle for long.
    let by_memory = BLOCK_BYTES / (2 * plan.schema.sample_bytes()).max(1);
    let block = (8 * threads).min(by_memory.max(threads)) as u64;
    for shard in todo {
        if send.send(Message::Begin(shard.clone())).is_err() {
            return Ok(());
        }
        let end = shard.first + shard.count as u64;
        let mut first = shard.first;
        while first < end {
            let next = end.min(first + block);
            let samples: Vec<Result<Sample>> = (first..next)
                .into_par_iter()
                .map(|index| {
                    if interrupt.load(Ordering::Relaxed) {
                        Err(Error::Interrupted)
                    } else {
                        problem.sample(seed, index)
                    }
                })
                .collect();
            let samples = samples.into_iter().collect::<Result<Vec<_>>>()?;
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

struct Counter<'a> {
    done: usize,
    total: usize,
    progress: &'a (dyn Fn(Progress) + Sync),
}

/// Writes what arrives. A channel that closes within a shard means that the producer failed: the partial file is removed.
fn write_all(
    plan: &Plan,
    config: &GenerateConfig,
    receive: Receiver<Message>,
    mut counter: Counter<'_>,
) -> Result<Vec<PathBuf>> {
    let mut written = vec![];
    let mut open: Option<ShardWriter> = None;
    for message in receive {
        match message {
            Message::Begin(shard) => {
                create_folder(shard.path.parent().unwrap_or(Path::new(".")))?;
                open = Some(ShardWriter::create(
                    &shard.path,
                    &plan.schema,
                    &plan.provenance,
                    shard.count,
                    config.write,
                )?);
            }
            Message::Block(first, samples) => {
                let Some(writer) = open.as_mut() else { continue };
                for (index, sample) in (first..).zip(&samples) {
                    writer.push(sample, config.seed, index)?;
                }
                counter.done += samples.len();
                (counter.progress)(Progress { done: counter.done, total: counter.total });
            }
            Message::End => {
                if let Some(writer) = open.take() {
                    written.push(writer.finish()?);
                }
            }
        }
    }
    Ok(written)
}
