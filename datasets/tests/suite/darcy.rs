//! The Darcy data set against the solver behind it.

use std::sync::Arc;

use sobolev_datasets::{DarcyDataset, Error, GenerateConfig, Problem as _, Split, Task, View};
use sobolev_solvers::darcy::{DarcyConfig, DarcyProblem, Grid};

use crate::problems::{contents, make, open};

#[test]
fn files_hold_the_samples_of_the_solver() {
    for grid in [Grid::Cells, Grid::Nodes] {
        let config = DarcyConfig { resolution: 24, grid, ..DarcyConfig::default() };
        let dir = tempfile::tempdir().unwrap();
        let problem = DarcyDataset::new(config.clone()).unwrap();
        make(&problem, &GenerateConfig::new(dir.path(), "darcy", [4, 2, 3], 17)).unwrap();
        let direct = DarcyProblem::new(config).unwrap();
        for (split, first) in Split::ALL.into_iter().zip([0, 4, 6]) {
            let set = Arc::new(open(dir.path(), split));
            let task = Task::steady(&set);
            let view = View::new(set, &task, 0).unwrap();
            for i in 0..view.len() {
                let batch = view.batch(&[i]).unwrap();
                let sample = direct.sample(17, first + i as u64).unwrap();
                let rounded = |x: &[f64]| x.iter().map(|&v| v as f32).collect::<Vec<_>>();
                assert_eq!(
                    (batch.input, batch.target),
                    (rounded(&sample.coefficient), rounded(&sample.solution))
                );
            }
        }
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let problem = DarcyDataset::new(DarcyConfig { resolution: 32, ..DarcyConfig::default() }).unwrap();
    let run = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| make(&problem, &GenerateConfig::new(dir.path(), "darcy", [6, 0, 0], 3))).unwrap();
        contents(dir.path())
    };
    assert!(run(1) == run(3));
}

#[test]
fn absurd_configurations_are_refused() {
    let error = DarcyDataset::new(DarcyConfig { resolution: 0, ..DarcyConfig::default() }).err().unwrap();
    assert!(matches!(error, Error::Config { .. }), "{error}");
    let points = DarcyDataset::new(DarcyConfig { resolution: 8, ..DarcyConfig::default() }).unwrap().schema();
    assert_eq!(points.axes[0].coordinates[0], 1.0 / 16.0, "cell centres");
}
