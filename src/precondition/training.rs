//! Training on random two-phase media.
//!
//! A pool of operators −∇·(a∇) is made, a ∈ {1, c} by the sign of a Gaussian random field with contrasts c and correlation lengths of
//! several sizes. For each operator some errors are drawn, and what a step's cycles leave of them is what the next visit begins
//! with, so that the training sees the errors that the cycle is slowest with; after a number of visits they are drawn anew.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::RngExt;
use sobolev_kernels::rng;
use sobolev_operators::preconditioner::Hierarchy;
use sobolev_operators::{MgPreconditioner, PreconditionerConfig};
use sobolev_solvers::Grid;
use sobolev_solvers::fem::{Coefficient, EllipticSolver};
use sobolev_solvers::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};

use super::learned::nine_point;
use super::optimise::{self, Objective, Optimisation};
use super::{PreconditionError, Progress};

/// Visits of an operator after which its errors are drawn anew.
const VISITS: usize = 10;

/// The random stream of the first operator's medium; those of errors begin at 0.
const MEDIA: u64 = 1 << 63;

/// Diffusion in two-phase media, and how long to train on it.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffusionTraining {
    /// Cells along each axis.
    pub cells: usize,
    /// Operators of the pool.
    pub operators: usize,
    /// Errors of each operator.
    pub errors: usize,
    /// Cycles of a step.
    pub cycles: usize,
    /// Steps of the optimiser.
    pub steps: usize,
    /// Peak learning rate; it falls like a cosine.
    pub lr: f64,
    /// Range of the contrast of a, drawn logarithmically.
    pub contrast: [f64; 2],
    /// Range of τ of the random field N(0, (−Δ + τ²)⁻²), of which the phases are the signs.
    pub tau: [f64; 2],
    /// Seed of weights, media and errors.
    pub seed: u64,
}

impl Default for DiffusionTraining {
    fn default() -> Self {
        Self {
            cells: 64,
            operators: 24,
            errors: 6,
            cycles: 2,
            steps: 600,
            lr: 3e-3,
            contrast: [1.0, 1e5],
            tau: [3.0, 15.0],
            seed: 0,
        }
    }
}

impl DiffusionTraining {
    fn check(&self) -> Result<(), PreconditionError> {
        let wrong =
            |field, expected, found: String| Err(PreconditionError::Setting { field, expected, found });
        let range = |[low, high]: [f64; 2]| low > 0.0 && low <= high && high.is_finite();
        if !(16..=1024).contains(&self.cells) {
            return wrong("cells", "in 16..=1024", self.cells.to_string());
        }
        for (field, value) in [
            ("operators", self.operators),
            ("errors", self.errors),
            ("cycles", self.cycles),
            ("steps", self.steps),
        ] {
            if value == 0 {
                return wrong(field, "at least 1", value.to_string());
            }
        }
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return wrong("lr", "positive", self.lr.to_string());
        }
        for (field, value) in [("contrast", self.contrast), ("tau", self.tau)] {
            if !range(value) {
                return wrong(field, "a range of positive numbers", format!("{value:?}"));
            }
        }
        Ok(())
    }

    /// The coefficient of operator `index`, `[y, x]` on cells.
    fn medium(&self, index: usize) -> Result<Vec<f64>, PreconditionError> {
        let mut draw = rng::stream(self.seed, MEDIA + index as u64);
        let mut between = |[low, high]: [f64; 2], log: bool| match (log, draw.random_range(0.0..=1.0_f64)) {
            (true, t) => low * (high / low).powf(t),
            (false, t) => low + t * (high - low),
        };
        let (contrast, tau) = (between(self.contrast, true), between(self.tau, false));
        let field = GaussianRandomField::new(GrfConfig {
            size: vec![self.cells; 2],
            grid: Grid::Cells,
            boundary: Boundary::Neumann,
            alpha: 2.0,
            tau,
            sigma: 1.0,
            mean: Mean::Zero,
        })?;
        let sign = field.sample(self.seed, index as u64);
        Ok(sign.into_iter().map(|g| if g >= 0.0 { contrast } else { 1.0 }).collect())
    }

    fn hierarchy(&self, index: usize, device: &Device) -> Result<Hierarchy, PreconditionError> {
        let medium = self.medium(index)?;
        let levels = EllipticSolver::new(self.cells, self.cells)?.hierarchy(Coefficient::Cells(&medium))?;
        let inverse = match levels.last() {
            Some(coarsest) => coarsest.inverse()?,
            None => Vec::new(),
        };
        let operators: Vec<_> = levels.iter().map(nine_point).collect();
        Ok(Hierarchy::new(&operators, &inverse, (device, DType::F32)))
    }

    fn draw_errors(&self, index: usize, round: usize, device: &Device) -> Tensor<3> {
        let nodes = (self.cells - 1) * (self.cells - 1);
        let stream = &mut rng::stream(self.seed, ((round as u64) << 32) + index as u64);
        let values = rng::normals(stream, self.errors * nodes);
        let data = TensorData::new(values, [self.errors, 1, nodes]).convert_dtype(DType::F32);
        Tensor::from_data(data, (device, DType::F32))
    }
}

/// Trains a preconditioner on the CPU; `observer` hears of every step.
///
/// The loss of a step is the mean of the squares of ‖e_k‖ / ‖e_{k−1}‖ in the norm of A over the cycles k and errors e, for one
/// operator after the other.
///
/// # Errors
/// [`PreconditionError`]: a setting outside its range, divergence.
pub fn train(
    config: &PreconditionerConfig,
    training: &DiffusionTraining,
    observer: &mut dyn FnMut(Progress),
) -> Result<MgPreconditioner, PreconditionError> {
    training.check()?;
    let device = Device::flex().autodiff();
    let net = config.init(training.seed, &device)?;
    let pool: Vec<Hierarchy> =
        (0..training.operators).map(|i| training.hierarchy(i, &device)).collect::<Result<_, _>>()?;
    let mut errors: Vec<Tensor<3>> = Vec::new();
    let objective = |net: &MgPreconditioner, step: usize| {
        let (index, visit) = (step % training.operators, step / training.operators);
        let fresh = || training.draw_errors(index, visit / VISITS, &device);
        if errors.len() == index {
            errors.push(fresh());
        } else if visit % VISITS == 0 {
            errors[index] = fresh();
        }
        let left = net.contraction(&pool[index], errors[index].clone(), training.cycles);
        errors[index] = left.error.detach();
        Objective::of(left.factors)
    };
    optimise::run(net, &Optimisation { steps: training.steps, lr: training.lr }, objective, observer)
}
