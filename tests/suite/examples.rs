//! One number of every example, from programs that share no code with it.

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
#[path = "../../examples/wave_fem/medium.rs"]
mod medium;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/darcy_preconditioner/comparison.rs"]
mod preconditioner;
#[path = "../../examples/navier_stokes_mg_tfno/spectrum.rs"]
mod spectrum;

#[allow(dead_code, reason = "the program's part of the example is not used here")]
#[path = "../../examples/navier_stokes_claims"]
mod claims {
    pub(super) mod measures;
    pub(super) mod models;
    pub(super) mod options;
    pub(super) mod report;
    use super::{comparison, spectrum};
}
#[allow(dead_code, reason = "the program's part of the comparison is not used here")]
#[path = "../../examples/comparison/mod.rs"]
mod comparison;

use comparison::results::{self, Row};
use comparison::trial;

#[test]
fn kolmogorov_flow_has_the_enstrophy_of_a_plain_integration() {
    let outcome = flow::run(flow::Scale::Smoke).unwrap();
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
    let outcome = medium::run(medium::Scale::Smoke).unwrap();
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
    let outcome = experiment::run(experiment::Scale::Smoke, folder.path()).unwrap();
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

#[test]
fn mgno_learns_from_the_medium_to_the_pressure() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = darcy::run(darcy::Scale::Smoke, folder.path()).unwrap();
    // Observed: 0.12.
    assert!(outcome.evaluation.report.relative_l2 < 0.2, "{}", outcome.evaluation.report.relative_l2);
    assert_eq!([outcome.losses.len(), outcome.valid[0].len(), outcome.valid[1].len()], [20; 3]);
    assert!(outcome.losses[19] < 0.5 * outcome.losses[0], "{:?}", outcome.losses);
    assert_eq!(outcome.evaluation.samples.len(), 8);
    // Other data, the same recipe: the published setting is the network of the library under that name.
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/darcy_rough_mgno/published.toml");
    let published = sobolev::run::RunConfig::load(&path).unwrap();
    let network = sobolev::operators::MgnoConfig::darcy_rough(&[256, 256]);
    assert_eq!(published.model, sobolev::operators::ModelConfig::Mgno(network));
    assert_eq!((published.train.epochs, published.train.batch, published.train.lr), (500, 8, 5e-4));
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
    let found = preconditioner::compare(preconditioner::Scale::Smoke, &weights).unwrap();
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
    let again = preconditioner::compare(preconditioner::Scale::Smoke, &weights).unwrap();
    let iterations =
        |c: &preconditioner::Comparison| c.rows.iter().map(|r| r.iterations.clone()).collect::<Vec<_>>();
    assert_eq!(iterations(&again), iterations(&found));
}
