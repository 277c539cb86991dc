//! Sparse factorisations: solutions, reuse of the analysis, singular and malformed matrices.

use sobolev_solvers::Error;
use sobolev_solvers::linear::{Cholesky, Csr, Lu};

use super::{complex, complex_vector, laplacian, random, relative_residual, vector};

#[test]
fn cholesky_solves_and_is_reused() {
    for n in [1, 2, 9, 60] {
        let mut a = laplacian(n, 0.0);
        let b = vector(3 * n * n, 5);
        let mut cholesky = Cholesky::new(&a).unwrap();
        for _ in 0..3 {
            for (b, x) in b.chunks(n * n).zip(cholesky.solve_many(&b, 3).chunks(n * n)) {
                assert!(relative_residual(&a, b, x) < 1e-13 && cholesky.solve(b) == x);
            }
            for (k, v) in a.values_mut().iter_mut().enumerate() {
                *v *= if k == 0 { 3.0 } else { 1.5 };
            }
            cholesky.refactor(&a).unwrap();
            assert_eq!(cholesky.solve(&b[..n * n]), Cholesky::new(&a).unwrap().solve(&b[..n * n]));
        }
    }
}

#[test]
fn lu_solves_and_is_reused() {
    for n in [1, 3, 40, 500] {
        let mut real = random(n, 4, 0.3, 11, |re, _| re);
        let mut a = random(n, 4, complex(0.1, 0.3), 12, complex);
        let (mut lu, mut real_lu) = (Lu::new(&a).unwrap(), Lu::new(&real).unwrap());
        for seed in 0..3 {
            let (b, c) = (complex_vector(2 * n, seed), vector(n, seed));
            for (b, x) in b.chunks(n).zip(lu.solve_many(&b, 2).chunks(n)) {
                assert!(relative_residual(&a, b, x) < 1e-10);
            }
            assert!(relative_residual(&real, &c, &real_lu.solve(&c)) < 1e-10);
            a.values_mut().iter_mut().for_each(|v| *v *= complex(0.7, -0.4));
            real.values_mut().iter_mut().enumerate().for_each(|(k, v)| *v *= 1.0 + 0.3 * (k as f64).sin());
            lu.refactor(&a).unwrap();
            real_lu.refactor(&real).unwrap();
        }
    }
}

/// A matrix whose diagonal is zero needs the pivoting.
#[test]
fn lu_pivots() {
    let n = 200;
    let entries: Vec<_> = (0..n).flat_map(|k| [(k, (k + 1) % n, 2.0), (k, (k + 7) % n, -0.5)]).collect();
    let a = Csr::from_triplets(n, n, &entries).unwrap();
    let b = vector(n, 4);
    assert!(relative_residual(&a, &b, &Lu::new(&a).unwrap().solve(&b)) < 1e-13);
}

#[test]
fn bad_matrices_are_named() {
    let indefinite = laplacian(12, -1.0);
    let not_definite = Cholesky::new(&indefinite);
    assert!(matches!(not_definite, Err(Error::Factorization { unknowns: 144, .. })), "{not_definite:?}");
    let skew = Csr::from_triplets(2, 2, &[(0, 0, 1.0), (1, 1, 1.0), (0, 1, 0.1)]).unwrap();
    assert!(matches!(Cholesky::new(&skew), Err(Error::Sparse { row: 0, .. })));
    let skew = Csr::from_triplets(2, 2, &[(0, 0, 1.0), (1, 1, 1.0), (0, 1, 0.1), (1, 0, 0.2)]).unwrap();
    assert!(matches!(Cholesky::new(&skew), Err(Error::Sparse { row: 0, .. })));
    let tall = Csr::from_triplets(2, 1, &[(0, 0, 1.0)]).unwrap();
    assert!(Cholesky::new(&tall).is_err() && Lu::new(&tall).is_err());
    let mut a = laplacian(4, 0.0);
    let (mut cholesky, mut lu) = (Cholesky::new(&a).unwrap(), Lu::new(&a).unwrap());
    assert!(cholesky.refactor(&laplacian(5, 0.0)).is_err() && lu.refactor(&laplacian(5, 0.0)).is_err());
    a.values_mut()[4] = f64::NAN;
    for result in [cholesky.refactor(&a), lu.refactor(&a)] {
        assert!(matches!(result, Err(Error::Sparse { row: 1, .. })), "{result:?}");
    }
    // Two equal rows; a zero row; the Laplacian of a ring, whose null vector is the constant.
    let equal: Vec<_> = (0..6).flat_map(|k| [(k, k % 5, 1.0), (k, 5, 2.0)]).collect();
    let zero: Vec<_> = (0..5).map(|k| (k, k, 1.0)).collect();
    let ring: Vec<_> =
        (0..60).flat_map(|k| [(k, k, 2.0), (k, (k + 1) % 60, -1.0), (k, (k + 59) % 60, -1.0)]).collect();
    for (n, entries) in [(6, equal), (6, zero), (60, ring)] {
        let singular = Lu::new(&Csr::from_triplets(n, n, &entries).unwrap());
        assert!(
            matches!(singular, Err(Error::Factorization { .. })),
            "a singular matrix of {n} rows was factorised"
        );
    }
}
