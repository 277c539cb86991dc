//! A kernel and its bias.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::conv::ConvSpec;
use sobolev_kernels::ops;

/// The parameters of a convolution.
#[derive(Module, Debug)]
pub(super) struct Kernel {
    /// `[out, in, taps]`, of a prolongation `[in, out, taps]`.
    weight: Param<Tensor<3>>,
    /// `[out]`
    bias: Option<Param<Tensor<1>>>,
}

impl Kernel {
    pub(super) fn new(weight: Param<Tensor<3>>, bias: Option<Param<Tensor<1>>>) -> Self {
        Self { weight, bias }
    }

    fn bias(&self) -> Option<Tensor<1>> {
        self.bias.as_ref().map(Param::val)
    }

    /// `K x`
    pub(super) fn apply(&self, x: Tensor<3>, size: &[usize], spec: &ConvSpec) -> Tensor<3> {
        ops::conv(x, self.weight.val(), self.bias(), size, spec)
    }

    /// `r + K x`
    pub(super) fn add(&self, r: Tensor<3>, x: Tensor<3>, size: &[usize], spec: &ConvSpec) -> Tensor<3> {
        ops::conv_add(r, x, self.weight.val(), self.bias(), size, spec)
    }

    /// `f − K x`
    pub(super) fn residual(&self, f: Tensor<3>, x: Tensor<3>, size: &[usize], spec: &ConvSpec) -> Tensor<3> {
        ops::conv_residual(f, x, self.weight.val(), self.bias(), size, spec)
    }

    /// `r + Kᵀ x`, of the finer grid's `size`.
    pub(super) fn add_transposed(
        &self,
        r: Tensor<3>,
        x: Tensor<3>,
        size: &[usize],
        spec: &ConvSpec,
    ) -> Tensor<3> {
        ops::conv_transpose_add(r, x, self.weight.val(), self.bias(), size, spec)
    }
}
