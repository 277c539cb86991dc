//! The right-hand side f(t) of a semi-discrete system.

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

use crate::{Error, Result};

/// A function of time.
#[derive(Clone)]
pub enum Signal {
    /// 1 at all times.
    Constant,
    /// The second derivative of a Gaussian with its sign turned, of peak 1 at `t = delay`.
    ///
    /// ```math
    /// s(t) = (1 - 2 \pi^2 f^2 \tau^2)\, e^{-\pi^2 f^2 \tau^2}, \qquad \tau = t - \mathrm{delay}
    /// ```
    ///
    /// The spectrum peaks at `frequency` and is below 1 % of the peak above 2.8 `frequency`. With `delay ≥ 1.5 / frequency` the
    /// start at t = 0 is smooth to 2e-8.
    Ricker {
        /// f, in cycles per unit of time.
        frequency: f64,
        /// Time of the peak.
        delay: f64,
    },
    /// `exp(−(t − delay)² / (2 width²))`.
    Gaussian {
        /// Standard deviation, in units of time.
        width: f64,
        /// Time of the peak.
        delay: f64,
    },
    /// `sin(ω t)`.
    Sine {
        /// ω, in radians per unit of time.
        angular_frequency: f64,
    },
    /// Any function of time.
    Function(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
}

impl Signal {
    /// A Ricker wavelet that starts from rest at t = 0: its delay is `1.5 / frequency`.
    pub fn ricker(frequency: f64) -> Self {
        Self::Ricker { frequency, delay: 1.5 / frequency }
    }

    /// s(t).
    pub fn value(&self, t: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Ricker { frequency, delay } => {
                let q = (PI * frequency * (t - delay)).powi(2);
                (1.0 - 2.0 * q) * (-q).exp()
            }
            Self::Gaussian { width, delay } => (-0.5 * ((t - delay) / width).powi(2)).exp(),
            Self::Sine { angular_frequency } => (angular_frequency * t).sin(),
            Self::Function(s) => s(t),
        }
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// [`Error::Config`] for a frequency or width that is not positive, or a parameter that is not finite.
    pub fn check(&self) -> Result<()> {
        let (field, scale, delay) = match self {
            Self::Ricker { frequency, delay } => ("signal.frequency", *frequency, *delay),
            Self::Gaussian { width, delay } => ("signal.width", *width, *delay),
            Self::Sine { angular_frequency } => ("signal.angular_frequency", *angular_frequency, 0.0),
            Self::Constant | Self::Function(_) => return Ok(()),
        };
        if !(scale.is_finite() && scale > 0.0) {
            return Err(Error::Config { field, expected: "positive and finite", value: scale.to_string() });
        }
        if !delay.is_finite() {
            return Err(Error::Config {
                field: "signal.delay",
                expected: "finite",
                value: delay.to_string(),
            });
        }
        Ok(())
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => write!(out, "Constant"),
            Self::Ricker { frequency, delay } => {
                write!(out, "Ricker {{ frequency: {frequency}, delay: {delay} }}")
            }
            Self::Gaussian { width, delay } => write!(out, "Gaussian {{ width: {width}, delay: {delay} }}"),
            Self::Sine { angular_frequency } => {
                write!(out, "Sine {{ angular_frequency: {angular_frequency} }}")
            }
            Self::Function(_) => write!(out, "Function"),
        }
    }
}

/// `s(t) b` with a vector b that is zero but for a few degrees of freedom: a point source, a piston, a transducer.
#[derive(Clone, Debug)]
pub struct Pulse {
    /// The degrees of freedom where b is not zero.
    pub dofs: Vec<usize>,
    /// b there.
    pub weights: Vec<f64>,
    /// s.
    pub signal: Signal,
}

impl Pulse {
    /// The pulse of a full load vector b, of which the non-zero entries are kept.
    pub fn new(load: &[f64], signal: Signal) -> Self {
        let dofs: Vec<usize> = (0..load.len()).filter(|&i| load[i] != 0.0).collect();
        let weights = dofs.iter().map(|&i| load[i]).collect();
        Self { dofs, weights, signal }
    }

    fn check(&self, n: usize) -> Result<()> {
        if self.dofs.len() != self.weights.len() {
            let (expected, found) = (self.dofs.len(), self.weights.len());
            return Err(Error::Length { name: "pulse.weights", axes: "dofs".into(), expected, found });
        }
        if let Some(&dof) = self.dofs.iter().find(|&&dof| dof >= n) {
            return Err(Error::Config {
                field: "pulse.dofs",
                expected: "smaller than the number of unknowns",
                value: format!("{dof} of {n}"),
            });
        }
        if let Some(position) = self.weights.iter().position(|w| !w.is_finite()) {
            return Err(Error::NotFinite { name: "pulse.weights", position, value: self.weights[position] });
        }
        self.signal.check()
    }
}

/// f(t).
#[derive(Clone, Copy)]
pub enum Forcing<'a> {
    /// f = 0.
    None,
    /// f does not depend on time.
    Constant(&'a [f64]),
    /// A sum of pulses: the fast form for sources that are small in space.
    Pulses(&'a [Pulse]),
    /// Writes f(t) into its second argument, of which every entry must be set.
    Function(&'a dyn Fn(f64, &mut [f64])),
}

impl fmt::Debug for Forcing<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(out, "None"),
            Self::Constant(f) => write!(out, "Constant({} values)", f.len()),
            Self::Pulses(pulses) => write!(out, "Pulses({})", pulses.len()),
            Self::Function(_) => write!(out, "Function"),
        }
    }
}

impl Forcing<'_> {
    /// Writes f(t).
    pub fn write(&self, t: f64, out: &mut [f64]) {
        match self {
            Self::None => out.fill(0.0),
            Self::Constant(f) => out.copy_from_slice(f),
            Self::Function(f) => f(t, out),
            Self::Pulses(pulses) => {
                out.fill(0.0);
                for pulse in *pulses {
                    let s = pulse.signal.value(t);
                    for (&i, w) in pulse.dofs.iter().zip(&pulse.weights) {
                        out[i] += s * w;
                    }
                }
            }
        }
    }

    /// Checks lengths and parameters against `n` unknowns.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`] or [`Error::Config`] for constant loads and pulses that don't fit.
    pub fn check(&self, n: usize) -> Result<()> {
        match self {
            Self::None | Self::Function(_) => Ok(()),
            Self::Pulses(pulses) => pulses.iter().try_for_each(|pulse| pulse.check(n)),
            Self::Constant(f) => {
                if f.len() != n {
                    return Err(Error::Length {
                        name: "forcing",
                        axes: "unknowns".into(),
                        expected: n,
                        found: f.len(),
                    });
                }
                match f.iter().position(|v| !v.is_finite()) {
                    Some(position) => Err(Error::NotFinite { name: "forcing", position, value: f[position] }),
                    None => Ok(()),
                }
            }
        }
    }
}
