//! Complex products of spectra with weights.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::composed;
use super::cpu::{self, CpuOp, dispatch};
use super::fft::{complex, complex_tensor};
use crate::contract::{self, CMatmul, Operand};

/// How an operand of [`cmatmul`] stands in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// As it enters the product.
    Plain,
    /// Transposed (not conjugated).
    Transposed,
}

/// Batched complex matrix product, `y_n = a_n b_n`.
///
/// **Shapes.** `a [N, m, k, 2]`, `b [N, k, n, 2]` to `[N, m, n, 2]`; a [`Op::Transposed`] operand is stored with its two matrix axes
/// exchanged. A batch of 1 on either side is used for all `N`.
///
/// This one product makes all contractions of factorised spectral weights: the mixing of channels at each mode (`N` = modes), the
/// projection of channels onto a factor (`N` = 1), and the expansion of a core along an axis of modes.
///
/// # Panics
/// If the inner or the batch sizes differ.
pub fn cmatmul(a: Tensor<4>, a_op: Op, b: Tensor<4>, b_op: Op) -> Tensor<4> {
    let product = Product::new(&a.dims(), a_op, &b.dims(), b_op);
    if !cpu::serves(&a) {
        return composed::cmatmul(a, a_op, b, b_op);
    }
    cpu::run(product, vec![a.into_dispatch(), b.into_dispatch()])
}

/// Product with one complex weight for each mode and channel, `y_{m,b,c} = x_{m,b,c} w_{m,c}`.
///
/// **Shapes.** `x [modes, batch, channels, 2]`, `w [modes, channels, 2]`.
///
/// # Panics
/// If modes or channels differ.
pub fn separable(x: Tensor<4>, w: Tensor<3>) -> Tensor<4> {
    let [modes, _, channels, _] = x.dims();
    assert_eq!(
        [modes, channels, 2],
        w.dims(),
        "separable: the weight of {modes} modes and {channels} channels"
    );
    if !cpu::serves(&x) {
        return composed::separable(x, w);
    }
    cpu::run(Separable, vec![x.into_dispatch(), w.into_dispatch()])
}

#[derive(Debug)]
struct Product {
    spec: CMatmul,
    a: [usize; 3],
    b: [usize; 3],
    y: [usize; 3],
}

impl Product {
    fn new(a: &[usize; 4], a_op: Op, b: &[usize; 4], b_op: Op) -> Self {
        let sizes = |x: &[usize; 4], op| if op == Op::Plain { (x[1], x[2]) } else { (x[2], x[1]) };
        let ((m, k), (b_k, n)) = (sizes(a, a_op), sizes(b, b_op));
        let batch = a[0].max(b[0]);
        assert_eq!(k, b_k, "cmatmul: inner sizes of {a:?} ({a_op:?}) and {b:?} ({b_op:?})");
        assert!(
            [1, batch].contains(&a[0]) && [1, batch].contains(&b[0]),
            "cmatmul: batches {} and {}",
            a[0],
            b[0]
        );
        let operand = |size: usize, op| {
            let stored = if size == batch { Operand::each() } else { Operand::shared() };
            if op == Op::Plain { stored } else { stored.transposed() }
        };
        let spec = CMatmul::new(batch, m, k, n).with_a(operand(a[0], a_op)).with_b(operand(b[0], b_op));
        Self { spec, a: [a[0], a[1], a[2]], b: [b[0], b[1], b[2]], y: [batch, m, n] }
    }
}

impl CpuOp for Product {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        dispatch!(inputs[0], T => {
            complex_tensor(self.spec.forward(complex::<T>(&inputs[0]), complex(&inputs[1])), &self.y)
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor> {
        dispatch!(grad, T => {
            let (a, b, gy) = (complex::<T>(&saved[0]), complex(&saved[1]), complex(&grad));
            vec![
                if needs[0] { complex_tensor(self.spec.grad_a(gy, b), &self.a) } else { cpu::nothing(&grad) },
                if needs[1] { complex_tensor(self.spec.grad_b(a, gy), &self.b) } else { cpu::nothing(&grad) },
            ]
        })
    }
}

#[derive(Debug)]
struct Separable;

impl CpuOp for Separable {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let [modes, batch, channels, _] = inputs[0].shape().dims();
        dispatch!(inputs[0], T => {
            let y = contract::separable(complex::<T>(&inputs[0]), complex(&inputs[1]), modes, batch, channels);
            complex_tensor(y, &[modes, batch, channels])
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor> {
        let [modes, batch, channels, _] = grad.shape().dims();
        dispatch!(grad, T => {
            let (x, w, gy) = (complex::<T>(&saved[0]), complex(&saved[1]), complex(&grad));
            let gx = || contract::separable_grad_x(gy, w, modes, batch, channels);
            let gw = || contract::separable_grad_w(x, gy, modes, batch, channels);
            vec![
                if needs[0] { complex_tensor(gx(), &[modes, batch, channels]) } else { cpu::nothing(&grad) },
                if needs[1] { complex_tensor(gw(), &[modes, channels]) } else { cpu::nothing(&grad) },
            ]
        })
    }
}
