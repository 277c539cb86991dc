//! Trainings on several ranks, which are threads here: the same curve as on one, one writer, one end for all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use sobolev_operators::loss::Edges;
use sobolev_operators::train::parallel::{Ranks, Share, Threads};
use sobolev_operators::train::{
    BatchSource, Batches, Control, End, Event, PatchConfig, PatchLoss, Record, Result, Silent, Summary,
    TrainConfig, TrainError, fit_on, read_metrics,
};
use sobolev_operators::{FnoConfig, ModelConfig, MultigridConfig, Operator};

use super::support::{Tiny, Waves, alone, config, data, last_checkpoint, metrics};

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

/// Every layout follows the curve of one rank, and all its ranks end with the same weights.
fn assert_same_curve<M: Module + Operator>(
    config: &TrainConfig,
    model: impl Fn(usize) -> M + Sync,
    layouts: &[(usize, usize)],
) {
    let folder = tempfile::tempdir().unwrap();
    let run = |layout| {
        let folder = folder.path().join(format!("{layout:?}"));
        let trained = train(&Job { folder: &folder, config, layout, resume: false, model: &model });
        let weights: Vec<_> = trained.into_iter().map(|t| t.unwrap().0).collect();
        assert!(weights.iter().all(|w| *w == weights[0]), "{layout:?}: ranks with other weights");
        curve(&folder)
    };
    let one = run((1, 1));
    // Four epochs of six steps: 24 losses and norms; after each, three errors and the loss of the epoch.
    assert_eq!(one.len(), 24 * 2 + 4 * 4);
    for &layout in layouts {
        let off = difference(&run(layout), &one);
        // Single precision, and Adam's first steps are signs of gradients.
        assert!(off < 3e-4, "{:?}, {layout:?}: {off:e}", config.patches);
    }
}

#[test]
fn patches_samples_and_both_follow_the_curve_of_one_rank() {
    let device = Device::flex();
    let model = |_| decomposed().init(2, 1, 7, &device).unwrap();
    for config in [
        with(PatchLoss::Stitched, None),
        with(PatchLoss::Stitched, Some(1)),
        with(PatchLoss::PerPatch, None),
        with(PatchLoss::PerPatch, Some(3)),
        with(PatchLoss::Random(2), Some(3)),
    ] {
        // The last batch of an epoch has two samples, too few for four data groups.
        assert_same_curve(&config, model, &[(2, 1), (2, 2), (4, 1), (4, 2)]);
    }
}

#[test]
fn samples_of_a_model_without_patches_follow_the_curve_of_one_rank() {
    let device = Device::flex();
    let model = |_| Tiny::new(6, 0.0, &device);
    assert_same_curve(&with(PatchLoss::Stitched, None), model, &[(2, 1), (3, 1), (4, 1)]);
}

/// One rank is interrupted at every step in turn: all stop and go on, and end with the bits of a training that was not.
#[test]
fn one_interrupt_stops_all_and_resuming_is_bit_identical() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, resumed) = (folder.path().join("straight"), folder.path().join("resumed"));
    let config = with(PatchLoss::Stitched, Some(1));
    let device = Device::flex();
    let model = |_| decomposed().init(2, 1, 7, &device).unwrap();
    let job = |folder, resume| Job { folder, config: &config, layout: (4, 2), resume, model };
    let whole = train(&job(&straight, false)).remove(0).unwrap();

    let mut steps = 0;
    let last = loop {
        let lives = interrupted(&job(&resumed, true), |rank, step| rank == step % 4 && step == steps + 1);
        let lives: Vec<_> = lives.into_iter().map(Result::unwrap).collect();
        let (_, first) = &lives[0];
        for (weights, summary) in &lives {
            assert_eq!((summary.end, summary.steps), (first.end, first.steps));
            assert_eq!(weights, &lives[0].0);
            assert_eq!(summary.last_checkpoint, first.last_checkpoint);
        }
        steps += 1;
        if first.end == End::Finished {
            break lives[0].clone();
        }
        assert_eq!(first.steps, steps);
    };
    assert_eq!(steps, 25);
    assert_eq!(last.0, whole.0);
    assert_eq!(metrics(&resumed), metrics(&straight));
    assert_eq!(last_checkpoint(&last.1), last_checkpoint(&whole.1));
}

#[test]
fn another_number_of_ranks_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, moved) = (folder.path().join("straight"), folder.path().join("moved"));
    let config = with(PatchLoss::Stitched, None);
    let device = Device::flex();
    let model = |_| decomposed().init(2, 1, 7, &device).unwrap();
    let job = |folder, layout, resume| Job { folder, config: &config, layout, resume, model };
    train(&job(&straight, (1, 1), false)).remove(0).unwrap();
    for (layout, end) in [((2, 2), 7), ((4, 1), 16), ((1, 1), usize::MAX)] {
        let lives = interrupted(&job(&moved, layout, true), |_, step| step == end);
        assert!(lives.iter().all(Result::is_ok));
    }
    let off = difference(&curve(&moved), &curve(&straight));
    assert!(off < 3e-4, "{off:e}");
}

/// Rank 1 is given a folder that does not exist, and an observer.
#[test]
fn one_rank_writes_and_reports() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let config = TrainConfig { epochs: 2, ..with(PatchLoss::Stitched, None) };
    let events = on_ranks(2, |rank, threads| {
        let folder: PathBuf = folder.path().join(rank.to_string());
        if rank == 0 {
            fs::create_dir_all(&folder).unwrap();
        }
        let ranks = Ranks::new(Box::new(threads), 1).unwrap();
        let (device, never) = (Device::flex(), AtomicBool::new(false));
        let (waves, valid) = data(&config);
        let mut events = 0;
        let mut observer = |_: &Event| events += 1;
        let control = Control {
            folder: &folder,
            device: &device,
            resume: false,
            observer: &mut observer,
            interrupt: &never,
        };
        fit_on(&ranks, Tiny::new(6, 0.0, &device), &waves, Some(&valid), &config, control).unwrap();
        events
    });
    assert!(events[0] > 12 && events[1] == 0, "{events:?}");
    assert!(folder.path().join("0/metrics.jsonl").exists() && !folder.path().join("1").exists());
}

/// A source that fails on one rank: that rank says why, the others do not wait for it.
#[test]
fn a_failure_on_one_rank_ends_all() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let config = with(PatchLoss::Stitched, None);
    let results = on_ranks(3, |rank, threads| {
        let ranks = Ranks::new(Box::new(threads), 1).unwrap();
        let (device, never) = (Device::flex(), AtomicBool::new(false));
        let source = Failing { waves: data(&config).0, fails: rank == 1 };
        let control = Control {
            folder: folder.path(),
            device: &device,
            resume: false,
            observer: &mut Silent,
            interrupt: &never,
        };
        fit_on(&ranks, Tiny::new(6, 0.0, &device), &source, None, &config, control).map(|_| ()).unwrap_err()
    });
    assert!(matches!(results[1], TrainError::Data(_)), "{}", results[1]);
    for other in [&results[0], &results[2]] {
        assert!(matches!(other, TrainError::Ranks(_)) && other.to_string().contains("stopped"), "{other}");
    }
}

struct Failing {
    waves: Waves,
    fails: bool,
}

impl BatchSource for Failing {
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
        let batches = self.waves.epoch(epoch, start)?.enumerate();
        Ok(Box::new(batches.map(move |(i, batch)| {
            if self.fails && epoch == 1 && i == 3 {
                Err(TrainError::Data("a bad disk".into()))
            } else {
                batch
            }
        })))
    }
    fn denormalise(&self, field: &mut [f64], samples: usize) {
        self.waves.denormalise(field, samples);
    }
}

#[test]
fn ranks_with_other_weights_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = with(PatchLoss::Stitched, None);
    let device = Device::flex();
    // Rank 2 has drawn from another seed.
    let model = |rank| decomposed().init(2, 1, if rank == 2 { 8 } else { 7 }, &device).unwrap();
    let job = Job { folder: folder.path(), config: &config, layout: (4, 2), resume: false, model };
    for result in train(&job) {
        let text = result.map(|_| ()).unwrap_err().to_string();
        assert!(text.contains("rank 2") && text.contains("at the start"), "{text}");
    }
}

#[test]
fn divergence_is_seen_by_all() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let config = with(PatchLoss::Stitched, None);
    let results = on_ranks(2, |rank, threads| {
        let ranks = Ranks::new(Box::new(threads), 1).unwrap();
        let (device, never) = (Device::flex(), AtomicBool::new(false));
        let mut waves = data(&config).0;
        // Only the samples of rank 1 are broken.
        waves.broken_from = if rank == 1 { 2 } else { usize::MAX };
        let control = Control {
            folder: folder.path(),
            device: &device,
            resume: false,
            observer: &mut Silent,
            interrupt: &never,
        };
        fit_on(&ranks, Tiny::new(6, 0.0, &device), &waves, None, &config, control).map(|_| ()).unwrap_err()
    });
    for error in results {
        assert!(matches!(error, TrainError::Diverged { epoch: 3, step: 13, .. }), "{error}");
    }
}

#[test]
fn what_cannot_be_shared_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("run");
    let device = Device::flex();
    let model = |_| decomposed().init(2, 1, 7, &device).unwrap();
    let refused = |config: &TrainConfig, layout, words: &[&str]| {
        for result in train(&Job { folder: &folder, config, layout, resume: false, model }) {
            let text = result.map(|_| ()).unwrap_err().to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    };
    refused(&with(PatchLoss::Stitched, None), (4, 4), &["patch-parallel", "2 patches", "4 ranks: 1 or 2"]);
    let small = TrainConfig { batch: 2, ..with(PatchLoss::Stitched, None) };
    refused(&small, (3, 1), &["the batch", "at least 3 samples", "is 2"]);
}

#[test]
fn portions_put_together_are_the_batch() {
    let waves = Waves::new(22, 4, 3);
    for of in 1..6 {
        let parts: Vec<_> = (0..of)
            .map(|index| {
                waves.portions(1, 2, Share { index, of }).unwrap().map(Result::unwrap).collect::<Vec<_>>()
            })
            .collect();
        for (i, batch) in waves.epoch(1, 2).unwrap().map(Result::unwrap).enumerate() {
            let (mut input, mut target) = (Vec::new(), Vec::new());
            for part in &parts {
                let at = &part[i];
                assert_eq!((at.total, at.first * 16), (batch.samples, input.len()));
                input.extend_from_slice(&at.batch.input);
                target.extend_from_slice(&at.batch.target);
            }
            assert_eq!((input, target), (batch.input, batch.target));
        }
    }
}
