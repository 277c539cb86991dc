//! Draws of the diffusion coefficient.

use std::f64::consts::PI;

use rand_distr::{Distribution, Uniform};
use sobolev_kernels::rng;

use super::{Coefficient, DarcyConfig, Domain};
use crate::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};
use crate::{Grid, Result};

/// Wavenumbers an axis that the amplitude of a log-normal coefficient is measured with.
const REFERENCE_MODES: u32 = 256;

/// The sampler of one law on one grid.
#[derive(Debug)]
pub(crate) enum Sampler {
    Threshold { field: GaussianRandomField, high: f64, low: f64 },
    LogNormal { field: GaussianRandomField, log_mean: f64, scale: f64 },
    Trigonometric { resolution: usize, grid: Grid, octaves: u32, amplitude: f64, domain: Domain },
}

impl Sampler {
    pub(crate) fn new(config: &DarcyConfig) -> Result<Self> {
        let DarcyConfig { resolution, grid, field, .. } = *config;
        let gaussian = || {
            GaussianRandomField::new(GrfConfig {
                size: vec![resolution; 2],
                grid,
                boundary: Boundary::Neumann,
                alpha: field.alpha,
                tau: field.tau,
                sigma: 1.0,
                mean: field.mean,
            })
        };
        Ok(match config.coefficient {
            Coefficient::Threshold { high, low } => Self::Threshold { field: gaussian()?, high, low },
            Coefficient::LogNormal { log_mean, log_std } => {
                let field = gaussian()?;
                let scale = log_std / reference_deviation(field.config());
                Self::LogNormal { field, log_mean, scale }
            }
            Coefficient::MultiscaleTrigonometric { octaves, amplitude, domain } => {
                Self::Trigonometric { resolution, grid, octaves, amplitude, domain }
            }
        })
    }

    /// The coefficient of sample `index` at all points, `[y, x]`.
    pub(crate) fn sample(&self, seed: u64, index: u64) -> Result<Vec<f64>> {
        match *self {
            Self::Threshold { ref field, high, low } => {
                let mut values = field.sample(seed, index);
                for value in &mut values {
                    *value = if *value >= 0.0 { high } else { low };
                }
                Ok(values)
            }
            Self::LogNormal { ref field, log_mean, scale } => {
                let mut values = field.sample(seed, index);
                for value in &mut values {
                    *value = scale.mul_add(*value, log_mean).exp();
                }
                Ok(values)
            }
            Self::Trigonometric { resolution: n, grid, octaves, amplitude, domain } => {
                Ok(trigonometric(&points(n, grid, domain), octaves, amplitude, seed, index))
            }
        }
    }
}

/// Root of the mean variance of the modes below [`REFERENCE_MODES`].
fn reference_deviation(config: &GrfConfig) -> f64 {
    let mut sum = 0.0;
    for ky in 0..REFERENCE_MODES {
        for kx in 0..REFERENCE_MODES {
            if ky + kx > 0 || config.mean == Mean::Random {
                let lambda = PI * PI * (f64::from(ky).powi(2) + f64::from(kx).powi(2));
                sum += (lambda + config.tau * config.tau).powf(-config.alpha);
            }
        }
    }
    sum.sqrt()
}

/// Coordinates of the points of one axis.
fn points(n: usize, grid: Grid, domain: Domain) -> Vec<f64> {
    let unit = |i: usize| match grid {
        Grid::Cells => (2 * i + 1) as f64 / (2 * n) as f64,
        Grid::Nodes => i as f64 / (n - 1) as f64,
    };
    let map = |x: f64| match domain {
        Domain::Centred => 2.0 * x - 1.0,
        Domain::Unit => x,
    };
    (0..n).map(|i| map(unit(i))).collect()
}

fn trigonometric(points: &[f64], octaves: u32, amplitude: f64, seed: u64, index: u64) -> Vec<f64> {
    let n = points.len();
    let mut rng = rng::stream(seed, index);
    let uniform: Vec<f64> = match Uniform::new_inclusive(1.0, 1.5) {
        Ok(law) => (0..octaves).map(|_| law.sample(&mut rng)).collect(),
        // The bounds are constants; this arm can't be reached, and a library doesn't panic.
        Err(_) => vec![1.25; octaves as usize],
    };
    let mut values = vec![1.0; n * n];
    for (k, u) in uniform.iter().enumerate() {
        let frequency = PI * u * f64::from(1_u32 << k);
        // cos(A + B) and sin(C − D) by angle sums: four tables of n values instead of n² sines.
        let table =
            |factor: f64| -> Vec<(f64, f64)> { points.iter().map(|x| (factor * x).sin_cos()).collect() };
        let (one, three) = (table(frequency), table(3.0 * frequency));
        for (row, &(sy, cy)) in values.chunks_exact_mut(n).zip(&one) {
            for (value, (&(sx, cx), &(s3, c3))) in row.iter_mut().zip(one.iter().zip(&three)) {
                let sum = cx * cy - sx * sy;
                let difference = sy * c3 - cy * s3;
                *value *= (1.0 + amplitude * sum) * (1.0 + amplitude * difference);
            }
        }
    }
    values
}
