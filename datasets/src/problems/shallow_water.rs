//! The radial dam break of PDEBench.

use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations;
use sobolev_solvers::spectral::initial::RadialDamBreak;

use super::family::{About, Family, Simulation};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::{Error, Result};

settings! {
    /// Settings of the radial dam break on the square of side 5.
    ///
    /// **Shapes.** Fields `depth` (`[frames + 1, y, x]`) and `momentum` (`[frames + 1, y, x, 2]`, components h v_y, h v_x in the order of the axes).
    pub struct ShallowWater {
        gravity: f64 = 1.0, Accepts::Number(1e-3, 1e3), "length/time^2", "gravity g";
        inner: f64 = 2.0, Accepts::Number(1e-3, 1e3), "length", "depth inside the dam";
        outer: f64 = 1.0, Accepts::Number(1e-3, 1e3), "length", "depth outside the dam";
        smallest: f64 = 0.3, Accepts::Number(0.01, 2.4), "length", "smallest radius of the dam";
        largest: f64 = 0.7, Accepts::Number(0.01, 2.4), "length", "largest radius of the dam";
        width: f64 = 0.08, Accepts::Number(1e-3, 2.0), "length", "half width of the smoothed step";
        smoothing: f64 = 0.05, Accepts::Number(0.0, 10.0), "", "hyperviscosity in units of sqrt(g inner) times the cube of the solver's cell: it ends the fronts";
        frames: usize = 100, Accepts::Integer(1, 100_000), "", "stored times after the start";
        interval: f64 = 0.01, Accepts::Number(1e-5, 1e3), "time", "time between two stored ones";
        dt: f64 = 5e-3, Accepts::Number(1e-7, 1.0), "time", "largest time step of the solver";
        solver_points: usize = 256, Accepts::Integer(1, 8192), "",
            "least number of points of the solver along an axis; raised to a multiple of the resolution";
    }
}

const ABOUT: About = About {
    name: "shallow-water",
    summary: "A cylinder of water is let go: depth and momentum of the radial dam break.",
    equation: "h_t + div m = -mu Laplace^2 h, m_t + div(m m / h) + grad(g h^2 / 2) = -mu Laplace^2 m, periodic",
    tex: "h_t + \\nabla\\cdot m = -\\mu\\Delta^2 h,\\quad m_t + \\nabla\\cdot(m\\otimes m/h) + \\nabla(\\tfrac12 g h^2) = -\\mu\\Delta^2 m",
    solver: "Fourier pseudo-spectral, ETDRK4",
    source: "M. Takamoto et al., PDEBench, arXiv 2210.07182, section D.9; there a finite-volume method with a sharp dam and open borders",
    purpose: "Learned time stepping of a circular front.",
    internal: "256 x 256 points, dt = 5e-3; the dam is smoothed, see the parameter width",
    parameters: PARAMETERS,
    variants: &[],
};

impl Family for ShallowWater {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        if self.smallest > self.largest {
            let found = format!("{} and {}", self.smallest, self.largest);
            return Err(Error::config("radii of the dam", "smallest <= largest", found));
        }
        let lattice = Lattice::new(2, resolution, self.solver_points, 5.0, 8..=8192)?;
        let clock = Clock::new(self.dt, 0.0, self.interval, self.frames)?;
        let law = RadialDamBreak {
            inner: self.inner,
            outer: self.outer,
            radius: [self.smallest, self.largest],
            width: self.width,
        };
        let start = sampler(ABOUT.name, &law, &lattice)?;
        let cell = lattice.grid.domain_extent()[0] / lattice.grid.num_points()[0] as f64;
        let equation = equations::ShallowWater {
            gravity: self.gravity,
            coriolis: 0.0,
            hyperviscosity: self.smoothing * (self.gravity * self.inner).sqrt() * cell.powi(3),
        };
        // The state is [h, m_x, m_y], at rest at the start; components are stored in the order of the axes.
        let stored = vec![Stored::scalar("depth", 0), Stored::vector("momentum", &[2, 1])];
        let dealias = Dealias::Truncate { degree: 3 };
        trajectories(ABOUT.name, equation, dealias, lattice, clock, start, Given::Nothing, stored)
    }
}
