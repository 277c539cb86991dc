//! Plain `x` and `y`.

use std::path::Path;
use std::sync::Arc;

use hdf5::File;

use super::plan::{Source, create, put_line, put_row};
use crate::attributes::put_strs;
use crate::task::Task;
use crate::view::View;
use crate::{Error, Result};

pub(super) fn write(
    source: &Source,
    file: &File,
    path: &Path,
    input_steps: usize,
) -> Result<Vec<(String, Vec<usize>)>> {
    let fail = |e| Error::hdf5("write to", path)(e);
    let steps = source.time.len();
    let task = if steps == 1 {
        Task::steady(&source.sets[0])
    } else if (1..steps).contains(&input_steps) {
        Task::windows(&source.sets[0], input_steps, steps - input_steps)
    } else {
        let expected = format!("1 to {}: the set has {steps}", steps - 1);
        return Err(Error::config("steps that go to x", expected, input_steps));
    };
    source.describe(file).map_err(fail)?;
    for (name, values) in &source.coordinates {
        put_line(file, &format!("{name}-coordinate"), values).map_err(fail)?;
    }
    if steps > 1 {
        put_line(file, "t-coordinate", &source.time).map_err(fail)?;
    }
    let (mut open, mut row) = (None, 0);
    for set in &source.sets {
        // One window a trajectory: all of its steps.
        let view = View::new(Arc::clone(set), &task, 0)?;
        for index in 0..view.len() {
            let batch = view.batch(&[index])?;
            let shape = |channels: usize| -> Vec<usize> {
                (channels > 1).then_some(channels).into_iter().chain(batch.size.iter().copied()).collect()
            };
            let (x_shape, y_shape) = (shape(batch.in_channels), shape(batch.out_channels));
            if open.is_none() {
                let full = |s: &[usize]| [&[source.samples()], s].concat();
                let x = create(file, "x", &full(&x_shape), 1).map_err(fail)?;
                let y = create(file, "y", &full(&y_shape), 1).map_err(fail)?;
                put_strs(&x, "fields", &task.inputs).map_err(fail)?;
                put_strs(&y, "fields", &task.targets).map_err(fail)?;
                open = Some((x, y));
            }
            if let Some((x, y)) = &open {
                put_row(x, row, &x_shape, &batch.input).map_err(fail)?;
                put_row(y, row, &y_shape, &batch.target).map_err(fail)?;
            }
            row += 1;
        }
    }
    Ok(open.map_or(vec![], |(x, y)| vec![("x".into(), x.shape()), ("y".into(), y.shape())]))
}
