//! kill -9 at random moments: nothing damaged under a final name, and the next run ends with the same bytes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::RngExt as _;
use sobolev_datasets::{Dataset, Error, GenerateConfig, Split, WriteOptions};
use sobolev_kernels::rng::stream;

use crate::problems::{Steady, contents, file_names, make, spawning};

const CHILD: &str = "SOBOLEV_TEST_CHILD";

fn config(out: &Path) -> GenerateConfig {
    let mut config = GenerateConfig::new(out, "set", [40, 8, 12], 99);
    config.shard_size = Some(7);
    config.write = WriteOptions { gzip: None, flush_every: 2 };
    config
}

fn problem() -> Steady {
    Steady { slow: Duration::from_millis(4), ..Steady::new(40) }
}

/// Not a test of its own: the process that gets killed.
#[test]
fn child() {
    let Ok(out) = std::env::var(CHILD) else { return };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    if let Err(error) = pool.install(|| make(&problem(), &config(out.as_ref()))) {
        eprintln!("{error}");
        // A full disk leaves the HDF5 library with data it cannot write; `exit` runs its clean-up as any program would.
        std::process::exit(1);
    }
}

fn this_test(name: &str) -> Vec<String> {
    vec!["--exact".into(), name.into(), "--nocapture".into()]
}

fn spawn(out: &Path) -> std::process::Child {
    let _guard = spawning();
    Command::new(std::env::current_exe().unwrap())
        .args(this_test("kill::child"))
        .env(CHILD, out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_writer_damages_nothing() {
    let whole = tempfile::tempdir().unwrap();
    make(&problem(), &config(whole.path())).unwrap();
    let whole = contents(whole.path());
    let mut rng = stream(2024, 0);
    let (mut alive, mut partial) = (0, 0);
    for attempt in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let mut process = spawn(dir.path());
        let start = Instant::now();
        while file_names(dir.path()).is_empty() {
            assert!(start.elapsed() < Duration::from_secs(20), "the writer did not start");
            std::thread::sleep(Duration::from_millis(1));
        }
        // Writing all 60 samples takes about 130 ms.
        std::thread::sleep(Duration::from_millis(rng.random_range(0..120)));
        alive += usize::from(process.try_wait().unwrap().is_none());
        process.kill().unwrap();
        process.wait().unwrap();
        partial += usize::from(file_names(dir.path()).iter().any(|n| n.ends_with(".partial")));
        // Whatever has its final name is whole: it equals what an undisturbed run writes.
        for (name, bytes) in contents(dir.path()) {
            if name.ends_with(".hdf5") || name.ends_with(".yaml") {
                let (_, want) = whole.iter().find(|(n, _)| *n == name).expect("a file of the set");
                assert!(&bytes == want, "attempt {attempt}: {name} is damaged");
            }
        }
        make(&Steady::new(40), &config(dir.path())).unwrap();
        assert!(contents(dir.path()) == whole, "attempt {attempt}: the resumed run differs");
    }
    assert!(
        alive >= 5 && partial >= 2,
        "too few kills hit a writer: {alive} alive, {partial} with a partial file"
    );
}

/// `ulimit -f` makes writes fail as a full disk does, at a known size.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let test = this_test("kill::child").join(" ");
    // 64 blocks of 512 or 1024 bytes; one shard of 7 samples takes 92 kB.
    let script =
        format!("trap '' XFSZ; ulimit -f 64; exec '{}' {test}", std::env::current_exe().unwrap().display());
    let process = {
        let _guard = spawning();
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .env(CHILD, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let output = process.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("set_00000.hdf5.partial") && text.contains("File too large"), "{text}");
    let names = file_names(dir.path());
    assert!(names.is_empty(), "{names:?}");
    make(&Steady::new(40), &config(dir.path())).unwrap();
    assert!(matches!(Dataset::open(dir.path(), Split::Test).map(|d| d.n_trajectories()), Ok::<_, Error>(12)));
}
