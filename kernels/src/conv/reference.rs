//! The definition of a convolution, tap by tap.

use super::ConvSpec;
use crate::Scalar;

/// Calls `f(output point, tap, input point)` for every tap that reads a point of the grid.
fn each_tap(spec: &ConvSpec, size: &[usize], mut f: impl FnMut(usize, usize, usize)) {
    let outputs = spec.output_size(size);
    let kernel: Vec<usize> = spec.axes.iter().map(|a| a.kernel).collect();
    let points: usize = outputs.iter().product();
    for j in 0..points {
        for t in 0..spec.taps() {
            let (mut j_rest, mut t_rest, mut stride, mut input) = (j, t, 1, Some(0));
            for a in (0..size.len()).rev() {
                let point = spec.axes[a].point(j_rest % outputs[a], t_rest % kernel[a], size[a]);
                input = input.zip(point).map(|(sum, p)| sum + stride * p);
                (j_rest, t_rest, stride) = (j_rest / outputs[a], t_rest / kernel[a], stride * size[a]);
            }
            if let Some(input) = input {
                f(j, t, input);
            }
        }
    }
}

/// The convolution in plain loops, see [`ConvSpec`].
///
/// **Shapes.** `x [batch, in, points]`, `w [out, in / groups, taps]` to `[batch, out, output points]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn reference<T: Scalar>(
    x: &[T],
    w: &[T],
    batch: usize,
    channels: [usize; 2],
    size: &[usize],
    spec: &ConvSpec,
) -> Vec<T> {
    let [inputs, outputs] = channels;
    let (points, taps) = (size.iter().product::<usize>(), spec.taps());
    let out_points: usize = spec.output_size(size).iter().product();
    let (per_in, per_out) = (inputs / spec.groups, outputs / spec.groups);
    let mut y = vec![T::zero(); batch * outputs * out_points];
    each_tap(spec, size, |j, t, p| {
        for b in 0..batch {
            for o in 0..outputs {
                for i in 0..per_in {
                    let channel = o / per_out * per_in + i;
                    y[(b * outputs + o) * out_points + j] +=
                        w[(o * per_in + i) * taps + t] * x[(b * inputs + channel) * points + p];
                }
            }
        }
    });
    y
}

/// The adjoint of [`reference()`] with respect to `x`, in plain loops: `channels` are those of the convolution.
///
/// **Shapes.** `y [batch, out, output points]`, `w [out, in / groups, taps]` to `[batch, in, points]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn reference_transpose<T: Scalar>(
    y: &[T],
    w: &[T],
    batch: usize,
    channels: [usize; 2],
    size: &[usize],
    spec: &ConvSpec,
) -> Vec<T> {
    let [inputs, outputs] = channels;
    let (points, taps) = (size.iter().product::<usize>(), spec.taps());
    let out_points: usize = spec.output_size(size).iter().product();
    let (per_in, per_out) = (inputs / spec.groups, outputs / spec.groups);
    let mut x = vec![T::zero(); batch * inputs * points];
    each_tap(spec, size, |j, t, p| {
        for b in 0..batch {
            for o in 0..outputs {
                for i in 0..per_in {
                    let channel = o / per_out * per_in + i;
                    x[(b * inputs + channel) * points + p] +=
                        w[(o * per_in + i) * taps + t] * y[(b * outputs + o) * out_points + j];
                }
            }
        }
    });
    x
}
