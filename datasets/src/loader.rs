//! Shuffled batches, read ahead on a thread of their own.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use rand::RngExt as _;
use sobolev_kernels::rng::stream;

use crate::view::{Batch, View};
use crate::{Error, Result};

/// Order of the samples in one epoch: a permutation of `0..n` that depends on `seed` and `epoch` alone.
///
/// Fisher and Yates's shuffle with stream `epoch` of `seed`.
pub fn epoch_order(seed: u64, epoch: u64, n: usize) -> Vec<usize> {
    let mut rng = stream(seed, epoch);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        // Drawn as u64, so that 32-bit machines shuffle alike.
        order.swap(i, rng.random_range(0..=i as u64) as usize);
    }
    order
}

/// How an epoch is cut into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoaderConfig {
    /// Samples in a batch.
    pub batch: usize,
    /// Shuffle by [`epoch_order`] with this seed; `None` keeps the order of the files.
    pub shuffle: Option<u64>,
    /// Leave out a last batch that is not full.
    pub drop_last: bool,
    /// Batches read ahead.
    pub prefetch: usize,
}

impl LoaderConfig {
    /// Shuffled batches of `batch`, two read ahead.
    pub fn shuffled(batch: usize, seed: u64) -> Self {
        Self { batch, shuffle: Some(seed), drop_last: false, prefetch: 2 }
    }

    /// Batches in the order of the files, two read ahead.
    pub fn ordered(batch: usize) -> Self {
        Self { batch, shuffle: None, drop_last: false, prefetch: 2 }
    }
}

/// Streams the batches of a [`View`].
#[derive(Clone, Debug)]
pub struct Loader {
    view: Arc<View>,
    config: LoaderConfig,
}

impl Loader {
    /// A loader over `view`.
    ///
    /// # Errors
    /// [`Error::Config`] for batches of no sample, no prefetch, or if `drop_last` leaves no batch.
    pub fn new(view: Arc<View>, config: LoaderConfig) -> Result<Self> {
        if config.batch == 0 || config.prefetch == 0 {
            let found = format!("batch {}, prefetch {}", config.batch, config.prefetch);
            return Err(Error::config("loader", "batch and prefetch of at least one", found));
        }
        let loader = Self { view, config };
        if loader.n_batches() == 0 {
            let found = format!("{} samples, drop_last", loader.view.len());
            return Err(Error::config("loader", format!("at least {} samples", config.batch), found));
        }
        Ok(loader)
    }

    /// Batches of an epoch.
    pub fn n_batches(&self) -> usize {
        let (n, b) = (self.view.len(), self.config.batch);
        if self.config.drop_last { n / b } else { n.div_ceil(b) }
    }

    /// The view behind it.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Sample indices of every batch of an epoch.
    pub fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        let n = self.view.len();
        let order = self.config.shuffle.map_or_else(|| (0..n).collect(), |seed| epoch_order(seed, epoch, n));
        order.chunks(self.config.batch).take(self.n_batches()).map(<[_]>::to_vec).collect()
    }

    /// Streams epoch `epoch`, from batch `from` on: an interrupted epoch goes on with the same batches.
    ///
    /// At most `prefetch` batches wait in memory. An error ends the stream after it is delivered.
    ///
    /// # Errors
    /// [`Error::Io`] if the system gives no thread.
    pub fn epoch(&self, epoch: u64, from: usize) -> Result<Epoch> {
        self.epoch_of(epoch, from, |n| 0..n)
    }

    /// [`epoch`](Self::epoch) with a part of every batch: of its `n` samples those numbered `part(n)`. The others are not read, and a
    /// part may be empty.
    ///
    /// # Errors
    /// As [`epoch`](Self::epoch).
    pub fn epoch_of(
        &self,
        epoch: u64,
        from: usize,
        part: impl Fn(usize) -> Range<usize> + Send + 'static,
    ) -> Result<Epoch> {
        let batches = self.batches(epoch);
        let left = batches.len().saturating_sub(from);
        let view = self.view.clone();
        let read = move |send: &dyn Fn(Result<Batch>) -> bool, _: &AtomicBool| {
            for indices in batches.iter().skip(from) {
                let part = indices.get(part(indices.len())).unwrap_or_default();
                if !send(view.batch(part)) {
                    break;
                }
            }
        };
        let thread = Epoch::start("batch reader", self.config.prefetch, left, read);
        thread.map_err(|e| Error::io("start a thread to read", self.view.dataset().path(), e))
    }
}

/// Batches of one epoch, in order.
#[derive(Debug)]
pub struct Epoch {
    receive: Option<Receiver<Result<Batch>>>,
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    left: usize,
}

impl Iterator for Epoch {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.receive.as_ref()?.recv();
        match item {
            Ok(Ok(batch)) => {
                self.left -= 1;
                Some(Ok(batch))
            }
            Ok(Err(error)) => {
                self.stop();
                Some(Err(error))
            }
            Err(_) => {
                if let Some(Err(panic)) = self.stop() {
                    std::panic::resume_unwind(panic);
                }
                None
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl Epoch {
    /// Runs `make` on a thread of its own; it hands over batches by the function it is given until that says no, and may look at
    /// the flag to stop earlier.
    pub(crate) fn start(
        name: &str,
        ahead: usize,
        left: usize,
        make: impl FnOnce(&dyn Fn(Result<Batch>) -> bool, &AtomicBool) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (send, receive) = sync_channel(ahead);
        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        let run = move || {
            // The receiver is gone when the epoch is dropped half-way; an error is the last thing to come.
            let hand_over = |batch: Result<Batch>| {
                let failed = batch.is_err();
                send.send(batch).is_ok() && !failed
            };
            make(&hand_over, &flag);
        };
        let thread = std::thread::Builder::new().name(name.into()).spawn(run)?;
        Ok(Self { receive: Some(receive), thread: Some(thread), stop, left })
    }

    /// Closes the channel, which ends the reader, and waits for it.
    fn stop(&mut self) -> Option<std::thread::Result<()>> {
        self.stop.store(true, Ordering::Relaxed);
        self.receive = None;
        self.left = 0;
        self.thread.take().map(JoinHandle::join)
    }
}

impl Drop for Epoch {
    fn drop(&mut self) {
        self.stop();
    }
}
