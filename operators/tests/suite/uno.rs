//! U-shaped Fourier neural operators.

use std::f64::consts::TAU;

use burn::tensor::Tensor;
use sobolev_operators::fno::{Embedding, Norm};
use sobolev_operators::layers::Resample;
use sobolev_operators::uno::UnoBlockConfig;
use sobolev_operators::{Activation, Error, ModelConfig, Operator, UnoConfig};

use super::support::{check_gradients, difference, learn_noise, plain, round_trip, tensor, unflatten};

fn small(modes: &[usize]) -> UnoConfig {
    UnoConfig::new(4).with_block(6, modes, 0.5).with_block(5, modes, 1.0).with_block(4, modes, 2.0)
}

#[test]
fn gradients_are_those_of_differences() {
    let check = |name, config: &UnoConfig, size: &[usize]| {
        check_gradients(name, &config.init(2, 1, 7, &plain()).unwrap(), size);
    };
    check("1D", &small(&[4]), &[9]);
    check("2D", &small(&[3, 4]), &[6, 7]);
    check("3D", &small(&[2, 3, 2]), &[4, 3, 5]);
    check("linear", &UnoConfig { resample: Resample::Linear, ..small(&[3, 4]) }, &[6, 7]);
    check("channel map", &UnoConfig { mlp_expansion: 1.5, ..small(&[3, 4]) }, &[6, 7]);
    check("instance norm", &UnoConfig { norm: Norm::Instance, ..small(&[3, 4]) }, &[6, 7]);
    check("layer norm", &UnoConfig { norm: Norm::Group(1), ..small(&[3, 4]) }, &[6, 7]);
    check("padding", &UnoConfig { domain_padding: 0.2, ..small(&[3, 4]) }, &[6, 7]);
    let other = UnoConfig { skips: Some(vec![[0, 2], [1, 4]]), embedding: Embedding::None, ..small(&[3, 4]) };
    check("skips between grids", &other, &[6, 7]);
    check("no skips", &UnoConfig { skips: Some(vec![]), ..small(&[3, 4]) }, &[5, 6]);
}

#[test]
fn stages_have_the_sizes_of_their_mirror_images() {
    let u = UnoConfig::new(8)
        .with_block(8, &[4, 4], 0.5)
        .with_block(8, &[4, 4], 1.0 / 3.0)
        .with_block(8, &[4, 4], 1.0)
        .with_block(8, &[4, 4], 3.0)
        .with_block(8, &[4, 4], 2.0);
    u.validate().unwrap();
    assert_eq!(u.all_skips(), [[0, 6], [1, 5], [2, 4]]);
    for n in 1..200 {
        let sizes = u.sizes(&[n, n + 1]);
        assert_eq!(sizes[0], [n, n + 1]);
        for [from, to] in u.all_skips() {
            assert_eq!(sizes[from], sizes[to - 1], "{n} points");
        }
    }
    assert_eq!(u.sizes(&[64, 33])[1..3], [[32, 17], [11, 6]]);
    let four = small(&[4]).with_block(4, &[4], 1.0);
    assert_eq!(four.all_skips(), [[0, 5], [1, 4]]);
}

/// Lifting, projection, skips beside the convolutions and spectral weights are identities and nothing is nonlinear: a block adds
/// what it resamples to what it convolves, and the operator is 2^blocks times the identity for the modes that its coarsest grid
/// resolves, on even and odd sizes.
#[test]
fn a_mode_stays_where_it_is_through_all_grids() {
    let size_sets: [(&[f64], Vec<Vec<usize>>); 3] = [
        (&[-3.0], vec![vec![32], vec![33], vec![35], vec![64]]),
        (&[-3.0, 2.0], vec![vec![32, 28], vec![31, 33], vec![29, 64]]),
        (&[2.0, -1.0, -3.0], vec![vec![20, 21, 30], vec![27, 16, 29]]),
    ];
    for (k, sizes) in size_sets {
        let modes = vec![12; k.len()];
        let mut config = UnoConfig::new(1)
            .with_block(1, &modes, 0.5)
            .with_block(1, &modes, 0.5)
            .with_block(1, &modes, 1.0)
            .with_block(1, &modes, 4.0);
        config.skips = Some(vec![]);
        config.activation = Activation::Identity;
        config.embedding = Embedding::None;
        (config.lifting_ratio, config.projection_ratio) = (0.0, 0.0);
        let model = config.init(1, 1, 0, &plain()).unwrap();
        let spectral = 12usize.pow(k.len() as u32 - 1) * 7;
        let block: Vec<f64> = (0..spectral).flat_map(|_| [1.0, 0.0]).chain([0.0, 1.0]).collect();
        let theta = [vec![1.0, 0.0], block.repeat(4), vec![1.0, 0.0]].concat();
        let model = unflatten(&model, &theta, &plain());
        for size in sizes {
            let points: usize = size.iter().product();
            let value = |p: usize| {
                let (mut angle, mut rest) = (0.3, p);
                for axis in (0..size.len()).rev() {
                    angle += TAU * k[axis] * (rest % size[axis]) as f64 / size[axis] as f64;
                    rest /= size[axis];
                }
                angle.cos()
            };
            let x = tensor((0..points).map(value).collect(), [1, 1, points], &plain());
            let error = difference(model.forward_flat(x.clone(), &size), x * 16.0);
            assert!(error < 1e-12, "k = {k:?} on {size:?}: {error:e}");
        }
    }
}

/// The skips bring the stages that they name: with all other weights zero, the output is the lifted field.
#[test]
fn a_skip_brings_its_stage() {
    let mut config = small(&[4, 4]);
    (config.lifting_ratio, config.projection_ratio) = (0.0, 0.0);
    config.embedding = Embedding::None;
    assert_eq!(config.all_skips(), [[0, 4], [1, 3]]);
    let model = config.init(1, 1, 0, &plain()).unwrap();
    let n = model.n_parameters();
    let mut theta = vec![0.0; n];
    // Lifting [4, 1] and its bias first; the projection [1, 4 + 4] and its bias last, the skip's channels behind the block's.
    theta[2] = 1.0;
    theta[n - 1 - 4 + 2] = 2.5;
    let model = unflatten(&model, &theta, &plain());
    let x = super::support::random(1, [2, 1, 63]);
    assert!(difference(model.forward_flat(x.clone(), &[9, 7]), x * 2.5) < 1e-15);
}

#[test]
fn parameters_are_those_of_the_formula() {
    let config = small(&[6, 5]);
    // Lifting (1 + 2) -> 8 -> 4, projection (4 + 4) -> 8 -> 1; modes 6 x 3; block 3 takes 5 + 6 channels.
    let ends = (3 * 8 + 8 + 8 * 4 + 4) + (8 * 8 + 8 + 8 + 1);
    let block = |i: usize, o: usize| 2 * 18 * i * o + o + o * i;
    let expected = ends + block(4, 6) + block(6, 5) + block(11, 4);
    let model = config.init(1, 1, 0, &plain()).unwrap();
    assert_eq!(model.n_parameters(), expected);
    assert_eq!(
        model.to_string(),
        format!(
            "1 -> 1 channels, 2D, width 4, 3 blocks of 6-5-4 channels at scales 0.5-0.5-1, {expected} parameters"
        )
    );
    // Channel maps 6 -> 9 -> 6, 5 -> 8 -> 5, 4 -> 6 -> 4 with gates, and a group norm.
    let more = UnoConfig { mlp_expansion: 1.5, norm: Norm::Group(1), ..config };
    let maps = [[6, 9], [5, 8], [4, 6]].map(|[c, h]| 2 * c * h + h + c + c + 2 * c);
    assert_eq!(more.init(1, 1, 0, &plain()).unwrap().n_parameters(), expected + maps.iter().sum::<usize>());
}

#[test]
fn all_sizes_down_to_a_single_point_run() {
    for how in [Resample::Spectral, Resample::Linear] {
        let config = UnoConfig { resample: how, domain_padding: 0.1, ..small(&[6, 6]) };
        let model = config.init(1, 1, 0, &plain()).unwrap();
        for size in [[1, 1], [1, 7], [2, 3], [5, 4], [12, 13]] {
            let y = model.forward(Tensor::<4>::ones([2, 1, size[0], size[1]], &plain()));
            assert_eq!(y.dims(), [2, 1, size[0], size[1]]);
            assert!(y.into_data().try_to_vec::<f32>().unwrap().iter().all(|v| v.is_finite()));
        }
    }
}

#[test]
fn one_batch_of_noise_is_learnt() {
    let config = UnoConfig::new(16).with_block(24, &[12, 10], 0.5).with_block(24, &[6, 5], 1.0).with_block(
        16,
        &[12, 10],
        2.0,
    );
    let loss = learn_noise(&config.init(1, 1, 0, &plain()).unwrap(), &[12, 10]);
    assert!(loss < 0.2, "{loss}");
}

#[test]
fn files_bring_it_back() {
    let config = UnoConfig { skips: Some(vec![[0, 4]]), norm: Norm::Group(1), ..small(&[4, 5]) };
    round_trip(&ModelConfig::Uno(config));
    let text = "
        model = \"uno\"
        hidden_channels = 8
        resample = \"linear\"
        [[blocks]]
        channels = 8
        n_modes = [6, 6]
        scale = [0.5, 1]
        [[blocks]]
        channels = 8
        n_modes = [6, 6]
        scale = [2, 1]
        [[blocks]]
        channels = 6
        n_modes = [4, 4]
    ";
    let config = ModelConfig::from_toml(text).unwrap();
    assert_eq!(config.to_string(), "uno: 2D, width 8, 3 blocks of 8-8-6 channels at scales 0.5x1-1-1");
    assert_eq!(ModelConfig::from_toml(&config.to_toml().unwrap()).unwrap(), config);
}

#[test]
fn every_field_is_checked() {
    let good = small(&[8, 8]);
    good.validate().unwrap();
    let rejected = |config: UnoConfig, field: &str| match config.validate() {
        Err(Error::Config { field: named, .. }) => assert_eq!(named, field),
        other => panic!("{field}: {other:?}"),
    };
    rejected(UnoConfig::new(4), "blocks");
    rejected(UnoConfig { hidden_channels: 0, ..good.clone() }, "hidden_channels");
    let with = |index: usize, change: fn(&mut UnoBlockConfig)| {
        let mut config = good.clone();
        change(&mut config.blocks[index]);
        config
    };
    rejected(with(0, |b| b.n_modes = vec![]), "blocks[1].n_modes");
    rejected(with(0, |b| b.n_modes = vec![4; 4]), "blocks[1].n_modes");
    rejected(with(1, |b| b.n_modes = vec![4]), "blocks[2].n_modes");
    rejected(with(2, |b| b.n_modes = vec![4, 0]), "blocks[3].n_modes");
    rejected(with(1, |b| b.channels = 0), "blocks[2].channels");
    rejected(with(1, |b| b.scale = vec![1.0]), "blocks[2].scale");
    rejected(with(1, |b| b.scale = vec![1.0, f64::NAN]), "blocks[2].scale");
    rejected(with(1, |b| b.scale = vec![1.0, 0.0]), "blocks[2].scale");
    rejected(with(1, |b| b.scale = vec![1.0, 0.5]), "blocks");
    for skips in [vec![[0, 1]], vec![[2, 2]], vec![[0, 5]], vec![[3, 1]], vec![[0, 4], [0, 4]]] {
        rejected(UnoConfig { skips: Some(skips), ..good.clone() }, "skips");
    }
    for groups in [0, 2, 4] {
        rejected(UnoConfig { norm: Norm::Group(groups), ..good.clone() }, "norm.group");
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
        rejected(UnoConfig { mlp_expansion: bad, ..good.clone() }, "mlp_expansion");
        rejected(UnoConfig { lifting_ratio: bad, ..good.clone() }, "lifting_ratio");
        rejected(UnoConfig { projection_ratio: bad, ..good.clone() }, "projection_ratio");
        rejected(UnoConfig { domain_padding: bad, ..good.clone() }, "domain_padding");
    }
    assert!(
        matches!(good.init(0, 1, 0, &plain()), Err(Error::Config { field, .. }) if field == "in_channels")
    );
    let error = with(1, |b| b.scale = vec![1.0, 0.5]).validate().unwrap_err().to_string();
    assert_eq!(
        error,
        "configuration field `blocks`: expected scales whose product over all blocks is 1 on every axis, got products [1.0, 0.5]"
    );
}
