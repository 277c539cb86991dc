//! A sound pulse in a random medium.

use sobolev_kernels::rng;
use sobolev_solvers::fem::equations::{AcousticProblem, AcousticWave};
use sobolev_solvers::fem::{Assembler, Field as Given};
use sobolev_solvers::grf::GaussianRandomField;
use sobolev_solvers::time::Signal;

use rand::RngExt;

use super::elements::{Nodes, Pool, unit_field};
use super::family::{About, Failure, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::Clock;
use crate::schema::{BoundaryKind, Field, FieldKind, GridType, Sample, Schema};
use crate::{Error, Result};

settings! {
    /// Settings of the acoustic wave equation with a random speed and a Ricker source at a random place.
    ///
    /// **Shapes.** Fields `speed` (constant, `[y, x]`) and `pressure` (`[frames + 1, y, x]`); scalars `source_x`, `source_y`.
    pub struct Acoustic {
        mean_speed: f64 = 1.0, Accepts::Number(1e-3, 1e4), "length/time", "median speed";
        contrast: f64 = 0.5, Accepts::Number(0.0, 0.95), "", "the speed is the median times 1 + contrast tanh(g), g a Gaussian field of unit variance";
        alpha: f64 = 3.0, Accepts::Number(1.01, 16.0), "", "smoothness of g";
        tau: f64 = 8.0, Accepts::Number(0.0, 1e3), "1/length", "inverse length of g";
        frequency: f64 = 6.0, Accepts::Number(0.1, 1e4), "1/time", "peak frequency of the Ricker pulse";
        source_width: f64 = 0.02, Accepts::Number(1e-3, 0.5), "length", "standard deviation of the source in space";
        frames: usize = 50, Accepts::Integer(1, 100_000), "", "stored times after the start";
        interval: f64 = 0.02, Accepts::Number(1e-5, 1e3), "time", "time between two stored ones";
        solver_cells: usize = 128, Accepts::Integer(4, 2048), "",
            "least number of elements of the solver along an axis; raised to a multiple of the resolution less one";
    }
}

const VARIANTS: &[Variant] = &[Variant {
    name: "acoustic-homogeneous",
    summary: "The same in a homogeneous medium.",
    source: "",
    settings: &[("contrast", "0")],
}];

const ABOUT: About = About {
    name: "acoustic",
    summary: "A sound pulse in a random medium between absorbing walls.",
    equation: "p_tt / c^2 = Laplace p + s(x) r(t) on the unit square, p_t / c + dp/dn = 0 on its border",
    tex: "c^{-2} p_{tt} = \\Delta p + s(x)\\, r(t),\\quad c^{-1} p_t + \\partial_n p = 0",
    solver: "bilinear finite elements with lumped mass, leapfrog at most at 0.8 of the stability limit",
    source: "B. Engquist, A. Majda, Math. Comput. 31 (1977) for the walls",
    purpose: "Learned wave propagation; inversion for the medium.",
    internal: "128 x 128 elements: ten points a wavelength at twice the peak frequency and the median speed",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

/// The planned problem.
struct Planned {
    settings: Acoustic,
    nodes: Nodes,
    clock: Clock,
    field: GaussianRandomField,
    assemblers: Pool<Assembler>,
}

impl Family for Acoustic {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let nodes = Nodes::new(resolution, self.solver_cells)?;
        let refused = |e: Failure| Error::config(ABOUT.name, "a medium that can be solved", e);
        let fastest = self.mean_speed * (1.0 + self.contrast);
        // The step suits the fastest medium that can be drawn, so that it is the same for all samples.
        let limit = || -> Result<f64, Failure> {
            let problem = AcousticProblem::new(Given::Constant(fastest)).with_absorbing(&SIDES);
            Ok(AcousticWave::new(nodes.space(1)?, &problem)?.largest_stable_step()?)
        };
        let clock = Clock::new(0.8 * limit().map_err(refused)?, 0.0, self.interval, self.frames)?;
        let field = unit_field(nodes, self.alpha, self.tau)?;
        Ok(Box::new(Planned { settings: self.clone(), nodes, clock, field, assemblers: Pool::default() }))
    }
}

const SIDES: [&str; 4] = ["left", "right", "bottom", "top"];

/// Bits that set the seed of sources apart from that of media.
const SOURCE: u64 = 0x2545_f491_4f6c_dd1d;

impl Simulation for Planned {
    fn schema(&self) -> Schema {
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: self.nodes.axes(),
            time: self.clock.times(true),
            fields: vec![
                Field::scalar("speed", FieldKind::Constant),
                Field::scalar("pressure", FieldKind::Solution),
            ],
            boundaries: self.nodes.boundaries(BoundaryKind::Open, "absorbing, first order"),
            parameters: vec![],
            scalars: vec!["source_x".into(), "source_y".into()],
        }
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample, Failure> {
        let s = &self.settings;
        let speed: Vec<f64> = self
            .field
            .sample(seed, index)
            .into_iter()
            .map(|g| s.mean_speed * (1.0 + s.contrast * g.tanh()))
            .collect();
        let mut rng = rng::stream(seed ^ SOURCE, index);
        let at = [rng.random_range(0.2..0.8), rng.random_range(0.2..0.8), 0.0];
        let problem = AcousticProblem::new(Given::Nodes(&speed)).with_absorbing(&SIDES);
        let assembler = self.assemblers.take(|| Ok(Assembler::new(self.nodes.space(1)?)?))?;
        let wave = AcousticWave::with_assembler(assembler, &problem)?;
        let pulse = wave.gaussian_source(at, s.source_width, Signal::ricker(s.frequency))?;
        let frames = wave.trajectory(self.clock.dt, self.clock.every, self.clock.frames, &[pulse])?;
        self.assemblers.put(wave.into_assembler());
        let (mut medium, mut pressure) = (vec![], vec![]);
        self.nodes.store(&speed, &[0], &mut medium);
        for frame in frames.chunks_exact(speed.len()) {
            self.nodes.store(frame, &[0], &mut pressure);
        }
        Ok(Sample { fields: vec![medium, pressure], scalars: at[..2].to_vec() })
    }
}
