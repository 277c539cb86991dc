//! Kolmogorov flow.

use std::f64::consts::TAU;

use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations::{Forcing2d, NavierStokes2d};
use sobolev_solvers::spectral::initial::{EnergySpectrum, RandomVorticity};

use super::family::{About, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::Result;

settings! {
    /// Settings of Kolmogorov flow on the torus of side 2π.
    ///
    /// **Shapes.** Field `vorticity`, `[frames + 1, y, x]`.
    pub struct Kolmogorov {
        reynolds: f64 = 1000.0, Accepts::Number(1.0, 1e6), "", "Reynolds number: the viscosity is its inverse";
        mode: usize = 4, Accepts::Integer(1, 64), "", "wavenumber k_f of the force";
        amplitude: f64 = 1.0, Accepts::Number(0.0, 1e3), "length/time^2", "amplitude of the force on the velocity";
        drag: f64 = 0.1, Accepts::Number(0.0, 100.0), "1/time", "linear drag";
        warmup: f64 = 40.0, Accepts::Number(0.0, 1e6), "time", "time before the first stored one, to forget the start";
        frames: usize = 50, Accepts::Integer(1, 100_000), "", "stored times after the first";
        interval: f64 = 0.2, Accepts::Number(1e-4, 1e4), "time", "time between two stored ones";
        dt: f64 = 5e-3, Accepts::Number(1e-6, 1.0), "time", "largest time step of the solver";
        solver_points: usize = 128, Accepts::Integer(1, 8192), "",
            "least number of points of the solver along an axis; raised to a multiple of the resolution";
    }
}

const VARIANTS: &[Variant] = &[Variant {
    name: "kolmogorov-100",
    summary: "Reynolds number 100: a few large vortices.",
    source: "",
    settings: &[("reynolds", "100"), ("dt", "0.01")],
}];

const ABOUT: About = About {
    name: "kolmogorov",
    summary: "Two-dimensional turbulence under a sinusoidal force with linear drag, in its statistically steady state.",
    equation: "w_t + u.grad w = (1/Re) Laplace w - drag w - k_f A cos(k_f y), curl u = w",
    tex: "\\omega_t + u\\cdot\\nabla\\omega = \\tfrac{1}{Re}\\Delta\\omega - \\mu\\,\\omega - k_f A\\cos(k_f y),\\quad \\nabla\\times u = \\omega",
    solver: "Fourier pseudo-spectral (2/3 rule), ETDRK4",
    source: "D. Kochkov et al., Machine learning-accelerated computational fluid dynamics, PNAS 118 (2021): k_f = 4, Re = 1000, drag 0.1",
    purpose: "Learned time stepping and super-resolution of chaotic flow; long rollouts and their statistics.",
    internal: "128 x 128 points, dt = 5e-3",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

impl Family for Kolmogorov {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let lattice = Lattice::new(2, resolution, self.solver_points, TAU, 8..=8192)?;
        let clock = Clock::new(self.dt, self.warmup, self.interval, self.frames)?;
        let law =
            RandomVorticity { spectrum: EnergySpectrum::McWilliams { peak: 4.0 }, energy: 0.5, cutoff: 20 };
        let start = sampler(ABOUT.name, &law, &lattice)?;
        let forcing = Forcing2d::Kolmogorov { amplitude: self.amplitude, wavenumber: self.mode as f64 };
        let equation = NavierStokes2d { viscosity: 1.0 / self.reynolds, drag: self.drag, forcing };
        let stored = vec![Stored::scalar("vorticity", 0)];
        trajectories(ABOUT.name, equation, Dealias::TWO_THIRDS, lattice, clock, start, Given::Nothing, stored)
    }
}
