//! `stats.yaml` and the card against direct computation.

use sobolev_datasets::{GenerateConfig, Moments, Split, finalize, statistics};

use crate::problems::{GRID, Moving, STEPS, Steady, make, moving_value, open};

/// Mean, deviation and rms in two passes.
fn direct(values: &[f64]) -> [f64; 3] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let var = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    [mean, var.sqrt(), (values.iter().map(|v| v * v).sum::<f64>() / n).sqrt()]
}

fn close(m: &Moments, values: &[f64]) {
    let want = direct(values);
    let got = [m.mean, m.std(), m.rms()];
    let scale = values.iter().fold(0.0f64, |a, v| a.max(v.abs()));
    let tolerance = values.len() as f64 * f64::EPSILON * scale.max(1e-300);
    assert_eq!(m.count as usize, values.len());
    for (a, b) in got.iter().zip(want) {
        assert!((a - b).abs() <= tolerance, "{got:?} {want:?} {tolerance:e}");
    }
}

#[test]
fn merged_moments_equal_direct_ones_even_far_from_zero() {
    let values: Vec<f64> = (0..1000).map(|i| 1e8 + (f64::from(i) * 0.7).sin()).collect();
    for piece in [1, 7, 100, 1000] {
        let merged =
            values.chunks(piece).fold(Moments::default(), |m, c| m.merge(Moments::of(c.iter().copied())));
        let [mean, std, _] = direct(&values);
        assert!((merged.mean - mean).abs() < 1e-6 && (merged.std() / std - 1.0).abs() < 1e-7, "{piece}");
    }
    let mut pushed = Moments::default();
    values.iter().for_each(|&v| pushed.push(v));
    assert!((pushed.std() / direct(&values)[1] - 1.0).abs() < 1e-6);
    assert_eq!(Moments::default().merge(pushed), pushed);
    assert_eq!(pushed.merge(Moments::default()), pushed);
}

#[test]
fn statistics_equal_direct_computation() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(dir.path(), "set", [5, 2, 0], 0);
    config.shard_size = Some(2);
    make(&Moving, &config).unwrap();
    let stats = statistics(&open(dir.path(), Split::Train)).unwrap();
    let order: Vec<_> =
        stats.iter().map(|s| (s.name.as_str(), s.rank, s.values.len(), s.deltas.len())).collect();
    assert_eq!(order, [("density", 0, 1, 1), ("mask", 0, 1, 0), ("velocity", 1, 2, 2), ("stress", 2, 4, 4)]);
    let points = GRID[0] * GRID[1];
    for stat in &stats {
        let field = ["density", "velocity", "stress", "mask"].iter().position(|n| *n == stat.name).unwrap();
        for c in 0..stat.values.len() {
            let (mut values, mut deltas) = (vec![], vec![]);
            for index in 0..5 {
                for t in 0..if field == 3 { 1 } else { STEPS } {
                    for p in 0..points {
                        values.push(moving_value(field, index, t, p, c));
                        if t > 0 {
                            deltas.push(
                                moving_value(field, index, t, p, c) - moving_value(field, index, t - 1, p, c),
                            );
                        }
                    }
                }
            }
            close(&stat.values[c], &values);
            if field != 3 {
                close(&stat.deltas[c], &deltas);
            }
        }
    }
}

#[test]
fn yaml_files_hold_them() {
    let dir = tempfile::tempdir().unwrap();
    make(&Moving, &GenerateConfig::new(dir.path(), "set", [3, 0, 0], 0)).unwrap();
    let text = std::fs::read_to_string(dir.path().join("stats.yaml")).unwrap();
    let stats = finalize(dir.path()).unwrap();
    let keys: Vec<&str> = text.lines().filter(|l| !l.starts_with(' ')).collect();
    assert_eq!(keys, ["mean:", "std:", "rms:", "mean_delta:", "std_delta:", "rms_delta:"]);
    assert_eq!(text.matches("\"mask\"").count(), 3, "a constant field has no *_delta");
    let line = text.lines().find(|l| l.contains("velocity")).unwrap();
    let numbers: Vec<f64> = line
        .split_once(": [")
        .unwrap()
        .1
        .trim_end_matches(']')
        .split(", ")
        .map(|v| v.parse().unwrap())
        .collect();
    assert_eq!(numbers, [stats[2].values[0].mean, stats[2].values[1].mean]);
    assert!(text.lines().any(|l| l.contains("stress") && l.contains("[[") && l.contains("], [")));

    let steady = tempfile::tempdir().unwrap();
    make(&Steady::new(5), &GenerateConfig::new(steady.path(), "set", [3, 0, 1], 0)).unwrap();
    let text = std::fs::read_to_string(steady.path().join("stats.yaml")).unwrap();
    let deltas = text.split_once("mean_delta:").unwrap().1;
    assert_eq!(deltas.matches("\"solution\": 0.0e+0").count(), 3, "readers ask for an entry:\n{text}");
    assert_eq!(deltas.matches("coefficient").count(), 0);
    let card = std::fs::read_to_string(steady.path().join("set.yaml")).unwrap();
    assert!(card.contains("description: \"a \\\"steady\\\" test: formula\""), "{card}");
    assert!(
        card.contains("n_trajectories: {\"test\":1,\"train\":3}")
            && card.contains("spatial_resolution: [5,6]")
    );
}
