//! What a data set holds: axes, times, fields, boundary conditions, parameters.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Version of our additions to the layout (root attribute `schema_version`).
pub const SCHEMA_VERSION: i64 = 1;

/// Coordinate system of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GridType {
    /// Straight axes.
    Cartesian,
    /// Colatitude and longitude.
    Spherical,
}

impl GridType {
    /// The word of the layout.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cartesian => "cartesian",
            Self::Spherical => "spherical",
        }
    }
}

/// Whether a field is given or evolves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Given, without a time axis (`time_varying = false`): a coefficient, a source.
    Constant,
    /// Computed, with a time axis (`time_varying = true`); a steady solution has one step.
    Solution,
}

/// Tensor rank of a field over `d` space dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rank {
    /// One component, stored in `/t0_fields`.
    Scalar,
    /// `d` components, stored in `/t1_fields`, component axis last.
    Vector,
    /// `d x d` components, stored in `/t2_fields`, component axes last.
    Tensor {
        /// `T_ij = T_ji`.
        symmetric: bool,
        /// `T_ij = -T_ji`.
        antisymmetric: bool,
    },
}

impl Rank {
    /// Number of component axes: 0, 1 or 2.
    pub fn order(self) -> usize {
        match self {
            Self::Scalar => 0,
            Self::Vector => 1,
            Self::Tensor { .. } => 2,
        }
    }

    /// Number of components over `d` space dimensions.
    pub fn components(self, d: usize) -> usize {
        d.pow(self.order() as u32)
    }
}

/// One space axis, in array order (the last axis runs fastest).
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Name, such as `y`.
    pub name: String,
    /// Coordinates of the grid points.
    pub coordinates: Vec<f32>,
}

impl Axis {
    /// `n` points from `first` to `last`, both included.
    pub fn uniform(name: &str, n: usize, first: f64, last: f64) -> Self {
        let step = if n > 1 { (last - first) / (n - 1) as f64 } else { 0.0 };
        Self { name: name.into(), coordinates: (0..n).map(|i| (first + step * i as f64) as f32).collect() }
    }

    /// `n` points `first + i·length/n` of a periodic axis: the end of the period is its beginning and is not repeated.
    pub fn periodic(name: &str, n: usize, first: f64, length: f64) -> Self {
        let point = |i| (first + length * i as f64 / n as f64) as f32;
        Self { name: name.into(), coordinates: (0..n).map(point).collect() }
    }

    /// `n` centres `first + (i + 1/2)·length/n` of equal cells.
    pub fn cells(name: &str, n: usize, first: f64, length: f64) -> Self {
        let point = |i| (first + length * (i as f64 + 0.5) / n as f64) as f32;
        Self { name: name.into(), coordinates: (0..n).map(point).collect() }
    }
}

/// One field of every sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name of the HDF5 data set.
    pub name: String,
    /// Tensor rank.
    pub rank: Rank,
    /// Given or computed.
    pub kind: FieldKind,
}

impl Field {
    /// A scalar field.
    pub fn scalar(name: &str, kind: FieldKind) -> Self {
        Self { name: name.into(), rank: Rank::Scalar, kind }
    }

    /// A vector field.
    pub fn vector(name: &str, kind: FieldKind) -> Self {
        Self { name: name.into(), rank: Rank::Vector, kind }
    }
}

/// The three kinds of boundary that the layout knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BoundaryKind {
    /// Closed.
    Wall,
    /// Open.
    Open,
    /// The two ends are one.
    Periodic,
}

impl BoundaryKind {
    /// The word of the layout.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wall => "WALL",
            Self::Open => "OPEN",
            Self::Periodic => "PERIODIC",
        }
    }
}

/// Boundary condition at both ends of one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// Index into [`Schema::axes`].
    pub axis: usize,
    /// Kind in the layout's words.
    pub kind: BoundaryKind,
    /// The mathematical condition in plain words (attribute `condition`, which readers of the layout pass over).
    pub condition: String,
}

impl Boundary {
    /// A periodic axis.
    pub fn periodic(axis: usize) -> Self {
        Self { axis, kind: BoundaryKind::Periodic, condition: "periodic".into() }
    }
}

/// Everything that is the same for all samples of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Name of the data set: the same in all its files.
    pub dataset_name: String,
    /// Coordinate system.
    pub grid: GridType,
    /// Space axes in array order.
    pub axes: Vec<Axis>,
    /// Stored times; one entry for a steady problem.
    pub time: Vec<f32>,
    /// Fields, in the order of [`Sample::fields`].
    pub fields: Vec<Field>,
    /// Boundary conditions.
    pub boundaries: Vec<Boundary>,
    /// Parameters that all samples share (`simulation_parameters`).
    pub parameters: Vec<(String, f64)>,
    /// Names of parameters that differ by sample, in the order of [`Sample::scalars`].
    pub scalars: Vec<String>,
}

/// One sample: the fields on the grid, rounded to f32 only when they are stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Per field of the schema: constant fields `[z, y, x, components]`, solutions `[time, z, y, x, components]`, flattened.
    pub fields: Vec<Vec<f64>>,
    /// Per scalar of the schema.
    pub scalars: Vec<f64>,
}

impl Schema {
    /// Trajectories on a periodic box: `axes` by name, first coordinate and length, `n` points each, and the stored times.
    pub fn periodic(axes: &[(&str, f64, f64)], n: usize, time: Vec<f32>, fields: Vec<Field>) -> Self {
        Self {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: axes.iter().map(|&(name, first, length)| Axis::periodic(name, n, first, length)).collect(),
            time,
            fields,
            boundaries: (0..axes.len()).map(Boundary::periodic).collect(),
            parameters: vec![],
            scalars: vec![],
        }
    }

    /// Sizes of the space axes.
    pub fn size(&self) -> Vec<usize> {
        self.axes.iter().map(|a| a.coordinates.len()).collect()
    }

    /// Shape of one sample of `field`: `[time?, z, y, x, components...]`.
    pub fn sample_shape(&self, field: &Field) -> Vec<usize> {
        let mut shape = Vec::with_capacity(6);
        if field.kind == FieldKind::Solution {
            shape.push(self.time.len());
        }
        shape.extend(self.size());
        shape.extend(std::iter::repeat_n(self.axes.len(), field.rank.order()));
        shape
    }

    /// Bytes of one stored sample.
    pub fn sample_bytes(&self) -> usize {
        self.fields.iter().map(|f| 4 * self.sample_shape(f).iter().product::<usize>()).sum()
    }

    /// Checks that the schema can be stored.
    ///
    /// # Errors
    /// [`Error::Config`] for a name that is empty, repeated or holds `/`, an empty axis, no time, no field.
    pub fn check(&self) -> Result<()> {
        let mut names: Vec<&str> = vec![];
        let axes = self.axes.iter().map(|a| &a.name).chain([&self.dataset_name]);
        let rest = self
            .fields
            .iter()
            .map(|f| &f.name)
            .chain(self.parameters.iter().map(|p| &p.0))
            .chain(&self.scalars);
        for name in axes.chain(rest) {
            if name.is_empty()
                || name == "time"
                || name.contains(['/', '\0'])
                || names.contains(&name.as_str())
            {
                let expected = "distinct names, not empty, not 'time', without '/' and NUL";
                return Err(Error::config("name in the schema", expected, format!("'{name}'")));
            }
            names.push(name);
        }
        if self.axes.is_empty() || self.axes.len() > 3 || self.size().contains(&0) {
            return Err(Error::config(
                "grid",
                "1 to 3 axes of at least one point",
                format!("sizes {:?}", self.size()),
            ));
        }
        if self.time.is_empty() {
            return Err(Error::config("stored times", "at least one", "none"));
        }
        if self.fields.is_empty() {
            return Err(Error::config("fields", "at least one", "none"));
        }
        match self.boundaries.iter().find(|b| b.axis >= self.axes.len()) {
            Some(b) => Err(Error::config("axis of a boundary", format!("below {}", self.axes.len()), b.axis)),
            None => Ok(()),
        }
    }
}
