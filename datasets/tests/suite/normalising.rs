//! Normalisers against direct sums, and their inverse.

use std::sync::Arc;

use sobolev_datasets::{
    GenerateConfig, NORMALISER_EPSILON, Normaliser, NormaliserFit, NormaliserKind, Split, Task, View,
    fit_normalisers,
};

use crate::problems::{Steady, make, open};

const KINDS: [NormaliserKind; 3] =
    [NormaliserKind::Scalar, NormaliserKind::Channel, NormaliserKind::Pointwise];

/// `[samples, channels, points]` with a large mean; point 0 never varies.
fn data(samples: usize, channels: usize, points: usize) -> Vec<f32> {
    let mut x = vec![];
    for s in 0..samples {
        for c in 0..channels {
            x.extend((0..points).map(|p| {
                if p == 0 { 7.0 } else { 100.0 + (1 + c) as f32 * ((s * 31 + p * 17) as f32).sin() }
            }));
        }
    }
    x
}

fn mean_std(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn fit_equals_direct_sums() {
    let (samples, channels, points) = (13, 3, 10);
    let x = data(samples, channels, points);
    for kind in KINDS {
        let mut fit = NormaliserFit::new(kind, channels, points);
        x.chunks(4 * channels * points).for_each(|batch| fit.push(batch));
        let normaliser = fit.finish().unwrap();
        let mut whole = NormaliserFit::new(kind, channels, points);
        whole.push(&x);
        assert_eq!(normaliser, whole.finish().unwrap(), "batch size must not matter");
        let all: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
        let floor = NORMALISER_EPSILON * mean_std(&all).1;
        for (cell, (&mean, &std)) in normaliser.mean().iter().zip(normaliser.std()).enumerate() {
            let values: Vec<f64> = (0..all.len())
                .filter(|i| match kind {
                    NormaliserKind::Scalar => true,
                    NormaliserKind::Channel => i / points % channels == cell,
                    NormaliserKind::Pointwise => i % (channels * points) == cell,
                })
                .map(|i| all[i])
                .collect();
            let (m, s) = mean_std(&values);
            // n additions of numbers of size 100, relative to the deviation.
            let tolerance = values.len() as f64 * 100.0 * f64::EPSILON;
            assert!(
                (mean - m).abs() < tolerance && (std - s.max(floor)).abs() < tolerance * 100.0,
                "{kind:?} {cell}"
            );
        }
    }
}

#[test]
fn encode_gives_zero_mean_unit_variance_and_decode_inverts() {
    let (samples, channels, points) = (40, 2, 12);
    let x = data(samples, channels, points);
    for kind in KINDS {
        let mut fit = NormaliserFit::new(kind, channels, points);
        fit.push(&x);
        let normaliser = fit.finish().unwrap();
        let text = serde_json::to_string(&normaliser).unwrap();
        assert_eq!(serde_json::from_str::<Normaliser>(&text).unwrap(), normaliser, "JSON keeps every digit");
        let mut y = x.clone();
        normaliser.encode(&mut y, samples);
        let encoded: Vec<f64> = y
            .iter()
            .enumerate()
            .filter(|(i, _)| kind != NormaliserKind::Pointwise || i % points != 0)
            .map(|(_, &v)| f64::from(v))
            .collect();
        let (mean, std) = mean_std(&encoded);
        // Each encoded number is an f32 with |y| < 10.
        assert!(mean.abs() < 1e-6 && (std - 1.0).abs() < 1e-6, "{kind:?}: {mean} {std}");
        normaliser.decode(&mut y, samples);
        let error = x.iter().zip(&y).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(error <= 200.0 * f32::EPSILON, "{kind:?}: {error}");
    }
}

#[test]
fn points_that_never_vary_are_pinned() {
    let x = data(20, 1, 6);
    let mut fit = NormaliserFit::new(NormaliserKind::Pointwise, 1, 6);
    fit.push(&x);
    let normaliser = fit.finish().unwrap();
    let mut y = vec![0.5f32; 6];
    normaliser.decode(&mut y, 1);
    assert!((y[0] - 7.0).abs() < 1e-3, "a network's error does not reach a Dirichlet point: {}", y[0]);
    let mut constant = NormaliserFit::new(NormaliserKind::Scalar, 1, 6);
    constant.push(&[3.0; 6]);
    let constant = constant.finish().unwrap();
    let mut y = vec![3.0f32, 4.0];
    constant.encode(&mut y, 1);
    assert_eq!(y, [0.0, 1.0], "a constant field is only shifted");
    assert!(NormaliserFit::new(NormaliserKind::Scalar, 1, 6).finish().is_err());
}

#[test]
fn grids_are_checked() {
    let mut fit = NormaliserFit::new(NormaliserKind::Pointwise, 1, 6);
    fit.push(&data(3, 1, 6));
    let pointwise = fit.finish().unwrap();
    assert!(
        pointwise.check(1, 6).is_ok() && pointwise.check(2, 6).is_err() && pointwise.check(1, 24).is_err()
    );
    let mut fit = NormaliserFit::new(NormaliserKind::Channel, 1, 6);
    fit.push(&data(3, 1, 6));
    assert!(fit.finish().unwrap().check(1, 24).is_ok());
}

#[test]
fn both_sides_of_a_view_in_one_pass() {
    let dir = tempfile::tempdir().unwrap();
    make(&Steady::new(8), &GenerateConfig::new(dir.path(), "set", [9, 0, 0], 1)).unwrap();
    let set = Arc::new(open(dir.path(), Split::Train));
    let view = View::new(set.clone(), &Task::steady(&set), 0).unwrap();
    let (input, target) =
        fit_normalisers(&view, NormaliserKind::Scalar, NormaliserKind::Pointwise, 4).unwrap();
    let batch = view.batch(&(0..9).collect::<Vec<_>>()).unwrap();
    let (mean, std) = mean_std(&batch.input.iter().map(|&v| f64::from(v)).collect::<Vec<_>>());
    assert!((input.mean()[0] - mean).abs() < 1e-12 && (input.std()[0] - std).abs() < 1e-12);
    assert_eq!((target.mean().len(), target.kind()), (72, NormaliserKind::Pointwise));
}
