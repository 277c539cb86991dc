//! A convolution between two numbers of channels on one grid.

use rayon::prelude::*;

use super::direct::Direct;
use super::plan::Plan;
use super::{ConvSpec, rows, weight, winograd};
use crate::{Error, Result, Scalar, buffer};

/// The sign of what a convolution adds to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// `field + conv`
    Plus,
    /// `field - conv`
    Minus,
}

/// What a convolution is combined with while its values are at hand.
#[derive(Clone, Copy, Debug)]
pub struct Plus<'a, T> {
    /// One value per output channel, added to the convolution.
    pub bias: Option<&'a [T]>,
    /// A field of the result's shape that the convolution, bias included, is added to or subtracted from.
    pub field: Option<(&'a [T], Sign)>,
}

impl<T> Plus<'_, T> {
    /// Nothing.
    pub const NONE: Self = Self { bias: None, field: None };
}

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// Winograd's minimal filtering where it can be used and pays, else the direct form.
    #[default]
    Fastest,
    /// The direct form: the smallest rounding error.
    Direct,
}

/// Channels of the source and the target of a map, in groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channels {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) groups: usize,
}

impl Channels {
    /// Source channels of a group.
    pub(super) fn sources(self) -> usize {
        self.source / self.groups
    }

    /// Target channels of a group.
    pub(super) fn targets(self) -> usize {
        self.target / self.groups
    }
}

/// The linear maps that a [`ConvSpec`] makes on a grid: the convolution, its adjoint, and the gradient of the weight.
///
/// Weights are `[out, in / groups, taps]` and fields `[batch, channels, points]` in all of them.
///
/// ```
/// use sobolev_kernels::conv::{Boundary, ConvSpec, Convolution, Plus};
///
/// let mean = Convolution::new(&ConvSpec::same(1, 3, Boundary::Circular), &[4], 1, 1)?;
/// let y = mean.forward(&[3.0_f64, 0.0, 0.0, 6.0], &[1.0 / 3.0; 3], Plus::NONE);
/// assert!(y.iter().zip([3.0, 1.0, 2.0, 3.0]).all(|(y, z)| (y - z).abs() < 1e-15));
/// # Ok::<(), sobolev_kernels::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Convolution {
    forward: Plan,
    adjoint: Plan,
    inputs: usize,
    outputs: usize,
    groups: usize,
    taps: usize,
    method: Method,
}

impl Convolution {
    /// The maps of `spec` between fields of `inputs` and `outputs` channels, the input on a grid of size `size`.
    ///
    /// # Errors
    /// If [`ConvSpec::check`] fails, or the groups do not divide the channels.
    pub fn new(spec: &ConvSpec, size: &[usize], inputs: usize, outputs: usize) -> Result<Self> {
        spec.check(size)?;
        let groups = spec.groups;
        if !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            return Err(Error::Conv(format!(
                "{groups} groups are expected to divide the channels, {inputs} and {outputs}"
            )));
        }
        let (forward, adjoint) = (Plan::forward(spec, size), Plan::adjoint(spec, size));
        Ok(Self { forward, adjoint, inputs, outputs, groups, taps: spec.taps(), method: Method::default() })
    }

    /// By another method.
    #[must_use]
    pub fn with_method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// Whether a map is computed by minimal filtering.
    fn filters<T: Scalar>(&self, plan: &Plan, channels: Channels) -> bool {
        self.method == Method::Fastest && winograd::serves::<T>(plan, channels)
    }

    /// Channels of the input.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Channels of the output.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Points of the input's grid.
    pub fn points(&self) -> usize {
        self.forward.source()
    }

    /// Points of the output's grid.
    pub fn output_points(&self) -> usize {
        self.forward.target()
    }

    fn channels(&self) -> Channels {
        Channels { source: self.inputs, target: self.outputs, groups: self.groups }
    }

    fn channels_back(&self) -> Channels {
        Channels { source: self.outputs, target: self.inputs, groups: self.groups }
    }

    fn check<T>(&self, weight: &[T]) {
        let expected = self.outputs * self.inputs / self.groups * self.taps;
        assert_eq!(weight.len(), expected, "conv: entries of the weight");
    }

    /// The convolution of `x [batch, in, points]`.
    ///
    /// # Panics
    /// If a slice has another length.
    pub fn forward<T: Scalar>(&self, x: &[T], weight: &[T], plus: Plus<'_, T>) -> Vec<T> {
        self.check(weight);
        let (per_in, per_out) = (self.inputs / self.groups, self.outputs / self.groups);
        let at =
            |g: usize, o: usize, i: usize, t: usize| weight[((g * per_out + o) * per_in + i) * self.taps + t];
        self.apply(&self.forward, self.channels(), x, plus, at)
    }

    /// The adjoint of the convolution, for `y [batch, out, output points]`.
    ///
    /// # Panics
    /// If a slice has another length.
    pub fn adjoint<T: Scalar>(&self, y: &[T], weight: &[T], plus: Plus<'_, T>) -> Vec<T> {
        self.check(weight);
        let (per_in, per_out) = (self.inputs / self.groups, self.outputs / self.groups);
        let at =
            |g: usize, i: usize, o: usize, t: usize| weight[((g * per_out + o) * per_in + i) * self.taps + t];
        self.apply(&self.adjoint, self.channels_back(), y, plus, at)
    }

    /// The gradient of the weight, given `x [batch, in, points]` and the gradient `gy [batch, out, output points]` of the convolution.
    ///
    /// # Panics
    /// If a slice has another length.
    pub fn weight_gradient<T: Scalar>(&self, x: &[T], gy: &[T]) -> Vec<T> {
        let batch = batch(x, self.inputs * self.points(), "x");
        assert_eq!(gy.len(), batch * self.outputs * self.output_points(), "conv: entries of the gradient");
        if self.filters::<T>(&self.forward, self.channels()) {
            return winograd::gradient(&self.forward, self.channels(), x, gy);
        }
        weight::gradient(&self.forward, self.channels(), x, gy)
    }

    fn apply<T: Scalar>(
        &self,
        plan: &Plan,
        channels: Channels,
        x: &[T],
        plus: Plus<'_, T>,
        at: impl Fn(usize, usize, usize, usize) -> T + Sync,
    ) -> Vec<T> {
        let samples = batch(x, channels.source * plan.source(), "the field");
        let len = samples * channels.target * plan.target();
        assert!(plus.bias.is_none_or(|b| b.len() == channels.target), "conv: entries of the bias");
        assert!(
            plus.field.is_none_or(|(f, _)| f.len() == len),
            "conv: entries of the field that is added to"
        );
        let mut y = buffer::uninit(len);
        if self.filters::<T>(plan, channels) {
            winograd::apply(plan, channels, x, &mut y, plus, &at);
        } else {
            let direct = Direct::new(plan, channels, samples, plus, at);
            direct.run(x, &mut y);
            direct.fold(x, &mut y);
        }
        y
    }
}

fn batch<T>(x: &[T], sample: usize, what: &str) -> usize {
    let samples = x.len().checked_div(sample).unwrap_or(0);
    assert_eq!(x.len(), samples * sample, "conv: {what} is no whole number of samples");
    samples
}

/// The gradient of a bias: sums over samples and points of `gy [batch, channels, points]`.
///
/// # Panics
/// If `gy` is no whole number of samples.
pub fn bias_gradient<T: Scalar>(gy: &[T], channels: usize, points: usize) -> Vec<T> {
    let samples = batch(gy, channels * points, "the gradient");
    let channel = |c: usize| -> T {
        (0..samples).map(|s| rows::sum(&gy[(s * channels + c) * points..][..points])).sum()
    };
    (0..channels).into_par_iter().map(channel).collect()
}
