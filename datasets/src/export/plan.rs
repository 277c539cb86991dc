//! Which trajectories go into an exported file, in which order, and how they are written.

use std::path::Path;
use std::sync::Arc;

use hdf5::{Dataset as Hdf5Dataset, File, H5Type, Selection, SliceOrIndex};
use ndarray::{ArrayViewD, IxDyn};
use serde_json::Value;

use crate::attributes::{put_number, put_str};
use crate::dataset::Dataset;
use crate::plan::Split;
use crate::{Error, Result};

/// The sets that are joined, all of one shape.
pub(super) struct Source {
    pub(super) sets: Vec<Arc<Dataset>>,
    /// Times, and the coordinates of every axis, as the first file has them.
    pub(super) time: Vec<f32>,
    pub(super) coordinates: Vec<(String, Vec<f32>)>,
    /// Parameters of the first file, and plain numbers among the settings that made it.
    pub(super) numbers: Vec<(String, f64)>,
    /// Words about the set.
    pub(super) words: Vec<(String, String)>,
}

impl Source {
    pub(super) fn open(data: &Path, split: Option<Split>) -> Result<Self> {
        let splits = split.map_or(vec![Split::Test, Split::Valid, Split::Train], |s| vec![s]);
        let has = |s: &Split| data.join("data").join(s.word()).is_dir();
        // A set without splits, or a single file, is one set; a split that was asked for has to be there.
        let wanted: Vec<Split> = match split {
            None if splits.iter().any(has) => splits.into_iter().filter(has).collect(),
            _ => splits[..1].to_vec(),
        };
        let sets =
            wanted.iter().map(|s| Dataset::open(data, *s).map(Arc::new)).collect::<Result<Vec<_>>>()?;
        let first = &sets[0];
        for set in &sets {
            let steps = |set: &Dataset| (0..set.n_trajectories()).map(|i| set.n_steps(i)).collect::<Vec<_>>();
            if steps(set).iter().any(|&n| n != first.n_steps(0))
                || set.size() != first.size()
                || set.fields() != first.fields()
            {
                let what = format!("{} to export", data.display());
                return Err(Error::config(
                    what,
                    "one grid, the same fields and as many steps in every file",
                    "several",
                ));
            }
        }
        let info = first.info();
        if info.grid_type != "cartesian" || info.fields.iter().any(|f| f.rank > 1) {
            let found = format!(
                "a {} grid, fields of rank up to {}",
                info.grid_type,
                info.fields.iter().map(|f| f.rank).max().unwrap_or(0)
            );
            return Err(Error::config(
                format!("{} to export", data.display()),
                "a cartesian grid, scalar and vector fields",
                found,
            ));
        }
        let path = first.files().next().unwrap_or(data).to_path_buf();
        let file = File::open(&path).map_err(Error::hdf5("open", &path))?;
        let axis = |name: &str, n: usize| -> Result<Vec<f32>> {
            let read = file.dataset(&format!("dimensions/{name}")).and_then(|d| d.read_raw::<f32>());
            // A file may have times or coordinates per sample; those of the first are taken.
            Ok(read.map_err(Error::hdf5("read coordinates of", &path))?.into_iter().take(n).collect())
        };
        let time = axis("time", first.n_steps(0))?;
        let coordinates = info
            .axes
            .iter()
            .zip(&info.size)
            .map(|(a, &n)| Ok((a.clone(), axis(a, n)?)))
            .collect::<Result<_>>()?;
        let mut numbers = vec![];
        for name in &info.parameters {
            if let Some(value) = file.attr(name).ok().and_then(|a| a.read_scalar::<f64>().ok()) {
                numbers.push((name.clone(), value));
            }
        }
        let config = info.provenance.iter().find(|(k, _)| k == "config_json").map(|(_, v)| v.as_str());
        let config: Value = config.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        for (key, value) in config["settings"].as_object().into_iter().flatten() {
            if let Some(v) = value.as_f64().filter(|_| numbers.iter().all(|(k, _)| k != key)) {
                numbers.push((key.clone(), v));
            }
        }
        let words =
            std::iter::once(("dataset_name".to_string(), info.dataset_name)).chain(info.provenance).collect();
        Ok(Self { sets, time, coordinates, numbers, words })
    }

    pub(super) fn samples(&self) -> usize {
        self.sets.iter().map(|s| s.n_trajectories()).sum()
    }

    /// Words and numbers as attributes of the root.
    pub(super) fn describe(&self, file: &File) -> hdf5::Result<()> {
        self.words.iter().try_for_each(|(k, v)| put_str(file, k, v))?;
        self.numbers.iter().try_for_each(|(k, v)| put_number(file, k, *v))
    }
}

/// Starts a data set of f32 with one chunk per sample and step, or per sample where there is no step.
pub(super) fn create(file: &File, name: &str, shape: &[usize], single: usize) -> hdf5::Result<Hdf5Dataset> {
    let chunk: Vec<usize> = shape.iter().enumerate().map(|(i, &n)| if i < single { 1 } else { n }).collect();
    file.new_dataset::<f32>().obj_track_times(false).chunk(chunk).shape(shape.to_vec()).create(name)
}

/// Writes a small one-dimensional data set.
pub(super) fn put_line(file: &File, name: &str, values: &[f32]) -> hdf5::Result<()> {
    let dataset = file.new_dataset::<f32>().obj_track_times(false).shape([values.len()]).create(name)?;
    dataset.write_raw(values)
}

/// Writes row `row` of a data set whose rows have `shape`.
pub(super) fn put_row<T: H5Type>(
    dataset: &Hdf5Dataset,
    row: usize,
    shape: &[usize],
    data: &[T],
) -> hdf5::Result<()> {
    let mut selection: Vec<SliceOrIndex> = vec![(row..row + 1).into()];
    selection.extend(shape.iter().map(|&n| SliceOrIndex::from(0..n)));
    let full: Vec<usize> = std::iter::once(1).chain(shape.iter().copied()).collect();
    dataset.write_slice(
        ArrayViewD::from_shape(IxDyn(&full), data)?,
        Selection::new(hdf5::Hyperslab::from(selection)),
    )
}
