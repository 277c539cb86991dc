//! Vectors that another implementation computed, in a text file.
//!
//! One JSON object per line, for example
//!
//! ```text
//! # Comments and empty lines are skipped.
//! {"name": "weight", "shape": [2, 2], "values": [1.0, -2.5e-3, 0, 4]}
//! ```
//!
//! `values` is row-major and has as many entries as `shape` says; complex arrays carry a last axis of length 2. The names of a file
//! are distinct. Numbers written with 17 significant digits come back bit for bit.

use crate::{Error, Result};

/// One array of a golden file.
#[derive(Clone, Debug, PartialEq)]
pub struct GoldenEntry {
    /// Its name.
    pub name: String,
    /// Its axes.
    pub shape: Vec<usize>,
    /// Its entries, row-major.
    pub values: Vec<f64>,
}

/// The arrays of a golden file, in its order.
///
/// ```
/// use sobolev_kernels::testing::Golden;
///
/// let golden = Golden::parse(r#"{"name": "x", "shape": [2], "values": [1.5, -2e-3]}"#)?;
/// assert_eq!(golden.get("x")?.values, [1.5, -2e-3]);
/// assert!(golden.get("y").is_err());
/// # Ok::<(), sobolev_kernels::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Golden {
    entries: Vec<GoldenEntry>,
}

impl Golden {
    /// Reads the text of a file, usually `include_str!("golden/name.jsonl")`.
    ///
    /// # Errors
    /// A line that is not such an object, values that do not fill the shape or are not finite, a name that occurs twice.
    pub fn parse(text: &str) -> Result<Self> {
        let mut entries: Vec<GoldenEntry> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let entry = Reader { rest: trimmed }.entry().and_then(check);
            let entry = entry.map_err(|what| Error::Golden { line: index + 1, what })?;
            if entries.iter().any(|e| e.name == entry.name) {
                return Err(Error::Golden {
                    line: index + 1,
                    what: format!("the name {:?} occurs twice", entry.name),
                });
            }
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// The array of a name.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, name: &str) -> Result<&GoldenEntry> {
        self.entries.iter().find(|e| e.name == name).ok_or_else(|| Error::GoldenName {
            name: name.to_owned(),
            known: self.entries.iter().map(|e| e.name.clone()).collect(),
        })
    }

    /// All arrays.
    #[must_use]
    pub fn entries(&self) -> &[GoldenEntry] {
        &self.entries
    }
}

fn check(entry: GoldenEntry) -> Result<GoldenEntry, String> {
    let expected = entry.shape.iter().try_fold(1_usize, |n, &s| n.checked_mul(s));
    if expected != Some(entry.values.len()) {
        return Err(format!(
            "{:?} has shape {:?} but {} values",
            entry.name,
            entry.shape,
            entry.values.len()
        ));
    }
    match entry.values.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(format!("value {at} of {:?} is not finite", entry.name)),
        None => Ok(entry),
    }
}

/// A reader of the one kind of object that the format has.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn entry(mut self) -> Result<GoldenEntry, String> {
        let (mut name, mut shape, mut values) = (None, None, None);
        self.expect('{')?;
        loop {
            let key = self.string()?;
            self.expect(':')?;
            let again = match key.as_str() {
                "name" => name.replace(self.string()?).is_some(),
                "shape" => shape.replace(self.array("an axis length", |s| s.parse().ok())?).is_some(),
                "values" => values.replace(self.array("a number", |s| s.parse().ok())?).is_some(),
                _ => return Err(format!("unknown key {key:?}; name, shape and values are known")),
            };
            if again {
                return Err(format!("the key {key:?} occurs twice"));
            }
            if !self.accept(',') {
                break;
            }
        }
        self.expect('}')?;
        if !self.rest.is_empty() {
            return Err(format!("text after the object: {:?}", self.rest));
        }
        match (name, shape, values) {
            (Some(name), Some(shape), Some(values)) => Ok(GoldenEntry { name, shape, values }),
            _ => Err("an object needs name, shape and values".to_owned()),
        }
    }

    fn accept(&mut self, c: char) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(c);
        self.rest = found.unwrap_or(rest).trim_start();
        found.is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        if self.accept(c) {
            return Ok(());
        }
        let near: String = self.rest.chars().take(20).collect();
        Err(format!("expected {c:?} before {near:?}"))
    }

    /// A string without escapes: names need none.
    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let Some((text, rest)) = self.rest.split_once('"') else {
            return Err("a string does not end".to_owned());
        };
        if text.contains('\\') {
            return Err(format!("escapes are not supported: {text:?}"));
        }
        let text = text.to_owned();
        self.rest = rest;
        Ok(text)
    }

    fn array<T>(&mut self, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
        self.expect('[')?;
        let Some((inside, rest)) = self.rest.split_once(']') else {
            return Err("an array does not end".to_owned());
        };
        self.rest = rest;
        if inside.trim().is_empty() {
            return Ok(Vec::new());
        }
        let item = |s: &str| parse(s.trim()).ok_or_else(|| format!("{:?} is not {what}", s.trim()));
        inside.split(',').map(item).collect()
    }
}

/// `‖a - b‖ / ‖b‖` in the Euclidean norm; `‖a‖` if `b` vanishes, infinite if a value is not a number.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn relative_error(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "arrays to compare differ in length");
    let difference = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let norm = b.iter().map(|b| b * b).sum::<f64>().sqrt();
    let error = if norm == 0.0 { difference } else { difference / norm };
    if error.is_nan() { f64::INFINITY } else { error }
}

/// Asserts that `actual` agrees with `expected` to a relative error in the Euclidean norm.
///
/// # Panics
/// If it does not, naming the entry that differs most.
pub fn assert_close(name: &str, actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len(), "{name}: lengths differ");
    let error = relative_error(actual, expected);
    let miss = |i: &usize| (actual[*i] - expected[*i]).abs();
    let worst = (0..actual.len()).max_by(|a, b| miss(a).total_cmp(&miss(b))).unwrap_or(0);
    assert!(
        error <= tolerance,
        "{name}: relative error {error:.3e}, at most {tolerance:.1e} allowed; entry {worst} is {:.9e}, expected {:.9e}",
        actual[worst],
        expected[worst]
    );
}
