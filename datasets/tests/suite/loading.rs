//! The stream of batches: order, resumption, bounded reading ahead.

use std::sync::Arc;

use sobolev_datasets::{Batch, GenerateConfig, Loader, LoaderConfig, Split, Task, View, epoch_order};

use crate::problems::{Steady, make, open};

fn view(n: usize, cache_mib: usize) -> (tempfile::TempDir, Arc<View>) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(dir.path(), "set", [n, 0, 0], 1);
    config.shard_size = Some(4);
    make(&Steady::new(5), &config).unwrap();
    let set = Arc::new(open(dir.path(), Split::Train));
    let task = Task::steady(&set);
    (dir, Arc::new(View::new(set, &task, cache_mib).unwrap()))
}

#[test]
fn epoch_order_is_a_permutation_that_depends_on_seed_and_epoch() {
    for n in [0, 1, 2, 100] {
        let mut order = epoch_order(3, 4, n);
        assert_eq!(order, epoch_order(3, 4, n));
        order.sort_unstable();
        assert_eq!(order, (0..n).collect::<Vec<_>>());
    }
    let order = epoch_order(3, 4, 100);
    assert!(
        order != epoch_order(3, 5, 100)
            && order != epoch_order(4, 4, 100)
            && order != (0..100).collect::<Vec<_>>()
    );
    // Each of the 24 orders of 4 samples, 12,000 draws: mean 500, deviation 21.9; five deviations.
    let mut counts = std::collections::HashMap::new();
    for epoch in 0..12_000 {
        *counts.entry(epoch_order(1, epoch, 4)).or_insert(0i32) += 1;
    }
    assert!(counts.len() == 24 && counts.values().all(|c| (c - 500).abs() < 110), "{counts:?}");
}

#[test]
fn batches_are_the_samples_of_the_order_and_resume_in_the_middle() {
    for cache in [0, 64] {
        let (_dir, view) = view(11, cache);
        let config = LoaderConfig::shuffled(3, 8);
        let loader = Loader::new(view.clone(), config).unwrap();
        assert_eq!(loader.n_batches(), 4);
        let all: Vec<Batch> = loader.epoch(6, 0).unwrap().map(Result::unwrap).collect();
        let order = epoch_order(8, 6, 11);
        let direct: Vec<Batch> = order.chunks(3).map(|i| view.batch(i).unwrap()).collect();
        assert!(all == direct && all[3].batch == 2);
        let rest: Vec<Batch> = loader.epoch(6, 2).unwrap().map(Result::unwrap).collect();
        assert!(rest == all[2..]);
        assert_eq!(loader.epoch(6, 4).unwrap().count(), 0);
        let full = Loader::new(view, LoaderConfig { drop_last: true, ..config }).unwrap();
        assert_eq!(full.epoch(6, 0).unwrap().map(|b| b.unwrap().batch).collect::<Vec<_>>(), [3, 3, 3]);
    }
}

#[test]
fn an_epoch_dropped_half_way_ends_its_thread() {
    let (_dir, view) = view(40, 0);
    let loader = Loader::new(view.clone(), LoaderConfig { prefetch: 1, ..LoaderConfig::ordered(1) }).unwrap();
    for _ in 0..20 {
        let mut epoch = loader.epoch(0, 0).unwrap();
        epoch.next().unwrap().unwrap();
    }
    drop(loader);
    // Every reader held a reference: all have ended.
    assert_eq!(Arc::strong_count(&view), 1);
}
