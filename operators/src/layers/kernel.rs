//! A kernel and its bias.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::conv::ConvSpec;
use sobolev_kernels::ops;

use super::Draws;

/// The parameters of a convolution.
#[derive(Module, Debug)]
pub(crate) struct Kernel {
    /// `[out, in, taps]`, of a prolongation `[in, out, taps]`.
    weight: Param<Tensor<3>>,
    /// `[out]`
    bias: Option<Param<Tensor<1>>>,
}

impl Kernel {
    pub(crate) fn new(weight: Param<Tensor<3>>, bias: Option<Param<Tensor<1>>>) -> Self {
        Self { weight, bias }
    }

    /// Entries of kernel and bias from U(-1/√fan_in, 1/√fan_in), fan_in being input channels times taps.
    pub(crate) fn uniform([inputs, outputs]: [usize; 2], taps: usize, draws: &mut Draws<'_>) -> Self {
        let fan_in = inputs * taps;
        let weight = draws.linear([outputs, inputs, taps], fan_in);
        Self::new(weight, Some(draws.linear([outputs], fan_in)))
    }

    fn bias(&self) -> Option<Tensor<1>> {
        self.bias.as_ref().map(Param::val)
    }

    /// `K x`
    pub(crate) fn apply(&self, x: Tensor<3>, size: &[usize], spec: &ConvSpec) -> Tensor<3> {
        ops::conv(x, self.weight.val(), self.bias(), size, spec)
    }

    /// `r + K x`
    pub(crate) fn add(&self, r: Tensor<3>, x: Tensor<3>, size: &[usize], spec: &ConvSpec) -> Tensor<3> {
        ops::conv_add(r, x, self.weight.val(), self.bias(), size, spec)
    }

    /// `f − K x`
    pub(crate) fn residual(&self, f: Tensor<3>, x: Tensor<3>, size: &[usize], spec: &ConvSpec) -> Tensor<3> {
        ops::conv_residual(f, x, self.weight.val(), self.bias(), size, spec)
    }

    /// `r + Kᵀ x`, of the finer grid's `size`.
    pub(crate) fn add_transposed(
        &self,
        r: Tensor<3>,
        x: Tensor<3>,
        size: &[usize],
        spec: &ConvSpec,
    ) -> Tensor<3> {
        ops::conv_transpose_add(r, x, self.weight.val(), self.bias(), size, spec)
    }
}
