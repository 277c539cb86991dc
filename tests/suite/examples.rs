//! One number of every example, from programs that share no code with it.

#[path = "../../examples/arguments/mod.rs"]
mod arguments;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/darcy_rough_mgno/experiment.rs"]
mod darcy;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/navier_stokes_mg_tfno/experiment.rs"]
mod experiment;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/kolmogorov_flow/flow.rs"]
mod flow;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/helmholtz_mgno/experiment.rs"]
mod helmholtz;
#[path = "../../examples/learning/mod.rs"]
mod learning;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/wave_fem/medium.rs"]
mod medium;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/navier_stokes_mgno/experiment.rs"]
mod navier_stokes;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/darcy_preconditioner/comparison.rs"]
mod preconditioner;
#[path = "../../examples/navier_stokes_mg_tfno/spectrum.rs"]
mod spectrum;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/helmholtz_preconditioner/comparison.rs"]
mod waves;

#[allow(dead_code, reason = "the program's part of the example is not used here")]
#[path = "../../examples/navier_stokes_claims"]
mod claims {
    pub(super) mod measures;
    pub(super) mod models;
    pub(super) mod options;
    pub(super) mod report;
    use super::{comparison, spectrum};
}
#[allow(dead_code, reason = "the program's part of the example is not used here")]
#[path = "../../examples/mgno_table"]
mod table {
    pub(super) mod measures;
    pub(super) mod models;
    pub(super) mod options;
    pub(super) mod problems;
    pub(super) mod report;
    use super::{comparison, learning};
}
#[allow(dead_code, reason = "the program's part of the comparison is not used here")]
#[path = "../../examples/comparison/mod.rs"]
mod comparison;

use std::path::Path;

use arguments::Scale;
use comparison::results::{self, Row};
use comparison::trial;
use learning::mgno::{self, Recipe};
use sobolev::operators::{MgnoConfig, ModelConfig};
use sobolev::run::RunConfig;

#[test]
fn kolmogorov_flow_has_the_enstrophy_of_a_plain_integration() {
    let outcome = flow::run(Scale::Smoke).unwrap();
    // numpy, Lawson's fourth-order scheme with steps halved down to 4e-12: validation/spectral_reference.py, `vorticity`.
    let expected = [1.341_646_885_00, 2.693_462_267_61, 3.975_506_805_15, 4.725_986_737_69];
    assert_eq!((outcome.n, outcome.times.len()), (32, 4));
    assert!((outcome.times[3] - 2.0).abs() < 1e-12 && outcome.vorticity.len() == 4 * 32 * 32);
    for (found, expected) in outcome.enstrophy.iter().zip(expected) {
        // The error of ETDRK4 with dt = 0.02.
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} instead of {expected}");
    }
}

#[test]
fn wave_has_the_size_that_scikit_fem_and_scipy_give_it() {
    let outcome = medium::run(Scale::Smoke).unwrap();
    assert_eq!((outcome.nodes, outcome.times.len()), (49, 5));
    assert!((outcome.dt - 0.15 / 12.0).abs() < 1e-12, "{}", outcome.dt);
    // Root mean squares over the nodes: class Wave of benches/peers/wave_fem.py with 48 elements and this step.
    let expected = [0.014_585_578_72, 0.015_246_718_75, 0.015_942_798_27, 0.016_227_989_25];
    for (frame, expected) in outcome.frames[1..].iter().zip(expected) {
        let mean_square = frame.iter().map(|u| u * u).sum::<f64>() / frame.len() as f64;
        assert!((mean_square.sqrt() / expected - 1.0).abs() < 1e-6, "{} {expected}", mean_square.sqrt());
    }
}

#[test]
fn mg_tfno_learns_from_the_force_to_the_vorticity_and_its_figures_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = experiment::run(Scale::Smoke, folder.path()).unwrap();
    let evaluation = &outcome.evaluation;
    assert!(evaluation.report.relative_l2 < 0.7, "{}", evaluation.report.relative_l2);
    // Squares of the errors and of the truth, straight from the fields.
    let (mut error, mut truth) = (0.0, 0.0);
    for sample in &evaluation.samples {
        for (p, t) in sample.prediction.iter().zip(&sample.truth) {
            error += (p - t) * (p - t);
            truth += t * t;
        }
    }
    // The shells leave out the mean of the error and what lies in the corners of the grid.
    let shells = outcome.spectrum.error.iter().sum::<f64>() * truth / error;
    assert!((0.8..1.0 + 1e-9).contains(&shells), "shells hold {shells} of the error");
    // 32 points and 2 patches: ring d of a patch of side 16 has (16 - 2d)^2 - (14 - 2d)^2 points.
    assert_eq!(outcome.edges.len(), 8);
    let mean_square: f64 = outcome.edges.iter().map(|&(d, e)| e * e * (60 - 8 * d) as f64 / 256.0).sum();
    assert!((mean_square - 1.0).abs() < 1e-12, "{mean_square}");
    assert_eq!(outcome.rollout.steps.len(), 4);
    assert!(outcome.rollout.steps.iter().all(|s| s.relative_l2.is_finite() && s.persistence > 0.0));
}

/// Other data, the same recipe: a published setting is a network of the library under its name, and the training of its authors.
fn is_published(example: &str, network: MgnoConfig, recipe: Recipe, [epochs, batch]: [usize; 2]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let published = RunConfig::load(&folder.join("published.toml")).unwrap();
    assert_eq!(published.model, ModelConfig::Mgno(network), "{example}");
    assert_eq!(published.train, recipe.train(epochs, batch), "{example}");
}

#[test]
fn published_settings_are_those_of_the_library() {
    is_published("darcy_rough_mgno", MgnoConfig::darcy_rough(&[256; 2]), mgno::DARCY, [500, 8]);
    is_published("helmholtz_mgno", MgnoConfig::helmholtz(&[101; 2]), mgno::HELMHOLTZ, [100, 10]);
    is_published("navier_stokes_mgno", MgnoConfig::navier_stokes(&[64; 2]), mgno::NAVIER_STOKES, [500, 500]);
}

#[test]
fn mgno_learns_from_the_medium_to_the_pressure() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = darcy::run(Scale::Smoke, folder.path()).unwrap();
    // Observed: 0.12.
    assert!(outcome.evaluation.report.relative_l2 < 0.2, "{}", outcome.evaluation.report.relative_l2);
    let history = &outcome.history;
    assert_eq!([history.losses.len(), history.valid[0].len(), history.valid[1].len()], [20; 3]);
    assert!(history.losses[19] < 0.5 * history.losses[0], "{history:?}");
    assert_eq!(outcome.evaluation.samples.len(), 8);
}

#[test]
fn mgno_learns_from_the_wave_speed_to_the_pressure() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = helmholtz::run(Scale::Smoke, folder.path()).unwrap();
    assert!(outcome.evaluation.report.relative_l2 < 0.3, "{}", outcome.evaluation.report.relative_l2);
    let history = &outcome.history;
    assert_eq!([history.losses.len(), history.valid[0].len(), history.valid[1].len()], [20; 3]);
    assert!(history.losses[19] < 0.5 * history.losses[0], "{history:?}");
    assert_eq!((outcome.evaluation.samples.len(), &outcome.evaluation.size), (8, &vec![31, 31]));
}

#[test]
fn mgno_steps_a_flow_better_than_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = navier_stokes::run(Scale::Smoke, folder.path()).unwrap();
    // Two trajectories of four pairs.
    assert_eq!((outcome.evaluation.samples.len(), outcome.rollout.trajectories), (8, 2));
    let steps = &outcome.rollout.steps;
    assert_eq!(steps.iter().map(|s| s.stored_step).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for step in steps {
        assert!(step.relative_l2 < 0.8 * step.persistence, "{step:?}");
    }
    // The first step of a rollout is one of the evaluated steps: the first of every trajectory.
    let firsts = [0, 4].map(|i| outcome.evaluation.samples[i].relative_l2);
    let mean = (firsts[0] + firsts[1]) / 2.0;
    assert!((steps[0].relative_l2 / mean - 1.0).abs() < 1e-4, "{} {mean}", steps[0].relative_l2);
}

fn table_options(out: &Path, words: &str) -> table::options::Options {
    let words = format!("table --out {} {words}", out.display());
    <table::options::Options as clap::Parser>::try_parse_from(words.split_whitespace()).unwrap()
}

#[test]
fn a_table_is_for_any_grid_with_room_for_the_levels() {
    use sobolev::operators::multigrid::PerAxis;
    use table::problems::Problem;
    let out = Path::new("nowhere");
    for (points, nodes) in [(64, 51), (65, 101), (100, 50), (33, 31)] {
        let options = table_options(out, &format!("--points {points} --nodes {nodes}"));
        assert_eq!(options.plans().unwrap().len(), 4, "{points} {nodes}");
        for problem in Problem::ALL {
            let entries = table::models::all(problem, &options.budget);
            let ModelConfig::Mgno(mgno) = &entries[0].config else { panic!("{:?}", entries[0]) };
            let boundary = match problem {
                Problem::DarcyRough | Problem::DarcyMultiscale => sobolev::operators::mgno::Boundary::Zero,
                Problem::Helmholtz => sobolev::operators::mgno::Boundary::Reflect,
                Problem::NavierStokes => sobolev::operators::mgno::Boundary::Circular,
            };
            assert_eq!(mgno.cycle.boundary, PerAxis::Same(boundary));
            assert_eq!(mgno.cycle.grid, Some(vec![problem.points(&options.budget); 2]));
        }
    }
    let refused = |words: &str| match table_options(out, words).plans() {
        Ok(_) => panic!("{words}"),
        Err(error) => error.to_string(),
    };
    let error = refused("--nodes 30");
    assert!(error.contains("mgno on helmholtz") && error.contains("at least 31 points"), "{error}");
    let error = refused("--only mgno/darcy");
    assert!(error.contains("mgno/darcy is no MODEL/PROBLEM of mgno, fno, "), "{error}");
    let error = refused("--set octaves=3");
    assert!(error.contains("expected PROBLEM.KEY=VALUE"), "{error}");
    let options = table_options(out, "--set darcy-multiscale.octaves=5");
    assert_eq!(Problem::DarcyMultiscale.settings(&options.budget), ["octaves=5"]);
    assert_eq!(table_options(out, "--only fno,uno/helmholtz").plans().unwrap().len(), 4);
    assert_eq!(table_options(out, "--only uno/helmholtz").plans().unwrap().len(), 1);
}

#[test]
fn the_table_of_mgno_is_trained_once_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let words = "--points 32 --nodes 31 --samples 4 --test-samples 2 --epochs 1 --batch 2 --seeds 0,1 \
                 --only mgno,fno/darcy-rough,tfno/helmholtz,uno/navier-stokes-1e-5 \
                 --set helmholtz.solver_cells=30,navier-stokes-1e-5.solver_points=32,navier-stokes-1e-5.dt=0.05,navier-stokes-1e-5.interval=0.2";
    let options = table_options(folder.path(), words);
    let plans = options.plans().unwrap();
    for plan in &plans {
        trial::all(&plan.study(&options.seeds).unwrap(), &table::measures::of).unwrap();
    }
    let rows = |problem: &str| -> Vec<Row<table::measures::Measures>> {
        results::read(&folder.path().join(problem).join("results.jsonl")).unwrap()
    };
    for (problem, other) in [("darcy-rough", "fno"), ("helmholtz", "tfno"), ("navier-stokes-1e-5", "uno")] {
        let rows = rows(problem);
        let names: Vec<(&str, u64)> = rows.iter().map(|r| (r.model.as_str(), r.seed)).collect();
        assert_eq!(names, [("mgno", 0), (other, 0), ("mgno", 1), (other, 1)], "{problem}");
        for row in &rows {
            assert!(row.relative_l2 > 0.0 && row.other.spectral_h1 > 0.0, "{row:?}");
            assert_eq!(row.other.rollout_l2.is_some(), problem.starts_with("navier"), "{row:?}");
        }
        assert_ne!(rows[0].relative_l2, rows[2].relative_l2, "seeds of {problem}");
    }
    assert_eq!(rows("darcy-multiscale").len(), 2);
    // What the paper counts, on any grid.
    assert_eq!(rows("darcy-rough")[0].parameters, 572_661);
    table::report::write(&options, &plans).unwrap();
    let text = std::fs::read_to_string(folder.path().join("table.md")).unwrap();
    assert_eq!(text.matches("| MgNO | 2 |").count(), 4, "{text}");
    assert!(text.contains("| FNO | 2 |") && text.contains("| U-NO | 2 |") && text.contains(" ± "), "{text}");
    assert!(text.contains("| MgNO, published¹ | – | 0.57 M | 0.339 | – | 1.38 | – | – | – | – |"), "{text}");
    // A time makes a figure.
    let picture = folder.path().join("errors_1.svg");
    assert!(!picture.exists());
    let cost =
        results::Cost { model: "mgno".into(), seconds_per_epoch: 1.5, peak_mib: Some(100.0), threads: 2 };
    results::append(&folder.path().join("helmholtz/costs.jsonl"), &cost).unwrap();
    table::report::write(&options, &plans).unwrap();
    let text = std::fs::read_to_string(folder.path().join("table.md")).unwrap();
    assert!(text.contains("| 1.50 | 100 |"), "{text}");
    assert!(std::fs::read_to_string(picture).unwrap().contains("helmholtz"));
    // Another budget has another folder.
    let changed = table_options(folder.path(), &words.replace("--batch 2", "--batch 4"));
    let plans = changed.plans().unwrap();
    let error = trial::all(&plans[0].study(&[0]).unwrap(), &table::measures::of).unwrap_err().to_string();
    assert!(error.contains("another budget: batch = 2, not 4"), "{error}");
}

#[test]
fn claims_are_trained_once_and_make_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let words = "claims --out OUT --problem turbulence-variance --set solver_points=32,dt=0.05,time=1 --resolution 32 --samples 6 \
                 --test-samples 2 --epochs 1 --width 4 --modes 8 --seeds 0,1 --only fno,tfno-cp-joint-75,mg-tfno-L1";
    let parse = |words: &str| {
        let words = words.split_whitespace().map(|w| if w == "OUT" { out.as_str() } else { w });
        <claims::options::Options as clap::Parser>::try_parse_from(words).unwrap()
    };
    let train = |words: &str| trial::all(&parse(words).study().unwrap(), &claims::measures::of);
    train(words).unwrap();
    let path = folder.path().join("results.jsonl");
    let first = std::fs::read(&path).unwrap();
    // A line that a crash cut off costs nothing but its training.
    std::fs::write(&path, &first[..first.len() - 20]).unwrap();
    train(words).unwrap();
    let rows: Vec<Row<claims::measures::Measures>> = results::read(&path).unwrap();
    let names: Vec<(&str, u64)> = rows.iter().map(|r| (r.model.as_str(), r.seed)).collect();
    let models = ["fno", "tfno-cp-joint-75", "mg-tfno-L1"];
    assert_eq!(names, [0, 1].map(|seed| models.map(|m| (m, seed))).concat(), "seed by seed, none twice");
    // Four layers of 8 x 5 modes and 4 x 4 channels, complex.
    assert_eq!((rows[0].other.spectral_parameters, rows[0].other.compression), (4 * 40 * 16 * 2, 1.0));
    assert!(rows.iter().all(|r| r.relative_l2.is_finite() && r.parameters > r.other.spectral_parameters));
    // Padding of 1/8 of 32 points: 32^2 / (24^2 * 2).
    assert!(
        (rows[2].other.domain_compression - 8.0 / 9.0).abs() < 1e-12,
        "{}",
        rows[2].other.domain_compression
    );
    assert_eq!(rows[0].other.spectrum.truth, rows[2].other.spectrum.truth, "the truth is the same for all");

    claims::report::write(&parse(words).study().unwrap()).unwrap();
    let table = std::fs::read_to_string(folder.path().join("table.md")).unwrap();
    assert_eq!(table.lines().count(), 2 + 3, "{table}");
    assert!(table.contains("| fno | 2 | 5120 |") && table.contains(" ± "), "{table}");
    assert!(folder.path().join("figures/claims_spectra.svg").exists());
    let error = train(&words.replace("--width 4", "--width 8")).unwrap_err().to_string();
    assert!(error.contains("another budget: width = 4, not 8"), "{error}");
    let error = parse(&words.replace("mg-tfno-L1", "mg-tfno")).study().unwrap_err().to_string();
    assert!(error.contains("no model is called mg-tfno; there are fno, "), "{error}");
}

#[test]
fn a_learned_preconditioner_takes_fewer_iterations() {
    let folder = tempfile::tempdir().unwrap();
    let weights = folder.path().join("preconditioner.safetensors");
    let found = preconditioner::compare(Scale::Smoke, &weights).unwrap();
    let total = |cells: usize, name: &str| {
        let row = found.rows.iter().find(|r| r.cells == cells && r.name == name).unwrap();
        row.iterations.iter().sum::<usize>()
    };
    for cells in [32, 48] {
        let learned = total(cells, "learned smoothers");
        assert!(learned < total(cells, "damped Jacobi"), "{}", found.table());
        assert!(learned < total(cells, "algebraic multigrid"), "{}", found.table());
    }
    // A history ends at the tolerance, and has an entry for each iteration.
    for (name, residuals) in &found.residuals {
        let row = found.rows.iter().find(|r| r.cells == 48 && r.name == *name).unwrap();
        assert_eq!(residuals.len(), row.iterations[0], "{name}");
        assert!(residuals.last().is_some_and(|&r| r <= 1.01e-8), "{name}: {residuals:?}");
    }
    // What was saved is what was trained.
    let again = preconditioner::compare(Scale::Smoke, &weights).unwrap();
    let iterations =
        |c: &preconditioner::Comparison| c.rows.iter().map(|r| r.iterations.clone()).collect::<Vec<_>>();
    assert_eq!(iterations(&again), iterations(&found));
}

/// Even a small network that was trained for seconds takes far fewer iterations than GMRES alone, and than multigrid of −Δ + k².
#[test]
fn a_learned_preconditioner_of_waves_takes_fewer_iterations() {
    let folder = tempfile::tempdir().unwrap();
    let weights = folder.path().join("waves.safetensors");
    let found = waves::compare(Scale::Smoke, &weights).unwrap();
    let total = |name: &str| {
        let row = found.rows.iter().find(|r| r.name == name).unwrap();
        row.iterations.iter().map(|n| n.unwrap()).sum::<usize>()
    };
    assert!(2 * total("learned") < total("none"), "{}", found.table());
    assert!(total("learned") < total(waves::NAMES[1]), "{}", found.table());
    for history in &found.residuals {
        assert!(
            history.residuals.windows(2).all(|r| r[1] <= 1.001 * r[0]),
            "GMRES does not rise: {history:?}"
        );
    }
    // What was saved is what was trained.
    let again = waves::compare(Scale::Smoke, &weights).unwrap();
    let iterations = |c: &waves::Comparison| c.rows.iter().map(|r| r.iterations.clone()).collect::<Vec<_>>();
    assert_eq!(iterations(&again), iterations(&found));
}

#[test]
fn what_a_preconditioner_of_waves_cannot_be_made_for_is_an_error() {
    use sobolev::operators::preconditioner::wave::WaveConfig;
    use sobolev::precondition::{LearnedWaves, WaveTraining, Waves, train_waves};
    use sobolev::solvers::fem::Field;

    let waves = Waves { cells: 16, ..Waves::default() };
    let zero = Field::Constant(sobolev::kernels::Complex::new(0.0, 0.0));
    let (matrix, _) = waves.system(&mut waves.solver().unwrap(), &vec![1.0; 17 * 17], zero).unwrap();
    let config = WaveConfig { layers: 1, channels: 2, levels: 3, ..WaveConfig::default() };
    let device = sobolev::device::choose(sobolev::device::DeviceChoice::Cpu).unwrap().device;
    let net = config.init(0, &device).unwrap();
    LearnedWaves::new(&net, &matrix, [17, 17]).unwrap();
    let message = |size| LearnedWaves::new(&net, &matrix, size).unwrap_err().to_string();
    assert!(message([17, 18]).contains("289 rows"), "{}", message([17, 18]));
    // As many rows, but other neighbours.
    assert!(message([1, 289]).contains("points"), "{}", message([1, 289]));
    let deep = WaveConfig { levels: 9, ..config }.init(0, &device).unwrap();
    let error = LearnedWaves::new(&deep, &matrix, [17, 17]).unwrap_err().to_string();
    assert!(error.contains("levels"), "{error}");
    let bad = WaveTraining { operators: 3, batch: 2, ..WaveTraining::default() };
    let error = train_waves(&config, &bad, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("multiple of the batch"), "{error}");
}
