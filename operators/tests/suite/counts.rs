//! Numbers of parameters, computed by hand from the formulas of the reference library's layers, complex weights counted twice.

use sobolev_operators::fno::{BlockConfig, Norm, RankConfig, WeightConfig};
use sobolev_operators::layers::Skip;
use sobolev_operators::{FnoConfig, ModelConfig};

use super::support::plain;

fn count(config: &FnoConfig, channels: [usize; 2]) -> usize {
    config.init(channels[0], channels[1], 0, &plain()).unwrap().n_parameters()
}

/// Lifting (1 + 2) -> 64 -> 32 and projection 32 -> 64 -> 1.
const ENDS: usize = (3 * 64 + 64 + 64 * 32 + 32) + (32 * 64 + 64 + 64 + 1);

/// Bias of the convolution, linear skip, channel map 32 -> 16 -> 32, soft gate.
const BLOCK: usize = 32 + 32 * 32 + (32 * 16 + 16 + 16 * 32 + 32) + 32;

#[test]
fn dense() {
    let config = FnoConfig::new(&[16, 16], 32);
    assert_eq!(count(&config, [1, 1]), ENDS + 4 * (BLOCK + 2 * 32 * 32 * 16 * 9));
}

#[test]
fn tucker_per_layer_and_joint() {
    // c with 32*32*16*9 c^4 + (32² + 32² + 16² + 9²) c = 0.1 * 32*32*16*9 is 0.5494: ranks (18, 18, 9, 5).
    let core = 18 * 18 * 9 * 5;
    let factors = 32 * 18 + 32 * 18 + 16 * 9 + 9 * 5;
    let config = FnoConfig::new(&[16, 16], 32).with_weights(WeightConfig::tucker(0.1));
    assert_eq!(count(&config, [1, 1]), ENDS + 4 * (BLOCK + 2 * (core + factors)));

    let ranks = RankConfig::Each(vec![3, 20, 21, 8, 5]);
    let weights = WeightConfig { rank: ranks, ..WeightConfig::tucker(0.1).joint() };
    let spectral = 3 * 20 * 21 * 8 * 5 + 4 * 3 + 32 * 20 + 32 * 21 + 16 * 8 + 9 * 5;
    let config = FnoConfig::new(&[16, 16], 32).with_weights(weights);
    assert_eq!(count(&config, [1, 1]), ENDS + 4 * BLOCK + 2 * spectral);
}

/// The setting of the paper: 64 channels, 64 x 64 modes; dense 69.2 M in four layers, where the paper's layout without the
/// wavenumber 32 of the last axis has 67.1 M. Counts as in `kernels/tests/suite/contract/rank.rs`.
#[test]
fn the_paper_setting() {
    let lines = [
        (WeightConfig::tucker(0.1), 4 * 1_788_006),
        (WeightConfig::tucker(1.0 / 150.0).joint().fixed(&[0]), 427_410),
        (WeightConfig::tucker(1.0 / 150.0).joint(), 301_640),
        (WeightConfig::cp(1.0 / 150.0).joint(), 463_220),
        (WeightConfig::tensor_train(1.0 / 150.0).joint(), 468_068),
    ];
    let frame = |weights: WeightConfig| FnoConfig::new(&[64, 64], 64).with_weights(weights);
    let smallest = WeightConfig { rank: RankConfig::Fixed(1), ..WeightConfig::cp(0.1).joint() };
    let rest = count(&frame(smallest), [1, 1]) - 2 * (1 + 4 + 64 + 64 + 64 + 33);
    for (weights, expected) in lines {
        assert_eq!(count(&frame(weights.clone()), [1, 1]) - rest, expected, "{weights}");
    }
}

#[test]
fn cp_and_tensor_train() {
    // round(0.1 * 32*32*16*9 / (32 + 32 + 16 + 9)) = round(165.7) = 166.
    let cp = 166 + 166 * (32 + 32 + 16 + 9);
    let config = FnoConfig::new(&[16, 16], 32).with_weights(WeightConfig::cp(0.1));
    assert_eq!(count(&config, [1, 1]), ENDS + 4 * (BLOCK + 2 * cp));

    let weights = WeightConfig { rank: RankConfig::Each(vec![11, 12, 7]), ..WeightConfig::tensor_train(0.1) };
    let train = 32 * 11 + 11 * 32 * 12 + 12 * 16 * 7 + 7 * 9;
    let config = FnoConfig::new(&[16, 16], 32).with_weights(weights);
    assert_eq!(count(&config, [1, 1]), ENDS + 4 * (BLOCK + 2 * train));
}

#[test]
fn options() {
    let block = BlockConfig {
        norm: Norm::Group(4),
        fno_skip: Skip::Identity,
        mlp_skip: Skip::Linear,
        mlp_expansion: 1.0,
        ..BlockConfig::default()
    };
    let config = FnoConfig::new(&[5], 8).with_n_layers(2).with_block(block);
    // Lifting (3 + 1) -> 16 -> 8, projection 8 -> 16 -> 2.
    let ends = (4 * 16 + 16 + 16 * 8 + 8) + (8 * 16 + 16 + 16 * 2 + 2);
    let block = 8 + (8 * 8 + 8 + 8 * 8 + 8) + 8 * 8 + 2 * 2 * 8;
    assert_eq!(count(&config, [3, 2]), ends + 2 * (block + 2 * 8 * 8 * 3));

    let bare = BlockConfig { mlp_expansion: 0.0, fno_skip: Skip::None, ..BlockConfig::default() };
    let config = FnoConfig { lifting_ratio: 0.0, projection_ratio: 0.0, ..FnoConfig::new(&[4, 4, 4], 6) };
    let config = config.with_block(bare).with_weights(WeightConfig::default().separable());
    assert_eq!(count(&config, [1, 1]), (4 * 6 + 6) + (6 + 1) + 4 * (6 + 2 * 6 * 4 * 4 * 3));
}

#[test]
fn summaries() {
    let model = ModelConfig::preset("tfno-joint", 2).unwrap().init(1, 1, 0, &plain()).unwrap();
    let line =
        "tfno: 1 -> 1 channels, 2D, modes 16x16, width 32, 4 layers, joint Tucker weights of rank 0.1, ";
    assert_eq!(model.summary(), format!("{line}{} parameters", model.n_parameters()));
    let model = FnoConfig::new(&[8], 8).init(2, 3, 0, &plain()).unwrap();
    let expected = "2 -> 3 channels, 1D, modes 8, width 8, 4 layers, dense weights, 3579 parameters";
    assert_eq!(model.to_string(), expected);
}
