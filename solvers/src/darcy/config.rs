//! What a Darcy data set is made of.

use serde::{Deserialize, Serialize};

use crate::fem::Stopping;
use crate::grf::Mean;
use crate::{Error, Grid, Result};

/// The law of the diffusion coefficient a. g is a Gaussian field N(0, (−Δ + τ²I)^−α) with Neumann conditions, see [`FieldConfig`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Coefficient {
    /// `high` where g ≥ 0 and `low` elsewhere. **Source.** Z. Li et al., arXiv 2010.08895, section 5.2: 12 and 3.
    Threshold {
        /// Value where g ≥ 0.
        high: f64,
        /// Value where g < 0.
        low: f64,
    },
    /// `exp(log_mean + log_std g/s)`. s² is the variance of g averaged over the square, of its modes with wavenumbers below 256, so
    /// that the coefficient is the same function at every resolution.
    LogNormal {
        /// Mean of log a.
        log_mean: f64,
        /// Standard deviation of log a, averaged over the square.
        log_std: f64,
    },
    /// `Π_{k=1..octaves} (1 + amplitude cos(a_k π (x + y))) (1 + amplitude sin(a_k π (y − 3x)))` with `a_k` uniform in
    /// `[2^{k−1}, 1.5 · 2^{k−1}]`, x and y being coordinates of `domain`.
    ///
    /// **Source.** The multiscale trigonometric benchmark of X. Liu, B. Xu, S. Cao, L. Zhang, arXiv 2210.10890, used by MgNO, arXiv
    /// 2310.19809, with six octaves and amplitude 1/2; the program that made the published files is not public. **Deviates.** (1) The
    /// equation is solved on the unit square: the solution on (−1, 1)² with the same f is four times ours. (2) One source has (0, 1)²
    /// as the domain: both are offered.
    MultiscaleTrigonometric {
        /// Number of octaves, 1..=16; the finest wavelength is about `2^{2−octaves}/3` of the side.
        octaves: u32,
        /// Depth of each factor, in (0, 1).
        amplitude: f64,
        /// The square whose coordinates x and y are.
        #[serde(default)]
        domain: Domain,
    },
}

/// The square whose coordinates a formula is written in; it is mapped to the unit square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// (−1, 1)².
    #[default]
    Centred,
    /// (0, 1)².
    Unit,
}

/// The Gaussian field behind [`Coefficient::Threshold`] and [`Coefficient::LogNormal`]; a and its amplitude don't depend on σ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldConfig {
    /// Smoothness α; default 2.
    pub alpha: f64,
    /// Inverse length τ; default 3.
    pub tau: f64,
    /// The constant mode; left out by default, as in the published data.
    pub mean: Mean,
}

impl Default for FieldConfig {
    fn default() -> Self {
        Self { alpha: 2.0, tau: 3.0, mean: Mean::Zero }
    }
}

/// The right-hand side f, the same for every sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forcing {
    /// The same value everywhere.
    Constant(f64),
    /// `amplitude sin(π ky y) sin(π kx x)`.
    Sine {
        /// Amplitude.
        amplitude: f64,
        /// Half waves along y.
        ky: u32,
        /// Half waves along x.
        kx: u32,
    },
}

impl From<f64> for Forcing {
    fn from(value: f64) -> Self {
        Self::Constant(value)
    }
}

/// A family of Darcy problems. The default is that of Li et al.: threshold 12/3, f = 1, on 64 x 64 cell centres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DarcyConfig {
    /// Points an axis, R.
    pub resolution: usize,
    /// Law of a.
    pub coefficient: Coefficient,
    /// The Gaussian field behind it.
    pub field: FieldConfig,
    /// Right-hand side.
    pub forcing: Forcing,
    /// Where a and u are given. Cells: R x R elements, a constant in each, u interpolated to the centres. Nodes: (R − 1)²
    /// elements, a bilinear in each, u at the nodes, zero on the boundary.
    pub grid: Grid,
    /// When the linear solver stops.
    pub stopping: Stopping,
}

impl Default for DarcyConfig {
    fn default() -> Self {
        Self {
            resolution: 64,
            coefficient: Coefficient::Threshold { high: 12.0, low: 3.0 },
            field: FieldConfig::default(),
            forcing: Forcing::Constant(1.0),
            grid: Grid::Cells,
            stopping: Stopping::default(),
        }
    }
}

impl DarcyConfig {
    /// Checks what isn't checked by the field and by the solver.
    pub(crate) fn check(&self) -> Result<()> {
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if !(4..=8192).contains(&self.resolution) {
            return fail("resolution", "in 4..=8192", self.resolution.to_string());
        }
        let positive = |value: f64| value > 0.0 && value.is_finite();
        match self.coefficient {
            Coefficient::Threshold { high, .. } if !positive(high) => {
                fail("coefficient.high", "positive and finite", high.to_string())
            }
            Coefficient::Threshold { low, .. } if !positive(low) => {
                fail("coefficient.low", "positive and finite", low.to_string())
            }
            Coefficient::LogNormal { log_mean, .. } if !(-100.0..=100.0).contains(&log_mean) => {
                fail("coefficient.log_mean", "in [-100, 100]", log_mean.to_string())
            }
            Coefficient::LogNormal { log_std, .. } if !(log_std > 0.0 && log_std <= 20.0) => {
                fail("coefficient.log_std", "in (0, 20]", log_std.to_string())
            }
            Coefficient::MultiscaleTrigonometric { octaves, .. } if !(1..=16).contains(&octaves) => {
                fail("coefficient.octaves", "in 1..=16", octaves.to_string())
            }
            Coefficient::MultiscaleTrigonometric { amplitude, .. }
                if !(amplitude > 0.0 && amplitude < 1.0) =>
            {
                fail("coefficient.amplitude", "in (0, 1)", amplitude.to_string())
            }
            _ => Ok(()),
        }?;
        match self.forcing {
            Forcing::Constant(value) | Forcing::Sine { amplitude: value, .. } if !value.is_finite() => {
                fail("forcing", "finite", value.to_string())
            }
            Forcing::Sine { ky, kx, .. } if ky == 0 || kx == 0 => {
                fail("forcing.ky, forcing.kx", "at least 1", format!("{ky}, {kx}"))
            }
            _ => Ok(()),
        }
    }
}
