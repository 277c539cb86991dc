//! Completes a set: checks its files, writes statistics and card.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use crate::atomic::atomic_write;
use crate::dataset::{Dataset, Info, list};
use crate::existing::recorded;
use crate::manifest::{self, FileRecord};
use crate::measure::{FieldStats, merged, statistics};
use crate::plan;
use crate::plan::Split;
use crate::schema::FieldKind;
use crate::stats::Moments;
use crate::{Error, Result};

/// Checks a finished set and writes `stats.yaml` (over the training split), `<name>.yaml`, `manifest.json` and `SHA256SUMS`.
///
/// For a set of [`crate::generate`], every planned file has to be there with the bytes that the manifest says, made with the same
/// settings, and no other file; statistics are those of the manifest, merged. For any other set of The Well layout the files are
/// checked against one another and read whole.
///
/// # Errors
/// [`Error::Missing`] naming an absent file, [`Error::Damaged`] one with other bytes, [`Error::Conflict`] one made with other
/// settings, [`Error::Layout`] one that doesn't belong to the set or cannot be read, [`Error::NotFinite`] one that holds a NaN.
pub fn finalize(dir: &Path) -> Result<Vec<FieldStats>> {
    complete(dir, &[])
}

/// As [`finalize`]; the checksums of `fresh` files have been taken just now.
pub(crate) fn complete(dir: &Path, fresh: &[PathBuf]) -> Result<Vec<FieldStats>> {
    let mut files = vec![];
    let mut splits = vec![];
    for split in Split::ALL {
        let folder = dir.join("data").join(split.word());
        let found = if folder.is_dir() { list(&folder)? } else { vec![] };
        if !found.is_empty() {
            splits.push((split, found.len()));
        }
        files.extend(found);
    }
    let Some(&(first, n_first)) = splits.first() else {
        let expected = "data/{train,valid,test} with .hdf5 files".to_string();
        return Err(Error::Missing { path: dir.to_path_buf(), expected });
    };
    // Before anything is read through the HDF5 library: a damaged file should be called that.
    check_bytes(dir, &files, fresh)?;
    let settings = check_files(dir, &files)?;
    let sets = splits.iter().map(|s| Dataset::open(dir, s.0)).collect::<Result<Vec<_>>>()?;
    debug_assert_eq!(sets[0].info().split, Some(first), "the first split is the one measured");
    let stats = match &settings {
        Some(settings) => {
            let records = records(dir, &files)?;
            manifest::write(dir, settings, &records)?;
            merged(records[..n_first].iter().map(|r| r.fields.as_slice()))
        }
        None => statistics(&sets[0])?,
    };
    atomic_write(&dir.join("stats.yaml"), stats_yaml(&stats).as_bytes())?;
    let infos: Vec<Info> = sets.iter().map(Dataset::info).collect();
    atomic_write(&dir.join(format!("{}.yaml", sets[0].name())), card_yaml(&infos, &files).as_bytes())?;
    Ok(stats)
}

/// Compares files with their records, where there are any, by all threads; the error is that of the first file.
fn check_bytes(dir: &Path, files: &[PathBuf], fresh: &[PathBuf]) -> Result<()> {
    let check = |file: &PathBuf| match manifest::read(dir, file)? {
        Some(record) => manifest::check(dir, file, &record, !fresh.contains(file)),
        None => Ok(()),
    };
    files.par_iter().map(check).collect::<Vec<_>>().into_iter().collect()
}

/// The records of all files; one that a killed process left without is read now.
fn records(dir: &Path, files: &[PathBuf]) -> Result<Vec<FileRecord>> {
    let mut all = vec![];
    for file in files {
        let record = match manifest::read(dir, file)? {
            Some(record) => record,
            None => manifest::record(dir, file)?.0,
        };
        if record.fields.iter().any(|f| f.not_finite > 0) {
            // Names the sample.
            statistics(&Dataset::open(file, Split::Train)?)?;
        }
        all.push(record);
    }
    Ok(all)
}

/// Compares the files with the plan that the first of them records; returns the settings, or nothing where no plan is recorded.
fn check_files(dir: &Path, files: &[PathBuf]) -> Result<Option<Value>> {
    // Files of other programs record no plan.
    let Ok(reference) = recorded(&files[0]) else { return Ok(None) };
    let Some(plan) = plan::recorded(dir, &reference.config) else { return Ok(None) };
    let missing: Vec<_> = plan.iter().filter(|s| !s.path.is_file()).collect();
    if let Some(shard) = missing.first() {
        let mut expected =
            format!("samples {} to {} of this set", shard.first, shard.first + shard.count as u64 - 1);
        if missing.len() > 1 {
            expected += &format!(" ({} files are missing in all)", missing.len());
        }
        return Err(Error::Missing { path: shard.path.clone(), expected });
    }
    if let Some(extra) = files.iter().find(|f| plan.iter().all(|s| s.path != **f)) {
        let expected = format!("the {} files of this set only", plan.len());
        return Err(Error::layout(extra, "file", expected, "one that does not belong to it"));
    }
    for shard in &plan {
        let found = recorded(&shard.path)?;
        let conflict = |what: &str, existing: &Value, requested: &Value| Error::Conflict {
            path: shard.path.clone(),
            what: what.into(),
            existing: existing.to_string(),
            requested: format!("{requested}, as in {}", files[0].display()),
        };
        if found.config != reference.config {
            return Err(conflict("configuration", &found.config, &reference.config));
        }
        if found.generator_version != reference.generator_version {
            let (a, b) = (found.generator_version.into(), reference.generator_version.into());
            return Err(conflict("generator version", &a, &b));
        }
        if (found.first, found.count) != (shard.first as i64, shard.count) {
            let (a, b) = (
                Value::from(vec![found.first, found.count as i64]),
                Value::from(vec![shard.first, shard.count as u64]),
            );
            return Err(conflict("range [first, count]", &a, &b));
        }
    }
    Ok(Some(reference.config))
}

/// `stats.yaml`: six maps from field to number (scalar), list (vector) or list of lists (tensor).
fn stats_yaml(stats: &[FieldStats]) -> String {
    type Measure = fn(&Moments) -> f64;
    let measures: [(&str, Measure); 3] = [("mean", |m| m.mean), ("std", Moments::std), ("rms", Moments::rms)];
    let mut text = String::new();
    for (suffix, delta) in [("", false), ("_delta", true)] {
        for (name, measure) in measures {
            let of = |f: &FieldStats| if delta { f.deltas.clone() } else { f.values.clone() };
            let rows: Vec<_> = stats.iter().map(|f| (f, of(f))).filter(|(_, m)| !m.is_empty()).collect();
            let empty = if rows.is_empty() { " {}" } else { "" };
            let _ = writeln!(text, "{name}{suffix}:{empty}");
            for (field, moments) in rows {
                let numbers: Vec<f64> = moments.iter().map(measure).collect();
                let _ = writeln!(text, "  {}: {}", quoted(&field.name), nested(&numbers, field.rank));
            }
        }
    }
    text
}

fn nested(numbers: &[f64], rank: usize) -> String {
    // `{:e}` keeps all digits and always reads back as a number; YAML 1.1 asks for a point and a signed exponent.
    let plain: Vec<String> = numbers.iter().map(|&v| yaml_number(v)).collect();
    match rank {
        0 => plain[0].clone(),
        1 => format!("[{}]", plain.join(", ")),
        _ => {
            let d = numbers.len().isqrt();
            let rows: Vec<String> = plain.chunks(d).map(|row| format!("[{}]", row.join(", "))).collect();
            format!("[{}]", rows.join(", "))
        }
    }
}

fn yaml_number(v: f64) -> String {
    let text = format!("{v:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// A YAML string: a JSON string is one.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The card: the keys of The Well's own metadata, and the provenance.
fn card_yaml(infos: &[Info], files: &[PathBuf]) -> String {
    let first = &infos[0];
    let list = |names: Vec<&str>| Value::from(names).to_string();
    let fields = |rank: usize, kind: FieldKind| {
        list(
            first
                .fields
                .iter()
                .filter(|f| f.rank == rank && f.kind == kind)
                .map(|f| f.name.as_str())
                .collect(),
        )
    };
    let mut text = String::new();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(text, "{key}: {value}");
    };
    line("dataset_name", quoted(&first.dataset_name));
    line("n_spatial_dims", first.size.len().to_string());
    line("grid_type", quoted(&first.grid_type));
    line("spatial_dims", list(first.axes.iter().map(String::as_str).collect()));
    line("spatial_resolution", Value::from(first.size.clone()).to_string());
    for (key, kind) in [("field_names", FieldKind::Solution), ("constant_field_names", FieldKind::Constant)] {
        line(key, format!("{{0: {}, 1: {}, 2: {}}}", fields(0, kind), fields(1, kind), fields(2, kind)));
    }
    line("scalar_names", list(first.parameters.iter().map(String::as_str).collect()));
    line("boundary_conditions", list(first.boundary_conditions.iter().map(String::as_str).collect()));
    line("n_files", files.len().to_string());
    line("n_steps_per_trajectory", first.steps.to_string());
    let counts: BTreeMap<&str, usize> =
        infos.iter().filter_map(|i| Some((i.split?.word(), i.trajectories))).collect();
    line("n_trajectories", serde_json::to_string(&counts).unwrap_or_default());
    for (key, value) in &first.provenance {
        line(key, quoted(value));
    }
    text
}
