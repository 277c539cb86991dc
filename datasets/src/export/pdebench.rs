//! PDEBench's single-file layout.

use std::path::Path;

use hdf5::{Dataset as Hdf5Dataset, File};

use super::plan::{Source, create, put_line, put_row};
use crate::attributes::put_number;
use crate::header::FieldInfo;
use crate::schema::FieldKind;
use crate::{Error, Result};

/// One data set of the file: one component of one field.
struct Column {
    name: String,
    field: usize,
    component: usize,
    /// Its shape without the sample axis; space axes in the order x, y, z.
    shape: Vec<usize>,
    dataset: Hdf5Dataset,
}

pub(super) fn write(source: &Source, file: &File, path: &Path) -> Result<Vec<(String, Vec<usize>)>> {
    let fail = |e| Error::hdf5("write to", path)(e);
    let set = &source.sets[0];
    let (size, steps) = (set.size().to_vec(), source.time.len());
    let order = order(source);
    let space: Vec<usize> = order.iter().map(|&a| size[a]).collect();
    source.describe(file).map_err(fail)?;
    names_of_theirs(source, file).map_err(fail)?;
    for &a in &order {
        let (name, values) = &source.coordinates[a];
        put_line(file, &format!("{name}-coordinate"), values).map_err(fail)?;
    }
    if steps > 1 {
        put_line(file, "t-coordinate", &ends(&source.time)).map_err(fail)?;
    }
    let mut columns = vec![];
    for (field, info) in set.fields().iter().enumerate() {
        for component in 0..info.components {
            let varying = (info.kind == FieldKind::Solution).then_some(steps);
            let shape: Vec<usize> = varying.into_iter().chain(space.iter().copied()).collect();
            let full: Vec<usize> = std::iter::once(source.samples()).chain(shape.iter().copied()).collect();
            let name = name(set.fields(), steps, info, component, &source.coordinates);
            let dataset = create(file, &name, &full, 1 + usize::from(varying.is_some())).map_err(fail)?;
            columns.push(Column { name, field, component, shape, dataset });
        }
    }
    let mut row = 0;
    for set in &source.sets {
        for index in 0..set.n_trajectories() {
            let (file, at) = set.place(index);
            for column in &columns {
                // A field with several components is read once for each: they are few, and a trajectory at a time stays in memory.
                let block = set.read(file, column.field, at..at + 1, (0, steps, 1))?;
                let mut values = Vec::with_capacity(column.shape.iter().product());
                for step in 0..block.steps {
                    permute(block.frame(0, step, column.component), &size, &order, &mut values);
                }
                put_row(&column.dataset, row, &column.shape, &values).map_err(fail)?;
            }
            row += 1;
        }
    }
    let shape = |c: &Column| std::iter::once(row).chain(c.shape.iter().copied()).collect();
    Ok(columns.iter().map(|c| (c.name.clone(), shape(c))).collect())
}

/// Our axes in PDEBench's order x, y, z; others keep their order at the end.
fn order(source: &Source) -> Vec<usize> {
    let mut order: Vec<usize> = (0..source.coordinates.len()).collect();
    let rank = |name: &str| ["x", "y", "z"].iter().position(|n| *n == name).unwrap_or(3);
    order.sort_by_key(|&a| rank(&source.coordinates[a].0));
    order
}

/// `tensor` for a solution that is alone, `nu` for the coefficient of a steady problem, the own name otherwise.
fn name(
    all: &[FieldInfo],
    steps: usize,
    info: &FieldInfo,
    component: usize,
    axes: &[(String, Vec<f32>)],
) -> String {
    let channels = |kind| all.iter().filter(|f| f.kind == kind).map(|f| f.components).sum::<usize>();
    match info.kind {
        FieldKind::Solution if channels(FieldKind::Solution) == 1 => "tensor".into(),
        FieldKind::Constant if steps == 1 && channels(FieldKind::Constant) == 1 => "nu".into(),
        _ if info.components == 1 => info.name.clone(),
        _ => format!("{}_{}", info.name, axes[component].0),
    }
}

/// Stored times, and one step more: PDEBench's `t-coordinate` has the ends of its intervals.
fn ends(time: &[f32]) -> Vec<f32> {
    let [.., before, last] = time else { return time.to_vec() };
    time.iter().copied().chain([last + (last - before)]).collect()
}

/// The names that PDEBench's readers know: `beta`, the force of its Darcy flow, and `Nu`, a viscosity.
fn names_of_theirs(source: &Source, file: &File) -> hdf5::Result<()> {
    for (theirs, ours) in [("beta", "forcing"), ("Nu", "viscosity")] {
        let taken = source.numbers.iter().any(|(k, _)| k == theirs);
        if let Some((_, value)) = source.numbers.iter().find(|(k, _)| k == ours && !taken) {
            put_number(file, theirs, *value)?;
        }
    }
    Ok(())
}

/// Appends `from`, of axes `size`, with its axes in another order.
fn permute(from: &[f32], size: &[usize], order: &[usize], to: &mut Vec<f32>) {
    if order.iter().enumerate().all(|(i, &a)| i == a) {
        to.extend_from_slice(from);
        return;
    }
    let stride = |axis: usize| size[axis + 1..].iter().product::<usize>();
    let shape: Vec<usize> = order.iter().map(|&a| size[a]).collect();
    let strides: Vec<usize> = order.iter().map(|&a| stride(a)).collect();
    for flat in 0..from.len() {
        let (mut rest, mut at) = (flat, 0);
        for axis in (0..shape.len()).rev() {
            at += rest % shape[axis] * strides[axis];
            rest /= shape[axis];
        }
        to.push(from[at]);
    }
}
