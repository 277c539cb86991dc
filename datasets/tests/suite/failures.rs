//! Samples that fail: left out or the end of the run, and never a change of any other sample.

use sobolev_datasets::{
    Card, Dataset, Error, GenerateConfig, OnFailure, Problem, Result, Sample, Schema, Split, Task, View,
    finalize,
};

use crate::problems::{Moving, contents, file_names, make, open};

/// [`Moving`], in batches of three; the solver fails on some samples, others hold an infinity.
struct Fragile {
    diverges: fn(u64) -> bool,
    infinite: fn(u64) -> bool,
}

impl Problem for Fragile {
    fn name(&self) -> &str {
        "fragile"
    }
    fn schema(&self) -> Schema {
        Moving.schema()
    }
    fn config(&self) -> serde_json::Value {
        Moving.config()
    }
    fn solver(&self) -> String {
        Moving.solver()
    }
    fn card(&self) -> Card {
        Card::default()
    }
    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        let mut sample = Moving.sample(seed, index)?;
        if (self.diverges)(index) {
            let problem = "fragile".to_string();
            return Err(Error::Solver { problem, seed, index, source: "blew up\nat step 3".into() });
        }
        if (self.infinite)(index) {
            // In the last field: the ones before it are written by then.
            sample.fields[3][1] = 1e300;
        }
        Ok(sample)
    }
    fn batch(&self) -> usize {
        3
    }
}

const SOME: Fragile = Fragile { diverges: |i| i == 0 || i == 7, infinite: |i| i == 4 };

fn config(out: &std::path::Path) -> GenerateConfig {
    let mut config = GenerateConfig::new(out, "set", [9, 2, 2], 11);
    config.shard_size = Some(5);
    config
}

#[test]
fn others_go_on_and_keep_their_index() {
    let dir = tempfile::tempdir().unwrap();
    let report = make(&SOME, &config(dir.path())).unwrap();
    let failed: Vec<_> = report.failed.iter().map(|f| (f.seed, f.index, f.reason.as_str())).collect();
    let infinite = format!("field 'mask' holds 1{}", "0".repeat(300));
    assert_eq!(
        failed,
        [(11, 0, "blew up at step 3"), (11, 4, infinite.as_str()), (11, 7, "blew up at step 3")]
    );
    assert_eq!((report.samples, report.written.len()), (10, 4));

    let set = std::sync::Arc::new(open(dir.path(), Split::Train));
    assert_eq!(set.n_trajectories(), 6);
    let view = View::new(
        set,
        &Task {
            stride: 1,
            inputs: vec!["density".into()],
            targets: vec!["velocity".into()],
            n_steps_input: 1,
            n_steps_output: 1,
        },
        0,
    )
    .unwrap();
    // Every trajectory has the values of its own index: those of the one before it end where they should.
    let whole = tempfile::tempdir().unwrap();
    make(&Moving, &config(whole.path())).unwrap();
    let all = std::sync::Arc::new(open(whole.path(), Split::Train));
    let all = View::new(
        all,
        &Task {
            stride: 1,
            inputs: vec!["density".into()],
            targets: vec!["velocity".into()],
            n_steps_input: 1,
            n_steps_output: 1,
        },
        0,
    )
    .unwrap();
    let windows = all.len() / 9;
    for (row, index) in [1, 2, 3, 5, 6, 8].into_iter().enumerate() {
        assert_eq!(
            view.batch(&[row * windows]).unwrap(),
            all.batch(&[index * windows]).unwrap(),
            "sample {index}"
        );
    }

    // The files say so themselves.
    let file = hdf5::File::open(dir.path().join("data/train/set_00000.hdf5")).unwrap();
    let raw = |name: &str| file.dataset(name).unwrap().read_raw::<i64>().unwrap();
    assert_eq!(raw("provenance/index"), [1, 2, 3]);
    assert_eq!(raw("provenance/seed"), [11; 3]);
    assert_eq!(raw("provenance/failed_index"), [0, 4]);
    assert_eq!(file.dataset("scalars/speed").unwrap().read_raw::<f32>().unwrap(), [1.0, 2.0, 3.0]);
    drop(file);

    // A second run keeps the files and still tells; so does finalize.
    let again = make(&SOME, &config(dir.path())).unwrap();
    assert_eq!((again.kept.len(), again.samples, again.failed.len()), (4, 0, 3));
    finalize(dir.path()).unwrap();
}

#[test]
fn bytes_do_not_depend_on_threads_or_restarts() {
    let run = |threads, out: &std::path::Path| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| make(&SOME, &config(out))).unwrap();
    };
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(1, a.path());
    run(3, b.path());
    let before = contents(a.path());
    assert!(before == contents(b.path()));
    std::fs::remove_file(b.path().join("data/train/set_00000.hdf5")).unwrap();
    run(2, b.path());
    assert!(before == contents(b.path()));
}

#[test]
fn a_strict_run_stops() {
    for (problem, index) in [(SOME, 0), (Fragile { diverges: |_| false, ..SOME }, 4)] {
        let dir = tempfile::tempdir().unwrap();
        let strict = GenerateConfig { on_failure: OnFailure::Stop, ..config(dir.path()) };
        let error = make(&problem, &strict).unwrap_err();
        let found = match error {
            Error::Solver { index, .. } | Error::BadSample { index, .. } => index,
            other => panic!("{other}"),
        };
        assert_eq!(found, index);
        assert!(file_names(dir.path()).is_empty());
    }
}

#[test]
fn settings_that_fail_on_most_samples_stop_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let mostly = Fragile { diverges: |i| i % 5 != 0, infinite: |_| false };
    let mut long = GenerateConfig::new(dir.path(), "set", [1000, 0, 0], 1);
    long.shard_size = Some(100);
    let error = make(&mostly, &long).unwrap_err();
    let Error::Failures { failed, tried, index, .. } = &error else { panic!("{error}") };
    assert!(*failed >= 8 && *tried < 20 && *index == 1, "{error}");
    assert!(error.to_string().contains("blew up at step 3") && !error.to_string().contains('\n'));
    assert!(file_names(dir.path()).is_empty());

    // A file without a sample cannot be: few samples, all of them bad.
    let dir = tempfile::tempdir().unwrap();
    let all = Fragile { diverges: |_| true, infinite: |_| false };
    let error = make(&all, &GenerateConfig::new(dir.path(), "set", [3, 0, 0], 1)).unwrap_err();
    assert!(matches!(error, Error::Failures { failed: 3, tried: 3, .. }), "{error}");
    assert!(Dataset::open(dir.path(), Split::Train).is_err() && file_names(dir.path()).is_empty());
}
