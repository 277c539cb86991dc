//! The Kuramoto-Sivashinsky equation.

use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations::{self, KuramotoSivashinskyForm};
use sobolev_solvers::spectral::initial::TruncatedFourier;

use super::family::{About, Family, Simulation};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::Result;

settings! {
    /// Settings of the Kuramoto-Sivashinsky equation in one dimension.
    ///
    /// **Shapes.** Field `u`, `[frames + 1, x]`.
    pub struct KuramotoSivashinsky {
        extent: f64 = 64.0, Accepts::Number(1.0, 1e4), "length", "length of the circle: the dimension of the attractor grows with it";
        warmup: f64 = 200.0, Accepts::Number(0.0, 1e6), "time", "time before the first stored one, to reach the attractor";
        frames: usize = 100, Accepts::Integer(1, 1_000_000), "", "stored times after the first";
        interval: f64 = 0.5, Accepts::Number(1e-4, 1e4), "time", "time between two stored ones";
        dt: f64 = 0.05, Accepts::Number(1e-6, 1.0), "time", "largest time step of the solver";
        solver_points: usize = 256, Accepts::Integer(1, 1 << 20), "",
            "least number of points of the solver; raised to a multiple of the resolution";
    }
}

const ABOUT: About = About {
    name: "kuramoto-sivashinsky",
    summary: "Spatio-temporal chaos in one dimension, on its attractor.",
    equation: "u_t + u u_x + u_xx + u_xxxx = 0, periodic",
    tex: "u_t + u u_x + u_{xx} + u_{xxxx} = 0",
    solver: "Fourier pseudo-spectral (2/3 rule), ETDRK4",
    source: "A.-K. Kassam, L. N. Trefethen, Fourth-order time-stepping for stiff PDEs, SIAM J. Sci. Comput. 26 (2005)",
    purpose: "Learned time stepping of chaos: short-time accuracy, long-time statistics.",
    internal: "256 points, dt = 0.05",
    parameters: PARAMETERS,
    variants: &[],
};

impl Family for KuramotoSivashinsky {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let lattice = Lattice::new(1, resolution, self.solver_points, self.extent, 8..=1 << 20)?;
        let clock = Clock::new(self.dt, self.warmup, self.interval, self.frames)?;
        let start =
            sampler(ABOUT.name, &TruncatedFourier { cutoff: 5, ..TruncatedFourier::default() }, &lattice)?;
        let equation = equations::KuramotoSivashinsky { dim: 1, form: KuramotoSivashinskyForm::Conservative };
        let stored = vec![Stored::scalar("u", 0)];
        trajectories(ABOUT.name, equation, Dealias::TWO_THIRDS, lattice, clock, start, Given::Nothing, stored)
    }
}
