//! A trained model, compressed by the program.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn sobolev(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sobolev")).args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let out = sobolev(&[args, &["--json"]].concat());
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn refused(args: &[&str], word: &str) {
    let out = sobolev(args);
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
    // Bad usage comes with a hint on the next lines; the device is named before anything is read.
    let usage = text.starts_with("error: ");
    let errors: Vec<&str> = text.trim_end().lines().filter(|line| !line.starts_with("device: ")).collect();
    assert!((usage || errors.len() == 1) && text.contains(word), "{args:?}: {text}");
}

/// Trains a small dense operator on Darcy flow; folders of data and run.
fn trained(folder: &Path) -> [String; 2] {
    let at = |name: &str| folder.join(name).display().to_string();
    let (data, run, config) = (at("data"), at("run"), at("config.toml"));
    std::fs::write(
        &config,
        "[model]\nmodel = \"fno\"\nn_modes = [8, 8]\nhidden_channels = 12\nn_layers = 3\n[train]\nepochs = 6\nbatch = 4\nlr = 5e-3\n",
    )
    .unwrap();
    let generate =
        ["generate", "darcy", "--samples", "40", "--resolution", "16", "--split", "32:4:4", "--out", &data];
    json(&generate);
    json(&["train", "--data", &data, "--config", &config, "--out", &run, "--device", "cpu"]);
    [data, run]
}

#[test]
fn errors_fall_with_the_rank_and_the_saved_run_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let [data, run] = trained(folder.path());
    let out = folder.path().join("small").display().to_string();
    for (form, joint) in [("tucker", false), ("tucker", true), ("cp", false), ("tensor-train", true)] {
        let _ = std::fs::remove_dir_all(&out);
        let mut args = vec!["compress", "--run", &run, "--rank", "0.2", "--also", "0.6,0.05", "--form", form];
        args.extend(["--data", &data, "--out", &out, "--device", "cpu"]);
        args.extend(joint.then_some("--joint"));
        let found = json(&args);
        let models = found["compression"]["models"].as_array().unwrap();
        let number = |model: &Value, key: &str| model[key].as_f64().unwrap();
        assert_eq!(models.len(), 4);
        assert_eq!(number(&models[0], "weight_error"), 0.0);
        for pair in models.windows(2) {
            assert!(
                number(&pair[0], "weight_error") < number(&pair[1], "weight_error"),
                "{form}: {models:?}"
            );
            assert!(number(&pair[0], "spectral_parameters") > number(&pair[1], "spectral_parameters"));
        }
        let eval = |run: &str| {
            let args = ["eval", "--run", run, "--data", &data, "--device", "cpu"];
            json(&args)["evaluation"]["report"]["relative_l2"].as_f64().unwrap()
        };
        assert_eq!(eval(&run), number(&models[0], "relative_l2"), "{form}: the model as it was trained");
        let saved = models.iter().find(|m| m["rank"] == 0.2).unwrap();
        assert_eq!(eval(&out), number(saved, "relative_l2"), "{form}: the run that was written");
        let info = json(&["info", &out]);
        assert_eq!(info["card"]["model"]["config"]["model"], "tfno");
    }
    let text =
        String::from_utf8(sobolev(&["compress", "--run", &run, "--rank", "0.3", "--device", "cpu"]).stdout)
            .unwrap();
    assert!(
        text.contains("as trained") && text.contains("rank 0.3") && text.contains("weight error"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let [_, run] = trained(folder.path());
    refused(&["compress", "--run", &run, "--rank", "many"], "4x16x16x8x8");
    refused(&["compress", "--run", &run, "--rank", "4x4", "--device", "cpu"], "takes 4 ranks, not 2");
    refused(
        &["compress", "--run", &run, "--rank", "0.1", "--out", &run, "--device", "cpu"],
        "another folder",
    );
    refused(
        &["compress", "--run", &run, "--rank", "0.1", "--form", "cp", "--fixed", "0", "--device", "cpu"],
        "weights.fixed",
    );
    let nothing = folder.path().join("nothing").display().to_string();
    refused(&["compress", "--run", &nothing, "--rank", "0.1", "--device", "cpu"], "run");
}
