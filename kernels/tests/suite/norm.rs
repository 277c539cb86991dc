//! Group norm.

use rayon::ThreadPoolBuilder;
use sobolev_kernels::norm::{GroupNorm, NormStats};
use sobolev_kernels::testing::{assert_close, assert_gradient};
use sobolev_kernels::{Scalar, rng};

const EPS: f64 = 1e-5;

fn draw(len: usize, stream: u64) -> Vec<f64> {
    rng::normals(&mut rng::stream(5, stream), len)
}

fn narrow<T: Scalar>(x: &[f64]) -> Vec<T> {
    x.iter().map(|&v| T::of(v)).collect()
}

fn widen<T: Scalar>(x: &[T]) -> Vec<f64> {
    x.iter().map(|v| v.as_f64()).collect()
}

/// The definition.
fn naive(
    x: &[f64],
    w: &[f64],
    b: &[f64],
    (batch, channels, points, groups): (usize, usize, usize, usize),
) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    let per = channels / groups;
    for s in 0..batch {
        for g in 0..groups {
            let entries: Vec<usize> = (g * per..(g + 1) * per)
                .flat_map(|c| (0..points).map(move |n| (s * channels + c) * points + n))
                .collect();
            let n = entries.len() as f64;
            let mean = entries.iter().map(|&i| x[i]).sum::<f64>() / n;
            let variance = entries.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / n;
            for i in entries {
                let c = i / points % channels;
                y[i] = w[c] * (x[i] - mean) / (variance + EPS).sqrt() + b[c];
            }
        }
    }
    y
}

/// Shapes with one, some and all groups, with tails, and with more points than a task takes.
const SHAPES: [(usize, usize, usize, usize); 5] =
    [(2, 4, 17, 1), (3, 6, 10, 2), (2, 5, 33, 5), (1, 2, 40_001, 1), (1, 1, 1, 1)];

fn check_forward<T: Scalar>(tolerance: f64) {
    for shape in SHAPES {
        let (batch, channels, points, groups) = shape;
        let x: Vec<f64> = draw(batch * channels * points, 1).iter().map(|v| 3.0 + 2.0 * v).collect();
        let (w, b) = (draw(channels, 2), draw(channels, 3));
        let norm = GroupNorm::new(batch, channels, points, groups);
        let narrowed: [Vec<T>; 3] = [narrow(&x), narrow(&w), narrow(&b)];
        let (y, stats) = norm.forward(&narrowed[0], Some(&narrowed[1]), Some(&narrowed[2]), EPS);
        assert_close(&format!("{shape:?}"), &widen(&y), &naive(&x, &w, &b, shape), tolerance);
        assert_eq!(stats.mean.len(), batch * groups);
        let (plain, _) = norm.forward(&narrowed[0], None, None, EPS);
        let ones = naive(&x, &vec![1.0; channels], &vec![0.0; channels], shape);
        assert!(plain.iter().zip(&ones).all(|(a, b)| (a.as_f64() - b).abs() <= 8.0 * tolerance), "{shape:?}");
    }
}

#[test]
fn forward_is_the_definition() {
    check_forward::<f64>(2e-14);
    // The data round relative to their mean, 1.5 standard deviations.
    check_forward::<f32>(4.0 * f64::from(f32::EPSILON));
}

/// Data that vary by 1 about 10⁸: a one-pass formula on raw squares would lose every digit.
#[test]
fn a_large_offset_costs_only_the_digits_of_the_data() {
    let raw = draw(20_000, 1);
    let x: Vec<f64> = raw.iter().map(|v| 1e8 + v).collect();
    let (y, stats) = GroupNorm::new(1, 1, 20_000, 1).forward(&x, None, None, 0.0);
    let (expected, _) = GroupNorm::new(1, 1, 20_000, 1).forward(&raw, None, None, 0.0);
    // The spacing of doubles at 10⁸ is 1.5e-8.
    assert_close("offset", &y, &expected, 2e-8);
    assert!((stats.rstd[0] - 1.0).abs() < 0.02);
}

/// An outlier in the first place must not spoil the shift.
#[test]
fn a_first_entry_far_off_is_harmless() {
    let mut x = draw(20_000, 1);
    x[0] = 1e7;
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    let (_, stats) = GroupNorm::new(1, 1, x.len(), 1).forward(&x, None, None, 0.0);
    assert!((stats.rstd[0] * variance.sqrt() - 1.0).abs() < 1e-12);
    assert!((stats.mean[0] / mean - 1.0).abs() < 1e-12);
    let x: Vec<f32> = narrow(&x);
    let (_, stats) = GroupNorm::new(1, 1, x.len(), 1).forward(&x, None, None, 0.0);
    assert!((f64::from(stats.rstd[0]) * variance.sqrt() - 1.0).abs() < 1e-6);
}

#[test]
fn constant_fields_normalise_to_the_bias() {
    let (y, _) =
        GroupNorm::new(1, 2, 3, 2).forward(&[7.0_f64; 6], Some(&[2.0, 2.0]), Some(&[0.5, -1.0]), EPS);
    assert_eq!(y, [0.5, 0.5, 0.5, -1.0, -1.0, -1.0]);
}

#[test]
fn gradients_match_differences() {
    for (batch, channels, points, groups) in [(2, 4, 9, 1), (2, 6, 7, 3), (1, 3, 11, 3)] {
        let norm = GroupNorm::new(batch, channels, points, groups);
        let (x, w, b) = (draw(batch * channels * points, 1), draw(channels, 2), draw(channels, 3));
        let weights = draw(x.len(), 4);
        // Not linear in y, so that the gradient depends on every part of the forward pass.
        let value = |y: &[f64]| y.iter().zip(&weights).map(|(y, w)| w * y + 0.1 * y.powi(3)).sum::<f64>();
        let loss = |x: &[f64], w: &[f64], b: &[f64]| value(&norm.forward(x, Some(w), Some(b), EPS).0);
        let (y, stats) = norm.forward(&x, Some(&w), Some(&b), EPS);
        let gy: Vec<f64> = y.iter().zip(&weights).map(|(y, w)| w + 0.3 * y * y).collect();
        let g = norm.backward(&x, Some(&w), &stats, &gy);
        assert_gradient("x", |v| loss(v, &w, &b), &x, &g.x, 1e-6);
        assert_gradient("weight", |v| loss(&x, v, &b), &w, &g.weight, 1e-6);
        assert_gradient("bias", |v| loss(&x, &w, v), &b, &g.bias, 1e-6);
        let plain = norm.forward(&x, None, None, EPS);
        let gy: Vec<f64> = plain.0.iter().zip(&weights).map(|(y, w)| w + 0.3 * y * y).collect();
        let g = norm.backward(&x, None, &plain.1, &gy);
        assert_gradient("x, not affine", |v| value(&norm.forward(v, None, None, EPS).0), &x, &g.x, 1e-6);
    }
}

#[test]
fn single_precision_gradients_follow_double() {
    let norm = GroupNorm::new(2, 4, 20_000, 2);
    let (x, w, gy) = (draw(160_000, 1), draw(4, 2), draw(160_000, 3));
    let (x32, w32, g32): (Vec<f32>, Vec<f32>, Vec<f32>) = (narrow(&x), narrow(&w), narrow(&gy));
    let stats = norm.forward(&x, Some(&w), None, EPS).1;
    let wide = norm.backward(&x, Some(&w), &stats, &gy);
    let single = norm.backward(&x32, Some(&w32), &norm.forward(&x32, Some(&w32), None, EPS).1, &g32);
    let eps = f64::from(f32::EPSILON);
    assert_close("x", &widen(&single.x), &wide.x, 4.0 * eps);
    assert_close("weight", &widen(&single.weight), &wide.weight, 4.0 * eps);
    assert_close("bias", &widen(&single.bias), &wide.bias, 4.0 * eps);
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let norm = GroupNorm::new(2, 3, 50_000, 1);
    let (x, gy): (Vec<f32>, Vec<f32>) = (narrow(&draw(300_000, 1)), narrow(&draw(300_000, 2)));
    let run = |threads: usize| {
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let (y, stats) = norm.forward(&x, None, None, EPS);
            (norm.backward(&x, None, &stats, &gy), y, stats)
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn empty_fields_pass() {
    let norm = GroupNorm::new(0, 4, 5, 2);
    let (y, stats) = norm.forward::<f64>(&[], None, None, EPS);
    assert!(y.is_empty());
    assert_eq!(stats, NormStats { mean: vec![], rstd: vec![] });
    assert_eq!(norm.backward::<f64>(&[], None, &stats, &[]).weight, [0.0; 4]);
}

#[test]
#[should_panic(expected = "do not split")]
fn groups_must_divide_the_channels() {
    let _ = GroupNorm::new(1, 5, 2, 2);
}
