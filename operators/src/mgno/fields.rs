//! Functions on the grid of the training, evaluated on any grid.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::conv::Boundary;
use sobolev_kernels::ops;

use super::MgConvConfig;
use crate::layers::{Draws, Resample, resample};

/// Learned functions, one per channel, by their values on a grid; on other grids they are resampled.
#[derive(Module, Debug)]
pub(super) struct GridFunction {
    /// `[channels, points]`
    values: Param<Tensor<2>>,
    #[module(skip)]
    grid: Vec<usize>,
    #[module(skip)]
    resample: Resample,
}

impl GridFunction {
    /// Constant functions on level `level` of the configuration's grid, which it has.
    pub(super) fn constant(
        config: &MgConvConfig,
        level: usize,
        channels: usize,
        value: f64,
        draws: &mut Draws<'_>,
    ) -> Self {
        let sizes = config.grid.as_ref().and_then(|grid| config.sizes(grid).ok());
        let grid = sizes.map_or_else(|| vec![1; config.n_dim], |sizes| sizes[level].clone());
        let periodic = config.boundary.values().iter().all(|&b| b == Boundary::Circular);
        let resample = if periodic { Resample::Spectral } else { Resample::Linear };
        Self { values: draws.constant([channels, grid.iter().product()], value), grid, resample }
    }

    /// `[1, channels, points of size]`
    pub(super) fn on(&self, size: &[usize]) -> Tensor<3> {
        resample(self.values.val().unsqueeze(), &self.grid, size, self.resample)
    }
}

const EPS: f64 = 1e-5;

/// Normalisation over all channels and points, then a scale and a shift that are functions.
#[derive(Module, Debug)]
pub(super) struct FieldNormMap {
    scale: GridFunction,
    shift: GridFunction,
}

impl FieldNormMap {
    pub(super) fn new(config: &MgConvConfig, level: usize, channels: usize, draws: &mut Draws<'_>) -> Self {
        let mut function = |value| GridFunction::constant(config, level, channels, value, draws);
        Self { scale: function(1.0), shift: function(0.0) }
    }

    /// **Shapes.** `[batch, channels, points]`, kept.
    pub(super) fn forward(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        ops::group_norm(x, 1, None, EPS) * self.scale.on(size) + self.shift.on(size)
    }
}
