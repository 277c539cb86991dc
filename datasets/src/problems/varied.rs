//! Parameters that differ from sample to sample.

use rand::RngExt as _;
use serde_json::{Map, Value, json};
use sobolev_kernels::rng::stream;

use super::family::{Named, Variant};
use super::parameter::{Accepts, Parameter};
use super::registry::Entry;
use crate::problem::{Card, Problem};
use crate::schema::{Sample, Schema};
use crate::{Error, Result};

/// Keeps the draws of parameters apart from those of the simulation, which takes the streams of the seed itself.
const SALT: u64 = 0x7061_7261_6d65_7465;

/// The law of one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    key: &'static str,
    low: f64,
    high: f64,
    logarithmic: bool,
    whole: bool,
}

/// The range that `text` stands for; nothing if it has no `..`.
pub(super) fn parse(problem: &str, parameter: &Parameter, text: &str) -> Result<Option<Range>> {
    let (logarithmic, rest) = match text.trim().strip_prefix("log:") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let Some((low, high)) = rest.split_once("..") else { return Ok(None) };
    let whole = matches!(parameter.accepts, Accepts::Integer(..));
    let refused = |expected: &str| {
        let what = format!("parameter '{}' of {problem}", parameter.key);
        Err(Error::config(what, expected, format!("'{text}'")))
    };
    if !whole && !matches!(parameter.accepts, Accepts::Number(..)) {
        return refused(&format!("{} (only numbers can have a range)", parameter.accepts));
    }
    let number = |text: &str| Ok(parameter.parse(problem, text)?.as_f64().unwrap_or(f64::NAN));
    let (low, high) = (number(low)?, number(high)?);
    if low >= high {
        return refused("a range LOW..HIGH with LOW < HIGH");
    }
    if logarithmic && (low <= 0.0 || whole) {
        return refused("for log:LOW..HIGH a parameter that is no whole number, and LOW > 0");
    }
    Ok(Some(Range { key: parameter.key, low, high, logarithmic, whole }))
}

impl Range {
    fn draw(&self, rng: &mut impl rand::Rng) -> f64 {
        if self.whole {
            return rng.random_range(self.low as i64..=self.high as i64) as f64;
        }
        let share: f64 = rng.random();
        if self.logarithmic {
            // Rounding could leave the interval by the last bit.
            (self.low * (self.high / self.low).powf(share)).clamp(self.low, self.high)
        } else {
            share.mul_add(self.high - self.low, self.low)
        }
    }

    fn value(&self, v: f64) -> Value {
        if self.whole { json!(v as i64) } else { json!(v) }
    }
}

/// A problem whose samples draw some of their parameters; every one is planned anew.
pub(super) struct Varied {
    entry: Entry,
    /// With every drawn parameter in the middle of its range: gives schema and words.
    middle: Named,
    schema: Schema,
    ranges: Vec<Range>,
}

impl Varied {
    pub(super) fn new(
        entry: Entry,
        variant: Option<&'static Variant>,
        settings: &Map<String, Value>,
        resolution: usize,
        mut ranges: Vec<Range>,
    ) -> Result<Self> {
        // A key that is given twice takes its last range; the order on the command line must not matter.
        ranges.reverse();
        ranges.sort_by_key(|r| r.key);
        ranges.dedup_by_key(|r| r.key);
        let with = |at: fn(&Range) -> f64| {
            let mut map = settings.clone();
            map.extend(ranges.iter().map(|r| (r.key.to_string(), r.value(at(r)))));
            entry.named(variant, map, resolution)
        };
        let middle =
            with(|r| if r.whole { (0.5 * (r.low + r.high)).floor() } else { 0.5 * (r.low + r.high) })?;
        let frame = |n: &Named| {
            let s = n.schema();
            (s.axes, s.time, s.fields, s.boundaries, s.scalars)
        };
        // The ends are tried now, so that a bad one is not found out in the middle of the night.
        for end in [with(|r| r.low)?, with(|r| r.high)?] {
            if frame(&end) != frame(&middle) {
                let keys: Vec<&str> = ranges.iter().map(|r| r.key).collect();
                let expected = "parameters that leave grid, times and fields as they are";
                return Err(Error::config("a range per sample", expected, keys.join(", ")));
            }
        }
        let mut schema = middle.schema();
        schema.parameters.retain(|(name, _)| ranges.iter().all(|r| r.key != name));
        let new = ranges.iter().map(|r| r.key.to_string());
        let new: Vec<String> = new.filter(|key| !schema.scalars.contains(key)).collect();
        schema.scalars.extend(new);
        Ok(Self { entry, middle, schema, ranges })
    }
}

impl Problem for Varied {
    fn name(&self) -> &str {
        self.middle.name()
    }

    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    fn config(&self) -> Value {
        let mut all = self.middle.config();
        for r in &self.ranges {
            let law = if r.logarithmic { "log-uniform" } else { "uniform" };
            all[r.key] = json!({ "law": law, "low": r.value(r.low), "high": r.value(r.high) });
        }
        all
    }

    fn solver(&self) -> String {
        self.middle.solver()
    }

    fn card(&self) -> Card {
        self.middle.card()
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        let mut rng = stream(seed ^ SALT, index);
        let drawn: Vec<f64> = self.ranges.iter().map(|r| r.draw(&mut rng)).collect();
        let mut settings = self.middle.settings.clone();
        settings.extend(self.ranges.iter().zip(&drawn).map(|(r, &v)| (r.key.to_string(), r.value(v))));
        let problem = self.entry.named(self.middle.variant, settings, self.middle.resolution)?;
        let own = problem.schema().scalars;
        let mut sample = problem.sample(seed, index)?;
        for (range, value) in self.ranges.iter().zip(drawn) {
            if !own.iter().any(|name| name == range.key) {
                sample.scalars.push(value);
            }
        }
        Ok(sample)
    }
}
