//! Problems that finite elements solve on the unit square: two resolutions, batches, and what physics asks of them.

use sobolev_datasets::problems::{self, check_batches};
use sobolev_datasets::{FieldKind, Problem, Sample};

const CASES: [(&str, &[(&str, &str)]); 4] = [
    ("helmholtz", &[("solver_cells", "32"), ("omega", "200"), ("modes", "30")]),
    ("helmholtz-absorbing", &[("solver_cells", "32"), ("omega", "200"), ("modes", "30")]),
    (
        "acoustic",
        &[
            ("solver_cells", "32"),
            ("source_width", "0.05"),
            ("frequency", "3"),
            ("frames", "8"),
            ("interval", "0.1"),
        ],
    ),
    ("elastodynamics", &[("solver_cells", "16"), ("frames", "3"), ("interval", "0.2")]),
];

fn build((name, settings): (&str, &[(&str, &str)]), resolution: usize) -> Box<dyn Problem> {
    problems::build(name, resolution, settings).unwrap()
}

/// Every second node of `values [.., 17, 17, components]`.
fn coarsen(values: &[f64], components: usize) -> Vec<f64> {
    let (node, n) = (components, 17);
    let even = |at: usize| (at / node % n).is_multiple_of(2) && (at / node / n % n).is_multiple_of(2);
    values
        .chunks_exact(n * n * node)
        .flat_map(|f| (0..f.len()).filter(|&at| even(at)).map(|at| f[at]))
        .collect()
}

#[test]
fn two_resolutions_store_the_same_solution() {
    for case in CASES {
        let (coarse, fine) = (build(case, 9), build(case, 17));
        let (a, b) = (coarse.sample(2, 3).unwrap(), fine.sample(2, 3).unwrap());
        assert_eq!(a.scalars, b.scalars);
        let schema = coarse.schema();
        for (i, field) in schema.fields.iter().enumerate() {
            assert_eq!(a.fields[i].len(), schema.sample_shape(field).iter().product::<usize>(), "{}", case.0);
            assert!(a.fields[i].iter().any(|v| v.abs() > 1e-9), "{} {} is zero", case.0, field.name);
            assert!(
                a.fields[i] == coarsen(&b.fields[i], field.rank.components(2)),
                "{} {}",
                case.0,
                field.name
            );
        }
    }
}

#[test]
fn batches_do_not_change_a_bit() {
    for case in CASES {
        check_batches(&*build(case, 9), 4, 5).unwrap();
    }
}

fn field<'a>(problem: &dyn Problem, sample: &'a Sample, name: &str) -> &'a [f64] {
    let at = problem.schema().fields.iter().position(|f| f.name == name).unwrap();
    &sample.fields[at]
}

#[test]
fn sound_starts_from_rest_and_spreads_at_a_finite_speed() {
    let problem = build(CASES[2], 33);
    let sample = problem.sample(0, 0).unwrap();
    let (pressure, frame) = (field(&*problem, &sample, "pressure"), 33 * 33);
    assert!(pressure[..frame].iter().all(|p| *p == 0.0));
    let speed = field(&*problem, &sample, "speed");
    assert!(speed.iter().all(|c| (0.5..=1.5).contains(c)));
    // After t = 0.1 nothing has come further than 0.15 from the source, its width of six deviations aside.
    let [x, y] = [sample.scalars[0], sample.scalars[1]];
    let loudest = pressure[frame..2 * frame].iter().fold(0.0, |m: f64, p| m.max(p.abs()));
    for (node, p) in pressure[frame..2 * frame].iter().enumerate() {
        let far =
            ((node % 33) as f64 / 32.0 - x).hypot((node / 33) as f64 / 32.0 - y) > 0.15 + 6.0 * 0.05 + 0.1;
        assert!(!far || p.abs() < 1e-3 * loudest, "{p} of {loudest} at node {node}");
    }
}

#[test]
fn a_clamped_side_stays_where_it_is() {
    let problem = build(CASES[3], 17);
    let sample = problem.sample(0, 0).unwrap();
    let moved = field(&*problem, &sample, "displacement");
    for (at, u) in moved.iter().enumerate() {
        assert!(at / 2 % 17 != 0 || *u == 0.0, "{u} at the clamped side");
    }
    let frames: Vec<f64> =
        moved.chunks_exact(17 * 17 * 2).map(|f| f.iter().map(|u| u * u).sum::<f64>().sqrt()).collect();
    assert!(frames.iter().all(|f| *f > 0.0 && *f < 3.0 * frames[0]), "{frames:?}");
    assert!(problem.schema().fields.iter().any(|f| f.kind == FieldKind::Constant && f.name == "young"));
}

#[test]
fn absorbing_walls_make_the_pressure_complex() {
    let problem = build(CASES[1], 17);
    let sample = problem.sample(0, 0).unwrap();
    let energy = |name| field(&*problem, &sample, name).iter().map(|u| u * u).sum::<f64>();
    let (real, imaginary) = (energy("real"), energy("imaginary"));
    assert!(real > 0.05 * imaginary && imaginary > 0.05 * real, "{real} {imaginary}");
    assert!(field(&*problem, &sample, "speed").iter().all(|c| (c - 20.0).abs() < 1.0));
}

#[test]
fn resolutions_out_of_range_are_refused() {
    for (name, _) in CASES {
        for resolution in [0, 2, 100_000] {
            let error = problems::build::<&str, &str>(name, resolution, &[]).err().expect(name).to_string();
            assert!(error.contains("resolution"), "{error}");
        }
    }
}
