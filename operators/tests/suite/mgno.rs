//! Multigrid neural operators.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use sobolev_operators::mgno::{Boundary, LevelConfig, MgConvConfig};
use sobolev_operators::multigrid::PerAxis;

use super::support::{plain, tensor};

mod geometric;
mod golden;
mod gradients;
mod linear;
mod settings;
mod start;

fn levels(each: &[(usize, usize)]) -> Vec<LevelConfig> {
    each.iter().map(|&(pre, post)| LevelConfig::new(pre, post)).collect()
}

/// Three levels with every kind of step.
fn small(n_dim: usize, boundary: Boundary) -> MgConvConfig {
    MgConvConfig::new(n_dim, &levels(&[(1, 1), (2, 1), (2, 0)])).with_boundary(boundary)
}

fn mixed(boundaries: &[Boundary]) -> PerAxis<Boundary> {
    PerAxis::Each(boundaries.to_vec())
}

/// Parameter t has the entries 0.1 sin(0.7 k + 0.3 t).
struct Number(usize);

impl ModuleMapper for Number {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, _) = param.consume();
        let (shape, t) = (old.dims(), self.0 as f64);
        self.0 += 1;
        let value = |k: usize| 0.1 * (0.7 * k as f64 + 0.3 * t).sin();
        Param::initialized(id, tensor((0..shape.iter().product()).map(value).collect(), shape, &plain()))
    }
}

/// The parameters of the golden vectors, and how many there are.
fn numbered<M: Module>(module: M) -> (M, usize) {
    let mut number = Number(0);
    (module.map(&mut number), number.0)
}

/// The input of the golden vectors, `[1, channels, rows · columns]`.
fn waves(channels: usize, [rows, columns]: [usize; 2]) -> Tensor<3> {
    let value = |p: usize| {
        let (c, i, j) = (p / (rows * columns), p / columns % rows, p % columns);
        let (c, i, j) = (c as f64, i as f64, j as f64);
        (0.2 * i + 0.5 * c).cos() * (0.3 * j + 0.1 * c).sin()
    };
    let points = rows * columns;
    tensor((0..channels * points).map(value).collect(), [1, channels, points], &plain())
}
