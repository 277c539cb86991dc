//! Errors of plain arrays: relative L² and H¹, maximum, and by frequency band.
//!
//! [`Metrics`] gathers them sample by sample, so that a test set never has to be in memory as a whole.

mod bands;
mod norms;

use serde::{Deserialize, Serialize};
use sobolev_kernels::Scalar;

use crate::loss::Edges;

pub use bands::{Band, BandEnergies, dyadic_edges};
pub use norms::{h1_norm, l2_norm, max_norm};

/// Errors averaged over samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Samples seen.
    pub samples: usize,
    /// Mean over the samples of ‖u - v‖ / ‖v‖ in L².
    pub relative_l2: f64,
    /// Mean over the samples of ‖u - v‖ / ‖v‖ in H¹.
    pub relative_h1: f64,
    /// Largest |u - v| of all points, channels and samples.
    pub max: f64,
    /// By radial frequency band, from the mean flow upwards.
    pub bands: Vec<Band>,
}

/// Gathers errors sample by sample.
///
/// ```
/// use sobolev_operators::{loss::Edges, metrics::Metrics};
///
/// let truth: Vec<f64> = (0..16).map(|i| (i as f64 * std::f64::consts::TAU / 16.0).sin()).collect();
/// let prediction: Vec<f64> = truth.iter().map(|v| 1.1 * v).collect();
/// let mut metrics = Metrics::new(1, &[16], Edges::Periodic);
/// metrics.add(&prediction, &truth);
/// let report = metrics.report();
/// assert!((report.relative_l2 - 0.1).abs() < 1e-12 && (report.max - 0.1).abs() < 1e-12);
/// assert!((report.bands[1].error - 0.1).abs() < 1e-12); // wavenumber 1 is all there is
/// ```
#[derive(Clone, Debug)]
pub struct Metrics {
    channels: usize,
    size: Vec<usize>,
    edges: Edges,
    samples: usize,
    l2: f64,
    h1: f64,
    max: f64,
    bands: BandEnergies,
}

impl Metrics {
    /// An empty collection for samples `[channels, points]` on a grid of `size` (1 to 3 axes).
    pub fn new(channels: usize, size: &[usize], edges: Edges) -> Self {
        let bands = BandEnergies::new(size, dyadic_edges(size));
        Self { channels, size: size.to_vec(), edges, samples: 0, l2: 0.0, h1: 0.0, max: 0.0, bands }
    }

    /// Adds a batch `[batch, channels, points]`.
    ///
    /// # Panics
    /// If the lengths differ or are not a multiple of a sample's.
    pub fn add<T: Scalar>(&mut self, prediction: &[T], truth: &[T]) {
        let len = self.channels * self.size.iter().product::<usize>();
        assert!(
            prediction.len() == truth.len() && truth.len().is_multiple_of(len),
            "{} predicted and {} true values are not samples of {len}",
            prediction.len(),
            truth.len()
        );
        for (u, v) in prediction.chunks_exact(len).zip(truth.chunks_exact(len)) {
            let v: Vec<f64> = v.iter().map(|v| v.as_f64()).collect();
            let e: Vec<f64> = u.iter().zip(&v).map(|(u, v)| u.as_f64() - v).collect();
            self.l2 += quotient(l2_norm(&e), l2_norm(&v));
            self.h1 += quotient(h1_norm(&e, &self.size, self.edges), h1_norm(&v, &self.size, self.edges));
            self.max = largest(self.max, max_norm(&e));
            self.bands.add(&e, &v, self.channels);
            self.samples += 1;
        }
    }

    /// What has been gathered; zeros without a sample.
    pub fn report(&self) -> Report {
        let samples = self.samples.max(1) as f64;
        Report {
            samples: self.samples,
            relative_l2: self.l2 / samples,
            relative_h1: self.h1 / samples,
            max: self.max,
            bands: self.bands.bands(),
        }
    }
}

/// The relative error; an error of 0 is 0 whatever the truth.
fn quotient(error: f64, truth: f64) -> f64 {
    if error == 0.0 { 0.0 } else { error / truth }
}

/// The larger of two, NaN if one is: a broken prediction must not look perfect.
fn largest(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}
