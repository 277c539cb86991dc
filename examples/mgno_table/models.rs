//! The models that are compared, each trained as its authors do: learning rate and its course, decay and loss are theirs, epochs and
//! batches the same for all.
//!
//! | model | recipe | from |
//! |---|---|---|
//! | MgNO | see [`mgno`] | the authors' code |
//! | FNO | Adam with decay 1e-4 in the gradient, 1e-3 halved after every fifth of the epochs, relative L² | Li et al., ICLR 2021: `fourier_2d.py`, which has 500 epochs and halves after 100 |
//! | TFNO | the same, relative H¹ | Kossaifi et al., TMLR 2024: default configuration of the first release of neuraloperator, 500 epochs and 100 |
//! | U-NO | Adam with decay 1e-3 (1e-5 for a flow) in the gradient, 1e-3 halved after every seventh (fifth) of the epochs, relative L² | Rahman et al., TMLR 2023: `darcy_flow_main.py` with 700 and 100, `ns_uno2d_main.py` with 500 and 100 |
//! | dilated residual network | as FNO, since its authors have no such map | the network of Stachenfeld et al., ICLR 2022 |
//!
//! All of them sum the losses of a batch, which a decay in the gradient feels; MgNO's for the Helmholtz equation takes the mean. Inputs and
//! targets are scaled to mean 0 and variance 1 for all models, and losses are those of scaled fields.

use sobolev::operators::fno::WeightConfig;
use sobolev::operators::layers::Resample;
use sobolev::operators::train::{LossKind, Reduction, Schedule, TrainConfig, WeightDecay};
use sobolev::operators::{DilResNetConfig, FnoConfig, MgnoConfig, ModelConfig, TfnoConfig, UnoConfig};

use super::comparison::study::Entry;
use super::learning::mgno::{self, Recipe};
use super::options::Budget;
use super::problems::Problem;

/// Names of the models.
pub(crate) const NAMES: [&str; 5] = ["mgno", "fno", "tfno", "uno", "dil-resnet"];

/// A model's name in its paper.
pub(crate) fn label(name: &str) -> &str {
    match name {
        "mgno" => "MgNO",
        "fno" => "FNO",
        "tfno" => "TFNO",
        "uno" => "U-NO",
        "dil-resnet" => "DilResNet",
        other => other,
    }
}

/// Channels of the Fourier operators, those of the authors of FNO.
const WIDTH: usize = 32;
/// Modes along an axis, of both signs: 12 of each, as there.
const MODES: usize = 24;
/// Zeros beyond either end of an axis of a problem with ends, as a part of the axis. All authors of Fourier operators pad such problems, by 6 to 11 % in all.
const PADDING: f64 = 0.0625;

/// The models of a problem under a budget.
pub(crate) fn all(problem: Problem, budget: &Budget) -> Vec<Entry> {
    let entry = |name: &str, config, train: TrainConfig| {
        let train = TrainConfig { lr: train.lr * budget.lr_scale, ..train };
        Entry { name: name.to_owned(), config, train }
    };
    let (mgno, recipe) = mgno(problem, problem.points(budget));
    let padding = if problem.is_periodic() { 0.0 } else { PADDING };
    let fno = FnoConfig { domain_padding: padding, ..FnoConfig::new(&[MODES; 2], WIDTH) };
    let tfno = TfnoConfig(fno.clone().with_weights(WeightConfig::tucker(0.1)));
    let plain = DilResNetConfig { boundary: mgno.cycle.boundary.clone(), ..DilResNetConfig::new(2) };
    let h1 = if problem.is_periodic() { LossKind::H1 } else { LossKind::H1Nonperiodic };
    let (decay, parts) = if problem.is_periodic() { (1e-5, 5) } else { (1e-3, 7) };
    vec![
        entry(NAMES[0], ModelConfig::Mgno(mgno), recipe.train(budget.epochs, budget.batch)),
        entry(NAMES[1], ModelConfig::Fno(fno), halving(budget, 1e-4, 5, LossKind::L2)),
        entry(NAMES[2], ModelConfig::Tfno(tfno), halving(budget, 1e-4, 5, h1)),
        entry(NAMES[3], ModelConfig::Uno(uno(problem, padding)), halving(budget, decay, parts, LossKind::L2)),
        entry(NAMES[4], ModelConfig::DilResNet(plain), halving(budget, 1e-4, 5, LossKind::L2)),
    ]
}

/// The published variant for the problem, on its grid, and its recipe.
fn mgno(problem: Problem, points: usize) -> (MgnoConfig, Recipe) {
    let grid = [points; 2];
    match problem {
        Problem::DarcyRough | Problem::DarcyMultiscale => (MgnoConfig::darcy_rough(&grid), mgno::DARCY),
        Problem::Helmholtz => (MgnoConfig::helmholtz(&grid), mgno::HELMHOLTZ),
        Problem::NavierStokes => (MgnoConfig::navier_stokes(&grid), mgno::NAVIER_STOKES),
    }
}

/// Two halvings of the grid and two doublings, with the modes that the grids hold.
fn uno(problem: Problem, padding: f64) -> UnoConfig {
    let (fine, coarse) = ([MODES; 2], [MODES / 2; 2]);
    let config = UnoConfig::new(WIDTH)
        .with_block(48, &fine, 0.5)
        .with_block(64, &coarse, 0.5)
        .with_block(64, &coarse, 1.0)
        .with_block(48, &coarse, 2.0)
        .with_block(WIDTH, &fine, 2.0);
    let resample = if problem.is_periodic() { Resample::Spectral } else { Resample::Linear };
    UnoConfig { domain_padding: padding, resample, ..config }
}

/// Adam at 1e-3, halved after each of as many equal parts of the epochs.
fn halving(budget: &Budget, weight_decay: f64, parts: usize, loss: LossKind) -> TrainConfig {
    TrainConfig {
        epochs: budget.epochs,
        batch: budget.batch,
        lr: 1e-3,
        weight_decay,
        decay: WeightDecay::Coupled,
        loss,
        reduction: Reduction::Sum,
        schedule: Schedule::Step { every: budget.epochs.div_ceil(parts), gamma: 0.5 },
        ..TrainConfig::default()
    }
}
