//! Time-harmonic waves in a random medium.

use serde::{Deserialize, Serialize};
use sobolev_kernels::{Complex, rng};
use sobolev_solvers::fem::Field as Given;
use sobolev_solvers::fem::equations::{Helmholtz as Solver, HelmholtzCondition, HelmholtzProblem};

use super::elements::{Nodes, Pool};
use super::family::{About, Failure, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use crate::Result;
use crate::schema::{BoundaryKind, Field, FieldKind, GridType, Sample, Schema};

/// What holds on the border beside the driven part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Walls {
    Rigid,
    Absorbing,
}

settings! {
    /// Settings of the Helmholtz equation with a random wave speed on the unit square, driven on a part of its upper side.
    ///
    /// **Shapes.** Fields `speed` (constant, `[y, x]`) and `pressure` (`[1, y, x]`), with absorbing walls `real` and `imaginary`.
    pub struct Helmholtz {
        omega: f64 = 1000.0, Accepts::Number(1.0, 1e5), "radians/time", "angular frequency";
        mean_speed: f64 = 20.0, Accepts::Number(1.1, 1e5), "length/time", "the speed is this plus tanh of a Gaussian field";
        tau: f64 = 3.0, Accepts::Number(0.0, 100.0), "1/length", "inverse length of the Gaussian field";
        modes: usize = 100, Accepts::Integer(1, 10_000), "", "cosine modes of the Gaussian field, the smallest ones";
        half_width: f64 = 0.15, Accepts::Number(1e-3, 0.5), "length", "half width of the driven part of the upper side";
        walls: Walls = Walls::Rigid, Accepts::Words(&["rigid", "absorbing"]), "",
            "no flux through the rest of the border, or a first-order absorbing condition on all of it";
        solver_cells: usize = 100, Accepts::Integer(4, 2048), "",
            "least number of elements of the solver along an axis; raised to a multiple of the resolution less one";
    }
}

const VARIANTS: &[Variant] = &[Variant {
    name: "helmholtz-absorbing",
    summary: "With absorbing walls: a complex pressure, without resonances.",
    source: "",
    settings: &[("walls", "absorbing")],
}];

const ABOUT: About = About {
    name: "helmholtz",
    summary: "Sound of one frequency in a random medium: from the wave speed to the pressure.",
    equation: "-Laplace u - (omega/c)^2 u = 0 on the unit square, du/dn = 1 on the middle of the upper side, 0 elsewhere; c -> u",
    tex: "-\\Delta u - (\\omega/c)^2 u = 0,\\quad \\partial_n u = 1 \\text{ for } y = 1, |x - 0.5| \\le 0.15,\\quad 0 \\text{ elsewhere}",
    solver: "bilinear finite elements, sparse LU",
    source: "M. V. de Hoop et al., The cost-accuracy trade-off in operator learning with neural networks, arXiv 2203.13181",
    purpose: "Indefinite, oscillating and resonant: where elliptic intuition fails. The Helmholtz benchmark of MgNO.",
    internal: "100 x 100 elements, about 12 points a wavelength; no time",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

/// The planned problem.
struct Planned {
    settings: Helmholtz,
    nodes: Nodes,
    /// Wavenumbers (along x, along y) of the cosine modes.
    modes: Vec<[usize; 2]>,
    /// Each keeps its symbolic factorisation.
    solvers: Pool<Solver>,
}

impl Family for Helmholtz {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let nodes = Nodes::new(resolution, self.solver_cells)?;
        // A quarter disc of radius r holds about π r²/4 modes: a square of side 2 √modes holds the disc that is needed.
        let side = 2 * self.modes.isqrt() + 3;
        let mut modes: Vec<[usize; 2]> =
            (0..side.pow(2)).map(|k| [k % side, k / side]).filter(|m| *m != [0, 0]).collect();
        modes.sort_by_key(|&[x, y]| (x * x + y * y, y, x));
        modes.truncate(self.modes);
        Ok(Box::new(Planned { settings: self.clone(), nodes, modes, solvers: Pool::default() }))
    }
}

impl Planned {
    /// The speed at the nodes.
    fn speed(&self, seed: u64, index: u64) -> Vec<f64> {
        use std::f64::consts::{PI, SQRT_2};
        let xi = rng::normals(&mut rng::stream(seed, index), self.modes.len());
        let n = self.nodes.cells();
        let cosines: Vec<f64> = (0..2 * n).map(|i| (PI * i as f64 / n as f64).cos()).collect();
        let terms: Vec<(f64, [usize; 2])> = xi
            .iter()
            .zip(&self.modes)
            .map(|(xi, &[x, y])| {
                let eigenvalue = PI * PI * (x * x + y * y) as f64 + self.settings.tau * self.settings.tau;
                let norm = if x == 0 || y == 0 { SQRT_2 } else { 2.0 };
                (xi * norm / eigenvalue, [x, y])
            })
            .collect();
        let value = |node: usize| {
            let (i, j) = (node % (n + 1), node / (n + 1));
            let wave = |k: usize, at: usize| cosines[k * at % (2 * n)];
            terms.iter().map(|&(a, [x, y])| a * wave(x, i) * wave(y, j)).sum::<f64>()
        };
        (0..(n + 1) * (n + 1)).map(|node| self.settings.mean_speed + value(node).tanh()).collect()
    }

    fn solve(&self, solver: &mut Solver, speed: &[f64]) -> Result<Vec<Complex<f64>>, Failure> {
        let zero = Complex::new(0.0, 0.0);
        let half = self.settings.half_width + 1e-12;
        let drive = |[x, y, _]: [f64; 3]| {
            let on = y > 1.0 - 1e-12 && (x - 0.5).abs() <= half;
            Complex::new(if on { 1.0 } else { 0.0 }, 0.0)
        };
        let mut problem =
            HelmholtzProblem::new(self.settings.omega, Given::Nodes(speed), Given::Constant(zero));
        problem = match self.settings.walls {
            Walls::Rigid => problem.with("top", HelmholtzCondition::Neumann(Given::Function(&drive))),
            Walls::Absorbing => ["left", "right", "bottom", "top"].into_iter().fold(problem, |p, side| {
                p.with(side, HelmholtzCondition::Impedance(Given::Function(&drive)))
            }),
        };
        Ok(solver.solve(&problem)?)
    }
}

impl Simulation for Planned {
    fn schema(&self) -> Schema {
        let solution = |name| Field::scalar(name, FieldKind::Solution);
        let (kind, condition, solutions) = match self.settings.walls {
            Walls::Rigid => (BoundaryKind::Wall, "Neumann", vec![solution("pressure")]),
            Walls::Absorbing => {
                (BoundaryKind::Open, "absorbing, first order", vec![solution("real"), solution("imaginary")])
            }
        };
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: self.nodes.axes(),
            time: vec![0.0],
            fields: [Field::scalar("speed", FieldKind::Constant)].into_iter().chain(solutions).collect(),
            boundaries: self.nodes.boundaries(kind, condition),
            parameters: vec![],
            scalars: vec![],
        }
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample, Failure> {
        let speed = self.speed(seed, index);
        let mut solver = self.solvers.take(|| Ok(Solver::new(self.nodes.space(1)?)?))?;
        let pressure = self.solve(&mut solver, &speed)?;
        self.solvers.put(solver);
        let stored = |values: Vec<f64>| {
            let mut out = vec![];
            self.nodes.store(&values, &[0], &mut out);
            out
        };
        let real = pressure.iter().map(|u| u.re).collect();
        let mut fields = vec![stored(speed), stored(real)];
        if self.settings.walls == Walls::Absorbing {
            fields.push(stored(pressure.iter().map(|u| u.im).collect()));
        }
        Ok(Sample { fields, scalars: vec![] })
    }
}
