//! Generation: bytes, shards, resumption, refusals.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use sobolev_datasets::{
    Error, GenerateConfig, OnFailure, ShardWriter, Split, Task, View, WriteOptions, atomic_write, finalize,
    generate,
};

use crate::problems::{Moving, Steady, contents, file_names, make, open, writing};

#[test]
fn same_seed_same_bytes_with_any_number_of_threads() {
    let runs: Vec<_> = [1, 4]
        .map(|threads| {
            let dir = tempfile::tempdir().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut config = GenerateConfig::new(dir.path(), "set", [5, 2, 3], 11);
            config.shard_size = Some(3);
            config.write = WriteOptions { gzip: Some(4), flush_every: 2 };
            pool.install(|| make(&Moving, &config)).unwrap();
            // Object headers could hold times in whole seconds.
            std::thread::sleep(std::time::Duration::from_millis(1100));
            contents(dir.path())
        })
        .into();
    let names: Vec<_> = runs[0].iter().map(|f| f.0.as_str()).collect();
    assert_eq!(
        names,
        [
            "SHA256SUMS",
            "data/test/set_00000.hdf5",
            "data/train/set_00000.hdf5",
            "data/train/set_00001.hdf5",
            "data/valid/set_00000.hdf5",
            "manifest.json",
            "manifest/test_set_00000.json",
            "manifest/train_set_00000.json",
            "manifest/train_set_00001.json",
            "manifest/valid_set_00000.json",
            "set.yaml",
            "stats.yaml"
        ]
    );
    assert!(runs[0] == runs[1], "two runs with one seed differ");

    let dir = tempfile::tempdir().unwrap();
    make(&Steady::new(6), &GenerateConfig::new(dir.path(), "set", [4, 0, 0], 12)).unwrap();
    let other = tempfile::tempdir().unwrap();
    make(&Steady::new(6), &GenerateConfig::new(other.path(), "set", [4, 0, 0], 13)).unwrap();
    assert!(contents(dir.path()) != contents(other.path()), "two seeds must differ");
}

/// All inputs and targets of a split.
fn samples(dir: &std::path::Path, split: Split) -> (Vec<f32>, Vec<f32>) {
    let set = std::sync::Arc::new(open(dir, split));
    let task = Task::steady(&set);
    let view = View::new(set, &task, 0).unwrap();
    let batch = view.batch(&(0..view.len()).collect::<Vec<_>>()).unwrap();
    (batch.input, batch.target)
}

#[test]
fn shards_of_many_processes_hold_the_samples_of_one() {
    let one = tempfile::tempdir().unwrap();
    make(&Steady::new(7), &GenerateConfig::new(one.path(), "set", [10, 3, 4], 5)).unwrap();
    let many = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(many.path(), "set", [10, 3, 4], 5);
    config.shard_size = Some(2);
    for i in [2, 0, 1] {
        config.shard = Some((i, 3));
        let report = make(&Steady::new(7), &config).unwrap();
        assert!(!report.finalized && report.written.len() == 3, "{report:?}");
        if i != 1 {
            let error = finalize(many.path()).unwrap_err();
            assert!(matches!(error, Error::Missing { .. }), "{error}");
        }
    }
    finalize(many.path()).unwrap();
    for split in Split::ALL {
        assert_eq!(samples(one.path(), split), samples(many.path(), split), "{split}");
    }
    // The same files by one process, byte for byte.
    let alone = tempfile::tempdir().unwrap();
    config.shard = None;
    config.out = alone.path().into();
    make(&Steady::new(7), &config).unwrap();
    assert!(contents(alone.path()) == contents(many.path()));
}

#[test]
fn finished_files_are_kept_and_lost_ones_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(dir.path(), "set", [6, 0, 2], 5);
    config.shard_size = Some(2);
    make(&Steady::new(5), &config).unwrap();
    let before = contents(dir.path());
    let lost = dir.path().join("data/train/set_00001.hdf5");
    std::fs::remove_file(&lost).unwrap();
    std::fs::write(dir.path().join("data/train/set_00001.hdf5.partial"), b"left by a killed process")
        .unwrap();
    let seen = Mutex::new(vec![]);
    let guard = writing();
    let report = generate(
        &Steady::new(5),
        &config,
        &|p| seen.lock().unwrap().push((p.done, p.total)),
        &AtomicBool::new(false),
    );
    drop(guard);
    let report = report.unwrap();
    assert_eq!((report.written, report.kept.len(), report.samples), (vec![lost], 3, 2));
    assert!(contents(dir.path()) == before);
    assert_eq!(seen.into_inner().unwrap(), [(6, 8), (8, 8)]);
}

#[test]
fn other_settings_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    make(&Steady::new(5), &GenerateConfig::new(dir.path(), "set", [3, 0, 0], 5)).unwrap();
    let before = contents(dir.path());
    for (config, n, what) in [
        (GenerateConfig::new(dir.path(), "set", [3, 0, 0], 6), 5, "seed"),
        (GenerateConfig::new(dir.path(), "set", [3, 0, 0], 5), 6, "settings.n"),
        (GenerateConfig::new(dir.path(), "set", [3, 1, 0], 5), 5, "shard_size"),
    ] {
        let error = make(&Steady::new(n), &config).unwrap_err();
        let Error::Conflict { path, what: found, .. } = &error else { panic!("{error}") };
        assert!(path.ends_with("data/train/set_00000.hdf5") && found == what, "{error}");
    }
    assert!(contents(dir.path()) == before);

    std::fs::write(dir.path().join("data/train/set_00000.hdf5"), b"not HDF5").unwrap();
    let error =
        make(&Steady::new(5), &GenerateConfig::new(dir.path(), "set", [3, 0, 0], 5)).unwrap_err().to_string();
    assert!(error.contains("set_00000.hdf5") && !error.contains('\n'), "{error}");
}

#[test]
fn absurd_settings_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let new = |name: &str, n| GenerateConfig::new(dir.path(), name, [n, 0, 0], 0);
    let bad = [
        new("set", 0),
        new("a/b", 1),
        new("", 1),
        GenerateConfig { shard_size: Some(0), ..new("set", 1) },
        GenerateConfig { shard: Some((2, 2)), ..new("set", 1) },
        GenerateConfig { shard: Some((0, 0)), ..new("set", 1) },
        GenerateConfig { seed: u64::MAX, ..new("set", 1) },
        GenerateConfig { write: WriteOptions { gzip: Some(10), flush_every: 1 }, ..new("set", 1) },
        GenerateConfig { write: WriteOptions { gzip: None, flush_every: 0 }, ..new("set", 1) },
    ];
    for config in bad {
        let error = make(&Steady::new(5), &config).unwrap_err();
        assert!(matches!(error, Error::Config { .. }), "{config:?}: {error}");
    }
    assert!(file_names(dir.path()).is_empty(), "{:?}", file_names(dir.path()));
}

#[test]
fn a_nan_names_the_sample_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let problem = Steady { nan_at: Some(8), ..Steady::new(5) };
    let mut config = GenerateConfig::new(dir.path(), "set", [12, 0, 0], 3);
    config.shard_size = Some(6);
    config.on_failure = OnFailure::Stop;
    let error = make(&problem, &config).unwrap_err();
    let Error::BadSample { index: 8, seed: 3, field, .. } = &error else { panic!("{error}") };
    assert_eq!(field, "coefficient");
    let left = ["data/train/set_00000.hdf5", "manifest/train_set_00000.json"];
    assert_eq!(file_names(dir.path()), left, "the file before it is complete");
}

#[test]
fn an_interrupt_keeps_finished_files_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(dir.path(), "set", [60, 0, 0], 3);
    config.shard_size = Some(20);
    let stop = AtomicBool::new(false);
    let watch = |p: sobolev_datasets::Progress| {
        if p.done >= 20 {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let problem = Steady { slow: std::time::Duration::from_millis(4), ..Steady::new(5) };
    let guard = writing();
    let error = generate(&problem, &config, &watch, &stop).unwrap_err();
    drop(guard);
    assert!(matches!(error, Error::Interrupted), "{error}");
    let names = file_names(&dir.path().join("data"));
    assert!(!names.is_empty() && names.len() < 3 && names.iter().all(|n| n.ends_with(".hdf5")), "{names:?}");
    let report = make(&Steady::new(5), &config).unwrap();
    assert_eq!(report.kept.len(), names.len());
    let whole = tempfile::tempdir().unwrap();
    config.out = whole.path().into();
    make(&Steady::new(5), &config).unwrap();
    assert!(contents(dir.path()) == contents(whole.path()));
}

#[test]
fn a_folder_that_is_a_file_or_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let error = make(&Steady::new(5), &GenerateConfig::new(&file, "set", [1, 0, 0], 0)).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.starts_with(&file)), "{error}");
    let error = atomic_write(&dir.path().join("no/such/folder.yaml"), b"x").unwrap_err();
    assert!(matches!(&error, Error::Io { .. }) && error.to_string().contains("no/such"), "{error}");
}

#[test]
fn atomic_write_replaces_whole_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.yaml");
    for text in ["first, the longer one", "second"] {
        atomic_write(&path, text.as_bytes()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    assert_eq!(file_names(dir.path()), ["a.yaml"]);
}

#[test]
fn two_writers_of_one_file_exclude_each_other() {
    use sobolev_datasets::{Card, Problem as _, Provenance, Sample};
    let _guard = writing();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hdf5");
    let text = || "t".to_string();
    let provenance = Provenance {
        generator: text(),
        generator_version: text(),
        pde: text(),
        solver: text(),
        seed: 0,
        config_json: "{}".into(),
        card: Card::default(),
    };
    let schema = sobolev_datasets::Schema { dataset_name: "d".into(), ..Steady::new(4).schema() };
    let start = || ShardWriter::create(&path, &schema, &provenance, 1, WriteOptions::default());
    let mut first = start().unwrap();
    let error = start().unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    // The loser must not have touched the winner's file.
    let sample: Sample = Steady::new(4).sample(0, 0).unwrap();
    first.push(&sample, 0, 0).unwrap();
    assert!(matches!(first.push(&sample, 0, 1).unwrap_err(), Error::Config { .. }), "one sample too many");
    first.finish().unwrap();
    assert_eq!(file_names(dir.path()), ["a.hdf5"]);
    let unfinished = start().unwrap();
    drop(unfinished);
    assert_eq!(file_names(dir.path()), ["a.hdf5"], "a dropped writer removes its partial file");
    assert!(matches!(start().unwrap().finish().unwrap_err(), Error::Config { .. }), "samples are missing");
    assert_eq!(file_names(dir.path()), ["a.hdf5"]);
}
