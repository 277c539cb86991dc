//! Problems that a spectral solver integrates: every family at two resolutions, in batches and alone.

use sobolev_datasets::problems::{self, check_batches};
use sobolev_datasets::{FieldKind, Problem};

/// A problem made short: settings that keep its physics and cost little.
struct Case {
    name: &'static str,
    settings: &'static [(&'static str, &'static str)],
}

const fn case(name: &'static str, settings: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, settings }
}

/// With the same grid of the solver behind both resolutions, stored points that both have are the same bits.
const CASES: [Case; 10] = [
    case("burgers", &[("solver_points", "64"), ("dt", "0.01")]),
    case(
        "burgers-released",
        &[("solver_points", "64"), ("dt", "0.01"), ("viscosity", "0.05"), ("frames", "3")],
    ),
    case("navier-stokes", &[("solver_points", "32"), ("dt", "0.05"), ("frames", "2")]),
    case("turbulence", &[("solver_points", "32"), ("dt", "0.05"), ("time", "1")]),
    case(
        "kolmogorov",
        &[("solver_points", "64"), ("reynolds", "100"), ("dt", "0.02"), ("warmup", "1"), ("frames", "2")],
    ),
    case("kuramoto-sivashinsky", &[("solver_points", "128"), ("warmup", "2"), ("frames", "3")]),
    case("korteweg-de-vries", &[("solver_points", "128"), ("extent", "30"), ("frames", "2")]),
    case("allen-cahn", &[("solver_points", "32"), ("width", "0.1"), ("dt", "0.1"), ("frames", "2")]),
    case("gray-scott-maze", &[("solver_points", "32"), ("frames", "2")]),
    case(
        "shallow-water",
        &[("solver_points", "64"), ("width", "0.2"), ("dt", "0.02"), ("interval", "0.02"), ("frames", "2")],
    ),
];

fn build(case: &Case, resolution: usize) -> Box<dyn Problem> {
    problems::build(case.name, resolution, case.settings).unwrap()
}

/// Every second point along every space axis of `values [.., n, .., n, components]`.
fn coarsen(values: &[f64], n: usize, dim: usize, components: usize) -> Vec<f64> {
    let frame = n.pow(dim as u32) * components;
    let mut out = vec![];
    for values in values.chunks_exact(frame) {
        for (at, value) in values.iter().enumerate() {
            let mut rest = at / components;
            let mut keep = true;
            for _ in 0..dim {
                keep &= (rest % n).is_multiple_of(2);
                rest /= n;
            }
            if keep {
                out.push(*value);
            }
        }
    }
    out
}

#[test]
fn every_family_makes_the_same_trajectory_at_two_resolutions() {
    for case in &CASES {
        let (coarse, fine) = (build(case, 16), build(case, 32));
        let schema = coarse.schema();
        let (a, b) = (coarse.sample(3, 1).unwrap(), fine.sample(3, 1).unwrap());
        assert_eq!(a.fields.len(), schema.fields.len(), "{}", case.name);
        for (i, field) in schema.fields.iter().enumerate() {
            let (dim, components) = (schema.axes.len(), field.rank.components(schema.axes.len()));
            assert_eq!(
                a.fields[i].len(),
                schema.sample_shape(field).iter().product::<usize>(),
                "{}",
                case.name
            );
            let scale = a.fields[i].iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            assert!(scale.is_finite() && scale > 1e-6, "{} {}: {scale}", case.name, field.name);
            assert!(
                a.fields[i] == coarsen(&b.fields[i], 32, dim, components),
                "{} {}",
                case.name,
                field.name
            );
        }
        let other = coarse.sample(3, 2).unwrap();
        assert_ne!(a.fields, other.fields, "{}: two samples are two", case.name);
    }
}

#[test]
fn batches_do_not_change_a_bit() {
    for case in &CASES {
        check_batches(&*build(case, 16), 5, 5).unwrap();
    }
}

#[test]
fn trajectories_move_and_their_times_are_as_set() {
    for case in &CASES {
        let problem = build(case, 16);
        let schema = problem.schema();
        let sample = problem.sample(1, 0).unwrap();
        for (field, values) in schema.fields.iter().zip(&sample.fields) {
            if field.kind == FieldKind::Solution && schema.time.len() > 1 {
                let frame = values.len() / schema.time.len();
                assert_ne!(values[..frame], values[values.len() - frame..], "{} {}", case.name, field.name);
            }
        }
        assert!(schema.time.windows(2).all(|t| t[0] < t[1]), "{}: {:?}", case.name, schema.time);
    }
    let li = problems::build::<&str, &str>("navier-stokes-1e-3", 64, &[]).unwrap().schema();
    assert_eq!((li.time.len(), li.time[0], li.time[50]), (51, 0.0, 50.0));
    let map = problems::build::<&str, &str>("burgers", 64, &[]).unwrap().schema();
    assert_eq!(map.time, [1.0]);
    assert_eq!(map.fields[0].name, "initial");
}

/// A step that is far too large is one failed sample with a reason, not NaN in a file.
#[test]
fn a_blow_up_is_an_error_of_that_sample() {
    let settings = [("solver_points", "32"), ("dt", "1"), ("frames", "20"), ("viscosity", "1e-8")];
    let problem = problems::build("navier-stokes", 16, &settings).unwrap();
    let all = problem.samples(0, 0..2);
    for sample in &all {
        if let Ok(sample) = sample {
            assert!(sample.fields[0].iter().all(|v| v.is_finite()));
        } else {
            let message = sample.as_ref().unwrap_err().to_string();
            assert!(message.contains("blew up") && message.contains("seed 0"), "{message}");
        }
    }
    assert!(all.iter().any(Result::is_err), "dt = 1 was stable: the case tests nothing");
}

#[test]
fn contradictions_are_refused() {
    for (name, settings) in [
        ("korteweg-de-vries", [("fewest", "5"), ("most", "2")]),
        ("shallow-water", [("smallest", "0.7"), ("largest", "0.3")]),
        ("kolmogorov", [("dt", "1e-6"), ("warmup", "1e6")]),
    ] {
        let error = problems::build(name, 16, &settings).err().expect(name).to_string();
        assert!(error.contains("expected"), "{error}");
    }
    for resolution in [0, 3, 100_000] {
        assert!(problems::build::<&str, &str>("kolmogorov", resolution, &[]).is_err(), "{resolution}");
    }
}
