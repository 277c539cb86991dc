//! Samples on their way.

use std::collections::VecDeque;

/// A batch of samples in the space of the kept modes, made by [`Stepper::init`](super::Stepper::init).
#[derive(Clone, Debug)]
pub struct State<T> {
    pub(super) blocks: Vec<Block<T>>,
    pub(super) batch: usize,
    pub(super) dt: f64,
    pub(super) steps: usize,
}

/// A sample that stopped being finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlowUp {
    /// Its index in the batch.
    pub sample: usize,
    /// The step, counted from 1, after which it was not finite.
    pub step: usize,
    /// The time then.
    pub time: f64,
}

/// Work done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Evaluations of the nonlinear term, summed over blocks of samples.
    pub evaluations: usize,
    /// Steps accepted, sub-steps of adaptive integrators among them, summed likewise.
    pub accepted: usize,
    /// Sub-steps rejected.
    pub rejected: usize,
}

/// Samples that advance together: one, or the lanes of a register.
#[derive(Clone, Debug)]
pub(super) struct Block<T> {
    pub(super) first: usize,
    pub(super) samples: usize,
    /// `[channel, spectrum]`
    pub(super) u: Vec<T>,
    /// Earlier values and slopes, newest first, for multistep methods.
    pub(super) history: VecDeque<(Vec<T>, Vec<T>)>,
    /// `[channel, spectrum]`
    pub(super) forcing: Option<Vec<T>>,
    /// `[coefficient, points]`
    pub(super) coefficients: Option<Vec<T>>,
    pub(super) blow_ups: Vec<BlowUp>,
    /// Adaptive methods step by `dt / 2^level`.
    pub(super) level: u32,
    pub(super) work: Work,
}

impl<T> Block<T> {
    /// Whether any sample is still finite.
    pub(super) fn is_alive(&self) -> bool {
        self.blow_ups.len() < self.samples
    }
}

impl<T> State<T> {
    /// Samples.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Steps taken.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The time, counted from the initial fields.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.steps as f64 * self.dt
    }

    /// The samples that are no longer finite, by their index.
    #[must_use]
    pub fn blow_ups(&self) -> Vec<BlowUp> {
        let mut all: Vec<BlowUp> = self.blocks.iter().flat_map(|b| b.blow_ups.iter().copied()).collect();
        all.sort_by_key(|b| b.sample);
        all
    }

    /// Work done so far.
    #[must_use]
    pub fn work(&self) -> Work {
        self.blocks.iter().fold(Work::default(), |sum, b| Work {
            evaluations: sum.evaluations + b.work.evaluations,
            accepted: sum.accepted + b.work.accepted,
            rejected: sum.rejected + b.work.rejected,
        })
    }
}
