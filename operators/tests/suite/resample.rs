//! Fields on another grid.

use std::f64::consts::TAU;

use sobolev_kernels::testing::GradCheck;
use sobolev_operators::layers::{Resample, resample};

use super::support::{difference, plain, random, tensor, values};

fn line(n: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..n).map(|i| f(i as f64 / n as f64)).collect()
}

#[test]
fn resolved_modes_are_exact_on_every_pair_of_sizes() {
    let mode = |x: f64, y: f64| (TAU * (3.0 * x - 2.0 * y) + 0.4).cos() + 0.5;
    let field = |[a, b]: [usize; 2]| {
        let at = |p: usize| mode((p / b) as f64 / a as f64, (p % b) as f64 / b as f64);
        tensor((0..a * b).map(at).collect(), [1, 1, a * b], &plain())
    };
    let sizes = [[8, 8], [7, 5], [16, 12], [15, 9], [64, 63]];
    for from in sizes {
        for to in sizes {
            let y = resample(field(from), &from, &to, Resample::Spectral);
            let error = difference(y, field(to));
            assert!(error < 1e-13, "{from:?} -> {to:?}: {error:e}");
        }
    }
}

/// What the coarse grid cannot hold is left out, not folded onto other wavenumbers.
#[test]
fn nothing_aliases() {
    let x = tensor(line(32, |x| (TAU * 9.0 * x).cos()), [1, 1, 32], &plain());
    let y = values(resample(x.clone(), &[32], &[12], Resample::Spectral));
    assert!(y.iter().all(|v| v.abs() < 1e-14));
    // The triangle of the linear way damps: point values of the mode would have amplitude 1 on the coarse grid.
    let y = values(resample(x, &[32], &[8], Resample::Linear));
    assert!(y[1..7].iter().all(|v| v.abs() < 0.2), "{y:?}");
}

#[test]
fn the_linear_way_is_exact_for_linear_functions_and_does_not_wrap() {
    let ramp = |n: usize| tensor(line(n, |x| 2.0 * x - 1.0), [1, 1, n], &plain());
    let finer = values(resample(ramp(10), &[10], &[25], Resample::Linear));
    for (j, v) in finer.iter().enumerate() {
        // Behind the last point its value goes on.
        let expected = 2.0 * (j as f64 / 25.0).min(0.9) - 1.0;
        assert!((v - expected).abs() < 1e-14, "point {j}: {v} for {expected}");
    }
    let coarser = values(resample(ramp(24), &[24], &[8], Resample::Linear));
    for (j, v) in coarser.iter().enumerate().skip(1).take(6) {
        assert!((v - (2.0 * j as f64 / 8.0 - 1.0)).abs() < 1e-14, "point {j}: {v}");
    }
    for how in [Resample::Spectral, Resample::Linear] {
        let ones = tensor(vec![1.5; 30], [1, 1, 30], &plain());
        let y = values(resample(ones, &[5, 6], &[8, 3], how));
        assert!(y.len() == 24 && y.iter().all(|v| (v - 1.5).abs() < 1e-13), "{how:?}: {y:?}");
    }
}

/// Second order on smooth fields.
#[test]
fn the_linear_way_converges() {
    let f = |x: f64| (2.0 * x + 0.3).sin();
    let error = |n: usize| {
        let x = tensor(line(n, f), [1, 1, n], &plain());
        let y = values(resample(x, &[n], &[2 * n + 1], Resample::Linear));
        let inside = y.iter().enumerate().filter(|(j, _)| *j < 2 * n - 2);
        inside.map(|(j, v)| (v - f(j as f64 / (2 * n + 1) as f64)).abs()).fold(0.0, f64::max)
    };
    let errors: Vec<f64> = [16, 32, 64, 128].map(error).to_vec();
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((order - 2.0).abs() < 0.15, "{errors:?}");
    }
}

#[test]
fn gradients_are_those_of_differences() {
    for how in [Resample::Spectral, Resample::Linear] {
        for (from, to) in [(vec![6, 5], vec![3, 9]), (vec![4, 3, 5], vec![6, 3, 2]), (vec![7], vec![10])] {
            let (n, m): (usize, usize) = (from.iter().product(), to.iter().product());
            let weights = random(4, [1, 2, m]);
            let run = |x: &[f64]| {
                let y = resample(tensor(x.to_vec(), [1, 2, n], &plain()), &from, &to, how);
                values((y * weights.clone()).sum())[0]
            };
            let x = values(random(1, [1, 2, n]));
            let device = plain().autodiff();
            let tracked = tensor(x.clone(), [1, 2, n], &device).require_grad();
            let on_device = tensor(values(weights.clone()), [1, 2, m], &device);
            let grads = (resample(tracked.clone(), &from, &to, how) * on_device).sum().backward();
            let gradient = values(tracked.grad(&grads).unwrap());
            GradCheck::default().assert(&format!("{how:?} {from:?}"), run, &x, &gradient, 1e-9);
        }
    }
}
