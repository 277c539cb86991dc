//! The operations on a wgpu device against the CPU, values and gradients.
//!
//! Runs on any adapter, a software rasteriser included. Without an adapter the tests say so and pass, unless
//! `SOBOLEV_REQUIRE_GPU=1` asks for one.

use std::sync::Arc;

use burn::tensor::{DType, Device, DeviceKind, DeviceType, Tensor, TensorData};
use sobolev_kernels::ops::{self, Activation, Boundary, ConvAxis, ConvSpec, MlpParams, Op, TailParams};
use sobolev_kernels::rng;
use sobolev_kernels::windows::{AxisWindows, Windows};

/// Relative distance in the 2-norm: single precision, a few hundred terms a sum, another order of summation.
const BOUND: f64 = 3e-5;

fn gpu() -> Option<Device> {
    if Device::enumerate(DeviceType::Wgpu).into_vec().is_empty() {
        assert!(
            std::env::var("SOBOLEV_REQUIRE_GPU").is_err(),
            "SOBOLEV_REQUIRE_GPU is set, but wgpu finds no adapter"
        );
        eprintln!("no wgpu adapter: not run");
        return None;
    }
    Some(Device::wgpu(DeviceKind::DefaultDevice))
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let (mut error, mut norm) = (0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        error += (x - y).powi(2);
        norm += y * y;
    }
    (error / norm.max(1e-30)).sqrt()
}

/// Reads the gradient of one input.
type Reader = Box<dyn Fn(&burn::tensor::Gradients) -> Vec<f64>>;

/// Inputs drawn on a device, a function of them, and its value and gradients.
struct Run {
    device: Device,
    stream: u64,
    inputs: Vec<Reader>,
}

impl Run {
    fn draw<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        let t = constant(&self.device, shape, self.stream).require_grad();
        self.stream += 1;
        let kept = t.clone();
        self.inputs.push(Box::new(move |g| {
            kept.grad(g).map(|g| g.into_data().iter::<f64>().collect()).unwrap_or_default()
        }));
        t
    }
}

fn constant<const D: usize>(device: &Device, shape: [usize; D], stream: u64) -> Tensor<D> {
    let values: Vec<f32> = rng::normals(&mut rng::stream(3, stream), shape.iter().product())
        .into_iter()
        .map(|v| v as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn evaluate<const D: usize>(device: &Device, f: &impl Fn(&mut Run) -> Tensor<D>) -> Vec<Vec<f64>> {
    let mut run = Run { device: device.clone().autodiff(), stream: 0, inputs: Vec::new() };
    let y = f(&mut run);
    let weights = constant(&run.device, y.dims(), 99);
    let grads = (y.clone() * weights).sum().backward();
    let mut out = vec![y.into_data().iter::<f64>().collect()];
    out.extend(run.inputs.iter().map(|g| g(&grads)));
    out
}

fn agree<const D: usize>(f: impl Fn(&mut Run) -> Tensor<D>) {
    let Some(device) = gpu() else { return };
    let (on_gpu, on_cpu) = (evaluate(&device, &f), evaluate(&Device::flex(), &f));
    for (i, (a, b)) in on_gpu.iter().zip(&on_cpu).enumerate() {
        let d = distance(a, b);
        assert!(d < BOUND, "{} {i}: {d:e} apart", if i == 0 { "value" } else { "gradient" });
    }
}

#[test]
fn truncated_transforms() {
    agree(|r| ops::truncated_fft(r.draw([2, 2, 90]), &[9, 10], &[5, 4]));
    agree(|r| ops::truncated_ifft(r.draw([20, 2, 2, 2]), &[9, 10], &[5, 4]));
    agree(|r| ops::truncated_ifft(r.draw([12, 2, 2, 2]), &[4, 4, 6], &[2, 2, 3]));
}

#[test]
fn contractions() {
    agree(|r| ops::cmatmul(r.draw([4, 2, 3, 2]), Op::Plain, r.draw([4, 3, 5, 2]), Op::Plain));
    agree(|r| ops::cmatmul(r.draw([1, 3, 2, 2]), Op::Transposed, r.draw([4, 3, 5, 2]), Op::Plain));
    agree(|r| ops::separable(r.draw([6, 3, 4, 2]), r.draw([6, 4, 2])));
    agree(|r| ops::expanded(r.draw([6, 3, 4, 2]), r.draw([2, 5, 8, 2]), r.draw([3, 5, 2])));
    agree(|r| ops::khatri_rao(r.draw([4, 5, 2]), r.draw([3, 5, 2])));
    agree(|r| {
        let (x, modes) = (r.draw([6, 3, 4, 2]), [r.draw([2, 5, 2]), r.draw([3, 5, 2])]);
        ops::components(x, modes, r.draw([4, 5, 2]), r.draw([2, 5, 2]))
    });
}

fn lowered<const D: usize>(x: Tensor<D>, half: bool) -> Tensor<D> {
    if half { x.cast(DType::F16) } else { x }
}

/// A spectral convolution in 16-bit numbers, where the device has them, against single precision on the CPU.
#[test]
fn half_precision() {
    let Some(device) = gpu() else { return };
    if !device.supports_dtype(DType::F16) {
        eprintln!("no 16-bit numbers on this device: not run");
        return;
    }
    let convolution = |half| {
        move |r: &mut Run| {
            let (x, w) = (lowered(r.draw([2, 3, 144]), half), lowered(r.draw([20, 3, 4, 2]), half));
            let spectrum = ops::truncated_fft(x, &[9, 16], &[5, 4]);
            let y = ops::cmatmul(spectrum, Op::Plain, w, Op::Plain);
            assert_eq!(y.dtype() == DType::F16, half);
            ops::truncated_ifft(y, &[9, 16], &[5, 4]).cast(DType::F32)
        }
    };
    let (half, full) =
        (evaluate(&device, &convolution(true)), evaluate(&Device::flex(), &convolution(false)));
    for (i, (a, b)) in half.iter().zip(&full).enumerate() {
        let d = distance(a, b);
        // 2^-11 a rounding; a difference of rounding's size says that the numbers were short.
        assert!((1e-5..5e-3).contains(&d), "{} {i}: {d:e} apart", if i == 0 { "value" } else { "gradient" });
    }
}

#[test]
fn pointwise() {
    agree(|r| ops::activate(r.draw([2, 3, 17]), Activation::Gelu));
    agree(|r| {
        let (x, w, b) = (r.draw([2, 3, 17]), r.draw([5, 3]), r.draw([5]));
        let residual = r.draw([2, 5, 17]);
        ops::channel_mix(x, w, Some(b), Some(residual), Activation::Silu)
    });
}

#[test]
fn block_tail() {
    agree(|r| {
        let (y, x) = (r.draw([2, 4, 30]), r.draw([2, 4, 30]));
        let (skip, bias, gate) = (r.draw([4, 4]), r.draw([4]), r.draw([4]));
        let mlp = MlpParams { w1: r.draw([3, 4]), b1: r.draw([3]), w2: r.draw([4, 3]), b2: r.draw([4]) };
        let act = Activation::Gelu;
        ops::fno_tail(y, x, TailParams { skip, bias, mid: act, mlp, hidden: act, gate, out: act })
    });
}

#[test]
fn group_norm() {
    agree(|r| {
        let (x, w, b) = (r.draw([2, 6, 35]), r.draw([6]), r.draw([6]));
        ops::group_norm(x, 2, Some((w, b)), 1e-5)
    });
}

#[test]
fn windows_of_fields() {
    let around = AxisWindows::new(6, 5, (0..15).map(|i| Some((2 * (i / 5) + i % 5) % 6)));
    let beyond = AxisWindows::new(4, 6, (0..6).map(|i: usize| i.checked_sub(1).filter(|&p| p < 4)));
    let windows = Arc::new(Windows::new(vec![around, beyond]));
    agree(|r| ops::gather_windows(r.draw([2, 3, 24]), &windows));
    agree(|r| ops::scatter_windows(r.draw([6, 3, 30]), &windows));
}

#[test]
fn convolutions() {
    for boundary in Boundary::ALL {
        let same = ConvSpec::same(2, 3, boundary);
        agree(|r| {
            let (x, w, b) = (r.draw([2, 3, 42]), r.draw([4, 3, 9]), r.draw([4]));
            ops::conv(x, w, Some(b), &[7, 6], &same)
        });
        let half = ConvSpec::uniform(2, 3, 2, 1, boundary);
        agree(|r| {
            let (f, x, w) = (r.draw([2, 4, 12]), r.draw([2, 3, 42]), r.draw([4, 3, 9]));
            ops::conv_residual(f, x, w, None, &[7, 6], &half)
        });
        let [odd, even] = [3, 4].map(|taps| ConvAxis::new(taps, 2, 1, boundary));
        let double = ConvSpec::new(vec![odd, even]);
        agree(|r| {
            let (f, y, w) = (r.draw([2, 4, 42]), r.draw([2, 3, 12]), r.draw([3, 4, 12]));
            ops::conv_transpose_add(f, y, w, None, &[7, 6], &double)
        });
    }
    let apart = ConvSpec::new(vec![
        ConvAxis::dilated(3, 2, Boundary::Reflect),
        ConvAxis { dilation: 2, ..ConvAxis::new(2, 3, 2, Boundary::Zero) },
    ]);
    agree(|r| ops::conv(r.draw([2, 3, 42]), r.draw([4, 3, 6]), None, &[7, 6], &apart));
    agree(|r| ops::conv_transpose(r.draw([2, 3, 21]), r.draw([3, 4, 6]), None, &[7, 6], &apart));
    let grouped = ConvSpec::same(1, 5, Boundary::Reflect).with_groups(2);
    agree(|r| ops::conv(r.draw([2, 4, 9]), r.draw([6, 2, 5]), None, &[9], &grouped));
    let cubes = ConvSpec::uniform(3, 3, 2, 1, Boundary::Circular);
    agree(|r| ops::conv(r.draw([1, 2, 120]), r.draw([3, 2, 27]), None, &[4, 6, 5], &cubes));
}
