//! What one file holds, checked against the layout before any number is read.

use std::path::{Path, PathBuf};

use hdf5::types::{FloatSize, TypeDescriptor};
use hdf5::{File, Group};
use serde::Serialize;

use crate::attributes::Attributes;
use crate::schema::FieldKind;
use crate::{Error, Result};

/// One field as a file describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldInfo {
    /// Name.
    pub name: String,
    /// Tensor rank: 0, 1 or 2.
    pub rank: usize,
    /// Constant or solution (`time_varying`).
    pub kind: FieldKind,
    /// Number of components.
    pub components: usize,
    /// Whether samples differ.
    pub sample_varying: bool,
    /// Per space axis, whether the field depends on it.
    pub dim_varying: Vec<bool>,
}

impl FieldInfo {
    /// Path of the HDF5 data set.
    pub(crate) fn dataset(&self) -> String {
        format!("t{}_fields/{}", self.rank, self.name)
    }

    /// Shape on disk: `[sample?, time?, space where varying, components...]`.
    pub(crate) fn shape(&self, samples: usize, steps: usize, size: &[usize]) -> Vec<usize> {
        let mut shape = vec![];
        shape.extend(self.sample_varying.then_some(samples));
        shape.extend((self.kind == FieldKind::Solution).then_some(steps));
        shape.extend(size.iter().zip(&self.dim_varying).filter(|(_, varies)| **varies).map(|(&n, _)| n));
        shape.extend(std::iter::repeat_n(size.len(), self.rank));
        shape
    }
}

/// What one file holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) path: PathBuf,
    pub(crate) dataset_name: String,
    pub(crate) grid_type: String,
    pub(crate) axes: Vec<String>,
    pub(crate) size: Vec<usize>,
    pub(crate) n_trajectories: usize,
    pub(crate) n_steps: usize,
    pub(crate) fields: Vec<FieldInfo>,
    pub(crate) boundaries: Vec<String>,
    pub(crate) parameters: Vec<String>,
}

impl Header {
    /// Opens and checks one file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| match std::fs::metadata(path) {
            Err(io) => Error::io("open", path, io),
            Ok(_) => Error::layout(path, "file", "a complete HDF5 file of The Well layout", one_line(&e)),
        })?;
        let root = Attributes { path, object: &file, name: "" };
        let dataset_name = root.str("dataset_name")?;
        let grid_type = root.str("grid_type")?;
        let n_trajectories = root.count("n_trajectories")?;
        let dimensions = group(&file, path, "dimensions")?;
        let axes = Attributes { path, object: &dimensions, name: "dimensions" }.strs("spatial_dims")?;
        let d = root.count("n_spatial_dims")?;
        if !(1..=3).contains(&d) || axes.len() != d {
            let found = format!("n_spatial_dims = {d}, spatial_dims = {axes:?}");
            return Err(Error::layout(path, "axes", "1 to 3 named space axes", found));
        }
        let length = |name: &str| -> Result<usize> {
            let name = format!("dimensions/{name}");
            let shape = file.dataset(&name).map(|d| d.shape()).unwrap_or_default();
            match shape.last() {
                Some(&n) if n > 0 => Ok(n),
                _ => Err(Error::layout(
                    path,
                    format!("'{name}'"),
                    "coordinates, at least one",
                    format!("shape {shape:?}"),
                )),
            }
        };
        let size = axes.iter().map(|a| length(a)).collect::<Result<Vec<_>>>()?;
        let n_steps = length("time")?;
        if n_trajectories == 0 {
            return Err(root.wrong("n_trajectories", "at least one", "0"));
        }
        let mut header = Self {
            path: path.to_path_buf(),
            dataset_name,
            grid_type,
            axes,
            size,
            n_trajectories,
            n_steps,
            fields: vec![],
            boundaries: group(&file, path, "boundary_conditions")?.member_names().unwrap_or_default(),
            parameters: root.strs("simulation_parameters")?,
        };
        for rank in 0..3 {
            let name = format!("t{rank}_fields");
            let group = group(&file, path, &name)?;
            let names = Attributes { path, object: &group, name: &name }.strs("field_names")?;
            for field in names {
                let info = header.field(&file, rank, field)?;
                header.fields.push(info);
            }
        }
        if header.fields.is_empty() {
            return Err(Error::layout(path, "fields", "at least one", "none"));
        }
        Ok(header)
    }

    fn field(&self, file: &File, rank: usize, field: String) -> Result<FieldInfo> {
        let name = format!("t{rank}_fields/{field}");
        let what = format!("field '{field}'");
        let dataset = file.dataset(&name).map_err(|_| {
            Error::layout(&self.path, &what, format!("a data set '{name}', named in field_names"), "none")
        })?;
        let attributes = Attributes { path: &self.path, object: &dataset, name: &name };
        let kind = if attributes.bool("time_varying")? { FieldKind::Solution } else { FieldKind::Constant };
        let d = self.size.len();
        let info = FieldInfo {
            rank,
            kind,
            components: d.pow(rank as u32),
            sample_varying: attributes.bool("sample_varying")?,
            dim_varying: attributes.bools("dim_varying", d)?,
            name: field,
        };
        let expected = info.shape(self.n_trajectories, self.n_steps, &self.size);
        let found = dataset.shape();
        if found != expected {
            return Err(Error::layout(&self.path, what, format!("shape {expected:?}"), format!("{found:?}")));
        }
        match dataset.dtype().and_then(|t| t.to_descriptor()) {
            Ok(TypeDescriptor::Float(FloatSize::U4 | FloatSize::U8)) => Ok(info),
            Ok(other) => Err(Error::layout(&self.path, what, "f32 or f64 numbers", other.to_string())),
            Err(e) => Err(Error::layout(&self.path, what, "f32 or f64 numbers", one_line(&e))),
        }
    }

    /// Checks that this file continues `first`: same name, grid and fields.
    pub(crate) fn check_against(&self, first: &Self) -> Result<()> {
        let like = |what: &str, a: String, b: String| {
            if a == b {
                return Ok(());
            }
            Err(Error::layout(&self.path, what, format!("{a}, as in {}", first.path.display()), b))
        };
        like("dataset_name", first.dataset_name.clone(), self.dataset_name.clone())?;
        like(
            "grid",
            format!("{:?} {:?}", first.axes, first.size),
            format!("{:?} {:?}", self.axes, self.size),
        )?;
        let names = |h: &Self| format!("{:?}", h.fields.iter().map(|f| &f.name).collect::<Vec<_>>());
        like("field names", names(first), names(self))?;
        for (a, b) in first.fields.iter().zip(&self.fields) {
            like(&format!("field '{}'", a.name), format!("{a:?}"), format!("{b:?}"))?;
        }
        Ok(())
    }
}

fn group(file: &File, path: &Path, name: &str) -> Result<Group> {
    match file.group(name) {
        Ok(group) => Ok(group),
        Err(_) => {
            Err(Error::layout(path, format!("group '/{name}'"), "a file of The Well layout", "no such group"))
        }
    }
}

fn one_line(error: &hdf5::Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
