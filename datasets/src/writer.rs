//! One shard: one HDF5 file of The Well layout, written sample by sample.

use std::path::{Path, PathBuf};

use hdf5::{Dataset, File, H5Type, Selection, SliceOrIndex};
use ndarray::{ArrayViewD, IxDyn};

use crate::atomic::Claim;
use crate::failure::FailedSample;
use crate::layout::Layout;
use crate::problem::Card;
use crate::schema::{Sample, Schema};
use crate::shorten::{Shortened, shorten};
use crate::{Error, Result};

/// Where the samples come from: root attributes that let anybody make the file again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Program that wrote the file (attribute `generator`).
    pub generator: String,
    /// Its version (`generator_version`).
    pub generator_version: String,
    /// Problem (`pde`).
    pub pde: String,
    /// Numerical method (`solver`).
    pub solver: String,
    /// Seed of the data set (`seed`, an int64).
    pub seed: u64,
    /// All settings (`config_json`).
    pub config_json: String,
    /// Words for people (`description`, `equation`, `source`, `purpose`, `internal`).
    pub card: Card,
}

/// How a shard is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// Level of gzip after a byte shuffle, 1 to 9; `None` stores plain numbers, as The Well does: 8 times faster to read in
    /// windows, about 1.7 times larger.
    pub gzip: Option<u8>,
    /// Samples between two flushes; a flushed partial file can be opened after a crash.
    pub flush_every: usize,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { gzip: None, flush_every: 64 }
    }
}

/// Writes one file of The Well layout.
///
/// The file grows under `NAME.hdf5.partial`, beside its final place; [`ShardWriter::finish`] closes it, syncs it to the disk and
/// renames it. A writer that is dropped before removes its partial file, one that is killed leaves it for the next run to clear.
/// The bytes depend on the schema, the provenance and the samples alone: no time of day, no host name.
#[derive(Debug)]
pub struct ShardWriter {
    // Declared before `claim`: the file is closed before the claim removes an unfinished partial file.
    fields: Vec<(Dataset, Vec<usize>)>,
    scalars: Vec<Dataset>,
    seeds: Dataset,
    indices: Dataset,
    file: File,
    schema: Schema,
    problem: String,
    flush_every: usize,
    total: usize,
    done: usize,
    failed: Vec<FailedSample>,
    buffer: Vec<f32>,
    claim: Claim,
}

impl ShardWriter {
    /// Starts the file `path` for `n_trajectories` samples.
    ///
    /// # Errors
    /// [`Error::Config`] for a schema that cannot be stored, [`Error::Busy`] if another process writes the same file,
    /// [`Error::Io`] or [`Error::Hdf5`] naming the path if the folder is missing, not writable or full.
    pub fn create(
        path: &Path,
        schema: &Schema,
        provenance: &Provenance,
        n_trajectories: usize,
        options: WriteOptions,
    ) -> Result<Self> {
        schema.check()?;
        check_options(provenance, n_trajectories, options)?;
        let claim = Claim::new(path)?;
        let partial = claim.partial();
        // The library's own message for a folder that cannot be written is long and unclear.
        std::fs::File::create_new(partial)
            .and_then(|_| std::fs::remove_file(partial))
            .map_err(|e| Error::io("create", partial, e))?;
        let fail = |e| Error::hdf5("create", partial)(e);
        let file = File::with_options()
            .with_fcpl(|p| p.obj_track_times(false))
            .create_excl(partial)
            .map_err(fail)?;
        let layout = Layout { file: &file, schema, n: n_trajectories, options };
        layout.root(provenance).map_err(fail)?;
        layout.dimensions().map_err(fail)?;
        layout.boundaries().map_err(fail)?;
        let scalars = layout.scalars().map_err(fail)?;
        let fields = layout.fields().map_err(fail)?;
        let (seeds, indices) = layout.provenance().map_err(fail)?;
        file.flush().map_err(fail)?;
        Ok(Self {
            fields,
            scalars,
            seeds,
            indices,
            file,
            schema: schema.clone(),
            problem: provenance.pde.clone(),
            flush_every: options.flush_every,
            total: n_trajectories,
            done: 0,
            failed: vec![],
            buffer: Vec::new(),
            claim,
        })
    }

    /// Appends the next sample, made from (`seed`, `index`).
    ///
    /// # Errors
    /// [`Error::BadSample`] for a NaN, an infinity or a number beyond f32, [`Error::Config`] for a wrong number of fields or
    /// values or a sample too many, [`Error::Hdf5`] for a full disk.
    pub fn push(&mut self, sample: &Sample, seed: u64, index: u64) -> Result<()> {
        self.check(sample, index)?;
        let row = self.done;
        let path = self.claim.partial().to_path_buf();
        for (i, (dataset, shape)) in self.fields.iter().enumerate() {
            let name = &self.schema.fields[i].name;
            round(&sample.fields[i], &mut self.buffer).map_err(|value| self.bad(seed, index, name, value))?;
            put_row(dataset, row, shape, &self.buffer)
                .map_err(Error::hdf5(format!("write '{name}' to"), &path))?;
        }
        for (i, dataset) in self.scalars.iter().enumerate() {
            let name = &self.schema.scalars[i];
            round(&sample.scalars[i..=i], &mut self.buffer)
                .map_err(|value| self.bad(seed, index, name, value))?;
            put_row(dataset, row, &[], &self.buffer)
                .map_err(Error::hdf5(format!("write '{name}' to"), &path))?;
        }
        let fail = |e| Error::hdf5("write provenance to", &path)(e);
        put_row(&self.seeds, row, &[], &[seed as i64]).map_err(fail)?;
        put_row(&self.indices, row, &[], &[index as i64]).map_err(fail)?;
        self.done += 1;
        if self.done.is_multiple_of(self.flush_every) {
            self.file.flush().map_err(Error::hdf5("flush", &path))?;
        }
        Ok(())
    }

    /// Goes without one of the samples: the file will be one shorter.
    ///
    /// # Errors
    /// [`Error::Config`] for a sample too many.
    pub fn skip(&mut self, failed: FailedSample) -> Result<()> {
        if self.done + self.failed.len() == self.total {
            return Err(self.too_many(failed.index));
        }
        self.failed.push(failed);
        Ok(())
    }

    /// Closes the file, makes it durable and gives it its final name, which is returned.
    ///
    /// # Errors
    /// [`Error::Config`] if samples are missing, [`Error::Failures`] if all of them failed, [`Error::Hdf5`] or [`Error::Io`] if
    /// the disk is full; no file then appears under the final name.
    pub fn finish(self) -> Result<PathBuf> {
        let Self { fields, scalars, seeds, indices, file, schema, total, done, failed, claim, .. } = self;
        if done + failed.len() != total {
            return Err(Error::config(
                format!("samples of {}", claim.target().display()),
                format!("{total} before the file is finished"),
                done,
            ));
        }
        drop((scalars, seeds, indices));
        if done == 0 {
            return Err(Error::failures(&failed, total));
        }
        if !failed.is_empty() {
            let short =
                Shortened { file: &file, fields: &fields, scalars: &schema.scalars, done, failed: &failed };
            shorten(&short).map_err(Error::hdf5("shorten", claim.partial()))?;
        }
        drop(fields);
        // Flushed first: a close that fails keeps the library's handle alive, a flush that fails can be reported and dropped.
        file.flush().map_err(Error::hdf5("flush", claim.partial()))?;
        file.close().map_err(Error::hdf5("close", claim.partial()))?;
        claim.publish()
    }

    fn bad(&self, seed: u64, index: u64, field: &str, value: f64) -> Error {
        Error::BadSample { problem: self.problem.clone(), seed, index, field: field.into(), value }
    }

    fn too_many(&self, index: u64) -> Error {
        let what = format!("sample {index} of {}: position", self.problem);
        Error::config(what, format!("at most {} samples", self.total), "one more")
    }

    fn check(&self, sample: &Sample, index: u64) -> Result<()> {
        let schema = &self.schema;
        let what = |item: &str| format!("sample {index} of {}: {item}", self.problem);
        if self.done + self.failed.len() == self.total {
            return Err(self.too_many(index));
        }
        if sample.fields.len() != schema.fields.len() || sample.scalars.len() != schema.scalars.len() {
            let expected = format!("{} fields, {} scalars", schema.fields.len(), schema.scalars.len());
            let found = format!("{} fields, {} scalars", sample.fields.len(), sample.scalars.len());
            return Err(Error::config(what("content"), expected, found));
        }
        for (i, (_, shape)) in self.fields.iter().enumerate() {
            let (want, got) = (shape.iter().product::<usize>(), sample.fields[i].len());
            if want != got {
                let name = format!("field '{}'", schema.fields[i].name);
                return Err(Error::config(what(&name), format!("{want} values, shape {shape:?}"), got));
            }
        }
        Ok(())
    }
}

fn check_options(provenance: &Provenance, n: usize, options: WriteOptions) -> Result<()> {
    if n == 0 {
        return Err(Error::config("samples in a file", "at least one", n));
    }
    if options.flush_every == 0 {
        return Err(Error::config("samples between flushes", "at least one", 0));
    }
    if let Some(level) = options.gzip.filter(|l| !(1..=9).contains(l)) {
        return Err(Error::config("gzip level", "1 to 9", level));
    }
    if i64::try_from(provenance.seed).is_err() {
        return Err(Error::config("seed", format!("0 to {}", i64::MAX), provenance.seed));
    }
    Ok(())
}

/// Rounds to f32; the error is the first value that is not a finite f32.
fn round(from: &[f64], to: &mut Vec<f32>) -> std::result::Result<(), f64> {
    to.clear();
    to.extend(from.iter().map(|&v| v as f32));
    match to.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(from[i]),
        None => Ok(()),
    }
}

fn put_row<T: H5Type>(dataset: &Dataset, row: usize, shape: &[usize], data: &[T]) -> hdf5::Result<()> {
    let mut selection: Vec<SliceOrIndex> = vec![(row..row + 1).into()];
    selection.extend(shape.iter().map(|&n| SliceOrIndex::from(0..n)));
    let full: Vec<usize> = std::iter::once(1).chain(shape.iter().copied()).collect();
    let view = ArrayViewD::from_shape(IxDyn(&full), data)?;
    dataset.write_slice(view, Selection::new(hdf5::Hyperslab::from(selection)))
}
