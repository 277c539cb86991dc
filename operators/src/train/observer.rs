//! What a training tells while it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Something that happened in a training. Epochs and steps count from 1.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The training begins, or goes on.
    Start {
        /// Epochs of the whole training.
        epochs: usize,
        /// Steps of an epoch.
        steps_per_epoch: usize,
        /// Steps that were done before, by an earlier process.
        steps_done: usize,
        /// Numbers in the model.
        parameters: usize,
    },
    /// A step is done.
    Step {
        /// Its epoch.
        epoch: usize,
        /// Its number in the epoch.
        step_in_epoch: usize,
        /// Its number in the training.
        step: usize,
        /// Loss of its batch.
        loss: f64,
        /// Learning rate.
        lr: f64,
        /// Training samples per second, over the last epoch's worth of steps.
        samples_per_second: f64,
        /// Estimated time to the end of the training, validation included.
        left: Duration,
    },
    /// An epoch and its validation are done.
    Epoch {
        /// Its number.
        epoch: usize,
        /// Mean training loss, on normalised fields.
        train_loss: f64,
        /// Errors on the validation set in physical units.
        valid: BTreeMap<String, f64>,
        /// Whether it is the best so far.
        best: bool,
    },
    /// Modes were added.
    Modes {
        /// Steps done with fewer.
        step: usize,
        /// Modes now in use per axis.
        n_modes: Vec<usize>,
    },
    /// The grid of the batches is another one, or the first of several.
    Grid {
        /// Epoch of the first step on it.
        epoch: usize,
        /// Points per axis.
        size: Vec<usize>,
    },
    /// A checkpoint has its final name.
    Saved {
        /// Its folder.
        folder: PathBuf,
    },
}

/// Hears what happens; draws a bar, prints lines, collects numbers.
pub trait Observer {
    /// Called for every event, on the thread that trains.
    fn event(&mut self, event: &Event);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&mut self, _: &Event) {}
}

impl<F: FnMut(&Event)> Observer for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}
