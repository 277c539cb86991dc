//! Training patch by patch: the same bits after every interruption, the same curve as without passes.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use sobolev_operators::train::{
    Control, End, Event, PatchConfig, PatchLoss, Record, Result, Summary, TrainConfig, TrainError, fit,
    read_metrics,
};
use sobolev_operators::{Error, FnoConfig, Model, ModelConfig, MultigridConfig};

use super::support::{alone, config, data, last_checkpoint, metrics, train};

fn decomposed(levels: usize) -> ModelConfig {
    let inner = ModelConfig::Fno(FnoConfig::new(&[3], 6).with_n_layers(2));
    ModelConfig::Multigrid(MultigridConfig::new(levels, inner).with_padding(0.125))
}

fn with(loss: PatchLoss, per_pass: Option<usize>) -> TrainConfig {
    TrainConfig { patches: PatchConfig { loss, per_pass }, ..config() }
}

fn run(
    model: &ModelConfig,
    folder: &Path,
    config: &TrainConfig,
    resume: bool,
    interrupt: &AtomicBool,
    mut observer: impl FnMut(&Event),
) -> Result<(Model, Summary)> {
    let _alone = alone();
    fs::create_dir_all(folder).unwrap();
    let device = Device::flex();
    let (waves, valid) = data(config);
    let model = model.init(2, 1, config.seed, &device).unwrap();
    let control = Control { folder, device: &device, resume, observer: &mut observer, interrupt };
    fit(model, &waves, Some(&valid), config, control)
}

#[test]
fn is_bit_identical_at_every_step() {
    let never = AtomicBool::new(false);
    for config in [
        with(PatchLoss::Stitched, Some(3)),
        with(PatchLoss::PerPatch, None),
        with(PatchLoss::PerPatch, Some(2)),
        with(PatchLoss::Random(2), Some(3)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (straight, resumed) = (folder.path().join("straight"), folder.path().join("resumed"));
        let model = decomposed(1);
        let (_, summary) = run(&model, &straight, &config, false, &never, |_| {}).unwrap();
        assert_eq!((summary.end, summary.steps), (End::Finished, 24));
        let last = loop {
            let interrupt = AtomicBool::new(false);
            let stop = |event: &Event| {
                if matches!(event, Event::Step { .. }) {
                    interrupt.store(true, Ordering::Relaxed);
                }
            };
            let (_, summary) = run(&model, &resumed, &config, true, &interrupt, stop).unwrap();
            if summary.end == End::Finished {
                break summary;
            }
        };
        assert_eq!(metrics(&resumed), metrics(&straight), "{:?}", config.patches);
        assert_eq!(last_checkpoint(&last), last_checkpoint(&summary), "{:?}", config.patches);
    }
}

fn losses(folder: &Path) -> Vec<f64> {
    let records = read_metrics(&folder.join("metrics.jsonl")).unwrap();
    let loss = |r| match r {
        Record::Step { loss, .. } => Some(loss),
        _ => None,
    };
    records.into_iter().filter_map(loss).collect()
}

#[test]
fn passes_follow_the_curve_of_whole_steps() {
    let never = AtomicBool::new(false);
    for loss in [PatchLoss::Stitched, PatchLoss::PerPatch, PatchLoss::Random(2)] {
        let folder = tempfile::tempdir().unwrap();
        let curve = |per_pass: Option<usize>| {
            let at = folder.path().join(format!("{per_pass:?}"));
            run(&decomposed(1), &at, &with(loss, per_pass), false, &never, |_| {}).unwrap();
            losses(&at)
        };
        let whole = curve(None);
        assert_eq!(whole.len(), 24);
        for (a, b) in curve(Some(3)).iter().zip(&whole) {
            // Single precision, and Adam's first steps are signs of gradients.
            assert!((a - b).abs() < 1e-3 * b, "{loss:?}: {a} {b}");
        }
    }
}

#[test]
fn every_loss_learns_and_is_validated_on_the_whole_field() {
    let never = AtomicBool::new(false);
    for loss in [PatchLoss::Stitched, PatchLoss::PerPatch, PatchLoss::Random(2)] {
        let folder = tempfile::tempdir().unwrap();
        let config = TrainConfig { epochs: 60, lr: 2e-2, checkpoint_minutes: 60.0, ..with(loss, Some(8)) };
        let (_, summary) = run(&decomposed(1), folder.path(), &config, false, &never, |_| {}).unwrap();
        assert!(summary.best < 0.3, "{loss:?}: validation error {}", summary.best);
    }
}

#[test]
fn what_does_not_fit_is_refused_before_the_first_step() {
    let never = AtomicBool::new(false);
    let folder = tempfile::tempdir().unwrap();
    let config = with(PatchLoss::Stitched, Some(3));
    let error = train(&folder.path().join("tiny"), &config, false, &never, |_| {}).unwrap_err();
    assert!(matches!(error, TrainError::Config { field: "patches", .. }), "{error}");
    assert!(!folder.path().join("tiny/metrics.jsonl").exists());
    // Eight points are too few for two levels.
    let error =
        run(&decomposed(2), &folder.path().join("small"), &config, false, &never, |_| {}).unwrap_err();
    assert!(matches!(error, TrainError::Model(Error::Grid { .. })), "{error}");
}
