//! Statistics of fields: of one file or of many, merged.

use serde::{Deserialize, Serialize};

use crate::block::Block;
use crate::dataset::Dataset;
use crate::header::FieldInfo;
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

/// Statistics of one field in one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRecord {
    /// Name of the field.
    pub name: String,
    /// Tensor rank.
    pub rank: usize,
    /// Smallest finite value.
    pub min: f64,
    /// Largest finite value.
    pub max: f64,
    /// Values that are NaN or infinite; they enter nothing else.
    pub not_finite: u64,
    /// As [`FieldStats::values`].
    pub values: Vec<Moments>,
    /// As [`FieldStats::deltas`].
    pub deltas: Vec<Moments>,
}

impl FieldRecord {
    fn new(info: &FieldInfo) -> Self {
        let none = vec![Moments::default(); info.components];
        Self {
            name: info.name.clone(),
            rank: info.rank,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            not_finite: 0,
            deltas: if info.kind == FieldKind::Constant { vec![] } else { none.clone() },
            values: none,
        }
    }

    /// Adds one trajectory.
    fn add(&mut self, block: &Block) {
        for c in 0..self.values.len() {
            for t in 0..block.steps {
                let now = block.frame(0, t, c);
                for &v in now {
                    if v.is_finite() {
                        (self.min, self.max) = (self.min.min(f64::from(v)), self.max.max(f64::from(v)));
                    } else {
                        self.not_finite += 1;
                    }
                }
                let finite = now.iter().filter(|v| v.is_finite()).map(|&v| f64::from(v));
                self.values[c] = self.values[c].merge(Moments::of(finite));
                if t > 0 {
                    let pairs = now.iter().zip(block.frame(0, t - 1, c));
                    let finite = pairs.map(|(&b, &a)| f64::from(b) - f64::from(a)).filter(|d| d.is_finite());
                    self.deltas[c] = self.deltas[c].merge(Moments::of(finite));
                }
            }
        }
    }
}

/// Every field of a set, a trajectory at a time.
pub(crate) fn measure(dataset: &Dataset) -> Result<Vec<FieldRecord>> {
    let mut all = vec![];
    for (field, info) in dataset.fields().iter().enumerate() {
        let mut record = FieldRecord::new(info);
        for index in 0..dataset.n_trajectories() {
            let (file, row) = dataset.place(index);
            let steps = (0, dataset.n_steps(index), 1);
            record.add(&dataset.read_unchecked(file, field, row..row + 1, steps)?);
        }
        all.push(record);
    }
    Ok(all)
}

/// Joins the statistics of files that continue one another.
pub(crate) fn merged<'a>(files: impl IntoIterator<Item = &'a [FieldRecord]>) -> Vec<FieldStats> {
    let mut all: Vec<FieldStats> = vec![];
    for fields in files {
        for (i, f) in fields.iter().enumerate() {
            let Some(sum) = all.get_mut(i) else {
                let (values, deltas) = (f.values.clone(), f.deltas.clone());
                all.push(FieldStats { name: f.name.clone(), rank: f.rank, values, deltas });
                continue;
            };
            for (into, from) in [(&mut sum.values, &f.values), (&mut sum.deltas, &f.deltas)] {
                into.iter_mut().zip(from).for_each(|(a, b)| *a = a.merge(*b));
            }
        }
    }
    all
}

/// Statistics of every field in one pass over `dataset`, a trajectory at a time.
///
/// # Errors
/// Those of reading: [`Error::NotFinite`], [`Error::Hdf5`].
pub fn statistics(dataset: &Dataset) -> Result<Vec<FieldStats>> {
    let records = measure(dataset)?;
    if let Some(field) = records.iter().position(|r| r.not_finite > 0) {
        // Read again with the check that names file and sample.
        for index in 0..dataset.n_trajectories() {
            let (file, row) = dataset.place(index);
            dataset.read(file, field, row..row + 1, (0, dataset.n_steps(index), 1))?;
        }
        return Err(Error::config("values", "the same at every reading", "a file that changes"));
    }
    Ok(merged([records.as_slice()]))
}
