//! Optimiser steps and clipping.

use rayon::ThreadPoolBuilder;
use sobolev_kernels::optim::{AdamW, Decay, Slot, clip_factor, global_norm};
use sobolev_kernels::{Scalar, rng};

const ADAM: AdamW =
    AdamW { lr: 3e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.02, decay: Decay::Decoupled };

fn draw(len: usize, stream: u64) -> Vec<f64> {
    rng::normals(&mut rng::stream(3, stream), len)
}

fn narrow<T: Scalar>(x: &[f64]) -> Vec<T> {
    x.iter().map(|&v| T::of(v)).collect()
}

/// Algorithm 2 of the paper, written out for one entry, with powers by repeated products.
fn reference(adam: &AdamW, p0: f64, gradients: &[f64], scale: f64) -> f64 {
    let (mut p, mut m, mut v, mut b1, mut b2) = (p0, 0.0, 0.0, 1.0, 1.0);
    for &g in gradients {
        let mut g = g * scale;
        match adam.decay {
            Decay::Coupled => g += adam.weight_decay * p,
            Decay::Decoupled => p -= adam.lr * adam.weight_decay * p,
        }
        m = adam.beta1 * m + (1.0 - adam.beta1) * g;
        v = adam.beta2 * v + (1.0 - adam.beta2) * g * g;
        b1 *= adam.beta1;
        b2 *= adam.beta2;
        p -= adam.lr * (m / (1.0 - b1)) / ((v / (1.0 - b2)).sqrt() + adam.eps);
    }
    p
}

fn run<T: Scalar>(adam: &AdamW, p0: &[f64], gradients: &[Vec<f64>], scale: f64) -> Vec<T> {
    let n = p0.len();
    let (mut p, mut m, mut v) = (narrow::<T>(p0), vec![T::zero(); n], vec![T::zero(); n]);
    for (t, g) in gradients.iter().enumerate() {
        let g = narrow::<T>(g);
        adam.step(t as u64 + 1, scale, Slot { p: &mut p, g: &g, m: &mut m, v: &mut v });
    }
    p
}

#[test]
fn five_steps_follow_the_paper() {
    // More than one chunk, and a tail that fills no register.
    let n = (1 << 14) + 13;
    let p0 = draw(n, 0);
    let gradients: Vec<Vec<f64>> = (1..6).map(|s| draw(n, s)).collect();
    for adam in [ADAM, AdamW { decay: Decay::Coupled, ..ADAM }] {
        let (double, single) =
            (run::<f64>(&adam, &p0, &gradients, 0.7), run::<f32>(&adam, &p0, &gradients, 0.7));
        for i in 0..n {
            let own: Vec<f64> = gradients.iter().map(|g| g[i]).collect();
            let expected = reference(&adam, p0[i], &own, 0.7);
            assert!(
                (double[i] - expected).abs() < 1e-14 * p0[i].abs().max(1.0),
                "{i}: {} {expected}",
                double[i]
            );
            // The parameter rounds at each of five steps, the update to a few units in the last place.
            let bound = f64::from(f32::EPSILON) * (4.0 * p0[i].abs() + 1.0);
            assert!((f64::from(single[i]) - expected).abs() < bound, "{i}: {} {expected}", single[i]);
        }
    }
}

/// With a zero gradient nothing but the decay acts, and only if it is decoupled from the normalised step.
#[test]
fn decoupled_decay_is_a_plain_contraction() {
    let p = run::<f64>(&ADAM, &[2.0], &[vec![0.0], vec![0.0]], 1.0)[0];
    assert!((p - 2.0 * (1.0 - 3e-3 * 0.02_f64).powi(2)).abs() < 1e-15);
    // Coupled, the first step has length lr whatever the size of the decay.
    let p = run::<f64>(&AdamW { decay: Decay::Coupled, ..ADAM }, &[2.0], &[vec![0.0]], 1.0)[0];
    assert!((p - (2.0 - 3e-3)).abs() < 1e-8);
}

#[test]
fn many_parameters_are_stepped_as_one_by_one() {
    let sizes = [1, 7, 20_000, 64];
    let start: Vec<Vec<f64>> = sizes.iter().enumerate().map(|(k, &n)| draw(n, k as u64)).collect();
    let gradients: Vec<Vec<f64>> = sizes.iter().enumerate().map(|(k, &n)| draw(n, 10 + k as u64)).collect();
    let mut together = start.clone();
    let zeros: Vec<Vec<f64>> = sizes.iter().map(|&n| vec![0.0; n]).collect();
    let (mut m, mut v) = (zeros.clone(), zeros);
    let slots = together.iter_mut().zip(&gradients).zip(m.iter_mut().zip(&mut v));
    ADAM.step_all(1, 1.0, slots.map(|((p, g), (m, v))| Slot { p, g, m, v }).collect());
    for (k, p0) in start.iter().enumerate() {
        assert_eq!(together[k], run::<f64>(&ADAM, p0, &gradients[k..=k], 1.0));
    }
}

/// A quadratic with condition number 100 is minimised.
#[test]
fn adam_converges_on_a_quadratic() {
    let adam = AdamW { lr: 0.02, weight_decay: 0.0, ..ADAM };
    let (mut p, mut m, mut v) = (vec![1.0_f64, -2.0], vec![0.0; 2], vec![0.0; 2]);
    for t in 1..=2000 {
        let lr = 0.02 * (1.0 - t as f64 / 2001.0);
        let g = [p[0] - 0.3, 100.0 * (p[1] - 0.1)];
        AdamW { lr, ..adam }.step(t, 1.0, Slot { p: &mut p, g: &g, m: &mut m, v: &mut v });
    }
    assert!((p[0] - 0.3).abs() < 1e-6 && (p[1] - 0.1).abs() < 1e-6, "{p:?}");
}

#[test]
#[should_panic(expected = "steps count from 1")]
fn step_zero_is_refused() {
    run::<f32>(&ADAM, &[], &[], 1.0);
    ADAM.step::<f32>(0, 1.0, Slot { p: &mut [], g: &[], m: &mut [], v: &mut [] });
}

#[test]
fn the_global_norm_is_that_of_the_concatenation() {
    let parts: Vec<Vec<f64>> =
        [1, 40_000, 0, 333].iter().enumerate().map(|(k, &n)| draw(n, k as u64)).collect();
    let views: Vec<&[f64]> = parts.iter().map(Vec::as_slice).collect();
    let naive = parts.iter().flatten().map(|v| v * v).sum::<f64>().sqrt();
    assert!((global_norm(&views) / naive - 1.0).abs() < 1e-13);
    // Single precision data, summed in double: the rounding of the data is all that is left.
    let single: Vec<Vec<f32>> = parts.iter().map(|p| narrow(p)).collect();
    let exact = single.iter().flatten().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    let views: Vec<&[f32]> = single.iter().map(Vec::as_slice).collect();
    assert!((global_norm(&views) / exact - 1.0).abs() < 1e-13);
    assert_eq!(global_norm::<f32>(&[]), 0.0);
    let on = |threads: usize| {
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| global_norm(&views))
    };
    assert_eq!(on(1).to_bits(), on(3).to_bits());
}

#[test]
fn clipping_scales_only_what_is_too_long() {
    assert_eq!(clip_factor(0.5, 1.0), 1.0);
    assert_eq!(clip_factor(0.0, 1.0), 1.0);
    assert_eq!(clip_factor(4.0, 1.0), 0.25);
    assert!(clip_factor(f64::INFINITY, 1.0).is_nan() && clip_factor(f64::NAN, 1.0).is_nan());
}
