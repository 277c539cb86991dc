//! Problems by name: their settings on the command line, and what is said about them.

use clap::Args;
use serde_json::{Map, Value, json};
use sobolev::datasets::{
    Problem,
    problems::{self, Entry, Variant},
};

use super::{CliError, Outcome, Table};

/// Settings of a problem.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ProblemOptions {
    /// A parameter of the problem, see `sobolev info PROBLEM`; may be repeated. LOW..HIGH or log:LOW..HIGH draws one value a sample
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
}

impl ProblemOptions {
    /// Keys and values.
    ///
    /// # Errors
    /// [`CliError::Input`] for a setting without `=`.
    pub(crate) fn settings(&self) -> Result<Vec<(String, String)>, CliError> {
        let pair =
            |text: &String| problems::split_setting(text).map_err(|e| CliError::input(format!("--set: {e}")));
        self.set.iter().map(pair).collect()
    }
}

/// The problem of that name.
///
/// # Errors
/// [`CliError::Input`] for an unknown name, an unknown setting or a value out of range; the message lists what is accepted.
pub(crate) fn build(
    name: &str,
    resolution: usize,
    options: &ProblemOptions,
) -> Result<Box<dyn Problem>, CliError> {
    Ok(problems::build(name, resolution, &options.settings()?)?)
}

/// Table of all problems.
pub(crate) fn table() -> Table {
    let mut table = Table::words(&["problem", "what it is"]);
    for entry in problems::registry() {
        table.row([entry.about.name, entry.about.summary]);
        for v in entry.about.variants {
            table.row([format!("  {}", v.name), v.summary.to_owned()]);
        }
    }
    table
}

/// The whole card of a family, or of one of its variants.
///
/// # Errors
/// None in a registry that passes its tests.
pub(crate) fn describe(entry: &Entry, variant: Option<&Variant>) -> Result<Outcome, CliError> {
    let about = entry.about;
    let card = entry.card(variant);
    let mut out = Outcome::new()
        .line(format!("problem {}", variant.map_or(about.name, |v| v.name)))
        .line(format!("  {}", card.description));
    for (what, text) in [
        ("equation", about.equation),
        ("solver", about.solver),
        ("inside", about.internal),
        ("for", about.purpose),
        ("source", card.source.as_str()),
    ] {
        out = out.line(format!("  {what:9} {text}"));
    }
    let settings = entry.settings(variant)?;
    let mut table = Table::words(&["--set", "default", "unit", "accepts", "meaning"]);
    for p in about.parameters {
        let default = settings.get(p.key).map_or_else(String::new, plain);
        table.row([
            p.key.to_owned(),
            default,
            p.unit.to_owned(),
            p.accepts.to_string(),
            p.meaning.to_owned(),
        ]);
    }
    out = out.line("").table(&table);
    if variant.is_none() && !about.variants.is_empty() {
        let mut table = Table::words(&["variant", "settings", "what it is"]);
        for v in about.variants {
            let settings: Vec<String> = v.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
            table.row([v.name.to_owned(), settings.join(" "), v.summary.to_owned()]);
        }
        out = out.line("").table(&table);
    }
    Ok(out)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The same facts for programs.
///
/// # Errors
/// None in a registry that passes its tests.
pub(crate) fn to_json(entry: &Entry) -> Result<Value, CliError> {
    let about = entry.about;
    let defaults = entry.settings(None)?;
    let parameters: Vec<Value> = about
        .parameters
        .iter()
        .map(|p| {
            let accepts = p.accepts.to_string();
            json!({ "key": p.key, "meaning": p.meaning, "unit": p.unit, "accepts": accepts, "default": defaults[p.key] })
        })
        .collect();
    let variants = about.variants.iter().map(|v| {
        let settings: Map<String, Value> = v.settings.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        json!({ "name": v.name, "summary": v.summary, "source": entry.card(Some(v)).source, "settings": settings })
    });
    Ok(json!({
        "name": about.name,
        "summary": about.summary,
        "equation": about.equation,
        "tex": about.tex,
        "solver": about.solver,
        "source": about.source,
        "purpose": about.purpose,
        "internal": about.internal,
        "parameters": parameters,
        "variants": variants.collect::<Vec<_>>(),
    }))
}
