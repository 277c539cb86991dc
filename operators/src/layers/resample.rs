//! Fields on another grid of the same domain.

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};
use sobolev_kernels::ops;

use crate::fno::unambiguous_modes;

/// How a field comes to a grid of another size.
///
/// Points stand at i/n of the domain on either grid, as they do for a spectral convolution that goes from one grid to another: what
/// goes beside the convolution and what goes through it stay in register, whatever the physical grid (cells or nodes) is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resample {
    /// The trigonometric polynomial of the wavenumbers that both grids resolve, `|k| < n/2`: exact for them on any pair of sizes.
    #[default]
    Spectral,
    /// Linear between points, over a triangle as wide as the coarser spacing where the grid gets coarser; nothing wraps around the
    /// border, where the nearest value goes on. For fields that are not periodic.
    Linear,
}

/// The field on `out_size` points.
///
/// **Shapes.** `[batch, channels, points of size]` to `[batch, channels, points of out_size]`.
pub fn resample(x: Tensor<3>, size: &[usize], out_size: &[usize], how: Resample) -> Tensor<3> {
    if size == out_size {
        return x;
    }
    match how {
        Resample::Spectral => {
            let kept: Vec<usize> = unambiguous_modes(size)
                .into_iter()
                .zip(unambiguous_modes(out_size))
                .map(|(a, b)| a.min(b))
                .collect();
            ops::truncated_ifft(ops::truncated_fft(x, size, &kept), out_size, &kept)
        }
        Resample::Linear => {
            let [batch, channels, _] = x.dims();
            let mut now = size.to_vec();
            let mut x = x;
            for axis in 0..size.len() {
                if size[axis] != out_size[axis] {
                    let inner: usize = now[axis + 1..].iter().product();
                    let planes = batch * channels * now[..axis].iter().product::<usize>();
                    let lines = x.reshape([planes, size[axis], inner]);
                    now[axis] = out_size[axis];
                    let matrix =
                        constant(hats(size[axis], out_size[axis]), [out_size[axis], size[axis]], &lines);
                    x = matrix.unsqueeze::<3>().expand([planes, out_size[axis], size[axis]]).matmul(lines);
                }
                x = x.reshape([batch, channels, now.iter().product()]);
            }
            x
        }
    }
}

/// The matrix `[m, n]` of the linear map: rows of hat functions around `j n/m`, which sum to one.
fn hats(n: usize, m: usize) -> Vec<f64> {
    let ratio = n as f64 / m as f64;
    let width = ratio.max(1.0);
    let mut matrix = Vec::with_capacity(m * n);
    for j in 0..m {
        // Finer grids have points behind the last one of this grid.
        let centre = (j as f64 * ratio).min((n - 1) as f64);
        let row: Vec<f64> = (0..n).map(|i| (1.0 - (i as f64 - centre).abs() / width).max(0.0)).collect();
        let sum: f64 = row.iter().sum();
        matrix.extend(row.into_iter().map(|w| w / sum));
    }
    matrix
}

/// A matrix beside `like`: its device, type and autodiff context, without a gradient of its own.
fn constant(values: Vec<f64>, shape: [usize; 2], like: &Tensor<3>) -> Tensor<2> {
    let device = like.device();
    let tensor = Tensor::from_data(TensorData::new(values, shape), (&device.clone().inner(), like.dtype()));
    if device.is_autodiff() { Tensor::from_inner(tensor) } else { tensor }
}
