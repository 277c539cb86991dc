//! Losses against formulas.

use std::f64::consts::TAU;

use sobolev_kernels::testing::GradCheck;
use sobolev_operators::Loss;
use sobolev_operators::loss::{Edges, differences};
use sobolev_operators::metrics::{h1_norm, l2_norm};

use super::support::{difference, plain, random, tensor, values};

#[test]
fn relative_l2_is_per_sample() {
    let truth = tensor(vec![3.0, 4.0, 0.0, 2.0], [2, 1, 2], &plain());
    let guess = tensor(vec![3.0, 5.0, 1.0, 2.0], [2, 1, 2], &plain());
    let each = values(Loss::RelativeL2.per_sample(guess.clone(), truth.clone(), &[2]));
    assert!((each[0] - 0.2).abs() < 1e-8 && (each[1] - 0.5).abs() < 1e-8, "{each:?}");
    let mean = values(Loss::RelativeL2.forward(guess, truth, &[2]))[0];
    assert!((mean - 0.35).abs() < 1e-8);
}

/// On cos(2πkx) the central difference is -2πk sinc(2πk/n) sin(2πkx).
#[test]
fn periodic_quotients_are_exact_on_modes() {
    let (n, k) = (24, 3.0);
    let f =
        |g: &dyn Fn(f64) -> f64| (0..n).map(|i| g(TAU * k * f64::from(i) / f64::from(n))).collect::<Vec<_>>();
    let x = tensor(f(&f64::cos), [1, 1, 24], &plain());
    let d = values(differences(x, &[24], 0, 1.0 / 24.0, Edges::Periodic));
    let step = TAU * k / f64::from(n);
    for (d, s) in d.iter().zip(f(&f64::sin)) {
        assert!((d + 24.0 * step.sin() * s).abs() < 1e-11);
    }
}

/// One-sided quotients of third order differentiate cubics exactly at the edges, central ones quadratics inside.
#[test]
fn one_sided_quotients_have_their_order() {
    for n in [4, 5, 9] {
        let h = 1.0 / n as f64;
        let at = |i: usize| i as f64 * h;
        let cubic: Vec<f64> = (0..n).map(|i| at(i).powi(3) - 2.0 * at(i)).collect();
        let d = values(differences(tensor(cubic, [1, 1, n], &plain()), &[n], 0, h, Edges::OneSided));
        for i in [0, n - 1] {
            assert!((d[i] - (3.0 * at(i).powi(2) - 2.0)).abs() < 1e-12, "n = {n}, point {i}");
        }
        for i in 1..n - 1 {
            assert!((d[i] - (3.0 * at(i).powi(2) - 2.0 + h * h)).abs() < 1e-12, "n = {n}, point {i}");
        }
    }
    let three =
        values(differences(tensor(vec![0.0, 1.0, 4.0], [1, 1, 3], &plain()), &[3], 0, 1.0, Edges::OneSided));
    assert_eq!(three, [0.0, 2.0, 4.0]);
    let two = values(differences(tensor(vec![1.0, 4.0], [1, 1, 2], &plain()), &[2], 0, 1.0, Edges::OneSided));
    assert_eq!(two, [3.0, 3.0]);
    let one = values(differences(tensor(vec![1.0], [1, 1, 1], &plain()), &[1], 0, 1.0, Edges::OneSided));
    assert_eq!(one, [0.0]);
}

#[test]
fn axes_of_a_box_are_differenced_alike() {
    let (a, b) = (random(1, [2, 3, 4 * 5]), [4, 5]);
    let flipped = a.clone().reshape([2, 3, 4, 5]).swap_dims(2, 3).reshape([2, 3, 20]);
    for edges in [Edges::Periodic, Edges::OneSided] {
        let direct = differences(a.clone(), &b, 0, 0.1, edges);
        let other = differences(flipped.clone(), &[5, 4], 1, 0.1, edges);
        let back = other.reshape([2, 3, 5, 4]).swap_dims(2, 3).reshape([2, 3, 20]);
        assert!(difference(direct, back) < 1e-15);
    }
}

#[test]
fn h1_loss_is_the_quotient_of_the_plain_norms() {
    for size in [vec![7], vec![4, 6], vec![3, 4, 5], vec![2, 1, 6]] {
        let points: usize = size.iter().product();
        let (u, v) = (random(3, [1, 2, points]), random(4, [1, 2, points]));
        let e = values(u.clone() - v.clone());
        for edges in [Edges::Periodic, Edges::OneSided] {
            let loss = values(Loss::RelativeH1(edges).forward(u.clone(), v.clone(), &size))[0];
            let expected = h1_norm(&e, &size, edges) / h1_norm(&values(v.clone()), &size, edges);
            assert!((loss - expected).abs() < 1e-8 * expected, "{size:?} {edges:?}");
        }
        let loss = values(Loss::RelativeL2.forward(u.clone(), v.clone(), &size))[0];
        assert!((loss - l2_norm(&e) / l2_norm(&values(v.clone()))).abs() < 1e-7);
    }
}

#[test]
fn a_perfect_or_empty_field_has_finite_gradients() {
    let device = plain().autodiff();
    for truth in [vec![1.0, -2.0, 0.5, 3.0], vec![0.0; 4]] {
        let x = tensor(truth.clone(), [1, 1, 4], &device).require_grad();
        let y = tensor(truth, [1, 1, 4], &device);
        for loss in [
            Loss::RelativeL2,
            Loss::RelativeH1(Edges::Periodic),
            Loss::RelativeH1(Edges::OneSided),
            Loss::RelativeSpectralH1(20),
            Loss::AbsoluteH1,
        ] {
            let value = loss.forward(x.clone(), y.clone(), &[4]);
            let grads = value.backward();
            assert_eq!(values(x.grad(&grads).unwrap()), [0.0; 4]);
        }
    }
}

/// A single wave of error with the wavenumber k has the square 1 + k² below the cutoff, on even and odd axes, the highest wavenumber too.
#[test]
fn spectral_h1_weighs_waves() {
    for (size, k) in [
        (vec![12], vec![5]),
        (vec![12], vec![6]),
        (vec![13], vec![6]),
        (vec![9, 8], vec![3, 4]),
        (vec![6, 8, 5], vec![2, 3, 1]),
    ] {
        let points: usize = size.iter().product();
        let wave = |p: usize| {
            let (mut angle, mut rest) = (0.0, p);
            for axis in (0..size.len()).rev() {
                angle += TAU * f64::from(k[axis]) * (rest % size[axis]) as f64 / size[axis] as f64;
                rest /= size[axis];
            }
            angle.cos()
        };
        let error = tensor((0..points).map(wave).collect(), [1, 1, points], &plain());
        let truth = tensor(vec![1.0; points], [1, 1, points], &plain());
        let mean_square = values(error.clone().square().mean())[0];
        for cutoff in [1, 4, 20] {
            let slopes: i32 = k.iter().filter(|&&k| k < cutoff).map(|k| k * k).sum();
            let loss = Loss::RelativeSpectralH1(cutoff as usize);
            let found = values(loss.forward(truth.clone() + error.clone(), truth.clone(), &size))[0];
            let expected = (mean_square * f64::from(1 + slopes)).sqrt();
            assert!(
                (found - expected).abs() < 1e-7 * expected,
                "{size:?} {k:?} {cutoff}: {found} {expected}"
            );
        }
    }
}

#[test]
fn gradients_of_losses() {
    for (loss, size) in [
        (Loss::RelativeSpectralH1(3), vec![7, 6]),
        (Loss::RelativeSpectralH1(20), vec![4, 3, 5]),
        (Loss::AbsoluteH1, vec![5, 4]),
        (Loss::AbsoluteH1, vec![2, 6]),
    ] {
        let points = size.iter().product();
        let (x, y) = (values(random::<1>(1, [2 * points])), random(2, [2, 1, points]));
        let at = |x: &[f64]| {
            values(loss.forward(tensor(x.to_vec(), [2, 1, points], &plain()), y.clone(), &size))[0]
        };
        let device = plain().autodiff();
        let tracked = tensor(x.clone(), [2, 1, points], &device).require_grad();
        let truth = tensor(values(y.clone()), [2, 1, points], &device);
        let grads = loss.forward(tracked.clone(), truth, &size).backward();
        let gradient = values(tracked.grad(&grads).unwrap());
        GradCheck::default().assert(&format!("{loss:?}"), at, &x, &gradient, 1e-6);
    }
}
