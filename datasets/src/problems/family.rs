//! What the author of a problem writes: its words, its settings, its simulation.

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::parameter::Parameter;
use crate::Result;
use crate::problem::{Card, Problem};
use crate::schema::{Sample, Schema};

/// Why a simulation failed; the problem's name, seed and index are added to it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Everything about a family of problems that is said in words.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Name on the command line.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The equation in plain characters.
    pub equation: &'static str,
    /// The equation in TeX.
    pub tex: &'static str,
    /// Numerical method in a few words.
    pub solver: &'static str,
    /// Publication.
    pub source: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Default internal resolution and time step.
    pub internal: &'static str,
    /// All parameters.
    pub parameters: &'static [Parameter],
    /// Named settings.
    pub variants: &'static [Variant],
}

/// Named settings of a family.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Name on the command line.
    pub name: &'static str,
    /// One sentence: in what it differs.
    pub summary: &'static str,
    /// Publication, where it is not that of the family.
    pub source: &'static str,
    /// Settings over the defaults, as `KEY`, `VALUE`.
    pub settings: &'static [(&'static str, &'static str)],
}

/// The settings of a family of problems: plain values, flat, one per [`Parameter`].
///
/// With `#[serde(default, deny_unknown_fields)]` and a hand-written `Default`; `tests` checks that fields and parameters agree.
pub trait Family: Serialize + DeserializeOwned + Default {
    /// Its words.
    const ABOUT: &'static About;

    /// Plans the simulation on `resolution` points an axis.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for values that contradict one another, or a resolution out of range.
    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>>;
}

/// The computing part of a problem; see [`Problem`] for the contract of `sample`, `samples` and `batch`.
pub trait Simulation: Send + Sync {
    /// As [`Problem::schema`]; the name of the data set is filled in.
    fn schema(&self) -> Schema;

    /// Sample `index` of the family `seed`.
    ///
    /// # Errors
    /// Whatever the solver reports.
    fn sample(&self, seed: u64, index: u64) -> Result<Sample, Failure>;

    /// As [`Problem::batch`].
    fn batch(&self) -> usize {
        1
    }

    /// As [`Problem::samples`].
    fn samples(&self, seed: u64, indices: Range<u64>) -> Vec<Result<Sample, Failure>> {
        indices.map(|index| self.sample(seed, index)).collect()
    }
}

/// A simulation with its words: what the registry hands out.
pub(super) struct Named {
    pub(super) about: &'static About,
    pub(super) variant: Option<&'static Variant>,
    pub(super) settings: Map<String, Value>,
    pub(super) resolution: usize,
    pub(super) simulation: Box<dyn Simulation>,
}

impl Named {
    fn failed(&self, seed: u64, index: u64) -> impl FnOnce(Failure) -> crate::Error {
        let problem = self.name().to_string();
        move |source| crate::Error::Solver { problem, seed, index, source }
    }
}

/// The card of a family, or of a variant of it.
pub(super) fn card(about: &About, variant: Option<&Variant>) -> Card {
    let description = match variant {
        Some(v) => format!("{} {}", about.summary, v.summary),
        None => about.summary.into(),
    };
    let own = variant.map(|v| v.source).filter(|s| !s.is_empty());
    Card {
        description,
        equation: about.tex.into(),
        source: own.unwrap_or(about.source).into(),
        purpose: about.purpose.into(),
        internal: about.internal.into(),
    }
}

impl Problem for Named {
    fn name(&self) -> &str {
        self.variant.map_or(self.about.name, |v| v.name)
    }

    fn schema(&self) -> Schema {
        Schema { dataset_name: self.name().into(), ..self.simulation.schema() }
    }

    fn config(&self) -> Value {
        let mut all = Map::new();
        all.insert("family".into(), self.about.name.into());
        all.insert("resolution".into(), self.resolution.into());
        all.extend(self.settings.clone());
        Value::Object(all)
    }

    fn solver(&self) -> String {
        self.about.solver.into()
    }

    fn card(&self) -> Card {
        card(self.about, self.variant)
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        self.simulation.sample(seed, index).map_err(self.failed(seed, index))
    }

    fn batch(&self) -> usize {
        self.simulation.batch().max(1)
    }

    fn samples(&self, seed: u64, indices: Range<u64>) -> Vec<Result<Sample>> {
        let made = self.simulation.samples(seed, indices.clone());
        indices.zip(made).map(|(index, sample)| sample.map_err(self.failed(seed, index))).collect()
    }
}
