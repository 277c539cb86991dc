//! Settings that do not fit.

use super::*;

#[test]
fn settings_are_checked() {
    let text = "
        epochs = 4
        [incremental]
        reduction = \"spectral\"
        [incremental.modes]
        start = [4, 4]
        criterion = { kind = \"explained-ratio\", threshold = 0.9 }
        [[incremental.grid]]
        size = [8, 8]
        epochs = 2
    ";
    let config: TrainConfig = toml::from_str(text).unwrap();
    config.validate().unwrap();
    let incremental = config.incremental.clone().unwrap();
    let expected = Criterion::ExplainedRatio { threshold: 0.9, buffer: 2, every: 50 };
    assert_eq!(incremental.modes.as_ref().map(|m| (m.step, m.criterion)), Some((2, expected)));
    let epochs: Vec<_> = (0..4).map(|e| incremental.grid(e).map(<[usize]>::to_vec)).collect();
    assert_eq!(epochs, [Some(vec![8, 8]), Some(vec![8, 8]), None, None]);
    let again: TrainConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);

    for (from, to, field) in [
        ("start = [4, 4]", "start = []", "incremental.modes.start"),
        ("start = [4, 4]", "start = [0, 4]", "incremental.modes.start"),
        ("threshold = 0.9", "threshold = 1.5", "incremental.modes.criterion.threshold"),
        ("threshold = 0.9", "every = 0", "incremental.modes.criterion.every"),
        ("start = [4, 4]", "start = [4, 4]\nstep = 0", "incremental.modes.step"),
        (
            "{ kind = \"explained-ratio\", threshold = 0.9 }",
            "{ kind = \"loss-gap\", epsilon = 2 }",
            "criterion.epsilon",
        ),
        ("size = [8, 8]", "size = [8, 0]", "incremental.grid.size"),
        ("epochs = 2", "epochs = 0", "incremental.grid.epochs"),
    ] {
        let config: TrainConfig = toml::from_str(&text.replace(from, to)).unwrap();
        let error = config.validate().unwrap_err();
        assert!(
            matches!(error, TrainError::Config { .. }) && error.to_string().contains(field),
            "{to}: {error}"
        );
    }
    assert!(toml::from_str::<TrainConfig>(&text.replace("explained-ratio", "loss-gap")).is_err());
}

#[test]
fn what_does_not_fit_the_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = waves(&[0, 1]);
    let mut number = 0;
    let mut refused = |config: &TrainConfig, words: &str| {
        number += 1;
        let model = linear(&[6]).init(1, 1, 3, &device()).unwrap();
        let error =
            train(&folder.path().join(number.to_string()), model, (&data, config), false, false).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(&config(GAP, &[7]), "`incremental.modes.start` must be at most the model's n_modes = [6]");
    refused(&config(GAP, &[2, 2]), "but is [2, 2]");
    let mut stages = config(GAP, &[2]);
    if let Some(incremental) = &mut stages.incremental {
        incremental.grids = vec![GridStage { size: vec![5], epochs: 1 }];
    }
    refused(&stages, "one of 1, 2, 4, 6, 8, 16 for data on [16] points, but is [5]");

    let plain = Tiny::new(4, 0.0, &Device::flex());
    let error = fit_tiny(&folder.path().join("tiny"), plain, &config(GAP, &[2]));
    assert!(error.to_string().contains("one number of modes per axis"), "{error}");

    // A training cannot begin or cease to grow half-way.
    let run = folder.path().join("run");
    let fixed = TrainConfig { incremental: None, ..config(GAP, &[2]) };
    let model = || linear(&[6]).init(1, 1, 3, &device()).unwrap();
    train(&run, model(), (&data, &fixed), false, true).unwrap();
    let error = train(&run, model(), (&data, &config(GAP, &[2])), true, false).unwrap_err();
    assert!(error.to_string().contains("without `incremental.modes`"), "{error}");
}

fn fit_tiny(folder: &Path, model: Tiny, config: &TrainConfig) -> TrainError {
    let _alone = alone();
    fs::create_dir_all(folder).unwrap();
    let device = Device::flex();
    let interrupt = AtomicBool::new(false);
    let mut observer = |_: &Event| {};
    let control =
        Control { folder, device: &device, resume: false, observer: &mut observer, interrupt: &interrupt };
    fit(model, &crate::support::Waves::new(8, 4, 1), None, config, control).unwrap_err()
}
