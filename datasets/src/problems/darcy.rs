//! Darcy flow: diffusion coefficient to pressure.

use serde::{Deserialize, Serialize};
use sobolev_solvers::Grid;
use sobolev_solvers::darcy::{Coefficient, DarcyConfig, DarcyProblem, Domain, FieldConfig, Forcing};

use super::family::{About, Failure, Family, Simulation, Variant};
use super::parameter::{Accepts, Parameter};
use crate::schema::{Axis, Boundary, BoundaryKind, Field, FieldKind, GridType, Sample, Schema};
use crate::{Error, Result};

/// Law of the coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Law {
    Threshold,
    LogNormal,
    Multiscale,
}

/// Settings of the Darcy problems: −∇·(a∇u) = f on the unit square, u = 0 on its boundary.
///
/// **Shapes.** Fields `coefficient` (constant, `[y, x]`) and `solution` (one stored time, `[1, y, x]`).
///
/// **Errors.** A resolution outside 4..=8192.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Darcy {
    coefficient: Law,
    high: f64,
    low: f64,
    log_std: f64,
    octaves: u32,
    amplitude: f64,
    domain: Domain,
    alpha: f64,
    tau: f64,
    forcing: f64,
    grid: Grid,
}

impl Default for Darcy {
    fn default() -> Self {
        Self {
            coefficient: Law::Threshold,
            high: 12.0,
            low: 3.0,
            log_std: 1.0,
            octaves: 6,
            amplitude: 0.5,
            domain: Domain::Centred,
            alpha: 2.0,
            tau: 3.0,
            forcing: 1.0,
            grid: Grid::Cells,
        }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        key: "coefficient",
        meaning: "law of a: two values by the sign of g; exp(g), scaled; or a product of waves on many scales. g is a Gaussian field N(0, (-Laplace + tau^2)^-alpha) with Neumann conditions and zero mean",
        unit: "",
        accepts: Accepts::Words(&["threshold", "log-normal", "multiscale"]),
    },
    Parameter {
        key: "high",
        meaning: "threshold: a where g >= 0",
        unit: "length^2/time",
        accepts: Accepts::Number(1e-6, 1e6),
    },
    Parameter {
        key: "low",
        meaning: "threshold: a where g < 0",
        unit: "length^2/time",
        accepts: Accepts::Number(1e-6, 1e6),
    },
    Parameter {
        key: "log_std",
        meaning: "log-normal: standard deviation of log a, averaged over the square",
        unit: "",
        accepts: Accepts::Number(1e-3, 20.0),
    },
    Parameter {
        key: "octaves",
        meaning: "multiscale: number of octaves",
        unit: "",
        accepts: Accepts::Integer(1, 16),
    },
    Parameter {
        key: "amplitude",
        meaning: "multiscale: depth of each wave",
        unit: "",
        accepts: Accepts::Number(1e-3, 0.999),
    },
    Parameter {
        key: "domain",
        meaning: "multiscale: the square whose coordinates the waves are functions of, (-1,1)^2 or (0,1)^2; the equation is solved on (0,1)^2",
        unit: "",
        accepts: Accepts::Words(&["centred", "unit"]),
    },
    Parameter { key: "alpha", meaning: "smoothness of g", unit: "", accepts: Accepts::Number(1.01, 64.0) },
    Parameter {
        key: "tau",
        meaning: "inverse length of g",
        unit: "1/length",
        accepts: Accepts::Number(0.0, 1e6),
    },
    Parameter {
        key: "forcing",
        meaning: "right-hand side f, a constant",
        unit: "1/time",
        accepts: Accepts::Number(-1e12, 1e12),
    },
    Parameter {
        key: "grid",
        meaning: "where fields are given: at the centres of R x R elements (a constant in each), or at the R x R nodes, border included (a bilinear)",
        unit: "",
        accepts: Accepts::Words(&["cells", "nodes"]),
    },
];

const MGNO: &str = "J. He, X. Liu, J. Xu, MgNO: efficient parameterization of linear operators via multigrid, arXiv 2310.19809";
const HTNET: &str = "X. Liu, B. Xu, S. Cao, L. Zhang, Mitigating spectral bias for the multiscale operator learning, arXiv 2210.10890; used by MgNO, arXiv 2310.19809";

const VARIANTS: &[Variant] = &[
    Variant {
        name: "darcy-12-4",
        summary: "Low value 4, as in the released demo script; the published files hold 3.",
        source: "",
        settings: &[("low", "4")],
    },
    Variant {
        name: "darcy-rough",
        summary: "Rougher interfaces and more contrast: 12 and 2, tau = 5 as in the name of the published file.",
        source: MGNO,
        settings: &[("low", "2"), ("tau", "5")],
    },
    Variant {
        name: "darcy-rough-c20",
        summary: "The same with tau^2 = 20, as the key of the data set in the released code says.",
        source: MGNO,
        settings: &[("low", "2"), ("tau", "4.47213595499958")],
    },
    Variant {
        name: "darcy-multiscale",
        summary: "Waves on six octaves, on (-1,1)^2 with f = 1: f = 4 on the unit square is the same solution.",
        source: HTNET,
        settings: &[("coefficient", "multiscale"), ("forcing", "4")],
    },
    Variant {
        name: "darcy-multiscale-unit",
        summary: "Waves on six octaves, on (0,1)^2, as another source has it.",
        source: HTNET,
        settings: &[("coefficient", "multiscale"), ("domain", "unit")],
    },
    Variant {
        name: "darcy-log-normal",
        summary: "Log-normal coefficient.",
        source: "the standard model of groundwater flow",
        settings: &[("coefficient", "log-normal")],
    },
];

const ABOUT: About = About {
    name: "darcy",
    summary: "Steady flow through a random medium: from the diffusion coefficient to the pressure.",
    equation: "-div(a grad u) = f on the unit square, u = 0 on its border; a -> u",
    tex: "-\\nabla\\cdot(a\\nabla u) = f \\text{ in } (0,1)^2,\\quad u = 0 \\text{ on the boundary}",
    solver: "bilinear finite elements, conjugate gradients with multigrid",
    source: "Z. Li et al., Fourier neural operator for parametric partial differential equations, arXiv 2010.08895, section 5.2",
    purpose: "The standard benchmark of elliptic operator learning: a discontinuous input, a smooth output.",
    internal: "the stored grid; no time",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

impl Family for Darcy {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let coefficient = match self.coefficient {
            Law::Threshold => Coefficient::Threshold { high: self.high, low: self.low },
            Law::LogNormal => Coefficient::LogNormal { log_mean: 0.0, log_std: self.log_std },
            Law::Multiscale => Coefficient::MultiscaleTrigonometric {
                octaves: self.octaves,
                amplitude: self.amplitude,
                domain: self.domain,
            },
        };
        let config = DarcyConfig {
            resolution,
            coefficient,
            field: FieldConfig { alpha: self.alpha, tau: self.tau, ..FieldConfig::default() },
            forcing: Forcing::Constant(self.forcing),
            grid: self.grid,
            ..DarcyConfig::default()
        };
        let refused = |e| Error::config("darcy", "a configuration that can be solved", e);
        Ok(Box::new(DarcyProblem::new(config).map_err(refused)?))
    }
}

/// The points of one axis.
fn axis(config: &DarcyConfig, name: &str) -> Axis {
    match config.grid {
        Grid::Cells => Axis::cells(name, config.resolution, 0.0, 1.0),
        Grid::Nodes => Axis::uniform(name, config.resolution, 0.0, 1.0),
    }
}

impl Simulation for DarcyProblem {
    fn schema(&self) -> Schema {
        let condition = match self.config().grid {
            Grid::Cells => "Dirichlet, u = 0, half a cell beyond the first and the last point",
            Grid::Nodes => "Dirichlet, u = 0",
        };
        let wall = |axis| Boundary { axis, kind: BoundaryKind::Wall, condition: condition.into() };
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: vec![axis(self.config(), "y"), axis(self.config(), "x")],
            time: vec![0.0],
            fields: vec![
                Field::scalar("coefficient", FieldKind::Constant),
                Field::scalar("solution", FieldKind::Solution),
            ],
            boundaries: vec![wall(0), wall(1)],
            parameters: vec![],
            scalars: vec![],
        }
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample, Failure> {
        let solved = Self::sample(self, seed, index)?;
        Ok(Sample { fields: vec![solved.coefficient, solved.solution], scalars: vec![] })
    }
}
