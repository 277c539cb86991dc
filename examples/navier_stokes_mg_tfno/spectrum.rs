//! Spectra of truth, prediction and error.

use serde::{Deserialize, Serialize};
use sobolev::operators::metrics::{Band, BandEnergies};
use sobolev::run::SampleFields;

/// Energies by shell k − ½ ≤ |κ| < k + ½ for k = 1, 2, .., below half the grid, averaged over samples, as parts of the truth's total.
///
/// ```math
/// E_k = \sum_{k - 1/2 \le |κ| < k + 1/2} |\hat w_κ|^2
/// ```
///
/// Of vorticity it is twice the enstrophy spectrum; the energy spectrum is that over 2k².
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Spectrum {
    /// Of the truth.
    pub(crate) truth: Vec<f64>,
    /// Of the prediction.
    pub(crate) prediction: Vec<f64>,
    /// Of their difference.
    pub(crate) error: Vec<f64>,
}

impl Spectrum {
    /// The spectra of samples of one channel on a square grid of `size`.
    pub(crate) fn of(size: &[usize], samples: &[SampleFields]) -> Self {
        let shells = size.iter().min().map_or(1, |n| n / 2);
        let edges: Vec<f64> = (0..shells).map(|k| k as f64 + 0.5).collect();
        let new = || BandEnergies::new(size, edges.clone());
        let (mut predictions, mut errors) = (new(), new());
        for s in samples {
            let error: Vec<f64> = s.prediction.iter().zip(&s.truth).map(|(p, t)| p - t).collect();
            predictions.add(&s.prediction, &s.truth, 1);
            errors.add(&error, &s.truth, 1);
        }
        // A band gives the root of the ratio of its first field's energy to the truth's.
        let energies = |bands: &[Band]| bands.iter().map(|b| b.truth_share * b.error * b.error).collect();
        let (prediction, error) = (predictions.bands(), errors.bands());
        Self {
            truth: error.iter().map(|b| b.truth_share).collect(),
            prediction: energies(&prediction),
            error: energies(&error),
        }
    }

    /// Mean of |log₁₀ E_predicted / E_true| over the shells that hold at least a millionth of the truth: how many decades the predicted
    /// spectrum is off. What lies beyond is the solver's rounding.
    pub(crate) fn distance(&self) -> f64 {
        const LEAST: f64 = 1e-6;
        let shells = self.prediction.iter().zip(&self.truth).filter(|(_, truth)| **truth >= LEAST);
        let off: Vec<f64> = shells.map(|(p, t)| (p / t).log10().abs()).collect();
        off.iter().sum::<f64>() / off.len().max(1) as f64
    }
}
