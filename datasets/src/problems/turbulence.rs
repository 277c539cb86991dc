//! Forced two-dimensional turbulence: from the forcing to the vorticity.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};
use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations::{Forcing2d, NavierStokes2d};
use sobolev_solvers::spectral::initial::{GaussianLaw, Measure, Prefactor};

use super::family::{About, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::Result;

/// The two readings of the prefactor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Reading {
    Variance,
    Amplitude,
}

/// The two inner products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Inner {
    Lebesgue,
    Probability,
}

settings! {
    /// Settings of the map from a random forcing to the vorticity that it has made of rest, on the torus of side 2π.
    ///
    /// **Shapes.** Fields `forcing` (constant, `[y, x]`) and `vorticity` (`[frames, y, x]`).
    pub struct Turbulence {
        reynolds: f64 = 500.0, Accepts::Number(1.0, 1e5), "", "Reynolds number: the viscosity is its inverse";
        prefactor: Reading = Reading::Amplitude, Accepts::Words(&["variance", "amplitude"]), "",
            "how the 27 of N(0, 27 (-Laplace + 9)^-4) is read: factor of the covariance, or of the field";
        measure: Inner = Inner::Probability, Accepts::Words(&["lebesgue", "probability"]), "",
            "inner product in which the eigenfunctions have norm one";
        time: f64 = 5.0, Accepts::Number(1e-4, 1e4), "time", "final time T";
        frames: usize = 1, Accepts::Integer(1, 100_000), "", "stored times, evenly spaced up to T";
        dt: f64 = 2e-3, Accepts::Number(1e-6, 1.0), "time", "largest time step of the solver";
        solver_points: usize = 256, Accepts::Integer(1, 8192), "",
            "least number of points of the solver along an axis; raised to a multiple of the resolution";
    }
}

const VARIANTS: &[Variant] = &[Variant {
    name: "turbulence-variance",
    summary: "27 as a factor of the covariance: a forcing five times weaker.",
    source: "",
    settings: &[("prefactor", "variance")],
}];

const ABOUT: About = About {
    name: "turbulence",
    summary: "Two-dimensional flow from rest at Reynolds number 500: from a random forcing to the vorticity at time T.",
    equation: "w_t + u.grad w = (1/Re) Laplace w + f, curl u = w, w(., 0) = 0; f -> w(., T)",
    tex: "\\omega_t + u\\cdot\\nabla\\omega = \\tfrac{1}{Re}\\Delta\\omega + f,\\quad \\nabla\\times u = \\omega,\\quad \\omega(\\cdot, 0) = 0",
    solver: "Fourier pseudo-spectral (2/3 rule), ETDRK4",
    source: "J. Kossaifi et al., Multi-grid tensorized Fourier neural operator for high-resolution PDEs, arXiv 2310.00120; its data: Zenodo 12825163",
    purpose: "The benchmark of MG-TFNO: a smooth input, a turbulent output at high resolution.",
    internal: "256 x 256 points, dt = 2e-3. T = 5 and the law of the forcing are our reading; they were not compared with the published files",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

impl Family for Turbulence {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let prefactor = match self.prefactor {
            Reading::Variance => Prefactor::Variance,
            Reading::Amplitude => Prefactor::Amplitude,
        };
        let measure = match self.measure {
            Inner::Lebesgue => Measure::Lebesgue,
            Inner::Probability => Measure::Probability,
        };
        let lattice = Lattice::new(2, resolution, self.solver_points, TAU, 8..=8192)?;
        let clock = Clock::new(self.dt, 0.0, self.time / self.frames as f64, self.frames)?;
        let forcing = sampler(ABOUT.name, &GaussianLaw::mg_tfno_forcing(prefactor, measure), &lattice)?;
        let points = lattice.grid.points();
        let rest = Box::new(move |_, _| vec![0.0; points]);
        let equation = NavierStokes2d { viscosity: 1.0 / self.reynolds, drag: 0.0, forcing: Forcing2d::None };
        let stored = vec![Stored::scalar("vorticity", 0)];
        let given = Given::Forcing("forcing", forcing);
        trajectories(ABOUT.name, equation, Dealias::TWO_THIRDS, lattice, clock, rest, given, stored)
    }
}
