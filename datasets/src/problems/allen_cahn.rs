//! The Allen-Cahn equation.

use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations;
use sobolev_solvers::spectral::initial::{Normalization, TruncatedFourier};

use super::family::{About, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::Result;

settings! {
    /// Settings of the Allen-Cahn equation.
    ///
    /// **Shapes.** Field `phase`, `[frames + 1, (y,) x]`.
    pub struct AllenCahn {
        dim: usize = 2, Accepts::Integer(1, 3), "", "space dimensions";
        extent: f64 = 1.0, Accepts::Number(1e-3, 1e4), "length", "side of the periodic box";
        width: f64 = 0.01, Accepts::Number(1e-5, 100.0), "length", "interface parameter epsilon: fronts are tanh(x / (sqrt 2 epsilon))";
        cutoff: usize = 8, Accepts::Integer(1, 64), "", "largest wavenumber of the start, along each axis";
        level: f64 = 0.5, Accepts::Number(1e-6, 1.0), "", "standard deviation of the start over the box";
        frames: usize = 50, Accepts::Integer(1, 1_000_000), "", "stored times after the start";
        interval: f64 = 0.5, Accepts::Number(1e-6, 1e6), "time", "time between two stored ones";
        dt: f64 = 0.02, Accepts::Number(1e-7, 10.0), "time", "largest time step of the solver";
        solver_points: usize = 128, Accepts::Integer(1, 1 << 20), "",
            "least number of points of the solver along an axis; raised to a multiple of the resolution";
    }
}

const VARIANTS: &[Variant] = &[Variant {
    name: "allen-cahn-1d",
    summary: "In one dimension.",
    source: "",
    settings: &[("dim", "1"), ("solver_points", "512")],
}];

const ABOUT: About = About {
    name: "allen-cahn",
    summary: "Two phases that separate and coarsen; the phase is not conserved.",
    equation: "u_t = epsilon^2 Laplace u + u - u^3, periodic",
    tex: "u_t = \\varepsilon^2\\Delta u + u - u^3",
    solver: "Fourier pseudo-spectral (dealiased for cubic products), ETDRK4",
    source: "S. M. Allen, J. W. Cahn, Acta Metall. 27, 1085 (1979)",
    purpose: "Learned time stepping of a gradient flow with thin interfaces and two time scales.",
    internal: "128 points an axis, dt = 0.02",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

impl Family for AllenCahn {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let lattice = Lattice::new(self.dim, resolution, self.solver_points, self.extent, 8..=8192)?;
        let clock = Clock::new(self.dt, 0.0, self.interval, self.frames)?;
        let law = TruncatedFourier {
            cutoff: self.cutoff as u32,
            normalization: Normalization::Deviation(self.level),
            ..TruncatedFourier::default()
        };
        let start = sampler(ABOUT.name, &law, &lattice)?;
        let equation = equations::AllenCahn { epsilon: self.width, rate: 1.0 };
        let stored = vec![Stored::scalar("phase", 0)];
        let dealias = Dealias::Truncate { degree: 3 };
        trajectories(ABOUT.name, equation, dealias, lattice, clock, start, Given::Nothing, stored)
    }
}
