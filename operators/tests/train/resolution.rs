//! A trained operator on other grids than that of its training.

use std::f64::consts::TAU;
use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, Tensor, TensorData};
use sobolev_operators::fno::{BlockConfig, Embedding, WeightConfig};
use sobolev_operators::loss::Edges;
use sobolev_operators::train::{Batch, BatchSource, Batches, Control, Result, Schedule, TrainConfig, fit};
use sobolev_operators::{Activation, FnoConfig, Model, ModelConfig, Operator, TfnoConfig, weights};

use super::support::alone;

/// Waves of these wave vectors, with random phases; the target is the input, translated.
const WAVES: [[f64; 2]; 5] = [[0.0, 1.0], [1.0, 0.0], [-3.0, 2.0], [1.0, -1.0], [2.0, 3.0]];
const SHIFT: [f64; 2] = [0.13, -0.07];
const SIZE: [usize; 2] = [16, 16];

fn wave(k: [f64; 2], phase: f64, shift: [f64; 2], size: [usize; 2]) -> Vec<f32> {
    let value = |p: usize| {
        let x = [(p / size[1]) as f64 / size[0] as f64, (p % size[1]) as f64 / size[1] as f64];
        (TAU * (k[0] * (x[0] - shift[0]) + k[1] * (x[1] - shift[1])) + phase).cos() as f32
    };
    (0..size[0] * size[1]).map(value).collect()
}

struct Translated;

impl Translated {
    fn field(sample: usize, shift: [f64; 2]) -> Vec<f32> {
        let phase = |w: usize| 1.9 * (sample * (2 * w + 1)) as f64 + w as f64;
        let waves = WAVES.iter().enumerate().map(|(w, &k)| wave(k, phase(w), shift, SIZE));
        waves.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect()).unwrap()
    }
}

impl BatchSource for Translated {
    fn n_samples(&self) -> usize {
        16
    }
    fn n_batches(&self) -> usize {
        4
    }
    fn in_channels(&self) -> usize {
        1
    }
    fn out_channels(&self) -> usize {
        1
    }
    fn edges(&self) -> Edges {
        Edges::Periodic
    }
    fn epoch(&self, epoch: usize, start: usize) -> Result<Batches<'_>> {
        Ok(Box::new((start..4).map(move |b| {
            let samples = (0..4).map(|i| (4 * b + i + 5 * epoch) % 16);
            let fields = |shift: [f64; 2]| samples.clone().flat_map(|s| Self::field(s, shift)).collect();
            Ok(Batch { samples: 4, input: fields([0.0; 2]), target: fields(SHIFT), size: SIZE.to_vec() })
        })))
    }
    fn denormalise(&self, _: &mut [f64], _: usize) {}
}

/// The relative L² error of one wave on one grid.
fn error(model: &Model, k: [f64; 2], size: [usize; 2]) -> f64 {
    let shape = [1, 1, size[0] * size[1]];
    let x = Tensor::<3>::from_data(TensorData::new(wave(k, 0.4, [0.0; 2], size), shape), &Device::flex());
    let found: Vec<f64> = model.forward_flat(x, &size).into_data().iter::<f64>().collect();
    let truth = wave(k, 0.4, SHIFT, size);
    let squares = found.iter().zip(&truth).map(|(a, b)| (a - f64::from(*b)).powi(2)).sum::<f64>();
    (squares / truth.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>()).sqrt()
}

/// A linear operator learns the wave on one grid; saved and loaded it makes the same error on finer, coarser and odd ones, down to
/// rounding: what a mode is multiplied by does not depend on the grid. One misplaced mode would be an error of 1.
#[test]
fn the_error_of_a_mode_is_that_of_the_training_grid_on_all_others() {
    let config = TrainConfig {
        epochs: 60,
        batch: 4,
        seed: 3,
        lr: 1e-2,
        weight_decay: 0.0,
        schedule: Schedule::Constant,
        ..TrainConfig::default()
    };
    for weights in [
        WeightConfig::default(),
        WeightConfig::tucker(0.5).joint().fixed(&[0]),
        WeightConfig::cp(0.5),
        WeightConfig::tensor_train(0.5).joint(),
    ] {
        let block = BlockConfig { activation: Activation::Identity, ..BlockConfig::default() };
        let frame = FnoConfig { embedding: Embedding::None, ..FnoConfig::new(&[8, 8], 6) };
        let frame = frame.with_n_layers(2).with_block(block).with_weights(weights.clone());
        let device = Device::flex();
        let model = ModelConfig::Tfno(TfnoConfig(frame)).init(1, 1, 3, &device).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let interrupt = AtomicBool::new(false);
        let mut observer = |_: &_| {};
        let control = Control {
            folder: folder.path(),
            device: &device,
            resume: false,
            observer: &mut observer,
            interrupt: &interrupt,
        };
        let _alone = alone();
        let (model, _) = fit(model, &Translated, None, &config, control).unwrap();
        let path = folder.path().join("model.safetensors");
        weights::save(&model, &path).unwrap();
        let loaded = weights::load(&path, &device).unwrap();
        for k in WAVES {
            let learnt = error(&loaded, k, SIZE);
            assert!(learnt < 0.1, "{weights}, k = {k:?}: not learnt, {learnt:e}");
            for size in [[32, 32], [8, 8], [15, 17], [9, 7], [64, 11]] {
                let other = error(&loaded, k, size);
                assert!(
                    (other - learnt).abs() < 1e-5,
                    "{weights}, k = {k:?}: {learnt:e}, on {size:?} {other:e}"
                );
            }
        }
    }
}
