//! Training, and the same systems with every preconditioner.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use sobolev::kernels::Complex;
use sobolev::operators::preconditioner::wave::{WaveConfig, WavePreconditioner};
use sobolev::operators::train::{load_weights, save_weights};
use sobolev::precondition::{LearnedWaves, WaveTraining, Waves, train_waves};
use sobolev::solvers;
use sobolev::solvers::fem::equations::Helmholtz;
use sobolev::solvers::fem::{Field, Form};
use sobolev::solvers::linear::{
    AmgOptions, Csr, FnOperator, Identity, KrylovOptions, Lu, Preconditioner, SmoothedAggregation, gmres,
};

use super::arguments::Scale;

type C64 = Complex<f64>;

/// What came out.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// A row for each case and preconditioner.
    pub(crate) rows: Vec<Row>,
    /// Residuals of the last case in its first medium.
    pub(crate) last: Waves,
    pub(crate) residuals: Vec<History>,
}

/// The residuals of one preconditioner.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) name: &'static str,
    pub(crate) iterations: Vec<usize>,
    pub(crate) residuals: Vec<f64>,
}

/// One preconditioner on all media of a case.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) waves: Waves,
    pub(crate) name: &'static str,
    /// For each medium; none where the tolerance was not met.
    pub(crate) iterations: Vec<Option<usize>>,
    /// Means over the media: all that follows from the matrix, and the iteration.
    pub(crate) milliseconds: f64,
}

pub(crate) const NAMES: [&str; 5] =
    ["none", "multigrid of −Δ + k²", "−Δ − (1 + i/2) k², exact", "learned", "sparse LU of the matrix itself"];

const TOLERANCE: f64 = 1e-6;
const MOST: usize = 300;
/// Residuals of a history, about.
const POINTS: usize = 30;
const MEDIA: u64 = 5;
/// A seed that the training has not seen.
const UNSEEN: u64 = 1000;

/// Trains unless `weights` are there, and solves.
pub(crate) fn compare(scale: Scale, weights: &Path) -> Result<Comparison, Box<dyn Error>> {
    let (config, training) = settings(scale);
    let net = network(&config, &training, weights)?;
    // The network knows media that vary by up to 0.35 on 64 x 64 cells.
    let cases: &[(usize, f64)] = match scale {
        Scale::Smoke => &[(24, 0.1)],
        Scale::Full => &[(64, 0.1), (64, 0.3), (64, 0.5), (128, 0.1), (192, 0.3), (128, 0.3)],
    };
    let mut found = Comparison { rows: Vec::new(), last: training.waves, residuals: Vec::new() };
    for &(cells, amplitude) in cases {
        let waves = Waves { cells, amplitude, ..training.waves };
        let problems = (0..MEDIA).map(|i| Problem::new(waves, i)).collect::<Result<Vec<_>, _>>()?;
        let is_last = cases.last() == Some(&(cells, amplitude));
        for name in NAMES {
            let (mut iterations, start) = (Vec::new(), Instant::now());
            for problem in &problems {
                iterations.push(problem.solve(name, &net, MOST)?.ok());
            }
            let milliseconds = 1e3 * start.elapsed().as_secs_f64() / MEDIA as f64;
            if is_last {
                found.residuals.push(problems[0].history(name, &net, iterations[0].unwrap_or(MOST))?);
            }
            let row = Row { waves, name, iterations, milliseconds };
            println!("{}", row.line());
            found.rows.push(row);
        }
        found.last = waves;
    }
    Ok(found)
}

fn settings(scale: Scale) -> (WaveConfig, WaveTraining) {
    match scale {
        Scale::Full => (WaveConfig::default(), WaveTraining::default()),
        Scale::Smoke => {
            let waves = Waves { cells: 24, ..Waves::default() };
            let config = WaveConfig { layers: 2, channels: 8, levels: 3, ..WaveConfig::default() };
            (
                config,
                WaveTraining {
                    waves,
                    operators: 8,
                    batch: 4,
                    steps: 150,
                    lr: 5e-3,
                    ..WaveTraining::default()
                },
            )
        }
    }
}

// ANCHOR: train
fn network(
    config: &WaveConfig,
    training: &WaveTraining,
    weights: &Path,
) -> Result<WavePreconditioner, Box<dyn Error>> {
    if weights.exists() {
        let device = sobolev::device::choose(sobolev::device::DeviceChoice::Cpu)?.device;
        return Ok(load_weights(config.init(0, &device)?, weights)?);
    }
    let net = train_waves(config, training, &mut |progress| {
        if progress.step % 50 == 0 {
            println!(
                "  step {}: loss {:.4}, factor of the last correction {:.3}",
                progress.step, progress.loss, progress.factor
            );
        }
    })?;
    save_weights(&net, weights)?;
    Ok(net)
}
// ANCHOR_END: train

/// Sound from a small source in an unseen medium.
struct Problem {
    waves: Waves,
    matrix: Csr<C64>,
    b: Vec<C64>,
    /// −Δ + (ω/c)²
    positive: Csr<f64>,
    /// −Δ − (1 + i/2) (ω/c)², absorbing borders included.
    shifted: Csr<C64>,
}

impl Problem {
    fn new(waves: Waves, index: u64) -> Result<Self, Box<dyn Error>> {
        let mut solver = waves.solver()?;
        let speed = waves.speed(UNSEEN, index)?;
        let source = |[x, y, _]: [f64; 3]| {
            let square = (x - 0.3).powi(2) + (y - 0.4).powi(2);
            C64::new((-square / (2.0 * 0.02 * 0.02)).exp(), 0.0)
        };
        let (matrix, b) = waves.system(&mut solver, &speed, Field::Function(&source))?;
        let squares: Vec<f64> = speed.iter().map(|c| (waves.omega() / c).powi(2)).collect();
        let (positive, shifted) = neighbours(&solver, &matrix, &squares)?;
        Ok(Self { waves, matrix, b, positive, shifted })
    }

    // ANCHOR: use
    /// Iterations with a preconditioner, or the residual where `most` were not enough.
    fn solve(
        &self,
        name: &str,
        net: &WavePreconditioner,
        most: usize,
    ) -> Result<Result<usize, f64>, Box<dyn Error>> {
        let preconditioner: Box<dyn Preconditioner<C64>> = if name == NAMES[0] {
            Box::new(Identity)
        } else if name == NAMES[1] {
            Box::new(on_parts(
                SmoothedAggregation::new(&self.positive, &AmgOptions::default())?,
                self.b.len(),
            ))
        } else if name == NAMES[2] {
            Box::new(Lu::new(&self.shifted)?)
        } else if name == NAMES[3] {
            Box::new(LearnedWaves::new(net, &self.matrix, [self.waves.nodes(); 2])?)
        } else {
            Box::new(Lu::new(&self.matrix)?)
        };
        let options =
            KrylovOptions { tolerance: TOLERANCE, max_iterations: most, ..KrylovOptions::default() };
        let mut u = vec![C64::new(0.0, 0.0); self.b.len()];
        match gmres(&self.matrix, &*preconditioner, &self.b, &mut u, &options) {
            Ok(report) => Ok(Ok(report.iterations)),
            Err(solvers::Error::NotConverged { residual, .. }) => Ok(Err(residual)),
            Err(error) => Err(error.into()),
        }
    }
    // ANCHOR_END: use

    /// The residuals after some numbers of iterations up to `last`, each from a run of its own.
    fn history(
        &self,
        name: &'static str,
        net: &WavePreconditioner,
        last: usize,
    ) -> Result<History, Box<dyn Error>> {
        let mut iterations: Vec<usize> = (1..last).step_by(last.div_ceil(POINTS)).collect();
        iterations.push(last);
        let residual = |&k: &usize| Ok(self.solve(name, net, k)?.err().unwrap_or(TOLERANCE));
        let residuals = iterations.iter().map(residual).collect::<Result<_, Box<dyn Error>>>()?;
        Ok(History { name, iterations, residuals })
    }
}

/// −Δ + k² and −Δ − (1 + i/2) k², from the squares of k at the nodes.
fn neighbours(
    solver: &Helmholtz,
    matrix: &Csr<C64>,
    squares: &[f64],
) -> Result<(Csr<f64>, Csr<C64>), solvers::Error> {
    let forms = [Form::Diffusion(Field::Constant(1.0)), Form::Mass(Field::Nodes(squares))];
    let positive = solver.assembler().matrix(&forms)?;
    let mass: Csr<f64> = solver.assembler().matrix(&[Form::Mass(Field::Nodes(squares))])?;
    let mut shifted = matrix.clone();
    for (entry, mass) in shifted.values_mut().iter_mut().zip(mass.values()) {
        entry.im -= 0.5 * mass;
    }
    Ok((positive, shifted))
}

/// A real preconditioner on the real and the imaginary part.
fn on_parts(real: SmoothedAggregation, n: usize) -> FnOperator<impl Fn(&[C64], &mut [C64]) + Sync> {
    FnOperator::new(n, move |r: &[C64], z: &mut [C64]| {
        let on = |part: Vec<f64>| {
            let mut out = vec![0.0; part.len()];
            real.apply(&part, &mut out);
            out
        };
        let (re, im) = (on(r.iter().map(|r| r.re).collect()), on(r.iter().map(|r| r.im).collect()));
        for (z, (re, im)) in z.iter_mut().zip(re.into_iter().zip(im)) {
            *z = C64::new(re, im);
        }
    })
}

impl Row {
    /// The line of the table.
    fn line(&self) -> String {
        let Waves { cells, amplitude, .. } = self.waves;
        let waves = self.waves.omega() / std::f64::consts::TAU;
        let say = |count: &Option<usize>| count.map_or_else(|| format!("> {MOST}"), |n| n.to_string());
        let counts: Vec<String> = self.iterations.iter().map(say).collect();
        let (name, counts, ms) = (self.name, counts.join(", "), self.milliseconds);
        format!("| {cells}² | {waves:.1} | 1 ± {amplitude} | {name} | {counts} | {ms:.0} |")
    }
}

impl Comparison {
    /// Iterations and times.
    pub(crate) fn table(&self) -> String {
        let head = "| cells | wavelengths | speeds | preconditioner | iterations, by medium | ms |";
        let rule = "|---|---|---|---|---|---|";
        let rows = self.rows.iter().map(Row::line);
        [head.to_owned(), rule.to_owned()].into_iter().chain(rows).map(|line| line + "\n").collect()
    }
}
