//! What lands beyond the ends of a grid, brought back to the points that it stands for.

use rayon::prelude::*;

use super::plan::{AxisPlan, Plan};
use super::{Plus, rows};
use crate::Scalar;
use crate::buffer::uninit;

/// The points of `y [.., y, x]` from the values `all` at the positions of `whole`, which is [`Plan::whole`] of a `plan` with two axes. A
/// sample has `channels` channels.
pub(super) fn fold<T: Scalar>(
    plan: &Plan,
    whole: &Plan,
    channels: usize,
    all: &[T],
    y: &mut [T],
    plus: Plus<'_, T>,
) {
    let ([_, y_axis, x_axis], [_, y_whole, x_whole]) = (&plan.axes, &whole.axes);
    let (height, points, width) = (y_axis.target, x_axis.target, x_whole.target);
    let first_line = y_axis.start - y_whole.start;
    let middle = x_axis.start - x_whole.start..x_axis.start - x_whole.start + points;
    let (lines, places) = (beyond(y_axis), beyond(x_axis));
    let fields = y.par_chunks_mut(height * points).zip(all.par_chunks(y_whole.target * width));
    fields.enumerate().for_each(|(at, (field, all))| {
        let line = |k: usize| &all[k * width..][..width];
        let mut row = uninit(width);
        for (k, y) in field.chunks_exact_mut(points).enumerate() {
            row.copy_from_slice(line(first_line + k));
            for &(position, _) in lines.iter().filter(|(_, point)| *point == k) {
                rows::add(&mut row, line(position));
            }
            for &(position, point) in &places {
                let value = row[position];
                row[middle.start + point] += value;
            }
            let row = &mut row[middle.clone()];
            if let Some(bias) = plus.bias {
                row.iter_mut().for_each(|v| *v += bias[at % channels]);
            }
            let first = (at * height + k) * points;
            rows::settle(y, row, plus.field.map(|(f, sign)| (&f[first..][..points], sign)));
        }
    });
}

/// The positions beyond the points of an axis, and the points that they stand for.
fn beyond(axis: &AxisPlan) -> Vec<(usize, usize)> {
    let positions = axis.outside.iter().cloned().flatten();
    positions.filter_map(|position| Some((position, axis.point(position)?))).collect()
}
