//! The manifest: true, and the judge of a set made in parts.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sobolev_datasets::{Error, FileRecord, GenerateConfig, Moments, Split, Task, View, finalize};

use crate::problems::{Moving, Steady, contents, make, open};

/// Nine files by three processes.
fn parts(dir: &Path) -> GenerateConfig {
    let mut config = GenerateConfig::new(dir, "set", [10, 3, 4], 5);
    config.shard_size = Some(2);
    for i in [2, 0, 1] {
        config.shard = Some((i, 3));
        assert!(!make(&Steady::new(7), &config).unwrap().finalized);
    }
    config
}

fn records(dir: &Path) -> Vec<FileRecord> {
    let text = std::fs::read_to_string(dir.join("manifest.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(all["files"].clone()).unwrap()
}

#[test]
fn records_are_what_the_files_hold() {
    let dir = tempfile::tempdir().unwrap();
    parts(dir.path());
    finalize(dir.path()).unwrap();
    let all = records(dir.path());
    assert_eq!(all.iter().map(|r| r.samples).sum::<usize>(), 17);
    let mut sums = Moments::default();
    for record in &all {
        let path = dir.path().join(&record.file);
        let bytes = std::fs::read(&path).unwrap();
        let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!((record.bytes, &record.sha256), (bytes.len() as u64, &hash), "{}", record.file);
        let set = std::sync::Arc::new(open(&path, Split::Train));
        let view = View::new(set.clone(), &Task::steady(&set), 0).unwrap();
        let batch = view.batch(&(0..view.len()).collect::<Vec<_>>()).unwrap();
        for (field, values) in record.fields.iter().zip([&batch.input, &batch.target]) {
            let wide = values.iter().map(|&v| f64::from(v));
            assert_eq!(field.min, wide.clone().fold(f64::INFINITY, f64::min));
            assert_eq!(field.max, wide.clone().fold(f64::NEG_INFINITY, f64::max));
            let direct = Moments::of(wide);
            assert_eq!((field.not_finite, field.values[0].count), (0, direct.count));
            assert!((field.values[0].mean - direct.mean).abs() < 1e-13, "{}", record.file);
            assert!((field.values[0].m2 / direct.m2 - 1.0).abs() < 1e-12, "{}", record.file);
        }
        if record.file.contains("train") {
            sums = sums.merge(record.fields[1].values[0]);
        }
    }
    // What `stats.yaml` says of the training set is the sum of its files.
    let text = std::fs::read_to_string(dir.path().join("stats.yaml")).unwrap();
    let line = text.lines().find(|l| l.contains("\"solution\"")).unwrap();
    assert_eq!(line.split_once(": ").unwrap().1.parse::<f64>().unwrap(), sums.mean);
}

#[cfg(target_os = "linux")]
#[test]
fn the_checksums_are_those_of_other_programs() {
    let dir = tempfile::tempdir().unwrap();
    make(&Moving, &GenerateConfig::new(dir.path(), "set", [3, 1, 0], 0)).unwrap();
    let _guard = crate::problems::spawning();
    let status = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(dir.path())
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_lost_or_damaged_file_is_named_and_made_again_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let config = parts(dir.path());
    finalize(dir.path()).unwrap();
    let before = contents(dir.path());
    let file = dir.path().join("data/train/set_00003.hdf5");
    let good = std::fs::read(&file).unwrap();
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (what, bytes) in
        [("sha256", Some(flipped)), ("size", Some(good[..good.len() - 512].to_vec())), ("missing", None)]
    {
        match &bytes {
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let error = finalize(dir.path()).unwrap_err();
        match &error {
            Error::Damaged { path, what: found, .. } => assert!(path == &file && found == what, "{error}"),
            Error::Missing { path, .. } => assert!(path == &file && what == "missing", "{error}"),
            other => panic!("{other}"),
        }
        assert!(error.to_string().contains("set_00003.hdf5") && !error.to_string().contains('\n'));
        let _ = std::fs::remove_file(&file);
        // Files 0 to 8 went to the processes in turn: the fourth belongs to the first one.
        let report =
            make(&Steady::new(7), &GenerateConfig { shard: Some((0, 3)), ..config.clone() }).unwrap();
        assert_eq!((report.written, report.changed, report.kept.len()), (vec![file.clone()], vec![], 2));
        finalize(dir.path()).unwrap();
        assert!(contents(dir.path()) == before, "{what}");
    }
}

#[test]
fn a_foreign_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    parts(dir.path());
    let foreign = dir.path().join("data/valid/other.hdf5");
    std::fs::copy(dir.path().join("data/valid/set_00000.hdf5"), &foreign).unwrap();
    let error = finalize(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::Layout { path, .. } if *path == foreign), "{error}");
    std::fs::remove_file(&foreign).unwrap();
    // A file of another set under a name of this one.
    let other = tempfile::tempdir().unwrap();
    make(&Steady::new(8), &GenerateConfig { shard: None, out: other.path().into(), ..parts(dir.path()) })
        .unwrap();
    let name = "data/test/set_00001.hdf5";
    std::fs::copy(other.path().join(name), dir.path().join(name)).unwrap();
    let error = finalize(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::Damaged { .. }) && error.to_string().contains(name), "{error}");
    std::fs::remove_file(dir.path().join("manifest/test_set_00001.json")).unwrap();
    let error = finalize(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::Conflict { .. }) && error.to_string().contains(name), "{error}");
}

#[test]
fn a_lost_record_is_written_again_and_a_damaged_one_named() {
    let dir = tempfile::tempdir().unwrap();
    let config = parts(dir.path());
    finalize(dir.path()).unwrap();
    let before = contents(dir.path());
    let record = dir.path().join("manifest/test_set_00001.json");
    std::fs::remove_file(&record).unwrap();
    finalize(dir.path()).unwrap();
    assert!(contents(dir.path()) == before, "by finalize");
    std::fs::remove_file(&record).unwrap();
    make(&Steady::new(7), &GenerateConfig { shard: None, shard_size: Some(2), ..config }).unwrap();
    assert!(contents(dir.path()) == before, "by generate");
    std::fs::write(&record, "{}").unwrap();
    let error = finalize(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::Layout { path, .. } if *path == record), "{error}");
}

/// Other processors round otherwise: a file made again there differs, and the report says so.
#[test]
fn other_bytes_than_before_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let config = GenerateConfig::new(dir.path(), "set", [2, 0, 0], 5);
    make(&Steady::new(7), &config).unwrap();
    let record = dir.path().join("manifest/train_set_00000.json");
    let text = std::fs::read_to_string(&record).unwrap();
    let file = dir.path().join("data/train/set_00000.hdf5");
    let hash = records(dir.path())[0].sha256.clone();
    std::fs::write(&record, text.replace(&hash, &"0".repeat(64))).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(make(&Steady::new(7), &config).unwrap().changed, [file]);
}
