//! The test tools must fail where they should.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sobolev_kernels::testing::{
    Golden, GradCheck, adjoint_defect, assert_adjoint, assert_close, assert_gradient, assert_order,
    fit_order, relative_error,
};
use sobolev_kernels::{Error, rng};

/// The message of a panic.
fn failure(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("the check passed");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

fn energy(x: &[f64]) -> f64 {
    x.iter().map(|v| v.sin() + 0.5 * v * v).sum()
}

fn slope(x: &[f64]) -> Vec<f64> {
    x.iter().map(|v| v.cos() + v).collect()
}

#[test]
fn a_right_gradient_passes_and_its_error_is_of_the_expected_size() {
    let x = rng::normals(&mut rng::stream(1, 0), 40);
    let (error, _) = GradCheck::default().error(energy, &x, &slope(&x));
    assert!(error < 1e-9 && error > 0.0, "{error:e}");
    assert_gradient("energy", energy, &x, &slope(&x), 1e-9);
}

#[test]
fn a_wrong_gradient_is_named() {
    let x = rng::normals(&mut rng::stream(1, 0), 40);
    let mut wrong = slope(&x);
    wrong[17] += 1e-3;
    let message = failure(|| assert_gradient("energy", energy, &x, &wrong, 1e-6));
    assert!(message.contains("gradient of energy") && message.contains(" 17,"), "{message}");
    // Not even a value that is no number passes.
    let message = failure(|| assert_gradient("nothing", |_| f64::NAN, &x, &slope(&x), 1e300));
    assert!(message.contains("inf"), "{message}");
    let mut nan = slope(&x);
    nan[3] = f64::NAN;
    assert!(failure(|| assert_gradient("energy", energy, &x, &nan, 1e300)).contains("inf"));
}

/// Large inputs are sampled: the same coordinates for a seed, others for another.
#[test]
fn coordinates_are_a_seeded_subset() {
    let x = vec![0.3; 1000];
    let touched = |seed: u64| {
        let mut seen = Vec::new();
        let record = |p: &[f64]| {
            seen.extend((0..p.len()).filter(|&i| p[i] != 0.3));
            energy(p)
        };
        GradCheck { coordinates: 10, seed, ..GradCheck::default() }.error(record, &x, &slope(&x));
        seen.dedup();
        seen
    };
    assert_eq!(touched(4).len(), 10);
    assert_eq!(touched(4), touched(4));
    assert_ne!(touched(4), touched(5));
}

#[test]
fn vanishing_gradients_are_compared_absolutely() {
    let (error, _) = GradCheck::default().error(|_| 2.0, &[1.0, 2.0], &[0.0, 0.0]);
    assert_eq!(error, 0.0);
    let (error, _) = GradCheck::default().error(|_| 2.0, &[1.0, 2.0], &[0.0, 1e-3]);
    assert!((error - 1.0).abs() < 1e-12);
}

/// A 3 x 2 matrix and its transpose, or something close to it.
fn matrix(x: &[f64]) -> Vec<f64> {
    vec![x[0] + 2.0 * x[1], 3.0 * x[0], x[1] - x[0]]
}

fn transpose(y: &[f64], last: f64) -> Vec<f64> {
    vec![y[0] + 3.0 * y[1] - y[2], 2.0 * y[0] + last * y[2]]
}

#[test]
fn adjoints_are_told_from_others() {
    assert_adjoint("matrix", matrix, |y| transpose(y, 1.0), 2, 3, 1e-15);
    assert!(adjoint_defect(matrix, |y| transpose(y, 1.001), 2, 3, 0) > 1e-6);
    let message = failure(|| assert_adjoint("matrix", matrix, |y| transpose(y, 1.001), 2, 3, 1e-12));
    assert!(message.contains("adjoint of matrix"), "{message}");
    // Zero is adjoint to zero, which is no evidence.
    let zero = |_: &[f64]| vec![0.0; 2];
    assert!(failure(|| assert_adjoint("zero", zero, zero, 2, 2, 1e-12)).contains("nothing but zeros"));
}

fn errors(order: f64, floor: f64) -> Vec<(f64, f64)> {
    (0..12).map(|k| 0.5_f64.powi(k)).map(|h| (h, 3.0 * h.powf(order) + floor)).collect()
}

#[test]
fn orders_are_fitted_above_the_floor() {
    let fit = fit_order(&errors(4.0, 0.0), 0.0).unwrap();
    assert!((fit.order - 4.0).abs() < 1e-12 && (fit.constant - 3.0).abs() < 1e-10 && fit.residual < 1e-12);
    assert_eq!(fit.points, 12);
    let fit = fit_order(&errors(4.0, 1e-12), 1e-9).unwrap();
    assert!((fit.order - 4.0).abs() < 1e-3 && fit.points < 12, "{fit:?}");
    // Beyond the floor nothing counts, even if an error rises again; the order of the points is free.
    let mut points = vec![(0.125, 1e-16), (0.5, 0.25), (0.25, 0.0625), (1.0, 1.0), (0.0625, 1e-3)];
    assert_eq!(fit_order(&points, 1e-14).unwrap().points, 3);
    points.push((0.03, f64::NAN));
    assert!(fit_order(&points, 1e-14).is_none());
    assert!(fit_order(&[(1.0, 1.0), (0.5, 0.5)], 0.0).is_none());
}

#[test]
fn orders_must_match_on_both_sides_and_in_size() {
    let points = errors(2.0, 0.0);
    assert_order("second", &points, 2.0, 0.0, 1e-5);
    assert!(failure(|| assert_order("x", &points, 1.8, 0.0, 1e-5)).contains("observed 2.000"));
    assert!(failure(|| assert_order("x", &points, 2.2, 0.0, 1e-5)).contains("observed 2.000"));
    assert!(failure(|| assert_order("x", &points, 2.0, 0.0, 1e-9)).contains("smallest error"));
    assert!(failure(|| assert_order("x", &points, 2.0, 10.0, 1e-5)).contains("fewer than three"));
}

#[test]
fn golden_files_are_read() {
    let text = "# by hand\n\n{\"name\": \"a b\", \"shape\": [2, 2], \"values\": [1, -2.5e-3, 0.1, 4]}\r\n\
                {\"values\":[],\"shape\":[0,3],\"name\":\"none\"}\n{\"name\":\"s\",\"shape\":[],\"values\":[7]}";
    let golden = Golden::parse(text).unwrap();
    assert_eq!(golden.entries().len(), 3);
    let a = golden.get("a b").unwrap();
    assert_eq!((a.shape.as_slice(), a.values.as_slice()), (&[2, 2][..], &[1.0, -2.5e-3, 0.1, 4.0][..]));
    assert_eq!(golden.get("s").unwrap().values, [7.0]);
    let missing = golden.get("c").unwrap_err();
    assert!(missing.to_string().contains("\"none\""), "{missing}");
    // Seventeen digits come back bit for bit.
    let values: Vec<f64> = rng::normals(&mut rng::stream(1, 2), 50);
    let list: Vec<String> = values.iter().map(|v| format!("{v:.16e}")).collect();
    let line = format!("{{\"name\": \"r\", \"shape\": [50], \"values\": [{}]}}", list.join(", "));
    assert_eq!(Golden::parse(&line).unwrap().get("r").unwrap().values, values);
}

#[test]
fn bad_golden_lines_are_errors_with_their_number() {
    let good = r#"{"name": "a", "shape": [1], "values": [1]}"#;
    for (bad, what) in [
        (good, "twice"),
        (r#"{"name": "b", "shape": [2], "values": [1]}"#, "1 values"),
        (r#"{"name": "b", "shape": [1], "values": [x]}"#, "\"x\" is not a number"),
        (r#"{"name": "b", "shape": [-1], "values": [1]}"#, "axis length"),
        (r#"{"name": "b", "shape": [1], "values": [1e999]}"#, "not finite"),
        (r#"{"name": "b", "shape": [1], "values": [NaN]}"#, "not finite"),
        (r#"{"name": "b", "shape": [1]}"#, "needs name"),
        (r#"{"name": "b", "name": "c", "shape": [1], "values": [1]}"#, "occurs twice"),
        (r#"{"name": "b", "shape": [1], "values": [1], "more": [1]}"#, "unknown key"),
        (r#"{"name": "b", "shape": [1], "values": [1]} x"#, "after the object"),
        (r#"{"name": "b", "shape": [1], "values": [1"#, "does not end"),
        (r#"{"name": "b, "#, "does not end"),
        (r#"["name"]"#, "expected '{'"),
        (r#"{"name": "b", "shape": [4294967296, 4294967296, 16], "values": []}"#, "0 values"),
    ] {
        let error = Golden::parse(&format!("{good}\n{bad}")).expect_err(bad);
        assert!(matches!(error, Error::Golden { line: 2, .. }), "{error}");
        assert!(error.to_string().contains(what), "{bad}: {error}");
    }
}

#[test]
fn arrays_are_compared_norm_wise() {
    assert_eq!(relative_error(&[3.0, 4.0], &[0.0, 0.0]), 5.0);
    assert!((relative_error(&[1.0, 1.0], &[1.0, 1.1]) - 0.1 / 2.21_f64.sqrt()).abs() < 1e-15);
    assert_close("same", &[1.0, 2.0], &[1.0, 2.0], 0.0);
    let message = failure(|| assert_close("field", &[1.0, 2.0, 3.0], &[1.0, 2.5, 3.0], 1e-3));
    assert!(message.contains("entry 1"), "{message}");
    assert!(failure(|| assert_close("field", &[f64::NAN], &[1.0], 1e300)).contains("inf"));
}
