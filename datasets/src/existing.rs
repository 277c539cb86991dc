//! Files of an earlier run: right ones are kept, others are never overwritten.

use std::path::Path;

use hdf5::File;
use serde_json::Value;

use crate::atomic::Claim;
use crate::attributes::Attributes;
use crate::failure::FailedSample;
use crate::plan::Shard;
use crate::writer::Provenance;
use crate::{Error, Result};

pub(crate) enum Existing {
    Absent,
    Complete(Vec<FailedSample>),
}

/// Settings recorded in one finished file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) generator_version: String,
    pub(crate) config: Value,
    /// Samples that it was to hold, and the index of the first of them.
    pub(crate) count: usize,
    pub(crate) first: i64,
    /// Those of them that failed.
    pub(crate) failed: Vec<FailedSample>,
}

/// Reads back what [`crate::ShardWriter`] recorded.
pub(crate) fn recorded(path: &Path) -> Result<Recorded> {
    let file = File::open(path).map_err(Error::hdf5("open", path))?;
    let root = Attributes { path, object: &file, name: "" };
    let text = root.str("config_json")?;
    let config = serde_json::from_str(&text).map_err(|e| root.wrong("config_json", "JSON", e.to_string()))?;
    let wrong = |found: String| Error::layout(path, "'provenance/index'", "an integer per sample", found);
    let index = file
        .dataset("provenance/index")
        .and_then(|d| d.read_raw::<i64>())
        .map_err(|e| wrong(e.to_string()))?;
    let first = *index.first().ok_or_else(|| wrong("none".into()))?;
    let failed = failed(&file, path, &config)?;
    let first_failed = failed.first().map_or(i64::MAX, |f| f.index as i64);
    Ok(Recorded {
        generator_version: root.str("generator_version")?,
        config,
        count: root.count("n_trajectories")? + failed.len(),
        first: first.min(first_failed),
        failed,
    })
}

/// The samples that a file goes without.
fn failed(file: &File, path: &Path, config: &Value) -> Result<Vec<FailedSample>> {
    let Ok(indices) = file.dataset("provenance/failed_index") else { return Ok(vec![]) };
    let indices = indices.read_raw::<i64>().map_err(Error::hdf5("read failed samples of", path))?;
    let group = file.group("provenance").map_err(Error::hdf5("read failed samples of", path))?;
    let reasons = Attributes { path, object: &group, name: "provenance" }.strs("failed_reason")?;
    let seed = config["seed"].as_u64().unwrap_or_default();
    let pairs = indices.into_iter().zip(reasons);
    Ok(pairs.map(|(index, reason)| FailedSample { seed, index: index as u64, reason }).collect())
}

/// Whether `shard` is already there, made with the same settings.
pub(crate) fn check_existing(shard: &Shard, wanted: &Provenance) -> Result<Existing> {
    if !shard.path.exists() {
        return Ok(Existing::Absent);
    }
    let found = recorded(&shard.path)?;
    let config: Value = serde_json::from_str(&wanted.config_json).unwrap_or_default();
    let conflict = |what: &str, existing: String, requested: String| {
        Err(Error::Conflict { path: shard.path.clone(), what: what.into(), existing, requested })
    };
    if found.generator_version != wanted.generator_version {
        return conflict("generator version", found.generator_version, wanted.generator_version.clone());
    }
    if let Some((what, existing, requested)) = difference("", &found.config, &config) {
        return conflict(&what, existing, requested);
    }
    if (found.count, found.first) != (shard.count, shard.first as i64) {
        let range = |first: i64, count: usize| format!("{count} samples from {first}");
        return conflict("range", range(found.first, found.count), range(shard.first as i64, shard.count));
    }
    Claim::sweep(&shard.path)?;
    Ok(Existing::Complete(found.failed))
}

/// The first setting in which two configurations differ: its name and both values.
fn difference(name: &str, a: &Value, b: &Value) -> Option<(String, String, String)> {
    if a == b {
        return None;
    }
    if let (Value::Object(x), Value::Object(y)) = (a, b) {
        let keys = x.keys().chain(y.keys().filter(|k| !x.contains_key(*k)));
        let join = |key: &String| if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        return keys.into_iter().find_map(|key| difference(&join(key), &a[key], &b[key]));
    }
    Some((name.to_string(), a.to_string(), b.to_string()))
}
