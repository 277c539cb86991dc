//! Zeros around the domain, for problems that are not periodic.

use burn::tensor::Tensor;

/// Points added on each side of each axis: the fraction of the axis, rounded (ties to even).
pub fn pixels(size: &[usize], fraction: f64) -> Vec<usize> {
    size.iter().map(|&n| (n as f64 * fraction).round_ties_even() as usize).collect()
}

/// The axes of a flat field made explicit, missing grid axes being 1 long.
fn full(batch: usize, channels: usize, size: &[usize]) -> [usize; 5] {
    let mut shape = [batch, channels, 1, 1, 1];
    shape[5 - size.len()..].copy_from_slice(size);
    shape
}

fn inner(outer_shape: [usize; 5], size: &[usize], pad: &[usize]) -> [std::ops::Range<usize>; 5] {
    let mut ranges = outer_shape.map(|n| 0..n);
    for (range, (&n, &p)) in ranges[5 - size.len()..].iter_mut().zip(size.iter().zip(pad)) {
        *range = p..p + n;
    }
    ranges
}

fn padded_size(size: &[usize], pad: &[usize]) -> Vec<usize> {
    size.iter().zip(pad).map(|(n, p)| n + 2 * p).collect()
}

/// Adds `pad` zeros on both sides of every axis; returns the field and its new size.
///
/// **Shapes.** `[batch, channels, points]` to `[batch, channels, padded points]`.
pub fn pad(x: Tensor<3>, size: &[usize], pad: &[usize]) -> (Tensor<3>, Vec<usize>) {
    let outer_size = padded_size(size, pad);
    let [batch, channels, _] = x.dims();
    if outer_size == size {
        return (x, outer_size);
    }
    let outer = full(batch, channels, &outer_size);
    let zeros = Tensor::<5>::zeros(outer, (&x.device(), x.dtype()));
    let y = zeros.slice_assign(inner(outer, size, pad), x.reshape(full(batch, channels, size)));
    (y.reshape([batch, channels, outer[2] * outer[3] * outer[4]]), outer_size)
}

/// Takes away what [`pad`] added; `size` is the size without padding.
///
/// **Shapes.** `[batch, channels, padded points]` to `[batch, channels, points]`.
pub fn crop(x: Tensor<3>, size: &[usize], pad: &[usize]) -> Tensor<3> {
    let outer_size = padded_size(size, pad);
    let [batch, channels, _] = x.dims();
    if outer_size == size {
        return x;
    }
    let outer = full(batch, channels, &outer_size);
    x.reshape(outer).slice(inner(outer, size, pad)).reshape([batch, channels, size.iter().product()])
}
