//! What a random field is drawn from.

use serde::{Deserialize, Serialize};

use crate::{Error, Grid, Result};

/// The boundary condition of the Laplacian, and with it the eigenfunctions; `k` is the wavenumber of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Boundary {
    /// `1, √2 cos(πkx)`, k ≥ 1; eigenvalue π²k².
    Neumann,
    /// `√2 sin(πkx)`, k ≥ 1; eigenvalue π²k².
    Dirichlet,
    /// `1, √2 cos(2πkx), √2 sin(2πkx)`, k ≥ 1; eigenvalue 4π²k².
    Periodic,
}

/// What becomes of the constant mode, which Neumann and periodic fields have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mean {
    /// It is drawn as every other mode, with standard deviation σ τ^−α.
    Random,
    /// It is left out: every sample has zero mean over the domain. Its random number is drawn and thrown away.
    Zero,
}

/// N(0, σ²(−Δ + τ²I)^−α) on a grid of the unit cube.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrfConfig {
    /// Points an axis, slowest axis first, e.g. `[y, x]`; one to three axes.
    pub size: Vec<usize>,
    /// Cell centres or nodes.
    pub grid: Grid,
    /// Boundary condition of the Laplacian.
    pub boundary: Boundary,
    /// Smoothness α: samples have about α − d/2 derivatives. Above d/2 the variance stays finite under refinement.
    pub alpha: f64,
    /// Inverse length τ ≥ 0.
    pub tau: f64,
    /// Amplitude σ > 0.
    pub sigma: f64,
    /// The constant mode.
    pub mean: Mean,
}

impl GrfConfig {
    pub(crate) fn check(&self) -> Result<()> {
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if self.size.is_empty() || self.size.len() > 3 {
            return fail("grf.size", "one to three axes", format!("{} axes", self.size.len()));
        }
        let points = self.size.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        if self.size.iter().any(|&n| n < 3) || points.is_none_or(|p| p > 1 << 31) {
            return fail(
                "grf.size",
                "at least 3 points an axis and at most 2^31 in all",
                format!("{:?}", self.size),
            );
        }
        // The draws run through the cube of the longest axis, so that they don't depend on the shape of the grid.
        let cube = self.size.iter().max().and_then(|&n| n.checked_pow(self.size.len() as u32));
        if cube.is_none_or(|c| c > 1 << 31) {
            return fail(
                "grf.size",
                "axes of similar length: (longest axis)^d at most 2^31",
                format!("{:?}", self.size),
            );
        }
        if !(self.alpha > 0.0 && self.alpha <= 64.0) {
            return fail("grf.alpha", "in (0, 64]", self.alpha.to_string());
        }
        if !(self.tau >= 0.0 && self.tau <= 1e6) {
            return fail("grf.tau", "in [0, 1e6]", self.tau.to_string());
        }
        if !(self.sigma > 0.0 && self.sigma.is_finite()) {
            return fail("grf.sigma", "positive and finite", self.sigma.to_string());
        }
        if self.tau == 0.0 && self.mean == Mean::Random && self.boundary != Boundary::Dirichlet {
            let expected =
                "positive where the constant mode is drawn (its variance is σ² τ^−2α); or set `mean` to zero";
            return fail("grf.tau", expected, "0".to_owned());
        }
        Ok(())
    }
}
