//! Interrupts, failures and refusals: an end for all ranks, and one that writes.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use sobolev_operators::loss::Edges;
use sobolev_operators::train::parallel::Ranks;
use sobolev_operators::train::{
    BatchSource, Batches, Control, End, Event, PatchLoss, Result, Silent, TrainConfig, TrainError, fit_on,
};

use super::super::support::{Tiny, Waves, alone, data, last_checkpoint, metrics};
use super::{Job, curve, decomposed, difference, interrupted, on_ranks, train, with};

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
