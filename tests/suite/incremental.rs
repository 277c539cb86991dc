//! A training whose modes and grid grow, through the program.

use std::path::Path;
use std::process::{Command, Output};

fn sobolev(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sobolev")).args(args).output().unwrap()
}

fn finish(args: &[&str]) -> Output {
    let out = sobolev(args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    out
}

const CONFIG: &str = "
[model]
model = \"tfno\"
n_modes = [10, 10]
hidden_channels = 8
n_layers = 2

[train]
epochs = 4
batch = 4
lr = 5e-3

[train.incremental]
reduction = \"spectral\"

[train.incremental.modes]
start = [2, 2]
criterion = { kind = \"loss-gap\", epsilon = 0.999 }

[[train.incremental.grid]]
size = [8, 8]
epochs = 2
";

/// The run ends with more modes than it began with and fewer than the model allocates; it is evaluated with those.
#[test]
fn a_run_keeps_the_modes_that_it_came_to() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (data, run, config) = (at("data"), at("run"), at("config.toml"));
    finish(&[
        "generate",
        "darcy",
        "--samples",
        "24",
        "--resolution",
        "16",
        "--split",
        "16:4:4",
        "--out",
        &data,
    ]);
    std::fs::write(&config, CONFIG).unwrap();
    let said =
        finish(&["train", "--data", &data, "--config", &config, "--out", &run, "--device", "cpu"]).stderr;
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("from epoch 1 on: [8, 8] points") && said.contains("[4, 4] modes"), "{said}");

    let weights =
        sobolev::operators::weights::read_spec(&Path::new(&run).join("weights.safetensors")).unwrap();
    let line = weights.config.to_string();
    let best = sobolev::operators::train::read_metrics(&Path::new(&run).join("metrics.jsonl")).unwrap();
    let best = best.iter().rev().find_map(|r| match r {
        sobolev::operators::train::Record::Epoch { epoch, best: true, .. } => Some(*epoch),
        _ => None,
    });
    // Modes are added before epochs 3 and 4.
    let expected = [2, 2, 4, 6][best.unwrap() - 1];
    assert!(line.contains(&format!("modes {expected}x{expected}")), "best epoch {best:?}: {line}");

    let report = finish(&["eval", "--run", &run, "--data", &data, "--device", "cpu", "--json"]).stdout;
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert!(report["evaluation"]["report"]["relative_l2"].as_f64().unwrap().is_finite(), "{report}");
}

#[test]
fn a_size_that_the_data_cannot_come_to_is_the_user_s_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (data, config) = (at("data"), at("config.toml"));
    finish(&[
        "generate",
        "darcy",
        "--samples",
        "8",
        "--resolution",
        "16",
        "--split",
        "8:0:0",
        "--out",
        &data,
    ]);
    std::fs::write(&config, CONFIG.replace("spectral", "stride").replace("[8, 8]", "[7, 8]")).unwrap();
    let out =
        sobolev(&["train", "--data", &data, "--config", &config, "--out", &at("run"), "--device", "cpu"]);
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(2) && said.contains("one of 1, 2, 4, 6, 8, 16"), "{said}");
}
