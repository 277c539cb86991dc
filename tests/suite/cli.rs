//! The program from outside: exit codes, one line on stderr, one JSON object on stdout.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

fn sobolev(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sobolev")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The command fails with `code` and one line on stderr that contains every one of `words`.
fn assert_refused(args: &[&str], code: i32, words: &[&str]) {
    let out = sobolev(args);
    let stderr = text(&out.stderr);
    assert_eq!(out.status.code(), Some(code), "{args:?}: {stderr}");
    assert_eq!(stderr.trim_end().lines().count(), 1, "{args:?}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{args:?}: '{word}' is missing in: {stderr}");
    }
    assert!(out.stdout.is_empty(), "{args:?} prints nothing on stdout");
}

fn json(args: &[&str]) -> Value {
    let out = sobolev(args);
    assert!(out.status.success(), "{args:?}: {}", text(&out.stderr));
    assert_eq!(text(&out.stdout).lines().count(), 1, "one JSON object on one line");
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn lists_are_json_objects() {
    let problems = json(&["list", "problems", "--json"]);
    assert!(problems["problems"].as_array().unwrap().iter().any(|p| p["name"] == "darcy"));
    let tau =
        problems["problems"][0]["parameters"].as_array().unwrap().iter().find(|p| p["key"] == "tau").unwrap();
    assert_eq!((&tau["default"], &tau["unit"]), (&3.0.into(), &"1/length".into()));
    let darcy = json(&["info", "darcy-rough", "--json"]);
    assert_eq!(darcy["problem"]["name"], "darcy");
    let words = text(&sobolev(&["list", "problems", "--verbose"]).stdout);
    assert!(words.contains("arXiv 2010.08895") && words.contains("log_std") && words.contains("darcy-rough"));
    let models = json(&["--json", "list", "models"]);
    assert!(models["models"].as_array().unwrap().iter().any(|m| m["name"] == "tfno"));
    let devices = json(&["list", "devices", "--json"]);
    assert_eq!(devices["devices"][0]["device"], "cpu");
}

#[test]
fn bad_usage_exits_with_2() {
    for args in [&["generate"][..], &["train", "--epochs", "many"], &["nonsense"], &["list", "cats"]] {
        assert_eq!(sobolev(args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(sobolev(&["--help"]).status.code(), Some(0));
}

#[test]
fn bad_input_is_one_line_and_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let out = at("out");
    assert_refused(&["info", &at("nothing")], 2, &["nothing", "expected"]);
    assert_refused(
        &["generate", "cats", "--samples", "2", "--resolution", "8", "--out", &out],
        2,
        &["cats", "darcy"],
    );
    assert_refused(
        &["generate", "darcy", "--samples", "0", "--resolution", "8", "--out", &out],
        2,
        &["samples"],
    );
    assert_refused(
        &["generate", "darcy", "--samples", "2", "--resolution", "0", "--out", &out],
        2,
        &["resolution"],
    );
    let with = |setting: &'static str| {
        let out = out.clone();
        move |words: &[&str]| {
            let args =
                ["generate", "darcy", "--samples", "2", "--resolution", "8", "--set", setting, "--out", &out];
            assert_refused(&args, 2, words);
        }
    };
    with("contrast=3")(&["contrast", "one of", "tau"]);
    with("tau=x")(&["tau", "a number in", "'x'"]);
    with("tau")(&["--set", "KEY=VALUE", "'tau'"]);
    with("tau=9..3")(&["LOW < HIGH"]);
    assert_refused(&["generate", "--finalize", "--out", &at("nothing")], 2, &["nothing", "hdf5"]);
    let split =
        ["generate", "darcy", "--samples", "2", "--resolution", "8", "--split", "3:0:0", "--out", &out];
    assert_refused(&split, 2, &["split", "2"]);
    std::fs::write(folder.path().join("file"), "not a folder").unwrap();
    let below = at("file/below");
    assert_refused(
        &["generate", "darcy", "--samples", "2", "--resolution", "8", "--out", &below],
        2,
        &["file"],
    );
    std::fs::write(folder.path().join("foreign.hdf5"), "not HDF5").unwrap();
    assert_refused(&["info", &at("foreign.hdf5")], 2, &["foreign.hdf5"]);
    assert!(!Path::new(&out).exists(), "nothing is left of a refused command");
}

#[test]
fn generated_data_are_described() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("d").display().to_string();
    let args = [
        "generate",
        "darcy",
        "--samples",
        "6",
        "--resolution",
        "17",
        "--split",
        "3:1:2",
        "--out",
        &out,
        "--json",
    ];
    let made = json(&args);
    assert_eq!(made["samples"], 6);
    let info = json(&["info", &out, "--json"]);
    let counts: Vec<u64> =
        info["splits"].as_array().unwrap().iter().map(|s| s["trajectories"].as_u64().unwrap()).collect();
    assert_eq!(counts, [3, 1, 2]);
    let kept = json(&args);
    assert_eq!(kept["samples"], 0, "a second run keeps the finished files");
}
