//! All problems, by name.

use serde_json::{Map, Value};

use super::family::{About, Family, Named, Simulation, Variant};
use super::parameter::{self, Parameter};
use super::varied::{self, Varied};
use crate::problem::{Card, Problem};
use crate::{Error, Result};

type Build = fn(Map<String, Value>, usize) -> Result<Box<dyn Simulation>>;

/// One family of problems in the registry.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its words, parameters and variants.
    pub about: &'static About,
    defaults: fn() -> Result<Map<String, Value>>,
    build: Build,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.about.name).finish_non_exhaustive()
    }
}

impl Entry {
    pub(super) fn of<F: Family>() -> Self {
        fn refused<F: Family>(error: &dyn std::fmt::Display) -> Error {
            Error::config(format!("settings of {}", F::ABOUT.name), "values for all its parameters", error)
        }
        let defaults = || match serde_json::to_value(F::default()) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(other) => Err(refused::<F>(&other)),
            Err(error) => Err(refused::<F>(&error)),
        };
        let build = |settings, resolution| {
            let family: F = serde_json::from_value(Value::Object(settings)).map_err(|e| refused::<F>(&e))?;
            family.build(resolution)
        };
        Self { about: F::ABOUT, defaults, build }
    }

    /// The names of the family and of its variants.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.about.name).chain(self.about.variants.iter().map(|v| v.name))
    }

    /// The card of the family, or of one of its variants.
    pub fn card(&self, variant: Option<&Variant>) -> Card {
        super::family::card(self.about, variant)
    }

    /// The value of every parameter without `--set`, for the family or for a variant.
    ///
    /// # Errors
    /// [`Error::Config`] if the registry contradicts itself, which its test excludes.
    pub fn settings(&self, variant: Option<&Variant>) -> Result<Map<String, Value>> {
        self.with::<&str, &str>(variant, &[])
    }

    fn with<K: AsRef<str>, V: AsRef<str>>(
        &self,
        variant: Option<&Variant>,
        settings: &[(K, V)],
    ) -> Result<Map<String, Value>> {
        let (name, all) = (variant.map_or(self.about.name, |v| v.name), self.about.parameters);
        let map = parameter::apply(name, all, (self.defaults)()?, variant.map_or(&[], |v| v.settings))?;
        parameter::apply(name, all, map, settings)
    }

    pub(super) fn named(
        &self,
        variant: Option<&'static Variant>,
        settings: Map<String, Value>,
        resolution: usize,
    ) -> Result<Named> {
        let simulation = (self.build)(settings.clone(), resolution)?;
        Ok(Named { about: self.about, variant, settings, resolution, simulation })
    }
}

/// The family that has `name` among its names, and the variant it means.
///
/// # Errors
/// [`Error::Config`] that lists all names.
pub fn find(name: &str) -> Result<(Entry, Option<&'static Variant>)> {
    let all = super::registry();
    let found = all.iter().find(|e| e.names().any(|n| n == name));
    let entry = found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().flat_map(Entry::names).collect();
        Error::config("problem", format!("one of {}", names.join(", ")), format!("'{name}'"))
    })?;
    Ok((*entry, entry.about.variants.iter().find(|v| v.name == name)))
}

/// The problem called `name` on `resolution` points an axis, with `settings` over its defaults.
///
/// A value may be a range, `LOW..HIGH` or `log:LOW..HIGH`: then every sample draws its own value, evenly or evenly in the logarithm,
/// and the value is stored with the sample as a scalar.
///
/// ```
/// use sobolev_datasets::problems;
/// let problem = problems::build("darcy", 16, &[("high", "20"), ("tau", "3..9")])?;
/// let sample = problem.sample(1, 0)?;
/// assert_eq!(problem.schema().scalars, ["tau"]);
/// assert!((3.0..=9.0).contains(&sample.scalars[0]));
/// let error = problems::build("darcy", 16, &[("viscosity", "1")]).err().map(|e| e.to_string());
/// assert!(error.is_some_and(|e| e.contains("one of") && e.contains("alpha")));
/// # Ok::<(), sobolev_datasets::Error>(())
/// ```
///
/// # Errors
/// [`Error::Config`]: an unknown problem or parameter, listing those there are; a value that the parameter does not accept; a
/// resolution that the problem refuses.
pub fn build<K: AsRef<str>, V: AsRef<str>>(
    name: &str,
    resolution: usize,
    settings: &[(K, V)],
) -> Result<Box<dyn Problem>> {
    let (entry, variant) = find(name)?;
    let (mut plain, mut ranges) = (vec![], vec![]);
    for (key, text) in settings {
        let parameter: &Parameter = parameter::find(name, entry.about.parameters, key.as_ref())?;
        match varied::parse(name, parameter, text.as_ref())? {
            Some(range) => ranges.push(range),
            None => plain.push((key.as_ref(), text.as_ref())),
        }
    }
    let values = entry.with(variant, &plain)?;
    if ranges.is_empty() {
        Ok(Box::new(entry.named(variant, values, resolution)?))
    } else {
        Ok(Box::new(Varied::new(entry, variant, &values, resolution, ranges)?))
    }
}
