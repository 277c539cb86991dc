//! Vibrations of an elastic body of random stiffness.

use sobolev_solvers::fem::equations::{
    ElasticityProblem, Elastodynamics as Solver, Lame, PlaneState, Support,
};
use sobolev_solvers::fem::{Assembler, Field as Given};
use sobolev_solvers::grf::GaussianRandomField;
use sobolev_solvers::time::{Forcing, SecondOrderIntegrator};

use super::elements::{Nodes, Pool, unit_field};
use super::family::{About, Failure, Family, Simulation};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::Clock;
use crate::schema::{BoundaryKind, Field, FieldKind, GridType, Sample, Schema};
use crate::{Error, Result};

settings! {
    /// Settings of a square body in plane strain, clamped on its left side, let go from a random displacement.
    ///
    /// **Shapes.** Fields `young` (constant, `[y, x]`) and `displacement` (`[frames + 1, y, x, 2]`, components u_y, u_x in the order of
    /// the axes).
    pub struct Elastodynamics {
        young: f64 = 1.0, Accepts::Number(1e-6, 1e12), "mass/(length time^2)", "median of Young's modulus";
        log_std: f64 = 0.4, Accepts::Number(0.0, 1.0), "", "standard deviation of the logarithm of Young's modulus, cut at two and a half of them";
        poisson: f64 = 0.3, Accepts::Number(0.0, 0.4), "", "Poisson's ratio";
        density: f64 = 1.0, Accepts::Number(1e-6, 1e12), "mass/length^3", "density";
        tau: f64 = 6.0, Accepts::Number(0.0, 1e3), "1/length", "inverse length of the random fields";
        amplitude: f64 = 0.05, Accepts::Number(1e-9, 1.0), "length", "standard deviation of the displacement at the start, at the free side";
        frames: usize = 50, Accepts::Integer(1, 100_000), "", "stored times after the start";
        interval: f64 = 0.05, Accepts::Number(1e-5, 1e3), "time", "time between two stored ones";
        solver_cells: usize = 64, Accepts::Integer(4, 1024), "",
            "least number of elements of the solver along an axis; raised to a multiple of the resolution less one";
    }
}

const ABOUT: About = About {
    name: "elastodynamics",
    summary: "Vibrations of a clamped elastic square of random stiffness.",
    equation: "rho u_tt = div sigma(u) on the unit square, plane strain, u = 0 on the left, no traction elsewhere",
    tex: "\\rho u_{tt} = \\nabla\\cdot\\sigma(u),\\quad \\sigma = \\lambda(\\nabla\\cdot u) I + 2\\mu\\varepsilon(u)",
    solver: "bilinear finite elements with lumped mass, leapfrog at most at 0.8 of the stability limit",
    source: "T. J. R. Hughes, The finite element method, Dover, 2000, chapter 9",
    purpose: "Learned time stepping of vector-valued waves of two speeds; energy has to survive long rollouts.",
    internal: "64 x 64 elements",
    parameters: PARAMETERS,
    variants: &[],
};

/// The planned problem.
struct Planned {
    settings: Elastodynamics,
    nodes: Nodes,
    clock: Clock,
    material: Lame,
    field: GaussianRandomField,
    smooth: GaussianRandomField,
    assemblers: Pool<Assembler>,
}

/// The largest deviation of the logarithm of the stiffness, in standard deviations: it bounds the wave speed.
const CUT: f64 = 2.5;

impl Family for Elastodynamics {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let nodes = Nodes::new(resolution, self.solver_cells)?;
        let refused = |e: Failure| Error::config(ABOUT.name, "a body that can be solved", e);
        let material =
            Lame::new(self.young, self.poisson, PlaneState::Strain).map_err(|e| refused(e.into()))?;
        let stiffest = (CUT * self.log_std).exp();
        // The step suits the stiffest body that can be drawn, so that it is the same for all samples.
        let limit = || -> Result<f64, Failure> {
            let hard = Lame { lambda: stiffest * material.lambda, mu: stiffest * material.mu };
            let problem = ElasticityProblem::new(hard).with("left", Support::Clamped);
            let body = Solver::<2>::new(nodes.space(2)?, &problem, Given::Constant(self.density))?;
            Ok(body.lumped()?.largest_stable_step()?)
        };
        let clock = Clock::new(0.8 * limit().map_err(refused)?, 0.0, self.interval, self.frames)?;
        let (field, smooth) = (unit_field(nodes, 3.0, self.tau)?, unit_field(nodes, 4.0, self.tau)?);
        Ok(Box::new(Planned {
            settings: self.clone(),
            nodes,
            clock,
            material,
            field,
            smooth,
            assemblers: Pool::default(),
        }))
    }
}

/// Bits that set the seeds of the two components of the displacement apart from that of the stiffness.
const STARTS: [u64; 2] = [0x9e6c_63d0_876a_68ad, 0x3c79_ac49_2ba7_b653];

impl Simulation for Planned {
    fn schema(&self) -> Schema {
        let mut boundaries = self.nodes.boundaries(BoundaryKind::Wall, "no traction");
        boundaries[1].condition = "clamped at the first point, no traction at the last".into();
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: self.nodes.axes(),
            time: self.clock.times(true),
            fields: vec![
                Field::scalar("young", FieldKind::Constant),
                Field::vector("displacement", FieldKind::Solution),
            ],
            boundaries,
            parameters: vec![],
            scalars: vec![],
        }
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample, Failure> {
        let s = &self.settings;
        let factor: Vec<f64> = self
            .field
            .sample(seed, index)
            .into_iter()
            .map(|g| (s.log_std * g.clamp(-CUT, CUT)).exp())
            .collect();
        let scaled = |value: f64| factor.iter().map(|f| f * value).collect::<Vec<f64>>();
        let (lambda, mu) = (scaled(self.material.lambda), scaled(self.material.mu));
        let mut problem = ElasticityProblem::new(self.material).with("left", Support::Clamped);
        (problem.lambda, problem.mu) = (Given::Nodes(&lambda), Given::Nodes(&mu));
        let assembler = self.assemblers.take(|| Ok(Assembler::new(self.nodes.space(2)?)?))?;
        let body = Solver::<2>::with_assembler(assembler, &problem, Given::Constant(s.density))?;
        let [right, up] = STARTS.map(|bits| self.smooth.sample(seed ^ bits, index));
        let start = body.restrict(|at| {
            let node = self.nodes.nearest(at);
            // Nothing moves where the body is clamped.
            let scale = s.amplitude * at[0];
            [scale * right[node], scale * up[node]]
        });
        let mut leapfrog = body.leapfrog(self.clock.dt)?;
        let rest = vec![0.0; start.len()];
        let mut motion = leapfrog.start(0.0, start, rest, Forcing::None)?;
        let mut displacement = vec![];
        leapfrog.rollout(&mut motion, self.clock.frames, self.clock.every, Forcing::None, &mut |m| {
            self.nodes.store(&body.expand(m), &[1, 0], &mut displacement);
        })?;
        self.assemblers.put(body.into_assembler());
        let mut young = vec![];
        self.nodes.store(&scaled(s.young), &[0], &mut young);
        Ok(Sample { fields: vec![young, displacement], scalars: vec![] })
    }
}
