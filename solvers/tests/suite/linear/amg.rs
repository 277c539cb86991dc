//! Smoothed aggregation: iteration counts, robustness, symmetry, near-null vectors, determinism, bad input.

use sobolev_kernels::rng;
use sobolev_kernels::testing::assert_adjoint;
use sobolev_solvers::Error;
use sobolev_solvers::linear::{
    AmgOptions, Csr, Cycle, KrylovOptions, Precision, Preconditioner, SmoothedAggregation, Smoother,
    Unknowns, cg, minres, rigid_body_modes,
};

use super::{laplacian, relative_residual, vector};

/// Iterations to 1e-10 for a random right-hand side.
fn iterations(a: &Csr<f64>, options: &AmgOptions) -> usize {
    let amg = SmoothedAggregation::new(a, options).unwrap();
    let (b, mut x) = (vector(a.n_rows(), 1), vec![0.0; a.n_rows()]);
    let report = cg(a, &amg, &b, &mut x, &KrylovOptions::default()).unwrap();
    assert!(relative_residual(a, &b, &x) <= 1e-10);
    report.iterations
}

/// Linear elements for `−∇·(c ∇u)` on n x n cells with vertices moved and diagonals drawn at random, u = 0 on the boundary; `c` takes
/// the centre of a triangle.
fn triangles(n: usize, c: impl Fn(f64, f64) -> f64) -> Csr<f64> {
    let draws = rng::normals(&mut rng::stream(3, n as u64), 2 * (n + 1) * (n + 1) + n * n);
    let moved = |k: usize, draw: f64| {
        let shift = if k == 0 || k == n { 0.0 } else { 0.25 * draw.tanh() };
        (k as f64 + shift) / n as f64
    };
    let point = |k: usize| {
        let (j, i) = (k / (n + 1), k % (n + 1));
        [moved(i, draws[2 * k]), moved(j, draws[2 * k + 1])]
    };
    let unknown = |k: usize| {
        let (j, i) = (k / (n + 1), k % (n + 1));
        (j > 0 && i > 0 && j < n && i < n).then(|| (j - 1) * (n - 1) + i - 1)
    };
    let mut entries = Vec::new();
    for cell in 0..n * n {
        let v = cell / n * (n + 1) + cell % n;
        let [a, b, c_, d] = [v, v + 1, v + n + 1, v + n + 2];
        let up = draws[2 * (n + 1) * (n + 1) + cell] > 0.0;
        for vertices in if up { [[a, b, d], [a, d, c_]] } else { [[a, b, c_], [b, d, c_]] } {
            let p = vertices.map(point);
            let edge = [0, 1, 2].map(|k| [0, 1].map(|x| p[(k + 2) % 3][x] - p[(k + 1) % 3][x]));
            let area = 0.5 * (edge[2][0] * edge[0][1] - edge[2][1] * edge[0][0]);
            let centre = [0, 1].map(|x| (p[0][x] + p[1][x] + p[2][x]) / 3.0);
            for k in 0..3 {
                for l in 0..3 {
                    if let (Some(row), Some(column)) = (unknown(vertices[k]), unknown(vertices[l])) {
                        let product = edge[k][0] * edge[l][0] + edge[k][1] * edge[l][1];
                        entries.push((row, column, c(centre[0], centre[1]) * product / (4.0 * area)));
                    }
                }
            }
        }
    }
    Csr::from_triplets((n - 1) * (n - 1), (n - 1) * (n - 1), &entries).unwrap()
}

/// Plane strain (E = 1, ν = 0.3) of linear triangles on `nx x ny` cells of a beam, clamped at the left; interleaved unknowns of the
/// vertices that are left, and their places.
fn beam(nx: usize, ny: usize) -> (Csr<f64>, Vec<[f64; 3]>) {
    let (lambda, mu) = (0.3 / (1.3 * 0.4), 1.0 / 2.6);
    let place = |k: usize| [(k % (nx + 1)) as f64, (k / (nx + 1)) as f64, 0.0];
    let unknown = |k: usize| (k % (nx + 1)).checked_sub(1).map(|i| k / (nx + 1) * nx + i);
    let mut entries = Vec::new();
    for cell in 0..nx * ny {
        let v = cell / nx * (nx + 1) + cell % nx;
        for vertices in [[v, v + 1, v + nx + 2], [v, v + nx + 2, v + nx + 1]] {
            let p = vertices.map(place);
            // Gradients of the hat functions times twice the area, which is 1.
            let g = [0, 1, 2].map(|k| {
                let (a, b) = (p[(k + 1) % 3], p[(k + 2) % 3]);
                [a[1] - b[1], b[0] - a[0]]
            });
            for (k, l) in (0..9).map(|kl| (kl / 3, kl % 3)) {
                let (Some(row), Some(column)) = (unknown(vertices[k]), unknown(vertices[l])) else {
                    continue;
                };
                let dot = g[k][0] * g[l][0] + g[k][1] * g[l][1];
                for (i, j) in (0..4).map(|ij| (ij / 2, ij % 2)) {
                    let diagonal = if i == j { mu * dot } else { 0.0 };
                    let value = 0.5 * (lambda * g[k][i] * g[l][j] + mu * g[k][j] * g[l][i] + diagonal);
                    entries.push((2 * row + i, 2 * column + j, value));
                }
            }
        }
    }
    let n = nx * (ny + 1);
    let points = (0..(nx + 1) * (ny + 1)).filter(|&k| unknown(k).is_some()).map(place).collect();
    (Csr::from_triplets(2 * n, 2 * n, &entries).unwrap(), points)
}

#[test]
fn iterations_hardly_depend_on_the_size() {
    let sizes = [32, 64, 128, 256];
    let stencil = sizes.map(|n| iterations(&laplacian(n, 0.0), &AmgOptions::default()));
    let mesh = sizes.map(|n| iterations(&triangles(n, |_, _| 1.0), &AmgOptions::default()));
    let close = |found: [usize; 4], expected: [usize; 4]| {
        found.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 1)
    };
    assert!(close(stencil, [12, 12, 13, 16]) && close(mesh, [15, 16, 17, 18]), "{stencil:?} {mesh:?}");
    let amg = SmoothedAggregation::new(&triangles(128, |_, _| 1.0), &AmgOptions::default()).unwrap();
    let complexity = amg.operator_complexity();
    assert!((1.2..1.45).contains(&complexity), "{complexity} {:?}", amg.sizes());
}

#[test]
fn every_cycle_smoother_and_precision() {
    let a = triangles(96, |_, _| 1.0);
    let mut found = Vec::new();
    for cycle in [Cycle::V, Cycle::W] {
        for smoother in
            [Smoother::GaussSeidel, Smoother::Chebyshev(1), Smoother::Chebyshev(2), Smoother::Chebyshev(4)]
        {
            for precision in [Precision::Single, Precision::Double] {
                found.push(iterations(
                    &a,
                    &AmgOptions { cycle, smoother, precision, ..AmgOptions::default() },
                ));
            }
        }
    }
    let expected = [17, 17, 21, 21, 14, 14, 12, 12, 16, 16, 20, 20, 13, 13, 11, 11];
    assert!(found.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 1), "{found:?}");
}

/// −ε u_xx − u_yy: strength of connection keeps the aggregates in the direction of y.
#[test]
fn anisotropy() {
    let n: usize = 100;
    let counts = [1.0, 0.1, 1e-2, 1e-3, 1e-4].map(|epsilon| {
        let mut entries = Vec::new();
        for k in 0..n * n {
            entries.push((k, k, 2.0 + 2.0 * epsilon));
            for (inside, other, value) in [
                (k % n + 1 < n, k + 1, -epsilon),
                (k % n > 0, k.wrapping_sub(1), -epsilon),
                (k / n + 1 < n, k + n, -1.0),
                (k / n > 0, k.wrapping_sub(n), -1.0),
            ] {
                if inside {
                    entries.push((k, other, value));
                }
            }
        }
        iterations(&Csr::from_triplets(n * n, n * n, &entries).unwrap(), &AmgOptions::default())
    });
    let expected = [13, 14, 13, 16, 12];
    assert!(counts.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 2), "{counts:?}");
}

/// Squares of 1/16 with coefficients 1 and 10^k, along and across the mesh.
#[test]
fn coefficient_jumps() {
    let options = AmgOptions { precision: Precision::Double, ..AmgOptions::default() };
    let counts = [0, 2, 4, 6].map(|k| {
        let jump = |x: f64, y: f64| {
            if ((16.0 * x) as usize + (16.0 * y) as usize).is_multiple_of(2) { 10.0_f64.powi(k) } else { 1.0 }
        };
        iterations(&triangles(128, jump), &options)
    });
    let expected = [17, 21, 24, 25];
    assert!(counts.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 2), "{counts:?}");
}

#[test]
fn rigid_body_modes_serve_elasticity() {
    let mut found = Vec::new();
    for (nx, ny) in [(32, 8), (64, 16), (128, 32)] {
        let (a, points) = beam(nx, ny);
        let modes = rigid_body_modes(&points, 2);
        // Free of forces but at the clamp.
        let mut image = vec![0.0; a.n_rows()];
        for mode in &modes {
            a.multiply(mode, &mut image);
            let away = (0..points.len()).filter(|&k| points[k][0] > 1.5);
            assert!(away.flat_map(|k| [image[2 * k], image[2 * k + 1]]).all(|f| f.abs() < 1e-10));
        }
        let unknowns = Unknowns::Interleaved(2);
        let nodes = Unknowns::Nodes((0..a.n_rows() as u32).map(|row| row / 2).collect());
        let options = AmgOptions { precision: Precision::Double, unknowns, ..AmgOptions::default() };
        let constant = iterations(&a, &options);
        let rigid = iterations(&a, &AmgOptions { near_nullspace: modes.clone(), ..options.clone() });
        let by_map =
            iterations(&a, &AmgOptions { near_nullspace: modes.clone(), unknowns: nodes, ..options });
        assert_eq!(rigid, by_map);
        found.push((constant, rigid));
    }
    let expected = [(34, 18), (43, 22), (50, 24)];
    let close = |a: usize, b: usize| a.abs_diff(b) <= 1 + b / 20;
    assert!(found.iter().zip(expected).all(|(a, b)| close(a.0, b.0) && close(a.1, b.1)), "{found:?}");
}

/// A beam on rollers: one component of the left nodes is free, so nodes have different numbers of unknowns.
#[test]
fn nodes_of_different_sizes() {
    let (a, points) = beam(48, 12);
    let kept: Vec<usize> = (0..a.n_rows()).filter(|row| row % 2 == 0 || points[row / 2][0] != 48.0).collect();
    let place = |row: u32| kept.binary_search(&(row as usize)).ok();
    let entries: Vec<_> = kept
        .iter()
        .enumerate()
        .flat_map(|(k, &row)| {
            let (columns, values) = a.row(row);
            columns.iter().zip(values).filter_map(move |(&c, &v)| Some((k, place(c)?, v)))
        })
        .collect();
    let reduced = Csr::from_triplets(kept.len(), kept.len(), &entries).unwrap();
    let modes = rigid_body_modes(&points, 2)
        .into_iter()
        .map(|mode| kept.iter().map(|&row| mode[row]).collect())
        .collect();
    let unknowns = Unknowns::Nodes(kept.iter().map(|&row| (row / 2) as u32).collect());
    let options = AmgOptions { unknowns, near_nullspace: modes, ..AmgOptions::default() };
    let count = iterations(&reduced, &options);
    assert!((14..=24).contains(&count), "{count}");
}

#[test]
fn rigid_modes_in_space() {
    let points: Vec<[f64; 3]> = vector(30, 2).chunks(3).map(|p| [p[0], p[1], p[2]]).collect();
    let modes = rigid_body_modes(&points, 3);
    assert_eq!(modes.len(), 6);
    // No edge changes its length to first order.
    for mode in &modes {
        for (p, u) in points.iter().zip(mode.chunks(3)) {
            for (q, v) in points.iter().zip(mode.chunks(3)) {
                let stretch: f64 = (0..3).map(|c| (p[c] - q[c]) * (u[c] - v[c])).sum();
                assert!(stretch.abs() < 1e-13);
            }
        }
    }
}

#[test]
fn preconditioner_is_symmetric_and_positive() {
    let a = triangles(90, |x, _| 1.0 + 9.0 * x);
    let n = a.n_rows();
    for cycle in [Cycle::V, Cycle::W] {
        for smoother in [Smoother::GaussSeidel, Smoother::Chebyshev(3)] {
            for (precision, tolerance) in [(Precision::Double, 1e-12), (Precision::Single, 3e-6)] {
                let options = AmgOptions { cycle, smoother, precision, ..AmgOptions::default() };
                let amg = SmoothedAggregation::new(&a, &options).unwrap();
                let apply = |r: &[f64]| {
                    let mut z = vec![f64::NAN; n];
                    amg.apply(r, &mut z);
                    z
                };
                assert_adjoint("multigrid cycle", apply, apply, n, n, tolerance);
                for seed in 0..5 {
                    let r = vector(n, seed);
                    assert!(apply(&r).iter().zip(&r).map(|(z, r)| z * r).sum::<f64>() > 0.0);
                }
            }
        }
    }
}

/// The factor of the matrix doesn't matter, nor that of the right-hand side, far beyond the range of single precision.
#[test]
fn scale_invariance() {
    let a = triangles(64, |_, _| 1.0);
    let count = iterations(&a, &AmgOptions::default());
    for factor in [1e-60, 1e60] {
        let mut scaled = a.clone();
        scaled.values_mut().iter_mut().for_each(|v| *v *= factor);
        assert_eq!(iterations(&scaled, &AmgOptions::default()), count);
    }
}

#[test]
fn same_bits_on_any_number_of_threads() {
    let a = triangles(160, |x, y| 1.0 + x * y);
    let b = vector(a.n_rows(), 3);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            [Smoother::GaussSeidel, Smoother::Chebyshev(2)].map(|smoother| {
                let amg =
                    SmoothedAggregation::new(&a, &AmgOptions { smoother, ..AmgOptions::default() }).unwrap();
                let mut x = vec![0.0; b.len()];
                (cg(&a, &amg, &b, &mut x, &KrylovOptions::default()).unwrap(), x)
            })
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

/// Nothing to coarsen: small matrices, rows that keep to themselves, a matrix of one block.
#[test]
fn degenerate_hierarchies() {
    assert_eq!(iterations(&laplacian(1, 0.0), &AmgOptions::default()), 1);
    assert!(iterations(&laplacian(9, 0.0), &AmgOptions::default()) <= 2);
    let mass = iterations(&laplacian(60, 40.0), &AmgOptions::default());
    assert!(mass <= 9, "{mass}");
    let shallow = AmgOptions { max_levels: 2, ..AmgOptions::default() };
    let amg = SmoothedAggregation::new(&laplacian(60, 0.0), &shallow).unwrap();
    assert!(amg.sizes().len() == 2 && amg.sizes()[1].0 > 300, "{:?}", amg.sizes());
    assert!(iterations(&laplacian(60, 0.0), &shallow) < 15);
    // Rows of boundary values beside a Laplacian.
    let l = laplacian(50, 0.0);
    let mut entries: Vec<_> = (0..2500)
        .flat_map(|row| l.row(row).0.iter().zip(l.row(row).1).map(move |(&c, &v)| (row, c as usize, v)))
        .collect();
    entries.extend((2500..2600).map(|k| (k, k, 1e3)));
    let count = iterations(&Csr::from_triplets(2600, 2600, &entries).unwrap(), &AmgOptions::default());
    assert!(count <= 14, "{count}");
}

/// A pure Neumann problem: singular, solvable for loads without a mean.
#[test]
fn neumann() {
    let n = 60;
    let mut entries = Vec::new();
    for k in 0..n * n {
        for (inside, other) in [(k % n + 1 < n, k + 1), (k / n + 1 < n, k + n)] {
            if inside {
                entries.extend([(k, k, 1.0), (other, other, 1.0), (k, other, -1.0), (other, k, -1.0)]);
            }
        }
    }
    let a = Csr::from_triplets(n * n, n * n, &entries).unwrap();
    let mut b = vector(n * n, 5);
    let mean = b.iter().sum::<f64>() / (n * n) as f64;
    b.iter_mut().for_each(|b| *b -= mean);
    let amg =
        SmoothedAggregation::new(&a, &AmgOptions { precision: Precision::Double, ..AmgOptions::default() })
            .unwrap();
    for method in [cg, minres] {
        let mut x = vec![0.0; n * n];
        let report = method(&a, &amg, &b, &mut x, &KrylovOptions::default()).unwrap();
        assert!(report.iterations <= 18 && relative_residual(&a, &b, &x) <= 1e-10, "{report:?}");
    }
}

#[test]
fn bad_input_is_named() {
    let a = laplacian(20, 0.0);
    let default = AmgOptions::default;
    let build = |options: AmgOptions| SmoothedAggregation::new(&a, &options).map(|amg| amg.sizes().len());
    for bad in [
        AmgOptions { strength: 1.0, ..default() },
        AmgOptions { strength: f64::NAN, ..default() },
        AmgOptions { max_levels: 0, ..default() },
        AmgOptions { max_coarse: 0, ..default() },
        AmgOptions { smoother: Smoother::Chebyshev(0), ..default() },
        AmgOptions { unknowns: Unknowns::Interleaved(3), ..default() },
        AmgOptions { unknowns: Unknowns::Nodes(vec![400; 400]), ..default() },
    ] {
        assert!(matches!(build(bad.clone()), Err(Error::Config { .. })), "{bad:?}");
    }
    let short = AmgOptions { near_nullspace: vec![vec![1.0; 399]], ..default() };
    assert!(matches!(build(short), Err(Error::Length { expected: 400, found: 399, .. })));
    let short = AmgOptions { unknowns: Unknowns::Nodes(vec![0; 399]), ..default() };
    assert!(matches!(build(short), Err(Error::Length { .. })));
    let infinite = AmgOptions { near_nullspace: vec![vec![f64::INFINITY; 400]], ..default() };
    assert!(matches!(build(infinite), Err(Error::NotFinite { position: 0, .. })));
    let mut broken = a.clone();
    let mut with = |k: usize, value: f64| {
        let before = std::mem::replace(&mut broken.values_mut()[k], value);
        let error = SmoothedAggregation::new(&broken, &AmgOptions::default()).unwrap_err();
        broken.values_mut()[k] = before;
        error
    };
    assert!(matches!(with(0, -4.0), Error::Sparse { row: 0, .. }));
    assert!(matches!(with(4, f64::NAN), Error::Sparse { row: 1, .. }));
    assert!(with(3, -1.5).to_string().contains("symmetric"));
    let indefinite = SmoothedAggregation::new(&laplacian(9, -1.0), &AmgOptions::default());
    assert!(matches!(indefinite, Err(Error::Factorization { .. })), "{indefinite:?}");
}
