//! Stopping by the interrupt flag and going on.

use std::sync::atomic::{AtomicBool, Ordering};

use sobolev_operators::train::{
    Clock, End, Event, LossKind, Record, Reduction, Schedule, TrainConfig, TrainError, WeightDecay,
    read_metrics,
};

use super::support::{config, last_checkpoint, metrics, train};

/// Stopped after every single step, the run ends with the same bits: weights, average, moments, state, metrics.
#[test]
fn is_bit_identical_at_every_step() {
    resumes(&config());
}

/// So does one with a coupled decay, sums over batches, and a cycle by epochs.
#[test]
fn is_bit_identical_with_another_recipe() {
    resumes(&TrainConfig {
        loss: LossKind::H1Spectral(3),
        reduction: Reduction::Sum,
        decay: WeightDecay::Coupled,
        weight_decay: 0.1,
        schedule: Schedule::OneCycle {
            rise: 0.5,
            div: 2.0,
            final_div: 100.0,
            beta1: Some([0.85, 0.95]),
            clock: Clock::Epoch,
        },
        ..config()
    });
}

fn resumes(config: &TrainConfig) {
    let folder = tempfile::tempdir().unwrap();
    let (straight, resumed) = (folder.path().join("straight"), folder.path().join("resumed"));
    let never = AtomicBool::new(false);
    let (model, summary) = train(&straight, config, false, &never, |_| {}).unwrap();
    assert_eq!((summary.end, summary.steps), (End::Finished, 24));

    let mut steps = 0;
    let (again, last) = loop {
        let interrupt = AtomicBool::new(false);
        let stop = |event: &Event| {
            if matches!(event, Event::Step { .. }) {
                interrupt.store(true, Ordering::Relaxed);
            }
        };
        let (model, summary) = train(&resumed, config, true, &interrupt, stop).unwrap();
        steps += 1;
        if summary.end == End::Finished {
            break (model, summary);
        }
        assert_eq!(summary.steps, steps);
    };
    // Interrupted after the last step, the last life only validates.
    assert_eq!(steps, 25);
    assert_eq!(again.bits(), model.bits());
    assert_eq!(metrics(&resumed), metrics(&straight));
    assert_eq!(last_checkpoint(&last), last_checkpoint(&summary));
    assert_eq!((last.best, last.best_epoch), (summary.best, summary.best_epoch));
}

/// The loss falls, the records are complete, and they can be read back.
#[test]
fn learns_and_records() {
    let config = TrainConfig { epochs: 120, lr: 3e-2, checkpoint_minutes: 60.0, ..config() };
    let folder = tempfile::tempdir().unwrap();
    let mut epochs = 0;
    let count = |event: &Event| epochs += usize::from(matches!(event, Event::Epoch { .. }));
    let (_, summary) = train(folder.path(), &config, false, &AtomicBool::new(false), count).unwrap();
    assert_eq!(epochs, 120);
    let records = read_metrics(&folder.path().join("metrics.jsonl")).unwrap();
    let losses: Vec<f64> = records
        .iter()
        .filter_map(|r| match r {
            Record::Epoch { train_loss, .. } => Some(*train_loss),
            _ => None,
        })
        .collect();
    assert_eq!((losses.len(), records.len()), (120, 120 + 720));
    assert!(losses[119] < 0.5 * losses[0], "{} -> {}", losses[0], losses[119]);
    assert!(summary.best < 0.5 && summary.best_epoch > 1);
    assert!(summary.best_checkpoint.is_some_and(|p| p.join("average.safetensors").exists()));
}

#[test]
fn a_used_folder_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let config = TrainConfig { epochs: 1, ..config() };
    let never = AtomicBool::new(false);
    train(folder.path(), &config, false, &never, |_| {}).unwrap();
    let before = metrics(folder.path());
    assert!(matches!(train(folder.path(), &config, false, &never, |_| {}), Err(TrainError::Exists(_))));
    assert_eq!(metrics(folder.path()), before);
    // Resuming a finished training does nothing.
    let (_, summary) = train(folder.path(), &config, true, &never, |_| {}).unwrap();
    assert_eq!((summary.end, summary.steps), (End::Finished, 6));
    assert_eq!(metrics(folder.path()), before);
}

#[test]
fn another_seed_or_batch_cannot_resume() {
    let folder = tempfile::tempdir().unwrap();
    let never = AtomicBool::new(false);
    train(folder.path(), &TrainConfig { epochs: 1, ..config() }, false, &never, |_| {}).unwrap();
    for other in [TrainConfig { seed: 8, ..config() }, TrainConfig { batch: 5, ..config() }] {
        let error = train(folder.path(), &other, true, &never, |_| {}).unwrap_err();
        assert!(matches!(error, TrainError::Mismatch { .. }), "{error}");
    }
}
