//! An operator with known weights in every form, saved and loaded: single modes, exact on every grid.

use std::f64::consts::TAU;

use burn::tensor::Tensor;
use sobolev_kernels::Complex;
use sobolev_operators::fno::compress::AlsOptions;
use sobolev_operators::fno::{BlockConfig, Embedding, RankConfig, WeightConfig, WeightForm};
use sobolev_operators::layers::Skip;
use sobolev_operators::{Activation, Fno, FnoConfig, Model, ModelConfig, Operator, TfnoConfig, weights};

use super::support::{difference, flatten, plain, tensor, to_f64, unflatten, values};

/// Translations of the two layers, in parts of the domain: no number of grid points that is tested.
const SHIFTS: [[f64; 2]; 2] = [[0.137, -0.291], [-0.083, 0.211]];
const N_MODES: [usize; 2] = [7, 8];
const KEPT: [usize; 2] = [7, 5];
const CHANNELS: usize = 2;

/// Two spectral convolutions and nothing else.
fn config() -> FnoConfig {
    let block = BlockConfig {
        activation: Activation::Identity,
        fno_skip: Skip::None,
        mlp_expansion: 0.0,
        ..BlockConfig::default()
    };
    let frame = FnoConfig {
        embedding: Embedding::None,
        lifting_ratio: 0.0,
        projection_ratio: 0.0,
        ..FnoConfig::new(&N_MODES, CHANNELS)
    };
    frame.with_n_layers(2).with_block(block)
}

/// Layer l translates by its shift: `W_k = exp(-2πi k·s_l)` times the identity of the channels.
fn translation() -> Fno {
    let model = config().init(CHANNELS, CHANNELS, 0, &plain()).unwrap();
    let map = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    let weight = |s: [f64; 2]| {
        (0..KEPT[0] * KEPT[1]).flat_map(move |mode| {
            let k = [(mode / KEPT[1]) as f64 - (KEPT[0] / 2) as f64, (mode % KEPT[1]) as f64];
            let w = Complex::from_polar(1.0, -TAU * (k[0] * s[0] + k[1] * s[1]));
            [w.re, w.im, 0.0, 0.0, 0.0, 0.0, w.re, w.im]
        })
    };
    let biases = [0.0; 2 * CHANNELS];
    let convs = SHIFTS.into_iter().flat_map(weight).chain(biases);
    let theta: Vec<f64> = map.into_iter().chain(convs).chain(map).collect();
    unflatten(&model, &theta, &plain())
}

/// cos(2π k·(x - s) + phase) with one phase per channel.
fn wave(k: [f64; 2], s: [f64; 2], size: [usize; 2]) -> Tensor<3> {
    let value = |phase: f64| {
        (0..size[0] * size[1]).map(move |p| {
            let x = [(p / size[1]) as f64 / size[0] as f64, (p % size[1]) as f64 / size[1] as f64];
            (TAU * (k[0] * (x[0] - s[0]) + k[1] * (x[1] - s[1])) + phase).cos()
        })
    };
    tensor(value(0.3).chain(value(1.1)).collect(), [1, CHANNELS, size[0] * size[1]], &plain())
}

/// The grid 16 x 16, twice and half as fine, and odd ones.
const SIZES: [[usize; 2]; 7] = [[16, 16], [32, 32], [8, 8], [15, 17], [30, 34], [9, 11], [7, 40]];

fn assert_exact(name: &str, model: &impl Operator, tolerance: f64) {
    let all = [SHIFTS[0][0] + SHIFTS[1][0], SHIFTS[0][1] + SHIFTS[1][1]];
    for k in [[-3.0, 2.0], [3.0, 2.0], [-1.0, 0.0], [0.0, 3.0], [2.0, 1.0], [-2.0, 3.0]] {
        for size in SIZES {
            let error = difference(model.forward_flat(wave(k, [0.0; 2], size), &size), wave(k, all, size));
            assert!(error < tolerance, "{name}: k = {k:?} on {size:?}: {error:e}");
        }
    }
}

/// Forms and ranks that hold the two translations exactly.
fn forms() -> Vec<WeightConfig> {
    let each =
        |ranks: &[usize], form: WeightConfig| WeightConfig { rank: RankConfig::Each(ranks.to_vec()), ..form };
    vec![
        WeightConfig::default(),
        each(&[2, 2, 1, 1], WeightConfig::tucker(0.1)),
        each(&[1, 1, 1, 5], WeightConfig::tucker(0.1).fixed(&[0, 1])),
        each(&[2, 2, 2, 2, 2], WeightConfig::tucker(0.1).joint()),
        each(&[1, 2, 2, 2, 2], WeightConfig::tucker(0.1).joint().fixed(&[0, 3])),
        each(&[2], WeightConfig::cp(0.1)),
        each(&[4], WeightConfig::cp(0.1).joint()),
        each(&[2, 1, 1], WeightConfig::tensor_train(0.1)),
        each(&[2, 4, 2, 2], WeightConfig::tensor_train(0.1).joint()),
    ]
}

#[test]
fn a_mode_is_exact_on_every_grid_after_saving_and_loading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let dense = translation();
    assert_exact("as built", &dense, 1e-13);
    for weights in forms() {
        // Least squares come near, from some starts; the other decompositions end.
        let starts = if weights.factorization == WeightForm::Cp { 8 } else { 1 };
        let compressed = (0..starts).map(|seed| {
            let options = AlsOptions { sweeps: 2000, tolerance: 1e-15, seed };
            dense.compress(&weights, &options).unwrap()
        });
        let (fno, report) = compressed.min_by(|a, b| a.1.weight_error.total_cmp(&b.1.weight_error)).unwrap();
        let slack = if weights.factorization == WeightForm::Cp { 1e3 } else { 1.0 };
        assert!(report.weight_error < 1e-12 * slack, "{weights}: {:e}", report.weight_error);
        let saved = Model::Tfno(fno);
        weights::save(&saved, &path).unwrap();
        let other = ModelConfig::Tfno(TfnoConfig(config().with_weights(weights.clone())));
        let other = to_f64(&other.init(CHANNELS, CHANNELS, 9, &plain()).unwrap());
        assert_ne!(flatten(&other), flatten(&saved));
        let loaded = weights::load_into(other, &path).unwrap();
        assert_eq!(flatten(&loaded), flatten(&saved), "{weights}");
        assert_exact(&weights.to_string(), &loaded, 1e-11 * slack);
    }
}

/// Fewer modes in use: what is inside stays exact, what is outside is gone, after a file as well.
#[test]
fn the_modes_in_use_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for weights in forms().into_iter().filter(|w| !w.to_string().contains("CP")) {
        let (mut fno, _) = translation().compress(&weights, &AlsOptions::default()).unwrap();
        fno.set_n_modes(&[5, 4]).unwrap();
        let saved = Model::Tfno(fno);
        weights::save(&saved, &path).unwrap();
        let mut other = to_f64(&saved.spec().init(9, &plain()).unwrap());
        assert_eq!(other.modes().unwrap().used, [5, 4]);
        other = weights::load_into(other, &path).unwrap();
        let all = [SHIFTS[0][0] + SHIFTS[1][0], SHIFTS[0][1] + SHIFTS[1][1]];
        for size in SIZES {
            let inside = other.forward_flat(wave([-2.0, 2.0], [0.0; 2], size), &size);
            assert!(difference(inside, wave([-2.0, 2.0], all, size)) < 1e-12, "{weights} on {size:?}");
            let outside = values(other.forward_flat(wave([-3.0, 2.0], [0.0; 2], size), &size));
            assert!(outside.iter().all(|v| v.abs() < 1e-13), "{weights} on {size:?}: a mode not in use");
        }
    }
}
