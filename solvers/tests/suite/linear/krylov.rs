//! Krylov methods: against direct solutions, work done, start values, breakdowns, bad input.

use std::sync::atomic::{AtomicUsize, Ordering};

use sobolev_kernels::Complex;
use sobolev_solvers::linear::{
    BlockJacobi, Cholesky, Csr, FnOperator, Identity, Jacobi, KrylovOptions, KrylovReport, LinearOperator,
    Lu, Number, Preconditioner, Ssor, bicgstab, cg, gmres, minres,
};
use sobolev_solvers::{Error, Result};

use super::{complex, complex_vector, difference, laplacian, random, relative_residual, vector};

type Method<T> = fn(
    &dyn LinearOperator<T>,
    &dyn Preconditioner<T>,
    &[T],
    &mut [T],
    &KrylovOptions,
) -> Result<KrylovReport>;

/// Name, preconditioner, iterations of each method.
type Case = (&'static str, Box<dyn Preconditioner<f64>>, [usize; 4]);

fn methods<T: Number>() -> [(&'static str, Method<T>); 4] {
    [("cg", cg), ("minres", minres), ("gmres", gmres), ("bicgstab", bicgstab)]
}

/// Solves, and checks the residual, the report and the direct solution.
fn check<T: Number>(name: &str, method: Method<T>, a: &Csr<T>, m: &dyn Preconditioner<T>, b: &[T]) -> usize {
    let mut x = vec![T::ZERO; b.len()];
    let report = method(a, m, b, &mut x, &KrylovOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let (residual, direct) = (relative_residual(a, b, &x), Lu::new(a).unwrap().solve(b));
    assert!(
        residual <= 1e-10 && (report.residual - residual).abs() < 1e-13,
        "{name}: {report:?}, {residual:e}"
    );
    assert!(difference(&x, &direct) < 1e-7, "{name}: {:e}", difference(&x, &direct));
    report.iterations
}

/// −Δu + c·∇u + s u, upwinded where `c` is large against the mesh.
fn convection<T: Number>(n: usize, c: f64, shift: T) -> Csr<T> {
    let mut entries = Vec::new();
    for k in 0..n * n {
        let (j, i) = (k / n, k % n);
        entries.push((k, k, T::of(4.0 + 2.0 * c) + shift));
        let mut link = |inside: bool, other: usize, value: f64| {
            if inside {
                entries.push((k, other, T::of(value)));
            }
        };
        link(i + 1 < n, k + 1, -1.0);
        link(i > 0, k.wrapping_sub(1), -1.0 - c);
        link(j + 1 < n, k + n, -1.0);
        link(j > 0, k.wrapping_sub(n), -1.0 - c);
    }
    Csr::from_triplets(n * n, n * n, &entries).unwrap()
}

#[test]
fn positive_definite_by_every_method_and_preconditioner() {
    let a = laplacian(40, 0.0);
    let b = vector(1600, 1);
    let preconditioners: [Case; 6] = [
        ("none", Box::new(Identity), [143, 142, 230, 109]),
        ("Jacobi", Box::new(Jacobi::new(&a).unwrap()), [143, 142, 230, 109]),
        ("block Jacobi", Box::new(BlockJacobi::new(&a, 40).unwrap()), [119, 118, 160, 84]),
        ("SSOR", Box::new(Ssor::new(&a, 1.8).unwrap()), [30, 30, 30, 19]),
        ("Cholesky", Box::new(Cholesky::new(&a).unwrap()), [1, 1, 1, 1]),
        ("LU", Box::new(Lu::new(&a).unwrap()), [1, 1, 1, 1]),
    ];
    let mut found = Vec::new();
    for (name, m, expected) in &preconditioners {
        let counts = methods().map(|(method, f)| check(&format!("{method} with {name}"), f, &a, &**m, &b));
        found.push((*name, counts, *expected));
    }
    let close = |a: usize, b: usize| a.abs_diff(b) <= 1 + b / 20;
    let all_close =
        found.iter().all(|(_, counts, expected)| counts.iter().zip(expected).all(|(&a, &b)| close(a, b)));
    assert!(all_close, "iterations, found and expected: {found:#?}");
}

#[test]
fn minres_on_indefinite_and_singular_matrices() {
    let a = laplacian(30, -1.3);
    assert!(Cholesky::new(&a).is_err());
    let b = vector(900, 2);
    check("indefinite", minres, &a, &Identity, &b);
    check("indefinite, Jacobi", minres, &a, &Jacobi::new(&a).unwrap(), &b);
    let definite = Cholesky::new(&laplacian(30, 0.0)).unwrap();
    let nearly = laplacian(30, -0.1);
    assert!(Cholesky::new(&nearly).is_err());
    let count = check("indefinite, Cholesky of the Laplacian", minres, &nearly, &definite, &b);
    assert!((5..40).contains(&count), "{count}");
    // A saddle point: [[L, Bᵀ], [B, 0]].
    let n = 100;
    let l = laplacian(10, 0.0);
    let mut entries: Vec<_> = (0..n)
        .flat_map(|row| l.row(row).0.iter().zip(l.row(row).1).map(move |(&c, &v)| (row, c as usize, v)))
        .collect();
    for k in 0..20 {
        for (at, value) in [(5 * k, 1.0), (5 * k + 3, -0.5)] {
            entries.extend([(n + k, at, value), (at, n + k, value)]);
        }
    }
    let saddle = Csr::from_triplets(n + 20, n + 20, &entries).unwrap();
    check("saddle point", minres, &saddle, &Identity, &vector(n + 20, 3));
    // A ring of springs: singular, and solvable for forces that balance.
    let ring: Vec<_> =
        (0..60).flat_map(|k| [(k, k, 2.0), (k, (k + 1) % 60, -1.0), (k, (k + 59) % 60, -1.0)]).collect();
    let ring = Csr::from_triplets(60, 60, &ring).unwrap();
    let mut b = vector(60, 4);
    let mean = b.iter().sum::<f64>() / 60.0;
    b.iter_mut().for_each(|b| *b -= mean);
    let mut x = vec![0.0; 60];
    let report = minres(&ring, &Identity, &b, &mut x, &KrylovOptions::default()).unwrap();
    assert!(report.residual <= 1e-10 && report.iterations <= 31, "{report:?}");
}

#[test]
fn complex_hermitian_matrices() {
    let n = 400;
    let half = random(n, 3, complex(0.0, 0.0), 5, |re, im| complex(0.2 * re, 0.2 * im));
    for (shift, definite) in [(6.0, true), (0.3, false)] {
        let mut entries: Vec<_> = (0..n).map(|k| (k, k, complex(shift, 0.0))).collect();
        for row in 0..n {
            for (&column, &value) in half.row(row).0.iter().zip(half.row(row).1) {
                entries.extend([(row, column as usize, value), (column as usize, row, value.conj())]);
            }
        }
        let a = Csr::from_triplets(n, n, &entries).unwrap();
        let b = complex_vector(n, 6);
        check("Hermitian, MINRES", minres, &a, &Identity, &b);
        if definite {
            check("Hermitian, cg", cg, &a, &Identity, &b);
            check("Hermitian, cg with SSOR", cg, &a, &Jacobi::new(&a).unwrap(), &b);
        }
    }
}

#[test]
fn nonsymmetric_and_complex_symmetric_matrices() {
    let b = vector(900, 7);
    for c in [0.1, 1.0, 10.0] {
        let a = convection(30, c, 0.0);
        let preconditioners: [Box<dyn Preconditioner<f64>>; 3] =
            [Box::new(Identity), Box::new(Jacobi::new(&a).unwrap()), Box::new(Ssor::new(&a, 1.0).unwrap())];
        for m in &preconditioners {
            check("convection, gmres", gmres, &a, &**m, &b);
            check("convection, bicgstab", bicgstab, &a, &**m, &b);
        }
    }
    // Damped Helmholtz: complex symmetric, and indefinite.
    let a: Csr<Complex<f64>> = convection(30, 0.0, complex(-0.4, 0.2));
    let b = complex_vector(900, 8);
    for m in [&Identity as &dyn Preconditioner<_>, &Jacobi::new(&a).unwrap()] {
        check("Helmholtz, gmres", gmres, &a, m, &b);
        check("Helmholtz, bicgstab", bicgstab, &a, m, &b);
    }
    // The shifted Laplacian as preconditioner.
    let shifted = Lu::new(&convection(30, 0.0, complex(-0.4, 0.6))).unwrap();
    let count = check("Helmholtz, gmres with a shifted Laplacian", gmres, &a, &shifted, &b);
    assert!((5..40).contains(&count), "{count}");
}

/// Without a restart GMRES minimises over growing spaces, so nothing needs fewer steps. (Between restarts of 5, 10 and 20 there is no
/// such order.)
#[test]
fn gmres_restarts_and_varying_preconditioners() {
    let a = convection(20, 1.0, 0.0);
    let b = vector(400, 9);
    let counts = [5, 10, 20, 400].map(|restart| {
        let options = KrylovOptions { restart, ..KrylovOptions::default() };
        let mut x = vec![0.0; 400];
        gmres(&a, &Identity, &b, &mut x, &options).unwrap().iterations
    });
    assert!(
        counts.iter().all(|&count| (counts[3]..=140).contains(&count)) && counts[3].abs_diff(61) <= 2,
        "{counts:?}"
    );
    let calls = AtomicUsize::new(0);
    let (jacobi, ssor) = (Jacobi::new(&a).unwrap(), Ssor::new(&a, 1.2).unwrap());
    let varying = FnOperator::new(400, |r: &[f64], z: &mut [f64]| {
        let odd = calls.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        if odd { jacobi.apply(r, z) } else { ssor.apply(r, z) }
    });
    assert!(check("varying", gmres, &a, &varying, &b) < 60);
}

/// A polynomial with as many roots as the matrix has eigenvalues ends the iteration.
#[test]
fn as_many_steps_as_eigenvalues() {
    let n = 60;
    let entries: Vec<_> = (0..n).map(|k| (k, k, [1.0, 2.0, 5.0][k % 3])).collect();
    let a = Csr::from_triplets(n, n, &entries).unwrap();
    let counts = methods().map(|(name, method)| check(name, method, &a, &Identity, &vector(n, 10)));
    assert_eq!(counts, [3; 4]);
}

#[test]
fn start_values_and_zero_right_hand_sides() {
    let a = laplacian(12, 0.0);
    let b = vector(144, 11);
    let exact = Cholesky::new(&a).unwrap().solve(&b);
    let options = KrylovOptions::default();
    for (name, method) in methods() {
        let mut x = exact.clone();
        let report = method(&a, &Identity, &b, &mut x, &options).unwrap();
        assert!(report.iterations == 0 && x == exact, "{name}: {report:?}");
        let mut near: Vec<f64> = exact.iter().map(|x| x + 1e-7 * x.sin()).collect();
        let mut far = vec![0.0; 144];
        let warm = method(&a, &Identity, &b, &mut near, &options).unwrap().iterations;
        let cold = method(&a, &Identity, &b, &mut far, &options).unwrap().iterations;
        assert!(warm < cold && difference(&near, &exact) < 1e-8, "{name}: {warm} {cold}");
        let report = method(&a, &Identity, &[0.0; 144], &mut x, &options).unwrap();
        assert_eq!(
            (report, &x[..]),
            (KrylovReport { iterations: 0, residual: 0.0 }, &[0.0; 144][..]),
            "{name}"
        );
    }
}

/// Long enough for the parallel paths.
#[test]
fn same_bits_on_any_number_of_threads() {
    let a = laplacian(150, 0.05);
    let b = vector(a.n_rows(), 12);
    let m = Jacobi::new(&a).unwrap();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            methods().map(|(_, method)| {
                let mut x = vec![0.0; b.len()];
                let report = method(&a, &m, &b, &mut x, &KrylovOptions::default()).unwrap();
                (report, x)
            })
        })
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn failures_say_what_happened() {
    let a = laplacian(40, 0.0);
    let b = vector(1600, 13);
    let few = KrylovOptions { max_iterations: 5, ..KrylovOptions::default() };
    for (name, method) in methods() {
        let mut x = vec![0.0; 1600];
        let result = method(&a, &Identity, &b, &mut x, &few);
        let Err(error @ Error::NotConverged { iterations: 5, residual, .. }) = result else {
            panic!("{name}: {result:?}")
        };
        assert!((relative_residual(&a, &b, &x) - residual).abs() < 1e-12, "{name}: x isn't the one reported");
        assert!(error.to_string().contains("stopped after 5 iterations"), "{error}");
    }
    let mut x = vec![0.0; 1600];
    let options = KrylovOptions::default();
    let indefinite = laplacian(40, -1.0);
    assert!(matches!(cg(&indefinite, &Identity, &b, &mut x, &options), Err(Error::Breakdown { .. })));
    let negative =
        FnOperator::new(1600, |r: &[f64], z: &mut [f64]| z.iter_mut().zip(r).for_each(|(z, r)| *z = -r));
    for method in [cg, minres] {
        x.fill(0.0);
        let error = method(&a, &negative, &b, &mut x, &options).unwrap_err();
        assert!(error.to_string().contains("preconditioner isn't positive definite"), "{error}");
    }
    let nan = FnOperator::new(1600, |_: &[f64], z: &mut [f64]| z.fill(f64::NAN));
    let zero = Csr::from_triplets(1600, 1600, &[(0, 0, 0.0)]).unwrap();
    for (name, method) in methods() {
        x.fill(0.0);
        let error = method(&a, &nan, &b, &mut x, &options).unwrap_err();
        assert!(matches!(error, Error::Breakdown { .. }), "{name}: {error}");
        x.fill(0.0);
        let error = method(&zero, &Identity, &b, &mut x, &options).unwrap_err();
        assert!(matches!(error, Error::Breakdown { .. } | Error::NotConverged { .. }), "{name}: {error}");
    }
}

#[test]
fn bad_input_is_named() {
    let a = laplacian(4, 0.0);
    let (b, mut x) = (vec![1.0; 16], vec![0.0; 16]);
    let options = KrylovOptions::default();
    for (_, method) in methods() {
        let short = method(&a, &Identity, &b[..15], &mut x, &options);
        assert!(matches!(short, Err(Error::Length { expected: 16, found: 15, .. })));
        let mut bad = b.clone();
        bad[3] = f64::INFINITY;
        assert!(matches!(
            method(&a, &Identity, &bad, &mut x, &options),
            Err(Error::NotFinite { position: 3, .. })
        ));
        let mut start = x.clone();
        start[5] = f64::NAN;
        assert!(matches!(
            method(&a, &Identity, &b, &mut start, &options),
            Err(Error::NotFinite { position: 5, .. })
        ));
        for tolerance in [0.0, 1.0, f64::NAN] {
            let options = KrylovOptions { tolerance, ..options };
            assert!(matches!(method(&a, &Identity, &b, &mut x, &options), Err(Error::Config { .. })));
        }
        let none = KrylovOptions { max_iterations: 0, ..options };
        assert!(method(&a, &Identity, &b, &mut x, &none).is_err());
    }
    let hole = Csr::from_triplets(2, 2, &[(0, 0, 1.0), (1, 0, 1.0)]).unwrap();
    assert!(matches!(Jacobi::new(&hole), Err(Error::Sparse { row: 1, .. })));
    assert!(
        Ssor::new(&hole, 1.0).is_err() && Ssor::new(&a, 2.0).is_err() && Ssor::new(&a, f64::NAN).is_err()
    );
    assert!(
        BlockJacobi::new(&hole, 2).is_err()
            && BlockJacobi::new(&a, 3).is_err()
            && BlockJacobi::new(&a, 0).is_err()
    );
}
