//! What a learned preconditioner is made of.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::MgPreconditioner;
use crate::{Error, Result};

/// Configuration of an [`MgPreconditioner`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreconditionerConfig {
    /// Smoothing steps before, and as many after the coarse correction; 1 or 2.
    pub steps: usize,
    /// Channels of the perceptron.
    pub width: usize,
    /// ω of the damped Jacobi step that every smoother starts as; 0.8 for diffusion.
    pub damping: f64,
}

impl Default for PreconditionerConfig {
    fn default() -> Self {
        Self { steps: 1, width: 24, damping: 0.8 }
    }
}

impl PreconditionerConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        if !(1..=4).contains(&self.steps) {
            return Err(Error::config("steps", "a number from 1 to 4", self.steps));
        }
        if self.width == 0 {
            return Err(Error::config("width", "a number of at least 1", self.width));
        }
        if !(self.damping > 0.0 && self.damping < 2.0) {
            return Err(Error::config("damping", "a number between 0 and 2", self.damping));
        }
        Ok(())
    }

    /// A preconditioner that smooths nearly by damped Jacobi, with weights drawn under `seed`.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(&self, seed: u64, device: &Device) -> Result<MgPreconditioner> {
        self.validate()?;
        Ok(MgPreconditioner::new(*self, seed, device))
    }
}
