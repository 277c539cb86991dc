//! A file that goes without some of its samples.

use hdf5::{Dataset, File};

use crate::attributes::{put_int, put_strs, put_varying};
use crate::failure::FailedSample;

/// What [`shorten`] needs of a shard.
pub(crate) struct Shortened<'a> {
    pub(crate) file: &'a File,
    pub(crate) fields: &'a [(Dataset, Vec<usize>)],
    pub(crate) scalars: &'a [String],
    pub(crate) done: usize,
    pub(crate) failed: &'a [FailedSample],
}

/// Cuts everything that has an entry per sample to the `done` first ones, and records the samples that failed.
pub(crate) fn shorten(s: &Shortened<'_>) -> hdf5::Result<()> {
    for (dataset, shape) in s.fields {
        let full: Vec<usize> = std::iter::once(s.done).chain(shape.iter().copied()).collect();
        dataset.resize(full)?;
    }
    // These are stored in one piece, which cannot be resized.
    let group = s.file.group("scalars")?;
    for name in s.scalars {
        let values = group.dataset(name)?.read_raw::<f32>()?;
        group.unlink(name)?;
        let short = put(&group, name, &values[..s.done])?;
        put_varying(&short, true, false)?;
    }
    let group = s.file.group("provenance")?;
    for name in ["seed", "index"] {
        let values = group.dataset(name)?.read_raw::<i64>()?;
        group.unlink(name)?;
        put(&group, name, &values[..s.done])?;
    }
    let indices: Vec<i64> = s.failed.iter().map(|f| f.index as i64).collect();
    put(&group, "failed_index", &indices)?;
    put_strs(&group, "failed_reason", &s.failed.iter().map(|f| &f.reason).collect::<Vec<_>>())?;
    s.file.delete_attr("n_trajectories")?;
    put_int(s.file, "n_trajectories", s.done as i64)
}

fn put<T: hdf5::H5Type>(group: &hdf5::Group, name: &str, values: &[T]) -> hdf5::Result<Dataset> {
    let dataset = group.new_dataset::<T>().obj_track_times(false).shape([values.len()]).create(name)?;
    dataset.write_raw(values)?;
    Ok(dataset)
}
