//! Patterns and matrices against dense arithmetic; malformed arrays.

use std::sync::Arc;

use sobolev_kernels::Complex;
use sobolev_kernels::testing::assert_adjoint;
use sobolev_solvers::Error;
use sobolev_solvers::linear::{Csr, Number, Pattern};

use super::{complex, difference, laplacian, random, vector};

fn dense<T: Number>(a: &Csr<T>) -> Vec<Vec<T>> {
    (0..a.n_rows()).map(|row| (0..a.n_cols()).map(|column| a.get(row, column)).collect()).collect()
}

#[test]
fn triplets_are_summed_and_sorted() {
    let a = Csr::from_triplets(3, 4, &[(2, 3, 1.0), (0, 1, 2.0), (2, 0, 3.0), (2, 3, 4.0)]).unwrap();
    assert_eq!(a.pattern().row_start(), [0, 1, 1, 3]);
    assert_eq!(a.pattern().columns(), [1, 0, 3]);
    assert_eq!(a.values(), [2.0, 3.0, 5.0]);
    assert_eq!((a.get(2, 3), a.get(1, 1), a.pattern().position(2, 3)), (5.0, 0.0, Some(2)));
    assert_eq!(a.diagonal(), [0.0, 0.0, 0.0]);
    assert!(
        Csr::from_triplets(2, 2, &[(0, 2, 1.0)]).is_err()
            && Csr::from_triplets(2, 2, &[(2, 0, 1.0)]).is_err()
    );
}

#[test]
fn products_and_transposes_equal_dense_ones() {
    let a = random(37, 4, complex(1.0, 2.0), 1, complex);
    let b = random(37, 3, complex(0.5, 0.0), 2, complex);
    let (da, db, c, t) = (dense(&a), dense(&b), dense(&a.product(&b)), dense(&a.transpose()));
    for row in 0..37 {
        for column in 0..37 {
            let expected: Complex<f64> = (0..37).map(|k| da[row][k] * db[k][column]).sum();
            assert!((c[row][column] - expected).norm() < 1e-13);
            assert_eq!(t[row][column], da[column][row]);
        }
    }
    let mut sum = a.clone();
    sum.add_scaled(complex(2.0, 0.0), &a, complex(0.0, 1.0)).unwrap();
    let factor = complex(2.0, 1.0);
    assert!(sum.values().iter().zip(a.values()).all(|(&s, &v)| (s - factor * v).norm() < 1e-14));
    assert!(matches!(sum.add_scaled(factor, &b, factor), Err(Error::Sparse { .. })));
}

#[test]
fn transpose_is_the_adjoint() {
    let a = random(300, 5, 1.0, 3, |re, _| re);
    let t = a.transpose();
    let times = |a: &Csr<f64>, x: &[f64]| {
        let mut y = vec![f64::NAN; a.n_rows()];
        a.multiply(x, &mut y);
        y
    };
    assert_adjoint("sparse matrix", |x| times(&a, x), |y| times(&t, y), 300, 300, 1e-14);
}

/// Long enough for the parallel path.
#[test]
fn multiply_is_the_same_on_any_number_of_threads() {
    let a = laplacian(180, 0.1);
    let x = vector(a.n_rows(), 1);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut y = vec![0.0; x.len()];
            a.multiply(&x, &mut y);
            (y, a.product(&a))
        })
    };
    let (y, square) = run(1);
    assert_eq!((y.clone(), square.clone()), run(2));
    let mut z = vec![0.0; y.len()];
    square.multiply(&x, &mut z);
    let mut expected = vec![0.0; y.len()];
    a.multiply(&y, &mut expected);
    assert!(difference(&z, &expected) < 1e-14);
}

#[test]
fn malformed_patterns_are_named() {
    for (starts, columns) in [
        (vec![1, 2], vec![0, 1]),
        (vec![0, 2, 1], vec![0]),
        (vec![0, 3, 2], vec![0, 1]),
        (vec![0, 2], vec![1, 1]),
        (vec![0, 2], vec![1, 0]),
        (vec![0, 1], vec![4]),
        (vec![], vec![]),
    ] {
        let bad = Pattern::new(4, starts.clone(), columns.clone());
        assert!(matches!(bad, Err(Error::Sparse { .. })), "{starts:?} {columns:?}: {bad:?}");
    }
    assert!(matches!(Pattern::new(4, vec![0, 3], vec![0]), Err(Error::Length { expected: 3, found: 1, .. })));
    let pattern = Arc::new(Pattern::new(4, vec![0, 2], vec![1, 3]).unwrap());
    assert!(matches!(Csr::new(pattern, vec![1.0]), Err(Error::Length { expected: 2, found: 1, .. })));
}
