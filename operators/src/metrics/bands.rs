//! Errors by radial frequency band.

use serde::{Deserialize, Serialize};
use sobolev_kernels::fft::{TruncatedFft, max_modes};

/// The part of a field with wavenumbers `lower <= |k| < upper`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Smallest `|k|`, in periods per domain.
    pub lower: f64,
    /// First `|k|` beyond.
    pub upper: f64,
    /// Relative error within the band, `√(Σ|ê|² / Σ|v̂|²)`; 0 where there is neither error nor truth.
    pub error: f64,
    /// The band's share of the energy of the truth.
    pub truth_share: f64,
    /// The band's share of the energy of the error.
    pub error_share: f64,
}

/// Band limits 0, 1, 2, 4, 8, .. that cover all wavenumbers of a grid.
pub fn dyadic_edges(size: &[usize]) -> Vec<f64> {
    let largest = size.iter().map(|&n| ((n / 2) as f64).powi(2)).sum::<f64>().sqrt();
    let mut edges = vec![0.0, 1.0];
    let mut edge = 1.0;
    while edge <= largest {
        edge *= 2.0;
        edges.push(edge);
    }
    edges
}

/// Energies of errors and truths by band, summed over samples.
///
/// ```math
/// E_m = \sum_{e_m \le |k| < e_{m+1}} |\hat u_k|^2, \qquad |k|^2 = \sum_j k_j^2,
/// ```
///
/// over the full spectrum (coefficients that a real field's symmetry repeats count twice), so that the energies of all bands
/// add up to the mean square of the field (Parseval).
#[derive(Clone, Debug)]
pub struct BandEnergies {
    size: Vec<usize>,
    edges: Vec<f64>,
    /// Band of each kept coefficient, and how often the full spectrum holds it.
    modes: Vec<(Option<usize>, f64)>,
    error: Vec<f64>,
    truth: Vec<f64>,
}

impl BandEnergies {
    /// Empty bands between ascending `edges`, on a grid of `size` (1 to 3 axes).
    pub fn new(size: &[usize], edges: Vec<f64>) -> Self {
        let bands = edges.len().saturating_sub(1);
        let modes = classify(size, &edges);
        Self { size: size.to_vec(), edges, modes, error: vec![0.0; bands], truth: vec![0.0; bands] }
    }

    /// Adds the error and the truth of a sample `[channels, points]`.
    pub fn add(&mut self, error: &[f64], truth: &[f64], channels: usize) {
        for (values, sums) in [(error, &mut self.error), (truth, &mut self.truth)] {
            let plan = TruncatedFft::<f64>::cached(&self.size, &max_modes(&self.size));
            let spectrum = plan.forward(values, 1, channels);
            for (coefficients, (band, weight)) in spectrum.chunks_exact(channels).zip(&self.modes) {
                if let Some(band) = band {
                    sums[*band] += weight * coefficients.iter().map(|c| c.norm_sqr()).sum::<f64>();
                }
            }
        }
    }

    /// The bands, lowest first.
    pub fn bands(&self) -> Vec<Band> {
        let share = |part: f64, total: f64| if total == 0.0 { 0.0 } else { part / total };
        let (error, truth): (f64, f64) = (self.error.iter().sum(), self.truth.iter().sum());
        let one = |m: usize| Band {
            lower: self.edges[m],
            upper: self.edges[m + 1],
            error: if self.error[m] == 0.0 { 0.0 } else { (self.error[m] / self.truth[m]).sqrt() },
            truth_share: share(self.truth[m], truth),
            error_share: share(self.error[m], error),
        };
        (0..self.truth.len()).map(one).collect()
    }
}

fn classify(size: &[usize], edges: &[f64]) -> Vec<(Option<usize>, f64)> {
    let kept = max_modes(size);
    let last = size.len() - 1;
    let total: usize = kept.iter().product();
    (0..total)
        .map(|mut index| {
            let mut squared = 0.0;
            let mut weight = 1.0;
            for axis in (0..size.len()).rev() {
                let i = index % kept[axis];
                index /= kept[axis];
                let k = if axis == last { i as f64 } else { i as f64 - (kept[axis] / 2) as f64 };
                if axis == last && i > 0 && 2 * i != size[axis] {
                    weight = 2.0;
                }
                squared += k * k;
            }
            let band = edges.windows(2).position(|e| e[0] * e[0] <= squared && squared < e[1] * e[1]);
            (band, weight)
        })
        .collect()
}
