//! Burgers' equation on the circle.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};
use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations::{self, BurgersForm};
use sobolev_solvers::spectral::initial::GaussianLaw;

use super::family::{About, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::Result;

/// Which published law the start has; it fixes the length of the circle too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Law {
    Jmlr,
    Released,
}

settings! {
    /// Settings of Burgers' equation: u_t + (u²/2)_x = ν u_xx, u(x, 0) -> u(x, T).
    ///
    /// **Shapes.** With one frame the fields `initial` (constant, `[x]`) and `velocity` (`[1, x]`, at time T); with more, `velocity` at
    /// the start and after every frame (`[frames + 1, x]`).
    pub struct Burgers {
        law: Law = Law::Jmlr, Accepts::Words(&["jmlr", "released"]), "",
            "law of the start: N(0, 625 (-d2/dx2 + 25)^-2) on a circle of length 2 pi (the article), or N(0, 49^2 (-d2/dx2 + 49)^-2.5) on one of length 1 (the released program)";
        viscosity: f64 = 0.1, Accepts::Number(1e-5, 100.0), "length^2/time", "viscosity nu";
        time: f64 = 1.0, Accepts::Number(1e-6, 1e4), "time", "final time T";
        frames: usize = 1, Accepts::Integer(1, 100_000), "", "stored times after the start, evenly spaced up to T";
        dt: f64 = 1e-3, Accepts::Number(1e-7, 1.0), "time", "largest time step of the solver";
        solver_points: usize = 1024, Accepts::Integer(1, 1 << 20), "",
            "least number of points of the solver; raised to a multiple of the resolution";
    }
}

const VARIANTS: &[Variant] = &[Variant {
    name: "burgers-released",
    summary: "Start and viscosity of the released program instead of those of the article: nu = 1e-3 on the unit circle.",
    source: "Z. Li et al., Fourier neural operator for parametric partial differential equations, arXiv 2010.08895, and its released program",
    settings: &[("law", "released"), ("viscosity", "1e-3"), ("solver_points", "2048")],
}];

const ABOUT: About = About {
    name: "burgers",
    summary: "Viscous Burgers flow in one dimension: from the start to the velocity at time 1.",
    equation: "u_t + (u^2/2)_x = nu u_xx, periodic; u(., 0) -> u(., T)",
    tex: "u_t + \\tfrac12 (u^2)_x = \\nu u_{xx}",
    solver: "Fourier pseudo-spectral (2/3 rule), ETDRK4",
    source: "N. Kovachki et al., Neural operator: learning maps between function spaces, JMLR 24(89), 2023, section 6.1",
    purpose: "The one-dimensional benchmark of operator learning; steep fronts for small viscosities.",
    internal: "1024 points, dt = 1e-3",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

impl Family for Burgers {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let (extent, law) = match self.law {
            Law::Jmlr => (TAU, GaussianLaw::burgers_jmlr()),
            Law::Released => (1.0, GaussianLaw::burgers_released()),
        };
        let lattice = Lattice::new(1, resolution, self.solver_points, extent, 8..=1 << 20)?;
        let clock = Clock::new(self.dt, 0.0, self.time / self.frames as f64, self.frames)?;
        let start = sampler(ABOUT.name, &law, &lattice)?;
        let given = if self.frames == 1 { Given::Start("initial") } else { Given::Nothing };
        let equation = equations::Burgers { dim: 1, viscosity: self.viscosity, form: BurgersForm::default() };
        let stored = vec![Stored::scalar("velocity", 0)];
        trajectories(ABOUT.name, equation, Dealias::TWO_THIRDS, lattice, clock, start, given, stored)
    }
}
