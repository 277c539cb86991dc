//! Modes and grids that grow during the training.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use sobolev_operators::fno::{BlockConfig, Embedding, WeightConfig};
use sobolev_operators::loss::Edges;
use sobolev_operators::train::incremental::{
    Criterion, GridStage, Incremental, ModeGrowth, Reason, Reduction, coarsen, explained_ratio,
};
use sobolev_operators::train::{
    Batch, BatchSource, Batches, Control, End, Event, Record, Result, Schedule, Summary, TrainConfig,
    TrainError, checkpoint_state, fit, read_metrics,
};
use sobolev_operators::{
    Activation, FfnoConfig, Fno, FnoConfig, ModeAxis, ModelConfig, Modes, Operator, TfnoConfig,
};

use super::support::{Tiny, alone, last_checkpoint, metrics};

mod grids;
mod growth;
mod settings;
mod sums;

/// Samples of cosines of given wavenumbers; the target is the input, moved by a sixteenth of the domain.
struct Shifted {
    wavenumbers: Vec<usize>,
    size: Vec<usize>,
}

impl Shifted {
    fn field(&self, sample: usize, shift: f64) -> Vec<f32> {
        let points: usize = self.size.iter().product();
        let value = |p: usize| {
            let (mut x, mut rest) = (shift, p);
            for &n in self.size.iter().rev() {
                x += (rest % n) as f64 / n as f64;
                rest /= n;
            }
            let wave = |&k: &usize| (TAU * k as f64 * x + 0.7 * (sample * k) as f64).cos();
            self.wavenumbers.iter().map(wave).sum::<f64>() as f32
        };
        (0..points).map(value).collect()
    }
}

impl BatchSource for Shifted {
    fn n_samples(&self) -> usize {
        12
    }
    fn n_batches(&self) -> usize {
        3
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
        Ok(Box::new((start..3).map(move |b| {
            let samples = (0..4).map(|i| (4 * b + i + 5 * epoch) % 12);
            let fields = |shift: f64| samples.clone().flat_map(|s| self.field(s, shift)).collect();
            Ok(Batch { samples: 4, input: fields(0.0), target: fields(1.0 / 16.0), size: self.size.clone() })
        })))
    }
    fn denormalise(&self, _: &mut [f64], _: usize) {}
}

/// An operator around another one.
#[derive(Module, Debug)]
struct Wrapped<M: Module> {
    inner: M,
}

impl<M: Module + Operator> Operator for Wrapped<M> {
    fn in_channels(&self) -> usize {
        self.inner.in_channels()
    }
    fn out_channels(&self) -> usize {
        self.inner.out_channels()
    }
    fn n_dim(&self) -> usize {
        self.inner.n_dim()
    }
    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        self.inner.forward_flat(x.clone(), size) + x
    }
    fn modes(&self) -> Option<Modes> {
        self.inner.modes()
    }
    fn set_n_modes(&mut self, n_modes: &[usize]) -> sobolev_operators::Result<()> {
        self.inner.set_n_modes(n_modes)
    }
}

/// Linear, so that modes do not mix.
fn linear(n_modes: &[usize]) -> FnoConfig {
    let block = BlockConfig { activation: Activation::Identity, ..BlockConfig::default() };
    FnoConfig { embedding: Embedding::None, ..FnoConfig::new(n_modes, 4).with_n_layers(2).with_block(block) }
}

fn config(criterion: Criterion, start: &[usize]) -> TrainConfig {
    let modes = ModeGrowth { start: start.to_vec(), step: 2, criterion };
    TrainConfig {
        epochs: 6,
        batch: 4,
        seed: 3,
        lr: 1e-2,
        weight_decay: 0.0,
        schedule: Schedule::Constant,
        checkpoint_minutes: 1e-9,
        log_steps: 1,
        incremental: Some(Incremental { modes: Some(modes), ..Incremental::default() }),
        ..TrainConfig::default()
    }
}

const GAP: Criterion = Criterion::LossGap { epsilon: 0.9 };
const RATIO: Criterion = Criterion::ExplainedRatio { threshold: 0.999, buffer: 1, every: 4 };

fn train<M: Module + Operator>(
    folder: &Path,
    model: M,
    (data, config): (&Shifted, &TrainConfig),
    resume: bool,
    stop_after_a_step: bool,
) -> Result<(M, Summary)> {
    let _alone = alone();
    fs::create_dir_all(folder).unwrap();
    let interrupt = AtomicBool::new(false);
    let mut observer = |event: &Event| {
        if stop_after_a_step && matches!(event, Event::Step { .. }) {
            interrupt.store(true, Ordering::Relaxed);
        }
    };
    let device = Device::flex();
    let control = Control { folder, device: &device, resume, observer: &mut observer, interrupt: &interrupt };
    fit(model, data, Some(data), config, control)
}

struct Bits(Vec<u32>);

impl ModuleVisitor for Bits {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().inner().into_data().try_to_vec::<f32>().unwrap();
        self.0.extend(values.into_iter().map(f32::to_bits));
    }
}

fn bits<M: Module>(model: &M) -> Vec<u32> {
    let mut visitor = Bits(Vec::new());
    model.visit(&mut visitor);
    visitor.0
}

fn waves(wavenumbers: &[usize]) -> Shifted {
    Shifted { wavenumbers: wavenumbers.to_vec(), size: vec![16] }
}

fn device() -> Device {
    Device::flex().autodiff()
}

/// Epoch and modes of every growth.
fn growths(folder: &Path) -> Vec<(usize, Vec<usize>)> {
    let records = read_metrics(&folder.join("metrics.jsonl")).unwrap();
    let of = |record| match record {
        Record::Modes { epoch, n_modes, .. } => Some((epoch, n_modes)),
        _ => None,
    };
    records.into_iter().filter_map(of).collect()
}

fn stopped_and_straight_are_the_same<M: Module + Operator>(
    name: &str,
    make: impl Fn() -> M,
    config: &TrainConfig,
) {
    let folder = tempfile::tempdir().unwrap();
    let (straight, resumed) = (folder.path().join("straight"), folder.path().join("resumed"));
    let data = waves(&[0, 1, 2, 3, 5]);
    let (model, summary) = train(&straight, make(), (&data, config), false, false).unwrap();
    assert!(growths(&straight).len() > 1, "{name}: grows while it is stopped: {}", metrics(&straight));
    let (again, last) = loop {
        let (model, summary) = train(&resumed, make(), (&data, config), true, true).unwrap();
        if summary.end == End::Finished {
            break (model, summary);
        }
    };
    assert_eq!(bits(&again), bits(&model), "{name}");
    assert_eq!(metrics(&resumed), metrics(&straight), "{name}");
    assert_eq!(last_checkpoint(&last), last_checkpoint(&summary), "{name}");
    assert_eq!(again.modes().unwrap().used, model.modes().unwrap().used, "{name}");
}
