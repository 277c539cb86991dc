//! The Korteweg-de Vries equation.

use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations;
use sobolev_solvers::spectral::initial::KdvSolitons;

use super::family::{About, Family, Simulation};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::{Error, Result};

settings! {
    /// Settings of the Korteweg-de Vries equation with a train of solitons as its start.
    ///
    /// **Shapes.** Field `u`, `[frames + 1, x]`.
    pub struct KortewegDeVries {
        extent: f64 = 60.0, Accepts::Number(1.0, 1e4), "length", "length of the circle";
        fewest: usize = 2, Accepts::Integer(1, 100), "", "smallest number of solitons";
        most: usize = 3, Accepts::Integer(1, 100), "", "largest number of solitons";
        slowest: f64 = 1.0, Accepts::Number(1e-3, 100.0), "length/time", "smallest speed of a soliton";
        fastest: f64 = 4.0, Accepts::Number(1e-3, 100.0), "length/time", "largest speed of a soliton";
        frames: usize = 100, Accepts::Integer(1, 1_000_000), "", "stored times after the start";
        interval: f64 = 0.1, Accepts::Number(1e-4, 1e4), "time", "time between two stored ones";
        dt: f64 = 2e-3, Accepts::Number(1e-7, 1.0), "time", "largest time step of the solver";
        solver_points: usize = 512, Accepts::Integer(1, 1 << 20), "",
            "least number of points of the solver; raised to a multiple of the resolution";
    }
}

const ABOUT: About = About {
    name: "korteweg-de-vries",
    summary: "Solitons of random speeds that overtake one another.",
    equation: "u_t + 6 u u_x + u_xxx = 0, periodic",
    tex: "u_t + 6 u u_x + u_{xxx} = 0",
    solver: "Fourier pseudo-spectral (2/3 rule), ETDRK4",
    source: "N. J. Zabusky, M. D. Kruskal, Phys. Rev. Lett. 15, 240 (1965)",
    purpose: "Learned time stepping of a conservative, dispersive equation: shapes and invariants have to survive long rollouts.",
    internal: "512 points, dt = 2e-3",
    parameters: PARAMETERS,
    variants: &[],
};

impl Family for KortewegDeVries {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        if self.fewest > self.most || self.slowest > self.fastest {
            let found =
                format!("{}..{} at speeds {}..{}", self.fewest, self.most, self.slowest, self.fastest);
            return Err(Error::config("solitons", "fewest <= most and slowest <= fastest", found));
        }
        let lattice = Lattice::new(1, resolution, self.solver_points, self.extent, 8..=1 << 20)?;
        let clock = Clock::new(self.dt, 0.0, self.interval, self.frames)?;
        let law = KdvSolitons {
            count: [self.fewest as u32, self.most as u32],
            speed: [self.slowest, self.fastest],
            convection: 6.0,
            dispersion: 1.0,
        };
        let start = sampler(ABOUT.name, &law, &lattice)?;
        let equation = equations::KortewegDeVries::default();
        let stored = vec![Stored::scalar("u", 0)];
        trajectories(ABOUT.name, equation, Dealias::TWO_THIRDS, lattice, clock, start, Given::Nothing, stored)
    }
}
