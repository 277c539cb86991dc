//! `kill -9` of a training process at random moments.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sobolev_operators::train::{Event, TrainConfig};

use super::support::{config, last_checkpoint, metrics, train};

const FOLDER: &str = "SOBOLEV_TEST_TRAIN_FOLDER";

fn long() -> TrainConfig {
    TrainConfig { epochs: 40, ..config() }
}

/// Not a test of its own: what [`ten_kills_leave_no_trace`] starts and kills.
#[test]
fn child() {
    if let Ok(folder) = env::var(FOLDER) {
        let report = |event: &Event| {
            if let Event::Step { step, .. } = event {
                eprintln!("step {step}");
            }
        };
        train(Path::new(&folder), &long(), true, &AtomicBool::new(false), report).unwrap();
    }
}

/// Random numbers from the clock: every run of the test kills at other moments.
fn random(below: u64) -> u64 {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    (nanos.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % below
}

#[test]
fn ten_kills_leave_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, killed) = (folder.path().join("straight"), folder.path().join("killed"));
    let never = AtomicBool::new(false);
    // When checkpoints are written does not matter: here hardly ever, in the children after every step.
    let seldom = TrainConfig { checkpoint_minutes: 60.0, ..long() };
    let (model, summary) = train(&straight, &seldom, false, &never, |_| {}).unwrap();

    for _ in 0..10 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "kill::child", "--nocapture"])
            .env(FOLDER, &killed)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A random number of steps and then a random moment within one: in a write, between two renames, in a step. At most
        // 16 of the 240 steps are done in one life, so that none of the ten ends by itself.
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let steps = 1 + random(12);
        let seen = lines
            .by_ref()
            .map_while(Result::ok)
            .filter(|l| l.starts_with("step "))
            .take(steps as usize)
            .count();
        assert_eq!(seen as u64, steps, "the child must still be training");
        thread::sleep(Duration::from_micros(random(3000)));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "the child must die of the kill");
    }
    let (again, last) = train(&killed, &seldom, true, &never, |_| {}).unwrap();
    assert_eq!(again.bits(), model.bits());
    assert_eq!(metrics(&killed), metrics(&straight));
    assert_eq!(last_checkpoint(&last), last_checkpoint(&summary));
}
