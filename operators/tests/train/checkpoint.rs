//! Checkpoints and weight files that are damaged, foreign, or in use.

use std::fs;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use sobolev_operators::train::{Checkpoints, TrainConfig, TrainError, load_weights, save_weights};

use super::support::{Tiny, config, train};

#[test]
fn weights_round_trip_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let device = Device::flex();
    let model = Tiny::new(6, 0.0, &device);
    save_weights(&model, &path).unwrap();
    let mut other = Tiny::new(6, 0.0, &device);
    other.w1 = other.w1.map(|w| w * 2.0);
    assert_ne!(other.bits(), model.bits());
    assert_eq!(load_weights(other, &path).unwrap().bits(), model.bits());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn another_model_and_damage_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let device = Device::flex();
    save_weights(&Tiny::new(6, 0.0, &device), &path).unwrap();
    let error = load_weights(Tiny::new(7, 0.0, &device), &path).unwrap_err().to_string();
    assert!(error.contains("`w1`") && error.contains("[2, 7]") && error.contains("[2, 6]"), "{error}");

    let bytes = fs::read(&path).unwrap();
    for cut in [0, 7, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..cut]).unwrap();
        let error = load_weights(Tiny::new(6, 0.0, &device), &path).unwrap_err();
        assert!(matches!(error, TrainError::Content { .. }), "{error}");
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(load_weights(Tiny::new(6, 0.0, &device), &path), Err(TrainError::Io { .. })));
}

#[test]
fn damaged_checkpoints_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let never = AtomicBool::new(false);
    let config = TrainConfig { epochs: 1, ..config() };
    let (_, summary) = train(folder.path(), &config, false, &never, |_| {}).unwrap();
    for file in ["state.json", "weights.safetensors", "optimizer.safetensors", "average.safetensors"] {
        let path = summary.last_checkpoint.join(file);
        let good = fs::read(&path).unwrap();
        fs::write(&path, &good[..good.len() / 2]).unwrap();
        let error = train(folder.path(), &config, true, &never, |_| {}).unwrap_err();
        assert!(error.to_string().contains(file), "{error}");
        fs::write(&path, good).unwrap();
    }
    train(folder.path(), &config, true, &never, |_| {}).unwrap();
    fs::write(folder.path().join("checkpoints/last.json"), r#"{"checkpoint":"ckpt-9","step":9}"#).unwrap();
    let error = train(folder.path(), &config, true, &never, |_| {}).unwrap_err();
    assert!(error.to_string().contains("ckpt-9"), "{error}");
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let held = Checkpoints::open(folder.path()).unwrap();
    assert!(matches!(Checkpoints::open(folder.path()), Err(TrainError::Busy(_))));
    drop(held);
    Checkpoints::open(folder.path()).unwrap();
}

#[test]
fn only_what_is_pointed_at_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (_, summary) = train(folder.path(), &config(), false, &AtomicBool::new(false), |_| {}).unwrap();
    let checkpoints = folder.path().join("checkpoints");
    let kept = fs::read_dir(&checkpoints)
        .unwrap()
        .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with("ckpt-"))
        .count();
    let distinct = if summary.best_checkpoint.as_ref() == Some(&summary.last_checkpoint) { 1 } else { 2 };
    assert_eq!(kept, distinct);
    // What a dead process left half-written is swept away.
    fs::create_dir_all(checkpoints.join("ckpt-00000099.partial")).unwrap();
    Checkpoints::open(&checkpoints).unwrap();
    assert!(!checkpoints.join("ckpt-00000099.partial").exists());
}
