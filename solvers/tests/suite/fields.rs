//! Coefficients that the solver tests share.

use sobolev_solvers::Grid;
use sobolev_solvers::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Constant,
    /// 12 or 3 by the sign of a Gaussian field.
    Threshold,
    /// 1e4 or 1 by the sign of a Gaussian field.
    HighContrast,
    /// Squares of three cells, 1e4 or 1.
    Checkerboard,
    /// exp of a field with α = 1: rough at every scale, contrast about 1e4.
    RoughLogNormal,
}

pub(crate) const ALL: [Kind; 5] =
    [Kind::Constant, Kind::Threshold, Kind::HighContrast, Kind::Checkerboard, Kind::RoughLogNormal];

pub(crate) fn gaussian(ny: usize, nx: usize, alpha: f64, seed: u64) -> Vec<f64> {
    let config = GrfConfig {
        size: vec![ny, nx],
        grid: Grid::Cells,
        boundary: Boundary::Neumann,
        alpha,
        tau: 3.0,
        sigma: 1.0,
        mean: Mean::Zero,
    };
    GaussianRandomField::new(config).unwrap().sample(seed, 0)
}

/// `[ny, nx]` values.
pub(crate) fn coefficient(kind: Kind, ny: usize, nx: usize, seed: u64) -> Vec<f64> {
    let threshold = |high: f64, low: f64| {
        gaussian(ny, nx, 2.0, seed).into_iter().map(|g| if g >= 0.0 { high } else { low }).collect()
    };
    match kind {
        Kind::Constant => vec![1.0; ny * nx],
        Kind::Threshold => threshold(12.0, 3.0),
        Kind::HighContrast => threshold(1e4, 1.0),
        Kind::Checkerboard => (0..ny * nx)
            .map(|k| if (k / nx / 3 + k % nx / 3).is_multiple_of(2) { 1e4 } else { 1.0 })
            .collect(),
        Kind::RoughLogNormal => {
            let g = gaussian(ny, nx, 1.0, seed);
            let s = (g.iter().map(|g| g * g).sum::<f64>() / g.len() as f64).sqrt();
            g.into_iter().map(|g| (1.3 * g / s).exp()).collect()
        }
    }
}
