//! Truncated Fourier transforms as products with the matrices of the discrete Fourier transform, axis by axis.

use std::f64::consts::TAU;

use burn::tensor::{DType, Device, Tensor, TensorData};

/// `cos(2π k n / N)` and `sin(2π k n / N)` for the given wavenumbers (rows) and all grid points (columns), scaled per row.
fn table(
    wavenumbers: &[i64],
    n: usize,
    scale: impl Fn(i64) -> f64,
    like: &(Device, DType),
) -> (Tensor<2>, Tensor<2>) {
    let entry = |f: fn(f64) -> f64| -> Tensor<2> {
        let values: Vec<f64> = wavenumbers
            .iter()
            .flat_map(|&k| {
                let s = scale(k);
                (0..n as i64).map(move |x| (k, x, s))
            })
            // The phase is reduced as an integer: exact at any size.
            .map(|(k, x, s)| s * f(TAU * (k * x).rem_euclid(n as i64) as f64 / n as f64))
            .collect();
        Tensor::from_data(
            TensorData::new(values, [wavenumbers.len(), n]).convert_dtype(like.1),
            (&like.0, like.1),
        )
    };
    (entry(f64::cos), entry(f64::sin))
}

fn wavenumbers(modes: &[usize]) -> Vec<Vec<i64>> {
    let last = modes.len() - 1;
    let centred = |m: usize| (-(m as i64 / 2)..(m as i64 - m as i64 / 2)).collect();
    modes
        .iter()
        .enumerate()
        .map(|(j, &m)| if j == last { (0..m as i64).collect() } else { centred(m) })
        .collect()
}

/// See [`truncated_fft`](crate::ops::truncated_fft).
pub fn truncated_fft(x: Tensor<3>, size: &[usize], modes: &[usize]) -> Tensor<4> {
    let [batch, channels, points] = x.dims();
    let like = (x.device().inner(), x.dtype());
    let planes = batch * channels;
    let kept = wavenumbers(modes);
    let d = size.len();
    // Every axis has its part of the factor 1/N, so that in half precision neither tables nor sums leave the range.
    let (cos, sin) = table(&kept[d - 1], size[d - 1], |_| 1.0 / size[d - 1] as f64, &like);
    let lines = x.reshape([planes * points / size[d - 1], size[d - 1]]);
    let mut re = lines.clone().matmul(constant(cos.transpose(), &lines));
    let mut im = -lines.clone().matmul(constant(sin.transpose(), &lines));
    let mut tail = modes[d - 1];
    for j in (0..d - 1).rev() {
        let (cos, sin) = table(&kept[j], size[j], |_| 1.0 / size[j] as f64, &like);
        let head = planes * size[..j].iter().product::<usize>();
        let (r, i) = (re.reshape([head, size[j], tail]), im.reshape([head, size[j], tail]));
        let cos = constant(cos, &lines).unsqueeze::<3>().expand([head, modes[j], size[j]]);
        let sin = constant(sin, &lines).unsqueeze::<3>().expand([head, modes[j], size[j]]);
        let rows = head * modes[j];
        re = (cos.clone().matmul(r.clone()) + sin.clone().matmul(i.clone())).reshape([rows, tail]);
        im = (cos.matmul(i) - sin.matmul(r)).reshape([rows, tail]);
        tail *= modes[j];
    }
    let mode_major = |t: Tensor<2>| t.reshape([planes, tail]).transpose().reshape([tail, batch, channels]);
    Tensor::stack(vec![mode_major(re), mode_major(im)], 3)
}

/// See [`truncated_ifft`](crate::ops::truncated_ifft).
pub fn truncated_ifft(s: Tensor<4>, size: &[usize], modes: &[usize]) -> Tensor<3> {
    let [total, batch, channels, _] = s.dims();
    let like = (s.device().inner(), s.dtype());
    let planes = batch * channels;
    let kept = wavenumbers(modes);
    let d = size.len();
    let (re, im) = super::contract::split(s);
    let plane_major = |t: Tensor<3>| t.reshape([total, planes]).transpose();
    let (mut re, mut im) = (plane_major(re), plane_major(im));
    let anchor = re.clone();
    let mut head = planes;
    let mut tail = total;
    for j in 0..d - 1 {
        let (cos, sin) = table(&kept[j], size[j], |_| 1.0, &like);
        tail /= modes[j];
        let (r, i) = (re.reshape([head, modes[j], tail]), im.reshape([head, modes[j], tail]));
        let cos = constant(cos.transpose(), &anchor).unsqueeze::<3>().expand([head, size[j], modes[j]]);
        let sin = constant(sin.transpose(), &anchor).unsqueeze::<3>().expand([head, size[j], modes[j]]);
        re = (cos.clone().matmul(r.clone()) - sin.clone().matmul(i.clone())).reshape([head * size[j], tail]);
        im = (cos.matmul(i) + sin.matmul(r)).reshape([head * size[j], tail]);
        head *= size[j];
    }
    let n = size[d - 1] as i64;
    // A real field has each wavenumber twice, but for 0 and, on an even grid, n/2.
    let weight = |k: i64| if k == 0 || 2 * k == n { 1.0 } else { 2.0 };
    let (cos, sin) = table(&kept[d - 1], size[d - 1], weight, &like);
    let (r, i) = (re.reshape([head, tail]), im.reshape([head, tail]));
    let x = r.matmul(constant(cos, &anchor)) - i.matmul(constant(sin, &anchor));
    x.reshape([batch, channels, size.iter().product()])
}

/// A table on the device of `like`, in its autodiff context, without a gradient of its own.
fn constant(table: Tensor<2>, like: &Tensor<2>) -> Tensor<2> {
    if like.device().is_autodiff() { Tensor::from_inner(table) } else { table }
}
