//! The results of one model under several seeds.

use std::error::Error;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::results::{self, Cost, Row};
use super::study::Study;

/// The rows of a model, at least one, and its costs where they have been measured.
#[derive(Clone, Debug)]
pub(crate) struct Group<E> {
    pub(crate) name: String,
    pub(crate) rows: Vec<Row<E>>,
    pub(crate) cost: Option<Cost>,
}

/// The models of a comparison that there are results of, in its order.
pub(crate) fn all<E: Clone + DeserializeOwned>(study: &Study<'_>) -> Result<Vec<Group<E>>, Box<dyn Error>> {
    let rows: Vec<Row<E>> = results::read(&study.out.join("results.jsonl"))?;
    let costs: Vec<Cost> = results::read(&study.out.join("costs.jsonl"))?;
    let group = |name: &str| Group {
        name: name.to_owned(),
        rows: rows.iter().filter(|r| r.model == name && study.seeds.contains(&r.seed)).cloned().collect(),
        cost: costs.iter().find(|c| c.model == name).cloned(),
    };
    Ok(study.entries.iter().map(|e| group(&e.name)).filter(|g| !g.rows.is_empty()).collect())
}

/// Says that there is nothing to make a table of.
pub(crate) fn none(out: &Path) -> Box<dyn Error> {
    format!("{}: no results yet; run without --table first", out.display()).into()
}

impl<E> Group<E> {
    /// Mean and standard deviation over the seeds; no deviation with one.
    pub(crate) fn statistics(&self, value: impl Fn(&Row<E>) -> f64) -> (f64, f64) {
        let n = self.rows.len() as f64;
        let mean = self.rows.iter().map(&value).sum::<f64>() / n;
        let squares = self.rows.iter().map(|r| (value(r) - mean).powi(2)).sum::<f64>();
        (mean, if self.rows.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 })
    }

    /// "12.3 ± 0.4", of `value` times `scale`.
    pub(crate) fn text(&self, scale: f64, digits: usize, value: impl Fn(&Row<E>) -> f64) -> String {
        let (mean, deviation) = self.statistics(value);
        let (mean, deviation) = (scale * mean, scale * deviation);
        if self.rows.len() > 1 {
            format!("{mean:.digits$} ± {deviation:.digits$}")
        } else {
            format!("{mean:.digits$}")
        }
    }

    /// Seconds an epoch and MiB, "–" where they have not been measured.
    pub(crate) fn costs(&self) -> [String; 2] {
        let say = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "–".to_owned(), |v| format!("{v:.digits$}"))
        };
        let cost = self.cost.as_ref();
        [say(cost.map(|c| c.seconds_per_epoch), 2), say(cost.and_then(|c| c.peak_mib), 0)]
    }
}
