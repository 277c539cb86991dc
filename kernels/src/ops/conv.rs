//! Convolutions on grids of one to three axes.

use burn::tensor::Tensor;

use super::composed;
use crate::conv::ConvSpec;

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
    composed::conv(x, weight, bias, size, spec)
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
    composed::conv_add(r, x, weight, bias, size, spec)
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
    composed::conv_residual(f, x, weight, bias, size, spec)
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
    composed::conv_transpose(y, weight, bias, size, spec)
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
    composed::conv_transpose_add(r, y, weight, bias, size, spec)
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
