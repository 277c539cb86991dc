//! Analytic problems: every stored number has a formula, so files can be checked without a solver.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rand::RngExt as _;
use serde_json::{Value, json};
use sobolev_datasets::{
    Axis, Boundary, BoundaryKind, Card, Dataset, Error, Field, FieldKind, GenerateConfig, GridType, Problem,
    Rank, Report, Result, Sample, Schema, Split, generate,
};
use sobolev_kernels::rng::stream;

/// Steady: `coefficient` -> `solution` on `n x (n + 1)` points; both are trigonometric with random phase.
pub(crate) struct Steady {
    pub(crate) n: usize,
    /// Sample that holds a NaN.
    pub(crate) nan_at: Option<u64>,
    /// Extra time per sample.
    pub(crate) slow: std::time::Duration,
}

impl Steady {
    pub(crate) fn new(n: usize) -> Self {
        Self { n, nan_at: None, slow: std::time::Duration::ZERO }
    }
}

impl Problem for Steady {
    fn name(&self) -> &str {
        "steady"
    }
    fn schema(&self) -> Schema {
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: vec![Axis::uniform("y", self.n, 0.0, 1.0), Axis::uniform("x", self.n + 1, 0.0, 2.0)],
            time: vec![0.0],
            fields: vec![
                Field::scalar("coefficient", FieldKind::Constant),
                Field::scalar("solution", FieldKind::Solution),
            ],
            boundaries: [0, 1]
                .map(|axis| Boundary { axis, kind: BoundaryKind::Wall, condition: "Dirichlet, u = 0".into() })
                .into(),
            parameters: vec![],
            scalars: vec![],
        }
    }
    fn config(&self) -> Value {
        json!({"n": self.n, "amplitude": 0.1})
    }
    fn solver(&self) -> String {
        "formula".into()
    }
    fn card(&self) -> Card {
        Card {
            description: "a \"steady\" test: formula".into(),
            equation: "u = \\sin(a)".into(),
            source: "none".into(),
            ..Card::default()
        }
    }
    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        std::thread::sleep(self.slow);
        let phase: f64 = stream(seed, index).random_range(0.0..6.0);
        let mut a: Vec<f64> =
            (0..self.n * (self.n + 1)).map(|i| 3.0 + (0.1 * i as f64 + phase).sin()).collect();
        let u = a.iter().map(|v| v.sin()).collect();
        if self.nan_at == Some(index) {
            a[5] = f64::NAN;
        }
        Ok(Sample { fields: vec![a, u], scalars: vec![] })
    }
}

/// Time-dependent, with a scalar, a vector, a tensor, a constant field, a shared parameter and one that differs by sample.
pub(crate) struct Moving;

pub(crate) const STEPS: usize = 7;
pub(crate) const GRID: [usize; 2] = [6, 5];

/// The number stored for `field` at (sample, step, point, component): exact in f32.
pub(crate) fn moving_value(field: usize, index: u64, step: usize, point: usize, component: usize) -> f64 {
    (field * 100_000) as f64 + index as f64 * 8192.0 + (step * 512 + point * 8 + component) as f64
}

impl Problem for Moving {
    fn name(&self) -> &str {
        "moving"
    }
    fn schema(&self) -> Schema {
        let solution = FieldKind::Solution;
        let tensor = Rank::Tensor { symmetric: false, antisymmetric: false };
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: vec![Axis::uniform("y", GRID[0], 0.0, 1.0), Axis::uniform("x", GRID[1], 0.0, 1.0)],
            time: (0..STEPS).map(|i| 0.25 * i as f32).collect(),
            fields: vec![
                Field::scalar("density", solution),
                Field::vector("velocity", solution),
                Field { name: "stress".into(), rank: tensor, kind: solution },
                Field::scalar("mask", FieldKind::Constant),
            ],
            boundaries: vec![
                Boundary { axis: 0, kind: BoundaryKind::Periodic, condition: "periodic".into() },
                Boundary { axis: 1, kind: BoundaryKind::Open, condition: "outflow".into() },
            ],
            parameters: vec![("viscosity".into(), 1e-3)],
            scalars: vec!["speed".into()],
        }
    }
    fn config(&self) -> Value {
        json!({})
    }
    fn solver(&self) -> String {
        "formula".into()
    }
    fn card(&self) -> Card {
        Card::default()
    }
    fn sample(&self, _: u64, index: u64) -> Result<Sample> {
        let field = |f: usize, steps: usize, components: usize| {
            let points = GRID[0] * GRID[1];
            let mut data = vec![];
            for t in 0..steps {
                for p in 0..points {
                    data.extend((0..components).map(|c| moving_value(f, index, t, p, c)));
                }
            }
            data
        };
        let fields = vec![field(0, STEPS, 1), field(1, STEPS, 2), field(2, STEPS, 4), field(3, 1, 1)];
        Ok(Sample { fields, scalars: vec![index as f64] })
    }
}

pub(crate) fn make(problem: &dyn Problem, config: &GenerateConfig) -> Result<Report, Error> {
    let _guard = writing();
    generate(problem, config, &|_| {}, &AtomicBool::new(false))
}

pub(crate) fn open(dir: &Path, split: Split) -> Dataset {
    Dataset::open(dir, split).unwrap()
}

/// Held for reading while this process writes HDF5 files, for writing while it starts another process.
///
/// The HDF5 library locks the files it writes and does not close them on exec: a process started meanwhile would inherit the
/// lock, and the file could not be opened until that process ends.
static PROCESSES: RwLock<()> = RwLock::new(());

pub(crate) fn writing() -> RwLockReadGuard<'static, ()> {
    PROCESSES.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn spawning() -> RwLockWriteGuard<'static, ()> {
    PROCESSES.write().unwrap_or_else(PoisonError::into_inner)
}

/// Contents of all files below a folder, by relative path.
pub(crate) fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![];
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_string();
                match std::fs::read(&path) {
                    Ok(bytes) => all.push((name, bytes)),
                    // A writer at work has renamed it since the folder was listed.
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                    Err(e) => panic!("{}: {e}", path.display()),
                }
            }
        }
    }
    all.sort();
    all
}

pub(crate) fn file_names(dir: &Path) -> Vec<String> {
    contents(dir).into_iter().map(|(name, _)| name).collect()
}
