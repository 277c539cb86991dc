//! Gaussian random fields against their exact series.

use sobolev_solvers::grf::{Boundary, GaussianRandomField, GrfConfig, Mean};
use sobolev_solvers::{Error, Grid};

const BOUNDARIES: [Boundary; 3] = [Boundary::Neumann, Boundary::Dirichlet, Boundary::Periodic];
const GRIDS: [Grid; 2] = [Grid::Cells, Grid::Nodes];

fn config(size: &[usize], boundary: Boundary, grid: Grid) -> GrfConfig {
    GrfConfig { size: size.to_vec(), grid, boundary, alpha: 2.0, tau: 3.0, sigma: 1.5, mean: Mean::Random }
}

fn field(size: &[usize], boundary: Boundary, grid: Grid) -> GaussianRandomField {
    GaussianRandomField::new(config(size, boundary, grid)).unwrap()
}

/// Eigenfunction `m` of an axis, written out independently of the library.
fn eigenfunction(boundary: Boundary, m: usize, x: f64) -> f64 {
    let root = 2.0_f64.sqrt();
    let angle = std::f64::consts::PI * x;
    match boundary {
        Boundary::Neumann if m == 0 => 1.0,
        Boundary::Neumann => root * (m as f64 * angle).cos(),
        Boundary::Dirichlet => root * ((m + 1) as f64 * angle).sin(),
        Boundary::Periodic if m == 0 => 1.0,
        Boundary::Periodic if m % 2 == 1 => root * ((m + 1) as f64 * angle).cos(),
        Boundary::Periodic => root * (m as f64 * angle).sin(),
    }
}

fn coordinate(boundary: Boundary, grid: Grid, n: usize, i: usize) -> f64 {
    match (grid, boundary) {
        (Grid::Cells, _) => (i as f64 + 0.5) / n as f64,
        (Grid::Nodes, Boundary::Periodic) => i as f64 / n as f64,
        (Grid::Nodes, _) => i as f64 / (n - 1) as f64,
    }
}

/// Fast synthesis equals the sum of eigenfunctions, in 1-3 D, for even, odd and prime sizes.
#[test]
fn synthesis_equals_the_series() {
    for size in [&[3][..], &[16], &[17], &[5, 6], &[11, 3], &[4, 3, 5], &[3, 7, 4]] {
        for boundary in BOUNDARIES {
            for grid in GRIDS {
                let field = field(size, boundary, grid);
                let (sample, coefficients) = (field.sample(3, 9), field.coefficients(3, 9));
                let split = |mut k: usize| {
                    let mut index = vec![0; size.len()];
                    for (i, n) in index.iter_mut().zip(size).rev() {
                        *i = k % n;
                        k /= n;
                    }
                    index
                };
                for (point, &value) in sample.iter().enumerate() {
                    let x = split(point);
                    let mut sum = 0.0;
                    for (mode, &c) in coefficients.iter().enumerate().filter(|(_, c)| **c != 0.0) {
                        let term = split(mode).iter().zip(&x).zip(size).fold(c, |term, ((&m, &i), &n)| {
                            term * eigenfunction(boundary, m, coordinate(boundary, grid, n, i))
                        });
                        sum += term;
                    }
                    assert!((sum - value).abs() < 1e-12, "{size:?} {boundary:?} {grid:?}: {sum} {value}");
                }
            }
        }
    }
}

/// Standard deviations of the coefficients are σ(λ + τ²)^(−α/2): a chi-squared bound over many samples.
#[test]
fn spectrum_has_the_right_variances() {
    let samples = 4000_u64;
    for boundary in BOUNDARIES {
        let n = 7;
        let field = field(&[n, n], boundary, Grid::Cells);
        let mut squares = vec![0.0; n * n];
        for index in 0..samples {
            for (square, c) in squares.iter_mut().zip(field.coefficients(11, index)) {
                *square += c * c / samples as f64;
            }
        }
        for (mode, square) in squares.iter().enumerate() {
            let unit = std::f64::consts::PI * if boundary == Boundary::Periodic { 2.0 } else { 1.0 };
            let wavenumber = |m: usize| match boundary {
                Boundary::Neumann => m as f64,
                Boundary::Dirichlet => (m + 1) as f64,
                Boundary::Periodic => m.div_ceil(2) as f64,
            };
            let lambda = unit * unit * (wavenumber(mode / n).powi(2) + wavenumber(mode % n).powi(2));
            let expected = 2.25 / (lambda + 9.0).powi(2);
            // The relative deviation of a sample variance is sqrt(2/N); 147 modes, so five of them.
            let bound = 5.0 * (2.0 / samples as f64).sqrt();
            assert!((square / expected - 1.0).abs() < bound, "{boundary:?} mode {mode}: {square} {expected}");
        }
    }
}

/// Pointwise variance and covariance against the exact truncated series, at every point of a row of pairs.
#[test]
fn covariance_is_exact() {
    let samples = 4000_u64;
    for (boundary, grid) in BOUNDARIES.iter().flat_map(|&b| GRIDS.map(|g| (b, g))) {
        let (ny, nx) = (6, 9);
        let field = field(&[ny, nx], boundary, grid);
        let anchor = [2, 3];
        let mut products = vec![0.0; ny * nx];
        let mut squares = vec![0.0; ny * nx];
        for index in 0..samples {
            let g = field.sample(5, index);
            let at_anchor = g[anchor[0] * nx + anchor[1]];
            for (k, g) in g.iter().enumerate() {
                products[k] += at_anchor * g / samples as f64;
                squares[k] += g * g / samples as f64;
            }
        }
        let anchor_variance = field.variance(&anchor);
        for k in 0..ny * nx {
            let point = [k / nx, k % nx];
            let (variance, covariance) = (field.variance(&point), field.covariance(&anchor, &point));
            let bound = 5.0 * (2.0 / samples as f64).sqrt();
            assert!(
                (squares[k] - variance).abs() <= bound * variance + 1e-15,
                "{boundary:?} {grid:?} {point:?}"
            );
            let spread = ((variance * anchor_variance + covariance * covariance) / samples as f64).sqrt();
            assert!(
                (products[k] - covariance).abs() <= 5.0 * spread + 1e-15,
                "{boundary:?} {grid:?} {point:?}"
            );
        }
    }
}

/// And nothing else changes: the samples are multiples of those of another σ.
#[test]
fn unit_variance() {
    for boundary in BOUNDARIES {
        let any = field(&[9, 14], boundary, Grid::Nodes);
        let unit = GaussianRandomField::with_unit_variance(any.config().clone()).unwrap();
        assert!((unit.mean_variance() - 1.0).abs() < 1e-13, "{boundary:?} {}", unit.mean_variance());
        let factor = any.mean_variance().sqrt().recip();
        for (u, a) in unit.sample(4, 2).iter().zip(any.sample(4, 2)) {
            assert!((u - factor * a).abs() < 1e-13, "{boundary:?}: {u}, not {}", factor * a);
        }
    }
}

/// The orthonormal basis makes the mean of the variance the trace of the covariance.
#[test]
fn mean_variance_is_the_trace() {
    for boundary in BOUNDARIES {
        let n = 12;
        let field = field(&[n, n], boundary, Grid::Cells);
        let mean: f64 = (0..n * n).map(|k| field.variance(&[k / n, k % n])).sum::<f64>() / (n * n) as f64;
        let excess = mean / field.mean_variance() - 1.0;
        if boundary == Boundary::Dirichlet {
            // On cell centres the last sine, ±√2, has the discrete norm 2; all others keep theirs.
            assert!(excess > 0.0 && excess < 0.02, "{excess}");
        } else {
            assert!(excess.abs() < 1e-12, "{boundary:?} {excess}");
        }
    }
}

#[test]
fn boundary_behaviour() {
    let n = 33;
    let dirichlet = field(&[n, n], Boundary::Dirichlet, Grid::Nodes).sample(1, 2);
    for i in 0..n {
        for k in [i, (n - 1) * n + i, i * n, i * n + n - 1] {
            assert_eq!(dirichlet[k], 0.0);
        }
    }
    // A zero normal derivative: with alpha = 8 the one-sided difference of third order vanishes to h³.
    let mut smooth = config(&[n, n], Boundary::Neumann, Grid::Nodes);
    smooth.alpha = 8.0;
    smooth.sigma = 1e6;
    let g = GaussianRandomField::new(smooth).unwrap().sample(1, 2);
    let h = 1.0 / (n - 1) as f64;
    let largest = g.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
    for i in 0..n {
        let slope = (-11.0 * g[i] + 18.0 * g[n + i] - 9.0 * g[2 * n + i] + 2.0 * g[3 * n + i]) / (6.0 * h);
        assert!(slope.abs() < 500.0 * h.powi(3) * largest, "{slope} {largest}");
    }
    // Shift invariance of the periodic covariance.
    let periodic = field(&[8, 9], Boundary::Periodic, Grid::Nodes);
    for shift in 0..8 {
        let moved = periodic.covariance(&[shift, 8], &[(shift + 3) % 8, 1]);
        assert!((moved - periodic.covariance(&[0, 0], &[3, 2])).abs() < 1e-14);
    }
    // Reflection symmetry of the Neumann variance.
    let neumann = field(&[7, 10], Boundary::Neumann, Grid::Cells);
    assert!((neumann.variance(&[1, 2]) - neumann.variance(&[5, 7])).abs() < 1e-14);
}

/// (seed, index) is one function: the same coefficients at every resolution, and nearly the same values at common points.
#[test]
fn draws_do_not_depend_on_the_resolution() {
    for boundary in BOUNDARIES {
        for grid in GRIDS {
            let (small, large) = (field(&[9, 15], boundary, grid), field(&[21, 30], boundary, grid));
            let (a, b) = (small.coefficients(4, 17), large.coefficients(4, 17));
            let mut common = 0;
            for j in 0..9 {
                for i in 0..15 {
                    if a[j * 15 + i] != 0.0 {
                        assert_eq!(a[j * 15 + i], b[j * 30 + i]);
                        common += 1;
                    }
                }
            }
            assert!(common >= 7 * 13, "{boundary:?} {grid:?}");
        }
    }
    let values = |n: usize| {
        let mut config = config(&[n, n], Boundary::Neumann, Grid::Nodes);
        config.alpha = 6.0;
        config.sigma = 1e4;
        GaussianRandomField::new(config).unwrap().sample(2, 3)
    };
    let (coarse, fine) = (values(33), values(65));
    let largest = coarse.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
    for j in 0..33 {
        for i in 0..33 {
            assert!((coarse[j * 33 + i] - fine[2 * j * 65 + 2 * i]).abs() < 1e-6 * largest);
        }
    }
}

#[test]
fn seeds_and_indices() {
    let field = field(&[12, 20], Boundary::Neumann, Grid::Cells);
    let first = field.sample(1, 0);
    assert_eq!(first, field.sample(1, 0));
    for (seed, index) in [(1, 1), (2, 0), (0, 1)] {
        assert_ne!(first, field.sample(seed, index));
    }
    // The same bits from other threads, in another order.
    let handles: Vec<_> = (0..4_u64)
        .rev()
        .map(|index| {
            let field = field.clone();
            std::thread::spawn(move || (index, field.sample(1, index)))
        })
        .collect();
    for handle in handles {
        let (index, sample) = handle.join().unwrap();
        assert_eq!(sample, field.sample(1, index));
    }
}

#[test]
fn the_mean_mode_is_an_option() {
    for boundary in [Boundary::Neumann, Boundary::Periodic] {
        let mut zero = config(&[16, 16], boundary, Grid::Cells);
        zero.mean = Mean::Zero;
        let (random, zero) =
            (field(&[16, 16], boundary, Grid::Cells), GaussianRandomField::new(zero).unwrap());
        let (a, b) = (random.sample(8, 0), zero.sample(8, 0));
        let shift = random.coefficients(8, 0)[0];
        assert!(shift.abs() > 1e-6 && b.iter().sum::<f64>().abs() < 1e-12);
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b - shift).abs() < 1e-13));
    }
}

#[test]
fn bad_parameters_are_named() {
    let check = |change: fn(&mut GrfConfig), name: &str| {
        let mut config = config(&[8, 8], Boundary::Neumann, Grid::Cells);
        change(&mut config);
        match GaussianRandomField::new(config) {
            Err(Error::Config { field, .. }) => assert_eq!(field, name),
            other => panic!("{other:?}"),
        }
    };
    check(|c| c.size = vec![], "grf.size");
    check(|c| c.size = vec![4; 4], "grf.size");
    check(|c| c.size = vec![2, 8], "grf.size");
    check(|c| c.size = vec![1 << 40, 1 << 40], "grf.size");
    check(|c| c.size = vec![4, 1 << 30], "grf.size");
    check(|c| c.alpha = f64::NAN, "grf.alpha");
    check(|c| c.tau = -1.0, "grf.tau");
    check(|c| c.tau = 0.0, "grf.tau");
    check(|c| c.sigma = 0.0, "grf.sigma");
}
