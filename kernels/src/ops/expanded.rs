//! Products with a core that is expanded on the way.

use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::composed;
use super::cpu::{self, CpuOp, CpuScalar, dispatch};
use super::fft::{complex, complex_tensor};
use crate::contract::Expanded;

/// The spectrum times a Tucker core that still lacks the factor of its last axis of modes,
///
/// ```math
/// y_{m,b,o} = Σ_i x_{m,b,i} Σ_r U_{q,r} C_{p,r,(i,o)},   m = (p, q).
/// ```
///
/// The expanded core is neither stored nor kept: the backward pass computes it again.
///
/// **Shapes.** `x [modes, batch, in, 2]`, `C [first, rank, in · out, 2]`, `U [last, rank, 2]` with `modes = first · last` to
/// `[modes, batch, out, 2]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn expanded(x: Tensor<4>, core: Tensor<4>, factor: Tensor<3>) -> Tensor<4> {
    let ([n_modes, _, inputs, _], [last, _, _]) = (x.dims(), factor.dims());
    let [first, rank, width, two] = core.dims();
    assert_eq!(first * last, n_modes, "expanded: core and factor of {n_modes} modes");
    assert_eq!(factor.dims(), [last, rank, two], "expanded: the factor of the last axis");
    assert!(
        inputs > 0 && width.is_multiple_of(inputs),
        "expanded: a core of {width} entries for {inputs} input channels"
    );
    if !cpu::serves(&x) {
        return composed::expanded(x, core, factor);
    }
    cpu::run(Product, vec![x.into_dispatch(), core.into_dispatch(), factor.into_dispatch()])
}

/// Inputs: `x`, `C`, `U`.
#[derive(Debug)]
struct Product;

impl Product {
    fn sizes(inputs: &[FlexTensor]) -> Expanded {
        let [_, batch, channels, _] = inputs[0].shape().dims();
        let ([first, rank, width, _], [last, _, _]) = (inputs[1].shape().dims(), inputs[2].shape().dims());
        Expanded { first, last, rank, batch, inputs: channels, outputs: width / channels }
    }

    fn operands<T: CpuScalar>(inputs: &[FlexTensor]) -> [&[num_complex::Complex<T>]; 3] {
        [complex(&inputs[0]), complex(&inputs[1]), complex(&inputs[2])]
    }
}

impl CpuOp for Product {
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor {
        dispatch!(inputs[0], T => {
            let (s, [x, core, factor]) = (Self::sizes(inputs), Self::operands::<T>(inputs));
            complex_tensor(s.forward(x, core, factor), &[s.first * s.last, s.batch, s.outputs])
        })
    }

    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, _: &[bool]) -> Vec<FlexTensor> {
        dispatch!(grad, T => {
            let (s, [x, core, factor]) = (Self::sizes(saved), Self::operands::<T>(saved));
            let g = s.backward(x, core, factor, complex(&grad));
            vec![
                complex_tensor(g.x, &[s.first * s.last, s.batch, s.inputs]),
                complex_tensor(g.core, &[s.first, s.rank, s.inputs * s.outputs]),
                complex_tensor(g.factor, &[s.last, s.rank]),
            ]
        })
    }
}
