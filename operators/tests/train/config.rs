//! The configuration as TOML, and its errors.

use sobolev_operators::train::{
    Clock, LossKind, PatchConfig, PatchLoss, Precision, Reduction, Schedule, TrainConfig, WeightDecay,
};

#[test]
fn toml_round_trip() {
    let text = r#"
        epochs = 12
        batch = 8
        loss = "h1-nonperiodic"
        clip = 1.0
        ema = 0.99
        precision = "f64"
        [schedule]
        kind = "one-cycle"
        rise = 0.2
        beta1 = [0.85, 0.95]
        [patches]
        loss = "per-patch"
        per_pass = 6
    "#;
    let config: TrainConfig = toml::from_str(text).unwrap();
    assert_eq!((config.epochs, config.batch, config.loss), (12, 8, LossKind::H1Nonperiodic));
    assert_eq!((config.clip, config.ema, config.precision), (Some(1.0), Some(0.99), Precision::F64));
    let cycle = Schedule::OneCycle {
        rise: 0.2,
        div: 25.0,
        final_div: 1e4,
        beta1: Some([0.85, 0.95]),
        clock: Clock::Step,
    };
    assert_eq!(config.schedule, cycle);
    assert_eq!(config.patches, PatchConfig { loss: PatchLoss::PerPatch, per_pass: Some(6) });
    config.validate().unwrap();
    let again: TrainConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
}

/// The training of the authors' code of MgNO.
#[test]
fn a_recipe_with_sums_and_coupled_decay() {
    let text = r#"
        loss = { h1-spectral = 20 }
        reduction = "sum"
        decay = "coupled"
        weight_decay = 1e-4
        schedule = { kind = "one-cycle", rise = 0.2, div = 2, final_div = 100, beta1 = [0.85, 0.95], clock = "epoch" }
    "#;
    let config: TrainConfig = toml::from_str(text).unwrap();
    config.validate().unwrap();
    assert_eq!((config.loss, config.reduction), (LossKind::H1Spectral(20), Reduction::Sum));
    assert_eq!(config.decay, WeightDecay::Coupled);
    assert!(matches!(config.schedule, Schedule::OneCycle { clock: Clock::Epoch, .. }));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<TrainConfig>(&written).unwrap(), config);
    let absolute: TrainConfig = toml::from_str("loss = \"h1-absolute\"").unwrap();
    assert_eq!(absolute.loss, LossKind::H1Absolute);
    // What runs of before did not know is not written unless it is used.
    let plain = toml::to_string(&TrainConfig::default()).unwrap();
    assert!(
        !["reduction", "decay =", "clock"].iter().any(|key| plain.lines().any(|l| l.starts_with(key))),
        "{plain}"
    );
    // A coupled decay is not bounded by the learning rate.
    TrainConfig { weight_decay: 1e4, ..config.clone() }.validate().unwrap();
    assert!(TrainConfig { weight_decay: 1e4, decay: WeightDecay::Decoupled, ..config }.validate().is_err());
}

#[test]
fn an_unknown_key_is_an_error_that_names_it() {
    for text in ["epoch = 3", "[schedule]\nkind = \"cosine\"\nflor = 0.1"] {
        let error = toml::from_str::<TrainConfig>(text).unwrap_err().to_string();
        assert!(error.contains("epoch") || error.contains("flor"), "{error}");
    }
}

#[test]
fn bad_values_are_named() {
    let good = TrainConfig::default();
    good.validate().unwrap();
    let cases = [
        ("epochs", TrainConfig { epochs: 0, ..good.clone() }),
        ("batch", TrainConfig { batch: 0, ..good.clone() }),
        ("lr", TrainConfig { lr: f64::NAN, ..good.clone() }),
        ("weight_decay", TrainConfig { weight_decay: -1.0, ..good.clone() }),
        ("betas", TrainConfig { betas: [0.9, 1.0], ..good.clone() }),
        ("epsilon", TrainConfig { epsilon: 0.0, ..good.clone() }),
        ("clip", TrainConfig { clip: Some(0.0), ..good.clone() }),
        ("ema", TrainConfig { ema: Some(1.0), ..good.clone() }),
        ("checkpoint_minutes", TrainConfig { checkpoint_minutes: 0.0, ..good.clone() }),
        ("log_steps", TrainConfig { log_steps: 0, ..good.clone() }),
        (
            "patches.per_pass",
            TrainConfig {
                patches: PatchConfig { per_pass: Some(0), ..PatchConfig::default() },
                ..good.clone()
            },
        ),
        (
            "patches.loss.random",
            TrainConfig {
                patches: PatchConfig { loss: PatchLoss::Random(0), per_pass: None },
                ..good.clone()
            },
        ),
        ("loss.h1-spectral", TrainConfig { loss: LossKind::H1Spectral(0), ..good.clone() }),
        ("schedule.every", TrainConfig { schedule: Schedule::Step { every: 0, gamma: 0.5 }, ..good.clone() }),
        ("schedule.floor", TrainConfig { schedule: Schedule::Cosine { floor: 2.0 }, ..good }),
    ];
    for (field, config) in cases {
        let error = config.validate().unwrap_err().to_string();
        assert!(error.contains(&format!("`{field}`")), "{field}: {error}");
    }
}
