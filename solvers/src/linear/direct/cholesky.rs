//! Sparse Cholesky factorisation.

use std::sync::Arc;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::prelude::*;
use faer::sparse::linalg::cholesky::{LltRef, SymbolicCholesky, factorize_symbolic_cholesky};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMat};
use faer::{Conj, Side};

use crate::linear::{Csr, Pattern, Preconditioner};
use crate::{Error, Result};

const NAME: &str = "Cholesky factorisation";

/// The factorisation of a symmetric positive definite matrix,
///
/// ```math
/// Π A Πᵀ = L Lᵀ,
/// ```
///
/// with an approximate-minimum-degree order `Π`, kept for all matrices of one [`Pattern`].
///
/// **Source.** faer's supernodal and simplicial sparse Cholesky.
///
/// ```
/// use sobolev_solvers::linear::{Cholesky, Csr};
/// let a = Csr::from_triplets(2, 2, &[(0, 0, 2.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 2.0)])?;
/// let x = Cholesky::new(&a)?.solve(&[3.0, 3.0]);
/// assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-15));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cholesky {
    pattern: Arc<Pattern>,
    /// The entry at the mirrored position of each entry.
    mirror: Vec<usize>,
    columns: SymbolicSparseColMat<usize>,
    symbolic: Arc<SymbolicCholesky<usize>>,
    factor: Vec<f64>,
}

impl Cholesky {
    /// Analyses the pattern of `a` and factorises it.
    ///
    /// # Errors
    /// [`Error::Sparse`] for a matrix that isn't square, symmetric or finite; [`Error::Factorization`] for one that isn't
    /// positive definite.
    pub fn new(a: &Csr<f64>) -> Result<Self> {
        let pattern = Arc::clone(a.pattern());
        super::square(NAME, &pattern)?;
        let (transposed, mirror) = pattern.transpose();
        if transposed != *pattern {
            let row = (0..pattern.n_rows()).find(|&row| transposed.row(row) != pattern.row(row)).unwrap_or(0);
            let problem =
                "has entries in other columns than the same column has rows: not symmetric".to_owned();
            return Err(Error::Sparse { name: NAME, row, problem });
        }
        let columns = super::columns_of_transpose(&pattern);
        let symbolic = factorize_symbolic_cholesky(
            columns.as_ref(),
            Side::Lower,
            Default::default(),
            Default::default(),
        )
        .map_err(|source| failed(pattern.n_rows(), &source))?;
        let factor = vec![0.0; symbolic.len_val()];
        let mut this = Self { pattern, mirror, columns, symbolic: Arc::new(symbolic), factor };
        this.refactor(a)?;
        Ok(this)
    }

    /// Factorises another matrix of the same pattern. After an error the factorisation is unusable until one succeeds.
    ///
    /// # Errors
    /// As [`Self::new`], and [`Error::Sparse`] for another pattern.
    pub fn refactor(&mut self, a: &Csr<f64>) -> Result<()> {
        super::same_pattern(NAME, &self.pattern, a.pattern())?;
        super::finite(NAME, a)?;
        self.symmetric(a)?;
        let n = self.pattern.n_rows();
        let matrix = SparseColMatRef::new(self.columns.as_ref(), a.values());
        let scratch = self.symbolic.factorize_numeric_llt_scratch::<f64>(Par::Seq, Default::default());
        let mut memory = MemBuffer::try_new(scratch).map_err(|source| failed(n, &source))?;
        self.factor.fill(0.0);
        let done = self.symbolic.factorize_numeric_llt(
            &mut self.factor,
            matrix,
            Side::Lower,
            Default::default(),
            Par::Seq,
            MemStack::new(&mut memory),
            Default::default(),
        );
        if let Err(source) = done {
            // Half a factor must not be solved with.
            self.factor.fill(f64::NAN);
            return Err(Error::Factorization {
                unknowns: n,
                reason: format!("the matrix isn't positive definite ({source:?})"),
            });
        }
        Ok(())
    }

    /// Number of unknowns.
    pub fn size(&self) -> usize {
        self.pattern.n_rows()
    }

    /// Entries of the factor, the measure of its memory and of the cost of a solution.
    pub fn factor_entries(&self) -> usize {
        self.factor.len()
    }

    /// `A⁻¹ b`
    ///
    /// # Panics
    /// If `b` doesn't hold a value per unknown.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        self.solve_many(b, 1)
    }

    /// `A⁻¹ B` for `count` right-hand sides, one after the other: `[count, unknowns]`.
    ///
    /// # Panics
    /// If `b` doesn't hold `count` values per unknown.
    pub fn solve_many(&self, b: &[f64], count: usize) -> Vec<f64> {
        let mut x = b.to_vec();
        self.solve_in_place(&mut x, count);
        x
    }

    /// [`Self::solve_many`], overwriting the right-hand sides.
    ///
    /// # Panics
    /// If `b` doesn't hold `count` values per unknown.
    pub fn solve_in_place(&self, b: &mut [f64], count: usize) {
        assert_eq!(b.len(), count * self.size(), "length of [count, unknowns] right-hand sides");
        let mut memory = MemBuffer::new(self.symbolic.solve_in_place_scratch::<f64>(count, Par::Seq));
        let rhs = MatMut::from_column_major_slice_mut(b, self.size(), count);
        LltRef::<usize, f64>::new(&self.symbolic, &self.factor).solve_in_place_with_conj(
            Conj::No,
            rhs,
            Par::Seq,
            MemStack::new(&mut memory),
        );
    }

    fn symmetric(&self, a: &Csr<f64>) -> Result<()> {
        let values = a.values();
        for row in 0..self.pattern.n_rows() {
            for k in self.pattern.row_range(row) {
                let (value, mirrored) = (values[k], values[self.mirror[k]]);
                // Far above the rounding of an assembly, far below a mistake in an equation.
                if (value - mirrored).abs() > 1e-8 * (value.abs() + mirrored.abs()) {
                    let scale = a.get(row, row).abs().max(
                        a.get(self.pattern.columns()[k] as usize, self.pattern.columns()[k] as usize).abs(),
                    );
                    if (value - mirrored).abs() > 1e-10 * scale {
                        let column = self.pattern.columns()[k];
                        let problem = format!(
                            "has {value} in column {column}, but row {column} has {mirrored} there: not symmetric"
                        );
                        return Err(Error::Sparse { name: NAME, row, problem });
                    }
                }
            }
        }
        Ok(())
    }
}

impl Preconditioner<f64> for Cholesky {
    fn apply(&self, r: &[f64], z: &mut [f64]) {
        z.copy_from_slice(r);
        self.solve_in_place(z, 1);
    }
}

fn failed(unknowns: usize, source: &dyn std::fmt::Debug) -> Error {
    Error::Factorization { unknowns, reason: format!("{source:?}") }
}
