//! Cycles that start as multigrid for −Δ.

use burn::tensor::Tensor;
use sobolev_operators::Operator;
use sobolev_operators::mgno::{Boundary, Geometric, MgConvConfig, Smoother, Smoothers, Start};

use super::super::support::{difference, plain, random, tensor, to_f64, values};
use super::mixed;

/// The stencil 2d and −1 of −Δ, point by point.
fn laplace(u: &[f64], size: &[usize], boundary: &[Boundary]) -> Vec<f64> {
    let mut y = vec![0.0; u.len()];
    for axis in 0..size.len() {
        let inner: usize = size[axis + 1..].iter().product();
        for (p, y) in y.iter_mut().enumerate() {
            let i = p / inner % size[axis];
            let first = p - i * inner;
            let at = |i: isize| boundary[axis].point(i, size[axis]).map_or(0.0, |j| u[first + j * inner]);
            let i = i as isize;
            *y += 2.0 * u[p] - at(i - 1) - at(i + 1);
        }
    }
    y
}

/// The mean factor per cycle of the error of `u ← u + W (f − A u)`, cycles 4 to 14; without constants where nothing else is fixed.
fn contraction(config: &MgConvConfig, size: &[usize], boundary: &[Boundary]) -> f64 {
    let points: usize = size.iter().product();
    let cycle = to_f64(&config.init(1, 1, 0, &plain()).unwrap());
    let free = !boundary.contains(&Boundary::Zero);
    let mut error = values(random::<1>(9, [points]));
    let norm = |e: &[f64]| {
        let mean = if free { e.iter().sum::<f64>() / points as f64 } else { 0.0 };
        e.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>().sqrt()
    };
    let mut early = 0.0;
    for step in 0..14 {
        if step == 4 {
            early = norm(&error);
        }
        let residual = laplace(&error, size, boundary);
        let correction = values(cycle.forward_flat(tensor(residual, [1, 1, points], &plain()), size));
        error.iter_mut().zip(correction).for_each(|(e, c)| *e -= c);
    }
    (norm(&error) / early).powf(0.1)
}

fn with(boundary: &[Boundary], levels: usize, smoother: Smoother) -> MgConvConfig {
    let start = Start::Geometric(Geometric { smoother, noise: 0.0 });
    MgConvConfig { start, ..MgConvConfig::geometric(boundary.len(), levels, &mixed(boundary)) }
}

const Z: Boundary = Boundary::Zero;
const R: Boundary = Boundary::Reflect;
const C: Boundary = Boundary::Circular;

/// On sizes whose coarse grids have the same ends, a V(1, 1)-cycle leaves at most a fifth of the error, whatever the size.
#[test]
fn errors_are_contracted() {
    let cases: [(&[Boundary], usize, &[usize]); 13] = [
        (&[Z], 5, &[31]),
        (&[Z], 7, &[127]),
        (&[R], 5, &[33]),
        (&[C], 5, &[32]),
        (&[Z, Z], 4, &[15, 15]),
        (&[Z, Z], 6, &[63, 63]),
        (&[Z, Z], 4, &[31, 23]),
        (&[R, R], 5, &[33, 49]),
        (&[C, C], 5, &[32, 48]),
        (&[Z, C], 5, &[31, 32]),
        (&[Z, Z, Z], 4, &[15, 15, 15]),
        (&[C, C, C], 4, &[16, 16, 8]),
        (&[R, C, Z], 3, &[9, 12, 11]),
    ];
    for (boundary, levels, size) in cases {
        let factor = contraction(&with(boundary, levels, Smoother::Chebyshev), size, boundary);
        assert!(factor < 0.2, "{boundary:?} {size:?}: {factor}");
    }
}

/// Damped Jacobi has the smoothing factors 1/3, 3/5, 5/7: two steps of it give their squares at best.
#[test]
fn jacobi_is_slower() {
    for (boundary, levels, size, bound) in
        [(&[Z][..], 5, &[31][..], 0.25), (&[Z, Z], 5, &[31, 31], 0.4), (&[C, C, C], 4, &[16, 16, 16], 0.56)]
    {
        let jacobi = contraction(&with(boundary, levels, Smoother::Jacobi), size, boundary);
        let chebyshev = contraction(&with(boundary, levels, Smoother::Chebyshev), size, boundary);
        assert!(chebyshev < jacobi && jacobi < bound, "{size:?}: {chebyshev} {jacobi}");
    }
}

/// On other sizes it converges still.
#[test]
fn other_sizes_converge() {
    let cases: [(&[Boundary], usize, &[usize], f64); 5] = [
        (&[Z], 5, &[32], 0.55),
        (&[Z, Z], 4, &[30, 27], 0.7),
        (&[Z, Z], 4, &[32, 32], 0.6),
        (&[R, R], 4, &[32, 32], 0.93),
        (&[C, C], 4, &[31, 32], 0.3),
    ];
    for (boundary, levels, size, bound) in cases {
        let factor = contraction(&with(boundary, levels, Smoother::Chebyshev), size, boundary);
        assert!(factor < bound, "{boundary:?} {size:?}: {factor}");
    }
}

fn run(config: &MgConvConfig, channels: [usize; 2], f: Tensor<3>, size: &[usize]) -> Tensor<3> {
    to_f64(&config.init(channels[0], channels[1], 3, &plain()).unwrap()).forward_flat(f, size)
}

/// All steps start with the same kernels, so that it does not matter which of them are shared.
#[test]
fn sharing_does_not_matter_at_the_start() {
    let f = random::<3>(1, [2, 1, 15 * 16]);
    let base = with(&[Z, C], 3, Smoother::Chebyshev);
    let own = run(&base, [1, 1], f.clone(), &[15, 16]);
    for smoothers in [Smoothers::SharedOperator, Smoothers::Shared] {
        let shared = run(&MgConvConfig { smoothers, ..base.clone() }, [1, 1], f.clone(), &[15, 16]);
        assert!(difference(shared, own.clone()) < 1e-13, "{smoothers:?}");
    }
}

/// Channels are cycles side by side; more channels than there are fields are copies, fewer are means.
#[test]
fn channels_are_cycles_side_by_side() {
    let (size, points) = ([15, 15], 225);
    let mut config = with(&[Z, Z], 3, Smoother::Chebyshev);
    config.levels[1].width = 2;
    config.levels[2].width = 3;
    let f = random::<3>(1, [2, 2, points]);
    let each = run(&config, [1, 1], f.clone().reshape([4, 1, points]), &size);
    let both = run(&config, [2, 2], f.clone(), &size);
    assert!(difference(both.reshape([4, 1, points]), each.clone()) < 1e-13);
    let copies = run(&config, [1, 4], f.clone().reshape([4, 1, points]), &size);
    assert!(difference(copies, each.clone().repeat_dim(1, 4)) < 1e-13);
    let mean = run(&config, [2, 1], f, &size);
    assert!(difference(mean, each.reshape([2, 2, points]).mean_dim(1)) < 1e-13);
}

/// Noise is drawn within its bounds, and differs from seed to seed.
#[test]
fn noise_is_added() {
    let noisy = |noise, seed| {
        let start = Start::Geometric(Geometric { noise, ..Geometric::default() });
        let config = MgConvConfig { start, ..with(&[Z, Z], 3, Smoother::Chebyshev) };
        super::super::support::flatten(&config.init(2, 2, seed, &plain()).unwrap())
    };
    let (exact, a, b) = (noisy(0.0, 1), noisy(0.5, 1), noisy(0.5, 2));
    assert_eq!(exact, noisy(0.0, 2));
    assert_ne!(a, b);
    // 9 or 16 taps, two channels.
    let bound = 0.5 / 18.0_f64.sqrt();
    let largest = exact.iter().zip(&a).fold(0.0, |m: f64, (e, a)| m.max((e - a).abs()));
    assert!(largest < bound + 1e-6 && largest > 0.9 * bound, "{largest} {bound}");
}
