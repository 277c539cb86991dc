//! What a command prints at its end: lines for people, or one JSON object.

use std::io::Write;

use serde_json::{Map, Value};

use super::CliError;

/// Result of a command: text for people, the same facts as JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    text: String,
    json: Map<String, Value>,
}

impl Outcome {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One more line of text.
    pub(crate) fn line(mut self, text: impl AsRef<str>) -> Self {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
        self
    }

    /// The text of another outcome.
    pub(crate) fn append(mut self, other: &Self) -> Self {
        self.text.push_str(&other.text);
        self
    }

    /// One more table.
    pub(crate) fn table(self, table: &Table) -> Self {
        let text = table.to_string();
        self.line(text.trim_end())
    }

    /// One more entry of the JSON object.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.json.insert(key.to_owned(), value.into());
        self
    }

    /// One more entry, from anything that serialises.
    ///
    /// # Errors
    /// [`CliError::Failure`] if the value does not serialise.
    pub(crate) fn with_serialised(self, key: &str, value: &impl serde::Serialize) -> Result<Self, CliError> {
        let value = serde_json::to_value(value).map_err(CliError::failure)?;
        Ok(self.with(key, value))
    }

    /// To stdout. A closed pipe (`sobolev list | head -1`) is not an error.
    pub(crate) fn print(self, json: bool) -> Result<(), CliError> {
        let text = if json { format!("{}\n", Value::Object(self.json)) } else { self.text };
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(CliError::failure(e)),
            _ => Ok(()),
        }
    }
}

/// Left-aligned first column, right-aligned others.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right: bool,
}

impl Table {
    /// A table of numbers under these heads.
    pub(crate) fn numbers(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|&h| h.to_owned()).collect()], right: true }
    }

    /// A table of words under these heads.
    pub(crate) fn words(heads: &[&str]) -> Self {
        Self { right: false, ..Self::numbers(heads) }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |c: usize| {
            self.rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (i, row) in self.rows.iter().enumerate() {
            let mut text = String::new();
            for (c, cell) in row.iter().enumerate() {
                let w = widths[c];
                let cell = if c > 0 && self.right { format!("{cell:>w$}") } else { format!("{cell:<w$}") };
                text.push_str("  ");
                text.push_str(&cell);
            }
            writeln!(f, "{}", text.trim_end())?;
            if i == 0 {
                let rule = widths.iter().map(|w| w + 2).sum::<usize>().saturating_sub(2);
                writeln!(f, "  {}", "-".repeat(rule))?;
            }
        }
        Ok(())
    }
}
