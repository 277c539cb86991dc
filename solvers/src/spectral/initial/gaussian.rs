//! Gaussian random fields of the published data sets, by name.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::{Initial, Sampler, periodic_cube};
use crate::Result;
use crate::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};
use crate::spectral::FourierGrid;
use crate::{Error, Grid};

/// The inner product in which the eigenfunctions of the Laplacian have norm one. Papers write N(0, C) and don't say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// `∫ φ² dx = 1`: C is the covariance operator of L²(box). On the unit box both agree.
    #[default]
    Lebesgue,
    /// `|box|⁻¹ ∫ φ² dx = 1`: eigenfunctions 1, √2 cos, √2 sin, whatever the size of the box.
    Probability,
}

/// How the prefactor of a printed covariance `s (−Δ + τ²)^−α` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefactor {
    /// s multiplies the covariance: σ² = s.
    Variance,
    /// s multiplies the field: σ = s. The released generators of the field do so, with s = τ^(α − d/2).
    Amplitude,
}

/// N(0, σ²(−Δ + τ²)^−α) on a periodic box of equal sides.
///
/// **Equations.** On a box of side L, in d dimensions, with Lebesgue measure:
/// ```math
/// u(x) = \sum_k \sigma \Bigl(\frac{4\pi^2|k|^2}{L^2} + \tau^2\Bigr)^{-\alpha/2} L^{-d/2}\, \xi_k\, \varphi_k(x/L), \qquad \xi_k \sim N(0, 1),
/// ```
/// with `φ_k` products of 1, √2 cos 2πk·, √2 sin 2πk·; for the probability measure without `L^{−d/2}`.
///
/// **Source.** The constructors name theirs. **Deviates.** (1) Modes at the Nyquist wavenumber of an even grid are left out.
///
/// **Shapes** `[1, z, y, x]`, f64. (seed, index) is one function at every resolution, truncated at what the grid resolves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianLaw {
    /// Smoothness α; above d/2 the variance is finite under refinement.
    pub alpha: f64,
    /// Inverse correlation length τ, in units of the box.
    pub tau: f64,
    /// Amplitude σ.
    pub sigma: f64,
    /// Inner product.
    #[serde(default)]
    pub measure: Measure,
    /// The constant mode.
    pub mean: Mean,
}

impl GaussianLaw {
    /// The initial vorticity of Li et al. as their released generator draws it: N(0, 7³(−Δ + 49)^−2.5) on the unit torus, zero
    /// mean; standard deviation 0.18. **Source.** arXiv 2010.08895, code `data_generation/navier_stokes/random_fields.py`.
    pub const fn li_released() -> Self {
        // 7^1.5: the generator sets σ = τ^(α − d/2).
        Self {
            alpha: 2.5,
            tau: 7.0,
            sigma: 18.520_259_177_452_136,
            measure: Measure::Lebesgue,
            mean: Mean::Zero,
        }
    }

    /// The initial vorticity of Li et al. as the paper prints it: N(0, 7^{3/2}(−Δ + 49)^−2.5) on the unit torus; standard
    /// deviation 0.043, a quarter of that of the released data. **Source.** arXiv 2010.08895, section 5.3.
    pub fn li_printed() -> Self {
        Self { sigma: 7.0_f64.powf(0.75), ..Self::li_released() }
    }

    /// The forcing of the turbulent Navier-Stokes data of MG-TFNO (Re = 500) on the torus of side 2π: N(0, 27(−Δ + 9)^−4). The text
    /// doesn't say how 27 and the inner product are to be read; the four readings have standard deviations 0.030 (variance,
    /// Lebesgue), 0.19 (variance, probability), 0.15 (amplitude, Lebesgue) and 0.97 (amplitude, probability).
    /// **Source.** J. Kossaifi et al., arXiv 2310.00120, section on data.
    pub fn mg_tfno_forcing(prefactor: Prefactor, measure: Measure) -> Self {
        let sigma = match prefactor {
            Prefactor::Variance => 27.0_f64.sqrt(),
            Prefactor::Amplitude => 27.0,
        };
        Self { alpha: 4.0, tau: 3.0, sigma, measure, mean: Mean::Zero }
    }

    /// The initial state of the Burgers data as printed in the JMLR article: N(0, 625(−d²/dx² + 25)^−2) on the circle of
    /// length 2π, the constant mode included. **Source.** N. Kovachki et al., JMLR 24(89), 2023, section 6.1.
    pub const fn burgers_jmlr() -> Self {
        Self { alpha: 2.0, tau: 5.0, sigma: 25.0, measure: Measure::Lebesgue, mean: Mean::Random }
    }

    /// The initial state of the Burgers data as the released generator draws it: N(0, 49²(−d²/dx² + 49)^−2.5) on the unit circle,
    /// zero mean. **Source.** arXiv 2010.08895, code `data_generation/burgers/gen_burgers1.m`.
    pub const fn burgers_released() -> Self {
        Self { alpha: 2.5, tau: 7.0, sigma: 49.0, measure: Measure::Lebesgue, mean: Mean::Zero }
    }

    /// The same field on the unit cube, where [`GaussianRandomField`] lives.
    fn config(&self, grid: &FourierGrid) -> Result<GrfConfig> {
        let side = periodic_cube("gaussian", grid)?;
        let power = match self.measure {
            Measure::Lebesgue => self.alpha - 0.5 * grid.dim() as f64,
            Measure::Probability => self.alpha,
        };
        Ok(GrfConfig {
            size: grid.num_points().to_vec(),
            grid: Grid::Nodes,
            boundary: Boundary::Periodic,
            alpha: self.alpha,
            tau: self.tau * side,
            sigma: self.sigma * side.powf(power),
            mean: self.mean,
        })
    }

    /// The mean over the box of the variance of the field that the grid resolves.
    ///
    /// # Errors
    /// [`Error::Config`] as [`Initial::on`].
    pub fn mean_variance(&self, grid: &FourierGrid) -> Result<f64> {
        Ok(GaussianRandomField::new(self.config(grid)?)?.mean_variance())
    }
}

impl Initial for GaussianLaw {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let field = GaussianRandomField::new(self.config(grid)?)?;
        Ok(Box::new(move |seed, index| field.sample(seed, index)))
    }
}

/// The truncated Karhunen-Loève series of de Hoop et al. on a square of side 2π.
///
/// **Equations.**
/// ```math
/// f(x) = \sum_{k} \frac{(|k|^2 + \tau^2)^{-\alpha/2}}{\sqrt2\,\pi} \bigl(a_k \cos k\cdot x + b_k \sin k\cdot x\bigr), \qquad a_k, b_k \sim N(0, 1),
/// ```
/// over the `wavevectors` shortest integer wavevectors k ≠ 0 of a half plane (by |k|², then by (k_y, k_x)).
///
/// **Source.** M. V. de Hoop, D. Z. Huang, E. Qian, A. M. Stuart, arXiv 2203.13181, and its code (`NN-Data-Par.jl`): α = 4, τ = 3,
/// 100 terms, i.e. 50 wavevectors; both the forcing and the one fixed initial vorticity are drawn from it. The order of wavevectors
/// of equal length is ours.
///
/// **Shapes** `[1, y, x]`, f64.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeHoopSeries {
    /// Smoothness α.
    pub alpha: f64,
    /// Inverse length τ.
    pub tau: f64,
    /// Number of wavevectors; each has two terms.
    pub wavevectors: usize,
}

impl Default for DeHoopSeries {
    fn default() -> Self {
        Self { alpha: 4.0, tau: 3.0, wavevectors: 50 }
    }
}

impl Initial for DeHoopSeries {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        use super::series::{Harmonic, Synthesis, half_space, magnitude};
        use sobolev_kernels::rng;

        let side = periodic_cube("de_hoop", grid)?;
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if grid.dim() != 2 || (side - TAU).abs() > 1e-12 * TAU {
            return fail("de_hoop", "a square of side 2π", format!("{:?}", grid.domain_extent()));
        }
        if !(1..=10_000).contains(&self.wavevectors) {
            return fail("de_hoop.wavevectors", "in 1..=10000", self.wavevectors.to_string());
        }
        if !(self.alpha > 0.0 && self.tau >= 0.0 && self.alpha.is_finite() && self.tau.is_finite()) {
            let value = format!("α = {}, τ = {}", self.alpha, self.tau);
            return fail("de_hoop", "α > 0 and τ ≥ 0, both finite", value);
        }
        // A square of half-width q holds the whole disc of radius q, whose half has more than q² wavevectors.
        let reach = (self.wavevectors as f64).sqrt().ceil() as u32 + 1;
        let mut list = half_space(2, reach);
        list.sort_by_key(|k| (k[1] * k[1] + k[2] * k[2], k[1], k[2]));
        list.truncate(self.wavevectors);
        let Self { alpha, tau, .. } = *self;
        let scale = move |k| {
            (magnitude(k).powi(2) + tau * tau).powf(-0.5 * alpha)
                / (std::f64::consts::SQRT_2 * std::f64::consts::PI)
        };
        let list: Vec<_> = list.into_iter().map(|k| (k, scale(k))).collect();
        let synthesis = Synthesis::new(grid);
        Ok(Box::new(move |seed, index| {
            let xi = rng::normals(&mut rng::stream(seed, index), 2 * list.len());
            let harmonics = list.iter().zip(xi.chunks_exact(2));
            let harmonic =
                |(&(k, s), xi): (&([i32; 3], f64), &[f64])| Harmonic { k, cos: s * xi[0], sin: s * xi[1] };
            synthesis.field(0.0, harmonics.map(harmonic))
        }))
    }
}
