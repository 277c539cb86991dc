//! Streams: every sample once, the same batches from any start and with any number of threads, bounded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sobolev_datasets::{
    Batch, Card, Error, GenerateConfig, Problem, Result, Sample, Schema, Split, Stage, Stream, StreamOptions,
    Task, View, problems,
};

use crate::problems::{GRID, Moving, STEPS, Steady, make, moving_value, open};

const OPTIONS: StreamOptions = StreamOptions { seed: 4, samples: 10, batch: 4, threads: 2, ahead: 2 };

fn windows() -> Task {
    Task::of(&Moving.schema(), 2, 1)
}

fn stream(problem: impl Problem + 'static, task: &Task, options: StreamOptions) -> Stream {
    Stream::new(vec![Stage { problem: Arc::new(problem), epochs: None }], task, options).unwrap()
}

fn epoch(stream: &Stream, epoch: u64, from: usize) -> Vec<Batch> {
    stream.epoch(epoch, from).unwrap().collect::<Result<_>>().unwrap()
}

/// (sample, first step) of every pair, from the number in the first channel.
fn places(batches: &[Batch]) -> Vec<(u64, usize)> {
    let points = GRID[0] * GRID[1];
    let place = |v: f32| ((f64::from(v) / 8192.0) as u64, (f64::from(v) % 8192.0 / 512.0) as usize);
    batches
        .iter()
        .flat_map(|b| (0..b.batch).map(move |i| place(b.input[i * b.in_channels * points])))
        .collect()
}

#[test]
fn every_window_of_every_sample_comes_once() {
    let stream = stream(Moving, &windows(), OPTIONS);
    let w = STEPS - 2;
    // Groups of four trajectories: 20, 20 and 10 windows in batches of 4.
    assert_eq!((stream.n_samples(), stream.n_batches()), (10 * w, 5 + 5 + 3));
    let mut seen = BTreeMap::new();
    for e in 0..3 {
        let batches = epoch(&stream, e, 0);
        assert_eq!(batches.len(), stream.n_batches());
        let places = places(&batches);
        assert!(places.iter().all(|(s, _)| (10 * e..10 * e + 10).contains(s)), "epoch {e}: {places:?}");
        places.into_iter().for_each(|p| *seen.entry(p).or_insert(0) += 1);
        // A batch holds windows of several trajectories.
        assert!(batches.iter().filter(|b| places_of_one(b)).count() <= 2);
    }
    assert!(seen.len() == 30 * w && seen.values().all(|&n| n == 1));
}

fn places_of_one(batch: &Batch) -> bool {
    let places = places(std::slice::from_ref(batch));
    places.iter().all(|p| p.0 == places[0].0)
}

#[test]
fn pairs_are_those_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    make(&Moving, &GenerateConfig::new(dir.path(), "set", [4, 0, 0], 4)).unwrap();
    let set = Arc::new(open(dir.path(), Split::Train));
    assert_eq!(Task::windows(&set, 2, 1), windows());
    let view = View::new(set, &windows(), 0).unwrap();
    let stream = stream(Moving, &windows(), OPTIONS);
    assert_eq!((stream.in_channels(), stream.out_channels()), (view.in_channels(), view.out_channels()));
    let segment = stream.segment(0, 0, 4).unwrap();
    let direct: Vec<Batch> =
        (0..view.len()).collect::<Vec<_>>().chunks(4).map(|i| view.batch(i).unwrap()).collect();
    assert_eq!(segment, direct);

    // A steady problem of the registry.
    let dir = tempfile::tempdir().unwrap();
    let darcy = problems::build::<&str, &str>("darcy", 8, &[]).unwrap();
    make(&*darcy, &GenerateConfig::new(dir.path(), "set", [4, 0, 0], 4)).unwrap();
    let set = Arc::new(open(dir.path(), Split::Train));
    let task = Task::of(&darcy.schema(), 1, 1);
    assert_eq!(Task::steady(&set), task);
    let file = View::new(set, &task, 0).unwrap().batch(&[0, 1, 2, 3]).unwrap();
    let stages = vec![Stage { problem: Arc::from(darcy), epochs: None }];
    let stream = Stream::new(stages, &task, OPTIONS).unwrap();
    assert_eq!(stream.segment(0, 0, 4).unwrap(), [file]);
}

/// [`Moving`] that likes batches of three, counts its samples, and fails on some.
struct Watched {
    made: Arc<AtomicU64>,
    fails: fn(u64) -> bool,
}

impl Watched {
    fn new(fails: fn(u64) -> bool) -> (Self, Arc<AtomicU64>) {
        let made = Arc::new(AtomicU64::new(0));
        (Self { made: made.clone(), fails }, made)
    }
}

impl Problem for Watched {
    fn name(&self) -> &str {
        "watched"
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
        self.made.fetch_add(1, Ordering::Relaxed);
        if (self.fails)(index) {
            return Err(Error::Solver { problem: "watched".into(), seed, index, source: "no".into() });
        }
        Moving.sample(seed, index)
    }
    fn batch(&self) -> usize {
        3
    }
}

#[test]
fn any_start_and_any_number_of_threads_give_the_same_batches() {
    let whole = epoch(&stream(Moving, &windows(), OPTIONS), 1, 0);
    for threads in [1, 3] {
        let (watched, _) = Watched::new(|_| false);
        let other = stream(watched, &windows(), StreamOptions { threads, ahead: threads, ..OPTIONS });
        for from in [0, 1, 5, 7, 12, 13] {
            assert!(epoch(&other, 1, from) == whole[from..], "{threads} threads, from batch {from}");
        }
    }
    let reseeded = stream(Steady::new(4), &Task::of(&Steady::new(4).schema(), 1, 1), OPTIONS);
    let steady = stream(
        Steady::new(4),
        &Task::of(&Steady::new(4).schema(), 1, 1),
        StreamOptions { seed: 5, ..OPTIONS },
    );
    assert!(epoch(&reseeded, 0, 0) != epoch(&steady, 0, 0), "two seeds must differ");
    assert_eq!(steady.n_batches(), 3);
}

#[test]
fn the_buffer_is_bounded_and_a_dropped_epoch_stops() {
    let (watched, made) = Watched::new(|_| false);
    let one = Task { n_steps_input: STEPS - 1, ..windows() };
    let long = stream(watched, &one, StreamOptions { samples: 100_000, ..OPTIONS });
    let mut batches = long.epoch(0, 0).unwrap();
    for _ in 0..3 {
        batches.next().unwrap().unwrap();
    }
    std::thread::sleep(Duration::from_millis(300));
    // Three batches used, two wait, one is held in hand, one group of four is in the making.
    let n = made.load(Ordering::Relaxed);
    assert!(n <= 4 * (3 + 2 + 1 + 1), "{n} samples were made for three batches of four");
    drop(batches);
    let n = made.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(made.load(Ordering::Relaxed), n);
}

#[test]
fn a_failed_sample_leaves_a_gap_and_nothing_else_changes() {
    let (watched, _) = Watched::new(|i| i == 5);
    let gap = stream(watched, &windows(), OPTIONS);
    let batches = epoch(&gap, 0, 0);
    let whole = places(&epoch(&stream(Moving, &windows(), OPTIONS), 0, 0));
    let left: Vec<_> = whole.into_iter().filter(|p| p.0 != 5).collect();
    assert_eq!(places(&batches), left);
    let failed = gap.failed();
    assert_eq!(failed.iter().map(|f| (f.seed, f.index)).collect::<Vec<_>>(), [(4, 5)]);

    let (watched, _) = Watched::new(|i| i >= 4);
    let dead = stream(watched, &windows(), OPTIONS);
    let items: Vec<_> = dead.epoch(0, 0).unwrap().collect();
    assert_eq!(items.len(), 6, "five good batches, then the error, then the end");
    let error = items[5].as_ref().unwrap_err();
    assert!(matches!(error, Error::Failures { index: 4.., .. }), "{error}");
}

#[test]
fn a_curriculum_goes_through_its_stages() {
    let stage = |high: &str, epochs| {
        let problem = problems::build("darcy", 8, &[("high", high), ("low", "1")]).unwrap();
        Stage { problem: Arc::from(problem), epochs }
    };
    let task = Task::of(&stage("2", None).problem.schema(), 1, 1);
    let high = |stream: &Stream, e: u64| {
        let mut all: Vec<f32> =
            epoch(stream, e, 0).into_iter().flat_map(|b| b.input).filter(|&a| a != 1.0).collect();
        all.dedup();
        all
    };
    let stages = vec![stage("2", Some(1)), stage("3", Some(2)), stage("4", None)];
    let endless = Stream::new(stages.clone(), &task, OPTIONS).unwrap();
    for (e, a) in [(0, 2.0), (1, 3.0), (2, 3.0), (3, 4.0), (100, 4.0)] {
        assert_eq!(high(&endless, e), [a], "epoch {e}");
    }
    let finite = Stream::new(stages[..2].to_vec(), &task, OPTIONS).unwrap();
    let error = finite.epoch(3, 0).err().unwrap().to_string();
    assert!(error.contains("below 3"), "{error}");
    // A stage of values drawn per sample.
    let drawn = Stream::new(vec![stage("2..20", None)], &task, OPTIONS).unwrap();
    assert!(high(&drawn, 0).len() > 5);

    let other_grid =
        Stage { problem: Arc::from(problems::build::<&str, &str>("darcy", 9, &[]).unwrap()), epochs: None };
    for (stages, word) in [
        (vec![], "at least one stage"),
        (vec![stage("2", None), stage("3", None)], "stage 1"),
        (vec![stage("2", Some(0))], "stage 1"),
        (vec![stage("2", Some(1)), other_grid], "grid"),
    ] {
        let error = Stream::new(stages, &task, OPTIONS).err().unwrap();
        assert!(matches!(&error, Error::Config { .. }) && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let stage = || vec![Stage { problem: Arc::new(Moving), epochs: None }];
    for options in [
        StreamOptions { samples: 0, ..OPTIONS },
        StreamOptions { batch: 0, ..OPTIONS },
        StreamOptions { threads: 0, ..OPTIONS },
        StreamOptions { ahead: 0, ..OPTIONS },
    ] {
        assert!(
            matches!(Stream::new(stage(), &windows(), options), Err(Error::Config { .. })),
            "{options:?}"
        );
    }
    for task in [
        Task { inputs: vec!["nothing".into()], ..windows() },
        Task { n_steps_output: STEPS, ..windows() },
        Task { stride: 0, ..windows() },
    ] {
        assert!(matches!(Stream::new(stage(), &task, OPTIONS), Err(Error::Config { .. })), "{task:?}");
    }
    // The last epoch before the segment for validation, and the one after it.
    let stream = Stream::new(stage(), &windows(), OPTIONS).unwrap();
    let last = Stream::VALIDATION / 10 - 1;
    assert!(stream.epoch(last, 13).is_ok() && stream.epoch(last + 1, 0).is_err());
    assert!(moving_value(0, 1, 0, 0, 0) == 8192.0);
}
