//! A gradient's energy by wavenumber.

use crate::operator::ModeAxis;

/// The part of a gradient's energy along one axis that the wavenumbers up to `low` have of those up to `high`; 1 where there is none
/// at all.
///
/// `gradient` belongs to a parameter that has this axis.
#[must_use]
pub fn explained_ratio(gradient: &[f64], axis: &ModeAxis, low: Option<usize>, high: usize) -> f64 {
    let energy = energies(gradient, axis);
    let total: f64 = energy.iter().take(high + 1).sum();
    let explained: f64 = low.map_or(0.0, |low| energy.iter().take(low + 1).sum());
    if total > 0.0 { explained / total } else { 1.0 }
}

/// `Σ |G_k|²` over everything with |k| = 0, 1, 2, ..
fn energies(gradient: &[f64], axis: &ModeAxis) -> Vec<f64> {
    let mut energy = vec![0.0; axis.modes];
    for (mode, values) in gradient.chunks_exact(axis.stride.max(1)).enumerate() {
        let k = (mode % axis.modes).abs_diff(axis.zero);
        energy[k] += values.iter().map(|v| v * v).sum::<f64>();
    }
    energy
}
