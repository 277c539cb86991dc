//! From the axes on disk to `[row, step, component, points]`.

use crate::header::FieldInfo;

/// Some rows of one field: `[row, step, component, points]`.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) data: Vec<f32>,
    pub(crate) steps: usize,
    pub(crate) components: usize,
    pub(crate) points: usize,
}

impl Block {
    /// One component of one step of one row.
    pub(crate) fn frame(&self, row: usize, step: usize, component: usize) -> &[f32] {
        let at = ((row * self.steps + step) * self.components + component) * self.points;
        &self.data[at..at + self.points]
    }
}

/// Repeats axes that the file leaves out and moves the component axes before the points.
pub(crate) fn expand(raw: Vec<f32>, field: &FieldInfo, size: &[usize], rows: usize, steps: usize) -> Block {
    let (components, points) = (field.components, size.iter().product());
    let full = field.sample_varying && field.dim_varying.iter().all(|&v| v);
    if full && components == 1 {
        return Block { data: raw, steps, components, points };
    }
    let mut strides = vec![0; size.len()];
    let mut stride = components;
    for axis in (0..size.len()).rev() {
        if field.dim_varying[axis] {
            strides[axis] = stride;
            stride *= size[axis];
        }
    }
    let (step_stride, row_stride) = (stride, if field.sample_varying { stride * steps } else { 0 });
    let places: Vec<usize> = (0..points)
        .map(|p| {
            let mut rest = p;
            (0..size.len()).rev().map(|axis| strides[axis] * take(&mut rest, size[axis])).sum()
        })
        .collect();
    let mut data = Vec::with_capacity(rows * steps * components * points);
    for row in 0..rows {
        for step in 0..steps {
            let base = row * row_stride + step * step_stride;
            for c in 0..components {
                data.extend(places.iter().map(|&p| raw[base + p + c]));
            }
        }
    }
    Block { data, steps, components, points }
}

/// Splits off the fastest axis of a flattened index.
fn take(rest: &mut usize, n: usize) -> usize {
    let i = *rest % n;
    *rest /= n;
    i
}
