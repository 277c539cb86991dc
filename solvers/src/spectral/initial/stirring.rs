//! A force that is random in space and time.

use serde::{Deserialize, Serialize};
use sobolev_kernels::rng;

use super::series::{Harmonic, Synthesis, half_space, magnitude};
use super::{Initial, Sampler, ensure};
use crate::Result;
use crate::spectral::FourierGrid;

/// Frequencies of a random force.
pub const STIRRING_FREQUENCIES: usize = 4;

/// Keeps the draws of a force apart from those of a start under the same seed and index.
const FORCE_SEED: u64 = 0xd1b5_4a32_d192_ed03;

/// The fields A_j, B_j of the force of [`StirredNavierStokes2d`](crate::spectral::equations::StirredNavierStokes2d).
///
/// **Equations.** Independent Gaussian fields with equal expected power in every mode of the band `low ≤ |k| ≤ high` (in units of 2π
/// over the side), scaled together so that the root mean square of the force, over the box and all time, is `amplitude`:
/// ```math
/// \tfrac12 \sum_{j} \langle A_j^2 + B_j^2 \rangle = \mathrm{amplitude}^2.
/// ```
/// **Shapes** `[8, y, x]`, f64: A_1, B_1, A_2, ... **Good values.** A band around 4, two wide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stirring {
    /// Shortest wavevectors.
    pub low: f64,
    /// Longest wavevectors, at most 128.
    pub high: f64,
    /// Root mean square of the force.
    pub amplitude: f64,
}

impl Default for Stirring {
    fn default() -> Self {
        Self { low: 3.0, high: 5.0, amplitude: 1.0 }
    }
}

impl Initial for Stirring {
    fn channels(&self) -> usize {
        2 * STIRRING_FREQUENCIES
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let Self { low, high, amplitude } = *self;
        let good = (1.0..=128.0).contains(&high) && low <= high;
        ensure(good, "stirring.band", "low ≤ high in 1..=128", format!("{low}..={high}"))?;
        ensure(
            amplitude > 0.0 && amplitude.is_finite(),
            "stirring.amplitude",
            "positive and finite",
            amplitude,
        )?;
        let inside = |k: &[i32; 3]| (low..=high).contains(&magnitude(*k));
        let waves: Vec<_> = half_space(grid.dim(), high as u32).into_iter().filter(inside).collect();
        ensure(
            !waves.is_empty(),
            "stirring.band",
            "a band with wavevectors in it",
            format!("{low}..={high}"),
        )?;
        let (channels, synthesis) = (self.channels(), Synthesis::new(grid));
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed.wrapping_add(FORCE_SEED), index);
            let xi = rng::normals(&mut rng, 2 * channels * waves.len());
            // ⟨cos²⟩ = ½ over the box, and ½ again over time.
            let scale = amplitude / (0.25 * xi.iter().map(|xi| xi * xi).sum::<f64>()).sqrt();
            let field = |draws: &[f64]| {
                let harmonic =
                    |(&k, xi): (&[i32; 3], &[f64])| Harmonic { k, cos: scale * xi[0], sin: scale * xi[1] };
                synthesis.field(0.0, waves.iter().zip(draws.chunks_exact(2)).map(harmonic))
            };
            xi.chunks_exact(2 * waves.len()).flat_map(field).collect()
        }))
    }
}
