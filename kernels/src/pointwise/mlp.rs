//! `y = σ₂(W₂ σ₁(W₁ x + b₁) + b₂ + γ ⊙ s)`: a two-layer perceptron of the channels at every point.

use crate::Scalar;
use crate::buffer::{SharedMut, uninit};

use super::activation::Activation;
use super::mix::{Linear, LinearGrad};
use super::outer::{add_outer, scratch_rows};
use super::product::{Packed, Part, Plus, Tile, product};
use super::rows::{activate_part, dot, slope_times, sum, times, value_and_slope};
use super::tiles::{Feed, Grid, Rows};

/// The weights of a two-layer perceptron of the channels.
#[derive(Clone, Copy, Debug)]
pub struct Mlp<'a, T> {
    /// `W₁ [hidden, inputs]`, `b₁`.
    pub first: Linear<'a, T>,
    /// `σ₁`
    pub act: Activation,
    /// `W₂ [outputs, hidden]`, `b₂`.
    pub second: Linear<'a, T>,
    /// `σ₂`
    pub act_out: Activation,
}

/// A soft gate `γ ⊙ s`: a factor per channel times another field.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a, T> {
    /// `γ [outputs]`
    pub factor: &'a [T],
    /// `s [batch, outputs, points]`
    pub field: &'a [T],
}

/// What [`channel_mlp_backward`] is to compute besides the gradients of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MlpWants {
    /// The gradient of `x`.
    pub input: bool,
    /// The gradient of `s`.
    pub field: bool,
}

/// The gradients of [`channel_mlp`].
#[derive(Clone, Debug, PartialEq)]
pub struct MlpGrad<T> {
    /// Of `x`, `[batch, inputs, points]`.
    pub input: Option<Vec<T>>,
    /// Of `W₁`, `b₁`.
    pub first: LinearGrad<T>,
    /// Of `W₂`, `b₂`.
    pub second: LinearGrad<T>,
    /// Of `γ`, if there is a gate.
    pub gate: Option<Vec<T>>,
    /// Of `s`, if there is a gate and it was asked for.
    pub field: Option<Vec<T>>,
}

/// A perceptron made ready for tiles.
pub(super) struct Prepared<'a, T> {
    mlp: &'a Mlp<'a, T>,
    gate: Option<&'a [T]>,
    first: Packed<T>,
    second: Packed<T>,
    /// Transposes, in backward passes only.
    turned: Option<[Packed<T>; 2]>,
}

impl<'a, T: Scalar> Prepared<'a, T> {
    pub(super) fn new(mlp: &'a Mlp<'a, T>, gate: Option<&'a [T]>, backward: bool, what: &str) -> Self {
        mlp.first.check(what);
        mlp.second.check(what);
        assert_eq!(mlp.first.outputs, mlp.second.inputs, "{what}: the hidden channels of both maps");
        assert!(
            gate.is_none_or(|g| g.len() == mlp.second.outputs),
            "{what}: a gate of {} factors",
            mlp.second.outputs
        );
        let turned = backward.then(|| [mlp.first.packed_transpose(), mlp.second.packed_transpose()]);
        Self { mlp, gate, first: mlp.first.packed(), second: mlp.second.packed(), turned }
    }

    /// Sums over points that [`Self::backward`] adds to: `W₁ | b₁ | W₂ | b₂ | γ`.
    pub(super) fn sums(&self) -> usize {
        let (a, b) = (&self.mlp.first, &self.mlp.second);
        a.outputs * (a.inputs + 1) + b.outputs * (b.inputs + 1) + self.gate.map_or(0, <[T]>::len)
    }

    /// Scratch rows of [`Self::backward`].
    pub(super) fn backward_rows(&self) -> usize {
        let out = if self.mlp.act_out == Activation::Identity { 0 } else { self.mlp.second.outputs };
        3 * self.mlp.first.outputs + out + self.turned_rows()
    }

    /// Scratch rows of the gradients of both weights, one after the other.
    fn turned_rows(&self) -> usize {
        let (a, b) = (&self.mlp.first, &self.mlp.second);
        scratch_rows(a.outputs, a.inputs).max(scratch_rows(b.outputs, b.inputs))
    }

    /// Scratch rows of [`Self::forward`].
    pub(super) fn forward_rows(&self) -> usize {
        self.mlp.first.outputs + self.mlp.second.outputs
    }

    /// `y` of one tile; `done` is called whenever a part of something is.
    ///
    /// # Safety
    /// The tiles have as many channels as the maps say, of `n` valid points; `y` belongs to the caller alone.
    pub(super) unsafe fn forward(
        &self,
        x: Tile<T>,
        s: Option<Tile<T>>,
        rows: &mut Rows<T>,
        y: Tile<T>,
        n: usize,
        mut done: impl FnMut(),
    ) {
        let Mlp { first, act, second, act_out } = *self.mlp;
        let (hidden, z) = (rows.take(first.outputs), rows.take(second.outputs));
        // SAFETY: the caller's contract.
        unsafe {
            let plus = Plus { bias: first.bias, ..Plus::NONE };
            product(&self.first, x, plus, hidden, n, |part| {
                activate_part(act, hidden, hidden, part);
                done();
            });
            let plus = Plus { bias: second.bias, field: s, gate: self.gate };
            product(&self.second, hidden, plus, z, n, |part| {
                activate_part(act_out, z, y, part);
                done();
            });
        }
    }

    /// Adds to `sums`, writes the gradient of `x` to `gx`, and returns the tile of the gradient of `W₂ σ₁(…) + b₂ + γ ⊙ s`; `done`
    /// is called whenever a part of something is, with that of `gx`.
    ///
    /// # Safety
    /// As for [`Self::forward`]; `x` is valid up to the next multiple of 16 points, `gx` belongs to the caller alone.
    pub(super) unsafe fn backward(
        &self,
        x: Tile<T>,
        s: Option<Tile<T>>,
        gy: Tile<T>,
        gx: Option<Tile<T>>,
        rows: &mut Rows<T>,
        sums: &mut [T],
        n: usize,
        mut done: impl FnMut(Option<Part>),
    ) -> Tile<T> {
        let Mlp { first, act, second, act_out } = *self.mlp;
        let (gw1, sums) = sums.split_at_mut(first.outputs * first.inputs);
        let (gb1, sums) = sums.split_at_mut(first.outputs);
        let (gw2, sums) = sums.split_at_mut(second.outputs * second.inputs);
        let (gb2, gate_sums) = sums.split_at_mut(second.outputs);
        let (slope, hidden, g_hidden) =
            (rows.take(first.outputs), rows.take(first.outputs), rows.take(first.outputs));
        let turned = rows.take(self.turned_rows());
        // SAFETY: the caller's contract; scratch tiles are disjoint.
        unsafe {
            let plus = Plus { bias: first.bias, ..Plus::NONE };
            product(&self.first, x, plus, slope, n, |part| {
                value_and_slope(act, slope, hidden, part);
                done(None);
            });
            let gz = if act_out == Activation::Identity {
                (0..second.outputs).for_each(|c| gb2[c] += sum(gy.row(c, n)));
                gy
            } else {
                let gz = rows.take(second.outputs);
                let plus = Plus { bias: second.bias, field: s, gate: self.gate };
                product(&self.second, hidden, plus, gz, n, |part| {
                    slope_times(act_out, gz, gy, part, gb2);
                    done(None);
                });
                gz
            };
            if let Some(s) = s {
                gate_sums.iter_mut().enumerate().for_each(|(c, g)| *g += dot(gz.row(c, n), s.row(c, n)));
            }
            add_outer(gz, second.outputs, hidden, second.inputs, n, turned, gw2);
            if let Some([first_t, second_t]) = &self.turned {
                product(second_t, gz, Plus::NONE, g_hidden, n, |part| {
                    times(slope, g_hidden, g_hidden, part, gb1);
                    done(None);
                });
                add_outer(g_hidden, first.outputs, x, first.inputs, n, turned, gw1);
                if let Some(gx) = gx {
                    product(first_t, g_hidden, Plus::NONE, gx, n, |part| done(Some(part)));
                }
            }
            gz
        }
    }
}

/// A two-layer perceptron, `y = σ₂(W₂ σ₁(W₁ x + b₁) + b₂ + γ ⊙ s)` at every point; hidden values never leave the cache.
///
/// **Shapes.** `x [batch, inputs, points]`, `s [batch, outputs, points]`, result `[batch, outputs, points]`.
///
/// # Panics
/// If a slice has another length than its shape says, or the hidden channels of the two maps differ.
pub fn channel_mlp<T: Scalar>(
    x: &[T],
    batch: usize,
    points: usize,
    mlp: &Mlp<'_, T>,
    gate: Option<Gate<'_, T>>,
) -> Vec<T> {
    let ready = Prepared::new(mlp, gate.map(|g| g.factor), false, "channel_mlp");
    let (inputs, outputs) = (mlp.first.inputs, mlp.second.outputs);
    assert_eq!(x.len(), batch * inputs * points, "channel_mlp: x [{batch}, {inputs}, {points}]");
    let mut y = uninit(batch * outputs * points);
    let shared = SharedMut::new(&mut y);
    let scratch = inputs + ready.forward_rows();
    let grid = Grid::new::<T>(batch, points, scratch + outputs * (1 + usize::from(gate.is_some())));
    grid.for_each(scratch, |span, mut rows| {
        let s = gate.map(|g| grid.view(g.field, outputs, span));
        let y = grid.view_mut(shared, outputs, span);
        let mut feed = Feed::new(grid.after(span), |next| [(grid.view(x, inputs, next), inputs)]);
        // SAFETY: the views' shapes were checked; the tiles of `y` are disjoint.
        unsafe {
            let x = rows.copy(grid.view(x, inputs, span), inputs, span.n);
            ready.forward(x, s, &mut rows, y, span.n, || feed.some());
        }
    });
    y
}

/// The gradients of [`channel_mlp`], given that of its result, `gy [batch, outputs, points]`. Hidden values are computed anew.
///
/// # Panics
/// As [`channel_mlp`].
pub fn channel_mlp_backward<T: Scalar>(
    x: &[T],
    batch: usize,
    points: usize,
    mlp: &Mlp<'_, T>,
    gate: Option<Gate<'_, T>>,
    gy: &[T],
    wants: MlpWants,
) -> MlpGrad<T> {
    let ready = Prepared::new(mlp, gate.map(|g| g.factor), true, "channel_mlp");
    let (inputs, outputs) = (mlp.first.inputs, mlp.second.outputs);
    assert_eq!(x.len(), batch * inputs * points, "channel_mlp: x [{batch}, {inputs}, {points}]");
    assert_eq!(gy.len(), batch * outputs * points, "channel_mlp: gy [{batch}, {outputs}, {points}]");
    let mut gx = wants.input.then(|| uninit(x.len()));
    let mut gs = (wants.field && gate.is_some()).then(|| uninit(gy.len()));
    let gx_out = gx.as_deref_mut().map(SharedMut::new);
    let gs_out = gs.as_deref_mut().map(SharedMut::new);
    let scratch = inputs + outputs + ready.backward_rows();
    let grid = Grid::new::<T>(batch, points, scratch + inputs + outputs);
    let mut sums = grid.reduce(scratch, ready.sums(), |span, mut rows, sums| {
        let s = gate.map(|g| grid.view(g.field, outputs, span));
        let mut feed = Feed::new(grid.after(span), |next| {
            [(grid.view(x, inputs, next), inputs), (grid.view(gy, outputs, next), outputs)]
        });
        let gx = gx_out.map(|gx| grid.view_mut(gx, inputs, span));
        // SAFETY: the views' shapes were checked; tiles of the results are disjoint.
        unsafe {
            let x = rows.copy(grid.view(x, inputs, span), inputs, span.n);
            let gy = rows.copy(grid.view(gy, outputs, span), outputs, span.n);
            let gz = ready.backward(x, s, gy, gx, &mut rows, sums, span.n, |_| feed.some());
            if let (Some(gs), Some(gate)) = (gs_out.map(|gs| grid.view_mut(gs, outputs, span)), gate) {
                for c in 0..outputs {
                    let row = gs.row_mut(c, span.n).iter_mut().zip(gz.row(c, span.n));
                    row.for_each(|(gs, gz)| *gs = gate.factor[c] * *gz);
                }
            }
        }
    });
    let first = LinearGrad::split(&mut sums, &mlp.first);
    let second = LinearGrad::split(&mut sums, &mlp.second);
    MlpGrad { input: gx, first, second, gate: gate.map(|_| sums), field: gs }
}
