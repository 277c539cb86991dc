//! The pointwise half of a Fourier block, in one pass.

use crate::Scalar;
use crate::buffer::{SharedMut, uninit};

use super::activation::Activation;
use super::mix::{Linear, LinearGrad};
use super::mlp::{Mlp, Prepared};
use super::outer::{add_outer, scratch_rows};
use super::product::{Plus, product};
use super::rows::{activate_part, times, value_and_slope};
use super::tiles::{Feed, Grid};

/// The weights of [`fno_tail`].
#[derive(Clone, Copy, Debug)]
pub struct Tail<'a, T> {
    /// The linear skip, `S [width, inputs]` and `b₀`.
    pub skip: Linear<'a, T>,
    /// `σ₀`
    pub act: Activation,
    /// The perceptron, from `width` to `outputs` channels.
    pub mlp: Mlp<'a, T>,
    /// `γ`, the soft-gating skip around the perceptron; it needs `outputs = inputs`.
    pub gate: Option<&'a [T]>,
}

/// The gradients of [`fno_tail`].
#[derive(Clone, Debug, PartialEq)]
pub struct TailGrad<T> {
    /// Of `r`, `[batch, width, points]`.
    pub spectral: Vec<T>,
    /// Of `x`, `[batch, inputs, points]`; the part that goes through the spectral convolution is not in it.
    pub input: Vec<T>,
    /// Of `S`, `b₀`.
    pub skip: LinearGrad<T>,
    /// Of `W₁`, `b₁`.
    pub first: LinearGrad<T>,
    /// Of `W₂`, `b₂`.
    pub second: LinearGrad<T>,
    /// Of `γ`, if there is a gate.
    pub gate: Option<Vec<T>>,
}

impl<T: Scalar> Tail<'_, T> {
    fn check(&self, r: &[T], x: &[T], batch: usize, points: usize) {
        let (inputs, width) = (self.skip.inputs, self.skip.outputs);
        self.skip.check("fno_tail");
        assert_eq!(x.len(), batch * inputs * points, "fno_tail: x [{batch}, {inputs}, {points}]");
        assert_eq!(r.len(), batch * width * points, "fno_tail: r [{batch}, {width}, {points}]");
        assert_eq!(self.mlp.first.inputs, width, "fno_tail: the perceptron takes what the skip gives");
        assert!(
            self.gate.is_none() || self.mlp.second.outputs == inputs,
            "fno_tail: a gate passes the {inputs} channels of x to {} outputs",
            self.mlp.second.outputs
        );
    }
}

/// All of a Fourier block behind its spectral convolution:
///
/// ```math
/// h = σ₀(r + S x + b₀),   y = σ₂(W₂ σ₁(W₁ h + b₁) + b₂ + γ ⊙ x)
/// ```
///
/// where `r` is the convolution's result and `x` the block's input.
///
/// **Shapes.** `r [batch, width, points]`, `x [batch, inputs, points]`, result `[batch, outputs, points]`.
///
/// # Panics
/// If a slice has another length than its shape says, or the channels of neighbouring maps differ.
pub fn fno_tail<T: Scalar>(r: &[T], x: &[T], batch: usize, points: usize, tail: &Tail<'_, T>) -> Vec<T> {
    tail.check(r, x, batch, points);
    let ready = Prepared::new(&tail.mlp, tail.gate, false, "fno_tail");
    let skip = tail.skip.packed();
    let (inputs, width) = (tail.skip.inputs, tail.skip.outputs);
    let outputs = tail.mlp.second.outputs;
    let mut y = uninit(batch * outputs * points);
    let shared = SharedMut::new(&mut y);
    let scratch = inputs + width + ready.forward_rows();
    let grid = Grid::new::<T>(batch, points, scratch + width + outputs);
    grid.for_each(scratch, |span, mut rows| {
        let (n, h) = (span.n, rows.take(width));
        let mut feed = Feed::new(grid.after(span), |next| {
            [(grid.view(x, inputs, next), inputs), (grid.view(r, width, next), width)]
        });
        let plus = Plus { bias: tail.skip.bias, field: Some(grid.view(r, width, span)), gate: None };
        let y = grid.view_mut(shared, outputs, span);
        // SAFETY: the views' shapes were checked; the tiles of `y` and of scratch are disjoint.
        unsafe {
            let x = rows.copy(grid.view(x, inputs, span), inputs, n);
            product(&skip, x, plus, h, n, |part| {
                activate_part(tail.act, h, h, part);
                feed.some();
            });
            ready.forward(h, tail.gate.map(|_| x), &mut rows, y, n, || feed.some());
        }
    });
    y
}

/// The gradients of [`fno_tail`], given that of its result, `gy [batch, outputs, points]`. Everything between the arguments and
/// the result is computed anew, tile by tile.
///
/// # Panics
/// As [`fno_tail`].
pub fn fno_tail_backward<T: Scalar>(
    r: &[T],
    x: &[T],
    batch: usize,
    points: usize,
    tail: &Tail<'_, T>,
    gy: &[T],
) -> TailGrad<T> {
    tail.check(r, x, batch, points);
    let ready = Prepared::new(&tail.mlp, tail.gate, true, "fno_tail");
    let (skip, skip_t) = (tail.skip.packed(), tail.skip.packed_transpose());
    let (inputs, width, outputs) = (tail.skip.inputs, tail.skip.outputs, tail.mlp.second.outputs);
    assert_eq!(gy.len(), batch * outputs * points, "fno_tail: gy [{batch}, {outputs}, {points}]");
    let (mut gr, mut gx) = (uninit(r.len()), uninit(x.len()));
    let (gr_out, gx_out) = (SharedMut::new(&mut gr), SharedMut::new(&mut gx));
    let turned = scratch_rows(width, inputs);
    let scratch = inputs + outputs + 3 * width + turned + ready.backward_rows();
    let grid = Grid::new::<T>(batch, points, scratch + inputs + 2 * width);
    let skip_sums = width * (inputs + 1);
    let mut sums = grid.reduce(scratch, skip_sums + ready.sums(), |span, mut rows, sums| {
        let n = span.n;
        let mut feed = Feed::new(grid.after(span), |next| {
            [
                (grid.view(x, inputs, next), inputs),
                (grid.view(r, width, next), width),
                (grid.view(gy, outputs, next), outputs),
            ]
        });
        let (gr, gx) = (grid.view_mut(gr_out, width, span), grid.view_mut(gx_out, inputs, span));
        let (slope, h, gh, turned) =
            (rows.take(width), rows.take(width), rows.take(width), rows.take(turned));
        let plus = Plus { bias: tail.skip.bias, field: Some(grid.view(r, width, span)), gate: None };
        let (skip_grad, sums) = sums.split_at_mut(skip_sums);
        let (gs, gb) = skip_grad.split_at_mut(width * inputs);
        // SAFETY: the views' shapes were checked; the tiles of the results and of scratch are disjoint.
        unsafe {
            let x = rows.copy(grid.view(x, inputs, span), inputs, n);
            let gy = rows.copy(grid.view(gy, outputs, span), outputs, n);
            product(&skip, x, plus, slope, n, |part| {
                value_and_slope(tail.act, slope, h, part);
                feed.some();
            });
            let gate_field = tail.gate.map(|_| x);
            let gz = ready.backward(h, gate_field, gy, Some(gh), &mut rows, sums, n, |part| {
                feed.some();
                if let Some(part) = part {
                    times(slope, gh, gh, part, gb);
                    activate_part(Activation::Identity, gh, gr, part);
                }
            });
            add_outer(gh, width, x, inputs, n, turned, gs);
            let plus = Plus { bias: None, field: tail.gate.map(|_| gz), gate: tail.gate };
            product(&skip_t, gh, plus, gx, n, |_| feed.some());
        }
    });
    let skip = LinearGrad::split(&mut sums, &tail.skip);
    let first = LinearGrad::split(&mut sums, &tail.mlp.first);
    let second = LinearGrad::split(&mut sums, &tail.mlp.second);
    TailGrad { spectral: gr, input: gx, skip, first, second, gate: tail.gate.map(|_| sums) }
}
