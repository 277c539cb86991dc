//! The kernels at the beginning.

use super::{Bias, Geometric, MgConvConfig, Smoother, Start};
use crate::layers::{Draws, Kernel};

/// What a kernel does in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A, from `u` to `f`.
    Operator,
    /// B, from `f` to `u`.
    Smoother,
    /// R or Π, to the next coarser level.
    Restriction,
    /// P, from the next coarser level.
    Prolongation,
}

/// Makes the kernels of a cycle.
pub(super) struct Starter<'a, 'b> {
    pub(super) config: &'a MgConvConfig,
    pub(super) draws: &'a mut Draws<'b>,
}

impl Starter<'_, '_> {
    /// The kernel of a role on a level, from and to as many channels.
    pub(super) fn kernel(&mut self, role: Role, level: usize, inputs: usize, outputs: usize) -> Kernel {
        let config = self.config;
        let along = match role {
            Role::Prolongation => config.prolongation_taps(level),
            _ => vec![3; config.n_dim],
        };
        let taps: usize = along.iter().product();
        let (shape, fan_in) = match role {
            Role::Prolongation => ([inputs, outputs, taps], outputs * taps),
            _ => ([outputs, inputs, taps], inputs * taps),
        };
        let smoothing = matches!(role, Role::Operator | Role::Smoother);
        let biased = smoothing && config.bias == Bias::Constant;
        match config.start {
            Start::Uniform => {
                let weight = self.draws.linear(shape, fan_in);
                Kernel::new(weight, biased.then(|| self.draws.linear([outputs], fan_in)))
            }
            Start::Geometric(geometric) => {
                let stencil = geometric.stencil(role, level, &along);
                let pair = |i: usize, o: usize| {
                    let share = share(o, i, outputs, inputs);
                    stencil.iter().map(move |s| share * s)
                };
                let values: Vec<f64> = match role {
                    Role::Prolongation => {
                        (0..inputs).flat_map(|i| (0..outputs).flat_map(move |o| pair(i, o))).collect()
                    }
                    _ => (0..outputs).flat_map(|o| (0..inputs).flat_map(move |i| pair(i, o))).collect(),
                };
                let noise = geometric.noise / (fan_in as f64).sqrt();
                let weight = self.draws.around(values, shape, noise);
                Kernel::new(weight, biased.then(|| self.draws.around(vec![0.0; outputs], [outputs], noise)))
            }
        }
    }
}

/// The weight of channel `i` of `inputs` in channel `o` of `outputs`: means of the channels that are alike modulo the smaller number,
/// so that a map to more channels and back is the identity.
fn share(o: usize, i: usize, outputs: usize, inputs: usize) -> f64 {
    let period = inputs.min(outputs);
    if o % period != i % period {
        return 0.0;
    }
    1.0 / (i % period..inputs).step_by(period).count() as f64
}

impl Geometric {
    /// The stencil for a pair of channels, with these taps along the axes.
    fn stencil(self, role: Role, level: usize, taps: &[usize]) -> Vec<f64> {
        let d = taps.len() as f64;
        // (2ˡ h)² is 4ˡ h².
        let scale = 4.0_f64.powi(level as i32);
        match role {
            Role::Operator => star(taps, 2.0 * d / scale, -1.0 / scale),
            Role::Smoother => {
                let [alpha, beta] = self.smoother.coefficients(taps.len());
                // α + β A / 2d, over the diagonal 2d.
                let centre = alpha + beta;
                star(taps, centre * scale / (2.0 * d), -beta * scale / (4.0 * d * d))
            }
            Role::Restriction => product(taps, &[0.25, 0.5, 0.25, 0.0]),
            Role::Prolongation => product(taps, &[0.5, 1.0, 0.5, 0.0]),
        }
    }
}

impl Smoother {
    /// α and β of the residual polynomial `1 − λ (α + β λ)` in the eigenvalues λ of A over its diagonal: the smallest one on those of
    /// the wavenumbers that are too high for the coarse grid, 1/d ≤ λ ≤ 2.
    fn coefficients(self, n_dim: usize) -> [f64; 2] {
        let (low, high) = (1.0 / n_dim as f64, 2.0);
        match self {
            Self::Jacobi => [2.0 / (low + high), 0.0],
            Self::Chebyshev => {
                // T₂(s − k λ) / T₂(s), with T₂(x) = 2 x² − 1.
                let (s, k) = ((high + low) / (high - low), 2.0 / (high - low));
                let end = 2.0 * s * s - 1.0;
                [4.0 * s * k / end, -2.0 * k * k / end]
            }
        }
    }
}

/// A stencil with values at its centre and the neighbours of it along the axes; the centre is tap 1 of each axis.
fn star(taps: &[usize], centre: f64, neighbour: f64) -> Vec<f64> {
    each(taps, |t| match t.iter().filter(|&&t| t != 1).count() {
        0 => centre,
        1 if t.iter().all(|&t| t < 3) => neighbour,
        _ => 0.0,
    })
}

/// The product of the same weights along every axis.
fn product(taps: &[usize], weights: &[f64; 4]) -> Vec<f64> {
    each(taps, |t| t.iter().map(|&t| weights[t]).product())
}

/// A value for every tap, the last axis fastest.
fn each(taps: &[usize], value: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    let mut tap = vec![0; taps.len()];
    (0..taps.iter().product())
        .map(|p| {
            let mut rest: usize = p;
            for axis in (0..taps.len()).rev() {
                tap[axis] = rest % taps[axis];
                rest /= taps[axis];
            }
            value(&tap)
        })
        .collect()
}
