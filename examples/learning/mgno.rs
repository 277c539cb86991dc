//! The training of MgNO in its authors' code.

use sobolev::operators::train::{Clock, LossKind, Reduction, Schedule, TrainConfig, WeightDecay};

/// What changes from problem to problem. Always: Adam with the decay as a part of the gradient; one cycle of the learning rate from half
/// of its peak, by epochs, and of β₁ against it, from 0.95 to 0.85 and back.
///
/// **Source.** github.com/xlliu2017/MgNO, commit 3a68a90.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    /// Peak learning rate.
    pub(crate) lr: f64,
    pub(crate) weight_decay: f64,
    pub(crate) loss: LossKind,
    pub(crate) reduction: Reduction,
    /// Part of the epochs in which the learning rate rises.
    pub(crate) rise: f64,
    /// First over last learning rate.
    pub(crate) final_div: f64,
}

/// Darcy flow of all kinds: 500 epochs, batches of 8.
pub(crate) const DARCY: Recipe = Recipe {
    lr: 5e-4,
    weight_decay: 1e-4,
    loss: LossKind::H1Spectral(20),
    reduction: Reduction::Sum,
    rise: 0.2,
    final_div: 100.0,
};

/// A step of a flow: 500 epochs, batches of 500 pairs.
pub(crate) const NAVIER_STOKES: Recipe = Recipe {
    lr: 1e-3,
    weight_decay: 1e-5,
    loss: LossKind::L2,
    reduction: Reduction::Sum,
    rise: 0.1,
    final_div: 50.0,
};

/// The Helmholtz equation: 100 epochs, batches of 10.
pub(crate) const HELMHOLTZ: Recipe = Recipe {
    lr: 3e-4,
    weight_decay: 1e-5,
    loss: LossKind::H1Absolute,
    reduction: Reduction::Mean,
    rise: 0.2,
    final_div: 100.0,
};

impl Recipe {
    /// The recipe with another peak of the learning rate: fewer steps want a higher one.
    pub(crate) fn with_lr(self, lr: f64) -> Self {
        Self { lr, ..self }
    }

    /// A training of as many epochs.
    pub(crate) fn train(self, epochs: usize, batch: usize) -> TrainConfig {
        TrainConfig {
            epochs,
            batch,
            lr: self.lr,
            weight_decay: self.weight_decay,
            decay: WeightDecay::Coupled,
            loss: self.loss,
            reduction: self.reduction,
            schedule: Schedule::OneCycle {
                rise: self.rise,
                div: 2.0,
                final_div: self.final_div,
                beta1: Some([0.85, 0.95]),
                clock: Clock::Epoch,
            },
            ..TrainConfig::default()
        }
    }
}
