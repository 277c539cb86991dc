//! Sums of sines with random amplitudes and phases.

use std::f64::consts::TAU;

use rand_distr::{Bernoulli, Distribution};
use serde::{Deserialize, Serialize};
use sobolev_kernels::rng;

use super::points::{axis, resampled};
use super::series::{Harmonic, Synthesis, half_space};
use super::{Initial, Sampler, check_range, ensure, integer, uniform};
use crate::spectral::FourierGrid;
use crate::{Error, Result};

/// Points an axis and wavenumber of the grid on which a maximum is taken, the same for every resolution.
const OVERSAMPLING: usize = 16;

/// How the amplitude of a sample is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// As drawn.
    #[default]
    None,
    /// The standard deviation over the box, exactly (by Parseval's equation).
    Deviation(f64),
    /// The largest |u|, taken on a grid of 16 points an axis and wavenumber, so that it doesn't depend on the resolution.
    Maximum(f64),
}

/// Every harmonic up to a cutoff, with uniform amplitude and phase.
///
/// **Equations.** Over one wavevector of each pair ±k with 0 < max |k_i| ≤ `cutoff`:
/// ```math
/// u(x) = o + \sum_k a_k \sin(2\pi\, k\cdot x/L + \phi_k), \qquad a_k \sim U(\mathrm{amplitude}),\ \phi_k \sim U(0, 2\pi),\ o \sim U(\mathrm{offset}).
/// ```
///
/// **Source.** The start of most tasks of F. Koehler et al., APEBench, arXiv 2411.00180. **Deviates.** (1) One harmonic a pair ±k
/// also on the plane k_x = 0. (2) The maximum is that of the function, not of the grid. (3) The normalisation is applied before the
/// offset.
///
/// **Shapes** `[1, z, y, x]`, f64. **Good values** cutoff 5; 3 for Kuramoto-Sivashinsky on a long box.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TruncatedFourier {
    /// Largest wavenumber an axis, 1..=64.
    pub cutoff: u32,
    /// Range of the amplitudes.
    pub amplitude: [f64; 2],
    /// Range of the mean.
    pub offset: [f64; 2],
    /// Amplitude of the sum.
    pub normalization: Normalization,
}

impl Default for TruncatedFourier {
    fn default() -> Self {
        Self { cutoff: 5, amplitude: [-1.0, 1.0], offset: [0.0, 0.0], normalization: Normalization::None }
    }
}

impl Initial for TruncatedFourier {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        ensure((1..=64).contains(&self.cutoff), "truncated_fourier.cutoff", "in 1..=64", self.cutoff)?;
        check_range("truncated_fourier.amplitude", self.amplitude)?;
        check_range("truncated_fourier.offset", self.offset)?;
        if let Normalization::Deviation(value) | Normalization::Maximum(value) = self.normalization {
            let good = value > 0.0 && value.is_finite();
            ensure(good, "truncated_fourier.normalization", "positive and finite", value)?;
            let good = self.amplitude != [0.0, 0.0];
            ensure(good, "truncated_fourier.amplitude", "not [0, 0], which can't be normalized", "[0, 0]")?;
        }
        let waves = half_space(grid.dim(), self.cutoff);
        let synthesis = Synthesis::new(grid);
        let reference = match self.normalization {
            Normalization::Maximum(_) => {
                Some(Synthesis::new(&resampled(grid, OVERSAMPLING * self.cutoff as usize)?))
            }
            _ => None,
        };
        let law = *self;
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed, index);
            let offset = uniform(&mut rng, law.offset);
            let mut draw = |&k: &[i32; 3]| {
                let amplitude = uniform(&mut rng, law.amplitude);
                Harmonic::wave(k, amplitude, uniform(&mut rng, [0.0, TAU]))
            };
            let harmonics: Vec<_> = waves.iter().map(&mut draw).collect();
            let scale = match (law.normalization, &reference) {
                (Normalization::Deviation(value), _) => {
                    value / (0.5 * harmonics.iter().map(Harmonic::power).sum::<f64>()).sqrt()
                }
                (Normalization::Maximum(value), Some(reference)) => {
                    let field = reference.field(0.0, harmonics.iter().copied());
                    value / field.iter().fold(0.0, |max: f64, u| max.max(u.abs()))
                }
                _ => 1.0,
            };
            let scaled =
                harmonics.into_iter().map(|h| Harmonic { cos: scale * h.cos, sin: scale * h.sin, ..h });
            synthesis.field(offset, scaled)
        }))
    }
}

/// A few sines of random integer wavenumber.
///
/// **Equations.**
/// ```math
/// u(x) = \sum_{j=1}^{\mathrm{count}} A_j \sin(2\pi\, m_j\cdot x/L + \phi_j), \qquad A_j \sim U(\mathrm{amplitude}),\ \phi_j \sim U(0, 2\pi),
/// ```
/// in one dimension with `m_j` uniform on 1..=`max_wavenumber`, in more with each component uniform on −max..=max and m ≠ 0.
///
/// **Source.** The start of the KdV, Kuramoto-Sivashinsky and Burgers data of J. Brandstetter, M. Welling, D. Worrall, arXiv
/// 2202.07643, equation 30: ten waves, wavenumbers 1 to 3, amplitudes in (−1/2, 1/2): the default.
///
/// **Shapes** `[1, z, y, x]`, f64.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomWaves {
    /// Number of waves, 1..=1000.
    pub count: u32,
    /// Largest wavenumber, 1..=1000.
    pub max_wavenumber: u32,
    /// Range of the amplitudes.
    pub amplitude: [f64; 2],
}

impl Default for RandomWaves {
    fn default() -> Self {
        Self { count: 10, max_wavenumber: 3, amplitude: [-0.5, 0.5] }
    }
}

impl Initial for RandomWaves {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let Self { count, max_wavenumber, amplitude } = *self;
        ensure((1..=1000).contains(&count), "random_waves.count", "in 1..=1000", count)?;
        let good = (1..=1000).contains(&max_wavenumber);
        ensure(good, "random_waves.max_wavenumber", "in 1..=1000", max_wavenumber)?;
        check_range("random_waves.amplitude", amplitude)?;
        let (dim, synthesis) = (grid.dim(), Synthesis::new(grid));
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed, index);
            let harmonics = (0..count).map(|_| {
                let mut k = [0; 3];
                if dim == 1 {
                    k[2] = integer(&mut rng, [1, max_wavenumber]).cast_signed();
                }
                while k == [0; 3] {
                    for c in &mut k[3 - dim..] {
                        *c = integer(&mut rng, [0, 2 * max_wavenumber]).cast_signed()
                            - max_wavenumber.cast_signed();
                    }
                }
                let amplitude = uniform(&mut rng, amplitude);
                Harmonic::wave(k, amplitude, uniform(&mut rng, [0.0, TAU]))
            });
            synthesis.field(0.0, harmonics)
        }))
    }
}

/// The start of PDEBench's one-dimensional advection and Burgers data.
///
/// **Equations.**
/// ```math
/// u(x) = s\, w(x)\, \Bigl|\sum_{i=1}^{2} A_i \sin(2\pi n_i x/L + \phi_i)\Bigr|^{(*)}, \qquad A_i \sim U(0, 1),\ n_i \in \{1..8\},\ \phi_i \sim U(0, 2\pi),
/// ```
/// where the modulus is taken and the window `w = ½(tanh((x − x_l)/0.01L) − tanh((x − x_r)/0.01L))`, x_l ∈ (0.1, 0.45)L,
/// x_r ∈ (0.55, 0.9)L, is applied with probability 1/10 each, and s = ±1.
///
/// **Source.** M. Takamoto et al., PDEBench, arXiv 2210.07182, appendix D.1. **Deviates.** (1) The released program adds the eight
/// waves that weren't chosen as constants `A sin φ`, and doubles the frequency where both draws give the same wavenumber; this is the
/// law of the text.
///
/// **Shapes** `[1, x]`, f64. The field isn't band-limited; its values at points that two grids share are the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PdeBenchWaves {
    /// Number of waves, 1..=100.
    pub count: u32,
    /// Largest wavenumber, 1..=1000.
    pub max_wavenumber: u32,
    /// Probability of the modulus, and of the window.
    pub probability: f64,
}

impl Default for PdeBenchWaves {
    fn default() -> Self {
        Self { count: 2, max_wavenumber: 8, probability: 0.1 }
    }
}

impl Initial for PdeBenchWaves {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let Self { count, max_wavenumber, probability } = *self;
        ensure(grid.dim() == 1, "pdebench_waves", "one-dimensional", grid.dim())?;
        ensure((1..=100).contains(&count), "pdebench_waves.count", "in 1..=100", count)?;
        let good = (1..=1000).contains(&max_wavenumber);
        ensure(good, "pdebench_waves.max_wavenumber", "in 1..=1000", max_wavenumber)?;
        let chance = Bernoulli::new(probability).map_err(|_| Error::Config {
            field: "pdebench_waves.probability",
            expected: "in [0, 1]",
            value: probability.to_string(),
        })?;
        let (x, length) = (axis(grid, 0), grid.domain_extent()[0]);
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed, index);
            let mut draw = |_| {
                let wavenumber = TAU * f64::from(integer(&mut rng, [1, max_wavenumber])) / length;
                (wavenumber, uniform(&mut rng, [0.0, 1.0]), uniform(&mut rng, [0.0, TAU]))
            };
            let waves: Vec<_> = (0..count).map(&mut draw).collect();
            let modulus = chance.sample(&mut rng);
            let sign = if integer(&mut rng, [0, 1]) == 0 { 1.0 } else { -1.0 };
            let window = chance.sample(&mut rng);
            let left = length * uniform(&mut rng, [0.1, 0.45]);
            let right = length * uniform(&mut rng, [0.55, 0.9]);
            let value = |&x: &f64| {
                let sum: f64 = waves.iter().map(|(k, a, phase)| a * (k * x + phase).sin()).sum();
                let edge = |at: f64| ((x - at) / (0.01 * length)).tanh();
                let mask = if window { 0.5 * (edge(left) - edge(right)) } else { 1.0 };
                sign * mask * if modulus { sum.abs() } else { sum }
            };
            x.iter().map(value).collect()
        }))
    }
}
