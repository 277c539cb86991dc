//! Normalisation over a sample's points and channels.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::ops;

use super::Draws;

const EPS: f64 = 1e-5;

/// Normalisation of groups of channels to mean 0 and variance 1 over the group and all points of a sample.
///
/// With as many groups as channels and no affine map it is the instance norm.
#[derive(Module, Debug)]
pub struct ChannelNorm {
    scale: Option<Param<Tensor<1>>>,
    shift: Option<Param<Tensor<1>>>,
    #[module(skip)]
    groups: usize,
}

impl ChannelNorm {
    /// Every channel on its own, without parameters.
    pub fn instance(channels: usize) -> Self {
        Self { scale: None, shift: None, groups: channels }
    }

    /// Groups of channels, then a learned scale (from 1) and shift (from 0) per channel.
    pub fn group(channels: usize, groups: usize, draws: &mut Draws<'_>) -> Self {
        Self {
            scale: Some(draws.constant([channels], 1.0)),
            shift: Some(draws.constant([channels], 0.0)),
            groups,
        }
    }

    /// **Shapes.** `[batch, channels, points]`, kept.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let affine = match (&self.scale, &self.shift) {
            (Some(scale), Some(shift)) => Some((scale.val(), shift.val())),
            _ => None,
        };
        ops::group_norm(x, self.groups, affine, EPS)
    }
}
