//! Trainings on several ranks, which are threads here.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use sobolev_operators::loss::Edges;
use sobolev_operators::train::parallel::{Ranks, Threads};
use sobolev_operators::train::{
    BatchSource, Batches, Control, PatchConfig, PatchLoss, Record, Result, Silent, Summary, TrainConfig,
    fit_on, read_metrics,
};
use sobolev_operators::{FnoConfig, ModelConfig, MultigridConfig, Operator};

use super::support::{Waves, alone, config, data};

mod curves;
mod stops;

struct Bits(Vec<u32>);

impl ModuleVisitor for Bits {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().inner().into_data().try_to_vec::<f32>().unwrap();
        self.0.extend(values.into_iter().map(f32::to_bits));
    }
}

fn bits(model: &impl Module) -> Vec<u32> {
    let mut visitor = Bits(Vec::new());
    model.visit(&mut visitor);
    visitor.0
}

/// What every rank does with its number.
fn on_ranks<T: Send>(n: usize, work: impl Fn(usize, Threads) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let ranks = Threads::new(n).into_iter().enumerate();
        let threads: Vec<_> = ranks.map(|(rank, t)| scope.spawn(move || work(rank, t))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// What a rank is given.
struct Job<'a, F> {
    folder: &'a Path,
    config: &'a TrainConfig,
    /// Ranks, and how many of them share the patches of a sample.
    layout: (usize, usize),
    resume: bool,
    model: F,
}

type Trained = Result<(Vec<u32>, Summary)>;

fn train<M: Module + Operator, F: Fn(usize) -> M + Sync>(job: &Job<'_, F>) -> Vec<Trained> {
    interrupted(job, |_, _| false)
}

/// Trains; `stop` says after which step which rank is interrupted.
fn interrupted<M: Module + Operator, F: Fn(usize) -> M + Sync>(
    job: &Job<'_, F>,
    stop: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<Trained> {
    let _alone = alone();
    fs::create_dir_all(job.folder).unwrap();
    on_ranks(job.layout.0, |rank, threads| {
        let ranks = Ranks::new(Box::new(threads), job.layout.1)?;
        let device = Device::flex();
        let (waves, valid) = data(job.config);
        let interrupt = AtomicBool::new(false);
        let stopping = Stopping { waves, rank, stop: &stop, interrupt: &interrupt };
        let control = Control {
            folder: job.folder,
            device: &device,
            resume: job.resume,
            observer: &mut Silent,
            interrupt: &interrupt,
        };
        let (model, summary) =
            fit_on(&ranks, (job.model)(rank), &stopping, Some(&valid), job.config, control)?;
        Ok((bits(&model), summary))
    })
}

/// Sets the flag of its rank when the batch of a step is read.
struct Stopping<'a, F> {
    waves: Waves,
    rank: usize,
    stop: &'a F,
    interrupt: &'a AtomicBool,
}

impl<F: Fn(usize, usize) -> bool> BatchSource for Stopping<'_, F> {
    fn n_samples(&self) -> usize {
        self.waves.n_samples()
    }
    fn n_batches(&self) -> usize {
        self.waves.n_batches()
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
        let first = epoch * self.waves.n_batches() + start + 1;
        let batches = self.waves.epoch(epoch, start)?.enumerate();
        Ok(Box::new(batches.map(move |(i, batch)| {
            if (self.stop)(self.rank, first + i) {
                self.interrupt.store(true, Ordering::Relaxed);
            }
            batch
        })))
    }
    fn denormalise(&self, field: &mut [f64], samples: usize) {
        self.waves.denormalise(field, samples);
    }
}

fn decomposed() -> ModelConfig {
    let inner = ModelConfig::Fno(FnoConfig::new(&[3], 6).with_n_layers(2));
    ModelConfig::Multigrid(MultigridConfig::new(1, inner).with_padding(0.125))
}

fn with(loss: PatchLoss, per_pass: Option<usize>) -> TrainConfig {
    TrainConfig { patches: PatchConfig { loss, per_pass }, checkpoint_minutes: 60.0, ..config() }
}

/// Loss and gradient norm of every step, losses and validation errors of every epoch.
fn curve(folder: &Path) -> Vec<f64> {
    let records = read_metrics(&folder.join("metrics.jsonl")).unwrap();
    let numbers = |record| match record {
        Record::Step { loss, grad_norm, .. } => vec![loss, grad_norm],
        Record::Epoch { train_loss, valid, .. } => valid.into_values().chain([train_loss]).collect(),
        _ => Vec::new(),
    };
    records.into_iter().flat_map(numbers).collect()
}

/// Largest relative difference.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert!(a.len() == b.len() && !a.is_empty(), "{} and {} numbers", a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / b.abs()).fold(0.0, f64::max)
}
