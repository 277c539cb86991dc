//! Products with the factors of a CP weight.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::composed;
use super::cpu::{self, CpuOp, CpuScalar, dispatch};
use super::fft::{complex, complex_tensor};
use crate::contract::{self, ComponentFactors, Components};

/// The row-wise products of two matrices with equal columns, `c_{(p,q),r} = a_{p,r} b_{q,r}` (Khatri-Rao).
///
/// **Shapes.** `a [P, rank, 2]`, `b [Q, rank, 2]` to `[P Q, rank, 2]`.
///
/// # Panics
/// If the ranks differ.
pub fn khatri_rao(a: Tensor<3>, b: Tensor<3>) -> Tensor<3> {
    let ([_, rank, two], [_, b_rank, b_two]) = (a.dims(), b.dims());
    assert_eq!((rank, two), (b_rank, b_two), "khatri_rao: the columns of the two matrices");
    if !cpu::serves(&a) {
        return composed::khatri_rao(a, b);
    }
    cpu::run(KhatriRao, vec![a.into_dispatch(), b.into_dispatch()])
}

/// The spectrum through the components of a CP weight and back,
///
/// ```math
/// y_{m,b,o} = Σ_r (Σ_i x_{m,b,i} A_{i,r}) P_{p,r} Q_{q,r} B_{o,r},   m = (p, q).
/// ```
///
/// The components of the spectrum are neither stored nor kept: the backward pass computes them again.
///
/// **Shapes.** `x [modes, batch, in, 2]`, mode factors `P [first, rank, 2]`, `Q [rest, rank, 2]` with `modes = first · rest`,
/// `A [in, rank, 2]`, `B [out, rank, 2]` to `[modes, batch, out, 2]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn components(x: Tensor<4>, modes: [Tensor<3>; 2], a: Tensor<3>, b: Tensor<3>) -> Tensor<4> {
    let [n_modes, _, inputs, two] = x.dims();
    let [outputs, rank, _] = b.dims();
    let [first, rest] = [modes[0].dims()[0], modes[1].dims()[0]];
    assert_eq!(first * rest, n_modes, "components: the mode factors of {n_modes} modes");
    assert_eq!(modes[0].dims(), [first, rank, two], "components: the first mode factor");
    assert_eq!(modes[1].dims(), [rest, rank, two], "components: the second mode factor");
    assert_eq!(a.dims(), [inputs, rank, two], "components: the input factor");
    assert_eq!(b.dims(), [outputs, rank, two], "components: the output factor");
    if !cpu::serves(&x) {
        return composed::components(x, modes, a, b);
    }
    let [p, q] = modes.map(Tensor::into_dispatch);
    cpu::run(Sandwich, vec![x.into_dispatch(), p, q, a.into_dispatch(), b.into_dispatch()])
}

#[derive(Debug)]
struct KhatriRao;

impl CpuOp for KhatriRao {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        let ([p, rank, _], [q, _, _]) = (inputs[0].shape().dims(), inputs[1].shape().dims());
        dispatch!(inputs[0], T => {
            complex_tensor(contract::khatri_rao(complex::<T>(&inputs[0]), complex(&inputs[1]), rank), &[p * q, rank])
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor> {
        let ([p, rank, _], [q, _, _]) = (saved[0].shape().dims(), saved[1].shape().dims());
        dispatch!(grad, T => {
            let (a, b, gc) = (complex::<T>(&saved[0]), complex(&saved[1]), complex(&grad));
            let ga = || complex_tensor(contract::khatri_rao_grad_a(b, gc, p, rank), &[p, rank]);
            let gb = || complex_tensor(contract::khatri_rao_grad_b(a, gc, q, rank), &[q, rank]);
            vec![
                if needs[0] { ga() } else { cpu::nothing(&grad) },
                if needs[1] { gb() } else { cpu::nothing(&grad) },
            ]
        })
    }
}

/// Inputs: `x`, `P`, `Q`, `A`, `B`.
#[derive(Debug)]
struct Sandwich;

impl Sandwich {
    fn parts<T: CpuScalar>(inputs: &[FlexTensor]) -> (Components, ComponentFactors<'_, T>) {
        let [_, batch, channels, _] = inputs[0].shape().dims();
        let rows = |i: usize| inputs[i].shape().dims::<3>()[0];
        let [outputs, rank, _] = inputs[4].shape().dims();
        let factors = ComponentFactors {
            modes: [complex(&inputs[1]), complex(&inputs[2])],
            input: complex(&inputs[3]),
            output: complex(&inputs[4]),
        };
        let sizes = Components { modes: [rows(1), rows(2)], batch, inputs: channels, outputs, rank };
        (sizes, factors)
    }
}

impl CpuOp for Sandwich {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        dispatch!(inputs[0], T => {
            let (s, factors) = Self::parts::<T>(inputs);
            let y = s.forward(complex(&inputs[0]), factors);
            complex_tensor(y, &[s.modes[0] * s.modes[1], s.batch, s.outputs])
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        dispatch!(grad, T => {
            let (s, factors) = Self::parts::<T>(saved);
            let g = s.backward(complex(&saved[0]), factors, complex(&grad));
            let [p, q] = g.modes;
            vec![
                complex_tensor(g.x, &[s.modes[0] * s.modes[1], s.batch, s.inputs]),
                complex_tensor(p, &[s.modes[0], s.rank]),
                complex_tensor(q, &[s.modes[1], s.rank]),
                complex_tensor(g.input, &[s.inputs, s.rank]),
                complex_tensor(g.output, &[s.outputs, s.rank]),
            ]
        })
    }
}
