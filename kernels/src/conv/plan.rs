//! A convolution and its adjoint as one kind of map between two grids.
//!
//! Along an axis, target position `q = step_out · m + r` sums taps `t` of residue class `r`, each of which reads source position
//! `step_in · m + shift(t)`. A strided convolution has one class and `step_in` above 1; its adjoint has as many classes as the
//! stride, each with its own share of the taps. Both are then sums of shifted rows.

use std::ops::Range;

use super::{Boundary, ConvAxis, ConvSpec};

/// A tap and the source position that it reads for `m = 0`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    pub(super) tap: usize,
    pub(super) shift: isize,
}

/// The map along one axis.
#[derive(Clone, Debug)]
pub(super) struct AxisPlan {
    /// Points of the source.
    pub(super) source: usize,
    /// Points of the target.
    pub(super) target: usize,
    pub(super) step_in: usize,
    pub(super) step_out: usize,
    /// How the source continues beyond its ends.
    pub(super) boundary: Boundary,
    /// Taps by residue of the target position.
    pub(super) classes: Vec<Vec<Reach>>,
    /// The least shift of all taps, and how far the greatest is from it.
    pub(super) lo: isize,
    pub(super) span: usize,
    /// The target position of the first point.
    pub(super) start: usize,
    /// Positions beyond the points, whose values are added to the points that `fold` names.
    pub(super) outside: Vec<Range<usize>>,
    pub(super) fold: Boundary,
    taps: usize,
}

impl AxisPlan {
    fn new(axis: &ConvAxis, ends: [usize; 2], steps: [usize; 2], classes: Vec<Vec<Reach>>) -> Self {
        let shifts = || classes.iter().flatten().map(|r| r.shift);
        let (lo, hi) = (shifts().min().unwrap_or(0), shifts().max().unwrap_or(0));
        let span = (hi - lo) as usize;
        let ([source, target], [step_in, step_out]) = (ends, steps);
        let (boundary, taps) = (axis.boundary, axis.kernel);
        let (outside, fold) = (Vec::new(), boundary);
        Self { source, target, step_in, step_out, boundary, classes, lo, span, start: 0, outside, fold, taps }
    }

    /// The convolution: source and target are its own.
    fn forward(axis: &ConvAxis, n: usize, m: usize) -> Self {
        let shift = |tap| (axis.dilation * tap) as isize - axis.before as isize;
        let taps = (0..axis.kernel).map(|tap| Reach { tap, shift: shift(tap) });
        Self::new(axis, [n, m], [axis.stride, 1], vec![taps.collect()])
    }

    /// The adjoint: the target positions are those of the padded axis.
    fn adjoint(axis: &ConvAxis, n: usize, m: usize) -> Self {
        let (s, d) = (axis.stride, axis.dilation);
        let class = |r: usize| {
            let taps = (0..axis.kernel).filter(|t| d * t % s == r);
            taps.map(|tap| Reach { tap, shift: (r as isize - (d * tap) as isize) / s as isize }).collect()
        };
        let mut plan = Self::new(axis, [m, n], [1, s], (0..s).map(class).collect());
        plan.start = axis.before;
        // A periodic axis whose coarse one is periodic too wraps around; else the coarse values end, and what lands beyond the
        // points is brought back afterwards.
        if axis.boundary != Boundary::Circular || n != s * m {
            plan.boundary = Boundary::Zero;
            let padded = (m - 1) * s + axis.reach();
            if axis.boundary != Boundary::Zero {
                let ends = [0..axis.before.min(padded), axis.before + n..padded];
                plan.outside = ends.into_iter().filter(|r| !r.is_empty()).collect();
            }
        }
        plan
    }

    /// The values of `m` whose targets are among `positions`.
    pub(super) fn coarse(&self, positions: &Range<usize>) -> Range<usize> {
        positions.start / self.step_out..positions.end.div_ceil(self.step_out)
    }

    /// The map to all target positions as points of their own, where some lie outside; steps are 1.
    pub(super) fn whole(&self) -> Self {
        match self.outside.iter().map(|r| r.end).max() {
            None => self.clone(),
            Some(end) => {
                Self { target: end.max(self.region().end), start: 0, outside: Vec::new(), ..self.clone() }
            }
        }
    }

    /// The target positions of the points.
    pub(super) fn region(&self) -> Range<usize> {
        self.start..self.start + self.target
    }

    /// The point at a target position, which may lie outside.
    pub(super) fn point(&self, position: usize) -> Option<usize> {
        self.fold.point(position as isize - self.start as isize, self.target)
    }
}

/// The map between two grids, filled up in front to three axes.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) axes: [AxisPlan; 3],
}

/// A residue class of target positions of the grid.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Residue by axis.
    pub(super) residue: [usize; 3],
    /// The taps: index in the weight, and place along each axis as a distance from the least shift.
    pub(super) taps: Vec<(usize, [usize; 3])>,
}

impl Plan {
    pub(super) fn forward(spec: &ConvSpec, size: &[usize]) -> Self {
        Self { axes: three(spec, size, AxisPlan::forward) }
    }

    pub(super) fn adjoint(spec: &ConvSpec, size: &[usize]) -> Self {
        Self { axes: three(spec, size, AxisPlan::adjoint) }
    }

    pub(super) fn source(&self) -> usize {
        self.axes.iter().map(|a| a.source).product()
    }

    pub(super) fn target(&self) -> usize {
        self.axes.iter().map(|a| a.target).product()
    }

    /// All classes, those that differ in the last axis only next to each other.
    pub(super) fn classes(&self) -> Vec<Class> {
        let [z, y, x] = &self.axes;
        let mut all = Vec::new();
        for (rz, cz) in z.classes.iter().enumerate() {
            for (ry, cy) in y.classes.iter().enumerate() {
                for (rx, cx) in x.classes.iter().enumerate() {
                    let mut taps = Vec::new();
                    for tz in cz {
                        for ty in cy {
                            for tx in cx {
                                let index = (tz.tap * y.taps + ty.tap) * x.taps + tx.tap;
                                let place =
                                    [(z, tz), (y, ty), (x, tx)].map(|(a, t)| (t.shift - a.lo) as usize);
                                taps.push((index, place));
                            }
                        }
                    }
                    all.push(Class { residue: [rz, ry, rx], taps });
                }
            }
        }
        all
    }

    /// The map to all target positions, if any lie outside.
    pub(super) fn whole(&self) -> Option<Self> {
        let beyond = self.axes.iter().any(|a| !a.outside.is_empty());
        beyond.then(|| Self { axes: self.axes.each_ref().map(AxisPlan::whole) })
    }

    /// The boxes of target positions that lie outside along at least one axis.
    pub(super) fn outside(&self) -> Vec<[Range<usize>; 3]> {
        let parts =
            |a: &AxisPlan| std::iter::once(a.region()).chain(a.outside.iter().cloned()).collect::<Vec<_>>();
        let [z, y, x] = self.axes.each_ref().map(parts);
        let mut boxes = Vec::new();
        for (i, z) in z.iter().enumerate() {
            for (j, y) in y.iter().enumerate() {
                for (k, x) in x.iter().enumerate() {
                    if i + j + k > 0 {
                        boxes.push([z.clone(), y.clone(), x.clone()]);
                    }
                }
            }
        }
        boxes
    }
}

fn three(
    spec: &ConvSpec,
    size: &[usize],
    plan: impl Fn(&ConvAxis, usize, usize) -> AxisPlan,
) -> [AxisPlan; 3] {
    let outputs = spec.output_size(size);
    std::array::from_fn(|i| match (i + size.len()).checked_sub(3) {
        Some(i) => plan(&spec.axes[i], size[i], outputs[i]),
        None => plan(&ConvAxis::same(1, Boundary::Zero), 1, 1),
    })
}
