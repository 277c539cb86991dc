//! Runs on several ranks within one process: the bridge from data sets to shared training.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use burn::tensor::Device;
use sobolev::datasets::{Dataset, GenerateConfig, LoaderConfig, Split, View, generate, problems};
use sobolev::operators::train::parallel::{Ranks, Share, Threads};
use sobolev::operators::train::{BatchSource, Record, Silent, TrainConfig, read_metrics};
use sobolev::operators::{FnoConfig, ModelConfig, MultigridConfig};
use sobolev::run::{DataSource, Normalisers, RunConfig, RunControl, StreamConfig, TaskConfig, train_on};

fn data(folder: &Path) {
    let problem = problems::build::<&str, &str>("burgers", 32, &[]).unwrap();
    let config = GenerateConfig::new(folder, "burgers", [22, 7, 0], 0);
    generate(&*problem, &config, &|_| {}, &AtomicBool::new(false)).unwrap();
}

fn config() -> RunConfig {
    let inner = ModelConfig::Fno(FnoConfig::new(&[6], 8).with_n_layers(2));
    let model = ModelConfig::Multigrid(MultigridConfig::new(2, inner).with_padding(0.0625));
    let train = TrainConfig { epochs: 3, batch: 4, log_steps: 1, ..TrainConfig::default() };
    RunConfig::new(model, train)
}

/// Trains on `layout`: ranks, and how many of them share the patches of a sample.
fn train(data: Option<&Path>, config: &RunConfig, out: &Path, layout: (usize, usize)) -> Vec<f64> {
    let one = |rank: Threads| {
        let ranks = Ranks::new(Box::new(rank), layout.1).unwrap();
        let (device, never) = (Device::flex(), AtomicBool::new(false));
        let control = RunControl {
            ranks: &ranks,
            out,
            device: &device,
            resume: false,
            observer: &mut Silent,
            interrupt: &never,
        };
        let summary = train_on(data, config, control).unwrap();
        assert_eq!(summary.weights.is_some(), ranks.is_root());
    };
    thread::scope(|scope| {
        Threads::new(layout.0).into_iter().for_each(|rank| {
            scope.spawn(move || one(rank));
        });
    });
    let losses = |record| match record {
        Record::Step { loss, .. } => vec![loss],
        Record::Epoch { valid, .. } => valid.into_values().collect(),
        _ => Vec::new(),
    };
    read_metrics(&out.join("metrics.jsonl")).unwrap().into_iter().flat_map(losses).collect()
}

fn assert_same(data: Option<&Path>, config: &RunConfig, folder: &Path, layouts: &[(usize, usize)]) {
    let one = train(data, config, &folder.join("one"), (1, 1));
    for &layout in layouts {
        let out = folder.join(format!("{}-{}", layout.0, layout.1));
        let many = train(data, config, &out, layout);
        assert_eq!(many.len(), one.len());
        for (a, b) in many.iter().zip(&one) {
            assert!((a - b).abs() < 3e-4 * b, "{layout:?}: {a} {b}");
        }
        assert!(out.join("weights.safetensors").exists() && out.join("run.toml").exists());
    }
}

#[test]
fn a_run_on_files_is_the_same_on_one_and_on_many_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("data");
    data(&set);
    assert_same(Some(&set), &config(), folder.path(), &[(2, 1), (2, 2), (4, 4), (4, 2)]);
}

#[test]
fn a_run_on_a_stream_is_the_same_on_one_and_on_two_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let stream =
        StreamConfig { valid_samples: 6, normaliser_samples: 8, ..StreamConfig::new("burgers", 32, 12) };
    let config = RunConfig { stream: Some(stream), ..config() };
    assert_same(None, &config, folder.path(), &[(2, 1)]);
}

/// A source that reads only its share has what is cut from whole batches.
#[test]
fn shares_of_a_data_set_are_cut_from_its_batches() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let set = Arc::new(Dataset::open(folder.path(), Split::Train).unwrap());
    let task = TaskConfig::default().on(&set);
    let view = Arc::new(View::new(set, &task, 0).unwrap());
    let kind = TaskConfig::default().input_normaliser;
    let (input, target) = sobolev::datasets::fit_normalisers(&view, kind, kind, 4).unwrap();
    let source = DataSource::new(view, LoaderConfig::shuffled(4, 5), Normalisers { input, target }).unwrap();
    for share in [Share { index: 0, of: 2 }, Share { index: 2, of: 3 }, Share { index: 4, of: 5 }] {
        let portions: Vec<_> = source.portions(1, 2, share).unwrap().map(Result::unwrap).collect();
        let whole = source.epoch(1, 2).unwrap().map(|batch| batch.unwrap().portion(share));
        assert_eq!(portions, whole.collect::<Vec<_>>(), "{share:?}");
    }
}
