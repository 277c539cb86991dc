//! Truncated Fourier transforms of fields.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use num_complex::Complex;

use super::composed;
use super::cpu::{self, CpuOp, CpuScalar, dispatch};
use crate::fft::TruncatedFft;

/// The kept Fourier coefficients of a field,
///
/// ```math
/// X_k = 1/N Σ_n x_n e^{-2πi k·n/size}.
/// ```
///
/// **Shapes.** `x [batch, channels, points]` to `[modes, batch, channels, 2]`; `modes` per axis, the last one counting the
/// non-negative wavenumbers.
///
/// # Panics
/// If `points` is not the product of `size`, or an axis keeps more modes than its grid has.
pub fn truncated_fft(x: Tensor<3>, size: &[usize], modes: &[usize]) -> Tensor<4> {
    assert_eq!(x.dims()[2], size.iter().product::<usize>(), "truncated_fft: the points of a grid {size:?}");
    if !cpu::serves(&x) {
        return composed::truncated_fft(x, size, modes);
    }
    cpu::run(Forward { size: size.to_vec(), modes: modes.to_vec() }, vec![x.into_dispatch()])
}

/// The real field of given Fourier coefficients,
///
/// ```math
/// x_n = Σ_k c(k_d) Re(S_k e^{2πi k·n/size}),  c = 1 for k_d = 0 and k_d = n_d/2, else 2.
/// ```
///
/// On the grid of [`truncated_fft`] and with all modes kept this is its inverse; on any other grid it is the same function there.
///
/// **Shapes.** `s [modes, batch, channels, 2]` to `[batch, channels, points]`.
///
/// # Panics
/// As [`truncated_fft`].
pub fn truncated_ifft(s: Tensor<4>, size: &[usize], modes: &[usize]) -> Tensor<3> {
    assert_eq!(
        s.dims()[0],
        modes.iter().product::<usize>(),
        "truncated_ifft: the modes {modes:?} of the spectrum"
    );
    if !cpu::serves(&s) {
        return composed::truncated_ifft(s, size, modes);
    }
    cpu::run(Inverse { size: size.to_vec(), modes: modes.to_vec() }, vec![s.into_dispatch()])
}

/// The complex entries of a tensor whose last axis is (re, im).
pub(super) fn complex<T: CpuScalar>(t: &FlexTensor) -> &[Complex<T>] {
    bytemuck::cast_slice(cpu::slice::<T>(t))
}

/// A tensor of complex numbers with the last axis (re, im).
pub(super) fn complex_tensor<T: CpuScalar>(values: Vec<Complex<T>>, shape: &[usize]) -> FlexTensor {
    let mut shape = shape.to_vec();
    shape.push(2);
    cpu::tensor::<T>(into_parts(values), shape)
}

/// The same memory seen as twice as many reals.
fn into_parts<T: CpuScalar>(values: Vec<Complex<T>>) -> Vec<T> {
    let mut values = std::mem::ManuallyDrop::new(values);
    let (start, len, capacity) = (values.as_mut_ptr(), values.len(), values.capacity());
    // SAFETY: a complex number is two reals in a row with the alignment of one (`repr(C)`), and the allocator is told the same
    // number of bytes and the same alignment when the vector is freed.
    unsafe { Vec::from_raw_parts(start.cast::<T>(), 2 * len, 2 * capacity) }
}

#[derive(Debug)]
struct Forward {
    size: Vec<usize>,
    modes: Vec<usize>,
}

#[derive(Debug)]
struct Inverse {
    size: Vec<usize>,
    modes: Vec<usize>,
}

impl CpuOp for Forward {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let [batch, channels, _] = inputs[0].shape().dims();
        dispatch!(inputs[0], T => {
            let plan = TruncatedFft::<T>::cached(&self.size, &self.modes);
            let spectrum = plan.forward(cpu::slice(&inputs[0]), batch, channels);
            complex_tensor(spectrum, &[plan.n_modes(), batch, channels])
        })
    }

    fn backward(&self, _: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        let [_, batch, channels, _] = grad.shape().dims();
        dispatch!(grad, T => {
            let plan = TruncatedFft::<T>::cached(&self.size, &self.modes);
            vec![cpu::tensor(plan.forward_adjoint(complex::<T>(&grad), batch, channels), [batch, channels, plan.points()])]
        })
    }

    fn saves(&self, _: usize) -> bool {
        false
    }
}

impl CpuOp for Inverse {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let [_, batch, channels, _] = inputs[0].shape().dims();
        dispatch!(inputs[0], T => {
            let plan = TruncatedFft::<T>::cached(&self.size, &self.modes);
            cpu::tensor(plan.inverse(complex::<T>(&inputs[0]), batch, channels), [batch, channels, plan.points()])
        })
    }

    fn backward(&self, _: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        let [batch, channels, _] = grad.shape().dims();
        dispatch!(grad, T => {
            let plan = TruncatedFft::<T>::cached(&self.size, &self.modes);
            let spectrum = plan.inverse_adjoint(cpu::slice(&grad), batch, channels);
            vec![complex_tensor(spectrum, &[plan.n_modes(), batch, channels])]
        })
    }

    fn saves(&self, _: usize) -> bool {
        false
    }
}
