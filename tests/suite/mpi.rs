//! Processes under `mpirun`: the same curve as one, a stop that all agree on, and no rank that waits for a lost one.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sobolev::operators::train::{Record, read_metrics};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sobolev");

/// Longer than any of these commands takes; a hang is a failure, not a test that never ends.
const PATIENCE: Duration = Duration::from_secs(120);

fn mpirun(ranks: usize, args: &[&str]) -> Command {
    let mut command = Command::new("mpirun");
    // Both names of each: of Open MPI 4 and of 5.
    command
        .args(["-n", &ranks.to_string(), PROGRAM])
        .args(args)
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMPI_MCA_rmaps_base_oversubscribe", "1")
        .env("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe")
        .env("OMPI_MCA_btl_base_warn_component_unused", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn finish(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            let out = child.wait_with_output().unwrap();
            panic!("still running: {}", String::from_utf8_lossy(&out.stderr));
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

fn run(ranks: usize, args: &[&str]) -> Output {
    finish(mpirun(ranks, args).spawn().unwrap())
}

fn alone(args: &[&str]) -> Value {
    let out = Command::new(PROGRAM).args(args).arg("--json").output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn generate(out: &str) {
    alone(&[
        "generate",
        "burgers",
        "--samples",
        "56",
        "--resolution",
        "64",
        "--split",
        "40:16:0",
        "--out",
        out,
    ]);
}

fn train<'a>(data: &'a str, out: &'a str, epochs: &'a str) -> Vec<&'a str> {
    let base = ["train", "--data", data, "--out", out, "--model", "mg-fno", "--levels", "1", "--batch", "4"];
    [&base[..], &["--epochs", epochs, "--device", "cpu"]].concat()
}

fn losses(run: &str) -> Vec<f64> {
    let loss = |record| match record {
        Record::Step { loss, .. } => vec![loss],
        Record::Epoch { train_loss, valid, .. } => valid.into_values().chain([train_loss]).collect(),
        _ => Vec::new(),
    };
    let records = read_metrics(&Path::new(run).join("metrics.jsonl")).unwrap();
    records.into_iter().flat_map(loss).collect()
}

fn assert_same(many: &[f64], one: &[f64]) {
    assert!(many.len() == one.len() && !one.is_empty(), "{} and {} numbers", many.len(), one.len());
    for (a, b) in many.iter().zip(one) {
        assert!((a - b).abs() < 1e-3 * b, "{a} {b}");
    }
}

#[test]
fn processes_follow_the_curve_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (data, one) = (at("data"), at("one"));
    generate(&data);
    alone(&train(&data, &one, "3"));
    for (name, ranks, more) in [
        ("samples", 2, &[][..]),
        ("patches", 2, &["--patch-parallel", "2"]),
        ("both", 4, &["--patch-parallel", "2"]),
        ("passes", 2, &["--patch-parallel", "2", "--patches-per-pass", "1"]),
    ] {
        let out = at(name);
        let result = run(ranks, &[&train(&data, &out, "3")[..], more, &["--json"]].concat());
        let stderr = String::from_utf8_lossy(&result.stderr);
        assert!(result.status.success(), "{name}: {stderr}");
        // One object from one rank.
        let report: Value = serde_json::from_slice(&result.stdout).unwrap();
        assert_eq!(report["ranks"], ranks);
        assert_same(&losses(&out), &losses(&one));
        assert!(Path::new(&out).join("weights.safetensors").exists());
    }
}

/// The processes of `mpirun` that train, by their number in the system.
fn children(mpirun: &Child) -> Vec<String> {
    let parent = format!("PPid:\t{}", mpirun.id());
    let trains = |process: &Path| {
        let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
        let program = std::fs::read_link(process.join("exe")).unwrap_or_default();
        status.lines().any(|line| line == parent) && program.file_name() == Path::new(PROGRAM).file_name()
    };
    let all = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    all.filter(|process| trains(process))
        .map(|process| process.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

/// Two ranks that have made at least one step.
fn under_way(args: &[&str], out: &str) -> (Child, Vec<String>) {
    let child = mpirun(2, args).spawn().unwrap();
    let start = Instant::now();
    let metrics = Path::new(out).join("metrics.jsonl");
    while std::fs::metadata(&metrics).map_or(0, |m| m.len()) == 0 {
        assert!(start.elapsed() < PATIENCE, "no step in {}", metrics.display());
        thread::sleep(Duration::from_millis(10));
    }
    let ranks = children(&child);
    assert_eq!(ranks.len(), 2);
    (child, ranks)
}

fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args([name, process]).status().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_to_one_rank_stops_all_and_resuming_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (data, whole, stopped) = (at("data"), at("whole"), at("stopped"));
    generate(&data);
    let patches = ["--patch-parallel", "2"];
    let args = [&train(&data, &stopped, "40")[..], &patches].concat();
    let (child, ranks) = under_way(&args, &stopped);
    signal("-TERM", &ranks[1]);
    let out = finish(child);
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(130), "{stderr}");
    assert_eq!(stderr.matches("interrupted after step").count(), 1, "{stderr}");
    let resumed = run(2, &[&args[..], &["--resume"]].concat());
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    assert!(run(2, &[&train(&data, &whole, "40")[..], &patches].concat()).status.success());
    let text = |run: &str| std::fs::read(Path::new(run).join("metrics.jsonl")).unwrap();
    assert!(text(&stopped) == text(&whole), "the same bytes as without the stop");
}

#[cfg(target_os = "linux")]
#[test]
fn a_rank_that_dies_ends_all() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (data, out) = (at("data"), at("run"));
    generate(&data);
    let (child, ranks) = under_way(&train(&data, &out, "100000"), &out);
    signal("-KILL", &ranks[1]);
    assert!(!finish(child).status.success());
}

#[test]
fn bad_layouts_and_bad_input_end_all_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (data, out) = (at("data"), at("run"));
    generate(&data);
    let refused = |ranks: usize, args: &[&str], words: &[&str]| {
        let result = run(ranks, args);
        let stderr = String::from_utf8_lossy(&result.stderr).into_owned();
        assert_eq!(result.status.code(), Some(2), "{stderr}");
        let lines: Vec<&str> = stderr.lines().filter(|line| line.starts_with("sobolev:")).collect();
        assert_eq!(lines.len(), 1, "{stderr}");
        assert!(words.iter().all(|word| lines[0].contains(word)), "{stderr}");
        assert!(!Path::new(&out).join("run.toml").exists());
    };
    let args = train(&data, &out, "1");
    refused(3, &[&args[..], &["--patch-parallel", "2"]].concat(), &["number of ranks, 3: 1 or 3", "is 2"]);
    refused(4, &[&args[..], &["--patch-parallel", "4"]].concat(), &["2 patches", "1 or 2", "is 4"]);
    refused(2, &train(&at("nothing"), &out, "1"), &["nothing"]);
    let plain = ["train", "--data", &data, "--out", &out, "--model", "fno", "--epochs", "1"];
    refused(2, &[&plain[..], &["--patch-parallel", "2"]].concat(), &["does not work patch by patch"]);
}
