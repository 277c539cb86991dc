//! Parameters by name: what each means, what it accepts, and how a word of the command line becomes its value.

use std::fmt;

use serde_json::{Map, Value};

use crate::{Error, Result};

/// What a parameter accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Accepts {
    /// A number from the first to the second, both included.
    Number(f64, f64),
    /// A whole number from the first to the second, both included.
    Integer(i64, i64),
    /// One of these words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(low, high) => write!(f, "a number in [{}, {}]", short(*low), short(*high)),
            Self::Integer(low, high) => write!(f, "a whole number in [{low}, {high}]"),
            Self::Words(words) => write!(f, "{}", words.join(" | ")),
            Self::Flag => f.write_str("true | false"),
        }
    }
}

/// `0.5`, but `1e12` and `1e-6`.
fn short(v: f64) -> String {
    if v == 0.0 || (1e-3..1e5).contains(&v.abs()) { v.to_string() } else { format!("{v:e}") }
}

/// One parameter of a problem; its default is the one of the problem's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Name: the field of the settings, and KEY of `--set KEY=VALUE`.
    pub key: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its unit; empty for a pure number.
    pub unit: &'static str,
    /// What it accepts.
    pub accepts: Accepts,
}

impl Parameter {
    /// The value that `text` stands for.
    ///
    /// # Errors
    /// [`Error::Config`] saying what the parameter accepts.
    pub fn parse(&self, problem: &str, text: &str) -> Result<Value> {
        let text = text.trim();
        let value = match self.accepts {
            // Out of range as well as not a number at all.
            Accepts::Number(low, high) => {
                text.parse::<f64>().ok().filter(|v| (low..=high).contains(v)).map(Value::from)
            }
            Accepts::Integer(low, high) => {
                integer(text).filter(|v| (low..=high).contains(v)).map(Value::from)
            }
            Accepts::Words(words) => words.iter().find(|w| **w == text).map(|w| Value::from(*w)),
            Accepts::Flag => text.parse::<bool>().ok().map(Value::from),
        };
        value.ok_or_else(|| {
            Error::config(
                format!("parameter '{}' of {problem}", self.key),
                self.accepts.to_string(),
                format!("'{text}'"),
            )
        })
    }
}

/// Accepts `1000` as well as `1e3`.
fn integer(text: &str) -> Option<i64> {
    let float = || text.parse::<f64>().ok().filter(|v| v.fract() == 0.0 && v.abs() < 9e15).map(|v| v as i64);
    text.parse().ok().or_else(float)
}

/// `KEY=VALUE`, split.
///
/// # Errors
/// [`Error::Config`] if there is no `=`.
pub fn split_setting(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().into(), value.trim().into())),
        _ => Err(Error::config("setting of a problem", "KEY=VALUE", format!("'{text}'"))),
    }
}

/// The parameter called `key`.
pub(super) fn find<'a>(problem: &str, all: &'a [Parameter], key: &str) -> Result<&'a Parameter> {
    all.iter().find(|p| p.key == key).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|p| p.key).collect();
        Error::config(
            format!("parameter of {problem}"),
            format!("one of {}", names.join(", ")),
            format!("'{key}'"),
        )
    })
}

/// Puts `settings` over `defaults`.
pub(super) fn apply<K: AsRef<str>, V: AsRef<str>>(
    problem: &str,
    all: &[Parameter],
    mut defaults: Map<String, Value>,
    settings: &[(K, V)],
) -> Result<Map<String, Value>> {
    for (key, text) in settings {
        let parameter = find(problem, all, key.as_ref())?;
        defaults.insert(parameter.key.into(), parameter.parse(problem, text.as_ref())?);
    }
    Ok(defaults)
}
