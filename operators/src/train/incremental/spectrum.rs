//! A gradient's energy by wavenumber.

use crate::operator::ModeAxis;

/// The part of a gradient's energy along one axis that the wavenumbers up to `low` have of those up to `high`; 1 where there is none
/// at all.
///
/// `gradient` belongs to a parameter whose first axis runs over the product of `axes`, of which number `index` is looked at.
#[must_use]
pub fn explained_ratio(
    gradient: &[f64],
    axes: &[ModeAxis],
    index: usize,
    low: Option<usize>,
    high: usize,
) -> f64 {
    let energy = energies(gradient, axes, index);
    let total: f64 = energy.iter().take(high + 1).sum();
    let explained: f64 = low.map_or(0.0, |low| energy.iter().take(low + 1).sum());
    if total > 0.0 { explained / total } else { 1.0 }
}

/// `Σ |G_k|²` over everything with |k| = 0, 1, 2, .. on one axis.
fn energies(gradient: &[f64], axes: &[ModeAxis], index: usize) -> Vec<f64> {
    let modes = axes[index].modes;
    let inner: usize = axes[index + 1..].iter().map(|a| a.modes).product();
    let all: usize = axes.iter().map(|a| a.modes).product();
    let entries = gradient.len() / all.max(1);
    let mut energy = vec![0.0; modes];
    for (mode, values) in gradient.chunks_exact(entries.max(1)).enumerate() {
        let k = (mode / inner % modes).abs_diff(axes[index].zero);
        energy[k] += values.iter().map(|v| v * v).sum::<f64>();
    }
    energy
}
