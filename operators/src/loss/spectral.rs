//! Slopes by wavenumber along one axis of a flat field.

use burn::tensor::{Tensor, TensorData};
use sobolev_kernels::ops;

/// `n Σ_k k² |û_k|²` over all lines along `axis` and the wavenumbers below `cutoff`, with the Fourier coefficients û of a line of n
/// points: by Parseval's theorem along the other axes, the part of this axis in the H¹ norm of the spectrum. `[batch]`
pub(super) fn slope(x: Tensor<3>, size: &[usize], axis: usize, cutoff: usize) -> Tensor<1> {
    let [batch, channels, points] = x.dims();
    let n = size[axis];
    let modes = cutoff.min(n / 2 + 1);
    if modes < 2 {
        return Tensor::zeros([batch], (&x.device(), x.dtype()));
    }
    let inner: usize = size[axis + 1..].iter().product();
    let lines = points / n;
    let outer = batch * channels * lines / inner;
    let x = if inner == 1 { x } else { x.reshape([outer, n, inner]).swap_dims(1, 2) };
    let spectrum = ops::truncated_fft(x.reshape([batch, channels * lines, n]), &[n], &[modes]);
    // A real line has the wavenumber k with both signs, but for 0 and the highest one of an even number of points.
    let root = |k: usize| k as f64 * (n as f64 * if 2 * k == n { 1.0 } else { 2.0 }).sqrt();
    let roots = TensorData::new((0..modes).map(root).collect(), [modes, 1, 1, 1]);
    let weighted = spectrum.clone() * Tensor::from_data(roots, (&spectrum.device(), spectrum.dtype()));
    weighted
        .square()
        .swap_dims(0, 1)
        .reshape([batch, modes * channels * lines * 2])
        .sum_dim(1)
        .reshape([batch])
}
