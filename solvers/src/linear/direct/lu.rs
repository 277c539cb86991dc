//! Sparse LU factorisation.

use std::sync::Arc;

use faer::Conj;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::prelude::*;
use faer::sparse::linalg::lu::{LuRef, NumericLu, SymbolicLu, factorize_symbolic_lu};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMat};

use crate::linear::parallel::norm;
use crate::linear::{Csr, Number, Pattern, Preconditioner};
use crate::{Error, Result};

const NAME: &str = "LU factorisation";

/// The factorisation of a square matrix, real or complex,
///
/// ```math
/// Π Aᵀ Σ = L U,
/// ```
///
/// with a fill-reducing order `Σ`, kept for all matrices of one [`Pattern`], and partial pivoting `Π`. (The rows of a [`Csr`]
/// are the columns of its transpose, so it is the transpose that is factorised.)
///
/// **Source.** faer's supernodal and simplicial sparse LU.
///
/// ```
/// use sobolev_kernels::Complex;
/// use sobolev_solvers::linear::{Csr, Lu};
/// let i = Complex::new(0.0, 1.0);
/// let a = Csr::from_triplets(2, 2, &[(0, 1, i), (1, 0, i), (1, 1, 1.0 + i)])?;
/// let x = Lu::new(&a)?.solve(&[i, 1.0 + 2.0 * i]);
/// assert!(x.iter().all(|x| (x - 1.0).norm() < 1e-15));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lu<T> {
    pattern: Arc<Pattern>,
    columns: SymbolicSparseColMat<usize>,
    symbolic: Arc<SymbolicLu<usize>>,
    numeric: NumericLu<usize, T>,
}

impl<T: Number> Lu<T> {
    /// Analyses the pattern of `a` and factorises it.
    ///
    /// # Errors
    /// [`Error::Sparse`] for a matrix that isn't square or finite; [`Error::Factorization`] for one that is singular, exactly
    /// or to working precision (a condition number above 1e14).
    pub fn new(a: &Csr<T>) -> Result<Self> {
        let pattern = Arc::clone(a.pattern());
        super::square(NAME, &pattern)?;
        let columns = super::columns_of_transpose(&pattern);
        let symbolic = factorize_symbolic_lu(columns.as_ref(), Default::default())
            .map_err(|source| failed(pattern.n_rows(), format!("{source:?}")))?;
        let mut this = Self { pattern, columns, symbolic: Arc::new(symbolic), numeric: NumericLu::new() };
        this.refactor(a)?;
        Ok(this)
    }

    /// Factorises another matrix of the same pattern, in the memory of the last one. After an error the factorisation is
    /// unusable until one succeeds.
    ///
    /// # Errors
    /// As [`Self::new`], and [`Error::Sparse`] for another pattern.
    pub fn refactor(&mut self, a: &Csr<T>) -> Result<()> {
        super::same_pattern(NAME, &self.pattern, a.pattern())?;
        super::finite(NAME, a)?;
        let n = self.pattern.n_rows();
        if let Some(row) = (0..n).find(|&row| a.row(row).1.iter().all(|&v| v.abs2() == 0.0)) {
            return Err(failed(n, format!("row {row} is zero: the matrix is singular")));
        }
        let matrix = SparseColMatRef::new(self.columns.as_ref(), a.values());
        let scratch = self.symbolic.factorize_numeric_lu_scratch::<T>(Par::Seq, Default::default());
        let mut memory = MemBuffer::try_new(scratch).map_err(|source| failed(n, format!("{source:?}")))?;
        self.symbolic
            .factorize_numeric_lu(
                &mut self.numeric,
                matrix,
                Par::Seq,
                MemStack::new(&mut memory),
                Default::default(),
            )
            .map_err(|source| failed(n, format!("the matrix is singular ({source:?})")))?;
        self.regular(a)
    }

    /// Number of unknowns.
    pub fn size(&self) -> usize {
        self.pattern.n_rows()
    }

    /// `A⁻¹ b`
    ///
    /// # Panics
    /// If `b` doesn't hold a value per unknown.
    pub fn solve(&self, b: &[T]) -> Vec<T> {
        self.solve_many(b, 1)
    }

    /// `A⁻¹ B` for `count` right-hand sides, one after the other: `[count, unknowns]`.
    ///
    /// # Panics
    /// If `b` doesn't hold `count` values per unknown.
    pub fn solve_many(&self, b: &[T], count: usize) -> Vec<T> {
        let mut x = b.to_vec();
        self.solve_in_place(&mut x, count);
        x
    }

    /// [`Self::solve_many`], overwriting the right-hand sides.
    ///
    /// # Panics
    /// If `b` doesn't hold `count` values per unknown.
    pub fn solve_in_place(&self, b: &mut [T], count: usize) {
        assert_eq!(b.len(), count * self.size(), "length of [count, unknowns] right-hand sides");
        let scratch = self.symbolic.solve_transpose_in_place_scratch::<T>(count, Par::Seq);
        let mut memory = MemBuffer::new(scratch);
        let rhs = MatMut::from_column_major_slice_mut(b, self.size(), count);
        LuRef::new_unchecked(&self.symbolic, &self.numeric).solve_transpose_in_place_with_conj(
            Conj::No,
            rhs,
            Par::Seq,
            MemStack::new(&mut memory),
        );
    }

    /// The factorisation itself doesn't report a vanishing pivot; a solution with it gives a lower bound of the condition
    /// number, ‖A‖ ‖A⁻¹b‖ / ‖b‖.
    fn regular(&self, a: &Csr<T>) -> Result<()> {
        let n = self.size();
        // Numbers in [1/4, 5/4) without a pattern (multiples of the golden ratio), so that b leans on the constant, the null vector
        // of every pure Neumann problem, and on all others.
        let fraction =
            |k: usize| ((k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1_u64 << 53) as f64;
        let b: Vec<T> = (0..n).map(|k| T::of(0.25 + fraction(k))).collect();
        let largest = (0..n).map(|row| a.row(row).1.iter().map(|v| v.abs()).sum::<f64>()).fold(0.0, f64::max);
        let growth = largest * norm(&self.solve(&b)) / norm(&b).max(f64::MIN_POSITIVE);
        if growth <= 1e14 {
            return Ok(());
        }
        let reason = if growth.is_finite() {
            format!("the matrix is singular to working precision (condition number at least {growth:.1e})")
        } else {
            "the matrix is singular".to_owned()
        };
        Err(failed(n, reason))
    }
}

impl<T: Number> Preconditioner<T> for Lu<T> {
    fn apply(&self, r: &[T], z: &mut [T]) {
        z.copy_from_slice(r);
        self.solve_in_place(z, 1);
    }
}

fn failed(unknowns: usize, reason: String) -> Error {
    Error::Factorization { unknowns, reason }
}
