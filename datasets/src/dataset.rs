//! A folder of HDF5 files read as one list of trajectories.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hdf5::{File, Hyperslab, Selection, SliceOrIndex};
use ndarray::IxDyn;
use serde::Serialize;

use crate::attributes::root_text;
use crate::block::{Block, expand};
use crate::header::{FieldInfo, Header};
use crate::plan::Split;
use crate::schema::FieldKind;
use crate::view::find;
use crate::{Error, Result};

/// Files kept open at once.
const OPEN_FILES: usize = 32;

/// A data set on disk: one split of a folder of The Well layout, a plain folder of such files, or one file.
///
/// Opening checks the structure of every file; numbers are read, and checked to be finite, when they are asked for.
#[derive(Debug)]
pub struct Dataset {
    path: PathBuf,
    split: Option<Split>,
    headers: Vec<Header>,
    /// Global index of the first trajectory of each file, and the total.
    offsets: Vec<usize>,
    handles: Mutex<Vec<(usize, Vec<hdf5::Dataset>)>>,
}

/// Summary of a data set, for `sobolev info`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Info {
    /// Where it is.
    pub path: PathBuf,
    /// Name in the files.
    pub dataset_name: String,
    /// Split, where the folder has splits.
    pub split: Option<Split>,
    /// Number of files.
    pub files: usize,
    /// Their bytes on disk.
    pub bytes: u64,
    /// Number of samples.
    pub trajectories: usize,
    /// Stored times of each; the smallest number over the files.
    pub steps: usize,
    /// `cartesian` or `spherical`.
    pub grid_type: String,
    /// Names of the space axes.
    pub axes: Vec<String>,
    /// Sizes of the space axes.
    pub size: Vec<usize>,
    /// Fields.
    pub fields: Vec<FieldInfo>,
    /// Groups of boundary conditions, such as `x_wall`.
    pub boundary_conditions: Vec<String>,
    /// Names of the simulation parameters.
    pub parameters: Vec<String>,
    /// Attributes of the program that made it, where present: `generator`, `pde`, `solver`, `config_json`, ...
    pub provenance: Vec<(String, String)>,
}

impl Dataset {
    /// Opens `path`: a folder with `data/<split>/`, a folder that holds `.hdf5` or `.h5` files, or one file (of which `split`
    /// then says nothing).
    ///
    /// # Errors
    /// [`Error::Missing`] if there is nothing to read, [`Error::Layout`] naming the first file that is truncated, foreign or
    /// unlike the others, and in what.
    pub fn open(path: impl AsRef<Path>, split: Split) -> Result<Self> {
        let path = path.as_ref();
        let (folder, split) = locate(path, split)?;
        let files = if folder.is_file() { vec![folder] } else { list(&folder)? };
        if files.is_empty() {
            let expected = "at least one .hdf5 or .h5 file (a .partial file is unfinished)".to_string();
            return Err(Error::Missing { path: path.to_path_buf(), expected });
        }
        let headers = files.iter().map(|f| Header::read(f)).collect::<Result<Vec<_>>>()?;
        let mut offsets = vec![0];
        for header in &headers {
            header.check_against(&headers[0])?;
            offsets.push(offsets[offsets.len() - 1] + header.n_trajectories);
        }
        Ok(Self { path: path.to_path_buf(), split, headers, offsets, handles: Mutex::default() })
    }

    /// Name in the files.
    pub fn name(&self) -> &str {
        &self.headers[0].dataset_name
    }

    /// Sizes of the space axes, the last one fastest.
    pub fn size(&self) -> &[usize] {
        &self.headers[0].size
    }

    /// Number of grid points.
    pub fn points(&self) -> usize {
        self.size().iter().product()
    }

    /// Fields: scalars, vectors, tensors, each in file order.
    pub fn fields(&self) -> &[FieldInfo] {
        &self.headers[0].fields
    }

    /// Position of a field.
    ///
    /// # Errors
    /// [`Error::Config`] that lists the fields there are.
    pub fn field(&self, name: &str) -> Result<usize> {
        find(self.fields(), &self.path.display().to_string(), name)
    }

    /// Number of trajectories (samples) in all files.
    pub fn n_trajectories(&self) -> usize {
        self.offsets[self.headers.len()]
    }

    /// Stored times of trajectory `index`.
    pub fn n_steps(&self, index: usize) -> usize {
        self.headers[self.place(index).0].n_steps
    }

    /// Files in reading order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.headers.iter().map(|h| h.path.as_path())
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Summary.
    pub fn info(&self) -> Info {
        let first = &self.headers[0];
        let names = [
            "generator",
            "generator_version",
            "pde",
            "description",
            "equation",
            "solver",
            "internal",
            "source",
            "purpose",
            "config_json",
        ];
        let provenance = File::open(&first.path).map_or(vec![], |file| {
            names.iter().filter_map(|n| Some((n.to_string(), root_text(&file, n)?))).collect()
        });
        Info {
            path: self.path.clone(),
            dataset_name: first.dataset_name.clone(),
            split: self.split,
            files: self.headers.len(),
            bytes: self.files().filter_map(|f| Some(std::fs::metadata(f).ok()?.len())).sum(),
            trajectories: self.n_trajectories(),
            steps: self.headers.iter().map(|h| h.n_steps).min().unwrap_or(0),
            grid_type: first.grid_type.clone(),
            axes: first.axes.clone(),
            size: first.size.clone(),
            fields: first.fields.clone(),
            boundary_conditions: first.boundaries.clone(),
            parameters: first.parameters.clone(),
            provenance,
        }
    }

    /// File of trajectory `index` and its row there.
    pub(crate) fn place(&self, index: usize) -> (usize, usize) {
        let file =
            self.offsets.partition_point(|&o| o <= index).saturating_sub(1).min(self.headers.len() - 1);
        (file, index - self.offsets[file])
    }

    /// Reads one field of some rows of one file, at `count` stored times `start, start + stride, ...` (without effect for a
    /// constant field, whose block has one step).
    pub(crate) fn read(
        &self,
        file: usize,
        field: usize,
        rows: Range<usize>,
        steps: (usize, usize, usize),
    ) -> Result<Block> {
        let block = self.read_unchecked(file, field, rows.clone(), steps)?;
        let Some(at) = block.data.iter().position(|v| !v.is_finite()) else { return Ok(block) };
        let header = &self.headers[file];
        Err(Error::NotFinite {
            path: header.path.clone(),
            field: header.fields[field].name.clone(),
            sample: rows.start + at / (block.data.len() / rows.len().max(1)).max(1),
            value: block.data[at],
        })
    }

    /// As [`Self::read`], whatever the numbers are.
    pub(crate) fn read_unchecked(
        &self,
        file: usize,
        field: usize,
        rows: Range<usize>,
        (start, count, stride): (usize, usize, usize),
    ) -> Result<Block> {
        let header = &self.headers[file];
        let info = &header.fields[field];
        let steps = if info.kind == FieldKind::Solution { count } else { 1 };
        let mut selection: Vec<SliceOrIndex> = vec![];
        if info.sample_varying {
            selection.push(rows.clone().into());
        }
        if info.kind == FieldKind::Solution {
            selection.push(SliceOrIndex::SliceCount { start, step: stride, count, block: 1 });
        }
        let mut shape = info.shape(rows.len(), steps, &header.size);
        let inner = shape.split_off(selection.len());
        selection.extend(inner.iter().map(|&n| SliceOrIndex::from(0..n)));
        let raw = self.with_handle(file, |datasets| {
            let dataset = &datasets[field];
            if selection.is_empty() {
                return dataset.read_raw::<f32>();
            }
            let array = dataset.read_slice::<f32, _, IxDyn>(Selection::new(Hyperslab::from(selection)))?;
            Ok(array.into_raw_vec_and_offset().0)
        })?;
        Ok(expand(raw, info, &header.size, rows.len(), steps))
    }

    /// Runs `read` on the open data sets of a file, one per field; the most recently used files stay open.
    fn with_handle<R>(
        &self,
        file: usize,
        read: impl FnOnce(&[hdf5::Dataset]) -> hdf5::Result<R>,
    ) -> Result<R> {
        let path = &self.headers[file].path;
        let fail = |e| Error::hdf5("read", path)(e);
        // A reader that panicked leaves the list usable.
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = handles.iter().position(|(f, _)| *f == file) {
            handles[..=at].rotate_right(1);
        } else {
            let opened = File::open(path).map_err(fail)?;
            let fields =
                self.fields().iter().map(|f| opened.dataset(&f.dataset())).collect::<hdf5::Result<Vec<_>>>();
            handles.truncate(OPEN_FILES - 1);
            handles.insert(0, (file, fields.map_err(fail)?));
        }
        read(&handles[0].1).map_err(fail)
    }
}

fn locate(path: &Path, split: Split) -> Result<(PathBuf, Option<Split>)> {
    let inner = path.join("data").join(split.word());
    if inner.is_dir() {
        return Ok((inner, Some(split)));
    }
    let expected = if path.join("data").is_dir() {
        format!("a folder data/{split} in it")
    } else if path.exists() {
        return Ok((path.to_path_buf(), None));
    } else {
        "an HDF5 file, a folder of HDF5 files or a folder with data/{train,valid,test}".to_string()
    };
    Err(Error::Missing { path: path.to_path_buf(), expected })
}

/// HDF5 files of a folder, by name.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read folder", folder, e))?;
    let mut files = vec![];
    for entry in entries {
        let path = entry.map_err(|e| Error::io("read folder", folder, e))?.path();
        let hidden = path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|e| e == "hdf5" || e == "h5") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
