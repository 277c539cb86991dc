//! Tests that every problem has to pass; public, so that authors outside can use them.

use super::registry::Entry;
use crate::problem::Problem;
use crate::schema::{Sample, Schema};
use crate::{Error, Result};

/// Checks that the bytes of a sample do not depend on the batch it was computed in: `n` samples one by one, all at once, and cut
/// in three uneven pieces.
///
/// # Errors
/// [`Error::Config`] naming the first sample and field that differ; [`Error::Solver`] if a sample fails.
pub fn check_batches(problem: &dyn Problem, seed: u64, n: u64) -> Result<()> {
    let single = (0..n).map(|i| problem.sample(seed, i)).collect::<Result<Vec<_>>>()?;
    let schema = problem.schema();
    for cuts in [vec![0, n], vec![0, n / 5, n / 5 + n / 2, n]] {
        for piece in cuts.windows(2) {
            let (from, to) = (piece[0], piece[1]);
            let batch = problem.samples(seed, from..to);
            let what = |index: u64| format!("sample {index} of {} in the batch {from}..{to}", problem.name());
            if batch.len() as u64 != to - from {
                return Err(Error::config(what(from), format!("{} samples", to - from), batch.len()));
            }
            for (index, sample) in (from..to).zip(batch) {
                if let Some(place) = difference(&schema, &single[index as usize], &sample?) {
                    return Err(Error::config(what(index), "the bits it has alone", place));
                }
            }
        }
    }
    Ok(())
}

/// Where two samples differ in a bit or in shape.
fn difference(schema: &Schema, a: &Sample, b: &Sample) -> Option<String> {
    let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    if bits(&a.scalars) != bits(&b.scalars) || a.fields.len() != b.fields.len() {
        return Some("other scalars or another number of fields".into());
    }
    let field = (0..a.fields.len()).find(|&i| bits(&a.fields[i]) != bits(&b.fields[i]))?;
    let name = schema.fields.get(field).map_or("?", |f| f.name.as_str());
    Some(format!("other bits in field '{name}'"))
}

/// Checks that an entry of the registry is complete and true to itself: words are there, parameters and fields of the settings
/// are the same, every default is accepted, every variant builds and its schema can be stored.
///
/// # Errors
/// [`Error::Config`] naming what is wrong.
pub fn check_entry(entry: &Entry, resolution: usize) -> Result<()> {
    let about = entry.about;
    let wrong = |what: &str, expected: &str, found: String| {
        Err(Error::config(format!("{what} of {}", about.name), expected, found))
    };
    let words =
        [about.summary, about.equation, about.tex, about.solver, about.source, about.purpose, about.internal];
    if words.iter().any(|w| w.trim().is_empty()) {
        return wrong("words", "none to be empty", format!("{words:?}"));
    }
    let settings = entry.settings(None)?;
    let mut fields: Vec<&str> = settings.keys().map(String::as_str).collect();
    let mut keys: Vec<&str> = about.parameters.iter().map(|p| p.key).collect();
    fields.sort_unstable();
    keys.sort_unstable();
    if fields != keys {
        return wrong("parameters", &format!("{fields:?}, the fields of the settings"), format!("{keys:?}"));
    }
    for p in about.parameters {
        if p.meaning.trim().is_empty() {
            return wrong(&format!("meaning of '{}'", p.key), "a phrase", "nothing".into());
        }
        let default = &settings[p.key];
        let text = default.as_str().map_or_else(|| default.to_string(), str::to_string);
        p.parse(about.name, &text)?;
    }
    for name in entry.names() {
        let problem = super::build::<&str, &str>(name, resolution, &[])?;
        let schema = problem.schema();
        schema.check()?;
        if problem.name() != name || schema.dataset_name != name {
            return wrong("name", name, problem.name().into());
        }
    }
    Ok(())
}
