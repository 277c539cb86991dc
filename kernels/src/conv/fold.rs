//! What lands beyond the ends of a grid, brought back to the points that it stands for.

use std::ops::Range;

use rayon::prelude::*;

use super::plan::{AxisPlan, Plan};
use super::{Sign, rows};
use crate::Scalar;

/// From the positions of [`Plan::whole`] of a plan with two axes to the plan's points. Lines are folded where they are written; whole
/// lines beyond the ends are kept aside until all others are there.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    /// Positions of the points along y and x.
    regions: [Range<usize>; 2],
    /// Positions beyond the points, and the points that they stand for.
    lines: Vec<(usize, usize)>,
    places: Vec<(usize, usize)>,
}

/// What a line of positions is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// Of the grid.
    Point(usize),
    /// One of [`Fold::aside`].
    Aside(usize),
}

impl Fold {
    /// For `plan` and its [`Plan::whole`].
    pub(super) fn new(plan: &Plan, whole: &Plan) -> Self {
        let [_, y, x] = &plan.axes;
        let region = |axis: &AxisPlan, whole: &AxisPlan| {
            let first = axis.start - whole.start;
            first..first + axis.target
        };
        let regions = [region(y, &whole.axes[1]), region(x, &whole.axes[2])];
        Self { regions, lines: beyond(y), places: beyond(x) }
    }

    /// Whether lines are folded, which takes all of a line at a time.
    pub(super) fn whole_lines(&self) -> bool {
        !self.places.is_empty()
    }

    /// Lines of a field that are kept aside.
    pub(super) fn aside(&self) -> usize {
        self.lines.len()
    }

    /// Points of a line.
    pub(super) fn points(&self) -> usize {
        self.regions[1].len()
    }

    /// Points of a field.
    pub(super) fn field(&self) -> usize {
        self.regions[0].len() * self.points()
    }

    /// What the line at a position is; none if nothing reads it.
    pub(super) fn at(&self, position: usize) -> Option<Line> {
        if self.regions[0].contains(&position) {
            return Some(Line::Point(position - self.regions[0].start));
        }
        self.lines.iter().position(|(p, _)| *p == position).map(Line::Aside)
    }

    /// The points of the line with these values at all positions.
    pub(super) fn line<'a, T: Scalar>(&self, row: &'a mut [T]) -> &'a mut [T] {
        let middle = self.regions[1].clone();
        for &(position, point) in &self.places {
            let value = row[position];
            row[middle.start + point] += value;
        }
        &mut row[middle]
    }

    /// Adds the lines `[field, line, x]` that were kept aside to the fields `y [field, y, x]`, or subtracts them.
    pub(super) fn finish<T: Scalar>(&self, aside: &[T], y: &mut [T], sign: Sign) {
        if self.lines.is_empty() {
            return;
        }
        let points = self.points();
        let fields = y.par_chunks_mut(self.field()).zip(aside.par_chunks(self.aside() * points));
        fields.for_each(|(field, aside)| {
            for ((_, line), row) in self.lines.iter().zip(aside.chunks_exact(points)) {
                rows::accumulate(&mut field[line * points..][..points], row, sign);
            }
        });
    }
}

/// The positions beyond the points of an axis, and the points that they stand for.
fn beyond(axis: &AxisPlan) -> Vec<(usize, usize)> {
    let positions = axis.outside.iter().cloned().flatten();
    positions.filter_map(|position| Some((position, axis.point(position)?))).collect()
}
