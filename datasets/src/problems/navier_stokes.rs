//! Two-dimensional Navier-Stokes flow of Li et al.

use serde::{Deserialize, Serialize};
use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations::{Forcing2d, NavierStokes2d};
use sobolev_solvers::spectral::initial::GaussianLaw;

use super::family::{About, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::Result;

/// How the covariance of the start is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Law {
    Released,
    Printed,
}

settings! {
    /// Settings of the forced flow of Li et al. on the unit torus.
    ///
    /// **Shapes.** Field `vorticity`, `[frames + 1, y, x]`, from t = 0.
    pub struct NavierStokes {
        law: Law = Law::Released, Accepts::Words(&["released", "printed"]), "",
            "law of the start: N(0, 7^3 (-Laplace + 49)^-2.5) as in the released data, or N(0, 7^1.5 (-Laplace + 49)^-2.5) as printed, four times weaker";
        viscosity: f64 = 1e-5, Accepts::Number(1e-8, 10.0), "length^2/time", "viscosity nu";
        frames: usize = 20, Accepts::Integer(1, 100_000), "", "stored times after the start";
        interval: f64 = 1.0, Accepts::Number(1e-4, 1e4), "time", "time between two stored ones";
        dt: f64 = 0.005, Accepts::Number(1e-6, 1.0), "time", "largest time step of the solver";
        solver_points: usize = 256, Accepts::Integer(1, 8192), "",
            "least number of points of the solver along an axis; raised to a multiple of the resolution";
    }
}

const VARIANTS: &[Variant] = &[
    Variant {
        name: "navier-stokes-1e-3",
        summary: "nu = 1e-3, to t = 50.",
        source: "",
        settings: &[("viscosity", "1e-3"), ("frames", "50")],
    },
    Variant {
        name: "navier-stokes-1e-4",
        summary: "nu = 1e-4, to t = 30.",
        source: "",
        settings: &[("viscosity", "1e-4"), ("frames", "30")],
    },
    Variant {
        name: "navier-stokes-1e-5",
        summary: "nu = 1e-5, to t = 20.",
        source: "",
        settings: &[("viscosity", "1e-5"), ("frames", "20")],
    },
];

const ABOUT: About = About {
    name: "navier-stokes",
    summary: "Vorticity of a two-dimensional flow on the unit torus under a fixed force, every time unit.",
    equation: "w_t + u.grad w = nu Laplace w + 0.1 (sin 2 pi (x + y) + cos 2 pi (x + y)), curl u = w",
    tex: "\\omega_t + u\\cdot\\nabla\\omega = \\nu\\Delta\\omega + 0.1\\,(\\sin 2\\pi(x+y) + \\cos 2\\pi(x+y)),\\quad \\nabla\\times u = \\omega",
    solver: "Fourier pseudo-spectral (2/3 rule), ETDRK4",
    source: "Z. Li et al., Fourier neural operator for parametric partial differential equations, arXiv 2010.08895, section 5.3, with the covariance of the released program",
    purpose: "The standard benchmark of learned time stepping: the first ten time units are given, the rest is to be predicted.",
    internal: "256 x 256 points, dt = 0.005: twice that blows up after t = 20 at small viscosity; the published data: Crank-Nicolson and Euler with dt = 1e-4",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

impl Family for NavierStokes {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let law = match self.law {
            Law::Released => GaussianLaw::li_released(),
            Law::Printed => GaussianLaw::li_printed(),
        };
        let lattice = Lattice::new(2, resolution, self.solver_points, 1.0, 8..=8192)?;
        let clock = Clock::new(self.dt, 0.0, self.interval, self.frames)?;
        let start = sampler(ABOUT.name, &law, &lattice)?;
        let equation = NavierStokes2d { viscosity: self.viscosity, drag: 0.0, forcing: Forcing2d::LI };
        let stored = vec![Stored::scalar("vorticity", 0)];
        trajectories(ABOUT.name, equation, Dealias::TWO_THIRDS, lattice, clock, start, Given::Nothing, stored)
    }
}
