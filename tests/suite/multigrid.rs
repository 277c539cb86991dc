//! A decomposed operator through the program: trained pass by pass, evaluated on another grid, refused where a grid cannot be cut.

use std::process::{Command, Output};

use serde_json::Value;

fn sobolev(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sobolev")).args(args).output().unwrap()
}

fn finish(args: &[&str]) -> Value {
    let out = sobolev(&[args, &["--json"]].concat());
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn refused(args: &[&str], words: &[&str]) {
    let out = sobolev(args);
    let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{args:?}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{args:?}: '{word}' is missing in: {stderr}");
    }
}

fn generate(resolution: &str, split: &str, samples: &str, out: &str) {
    finish(&[
        "generate",
        "burgers",
        "--samples",
        samples,
        "--resolution",
        resolution,
        "--split",
        split,
        "--out",
        out,
    ]);
}

#[test]
fn from_data_to_errors() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (coarse, fine, odd, run) = (at("coarse"), at("fine"), at("odd"), at("run"));
    generate("64", "40:8:8", "56", &coarse);
    generate("128", "0:0:8", "8", &fine);
    generate("72", "2:2:2", "6", &odd);
    let train = |data: &str, out: &str, more: &[&str]| -> Vec<String> {
        let base =
            ["train", "--data", data, "--out", out, "--model", "mg-tfno", "--levels", "2", "--device", "cpu"];
        base.iter().chain(more).map(|s| (*s).to_owned()).collect()
    };
    let passes = ["--epochs", "12", "--batch", "4", "--patches-per-pass", "3"];
    let args = train(&coarse, &run, &passes);
    let trained = finish(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(trained["model"].as_str().unwrap().contains("2 levels of patches"), "{trained}");
    let card = std::fs::read_to_string(folder.path().join("run/run.toml")).unwrap();
    assert!(card.contains("per_pass = 3") && card.contains("levels = 2"), "{card}");
    let error = |report: &Value| report["evaluation"]["report"]["relative_l2"].as_f64().unwrap();
    let here = error(&finish(&["eval", "--run", &run, "--data", &coarse, "--device", "cpu"]));
    assert!(here < 0.5, "relative L2 error {here} after twelve epochs");
    let there =
        error(&finish(&["eval", "--run", &run, "--data", &fine, "--resolution", "128", "--device", "cpu"]));
    assert!(there < 2.0 * here + 0.1, "{there} on twice the grid, {here} on the grid of the training");

    let args = train(&odd, &at("other"), &[]);
    let words = ["72 points of axis 0", "2 levels", "64 or 80"];
    refused(&args.iter().map(String::as_str).collect::<Vec<_>>(), &words);
    assert!(!folder.path().join("other").exists(), "nothing is left of a refused command");
    refused(&["eval", "--run", &run, "--data", &odd, "--resolution", "72", "--device", "cpu"], &words);
    let plain = ["train", "--data", &coarse, "--out", &at("plain"), "--model", "tfno"];
    refused(&[&plain[..], &["--levels", "2"]].concat(), &["levels", "multigrid"]);
    refused(&[&plain[..], &["--patches-per-pass", "2", "--epochs", "1"]].concat(), &["`patches`"]);
}

#[test]
fn models_are_listed() {
    let models = finish(&["list", "models"]);
    let named = |name: &str| models["models"].as_array().unwrap().iter().any(|m| m["name"] == name);
    assert!(named("mg-fno") && named("mg-tfno"));
}
