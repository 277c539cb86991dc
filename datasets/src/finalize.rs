//! Completes a set: checks its files, writes statistics and card.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::atomic::atomic_write;
use crate::dataset::{Dataset, Info, list};
use crate::existing::recorded;
use crate::plan;
use crate::plan::Split;
use crate::schema::FieldKind;
use crate::stats::Moments;
use crate::{Error, Result};

/// Statistics of one field: per component, over samples, times and points; the second list over differences in time.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldStats {
    /// Name of the field.
    pub name: String,
    /// Tensor rank.
    pub rank: usize,
    /// Moments of the values, per component.
    pub values: Vec<Moments>,
    /// Moments of `u(t_{k+1}) − u(t_k)`, per component. Empty for a constant field; zero, over no values, for a solution with
    /// one stored time: The Well's reader asks for an entry and guards the zero.
    pub deltas: Vec<Moments>,
}

/// Checks a finished set and writes `stats.yaml` (over the training split) and `<name>.yaml`.
///
/// For a set of [`crate::generate`], every planned file has to be there, made with the same settings, and no other; for any other
/// set of The Well layout the files are checked against one another.
///
/// # Errors
/// [`Error::Missing`] naming an absent file, [`Error::Conflict`] a file made with other settings, [`Error::Layout`] and
/// [`Error::NotFinite`] a damaged one.
pub fn finalize(dir: &Path) -> Result<Vec<FieldStats>> {
    let mut files = vec![];
    let mut splits = vec![];
    for split in Split::ALL {
        let folder = dir.join("data").join(split.word());
        let found = if folder.is_dir() { list(&folder)? } else { vec![] };
        if !found.is_empty() {
            splits.push(split);
        }
        files.extend(found);
    }
    let Some(first) = splits.first() else {
        let expected = "data/{train,valid,test} with .hdf5 files".to_string();
        return Err(Error::Missing { path: dir.to_path_buf(), expected });
    };
    check_files(dir, &files)?;
    let sets = splits.iter().map(|s| Dataset::open(dir, *s)).collect::<Result<Vec<_>>>()?;
    debug_assert_eq!(sets[0].info().split, Some(*first), "the first split is the one measured");
    let stats = statistics(&sets[0])?;
    atomic_write(&dir.join("stats.yaml"), stats_yaml(&stats).as_bytes())?;
    let infos: Vec<Info> = sets.iter().map(Dataset::info).collect();
    atomic_write(&dir.join(format!("{}.yaml", sets[0].name())), card_yaml(&infos, &files).as_bytes())?;
    Ok(stats)
}

/// Compares the files with the plan that the first of them records.
fn check_files(dir: &Path, files: &[PathBuf]) -> Result<()> {
    // Files of other programs record no plan.
    let Ok(reference) = recorded(&files[0]) else { return Ok(()) };
    let Some(plan) = plan::recorded(dir, &reference.config) else { return Ok(()) };
    for shard in &plan {
        if !shard.path.is_file() {
            let expected =
                format!("samples {} to {} of this set", shard.first, shard.first + shard.count as u64 - 1);
            return Err(Error::Missing { path: shard.path.clone(), expected });
        }
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
    match files.iter().find(|f| plan.iter().all(|s| s.path != **f)) {
        Some(extra) => Err(Error::layout(
            extra,
            "file",
            format!("the {} files of this set only", plan.len()),
            "one more",
        )),
        None => Ok(()),
    }
}

/// Statistics of every field in one pass over `dataset`, a trajectory at a time.
///
/// # Errors
/// Those of reading: [`Error::NotFinite`], [`Error::Hdf5`].
pub fn statistics(dataset: &Dataset) -> Result<Vec<FieldStats>> {
    let mut all = vec![];
    for (field, info) in dataset.fields().iter().enumerate() {
        let mut values = vec![Moments::default(); info.components];
        let mut deltas = values.clone();
        for index in 0..dataset.n_trajectories() {
            let (file, row) = dataset.place(index);
            let block = dataset.read(file, field, row..row + 1, (0, dataset.n_steps(index), 1))?;
            for c in 0..info.components {
                for t in 0..block.steps {
                    let now = block.frame(0, t, c);
                    values[c] = values[c].merge(Moments::of(now.iter().map(|&v| f64::from(v))));
                    if t > 0 {
                        let pairs = now.iter().zip(block.frame(0, t - 1, c));
                        let delta = Moments::of(pairs.map(|(&b, &a)| f64::from(b) - f64::from(a)));
                        deltas[c] = deltas[c].merge(delta);
                    }
                }
            }
        }
        if info.kind == FieldKind::Constant {
            deltas.clear();
        }
        all.push(FieldStats { name: info.name.clone(), rank: info.rank, values, deltas });
    }
    Ok(all)
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
