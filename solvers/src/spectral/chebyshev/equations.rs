//! Equations between walls.

use super::line::{LineEquation, LinePoint};
use super::strip::{StripEquation, StripPoint};
use super::wall::Wall;

/// The heat equation `u_t = ν u_xx + s` with constant source and constant boundary values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WallHeat {
    /// Diffusivity ν > 0.
    pub diffusivity: f64,
    /// Source s.
    pub source: f64,
    /// Conditions at the two ends.
    pub walls: [Wall; 2],
    /// Their values.
    pub values: [f64; 2],
}

impl LineEquation for WallHeat {
    fn diffusivity(&self) -> f64 {
        self.diffusivity
    }
    fn walls(&self) -> [Wall; 2] {
        self.walls
    }
    fn wall_values(&self, _: f64) -> [f64; 2] {
        self.values
    }
    fn explicit(&self, _: LinePoint) -> f64 {
        self.source
    }
}

/// Burgers' equation `u_t + u u_x = ν u_xx` with values held at both ends.
///
/// **Good values.** A boundary layer or shock of jump J is 4ν/J wide; the grid has points 5/n² of the interval apart at the walls but
/// π/(2n) in the middle: n of about 20 J/ν for a shock in the middle of a unit interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WallBurgers {
    /// Viscosity ν > 0.
    pub viscosity: f64,
    /// u at the two ends.
    pub values: [f64; 2],
}

impl LineEquation for WallBurgers {
    fn diffusivity(&self) -> f64 {
        self.viscosity
    }
    fn walls(&self) -> [Wall; 2] {
        [Wall::Dirichlet; 2]
    }
    fn wall_values(&self, _: f64) -> [f64; 2] {
        self.values
    }
    fn explicit(&self, LinePoint { u, ux, .. }: LinePoint) -> f64 {
        -u * ux
    }
}

/// The Allen-Cahn equation `u_t = ε² u_xx + u − u³`, with values or without flux at both ends.
///
/// **Source.** L. N. Trefethen, *Spectral Methods in MATLAB*, 2000, program 34. **Good values.** Interfaces are √2 ε wide: n of 4
/// interval lengths over ε and more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WallAllenCahn {
    /// Interface width ε > 0.
    pub epsilon: f64,
    /// Conditions at the two ends.
    pub walls: [Wall; 2],
    /// Their values.
    pub values: [f64; 2],
}

impl LineEquation for WallAllenCahn {
    fn diffusivity(&self) -> f64 {
        self.epsilon * self.epsilon
    }
    fn walls(&self) -> [Wall; 2] {
        self.walls
    }
    fn wall_values(&self, _: f64) -> [f64; 2] {
        self.values
    }
    fn explicit(&self, LinePoint { u, .. }: LinePoint) -> f64 {
        u - u * u * u
    }
}

/// A scalar in a Poiseuille flow, `u_t + U(1 − η²) u_x = κ ∇²u`, η the height scaled to (−1, 1).
///
/// **Source.** G. I. Taylor, Proc. R. Soc. A 219, 186 (1953), for what it is good for: dispersion along a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelAdvection {
    /// Diffusivity κ > 0.
    pub diffusivity: f64,
    /// Velocity U in the middle.
    pub velocity: f64,
    /// Heights of the two walls.
    pub heights: [f64; 2],
    /// Conditions at the walls; Neumann keeps the scalar in.
    pub walls: [Wall; 2],
    /// Their values.
    pub values: [f64; 2],
}

impl StripEquation for ChannelAdvection {
    fn diffusivity(&self) -> f64 {
        self.diffusivity
    }
    fn walls(&self) -> [Wall; 2] {
        self.walls
    }
    fn wall_values(&self, _: f64, _: f64) -> [f64; 2] {
        self.values
    }
    fn explicit(&self, StripPoint { y, ux, .. }: StripPoint) -> f64 {
        let [low, high] = self.heights;
        let eta = (2.0 * y - low - high) / (high - low);
        -self.velocity * (1.0 - eta * eta) * ux
    }
}
