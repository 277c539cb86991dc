//! A small model with a random layer and a small data set.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::activation::tanh;
use burn::tensor::{Device, Tensor, TensorData};
use sobolev_operators::Operator;
use sobolev_operators::loss::Edges;
use sobolev_operators::train::{
    Batch, BatchSource, Batches, Clock, Control, Event, Result, Schedule, Summary, TrainConfig, fit,
};

/// `w₂ᵀ dropout(tanh(w₁ᵀ x + b))` at every grid point.
#[derive(Module, Debug)]
pub struct Tiny {
    pub w1: Param<Tensor<2>>,
    pub b: Param<Tensor<1>>,
    pub w2: Param<Tensor<2>>,
    dropout: Dropout,
}

fn ramp(shape: &[usize], phase: f32) -> TensorData {
    let n: usize = shape.iter().product();
    TensorData::new((0..n).map(|i| 0.4 * (1.7 * i as f32 + phase).sin()).collect(), shape.to_vec())
}

impl Tiny {
    pub fn new(width: usize, dropout: f64, device: &Device) -> Self {
        Self {
            w1: Param::from_data(ramp(&[2, width], 0.3), device),
            b: Param::from_data(ramp(&[width], 1.1), device),
            w2: Param::from_data(ramp(&[width, 1], 2.0), device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// All weights as bits.
    pub fn bits(&self) -> Vec<u32> {
        let values = [
            self.w1.val().inner().into_data().try_to_vec::<f32>(),
            self.b.val().inner().into_data().try_to_vec::<f32>(),
            self.w2.val().inner().into_data().try_to_vec::<f32>(),
        ];
        values.into_iter().flat_map(|v| v.unwrap()).map(f32::to_bits).collect()
    }
}

impl Operator for Tiny {
    fn in_channels(&self) -> usize {
        2
    }
    fn out_channels(&self) -> usize {
        1
    }
    fn n_dim(&self) -> usize {
        1
    }
    fn forward_flat(&self, x: Tensor<3>, _: &[usize]) -> Tensor<3> {
        let w = |p: &Param<Tensor<2>>| p.val().unsqueeze::<3>();
        let h = x.swap_dims(1, 2).matmul(w(&self.w1)) + self.b.val().unsqueeze::<3>();
        self.dropout.forward(tanh(h)).matmul(w(&self.w2)).swap_dims(1, 2)
    }
}

pub const POINTS: usize = 8;

/// `n` samples of two sines; the target is a nonlinear function of them, in units of 1/3.
pub struct Waves {
    pub n: usize,
    pub batch: usize,
    pub seed: u64,
    /// From this epoch on all targets are NaN.
    pub broken_from: usize,
}

impl Waves {
    pub fn new(n: usize, batch: usize, seed: u64) -> Self {
        Self { n, batch, seed, broken_from: usize::MAX }
    }

    fn order(&self, epoch: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.n).collect();
        let mut state = self.seed.wrapping_mul(31).wrapping_add(epoch as u64 + 1);
        for i in (1..self.n).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(i, (state >> 33) as usize % (i + 1));
        }
        order
    }
}

impl BatchSource for Waves {
    fn n_samples(&self) -> usize {
        self.n
    }
    fn n_batches(&self) -> usize {
        self.n.div_ceil(self.batch)
    }
    fn in_channels(&self) -> usize {
        2
    }
    fn out_channels(&self) -> usize {
        1
    }
    fn edges(&self) -> Edges {
        Edges::Periodic
    }
    fn epoch(&self, epoch: usize, start: usize) -> Result<Batches<'_>> {
        let order = self.order(epoch);
        let batches: Vec<Vec<usize>> = order.chunks(self.batch).skip(start).map(<[usize]>::to_vec).collect();
        let broken = epoch >= self.broken_from;
        Ok(Box::new(batches.into_iter().map(move |samples| {
            let (mut input, mut target) = (Vec::new(), Vec::new());
            for &i in &samples {
                let at = |p: usize, k: f32| (0.37 * i as f32 + k * p as f32).sin();
                input.extend((0..POINTS).map(|p| at(p, 0.8)));
                input.extend((0..POINTS).map(|p| at(p, 1.6)));
                let value = |p| if broken { f32::NAN } else { at(p, 0.8) * at(p, 1.6) + 0.5 * at(p, 0.8) };
                target.extend((0..POINTS).map(value));
            }
            Ok(Batch { samples: samples.len(), input, target, size: vec![POINTS] })
        })))
    }
    fn denormalise(&self, field: &mut [f64], _: usize) {
        field.iter_mut().for_each(|v| *v /= 3.0);
    }
}

pub fn config() -> TrainConfig {
    TrainConfig {
        epochs: 4,
        batch: 4,
        seed: 7,
        lr: 1e-2,
        schedule: Schedule::OneCycle {
            rise: 0.3,
            div: 10.0,
            final_div: 100.0,
            beta1: Some([0.85, 0.95]),
            clock: Clock::Step,
        },
        clip: Some(1.0),
        ema: Some(0.98),
        // Every step is saved.
        checkpoint_minutes: 1e-9,
        log_steps: 1,
        ..TrainConfig::default()
    }
}

pub fn data(config: &TrainConfig) -> (Waves, Waves) {
    (Waves::new(22, config.batch, config.seed), Waves::new(6, 4, 99))
}

static GENERATOR: Mutex<()> = Mutex::new(());

/// The generator of random layers belongs to the process: one training at a time, where tests share a process.
pub fn alone() -> MutexGuard<'static, ()> {
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Trains a [`Tiny`] of the configuration in `folder`.
pub fn train(
    folder: &Path,
    config: &TrainConfig,
    resume: bool,
    interrupt: &AtomicBool,
    mut observer: impl FnMut(&Event),
) -> Result<(Tiny, Summary)> {
    let _alone = alone();
    fs::create_dir_all(folder).unwrap();
    let device = Device::flex();
    let (waves, valid) = data(config);
    let model = Tiny::new(6, 0.1, &device);
    let control = Control { folder, device: &device, resume, observer: &mut observer, interrupt };
    fit(model, &waves, Some(&valid), config, control)
}

pub fn metrics(folder: &Path) -> String {
    fs::read_to_string(folder.join("metrics.jsonl")).unwrap()
}

/// Every file of the newest checkpoint: name and bytes.
pub fn last_checkpoint(summary: &Summary) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(&summary.last_checkpoint)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&p).unwrap()))
        .collect();
    files.sort();
    files
}
