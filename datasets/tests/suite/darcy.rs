//! The Darcy data set against the solver behind it.

use std::sync::Arc;

use sobolev_datasets::{Error, GenerateConfig, Split, Task, View, problems};
use sobolev_solvers::Grid;
use sobolev_solvers::darcy::{Coefficient, DarcyConfig, DarcyProblem, Domain, FieldConfig, Forcing};

use crate::problems::{contents, make, open};

#[test]
fn files_hold_the_samples_of_the_solver() {
    for (word, grid) in [("cells", Grid::Cells), ("nodes", Grid::Nodes)] {
        let dir = tempfile::tempdir().unwrap();
        let problem = problems::build("darcy", 24, &[("grid", word)]).unwrap();
        make(&*problem, &GenerateConfig::new(dir.path(), "darcy", [4, 2, 3], 17)).unwrap();
        let direct =
            DarcyProblem::new(DarcyConfig { resolution: 24, grid, ..DarcyConfig::default() }).unwrap();
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

/// Every variant is the problem of the solver that its card describes.
#[test]
fn variants_are_what_they_say() {
    let threshold = |low| Coefficient::Threshold { high: 12.0, low };
    let waves = |domain| Coefficient::MultiscaleTrigonometric { octaves: 6, amplitude: 0.5, domain };
    let rough = |tau| FieldConfig { tau, ..FieldConfig::default() };
    let config = |coefficient, field, f| DarcyConfig {
        resolution: 16,
        coefficient,
        field,
        forcing: Forcing::Constant(f),
        ..DarcyConfig::default()
    };
    let usual = FieldConfig::default();
    let normal = Coefficient::LogNormal { log_mean: 0.0, log_std: 1.0 };
    for (name, config) in [
        ("darcy", config(threshold(3.0), usual, 1.0)),
        ("darcy-12-4", config(threshold(4.0), usual, 1.0)),
        ("darcy-rough", config(threshold(2.0), rough(5.0), 1.0)),
        ("darcy-rough-c20", config(threshold(2.0), rough(20.0_f64.sqrt()), 1.0)),
        ("darcy-multiscale", config(waves(Domain::Centred), usual, 4.0)),
        ("darcy-multiscale-unit", config(waves(Domain::Unit), usual, 1.0)),
        ("darcy-log-normal", config(normal, usual, 1.0)),
    ] {
        let sample = problems::build::<&str, &str>(name, 16, &[]).unwrap().sample(3, 1).unwrap();
        let direct = DarcyProblem::new(config).unwrap().sample(3, 1).unwrap();
        assert_eq!(sample.fields, [direct.coefficient, direct.solution], "{name}");
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let problem = problems::build::<&str, &str>("darcy", 32, &[]).unwrap();
    let run = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| make(&*problem, &GenerateConfig::new(dir.path(), "darcy", [6, 0, 0], 3))).unwrap();
        contents(dir.path())
    };
    assert!(run(1) == run(3));
}

#[test]
fn absurd_configurations_are_refused() {
    let error = problems::build::<&str, &str>("darcy", 0, &[]).err().unwrap();
    assert!(matches!(error, Error::Config { .. }), "{error}");
    let points = problems::build::<&str, &str>("darcy", 8, &[]).unwrap().schema();
    assert_eq!(points.axes[0].coordinates[0], 1.0 / 16.0, "cell centres");
}
