//! Convolutions on grids of one to three axes.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::composed;
use super::cpu::{self, CpuOp, CpuScalar, dispatch};
use crate::conv::{ConvSpec, Convolution, Plus, Sign, bias_gradient};

/// A convolution, see [`ConvSpec`] for the equation.
///
/// **Shapes.** `x [batch, in, points]` with `points` the product of `size`, `weight [out, in / groups, taps]` with the taps of the last
/// axis fastest, `bias [out]`, to `[batch, out, output points]` with the product of
/// [`output_size`](ConvSpec::output_size).
///
/// # Panics
/// If the shapes do not fit, or [`ConvSpec::check`] fails.
pub fn conv(
    x: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    check("conv", &x, &weight, bias.as_ref(), size, spec);
    if !cpu::serves(&x) {
        return composed::conv(x, weight, bias, size, spec);
    }
    run(Direction::Plain, x, weight, bias, None, size, spec)
}

/// A convolution added to a field, `y = r + conv(x)`, in one pass over `r`.
///
/// **Shapes.** As [`conv`]; `r` has the result's.
///
/// # Panics
/// As [`conv`].
pub fn conv_add(
    r: Tensor<3>,
    x: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    let out = check("conv_add", &x, &weight, bias.as_ref(), size, spec);
    assert_eq!(r.dims(), out, "conv_add: the field that is added to");
    if !cpu::serves(&x) {
        return composed::conv_add(r, x, weight, bias, size, spec);
    }
    run(Direction::Plain, x, weight, bias, Some((r, Sign::Plus)), size, spec)
}

/// A residual, `y = f - conv(x)`, in one pass over `f`; the bias is part of the convolution.
///
/// **Shapes.** As [`conv`]; `f` has the result's.
///
/// # Panics
/// As [`conv`].
pub fn conv_residual(
    f: Tensor<3>,
    x: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    let out = check("conv_residual", &x, &weight, bias.as_ref(), size, spec);
    assert_eq!(f.dims(), out, "conv_residual: the field that is subtracted from");
    if !cpu::serves(&x) {
        return composed::conv_residual(f, x, weight, bias, size, spec);
    }
    run(Direction::Plain, x, weight, bias, Some((f, Sign::Minus)), size, spec)
}

/// The transposed convolution: the adjoint of [`conv`] with the same weight and the same `spec` on the grid of size `size`, plus a
/// bias.
///
/// ```math
/// x_{b,i,p} = \sum_{o} \sum_{(j,t): π(j,t) = p} w_{o,i,t}\, y_{b,o,j} + \mathrm{bias}_i
/// ```
///
/// `size` is the size of the result, since several sizes lead to the same coarse one: with stride 2, padding 1 and `m` coarse points,
/// 3 taps fit an odd size `2m - 1`, and 4 taps the even size `2m`. With [`Boundary::Zero`](super::Boundary::Zero) this is the
/// transposed convolution of deep-learning frameworks; a periodic axis stays periodic.
///
/// **Shapes.** `y [batch, in, points]` with `points` the product of the spec's output size, `weight [in, out / groups, taps]`,
/// `bias [out]`, to `[batch, out, product of size]`.
///
/// # Panics
/// If the shapes do not fit, or [`ConvSpec::check`] fails.
pub fn conv_transpose(
    y: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    check_transpose("conv_transpose", &y, &weight, bias.as_ref(), size, spec);
    if !cpu::serves(&y) {
        return composed::conv_transpose(y, weight, bias, size, spec);
    }
    run(Direction::Transposed, y, weight, bias, None, size, spec)
}

/// A transposed convolution added to a field, `x = r + conv_transpose(y)`, in one pass over `r`.
///
/// **Shapes.** As [`conv_transpose`]; `r` has the result's.
///
/// # Panics
/// As [`conv_transpose`].
pub fn conv_transpose_add(
    r: Tensor<3>,
    y: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    let out = check_transpose("conv_transpose_add", &y, &weight, bias.as_ref(), size, spec);
    assert_eq!(r.dims(), out, "conv_transpose_add: the field that is added to");
    if !cpu::serves(&y) {
        return composed::conv_transpose_add(r, y, weight, bias, size, spec);
    }
    run(Direction::Transposed, y, weight, bias, Some((r, Sign::Plus)), size, spec)
}

/// The shape of the result.
fn check(
    who: &str,
    x: &Tensor<3>,
    weight: &Tensor<3>,
    bias: Option<&Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> [usize; 3] {
    let output = spec.output_size(size);
    let ([batch, inputs, points], [outputs, per_group, taps]) = (x.dims(), weight.dims());
    assert_eq!(points, size.iter().product::<usize>(), "{who}: points of a grid {size:?}");
    assert_eq!((inputs, taps), (per_group * spec.groups, spec.taps()), "{who}: input channels and taps");
    assert!(
        outputs.is_multiple_of(spec.groups),
        "{who}: {outputs} output channels in {} groups",
        spec.groups
    );
    if let Some(b) = bias {
        assert_eq!(b.dims(), [outputs], "{who}: bias");
    }
    [batch, outputs, output.iter().product()]
}

/// The shape of the result.
fn check_transpose(
    who: &str,
    y: &Tensor<3>,
    weight: &Tensor<3>,
    bias: Option<&Tensor<1>>,
    size: &[usize],
    spec: &ConvSpec,
) -> [usize; 3] {
    let coarse = spec.output_size(size);
    let ([batch, inputs, points], [w_inputs, per_group, taps]) = (y.dims(), weight.dims());
    assert_eq!(
        points,
        coarse.iter().product::<usize>(),
        "{who}: points of a grid {coarse:?}, which leads to {size:?}"
    );
    assert_eq!((inputs, spec.taps()), (w_inputs, taps), "{who}: input channels and taps");
    assert!(inputs.is_multiple_of(spec.groups), "{who}: {inputs} input channels in {} groups", spec.groups);
    let outputs = per_group * spec.groups;
    if let Some(b) = bias {
        assert_eq!(b.dims(), [outputs], "{who}: bias");
    }
    [batch, outputs, size.iter().product()]
}

/// Which of a pair of adjoint maps is the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Plain,
    Transposed,
}

fn run(
    direction: Direction,
    x: Tensor<3>,
    weight: Tensor<3>,
    bias: Option<Tensor<1>>,
    field: Option<(Tensor<3>, Sign)>,
    size: &[usize],
    spec: &ConvSpec,
) -> Tensor<3> {
    let [first, per_group, _] = weight.dims();
    let Ok(maps) = Convolution::new(spec, size, per_group * spec.groups, first) else {
        unreachable!("the caller has checked the shapes")
    };
    let sign = field.as_ref().map(|(_, sign)| *sign);
    let op = Conv { maps, direction, bias: bias.is_some(), sign };
    let mut inputs = vec![x.into_dispatch(), weight.into_dispatch()];
    inputs.extend(bias.map(Tensor::into_dispatch));
    inputs.extend(field.map(|(field, _)| field.into_dispatch()));
    cpu::run(op, inputs)
}

/// Inputs: the field, the weight, then the bias and the field that the result is combined with if they are there.
#[derive(Debug)]
struct Conv {
    maps: Convolution,
    direction: Direction,
    bias: bool,
    sign: Option<Sign>,
}

impl Conv {
    /// The map of the operation, or its adjoint.
    fn map<T: CpuScalar>(&self, direction: Direction, x: &[T], weight: &[T], plus: Plus<'_, T>) -> Vec<T> {
        match direction {
            Direction::Plain => self.maps.forward(x, weight, plus),
            Direction::Transposed => self.maps.adjoint(x, weight, plus),
        }
    }

    fn back(&self) -> Direction {
        match self.direction {
            Direction::Plain => Direction::Transposed,
            Direction::Transposed => Direction::Plain,
        }
    }

    /// Channels and points of the result.
    fn output(&self) -> [usize; 2] {
        match self.direction {
            Direction::Plain => [self.maps.outputs(), self.maps.output_points()],
            Direction::Transposed => [self.maps.inputs(), self.maps.points()],
        }
    }
}

/// `v`, or `-v` for a convolution that is subtracted.
fn signed<T: CpuScalar>(mut v: Vec<T>, sign: Option<Sign>) -> Vec<T> {
    if sign == Some(Sign::Minus) {
        v.iter_mut().for_each(|v| *v = -*v);
    }
    v
}

impl CpuOp for Conv {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let [batch, _, _] = inputs[0].shape().dims();
        let [channels, points] = self.output();
        dispatch!(inputs[0], T => {
            let bias = self.bias.then(|| cpu::slice(&inputs[2]));
            let field = self.sign.map(|sign| (cpu::slice(&inputs[2 + usize::from(self.bias)]), sign));
            let y = self.map::<T>(self.direction, cpu::slice(&inputs[0]), cpu::slice(&inputs[1]), Plus { bias, field });
            cpu::tensor(y, [batch, channels, points])
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor> {
        let [channels, points] = self.output();
        dispatch!(grad, T => {
            let (x, w, gy) = (cpu::slice::<T>(&saved[0]), cpu::slice::<T>(&saved[1]), cpu::slice::<T>(&grad));
            let gx = || {
                // The sign goes with the smaller factor.
                let w = signed(w.to_vec(), self.sign);
                cpu::tensor(self.map(self.back(), gy, &w, Plus::NONE), saved[0].shape())
            };
            let gw = || {
                let gw = match self.direction {
                    Direction::Plain => self.maps.weight_gradient(x, gy),
                    Direction::Transposed => self.maps.weight_gradient(gy, x),
                };
                cpu::tensor(signed(gw, self.sign), saved[1].shape())
            };
            let mut out = vec![
                if needs[0] { gx() } else { cpu::nothing(&grad) },
                if needs[1] { gw() } else { cpu::nothing(&grad) },
            ];
            if self.bias {
                let gb = || cpu::tensor(signed(bias_gradient(gy, channels, points), self.sign), [channels]);
                out.push(if needs[2] { gb() } else { cpu::nothing(&grad) });
            }
            if self.sign.is_some() {
                out.push(if needs[out.len()] { grad.clone() } else { cpu::nothing(&grad) });
            }
            out
        })
    }

    fn saves(&self, index: usize) -> bool {
        index < 2
    }
}
