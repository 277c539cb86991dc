//! The whole way from a problem to a trained model through the program, and what a `kill -9` on it leaves behind.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sobolev_kernels::rng;

fn sobolev(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sobolev"));
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn finish(args: &[&str]) {
    let out = Command::new(env!("CARGO_BIN_EXE_sobolev")).args(args).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
}

fn kill_after(mut child: Child, delay: Duration) -> bool {
    std::thread::sleep(delay);
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

#[test]
fn the_demo_learns_and_draws() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let run = Command::new(env!("CARGO_BIN_EXE_sobolev"))
        .args(["demo", "--smoke", "--device", "cpu", "--out", &out, "--json"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let error = report["evaluation"]["report"]["relative_l2"].as_f64().unwrap();
    assert!((0.005..0.12).contains(&error), "relative L2 error {error} after the smoke demo");
    for figure in ["samples", "loss", "bands"] {
        for kind in ["svg", "png"] {
            let path = folder.path().join(format!("{figure}.{kind}"));
            assert!(path.metadata().unwrap().len() > 5_000, "{}", path.display());
        }
    }
    // What is finished is kept: the second time costs no training and changes no byte of the weights.
    let weights = |root: &Path| std::fs::read(root.join("run/weights.safetensors")).unwrap();
    let before = weights(folder.path());
    finish(&["demo", "--smoke", "--device", "cpu", "--out", &out]);
    assert!(before == weights(folder.path()), "the weights of a finished demo changed");
}

#[test]
fn a_killed_training_ends_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (data, straight, killed) = (at("data"), at("straight"), at("killed"));
    finish(&[
        "generate",
        "darcy",
        "--samples",
        "40",
        "--resolution",
        "16",
        "--split",
        "32:4:4",
        "--out",
        &data,
    ]);
    let train = |out: &str, resume: bool| -> Vec<String> {
        let mut args: Vec<String> =
            ["train", "--model", "tfno", "--epochs", "6", "--batch", "4", "--device", "cpu"]
                .map(String::from)
                .to_vec();
        args.extend(["--data".to_owned(), data.clone(), "--out".to_owned(), out.to_owned()]);
        args.extend(resume.then(|| "--resume".to_owned()));
        args
    };
    let call = |args: Vec<String>| finish(&args.iter().map(String::as_str).collect::<Vec<_>>());
    call(train(&straight, false));

    let delays = rng::normals(&mut rng::stream(11, 0), 10);
    let mut interrupted = 0;
    for z in delays {
        let exists = folder.path().join("killed/run.toml").is_file();
        let args = train(&killed, exists);
        let child = sobolev(&args.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap();
        interrupted += u32::from(kill_after(child, Duration::from_millis((60.0 + 60.0 * z.abs()) as u64)));
    }
    assert!(interrupted > 0, "no run was killed before its end");
    let exists = folder.path().join("killed/run.toml").is_file();
    call(train(&killed, exists));
    for file in ["weights.safetensors", "metrics.jsonl"] {
        let read = |run: &str| std::fs::read(Path::new(run).join(file)).unwrap();
        assert!(read(&straight) == read(&killed), "{file} differs");
    }
}
