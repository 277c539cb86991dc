//! Multi-grid domain decomposition.

use sobolev_operators::multigrid::{Coordinates, PerAxis};
use sobolev_operators::{FnoConfig, ModelConfig, Multigrid, MultigridConfig};

use super::support::plain;

mod cutting;
mod levels;
mod objective;
mod operator;
mod places;
mod ranks;
mod settings;
mod stitching;

/// A decomposition around the smallest of operators, for tests of the patches themselves; without coordinates.
fn patches(n_dim: usize, levels: usize, padding: &[f64]) -> MultigridConfig {
    let inner = ModelConfig::Fno(FnoConfig::new(&vec![1; n_dim], 1).with_n_layers(1));
    MultigridConfig {
        padding: PerAxis::Each(padding.to_vec()),
        coordinates: Coordinates::None,
        ..MultigridConfig::new(levels, inner)
    }
}

fn build(config: &MultigridConfig, channels: usize) -> Multigrid {
    config.init(channels, 1, 0, &plain()).unwrap()
}

/// The digits of `i` to the bases `sizes`, last one fastest.
fn digits(mut i: usize, sizes: &[usize]) -> Vec<usize> {
    let mut out = vec![0; sizes.len()];
    for (digit, n) in out.iter_mut().zip(sizes).rev() {
        *digit = i % n;
        i /= n;
    }
    out
}

/// The point of a grid with these coordinates, each taken round its axis.
fn wrapped(coordinates: &[i64], size: &[usize]) -> usize {
    coordinates.iter().zip(size).fold(0, |p, (&j, &n)| p * n + j.rem_euclid(n as i64) as usize)
}
