//! How a kernel of this crate becomes a node of Burn's autodiff graph on the CPU backend.
//!
//! Burn dispatches an extension trait by backend and asks for one autodiff implementation per method. One method suffices here:
//! it takes the operation itself as a value ([`CpuOp`]) and any number of tensors, so that an operation is nothing but a forward
//! and a backward function on slices.

use std::fmt::Debug;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, DispatchDevice, DispatchTensor, Flex, backend_extension};
use burn::tensor::{Bytes, DType, Device, Shape, Tensor};
use burn_flex::{FlexTensor, Layout};

use crate::Scalar;

/// A differentiable operation of CPU tensors: a pure function of its inputs and of its own plain fields.
///
/// All inputs are contiguous and of one floating-point type when they arrive.
pub(super) trait CpuOp: Debug + Send + Sync + 'static {
    /// The result.
    fn forward(&self, inputs: &[FlexTensor]) -> FlexTensor;

    /// The gradients of the inputs that `needs` marks, in order, given the gradient of the result.
    ///
    /// `saved` are the inputs for which [`saves`](Self::saves) holds, in order. An operation returns an empty tensor in the place of
    /// a gradient that is not needed.
    fn backward(&self, saved: &[FlexTensor], grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor>;

    /// Whether the backward pass reads input `index`; the others are not kept.
    fn saves(&self, index: usize) -> bool {
        let _ = index;
        true
    }
}

/// A shared operation.
pub(super) type OpRef = Arc<dyn CpuOp>;

/// The entry that Burn dispatches. Its macro takes neither lists nor options: of the nine tensors the first `n` are the inputs, the
/// others are empty.
#[backend_extension(Flex, Autodiff)]
pub(super) trait CpuOps: Backend {
    fn run(
        op: OpRef,
        n: usize,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        g: FloatTensor<Self>,
        h: FloatTensor<Self>,
        i: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// A backend whose tensors a [`CpuOp`] can read.
pub(super) trait CpuBackend: Backend {
    fn forward(op: &OpRef, inputs: Vec<FloatTensor<Self>>) -> FloatTensor<Self>;
    fn backward(
        op: &OpRef,
        saved: Vec<FloatTensor<Self>>,
        grad: FloatTensor<Self>,
        needs: &[bool],
    ) -> Vec<FloatTensor<Self>>;
}

impl CpuBackend for Flex {
    fn forward(op: &OpRef, inputs: Vec<FlexTensor>) -> FlexTensor {
        let inputs: Vec<_> = inputs.into_iter().map(contiguous).collect();
        op.forward(&inputs)
    }

    fn backward(op: &OpRef, saved: Vec<FlexTensor>, grad: FlexTensor, needs: &[bool]) -> Vec<FlexTensor> {
        let saved: Vec<_> = saved.into_iter().map(contiguous).collect();
        op.backward(&saved, contiguous(grad), needs)
    }
}

impl CpuOps for Flex {
    fn run(
        op: OpRef,
        n: usize,
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        d: FlexTensor,
        e: FlexTensor,
        f: FlexTensor,
        g: FlexTensor,
        h: FlexTensor,
        i: FlexTensor,
    ) -> FlexTensor {
        let mut inputs = vec![a, b, c, d, e, f, g, h, i];
        inputs.truncate(n);
        Self::forward(&op, inputs)
    }
}

/// What an operation keeps for its backward pass.
#[derive(Clone, Debug)]
struct Saved<B: Backend> {
    tensors: Vec<FloatTensor<B>>,
    op: OpRef,
}

#[derive(Debug)]
struct CpuBackward;

impl<B: CpuBackend, const N: usize> Backward<B, N> for CpuBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let needs: Vec<_> = ops.parents.iter().map(Option::is_some).collect();
        let results = B::backward(&ops.state.op, ops.state.tensors, grad, &needs);
        for (parent, value) in ops.parents.into_iter().zip(results) {
            if let Some(node) = parent {
                grads.register::<B>(node.id, value);
            }
        }
    }
}

fn track<B: CpuBackend, C: CheckpointStrategy, const N: usize>(
    nodes: Vec<NodeGuard>,
    inputs: Vec<FloatTensor<B>>,
    op: OpRef,
) -> FloatTensor<Autodiff<B, C>> {
    let Ok(nodes) = <[NodeGuard; N]>::try_from(nodes) else {
        unreachable!("the caller has counted the inputs")
    };
    match Backward::<B, N>::prepare::<C>(CpuBackward, nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let tensors =
                inputs.iter().enumerate().filter(|(i, _)| op.saves(*i)).map(|(_, t)| t.clone()).collect();
            let output = B::forward(&op, inputs);
            prep.finish(Saved { tensors, op }, output)
        }
        OpsKind::UnTracked(prep) => prep.finish(B::forward(&op, inputs)),
    }
}

impl<B: CpuBackend, C: CheckpointStrategy> CpuOps for Autodiff<B, C> {
    fn run(
        op: OpRef,
        n: usize,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        g: FloatTensor<Self>,
        h: FloatTensor<Self>,
        i: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let mut inputs = vec![a, b, c, d, e, f, g, h, i];
        inputs.truncate(n);
        let nodes: Vec<_> = inputs.iter().map(|t| t.node()).collect();
        let inputs: Vec<_> = inputs.into_iter().map(|t| t.into_primitive()).collect();
        match inputs.len() {
            1 => track::<B, C, 1>(nodes, inputs, op),
            2 => track::<B, C, 2>(nodes, inputs, op),
            3 => track::<B, C, 3>(nodes, inputs, op),
            4 => track::<B, C, 4>(nodes, inputs, op),
            5 => track::<B, C, 5>(nodes, inputs, op),
            6 => track::<B, C, 6>(nodes, inputs, op),
            7 => track::<B, C, 7>(nodes, inputs, op),
            8 => track::<B, C, 8>(nodes, inputs, op),
            _ => track::<B, C, 9>(nodes, inputs, op),
        }
    }
}

/// Runs an operation on one to nine CPU tensors.
pub(super) fn run<const D: usize>(op: impl CpuOp, inputs: Vec<DispatchTensor>) -> Tensor<D> {
    let n = inputs.len();
    debug_assert!((1..=9).contains(&n), "an operation of {n} tensors");
    let absent = || Tensor::<1>::empty([0], &Device::flex()).into_dispatch();
    let mut inputs = inputs.into_iter().chain(std::iter::repeat_with(absent));
    let mut next = || inputs.next().unwrap_or_else(absent);
    let [a, b, c, d, e, f, g, h, i] = std::array::from_fn(|_| next());
    Tensor::from_dispatch(<Dispatch as CpuOps>::run(Arc::new(op), n, a, b, c, d, e, f, g, h, i))
}

/// Whether tensors of this device live in the memory of the CPU backend, where the fused kernels run.
pub fn is_cpu(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}

/// Whether the fused kernels serve a tensor: one of single or double precision on the CPU. All others take the composed forms.
pub(super) fn serves<const D: usize>(x: &Tensor<D>) -> bool {
    is_cpu(&x.device()) && matches!(x.dtype(), DType::F32 | DType::F64)
}

/// The entries of a contiguous tensor.
pub(super) fn slice<T: CpuScalar>(t: &FlexTensor) -> &[T] {
    match t.as_slice::<T>() {
        Some(s) => s,
        None => unreachable!("operations receive contiguous tensors of the type that they dispatched on"),
    }
}

/// A tensor that owns `values`.
pub(super) fn tensor<T: CpuScalar>(values: Vec<T>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(shape.into()), T::DTYPE)
}

/// What stands in the place of a gradient that nobody asked for.
pub(super) fn nothing(like: &FlexTensor) -> FlexTensor {
    FlexTensor::empty(Shape::from([0]), like.dtype())
}

fn contiguous(t: FlexTensor) -> FlexTensor {
    if t.is_contiguous() && t.layout().contiguous_offsets().is_some() { t } else { t.to_contiguous() }
}

/// A scalar type that the CPU backend stores.
pub(super) trait CpuScalar: Scalar + burn::tensor::Element {
    const DTYPE: DType;
}

impl CpuScalar for f32 {
    const DTYPE: DType = DType::F32;
}

impl CpuScalar for f64 {
    const DTYPE: DType = DType::F64;
}

/// Calls a function generic over the scalar with the type of a tensor.
macro_rules! dispatch {
    ($like:expr, $scalar:ident => $body:expr) => {
        match $like.dtype() {
            burn::tensor::DType::F32 => {
                type $scalar = f32;
                $body
            }
            burn::tensor::DType::F64 => {
                type $scalar = f64;
                $body
            }
            other => panic!("the kernels take f32 and f64 tensors, not {other:?}"),
        }
    };
}
pub(super) use dispatch;
