//! What a trained operator is asked beside its errors.

use std::error::Error;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::{ModelConfig, Operator};
use sobolev::run::{Evaluation, TrainedRun};

use super::comparison::study::Entry;
use super::models::spectral_parameters;
use super::spectrum::Spectrum;

/// Size of the spectral weights and of what a pass sees, and spectra on the test set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measures {
    /// Real numbers in spectral weights.
    pub(crate) spectral_parameters: usize,
    /// Spectral weights of the dense operator over those of this one.
    pub(crate) compression: f64,
    /// Points of a sample over those that a pass over one patch sees; 1 without decomposition.
    pub(crate) domain_compression: f64,
    /// Decades that the predicted spectrum is off, see [`Spectrum::distance`].
    pub(crate) spectrum_error: f64,
    /// On the test set.
    pub(crate) spectrum: Spectrum,
}

/// Measures a trained operator.
pub(crate) fn of(
    entry: &Entry,
    _: &Path,
    trained: &TrainedRun,
    test: &Evaluation,
) -> Result<Measures, Box<dyn Error>> {
    let device = device::choose(DeviceChoice::Cpu)?.device;
    let spectral = spectral_parameters(&trained.model);
    let channels = (trained.model.in_channels(), trained.model.out_channels());
    let dense = dense(&entry.config).init(channels.0, channels.1, 0, &device)?;
    let spectrum = Spectrum::of(&test.size, &test.samples);
    let domain_compression = match &entry.config {
        ModelConfig::Multigrid(multigrid) => multigrid.compression(&test.size)?,
        _ => 1.0,
    };
    Ok(Measures {
        spectral_parameters: spectral,
        compression: spectral_parameters(&dense) as f64 / spectral as f64,
        domain_compression,
        spectrum_error: spectrum.distance(),
        spectrum,
    })
}

/// The same operator with dense weights and without patches.
fn dense(config: &ModelConfig) -> ModelConfig {
    match config {
        ModelConfig::Tfno(tfno) => ModelConfig::Fno(tfno.0.clone().with_weights(Default::default())),
        ModelConfig::Multigrid(multigrid) => dense(&multigrid.inner),
        other => other.clone(),
    }
}
