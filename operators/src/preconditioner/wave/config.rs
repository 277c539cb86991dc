//! What a preconditioner of waves is made of.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::WavePreconditioner;
use crate::mgno::{LevelConfig, MgConvConfig};
use crate::{Error, Result};

/// Configuration of a [`WavePreconditioner`].
///
/// **Good values.** The coarsest grid must see the whole domain: as many levels as leave 4 to 8 points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaveConfig {
    /// Layers, each with a multigrid cycle.
    pub layers: usize,
    /// Channels between the layers.
    pub channels: usize,
    /// Levels of a cycle.
    pub levels: usize,
    /// k h: the wavenumber ω/c of a mean medium times the spacing of the grid. 2π over the points of a wavelength.
    pub phase: f64,
}

impl Default for WaveConfig {
    fn default() -> Self {
        Self { layers: 5, channels: 16, levels: 5, phase: 0.6 }
    }
}

impl WaveConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        for (field, value) in [("layers", self.layers), ("channels", self.channels)] {
            if value == 0 {
                return Err(Error::config(field, "a number of at least 1", value));
            }
        }
        if !(self.phase > 0.0 && self.phase < std::f64::consts::PI) {
            return Err(Error::config("phase", "between 0 and π: two points a wavelength", self.phase));
        }
        self.cycle().validate()
    }

    /// The cycle of a layer: one step on every level on the way down and one on the way up.
    pub fn cycle(&self) -> MgConvConfig {
        let mut levels = vec![LevelConfig::new(1, 1); self.levels];
        if let Some(last) = levels.last_mut() {
            *last = LevelConfig::new(2, 0);
        }
        MgConvConfig::new(2, &levels)
    }

    /// A preconditioner with weights drawn under `seed`.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(&self, seed: u64, device: &Device) -> Result<WavePreconditioner> {
        self.validate()?;
        Ok(WavePreconditioner::new(*self, seed, device))
    }
}
