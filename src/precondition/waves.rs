//! Training on random media, and use in GMRES.
//!
//! A pool of operators −∇·∇ − (ω/c)² with absorbing borders is made, c = 1 + a tanh of a Gaussian random field. Each begins with a
//! residual that is white noise, and what a step's corrections leave of it is what the next visit begins with, so that the
//! training sees the residuals that are hardest to reduce; after a number of visits they are drawn anew.

use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::RngExt;
use sobolev_kernels::{Complex, rng};
use sobolev_operators::preconditioner::wave::{Stencil, WaveConfig, WavePreconditioner, WaveSystem};
use sobolev_solvers::fem::equations::{Helmholtz, HelmholtzCondition, HelmholtzProblem};
use sobolev_solvers::fem::{Element, Field, Space};
use sobolev_solvers::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};
use sobolev_solvers::linear::{Csr, Preconditioner};
use sobolev_solvers::mesh::{CellKind, Mesh};
use sobolev_solvers::{self as solvers, Grid};

use super::optimise::{self, Objective, Optimisation};
use super::{PreconditionError, Progress};

type C64 = Complex<f64>;

/// Visits of an operator after which its residual is drawn anew.
const VISITS: usize = 10;

/// The random streams of the first operator's medium and of its amplitude; those of residuals begin at 0.
const MEDIA: u64 = 1 << 63;
const AMPLITUDES: u64 = MEDIA + (1 << 62);

/// Bilinear elements of the Helmholtz equation on the unit square, in random media with absorbing borders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waves {
    /// Cells along each axis.
    pub cells: usize,
    /// k h: 2π over the points of a wavelength at speed 1.
    pub phase: f64,
    /// a: the speed is 1 + a tanh(g).
    pub amplitude: f64,
    /// τ of the random field g, N(0, (−Δ + τ²)⁻²) scaled to variance 1.
    pub tau: f64,
}

impl Default for Waves {
    fn default() -> Self {
        Self { cells: 64, phase: 0.6, amplitude: 0.1, tau: 5.0 }
    }
}

impl Waves {
    /// ω, in a domain of side 1.
    pub fn omega(&self) -> f64 {
        self.phase * self.cells as f64
    }

    /// Nodes along each axis.
    pub fn nodes(&self) -> usize {
        self.cells + 1
    }

    /// The solver on this mesh.
    ///
    /// # Errors
    /// Those of the mesh.
    pub fn solver(&self) -> solvers::Result<Helmholtz> {
        let n = self.cells;
        let mesh = Mesh::rectangle(CellKind::Quadrilateral, [n, n], [0.0; 2], [1.0; 2])?;
        Helmholtz::new(Arc::new(Space::new(Arc::new(mesh), Element::Q1, 1)?))
    }

    /// Medium `index` under `seed`: the speed at the nodes, `[y, x]`.
    ///
    /// # Errors
    /// Those of the random field.
    pub fn speed(&self, seed: u64, index: u64) -> solvers::Result<Vec<f64>> {
        let config = GrfConfig {
            size: vec![self.nodes(); 2],
            grid: Grid::Nodes,
            boundary: Boundary::Neumann,
            alpha: 2.0,
            tau: self.tau,
            sigma: 1.0,
            mean: Mean::Zero,
        };
        let draws = GaussianRandomField::with_unit_variance(config)?.sample(seed, MEDIA + index);
        Ok(draws.into_iter().map(|g| 1.0 + self.amplitude * g.tanh()).collect())
    }

    /// The system of a medium: `∂u/∂n = i (ω/c) u` on the border, and f as source.
    ///
    /// # Errors
    /// Those of [`Helmholtz::system`].
    pub fn system(
        &self,
        solver: &mut Helmholtz,
        speed: &[f64],
        f: Field<'_, C64>,
    ) -> solvers::Result<(Csr<C64>, Vec<C64>)> {
        let open = HelmholtzCondition::Impedance(Field::Constant(C64::new(0.0, 0.0)));
        let problem = HelmholtzProblem::new(self.omega(), Field::Nodes(speed), f);
        let sides = ["left", "right", "bottom", "top"];
        solver.system(&sides.into_iter().fold(problem, |problem, side| problem.with(side, open)))
    }
}

/// How long to train on which media.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaveTraining {
    /// The media; their amplitudes are drawn evenly from 0 to the one given here.
    pub waves: Waves,
    /// Operators of the pool.
    pub operators: usize,
    /// Operators of a step, of which the pool holds a whole number.
    pub batch: usize,
    /// Corrections of a step.
    pub corrections: usize,
    /// Steps of the optimiser.
    pub steps: usize,
    /// Peak learning rate; it falls like a cosine.
    pub lr: f64,
    /// Seed of weights, media and residuals.
    pub seed: u64,
}

impl Default for WaveTraining {
    fn default() -> Self {
        Self {
            waves: Waves { amplitude: 0.35, ..Waves::default() },
            operators: 96,
            batch: 8,
            corrections: 2,
            steps: 2000,
            lr: 2e-3,
            seed: 0,
        }
    }
}

impl WaveTraining {
    fn check(&self) -> Result<(), PreconditionError> {
        let wrong =
            |field, expected, found: String| Err(PreconditionError::Setting { field, expected, found });
        let waves = &self.waves;
        if !(16..=1024).contains(&waves.cells) {
            return wrong("cells", "in 16..=1024", waves.cells.to_string());
        }
        if !(0.0..0.9).contains(&waves.amplitude) {
            return wrong("amplitude", "at least 0 and below 0.9", waves.amplitude.to_string());
        }
        for (field, value) in [
            ("operators", self.operators),
            ("batch", self.batch),
            ("corrections", self.corrections),
            ("steps", self.steps),
        ] {
            if value == 0 {
                return wrong(field, "at least 1", value.to_string());
            }
        }
        if !self.operators.is_multiple_of(self.batch) {
            return wrong("operators", "a multiple of the batch", self.operators.to_string());
        }
        for (field, value) in [("lr", self.lr), ("phase", waves.phase), ("tau", waves.tau)] {
            if !(value > 0.0 && value.is_finite()) {
                return wrong(field, "positive", value.to_string());
            }
        }
        Ok(())
    }

    /// The operators of batch `index`.
    fn systems(
        &self,
        solver: &mut Helmholtz,
        index: usize,
        device: &Device,
    ) -> Result<WaveSystem, PreconditionError> {
        let (waves, nothing) = (&self.waves, Field::Constant(C64::new(0.0, 0.0)));
        let size = [waves.nodes(); 2];
        let mut all = Vec::with_capacity(self.batch);
        for medium in 0..self.batch {
            let medium = (index * self.batch + medium) as u64;
            let share: f64 = rng::stream(self.seed, AMPLITUDES + medium).random_range(0.0..=1.0);
            let waves = Waves { amplitude: share * waves.amplitude, ..*waves };
            let speed = waves.speed(self.seed, medium)?;
            all.push(stencil(&waves.system(solver, &speed, nothing)?.0, size)?);
        }
        let stencils: Vec<_> = all.iter().map(|[re, im]| Stencil { re, im }).collect();
        Ok(WaveSystem::new(&stencils, size, waves.phase, (device, DType::F32)))
    }

    fn draw(&self, index: usize, round: usize, device: &Device) -> Tensor<3> {
        let points = self.waves.nodes() * self.waves.nodes();
        let stream = &mut rng::stream(self.seed, ((round as u64) << 32) + index as u64);
        let values = rng::normals(stream, self.batch * 2 * points);
        let data = TensorData::new(values, [self.batch, 2, points]).convert_dtype(DType::F32);
        Tensor::from_data(data, (device, DType::F32))
    }
}

/// Trains a preconditioner of waves on the CPU; `observer` hears of every step.
///
/// The loss of a step is the mean of the squares of ‖r_k‖ / ‖r_{k−1}‖ over the corrections k and the operators of a batch; see
/// [`WavePreconditioner::reduction`].
///
/// # Errors
/// [`PreconditionError`]: a setting outside its range, divergence.
pub fn train_waves(
    config: &WaveConfig,
    training: &WaveTraining,
    observer: &mut dyn FnMut(Progress),
) -> Result<WavePreconditioner, PreconditionError> {
    training.check()?;
    let device = Device::flex().autodiff();
    let net = config.init(training.seed, &device)?;
    let mut solver = training.waves.solver()?;
    let batches = training.operators / training.batch;
    let pool: Vec<WaveSystem> =
        (0..batches).map(|i| training.systems(&mut solver, i, &device)).collect::<Result<_, _>>()?;
    let mut residuals: Vec<Tensor<3>> = Vec::new();
    let objective = |net: &WavePreconditioner, step: usize| {
        let (index, visit) = (step % batches, step / batches);
        let fresh = || training.draw(index, visit / VISITS, &device);
        if residuals.len() == index {
            residuals.push(fresh());
        } else if visit % VISITS == 0 {
            residuals[index] = fresh();
        }
        let left = net.reduction(&pool[index], residuals[index].clone(), training.corrections);
        residuals[index] = left.residual.detach();
        Objective::of(left.factors)
    };
    optimise::run(net, &Optimisation { steps: training.steps, lr: training.lr }, objective, observer)
}

/// The rows of a matrix on a lattice of `[y, x]` nodes as a stencil, `[9, y, x]`: real and imaginary parts.
fn stencil(a: &Csr<C64>, [rows, cols]: [usize; 2]) -> Result<[Vec<f32>; 2], PreconditionError> {
    let points = rows * cols;
    let wrong = |found: String| PreconditionError::Lattice { rows, cols, found };
    if a.n_rows() != points {
        return Err(wrong(format!("{} rows", a.n_rows())));
    }
    let (mut re, mut im) = (vec![0.0; 9 * points], vec![0.0; 9 * points]);
    for k in 0..points {
        let (columns, values) = a.row(k);
        for (&column, value) in columns.iter().zip(values) {
            let column = column as usize;
            let [dy, dx] =
                [(column / cols + 1).wrapping_sub(k / cols), (column % cols + 1).wrapping_sub(k % cols)];
            if dy > 2 || dx > 2 {
                return Err(wrong(format!("an entry between the nodes {k} and {column}")));
            }
            let at = (3 * dy + dx) * points + k;
            (re[at], im[at]) = (value.re as f32, value.im as f32);
        }
    }
    Ok([re, im])
}

/// A trained network as the preconditioner of one matrix, for [`gmres`](sobolev_solvers::linear::gmres).
#[derive(Debug)]
pub struct LearnedWaves {
    net: WavePreconditioner,
    system: WaveSystem,
    device: Device,
}

impl LearnedWaves {
    /// The preconditioner of a matrix on a lattice of `[y, x]` nodes, numbered in this order.
    ///
    /// # Errors
    /// [`PreconditionError::Lattice`] if the matrix has other rows, or entries between nodes that are no neighbours;
    /// [`PreconditionError::Operator`] if the lattice has too few nodes for the network's levels.
    pub fn new(net: &WavePreconditioner, a: &Csr<C64>, size: [usize; 2]) -> Result<Self, PreconditionError> {
        net.config().cycle().sizes(&size)?;
        let device = Device::flex();
        let [re, im] = stencil(a, size)?;
        let system =
            WaveSystem::new(&[Stencil { re: &re, im: &im }], size, net.config().phase, (&device, DType::F32));
        Ok(Self { net: burn::module::Module::to_device(net.clone(), &device), system, device })
    }
}

impl Preconditioner<C64> for LearnedWaves {
    fn apply(&self, r: &[C64], z: &mut [C64]) {
        // Residuals of 1e-10 keep their digits in single precision.
        let norm = r.iter().map(|r| r.norm_sqr()).sum::<f64>().sqrt();
        let scale = if norm > 0.0 { norm.recip() } else { 0.0 };
        let parts = r.iter().map(|r| r.re).chain(r.iter().map(|r| r.im)).map(|v| (scale * v) as f32);
        let data = TensorData::new(parts.collect::<Vec<f32>>(), [1, 2, r.len()]);
        let out = self.net.forward(&self.system, Tensor::from_data(data, (&self.device, DType::F32)));
        // A tensor that cannot be read is no direction: GMRES reports what isn't finite.
        let values = out.try_into_data().map(|data| data.iter::<f64>().collect::<Vec<f64>>());
        let values = values.unwrap_or_else(|_| vec![f64::NAN; 2 * r.len()]);
        let (re, im) = values.split_at(r.len());
        for (z, (&re, &im)) in z.iter_mut().zip(re.iter().zip(im)) {
            *z = C64::new(norm * re, norm * im);
        }
    }
}
