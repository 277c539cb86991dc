//! Smoothed-aggregation algebraic multigrid for symmetric positive definite matrices of any mesh.
//!
//! **Source.** Vaněk, P., Mandel, J., and Brezina, M., *Algebraic multigrid by smoothed aggregation for second and fourth order elliptic
//! problems*, Computing 56 (1996).
//!
//! | file | what |
//! |---|---|
//! | `options` | what a user chooses |
//! | `strength`, `aggregate` | which nodes go together |
//! | `tentative`, `prolongator` | the interpolation: near-null vectors cut up over the aggregates, then smoothed |
//! | `spectral` | the largest eigenvalue of `D⁻¹A` |
//! | `setup` | the levels, by Galerkin products |
//! | `smoother`, `coarsest`, `cycle` | the V- or W-cycle |
//! | `rigid` | rigid-body modes, the near-null vectors of elasticity |

mod aggregate;
mod coarsest;
mod cycle;
mod options;
mod prolongator;
mod rigid;
mod setup;
mod smoother;
mod spectral;
mod strength;
mod tentative;

pub use options::{AmgOptions, Cycle, Precision, Smoother, Unknowns};
pub use rigid::rigid_body_modes;

use cycle::Levels;

use super::{Csr, Preconditioner};
use crate::Result;

/// A hierarchy of coarser and coarser matrices, and one cycle through it as a preconditioner for [`cg`](super::cg) or
/// [`minres`](super::minres).
///
/// With the tentative interpolation `T` (the near-null vectors on each aggregate, orthonormalised), each level has
///
/// ```math
/// P = \Bigl(I - \frac{4}{3 ρ(D^{-1} A)} D^{-1} A\Bigr) T, \qquad A_{coarse} = Pᵀ A P.
/// ```
///
/// A cycle is symmetric and positive definite: the sweep after the coarse correction is the transpose of the one before.
///
/// **Deviates.** 1. Weak links are lumped to the diagonal of the smoothing matrix only for one near-null vector, and not in rows where
/// little would be left. 2. Nodes that hardly couple to others (rows of Dirichlet values, rows dominated by a mass term) stay on the fine
/// level. 3. The Gauss-Seidel sweep couples blocks of 4096 rows by their old values, with a diagonal that keeps it convergent (Baker, A. H.,
/// Falgout, R. D., Kolev, T. V., and Yang, U. M., *Multigrid smoothers for ultraparallel computing*, SIAM J. Sci. Comput. 33 (2011)), so it
/// runs on many threads and gives the same bits on any number of them.
///
/// **Complexity.** Setup and cycle take time and memory proportional to the entries of the matrix.
///
/// ```
/// use sobolev_solvers::linear::{AmgOptions, Csr, KrylovOptions, SmoothedAggregation, cg};
/// let n = 1000_usize;
/// let entries: Vec<_> = (0..n)
///     .flat_map(|k| [(k, k, 2.0), (k, (k + 1).min(n - 1), -1.0), (k, k.saturating_sub(1), -1.0)])
///     .collect();
/// let a = Csr::from_triplets(n, n, &entries)?; // the ends have diagonal 1: Neumann
/// let mut mass = Csr::from_pattern(a.pattern().clone());
/// (0..n).for_each(|k| mass.values_mut()[a.pattern().position(k, k).unwrap_or(0)] = 1e-3);
/// mass.add_scaled(1.0, &a, 1.0)?;
/// let amg = SmoothedAggregation::new(&mass, &AmgOptions::default())?;
/// let (b, mut x) = (vec![1.0; n], vec![0.0; n]);
/// let report = cg(&mass, &amg, &b, &mut x, &KrylovOptions::default())?;
/// assert!(report.iterations < 20 && (x[500] - 1e3).abs() < 1e-4);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Debug)]
pub struct SmoothedAggregation {
    levels: Hierarchy,
    sizes: Vec<(usize, usize)>,
}

#[derive(Debug)]
enum Hierarchy {
    Single(Levels<f32>),
    Double(Levels<f64>),
}

impl SmoothedAggregation {
    /// Builds the hierarchy of `a`.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) and [`Error::Length`](crate::Error::Length) for bad options;
    /// [`Error::Sparse`](crate::Error::Sparse) for a matrix that isn't square, symmetric and finite with a positive diagonal;
    /// [`Error::Factorization`](crate::Error::Factorization) if the coarsest matrix isn't positive (semi)definite.
    pub fn new(a: &Csr<f64>, options: &AmgOptions) -> Result<Self> {
        let setup::Setup { levels, coarsest, scale } = setup::setup(a, options)?;
        let mut sizes: Vec<_> =
            levels.iter().map(|level| (level.a.n_rows(), level.a.pattern().n_entries())).collect();
        sizes.push((coarsest.n_rows(), coarsest.pattern().n_entries()));
        let levels = match options.precision {
            Precision::Single => Hierarchy::Single(Levels::new(levels, &coarsest, options, scale)?),
            Precision::Double => Hierarchy::Double(Levels::new(levels, &coarsest, options, scale)?),
        };
        Ok(Self { levels, sizes })
    }

    /// Unknowns and entries of each level, finest first.
    pub fn sizes(&self) -> &[(usize, usize)] {
        &self.sizes
    }

    /// Entries of all levels over those of the finest: the relative cost of a sweep over every level.
    pub fn operator_complexity(&self) -> f64 {
        let total: usize = self.sizes.iter().map(|&(_, entries)| entries).sum();
        self.sizes.first().map_or(1.0, |&(_, finest)| total as f64 / finest.max(1) as f64)
    }
}

impl Preconditioner<f64> for SmoothedAggregation {
    fn apply(&self, r: &[f64], z: &mut [f64]) {
        match &self.levels {
            Hierarchy::Single(levels) => levels.apply(r, z),
            Hierarchy::Double(levels) => levels.apply(r, z),
        }
    }
}
