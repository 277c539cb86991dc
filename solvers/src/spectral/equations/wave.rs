//! The wave equation, with a variable and with a constant speed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sobolev_kernels::fft::RealFft;
use sobolev_kernels::{Complex, Scalar};

use super::{non_negative, positive};
use crate::spectral::{Counts, Equation, FourierGrid, Points, Wave};
use crate::{Error, Result};

/// Waves in a medium of variable speed: `[u, v]`, v = u_t.
///
/// **Equations.** `u_tt + 2γ u_t = c(x)² Δu`, the acoustic pressure at constant density. With γ = 0 it conserves `∫ ½ v²/c² + ½ |∇u|²`.
///
/// **Shapes** `[batch, 2, z, y, x]`; the coefficient of a sample is the *square* of its speed, `[batch, 1, z, y, x]`; a sample without
/// one has the speed of the equation everywhere. **Good values.** RK4 with `dt c_max k_max` below 2.8, K of the dealiasing rule;
/// `Strang` and exponential methods gain nothing here. A speed that jumps is seen through a Gibbs oscillation: smooth it over 2 cells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableWave {
    /// Speed c > 0 where a sample brings none.
    pub speed: f64,
    /// γ ≥ 0.
    #[serde(default)]
    pub damping: f64,
}

impl Equation for VariableWave {
    fn name(&self) -> &'static str {
        "wave"
    }
    fn check(&self, _: &FourierGrid) -> Result<()> {
        positive("wave.speed", self.speed)?;
        non_negative("wave.damping", self.damping)
    }
    fn channels(&self) -> usize {
        2
    }
    fn linear(&self, channel: usize, _: &Wave) -> Complex<f64> {
        (if channel == 0 { 0.0 } else { -2.0 * self.damping }).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 2, products: 2, coefficients: 1 }
    }
    fn input(&self, input: usize, channel: usize, k: &Wave) -> Complex<f64> {
        match (input, channel) {
            (0, 1) => 1.0.into(),
            (1, 0) => k.laplacian().into(),
            _ => 0.0.into(),
        }
    }
    fn output(&self, channel: usize, product: usize, _: &Wave) -> Complex<f64> {
        f64::from(u8::from(channel == product)).into()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map_with(|[v, laplacian], [c2]| [v, c2 * laplacian]);
    }
    fn coefficient(&self, _: usize, _: [f64; 3]) -> f64 {
        self.speed * self.speed
    }
}

/// Waves of constant speed, exactly, for any time: a rotation of every mode.
///
/// **Equations.** `u_tt = c² Δu − m² u`; with `Ω = √(c²|k|² + m²)`:
/// ```math
/// \hat u(t) = \hat u_0 \cos\Omega t + \hat v_0\, \frac{\sin\Omega t}{\Omega}, \qquad \hat v(t) = \hat v_0 \cos\Omega t - \Omega\, \hat u_0 \sin\Omega t;
/// ```
/// the mean, where Ω vanishes, moves uniformly. m = 0 is d'Alembert's equation, m > 0 that of Klein and Gordon.
///
/// **Shapes** fields `[z, y, x]`, f64; the Nyquist modes of even axes are kept as they are. **Complexity** O(N log N) for any t.
///
/// ```
/// use sobolev_solvers::spectral::{FourierGrid, equations::WavePropagator};
/// let grid = FourierGrid::cube(1, 16, 1.0)?;
/// let wave = WavePropagator::new(&grid, 2.0, 0.0)?;
/// let u0: Vec<f64> = (0..16).map(|i| (std::f64::consts::TAU * i as f64 / 16.0).sin()).collect();
/// let (u, _) = wave.at(&u0, &[0.0; 16], 0.25)?; // half a period
/// assert!(u.iter().zip(&u0).all(|(u, u0)| (u + u0).abs() < 1e-13));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone)]
pub struct WavePropagator {
    fft: Arc<RealFft<f64>>,
    frequencies: Vec<f64>,
}

impl fmt::Debug for WavePropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WavePropagator({} modes)", self.frequencies.len())
    }
}

impl WavePropagator {
    /// The propagator for a speed c ≥ 0 and a mass m ≥ 0 on a grid.
    ///
    /// # Errors
    /// [`Error::Config`] for a negative speed or mass.
    pub fn new(grid: &FourierGrid, speed: f64, mass: f64) -> Result<Self> {
        non_negative("wave.speed", speed)?;
        non_negative("wave.mass", mass)?;
        let fft = RealFft::cached(grid.num_points());
        let last = grid.dim() - 1;
        let frequency = |flat: usize| {
            let (mut rest, mut square) = (flat, 0.0);
            for (a, (&n, &length)) in grid.num_points().iter().zip(grid.domain_extent()).enumerate().rev() {
                let width = if a == last { n / 2 + 1 } else { n };
                let m = rest % width;
                let m = if 2 * m > n { m as f64 - n as f64 } else { m as f64 };
                square += (std::f64::consts::TAU * m / length).powi(2);
                rest /= width;
            }
            (speed * speed * square + mass * mass).sqrt()
        };
        let frequencies = (0..fft.modes()).map(frequency).collect();
        Ok(Self { fft, frequencies })
    }

    /// u and u_t at time t from u and u_t at time 0.
    ///
    /// # Errors
    /// [`Error::Length`] for a field of the wrong size.
    pub fn at(&self, u0: &[f64], v0: &[f64], t: f64) -> Result<(Vec<f64>, Vec<f64>)> {
        let expected = self.fft.points();
        for (name, field) in [("u0", u0), ("v0", v0)] {
            if field.len() != expected {
                let axes = "the points of the grid".to_owned();
                return Err(Error::Length { name, axes, expected, found: field.len() });
            }
        }
        let (mut u, mut v) = (self.fft.forward(u0), self.fft.forward(v0));
        for ((u, v), &omega) in u.iter_mut().zip(&mut v).zip(&self.frequencies) {
            let (sin, cos) = (omega * t).sin_cos();
            let ratio = if omega == 0.0 { t } else { sin / omega };
            (*u, *v) = (*u * cos + *v * ratio, *v * cos - *u * (omega * sin));
        }
        Ok((self.fft.inverse(&u), self.fft.inverse(&v)))
    }
}
