//! The entries that drawn parameters have.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use sobolev_operators::MgnoConfig;
use sobolev_operators::mgno::{Bias, Boundary, LevelConfig, MgConvConfig};

use super::super::support::{flatten, plain, values};

/// Largest entry over 1/√fan_in of every parameter.
#[derive(Default)]
struct Bounds {
    path: Vec<String>,
    /// Of the last weight: a bias has the bound of its weight.
    fan_in: usize,
    found: Vec<(String, usize, f64)>,
}

impl ModuleVisitor for Bounds {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let (name, shape) = (self.path.join("."), param.val().dims());
        if D > 1 {
            // As PyTorch counts: all axes but the first, which for a transposed convolution is the input's.
            self.fan_in = shape[1..].iter().product();
        }
        let values = values(param.val());
        let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        self.found.push((name, values.len(), largest * (self.fan_in as f64).sqrt()));
    }
}

#[test]
fn is_that_of_pytorch() {
    let levels = [(1, 1), (1, 2), (2, 3)].map(|(pre, width)| LevelConfig { pre, post: 0, width });
    let cycle = MgConvConfig {
        bias: Bias::Constant,
        ..MgConvConfig::new(2, &levels).with_boundary(Boundary::Reflect)
    };
    let model = MgnoConfig::new(12, cycle).init(3, 2, 4, &plain()).unwrap();
    let mut bounds = Bounds::default();
    model.visit(&mut bounds);
    let prolongations: Vec<_> =
        bounds.found.iter().filter(|(name, ..)| name.contains("prolongation")).collect();
    assert_eq!(prolongations.len(), 4 * 2, "{:?}", bounds.found);
    // The prolongations of the first cycle go from 24 to 12 and from 36 to 24 channels.
    assert_eq!([prolongations[0].1, prolongations[1].1], [24 * 12 * 16, 36 * 24 * 16]);
    for (name, entries, largest) in &bounds.found {
        let least = 1.0 - 12.0 / *entries as f64;
        assert!(*largest <= 1.0 && *largest > least, "{name}: {largest} of the bound, {entries} entries");
    }
}

#[test]
fn is_a_function_of_the_seed() {
    let config = MgnoConfig::new(4, MgConvConfig::backslash(2, 3));
    let draw = |seed| flatten(&config.init(1, 1, seed, &plain()).unwrap());
    assert_eq!(draw(5), draw(5));
    assert_ne!(draw(5), draw(6));
}
