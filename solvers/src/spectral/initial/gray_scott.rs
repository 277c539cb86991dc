//! The two kinds of initial states of The Well's Gray-Scott data.

use serde::{Deserialize, Serialize};
use sobolev_kernels::Complex;
use sobolev_kernels::fft::RealFft;
use sobolev_kernels::rng;

use super::blobs::GaussianBlobs;
use super::points::resampled;
use super::series::{Harmonic, Synthesis, half_space};
use super::{Initial, Sampler, ensure, periodic_cube, uniform};
use crate::Result;
use crate::spectral::FourierGrid;

/// Points an axis of the grid on which the extremes of a sum of Gaussians are taken, and of the random values of the
/// trigonometric interpolant; the same for every resolution.
const EXTREMES: usize = 256;
const RANDOM_VALUES: usize = 32;

/// Clusters of Gaussians: `[A, B]` with `A = 1 − G`, `B = G'`, each stretched to [0, 1].
///
/// **Equations.** G and G' are independent sums of m periodic Gaussians `a exp(−s r²)`, m uniform in 10..=100, a in (1, 3), s in
/// (150, 300) on the square of side 2; each channel is then mapped affinely so that its minimum is 0 and its maximum 1.
///
/// **Source.** The Well, arXiv 2412.00568, `gray_scott_reaction_diffusion`; program github.com/danfortunato/spectral-gray-scott.
/// **Deviates.** (1) Extremes are taken on 256² points, not of the function. (2) On a square of another side the widths scale.
///
/// **Shapes** `[2, y, x]`, f64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrayScottClusters {}

impl GrayScottClusters {
    /// exp(−s r²) has width 1/√(2s): in units of the side 2.
    fn law() -> GaussianBlobs {
        let width = |s: f64| 0.5 / (2.0 * s).sqrt();
        GaussianBlobs {
            count: [10, 100],
            amplitude: [1.0, 3.0],
            width: [width(300.0), width(150.0)],
            background: 0.0,
        }
    }
}

impl Initial for GrayScottClusters {
    fn channels(&self) -> usize {
        2
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        ensure(grid.dim() == 2, "gray_scott_clusters", "two-dimensional", grid.dim())?;
        periodic_cube("gray_scott_clusters", grid)?;
        let (grid, reference) = (grid.clone(), resampled(grid, EXTREMES)?);
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed, index);
            let mut state = Vec::with_capacity(2 * grid.points());
            for sign in [-1.0, 1.0] {
                let sum = Self::law().draw(&mut rng, &grid);
                let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
                for g in sum.on(&reference) {
                    (low, high) = (low.min(g), high.max(g));
                }
                let stretched = sum.on(&grid).into_iter().map(|g| (g - low) / (high - low));
                // Stretching 1 − G to [0, 1] is one minus stretching G.
                state.extend(stretched.map(|g| if sign < 0.0 { 1.0 - g } else { g }));
            }
            state
        }))
    }
}

/// Random trigonometric interpolants around a steady state, `[A, B]`.
///
/// **Equations.** `A = Ā + ½ d_A r(x)`, `B = B̄ + ½ d_B r'(x)`, where r, r' interpolate 32² independent values of U(−½, ½). Around the
/// trivial state Ā = 1, B̄ = 0, d = 1; if `k < (√f − 2f)/2`, around the state
/// ```math
/// \bar A = \frac{a - \sqrt{a^2 - 4}}{2a}, \quad \bar B = \sqrt f\, \frac{a + \sqrt{a^2 - 4}}{2}, \quad a = \frac{\sqrt f}{f + k}, \qquad d = 0.9 \min(\text{mean}, 1 - \text{mean}).
/// ```
///
/// **Source.** As [`GrayScottClusters`]. **Deviates.** (1) The modes at the Nyquist wavenumber, 16, are left out.
///
/// **Shapes** `[2, y, x]`, f64; grids of fewer than 33 points an axis truncate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrayScottFourier {
    /// Feed rate f.
    pub feed: f64,
    /// Kill rate k.
    pub kill: f64,
}

impl GrayScottFourier {
    /// Mean and amplitude of the two channels.
    fn levels(self) -> [(f64, f64); 2] {
        let root = self.feed.sqrt();
        if self.kill >= 0.5 * (root - 2.0 * self.feed) {
            return [(1.0, 1.0), (0.0, 1.0)];
        }
        let a = root / (self.feed + self.kill);
        let s = (a * a - 4.0).max(0.0).sqrt();
        let spread = |mean: f64| (mean, 0.9 * mean.min(1.0 - mean));
        [spread((a - s) / (2.0 * a)), spread(0.5 * root * (a + s))]
    }
}

impl Initial for GrayScottFourier {
    fn channels(&self) -> usize {
        2
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        ensure(grid.dim() == 2, "gray_scott_fourier", "two-dimensional", grid.dim())?;
        let positive = |value: f64| value > 0.0 && value <= 1.0;
        ensure(positive(self.feed), "gray_scott_fourier.feed", "in (0, 1]", self.feed)?;
        ensure(positive(self.kill), "gray_scott_fourier.kill", "in (0, 1]", self.kill)?;
        let (levels, synthesis) = (self.levels(), Synthesis::new(grid));
        let n = RANDOM_VALUES;
        let (fft, waves) = (RealFft::<f64>::cached(&[n, n]), half_space(2, n as u32 / 2 - 1));
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed, index);
            let mut state = Vec::new();
            for (mean, amplitude) in levels {
                let values: Vec<f64> = (0..n * n).map(|_| uniform(&mut rng, [-0.5, 0.5])).collect();
                let spectrum = fft.forward(&values);
                let scale = 0.5 * amplitude / (n * n) as f64;
                let harmonic = |&[z, y, x]: &[i32; 3]| {
                    let row = y.rem_euclid(n as i32) as usize;
                    let c: Complex<f64> = spectrum[row * (n / 2 + 1) + x as usize] * (2.0 * scale);
                    Harmonic { k: [z, y, x], cos: c.re, sin: -c.im }
                };
                state.extend(synthesis.field(mean + scale * spectrum[0].re, waves.iter().map(harmonic)));
            }
            state
        }))
    }
}
