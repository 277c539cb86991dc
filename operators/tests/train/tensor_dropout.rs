//! Tensor dropout in training: a function of seed and step, whatever interrupts it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use sobolev_operators::fno::WeightConfig;
use sobolev_operators::train::{Control, End, Event, Summary, TrainConfig, fit};
use sobolev_operators::{Fno, FnoConfig};

use super::support::{alone, config, data, metrics};

struct Bits(Vec<u32>);

impl ModuleVisitor for Bits {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().inner().into_data().try_to_vec::<f32>().unwrap();
        self.0.extend(values.into_iter().map(f32::to_bits));
    }
}

/// Trains until the end or for `steps` steps; the weights as bits.
fn run(
    folder: &Path,
    weights: &WeightConfig,
    config: &TrainConfig,
    resume: bool,
    steps: usize,
) -> (Vec<u32>, Summary) {
    let _alone = alone();
    std::fs::create_dir_all(folder).unwrap();
    let device = Device::flex();
    let (waves, valid) = data(config);
    let model = FnoConfig::new(&[6], 8).with_n_layers(4).with_weights(weights.clone());
    let model: Fno = model.init(2, 1, 3, &device).unwrap();
    let interrupt = AtomicBool::new(false);
    let mut left = steps;
    let mut observer = |event: &Event| {
        if matches!(event, Event::Step { .. }) {
            left -= 1;
            interrupt.store(left == 0, Ordering::Relaxed);
        }
    };
    let control = Control { folder, device: &device, resume, observer: &mut observer, interrupt: &interrupt };
    let (model, summary) = fit(model, &waves, Some(&valid), config, control).unwrap();
    let mut bits = Bits(Vec::new());
    model.visit(&mut bits);
    (bits.0, summary)
}

#[test]
fn an_interrupted_training_ends_with_the_same_bits() {
    let config = TrainConfig { epochs: 2, ..config() };
    for weights in [
        WeightConfig::tucker(0.5).joint().dropout(0.3),
        WeightConfig::cp(0.3).dropout(0.3),
        WeightConfig::tensor_train(0.5).joint().dropout(0.3),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (straight, resumed) = (folder.path().join("straight"), folder.path().join("resumed"));
        let (bits, summary) = run(&straight, &weights, &config, false, usize::MAX);
        assert_eq!(summary.end, End::Finished);
        let (_, stopped) = run(&resumed, &weights, &config, false, 5);
        assert_eq!((stopped.end, stopped.steps), (End::Interrupted, 5));
        let (again, _) = run(&resumed, &weights, &config, true, usize::MAX);
        assert!(again == bits, "{weights}: other weights after an interruption");
        assert_eq!(metrics(&resumed), metrics(&straight));
        let without = folder.path().join("without");
        let (plain, _) =
            run(&without, &WeightConfig { dropout: 0.0, ..weights.clone() }, &config, false, usize::MAX);
        assert!(plain != bits, "{weights}: dropout changes nothing");
    }
}
