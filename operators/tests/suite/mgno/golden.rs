//! Networks and losses of the authors' code, and an independent implementation of more of them (`golden/mgno.py`).

use sobolev_kernels::testing::Golden;
use sobolev_operators::mgno::{
    Bias, Boundary, CoarseStart, Coarsening, FieldNorm, Head, LevelConfig, Local, MgConvConfig, Output,
    Restriction, Smoothers,
};
use sobolev_operators::multigrid::PerAxis;
use sobolev_operators::{Loss, MgnoConfig, Operator};

use super::super::support::{plain, tensor, values};
use super::{levels, numbered, waves};

fn golden(name: &str) -> Vec<f64> {
    Golden::parse(include_str!("../../golden/mgno.jsonl")).unwrap().get(name).unwrap().values.clone()
}

fn network(config: &MgnoConfig, channels: usize, size: [usize; 2]) -> (Vec<f64>, usize) {
    let (model, parameters) = numbered(config.init(channels, 1, 0, &plain()).unwrap());
    (values(model.forward_flat(waves(channels, size), &size)), parameters)
}

fn close(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let scale = expected.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-12 * scale, "{name}: {a} {b}");
    }
}

/// Sum, sum of squares, and values at points.
fn summary(y: &[f64], columns: usize, points: [[usize; 2]; 3]) -> Vec<f64> {
    let at = points.map(|[i, j]| y[i * columns + j]);
    [vec![y.iter().sum(), y.iter().map(|v| v * v).sum()], at.to_vec()].concat()
}

fn darcy() -> MgnoConfig {
    MgnoConfig::new(4, MgConvConfig::new(2, &levels(&[(1, 0), (1, 1), (2, 0)]))).with_n_layers(2)
}

#[test]
fn the_released_darcy_network() {
    let (y, parameters) = network(&darcy(), 1, [16, 16]);
    assert_eq!(parameters, 35);
    for (a, b) in summary(&y, 16, [[0, 0], [7, 9], [15, 15]]).iter().zip(golden("darcy")) {
        assert!((a - b).abs() < 1e-12 * b.abs(), "{a} {b}");
    }
}

#[test]
fn the_released_navier_stokes_network() {
    let cycle = MgConvConfig {
        levels: levels(&[(1, 0), (2, 0), (1, 0)]),
        ..MgnoConfig::navier_stokes(&[64, 64]).cycle
    };
    let config =
        MgnoConfig { hidden_channels: 4, cycle, ..MgnoConfig::navier_stokes(&[64, 64]) }.with_n_layers(2);
    assert_eq!((config.output, config.norm, config.local), (Output::Increment, FieldNorm::None, Local::None));
    let (y, parameters) = network(&config, 1, [64, 64]);
    assert_eq!(parameters, 49);
    for (a, b) in summary(&y, 64, [[0, 0], [31, 17], [63, 63]]).iter().zip(golden("navier-stokes")) {
        assert!((a - b).abs() < 1e-12 * b.abs(), "{a} {b}");
    }
}

#[test]
fn other_networks() {
    let check = |name: &str, config: MgnoConfig, channels: usize, size: [usize; 2]| {
        let cycle = config.cycle.clone().with_grid(&size);
        let (y, _) = network(&MgnoConfig { cycle, ..config }, channels, size);
        close(name, &y, &golden(name));
    };
    check("darcy on odd sizes", darcy(), 2, [11, 14]);

    let level = |(pre, width)| LevelConfig { pre, post: 0, width };
    let cycle = MgConvConfig {
        bias: Bias::Constant,
        coarsening: PerAxis::Same(Coarsening::Odd),
        ..MgConvConfig::new(2, &[(1, 1), (1, 2), (2, 3)].map(level)).with_boundary(Boundary::Reflect)
    };
    let helmholtz = MgnoConfig {
        local: Local::None,
        bias: Bias::None,
        norm: FieldNorm::Affine,
        head: Head::Cycle,
        ..MgnoConfig::new(3, cycle).with_n_layers(2)
    };
    check("helmholtz", helmholtz, 1, [13, 12]);

    let with = |boundary, each: &[(usize, usize)], smoothers, coarse_start| {
        let cycle = MgConvConfig {
            restriction: Restriction::Residual,
            smoothers,
            coarse_start,
            ..MgConvConfig::new(2, &levels(each)).with_boundary(boundary)
        };
        MgnoConfig { cycle, ..darcy() }
    };
    let paper =
        with(Boundary::Reflect, &[(2, 1), (1, 2), (2, 0)], Smoothers::SharedOperator, CoarseStart::Zero);
    check("paper", paper, 1, [9, 12]);
    let multigrid = with(Boundary::Circular, &[(1, 1), (1, 1), (3, 0)], Smoothers::Shared, CoarseStart::Zero);
    check("multigrid", multigrid, 1, [8, 12]);
    let residual = with(Boundary::Zero, &[(1, 1), (1, 0)], Smoothers::Own, CoarseStart::Learned);
    check("code with residual", residual, 1, [6, 7]);
}

/// The loss of the Darcy training, and that of the Helmholtz training.
#[test]
fn losses() {
    let (size, points) = ([48, 48], 48 * 48);
    let x = waves(2, size).reshape([2, 1, points]);
    let ramp = tensor((0..points).map(|p| 0.05 * (p / 48) as f64 / 48.0).collect(), [1, 1, points], &plain());
    let y = x.clone().flip([0]) * 1.1 + ramp;
    let sum = |loss: Loss| values(loss.per_sample(x.clone(), y.clone(), &size)).iter().sum::<f64>();
    // Quotients have 1e-8 beside the norm of the truth, which is 36 here.
    for (found, expected) in
        [Loss::RelativeSpectralH1(20), Loss::RelativeL2].map(sum).iter().zip(golden("loss"))
    {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    let x = waves(2, [9, 7]).reshape([2, 1, 63]);
    let found = values(Loss::AbsoluteH1.per_sample(x.clone(), x.flip([0]) * 1.5, &[9, 7]));
    close("absolute loss", &found, &golden("absolute loss"));
}

#[test]
fn parameters_are_those_of_the_released_networks() {
    let count = |config: &MgnoConfig, channels| config.init(channels, 1, 0, &plain()).unwrap().n_parameters();
    assert_eq!(count(&MgnoConfig::darcy_rough(&[256, 256]), 1), 572_661);
    assert_eq!(count(&MgnoConfig::darcy_smooth(&[211, 211]), 1), 678_093);
    let pipe = MgConvConfig::new(2, &levels(&[(1, 0), (1, 0), (1, 0), (1, 0), (1, 1), (2, 0)]));
    assert_eq!(count(&MgnoConfig::new(24, pipe).with_n_layers(5), 2), 783_876);
    assert_eq!(count(&MgnoConfig::navier_stokes(&[64, 64]), 1), 2_885_194);
    // The code holds a first operator in each of its five cycles that it does not use: 1 -> 20, 20 -> 20 three times, 20 -> 1.
    let unused = (9 * 20 + 1) + 3 * (9 * 400 + 20) + (9 * 20 + 20);
    assert_eq!(unused, 11_241);
    assert_eq!(count(&MgnoConfig::helmholtz(&[101, 101]), 1), 5_351_806 - unused);
}
