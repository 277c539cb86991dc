//! Training without files, through the program: same bits after kills, curricula from TOML, refusals.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use sobolev_kernels::rng;

fn sobolev(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sobolev")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn finish(args: &[&str]) -> Value {
    let out = sobolev(args);
    assert!(out.status.success(), "{args:?}: {}", text(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn refused(args: &[&str], words: &[&str]) {
    let out = sobolev(args);
    let stderr = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{args:?}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{args:?}: '{word}' is missing in: {stderr}");
    }
}

fn same_files(a: &str, b: &str) {
    for file in ["weights.safetensors", "metrics.jsonl", "normalisers.toml"] {
        let read = |run: &str| std::fs::read(Path::new(run).join(file)).unwrap();
        assert!(read(a) == read(b), "{file} differs");
    }
}

/// A small operator, and a curriculum of two stages: a fixed contrast, then one drawn per sample.
fn curriculum(path: &Path, last_epochs: &str) -> String {
    let toml = format!(
        r#"
[model]
model = "fno"
n_modes = [4, 4]
hidden_channels = 8
n_layers = 2

[train]
epochs = 4
batch = 4
lr = 5e-3

[stream]
problem = "darcy"
resolution = 16
seed = 3
samples_per_epoch = 26
valid_samples = 6
normaliser_samples = 10
set = {{ tau = 4 }}

[[stream.stage]]
epochs = 2

[[stream.stage]]
{last_epochs}
set = {{ low = "log:0.5..3", alpha = 2.5 }}
"#
    );
    std::fs::write(path, toml).unwrap();
    path.display().to_string()
}

#[test]
fn a_killed_stream_ends_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let config = curriculum(&folder.path().join("run.toml"), "");
    let train = |out: &str, threads: &str| -> Vec<String> {
        let words =
            ["train", "--config", &config, "--out", out, "--device", "cpu", "--threads", threads, "--json"];
        words.map(String::from).to_vec()
    };
    let words = |args: &[String]| args.iter().map(|s| s.as_str().to_owned()).collect::<Vec<_>>();
    let call = |args: Vec<String>| finish(&words(&args).iter().map(String::as_str).collect::<Vec<_>>());
    let (straight, threads, killed) = (at("straight"), at("threads"), at("killed"));
    let report = call(train(&straight, "2"));
    assert_eq!(report["steps"], 4 * 7);
    assert!(report["failed"].as_array().unwrap().is_empty());

    // The generators' threads change nothing.
    call(train(&threads, "1"));
    same_files(&straight, &threads);

    let written = || std::fs::metadata(Path::new(&killed).join("metrics.jsonl")).map_or(0, |m| m.len());
    let mut interrupted = 0;
    for z in rng::normals(&mut rng::stream(12, 0), 8) {
        let before = written();
        let mut args = train(&killed, "2");
        args.extend(Path::new(&killed).join("run.toml").is_file().then(|| "--resume".to_owned()));
        let mut child = Command::new(env!("CARGO_BIN_EXE_sobolev"))
            .args(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // A moment after it has written something, or cut off what it will write again.
        while written() == before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis((10.0 * z.abs()) as u64));
        interrupted += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(interrupted > 0, "no run was killed before its end");
    // A resumed run needs no settings: its card has the stream.
    let exists = Path::new(&killed).join("run.toml").is_file();
    if exists {
        finish(&["train", "--out", &killed, "--resume", "--device", "cpu", "--json"]);
    } else {
        call(train(&killed, "2"));
    }
    same_files(&straight, &killed);

    // The card remembers the curriculum, and the run is one like any other.
    let info = finish(&["info", &straight, "--json"]);
    assert_eq!(info["card"]["stream"]["stage"][1]["set"]["low"], "log:0.5..3");
    let data = at("data");
    finish(&[
        "generate",
        "darcy",
        "--samples",
        "6",
        "--resolution",
        "16",
        "--split",
        "0:0:6",
        "--set",
        "tau=4",
        "--out",
        &data,
        "--json",
    ]);
    let eval = finish(&["eval", "--run", &straight, "--data", &data, "--device", "cpu", "--json"]);
    assert_eq!(eval["evaluation"]["report"]["samples"], 6);
    refused(
        &["eval", "--run", &straight, "--data", &data, "--rollout", "2", "--device", "cpu"],
        &["time-dependent"],
    );
    refused(
        &["eval", "--run", &straight, "--data", &data, "--rollout", "0", "--device", "cpu"],
        &["--rollout", "at least 1"],
    );
}

#[test]
fn a_stream_learns_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run").display().to_string();
    let args = [
        "train",
        "--stream",
        "darcy",
        "--resolution",
        "16",
        "--samples-per-epoch",
        "64",
        "--valid-samples",
        "16",
        "--set",
        "high=6..12",
        "--model",
        "fno",
        "--epochs",
        "10",
        "--batch",
        "8",
        "--device",
        "cpu",
        "--out",
        &out,
        "--json",
    ];
    let report = finish(&args);
    assert_eq!(report["steps"], 80);
    let best = report["best"].as_f64().unwrap();
    assert!(best < 0.25, "validation error {best} after 640 samples");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let out = at("run");
    let with = |more: &[&str], words: &[&str]| {
        let all = [&["train", "--model", "fno", "--device", "cpu", "--out", &out], more].concat();
        refused(&all, words);
    };
    with(&[], &["--data", "--stream"]);
    with(&["--stream", "darcy"], &["--resolution"]);
    with(&["--stream", "cats", "--resolution", "8"], &["'cats'", "darcy"]);
    with(&["--stream", "darcy", "--resolution", "8", "--set", "cats=1"], &["'cats'", "one of", "tau"]);
    with(
        &["--stream", "darcy", "--resolution", "8", "--samples-per-epoch", "0"],
        &["samples_per_epoch", "at least 1"],
    );
    with(&["--data", "x", "--set", "tau=1"], &["--set tau", "--stream"]);
    with(&["--data", "x", "--stream", "darcy", "--resolution", "8"], &["--data", "--stream"]);
    let short = curriculum(&folder.path().join("short.toml"), "epochs = 1");
    refused(
        &["train", "--config", &short, "--device", "cpu", "--out", &out],
        &["epochs of the stages", "4", "3"],
    );
    let both = curriculum(&folder.path().join("both.toml"), "");
    refused(&["train", "--config", &both, "--data", "x", "--device", "cpu", "--out", &out], &["[stream]"]);
    assert!(!Path::new(&out).exists(), "nothing is left of a refused command");
}
