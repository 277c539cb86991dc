//! Groups and attributes of one file of The Well layout.
//!
//! **Source.** "The Well data format", <https://polymathic-ai.org/the_well/data_format/>, and the checks of its
//! `check_thewell_formatting.py`, which is stricter: booleans must be HDF5 booleans, strings of variable length, `time` without a
//! sample axis.

use hdf5::{Dataset, File, Group, H5Type};
use ndarray::{ArrayViewD, IxDyn};

use crate::attributes::{put_bool, put_bools, put_int, put_number, put_str, put_strs, put_varying};
use crate::chunks::chunk;
use crate::schema::{Boundary, FieldKind, Rank, SCHEMA_VERSION, Schema};
use crate::writer::{Provenance, WriteOptions};

/// The groups and attributes of one file.
pub(crate) struct Layout<'a> {
    pub(crate) file: &'a File,
    pub(crate) schema: &'a Schema,
    pub(crate) n: usize,
    pub(crate) options: WriteOptions,
}

impl Layout<'_> {
    pub(crate) fn root(&self, p: &Provenance) -> hdf5::Result<()> {
        let (f, s) = (self.file, self.schema);
        put_str(f, "dataset_name", &s.dataset_name)?;
        put_str(f, "grid_type", s.grid.word())?;
        put_int(f, "n_spatial_dims", s.axes.len() as i64)?;
        put_int(f, "n_trajectories", self.n as i64)?;
        put_strs(f, "simulation_parameters", &s.parameters.iter().map(|p| &p.0).collect::<Vec<_>>())?;
        for (name, value) in &s.parameters {
            put_number(f, name, *value)?;
        }
        put_str(f, "generator", &p.generator)?;
        put_str(f, "generator_version", &p.generator_version)?;
        put_str(f, "pde", &p.pde)?;
        put_str(f, "solver", &p.solver)?;
        put_int(f, "seed", p.seed as i64)?;
        put_str(f, "config_json", &p.config_json)?;
        put_str(f, "description", &p.card.description)?;
        put_str(f, "equation", &p.card.equation)?;
        put_str(f, "source", &p.card.source)?;
        put_str(f, "purpose", &p.card.purpose)?;
        put_str(f, "internal", &p.card.internal)?;
        put_str(f, "precision_internal", "f64")?;
        put_int(f, "schema_version", SCHEMA_VERSION)
    }

    /// A data set whose header holds no time stamp: the same samples must give the same bytes.
    fn small<T: H5Type>(
        &self,
        group: &Group,
        name: &str,
        shape: &[usize],
        data: &[T],
    ) -> hdf5::Result<Dataset> {
        let dataset = group.new_dataset::<T>().obj_track_times(false).shape(shape).create(name)?;
        dataset.write(ArrayViewD::from_shape(IxDyn(shape), data)?)?;
        Ok(dataset)
    }

    pub(crate) fn dimensions(&self) -> hdf5::Result<()> {
        let group = self.file.create_group("dimensions")?;
        let names: Vec<&str> = self.schema.axes.iter().map(|a| a.name.as_str()).collect();
        put_strs(&group, "spatial_dims", &names)?;
        let time = &self.schema.time;
        let dataset = self.small(&group, "time", &[time.len()], time)?;
        put_varying(&dataset, false, true)?;
        for axis in &self.schema.axes {
            let points = &axis.coordinates;
            let dataset = self.small(&group, &axis.name, &[points.len()], points)?;
            put_varying(&dataset, false, false)?;
        }
        Ok(())
    }

    pub(crate) fn boundaries(&self) -> hdf5::Result<()> {
        let parent = self.file.create_group("boundary_conditions")?;
        for Boundary { axis, kind, condition } in &self.schema.boundaries {
            let axis = &self.schema.axes[*axis];
            let group = parent.create_group(&format!("{}_{}", axis.name, kind.word().to_lowercase()))?;
            put_strs(&group, "associated_dims", &[&axis.name])?;
            put_strs::<&str>(&group, "associated_fields", &[])?;
            put_str(&group, "bc_type", kind.word())?;
            put_str(&group, "condition", condition)?;
            put_varying(&group, false, false)?;
            let n = axis.coordinates.len();
            let mask: Vec<bool> = (0..n).map(|i| i == 0 || i + 1 == n).collect();
            self.small(&group, "mask", &[n], &mask)?;
        }
        Ok(())
    }

    pub(crate) fn scalars(&self) -> hdf5::Result<Vec<Dataset>> {
        let group = self.file.create_group("scalars")?;
        let s = self.schema;
        put_strs(
            &group,
            "field_names",
            &s.parameters.iter().map(|p| &p.0).chain(&s.scalars).collect::<Vec<_>>(),
        )?;
        for (name, value) in &s.parameters {
            let dataset = self.small(&group, name, &[], &[*value as f32])?;
            put_varying(&dataset, false, false)?;
        }
        let per_sample = |name: &String| {
            let dataset = self.small(&group, name, &[self.n], &vec![0.0f32; self.n])?;
            put_varying(&dataset, true, false)?;
            Ok(dataset)
        };
        s.scalars.iter().map(per_sample).collect()
    }

    pub(crate) fn fields(&self) -> hdf5::Result<Vec<(Dataset, Vec<usize>)>> {
        let groups = (0..3)
            .map(|r| self.file.create_group(&format!("t{r}_fields")))
            .collect::<hdf5::Result<Vec<_>>>()?;
        for (order, group) in groups.iter().enumerate() {
            let names = self.schema.fields.iter().filter(|f| f.rank.order() == order).map(|f| &f.name);
            put_strs(group, "field_names", &names.collect::<Vec<_>>())?;
        }
        let (space, d) = (self.schema.size(), self.schema.axes.len());
        let mut datasets = vec![];
        for field in &self.schema.fields {
            let varying = field.kind == FieldKind::Solution;
            let shape = self.schema.sample_shape(field);
            let components = vec![d; field.rank.order()];
            let chunk = chunk(varying.then_some(self.schema.time.len()), &space, &components);
            let full: Vec<usize> = std::iter::once(self.n).chain(shape.iter().copied()).collect();
            let mut builder =
                groups[field.rank.order()].new_dataset::<f32>().obj_track_times(false).chunk(chunk);
            if let Some(level) = self.options.gzip {
                builder = builder.shuffle().deflate(level);
            }
            let dataset = builder.shape(full).create(field.name.as_str())?;
            put_varying(&dataset, true, varying)?;
            put_bools(&dataset, "dim_varying", &vec![true; d])?;
            if let Rank::Tensor { symmetric, antisymmetric } = field.rank {
                put_bool(&dataset, "symmetric", symmetric)?;
                put_bool(&dataset, "antisymmetric", antisymmetric)?;
            }
            datasets.push((dataset, shape));
        }
        Ok(datasets)
    }

    pub(crate) fn provenance(&self) -> hdf5::Result<(Dataset, Dataset)> {
        let group = self.file.create_group("provenance")?;
        let zeros = vec![0i64; self.n];
        let seeds = self.small(&group, "seed", &[self.n], &zeros)?;
        Ok((seeds, self.small(&group, "index", &[self.n], &zeros)?))
    }
}
