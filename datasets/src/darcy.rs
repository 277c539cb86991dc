//! Darcy flow as a data set: coefficient to solution.

use serde_json::Value;
use sobolev_solvers::darcy::{DarcyConfig, DarcyProblem, Grid};

use crate::problem::{Card, Problem};
use crate::schema::{Axis, Boundary, BoundaryKind, Field, FieldKind, GridType, Sample, Schema};
use crate::{Error, Result};

/// Samples of −∇·(a∇u) = f on the unit square with u = 0 on its boundary, for random a.
///
/// **Shapes.** Fields `coefficient` (constant, `[y, x]`) and `solution` (one stored time, `[1, y, x]`).
///
/// ```
/// use sobolev_datasets::{DarcyDataset, Problem as _};
/// use sobolev_solvers::darcy::DarcyConfig;
/// let problem = DarcyDataset::new(DarcyConfig { resolution: 16, ..DarcyConfig::default() })?;
/// let sample = problem.sample(1, 0)?;
/// assert_eq!((sample.fields[0].len(), sample.fields[1].len()), (256, 256));
/// # Ok::<(), sobolev_datasets::Error>(())
/// ```
pub struct DarcyDataset {
    problem: DarcyProblem,
    config: Value,
}

impl DarcyDataset {
    /// Plans the solver.
    ///
    /// # Errors
    /// [`Error::Config`] for a parameter out of range.
    pub fn new(config: DarcyConfig) -> Result<Self> {
        let refused =
            |e: &dyn std::fmt::Display| Error::config("darcy", "a configuration that can be solved", e);
        let value = serde_json::to_value(&config).map_err(|e| refused(&e))?;
        let problem = DarcyProblem::new(config).map_err(|e| refused(&e))?;
        Ok(Self { problem, config: value })
    }

    /// Coordinates of the points along one axis.
    fn axis(&self, name: &str) -> Axis {
        let n = self.problem.config().resolution;
        let half = 0.5 / n as f64;
        match self.problem.config().grid {
            Grid::Cells => Axis::uniform(name, n, half, 1.0 - half),
            Grid::Nodes => Axis::uniform(name, n, 0.0, 1.0),
        }
    }
}

impl Problem for DarcyDataset {
    fn name(&self) -> &str {
        "darcy"
    }

    fn schema(&self) -> Schema {
        let condition = match self.problem.config().grid {
            Grid::Cells => "Dirichlet, u = 0, half a cell beyond the first and the last point",
            Grid::Nodes => "Dirichlet, u = 0",
        };
        let wall = |axis| Boundary { axis, kind: BoundaryKind::Wall, condition: condition.into() };
        Schema {
            dataset_name: self.name().into(),
            grid: GridType::Cartesian,
            axes: vec![self.axis("y"), self.axis("x")],
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

    fn config(&self) -> Value {
        self.config.clone()
    }

    fn solver(&self) -> String {
        "bilinear finite elements, conjugate gradients with multigrid".into()
    }

    fn card(&self) -> Card {
        Card {
            description:
                "Darcy flow through a random medium: from the diffusion coefficient to the pressure.".into(),
            equation:
                "-\\nabla\\cdot(a\\nabla u) = f \\text{ in } (0,1)^2,\\quad u = 0 \\text{ on the boundary}"
                    .into(),
            source: "Z. Li et al., Fourier neural operator for parametric partial differential equations, \
                     arXiv 2010.08895, section 5.2"
                .into(),
        }
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        let solved = self.problem.sample(seed, index).map_err(|source| Error::Solver {
            problem: self.name().into(),
            seed,
            index,
            source: Box::new(source),
        })?;
        Ok(Sample { fields: vec![solved.coefficient, solved.solution], scalars: vec![] })
    }
}
