//! The fused operations against their compositions of tensor operations: values and all gradients, in double and single precision.

use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use sobolev_kernels::ops::{
    self, Activation, Boundary, ConvAxis, ConvSpec, MlpParams, Op, TailParams, composed,
};
use sobolev_kernels::rng;
use sobolev_kernels::testing::assert_gradient;
use sobolev_kernels::windows::{AxisWindows, Windows};

const DOUBLE: f64 = 1e-11;
const SINGLE: f64 = 2e-5;

/// A device whose tensors record a graph; parameters of the tests are drawn on it.
fn device() -> Device {
    Device::flex().autodiff()
}

struct Draw {
    dtype: DType,
    stream: u64,
}

impl Draw {
    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        let n = shape.iter().product();
        self.stream += 1;
        let values = rng::normals(&mut rng::stream(7, self.stream), n);
        let data = TensorData::new(values, shape).convert_dtype(self.dtype);
        Tensor::from_data(data, (&device(), self.dtype)).require_grad()
    }
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f64> {
    t.into_data().iter::<f64>().collect()
}

/// `‖a − b‖₂ / ‖b‖₂`
fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(x, y)| x - y)) / norm(&mut b.iter().copied()).max(1e-300)
}

/// The value and the gradients of `Σ y ⊙ c` with a fixed random `c`.
macro_rules! evaluate {
    ($draw:expr, $y:expr, [$($input:ident),*]) => {{
        let y = $y;
        let mut draw = Draw { dtype: $draw.dtype, stream: 1000 };
        let c = draw.tensor(y.dims()).detach();
        let grads = (y.clone() * c).sum().backward();
        let mut out = vec![values(y)];
        $(out.push(values($input.grad(&grads).expect(stringify!($input))));)*
        out
    }};
}

/// Evaluates both forms of an operation on the same inputs and compares results and gradients.
macro_rules! compare {
    ($draw:ident, [$($input:ident),*], $ops:ident => $y:expr) => {{
        $(let $input = $input.clone().detach().require_grad();)*
        let fused = { use sobolev_kernels::ops as $ops; evaluate!($draw, { $(let $input = $input.clone();)* $y }, [$($input),*]) };
        $(let $input = $input.clone().detach().require_grad();)*
        let reference = { use composed as $ops; evaluate!($draw, { $(let $input = $input.clone();)* $y }, [$($input),*]) };
        let bound = if $draw.dtype == DType::F64 { DOUBLE } else { SINGLE };
        let names = ["value", $(stringify!($input)),*];
        for (name, (a, b)) in names.iter().zip(fused.iter().zip(&reference)) {
            let d = distance(a, b);
            assert!(d < bound, "{name}: {d:e} apart, {:?}", $draw.dtype);
        }
    }};
}

fn both(test: impl Fn(Draw)) {
    for dtype in [DType::F64, DType::F32] {
        test(Draw { dtype, stream: 0 });
    }
}

#[test]
fn truncated_transforms() {
    for (size, modes) in [
        (vec![16], vec![5]),
        (vec![15], vec![8]),
        (vec![12, 10], vec![6, 4]),
        (vec![9, 15], vec![5, 8]),
        (vec![8, 8], vec![8, 5]),
        (vec![6, 5, 8], vec![3, 4, 5]),
    ] {
        both(|mut draw| {
            let points = size.iter().product();
            let x = draw.tensor([2, 3, points]);
            compare!(draw, [x], ops => ops::truncated_fft(x, &size, &modes));
            let s = draw.tensor([modes.iter().product(), 2, 3, 2]);
            compare!(draw, [s], ops => ops::truncated_ifft(s, &size, &modes));
        });
    }
}

/// 16-bit tensors take the composed forms on the CPU too; the factor 1/N leaves their range on no grid.
#[test]
fn half_precision() {
    for (size, modes) in
        [(vec![4096], vec![9]), (vec![64, 64], vec![16, 9]), (vec![16, 12, 20], vec![4, 3, 5])]
    {
        let mut draw = Draw { dtype: DType::F64, stream: 0 };
        let x = draw.tensor([2, 3, size.iter().product()]);
        let transform = |x: Tensor<3>| ops::truncated_fft(x, &size, &modes);
        let half = transform(x.clone().cast(DType::F16));
        assert_eq!(half.dtype(), DType::F16);
        let d = distance(&values(half.clone()), &values(transform(x)));
        assert!((1e-5..3e-3).contains(&d), "{size:?}: the spectrum is {d:e} apart");
        let inverse = |s: Tensor<4>| ops::truncated_ifft(s, &size, &modes);
        let d = distance(&values(inverse(half.clone())), &values(inverse(half.cast(DType::F64))));
        assert!((1e-5..3e-3).contains(&d), "{size:?}: the field is {d:e} apart");
    }
}

#[test]
fn complex_products() {
    for (na, nb) in [(4, 4), (1, 4), (4, 1), (1, 1)] {
        for (a_op, b_op) in [
            (Op::Plain, Op::Plain),
            (Op::Transposed, Op::Plain),
            (Op::Plain, Op::Transposed),
            (Op::Transposed, Op::Transposed),
        ] {
            both(|mut draw| {
                let stored = |op, r, c| if op == Op::Plain { (r, c) } else { (c, r) };
                let ((ar, ac), (br, bc)) = (stored(a_op, 3, 5), stored(b_op, 5, 2));
                let a = draw.tensor([na, ar, ac, 2]);
                let b = draw.tensor([nb, br, bc, 2]);
                compare!(draw, [a, b], ops => ops::cmatmul(a, a_op, b, b_op));
            });
        }
    }
}

#[test]
fn separable_weights() {
    both(|mut draw| {
        let x = draw.tensor([6, 3, 4, 2]);
        let w = draw.tensor([6, 4, 2]);
        compare!(draw, [x, w], ops => ops::separable(x, w));
    });
}

#[test]
fn components_of_a_sum_of_products() {
    both(|mut draw| {
        let (a, b) = (draw.tensor([4, 5, 2]), draw.tensor([3, 5, 2]));
        compare!(draw, [a, b], ops => ops::khatri_rao(a, b));
        let (x, p, q) = (draw.tensor([6, 3, 4, 2]), draw.tensor([2, 5, 2]), draw.tensor([3, 5, 2]));
        let (a, b) = (draw.tensor([4, 5, 2]), draw.tensor([2, 5, 2]));
        compare!(draw, [x, p, q, a, b], ops => ops::components(x, [p, q], a, b));
    });
}

#[test]
fn core_expanded_on_the_way() {
    both(|mut draw| {
        let (x, core) = (draw.tensor([6, 3, 4, 2]), draw.tensor([2, 5, 8, 2]));
        let factor = draw.tensor([3, 5, 2]);
        compare!(draw, [x, core, factor], ops => ops::expanded(x, core, factor));
    });
}

#[test]
fn activations() {
    for act in Activation::ALL {
        both(|mut draw| {
            let x = draw.tensor([2, 3, 37]);
            compare!(draw, [x], ops => ops::activate(x, act));
        });
    }
}

#[test]
fn channel_mixing() {
    for act in Activation::ALL {
        both(|mut draw| {
            let (x, w) = (draw.tensor([2, 3, 37]), draw.tensor([5, 3]));
            let (b, r) = (draw.tensor([5]), draw.tensor([2, 5, 37]));
            compare!(draw, [x, w], ops => ops::channel_mix(x, w, None, None, act));
            compare!(draw, [x, w, b], ops => ops::channel_mix(x, w, Some(b), None, act));
            compare!(draw, [x, w, r], ops => ops::channel_mix(x, w, None, Some(r), act));
            compare!(draw, [x, w, b, r], ops => ops::channel_mix(x, w, Some(b), Some(r), act));
        });
    }
}

#[test]
fn channel_perceptrons() {
    for out in [Activation::Identity, Activation::Gelu] {
        both(|mut draw| {
            let x = draw.tensor([2, 3, 300]);
            let (w1, b1) = (draw.tensor([7, 3]), draw.tensor([7]));
            let (w2, b2) = (draw.tensor([4, 7]), draw.tensor([4]));
            let (s, gate) = (draw.tensor([2, 4, 300]), draw.tensor([4]));
            compare!(draw, [x, w1, b1, w2, b2], ops => {
                ops::channel_mlp(x, MlpParams { w1, b1, w2, b2 }, Activation::Gelu, None, out)
            });
            compare!(draw, [x, w1, b1, w2, b2, s, gate], ops => {
                ops::channel_mlp(x, MlpParams { w1, b1, w2, b2 }, Activation::Silu, Some((s, gate)), out)
            });
        });
    }
}

#[test]
fn block_tails() {
    for (mid, out) in [(Activation::Gelu, Activation::Gelu), (Activation::Identity, Activation::Identity)] {
        both(|mut draw| {
            let (r, x) = (draw.tensor([2, 4, 300]), draw.tensor([2, 4, 300]));
            let (skip, bias, gate) = (draw.tensor([4, 4]), draw.tensor([4]), draw.tensor([4]));
            let (w1, b1) = (draw.tensor([3, 4]), draw.tensor([3]));
            let (w2, b2) = (draw.tensor([4, 3]), draw.tensor([4]));
            compare!(draw, [r, x, skip, bias, w1, b1, w2, b2, gate], ops => {
                let mlp = MlpParams { w1, b1, w2, b2 };
                ops::fno_tail(r, x, TailParams { skip, bias, mid, mlp, hidden: Activation::Gelu, gate, out })
            });
        });
    }
}

#[test]
fn group_norms() {
    for groups in [1, 2, 6] {
        both(|mut draw| {
            let (x, w, b) = (draw.tensor([2, 6, 35]), draw.tensor([6]), draw.tensor([6]));
            compare!(draw, [x], ops => ops::group_norm(x, groups, None, 1e-5));
            compare!(draw, [x, w, b], ops => ops::group_norm(x, groups, Some((w, b)), 1e-5));
        });
    }
}

#[test]
fn windows_of_fields() {
    let around = AxisWindows::new(6, 5, (0..15).map(|i| Some((2 * (i / 5) + i % 5) % 6)));
    let beyond =
        AxisWindows::new(4, 6, (0..12usize).map(|i| (2 * (i / 6) + i % 6).checked_sub(1).filter(|&p| p < 4)));
    for axes in
        [vec![beyond.clone()], vec![around.clone(), beyond.clone()], vec![beyond.clone(), around, beyond]]
    {
        let windows = Arc::new(Windows::new(axes));
        both(|mut draw| {
            let x = draw.tensor([2, 3, windows.points()]);
            compare!(draw, [x], ops => ops::gather_windows(x, &windows));
            let y = draw.tensor([2 * windows.count(), 3, windows.len()]);
            compare!(draw, [y], ops => ops::scatter_windows(y, &windows));
        });
    }
}

/// Specifications of every dimension, boundary and stride, with a size of the fine grid.
fn convolutions() -> Vec<(ConvSpec, Vec<usize>)> {
    let mut all = Vec::new();
    for b in Boundary::ALL {
        all.push((ConvSpec::same(1, 5, b), vec![11]));
        all.push((ConvSpec::uniform(1, 4, 2, 1, b), vec![12]));
        all.push((ConvSpec::same(2, 3, b), vec![6, 7]));
        all.push((ConvSpec::same(2, 3, b).with_groups(2), vec![8, 5]));
        all.push((ConvSpec::uniform(2, 3, 2, 1, b), vec![7, 9]));
        all.push((ConvSpec::uniform(2, 4, 2, 1, b), vec![6, 8]));
        all.push((ConvSpec::new(vec![ConvAxis::new(3, 2, 0, b), ConvAxis::same(2, b)]), vec![7, 6]));
        all.push((ConvSpec::uniform(3, 3, 2, 1, b), vec![4, 5, 6]));
    }
    all
}

#[test]
fn convolutions_of_fields() {
    for (spec, size) in convolutions() {
        both(|mut draw| {
            let points: usize = size.iter().product();
            let coarse: usize = spec.output_size(&size).iter().product();
            let (x, w) = (draw.tensor([2, 4, points]), draw.tensor([6, 4 / spec.groups, spec.taps()]));
            let (b, r) = (draw.tensor([6]), draw.tensor([2, 6, coarse]));
            compare!(draw, [x, w], ops => ops::conv(x, w, None, &size, &spec));
            compare!(draw, [x, w, b], ops => ops::conv(x, w, Some(b), &size, &spec));
            compare!(draw, [x, w, b, r], ops => ops::conv_add(r, x, w, Some(b), &size, &spec));
            compare!(draw, [x, w, b, r], ops => ops::conv_residual(r, x, w, Some(b), &size, &spec));
        });
    }
}

#[test]
fn transposed_convolutions_of_fields() {
    for (spec, size) in convolutions() {
        both(|mut draw| {
            let points: usize = size.iter().product();
            let coarse: usize = spec.output_size(&size).iter().product();
            let (y, w) = (draw.tensor([2, 6, coarse]), draw.tensor([6, 4 / spec.groups, spec.taps()]));
            let (b, r) = (draw.tensor([4]), draw.tensor([2, 4, points]));
            compare!(draw, [y, w], ops => ops::conv_transpose(y, w, None, &size, &spec));
            compare!(draw, [y, w, b], ops => ops::conv_transpose(y, w, Some(b), &size, &spec));
            compare!(draw, [y, w, b, r], ops => ops::conv_transpose_add(r, y, w, Some(b), &size, &spec));
        });
    }
}

/// A step of a smoother, `u + S (f - A u)`, large enough for the filtered form: against the composition, and its gradients against
/// central differences in double precision.
#[test]
fn smoothing_step() {
    let step = |u: Tensor<3>, f: Tensor<3>, a: Tensor<3>, s: Tensor<3>, size: &[usize]| {
        let spec = ConvSpec::same(2, 3, Boundary::Reflect);
        let residual = ops::conv_residual(f, u.clone(), a, None, size, &spec);
        ops::conv_add(u, residual, s, None, size, &spec)
    };
    let mut draw = Draw { dtype: DType::F32, stream: 0 };
    let (u, f) = (draw.tensor([2, 8, 32 * 33]), draw.tensor([2, 8, 32 * 33]));
    let (a, s) = (draw.tensor([8, 8, 9]), draw.tensor([8, 8, 9]));
    let spec = ConvSpec::same(2, 3, Boundary::Reflect);
    compare!(draw, [u, f, a, s], ops => {
        let residual = ops::conv_residual(f, u.clone(), a, None, &[32, 33], &spec);
        ops::conv_add(u, residual, s, None, &[32, 33], &spec)
    });
    let mut draw = Draw { dtype: DType::F64, stream: 9 };
    let (u, f) = (draw.tensor([1, 2, 20]), draw.tensor([1, 2, 20]));
    let (a, s) = (draw.tensor([2, 2, 9]), draw.tensor([2, 2, 9]));
    let loss = |y: Tensor<3>| y.clone().powi_scalar(3).sum() + y.sum();
    let y = loss(step(u.clone(), f.clone(), a.clone(), s.clone(), &[4, 5]));
    let grads = y.backward();
    let at = |a: &[f64]| {
        let a = Tensor::<1>::from_data(TensorData::new(a.to_vec(), [36]), (&device(), DType::F64))
            .reshape([2, 2, 9]);
        values(loss(step(u.clone(), f.clone(), a, s.clone(), &[4, 5])))[0]
    };
    assert_gradient("smoother", at, &values(a.clone()), &values(a.grad(&grads).unwrap()), 1e-6);
}

#[test]
#[should_panic(expected = "conv: points of a grid [4, 3]")]
fn a_field_of_another_grid() {
    let mut draw = Draw { dtype: DType::F32, stream: 0 };
    let (x, w) = (draw.tensor([2, 3, 16]), draw.tensor([5, 3, 9]));
    let _ = ops::conv(x, w, None, &[4, 3], &ConvSpec::same(2, 3, Boundary::Zero));
}

/// A tensor without a gradient stays a constant, and an operation without tracked inputs records nothing.
#[test]
fn untracked_inputs() {
    let mut draw = Draw { dtype: DType::F64, stream: 0 };
    let (x, w) = (draw.tensor([2, 3, 8]).set_require_grad(false), draw.tensor([5, 3]));
    let y = ops::channel_mix(x.clone(), w.clone(), None, None, Activation::Gelu);
    let grads = y.sum().backward();
    assert!(w.grad(&grads).is_some());
    assert!(x.grad(&grads).is_none());
    let plain = ops::channel_mix(x.inner(), w.inner(), None, None, Activation::Gelu);
    assert!(!plain.device().is_autodiff());
}

#[test]
#[should_panic(expected = "channel_mix: channels of x")]
fn wrong_channels() {
    let mut draw = Draw { dtype: DType::F32, stream: 0 };
    let (x, w) = (draw.tensor([2, 3, 8]), draw.tensor([5, 4]));
    let _ = ops::channel_mix(x, w, None, None, Activation::Identity);
}
