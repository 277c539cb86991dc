//! NaN stops a training.

use std::fs;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use sobolev_operators::train::{Checkpoints, Control, Silent, TrainConfig, TrainError, Which, fit};

use super::support::{Tiny, alone, config, data};

#[test]
fn stops_with_epoch_step_and_rate_and_keeps_the_last_good_checkpoint() {
    let _alone = alone();
    let config = TrainConfig { epochs: 5, ..config() };
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let (mut waves, valid) = data(&config);
    waves.broken_from = 2;
    let never = AtomicBool::new(false);
    let control = Control {
        folder: folder.path(),
        device: &device,
        resume: false,
        observer: &mut Silent,
        interrupt: &never,
    };
    let error = fit(Tiny::new(6, 0.1, &device), &waves, Some(&valid), &config, control).unwrap_err();
    match &error {
        TrainError::Diverged { epoch: 3, step: 13, lr, value, .. } => assert!(value.is_nan() && *lr > 0.0),
        other => panic!("{other}"),
    }
    let text = error.to_string();
    assert!(text.contains("epoch 3, step 13") && text.contains("learning rate"), "{text}");
    let last = Checkpoints::read_only(&folder.path().join("checkpoints")).find(Which::Last).unwrap().unwrap();
    assert!(text.contains(&last.display().to_string()), "{text}");
    let weights = fs::read(last.join("weights.safetensors")).unwrap();
    assert!(safetensors::SafeTensors::deserialize(&weights).is_ok());
    let state = fs::read_to_string(last.join("state.json")).unwrap();
    assert!(state.contains("\"step\": 12"), "{state}");
}
