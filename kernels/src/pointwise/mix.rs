//! `y = σ(W x + b + r)`: one linear map of the channels at every point.

use crate::Scalar;
use crate::buffer::{SharedMut, uninit};

use super::activation::Activation;
use super::outer::{add_outer, scratch_rows};
use super::product::{Packed, Plus, product};
use super::rows::{activate_part, slope_times, sum};
use super::tiles::{Feed, Grid};

/// A linear map of the channels: `weight` is `[outputs, inputs]`, row-major, `bias` is `[outputs]`.
#[derive(Clone, Copy, Debug)]
pub struct Linear<'a, T> {
    /// `[outputs, inputs]`
    pub weight: &'a [T],
    /// `[outputs]`
    pub bias: Option<&'a [T]>,
    /// Channels of the argument.
    pub inputs: usize,
    /// Channels of the result.
    pub outputs: usize,
}

impl<T: Scalar> Linear<'_, T> {
    pub(super) fn packed(&self) -> Packed<T> {
        Packed::new(self.weight, self.outputs, self.inputs)
    }

    pub(super) fn packed_transpose(&self) -> Packed<T> {
        Packed::transposed(self.weight, self.outputs, self.inputs)
    }

    pub(super) fn check(&self, what: &str) {
        let (w, b) = (self.inputs * self.outputs, self.outputs);
        assert_eq!(self.weight.len(), w, "{what}: a weight [{}, {}]", self.outputs, self.inputs);
        assert!(self.bias.is_none_or(|x| x.len() == b), "{what}: a bias of {b} entries");
    }
}

/// The gradient of a scalar with respect to a [`Linear`].
#[derive(Clone, Debug, PartialEq)]
pub struct LinearGrad<T> {
    /// `[outputs, inputs]`
    pub weight: Vec<T>,
    /// `[outputs]`; computed whether or not the map has a bias
    pub bias: Vec<T>,
}

impl<T: Scalar> LinearGrad<T> {
    /// Cuts the gradient of one map off the front of a vector of sums.
    pub(super) fn split(sums: &mut Vec<T>, layer: &Linear<'_, T>) -> Self {
        let rest = sums.split_off(layer.outputs * (layer.inputs + 1));
        let mut weight = std::mem::replace(sums, rest);
        let bias = weight.split_off(layer.outputs * layer.inputs);
        Self { weight, bias }
    }
}

/// What [`channel_mix_backward`] is to compute besides the gradients of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixWants {
    /// The gradient of `x`.
    pub input: bool,
    /// The gradient of `r`. Without an activation it equals the incoming gradient: use that instead.
    pub residual: bool,
}

/// The gradients of [`channel_mix`].
#[derive(Clone, Debug, PartialEq)]
pub struct MixGrad<T> {
    /// `[batch, inputs, points]`
    pub input: Option<Vec<T>>,
    /// The weight and the bias.
    pub layer: LinearGrad<T>,
    /// `[batch, outputs, points]`
    pub residual: Option<Vec<T>>,
}

/// Channel mixing, `y = σ(W x + b + r)` at every point.
///
/// **Shapes.** `x [batch, inputs, points]`, `r [batch, outputs, points]`, result `[batch, outputs, points]`.
///
/// # Panics
/// If a slice has another length than its shape says.
pub fn channel_mix<T: Scalar>(
    x: &[T],
    batch: usize,
    points: usize,
    layer: &Linear<'_, T>,
    residual: Option<&[T]>,
    act: Activation,
) -> Vec<T> {
    layer.check("channel_mix");
    let (inputs, outputs) = (layer.inputs, layer.outputs);
    assert_eq!(x.len(), batch * inputs * points, "channel_mix: x [{batch}, {inputs}, {points}]");
    let weight = layer.packed();
    let mut y = uninit(batch * outputs * points);
    let shared = SharedMut::new(&mut y);
    let grid = Grid::new::<T>(batch, points, inputs + outputs * (2 + usize::from(residual.is_some())));
    grid.for_each::<T>(inputs + outputs, |span, mut rows| {
        let (y, field) =
            (grid.view_mut(shared, outputs, span), residual.map(|r| grid.view(r, outputs, span)));
        let mut feed = Feed::new(grid.after(span), |next| [(grid.view(x, inputs, next), inputs)]);
        // SAFETY: the views' shapes were checked; the tiles of `y` and of scratch are disjoint.
        unsafe {
            let x = rows.copy(grid.view(x, inputs, span), inputs, span.n);
            let (z, plus) = (rows.take(outputs), Plus { bias: layer.bias, field, gate: None });
            product(&weight, x, plus, z, span.n, |part| {
                activate_part(act, z, y, part);
                feed.some();
            });
        }
    });
    y
}

/// The gradients of [`channel_mix`], given that of its result, `gy [batch, outputs, points]`.
///
/// With `z = W x + b + r` (computed anew, tile by tile) and `gz = gy σ'(z)`: `gx = Wᵀ gz`, `gW = Σ gz xᵀ`, `gb = Σ gz`, `gr = gz`,
/// the sums being over samples and points.
///
/// # Panics
/// If a slice has another length than its shape says.
pub fn channel_mix_backward<T: Scalar>(
    x: &[T],
    batch: usize,
    points: usize,
    layer: &Linear<'_, T>,
    residual: Option<&[T]>,
    act: Activation,
    gy: &[T],
    wants: MixWants,
) -> MixGrad<T> {
    layer.check("channel_mix");
    let (inputs, outputs) = (layer.inputs, layer.outputs);
    assert_eq!(x.len(), batch * inputs * points, "channel_mix: x [{batch}, {inputs}, {points}]");
    assert_eq!(gy.len(), batch * outputs * points, "channel_mix: gy [{batch}, {outputs}, {points}]");
    let (weight, transpose) = (layer.packed(), layer.packed_transpose());
    let mut gx = wants.input.then(|| uninit(x.len()));
    let mut gr = wants.residual.then(|| uninit(gy.len()));
    let gx_out = gx.as_deref_mut().map(SharedMut::new);
    let gr_out = gr.as_deref_mut().map(SharedMut::new);
    let identity = act == Activation::Identity;
    let turned = scratch_rows(outputs, inputs);
    let scratch = inputs + outputs + if identity { 0 } else { outputs } + turned;
    let grid = Grid::new::<T>(batch, points, scratch + inputs + outputs);
    let mut sums = grid.reduce(scratch, outputs * (inputs + 1), |span, mut rows, sums| {
        let n = span.n;
        let mut feed = Feed::new(grid.after(span), |next| {
            [(grid.view(x, inputs, next), inputs), (grid.view(gy, outputs, next), outputs)]
        });
        let (gw, gb) = sums.split_at_mut(outputs * inputs);
        // SAFETY: the views' shapes were checked; tiles of the results and scratch rows are disjoint.
        unsafe {
            let x = rows.copy(grid.view(x, inputs, span), inputs, n);
            let g = rows.copy(grid.view(gy, outputs, span), outputs, n);
            let gz = if identity { g } else { rows.take(outputs) };
            if identity {
                (0..outputs).for_each(|c| gb[c] += sum(g.row(c, n)));
            } else {
                let field = residual.map(|r| grid.view(r, outputs, span));
                let plus = Plus { bias: layer.bias, field, gate: None };
                product(&weight, x, plus, gz, n, |part| {
                    slope_times(act, gz, g, part, gb);
                    feed.some();
                });
            }
            if let Some(gr) = gr_out.map(|gr| grid.view_mut(gr, outputs, span)) {
                (0..outputs).for_each(|c| gr.row_mut(c, n).copy_from_slice(gz.row(c, n)));
            }
            add_outer(gz, outputs, x, inputs, n, rows.take(turned), gw);
            if let Some(gx) = gx_out.map(|gx| grid.view_mut(gx, inputs, span)) {
                product(&transpose, gz, Plus::NONE, gx, n, |_| feed.some());
            }
        }
    });
    MixGrad { input: gx, layer: LinearGrad::split(&mut sums, layer), residual: gr }
}
