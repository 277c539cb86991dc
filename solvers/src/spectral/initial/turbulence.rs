//! Random flows of a given energy spectrum, and the Taylor-Green vortex.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};
use sobolev_kernels::rng;

use super::points::tabulate;
use super::series::{Harmonic, Synthesis, half_space, magnitude};
use super::{Initial, Sampler, ensure, periodic_cube};
use crate::Result;
use crate::spectral::FourierGrid;

/// The expected kinetic energy E(κ) at wavenumber κ (in units of 2π over the side), up to a factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EnergySpectrum {
    /// `κ²/(1 + (κ/peak)⁴)`: a stream function with modal variance `κ⁻¹ (1 + (κ/peak)⁴)⁻¹`. **Source.** J. C. McWilliams, J. Fluid
    /// Mech. 146, 21 (1984), with peak 6 and energy 1/2.
    McWilliams {
        /// Wavenumber of the bend.
        peak: f64,
    },
    /// `exp(−ln²(κ/peak)/(2 width²))`: a band around the peak, as Kolmogorov flows are started from (peak 4).
    LogNormal {
        /// Centre of the band.
        peak: f64,
        /// Width, in units of ln κ.
        width: f64,
    },
    /// `(κ/peak)⁴ exp(−2(κ/peak)²)`. **Source.** T. Passot, A. Pouquet, J. Fluid Mech. 181, 441 (1987).
    PassotPouquet {
        /// Wavenumber of the maximum.
        peak: f64,
    },
}

impl EnergySpectrum {
    /// E(κ), up to a factor.
    pub fn density(self, kappa: f64) -> f64 {
        match self {
            Self::McWilliams { peak } => kappa.powi(2) / (1.0 + (kappa / peak).powi(4)),
            Self::LogNormal { peak, width } => (-0.5 * ((kappa / peak).ln() / width).powi(2)).exp(),
            Self::PassotPouquet { peak } => (kappa / peak).powi(4) * (-2.0 * (kappa / peak).powi(2)).exp(),
        }
    }

    fn check(self) -> Result<()> {
        let (Self::McWilliams { peak } | Self::LogNormal { peak, .. } | Self::PassotPouquet { peak }) = self;
        ensure(peak > 0.0 && peak.is_finite(), "spectrum.peak", "positive and finite", peak)?;
        if let Self::LogNormal { width, .. } = self {
            ensure(width > 0.0 && width.is_finite(), "spectrum.width", "positive and finite", width)?;
        }
        Ok(())
    }
}

/// A wavevector, and the root of the energy that it expects.
type Mode = ([i32; 3], f64);

/// What the two random flows have in common: wavevectors with |k| ≤ cutoff, and the root of the energy that a mode expects.
fn modes(grid: &FourierGrid, spectrum: EnergySpectrum, energy: f64, cutoff: u32) -> Result<(f64, Vec<Mode>)> {
    let side = periodic_cube("flow", grid)?;
    spectrum.check()?;
    ensure(energy > 0.0 && energy.is_finite(), "flow.energy", "positive and finite", energy)?;
    ensure((1..=512).contains(&cutoff), "flow.cutoff", "in 1..=512", cutoff)?;
    let dim = grid.dim() as i32;
    // A shell of radius κ holds about κ^(d−1) modes.
    let root = |k| (spectrum.density(magnitude(k)) / magnitude(k).powi(dim - 1)).sqrt();
    let inside = half_space(grid.dim(), cutoff).into_iter().filter(|&k| magnitude(k) <= f64::from(cutoff));
    Ok((TAU / side, inside.map(|k| (k, root(k))).collect()))
}

/// A Gaussian vorticity field of given energy spectrum in two dimensions, `ω = ∂_x v − ∂_y u`.
///
/// **Equations.** Harmonics with |k| ≤ `cutoff` have independent Gaussian coefficients with energies proportional to `E(κ)/κ`; then the
/// sample is scaled so that its mean kinetic energy `½⟨u² + v²⟩` is `energy`, exactly.
///
/// **Source.** See [`EnergySpectrum`]. **Shapes** `[1, y, x]`, f64. **Good values.** A cutoff that the coarsest grid resolves: the
/// enstrophy of McWilliams' spectrum grows with it. Below n/3 nothing is lost to dealiasing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomVorticity {
    /// Shape of the spectrum.
    pub spectrum: EnergySpectrum,
    /// Mean kinetic energy of a sample.
    pub energy: f64,
    /// Largest wavenumber.
    pub cutoff: u32,
}

impl Default for RandomVorticity {
    fn default() -> Self {
        Self { spectrum: EnergySpectrum::McWilliams { peak: 6.0 }, energy: 0.5, cutoff: 40 }
    }
}

impl Initial for RandomVorticity {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        ensure(grid.dim() == 2, "random_vorticity", "two-dimensional", grid.dim())?;
        let energy = self.energy;
        let (unit, modes) = modes(grid, self.spectrum, energy, self.cutoff)?;
        let synthesis = Synthesis::new(grid);
        Ok(Box::new(move |seed, index| {
            let xi = rng::normals(&mut rng::stream(seed, index), 2 * modes.len());
            // Σ (root ξ)²/4 over cosines and sines is the energy: ½⟨u² + v²⟩ = ½⟨ω²⟩/k² of each harmonic.
            let sum: f64 = modes
                .iter()
                .zip(xi.chunks_exact(2))
                .map(|((_, r), xi)| r * r * (xi[0] * xi[0] + xi[1] * xi[1]))
                .sum();
            let scale = (4.0 * energy / sum).sqrt();
            let harmonic = |(&(k, root), xi): (&Mode, &[f64])| {
                let amplitude = scale * root * unit * magnitude(k);
                Harmonic { k, cos: amplitude * xi[0], sin: amplitude * xi[1] }
            };
            synthesis.field(0.0, modes.iter().zip(xi.chunks_exact(2)).map(harmonic))
        }))
    }
}

/// A Gaussian solenoidal velocity of given energy spectrum in two or three dimensions, `[u, v]` or `[u, v, w]`.
///
/// **Equations.** Every harmonic has independent Gaussian vectors, projected on the plane normal to k; the sample is scaled so that
/// `½⟨|u|²⟩` is `energy`.
///
/// **Shapes** `[d, z, y, x]`, f64; channel 0 is the component along x. **Good values.** Passot-Pouquet with peak 4 for decaying
/// turbulence in three dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomVelocity {
    /// Number of space dimensions, 2 or 3.
    pub dim: usize,
    /// Shape of the spectrum.
    pub spectrum: EnergySpectrum,
    /// Mean kinetic energy of a sample.
    pub energy: f64,
    /// Largest wavenumber.
    pub cutoff: u32,
}

impl Default for RandomVelocity {
    fn default() -> Self {
        Self { dim: 3, spectrum: EnergySpectrum::PassotPouquet { peak: 4.0 }, energy: 0.5, cutoff: 10 }
    }
}

impl Initial for RandomVelocity {
    fn channels(&self) -> usize {
        self.dim
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let dim = self.dim;
        let good = (2..=3).contains(&dim) && grid.dim() == dim;
        ensure(good, "random_velocity.dim", "2 or 3 and that of the grid", format!("{dim}, {}", grid.dim()))?;
        let energy = self.energy;
        let (_, modes) = modes(grid, self.spectrum, energy, self.cutoff)?;
        let synthesis = Synthesis::new(grid);
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed, index);
            let mut vectors = Vec::with_capacity(modes.len());
            let mut sum = 0.0;
            for &(k, root) in &modes {
                let mut draw = || project(k, root, &rng::normals(&mut rng, dim));
                let pair = [draw(), draw()];
                sum += pair.iter().flatten().map(|c| c * c).sum::<f64>();
                vectors.push((k, pair));
            }
            let scale = (4.0 * energy / sum).sqrt();
            let component = |c: usize| {
                // Channel 0 is x, the last axis.
                let harmonics = vectors.iter().map(move |&(k, [cos, sin])| Harmonic {
                    k,
                    cos: scale * cos[2 - c],
                    sin: scale * sin[2 - c],
                });
                synthesis.field(0.0, harmonics)
            };
            (0..dim).flat_map(component).collect()
        }))
    }
}

/// `root` times the part of a vector that is normal to `k`, in the order `[z, y, x]`.
fn project(k: [i32; 3], root: f64, xi: &[f64]) -> [f64; 3] {
    let mut v = [0.0; 3];
    v[3 - xi.len()..].copy_from_slice(xi);
    let dot: f64 = (0..3).map(|a| f64::from(k[a]) * v[a]).sum();
    let square = magnitude(k).powi(2);
    std::array::from_fn(|a| root * (v[a] - f64::from(k[a]) * dot / square))
}

/// The Taylor-Green vortex in three dimensions on the cube of side L, `[u, v, w]`; the same for every seed.
///
/// **Equations.** With `X = 2πx/L` and so on:
/// ```math
/// u = U \sin X \cos Y \cos Z, \quad v = -U \cos X \sin Y \cos Z, \quad w = 0.
/// ```
/// **Source.** G. I. Taylor, A. E. Green, Proc. R. Soc. A 158, 499 (1937); M. E. Brachet et al., J. Fluid Mech. 130, 411 (1983).
/// **Shapes** `[3, z, y, x]`, f64.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaylorGreen {
    /// The amplitude U.
    pub velocity: f64,
}

impl Initial for TaylorGreen {
    fn channels(&self) -> usize {
        3
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        ensure(grid.dim() == 3, "taylor_green", "three-dimensional", grid.dim())?;
        ensure(self.velocity.is_finite(), "taylor_green.velocity", "finite", self.velocity)?;
        let side = periodic_cube("taylor_green", grid)?;
        let (grid, velocity) = (grid.clone(), self.velocity);
        Ok(Box::new(move |_, _| {
            let unit = TAU / side;
            let component = |f: fn(f64) -> f64, g: fn(f64) -> f64, sign: f64| {
                tabulate(&grid, move |[x, y, z]| {
                    sign * velocity * f(unit * x) * g(unit * y) * (unit * z).cos()
                })
            };
            let mut state = component(f64::sin, f64::cos, 1.0);
            state.extend(component(f64::cos, f64::sin, -1.0));
            state.resize(3 * grid.points(), 0.0);
            state
        }))
    }
}
