//! Assembly on a precomputed pattern.

use std::sync::Arc;

use rayon::prelude::*;

use super::adjacency::Adjacency;
use super::cell::Kernel;
use super::field::Sizes;
use super::gather::Gather;
use super::{Form, Value};
use crate::Result;
use crate::fem::Space;
use crate::linear::{Csr, Pattern};

/// Entries of element matrices that are held at a time: they should stay in the second-level cache.
const BATCH: usize = 1 << 18;
/// Where cells have no locality every batch touches most rows; their number is bounded.
const MAX_BATCHES: usize = 16;
/// Cells a task; fixed, so that results do not depend on the number of threads.
pub(super) const CELLS: usize = 256;

/// Assembles forms on one space: the sparsity pattern and the places of all entries are found once, at construction.
///
/// Assembling again with other coefficients only computes element matrices and adds them up; the results are the same, bit for bit,
/// on any number of threads. All matrices share one [`Pattern`], so that they can be added and refactorised.
///
/// **Complexity.** Construction sorts a few entries a row; assembly is linear in the entries of all element matrices.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::fem::{Assembler, Element, Field, Form, Space};
/// use sobolev_solvers::mesh::{CellKind, Mesh};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [8, 8], [0., 0.], [1., 1.])?);
/// let assembler = Assembler::new(Arc::new(Space::new(mesh, Element::P1, 1)?))?;
/// let stiffness = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))])?;
/// let load = assembler.load(Field::Function(&|x| x[0] * x[1]))?;
/// assert!((load.iter().sum::<f64>() - 0.25).abs() < 1e-14);
/// let ones = vec![1.0; load.len()];
/// let mut residual = vec![1.0; load.len()];
/// stiffness.multiply(&ones, &mut residual);
/// assert!(residual.iter().all(|r: &f64| r.abs() < 1e-13));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Assembler {
    space: Arc<Space>,
    pub(super) kernel: Kernel,
    pub(super) adjacency: Adjacency,
    pub(super) gather: Gather,
    pattern: Arc<Pattern>,
}

impl Assembler {
    /// Finds the sparsity pattern of a space.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) if the element matrices have more entries than 32 bits can number.
    pub fn new(space: Arc<Space>) -> Result<Self> {
        let adjacency = Adjacency::new(space.n_nodes(), space.all_cell_nodes());
        let gather = Gather::new(&adjacency, space.all_cell_nodes(), space.n_cell_nodes())?;
        let pattern = gather.pattern(space.components());
        Ok(Self { kernel: Kernel::new(&space), space, adjacency, gather, pattern })
    }

    /// The space.
    #[must_use]
    pub const fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// The pattern of all matrices.
    #[must_use]
    pub const fn pattern(&self) -> &Arc<Pattern> {
        &self.pattern
    }

    /// Quadrature points `[cell, point]` for fields given by [`Field::Points`](super::Field::Points).
    #[must_use]
    pub fn quadrature_points(&self) -> Vec<[f64; 3]> {
        let n = self.kernel.rule.len();
        let (mesh, map) = (self.space.mesh(), &self.kernel.map);
        (0..mesh.n_cells()).flat_map(|c| (0..n).map(move |q| map.point(mesh, c, q))).collect()
    }

    /// Quadrature points a cell.
    #[must_use]
    pub fn n_quadrature_points(&self) -> usize {
        self.kernel.rule.len()
    }

    /// The matrix of a sum of forms, in one pass over the cells.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) or [`Error::NotFinite`](crate::Error::NotFinite) for a bad coefficient,
    /// [`Error::Config`](crate::Error::Config) for elasticity on a space with the wrong number of components.
    pub fn matrix<T: Value>(&self, forms: &[Form<'_, T>]) -> Result<Csr<T>> {
        let mut matrix = Csr::from_pattern(self.pattern.clone());
        self.add(forms, &mut matrix)?;
        Ok(matrix)
    }

    /// As [`Self::matrix`], into a matrix whose values are overwritten.
    ///
    /// # Errors
    /// Those of [`Self::matrix`].
    ///
    /// # Panics
    /// If the matrix is not on [`Self::pattern`].
    pub fn matrix_into<T: Value>(&self, forms: &[Form<'_, T>], matrix: &mut Csr<T>) -> Result<()> {
        matrix.values_mut().fill(T::default());
        self.add(forms, matrix)
    }

    /// Adds the matrix of a sum of forms.
    ///
    /// # Errors
    /// Those of [`Self::matrix`]; the matrix is then as it was.
    ///
    /// # Panics
    /// If the matrix is not on [`Self::pattern`].
    pub fn add<T: Value>(&self, forms: &[Form<'_, T>], matrix: &mut Csr<T>) -> Result<()> {
        self.check_pattern(matrix);
        let sizes = self.sizes();
        forms.iter().try_for_each(|form| form.check(&self.space, &sizes))?;
        let (n, m) = (self.space.n_cell_nodes(), self.space.components());
        let (n_cells, entries) = (self.space.mesh().n_cells(), n * n * m * m);
        let batch = (BATCH / entries).max(n_cells.div_ceil(MAX_BATCHES)).next_multiple_of(CELLS);
        let mut elements = vec![T::default(); batch.min(n_cells) * entries];
        for first in (0..n_cells).step_by(batch) {
            let elements = &mut elements[..batch.min(n_cells - first) * entries];
            elements.par_chunks_mut(CELLS * entries).enumerate().for_each_init(
                || self.kernel.work(&self.space),
                |work, (chunk, elements)| {
                    for (k, out) in elements.chunks_exact_mut(entries).enumerate() {
                        self.kernel.matrix(&self.space, forms, first + chunk * CELLS + k, work, out);
                    }
                },
            );
            self.gather.add(elements, n, m, first, matrix.values_mut());
        }
        Ok(())
    }

    pub(super) fn check_pattern<T: Value>(&self, matrix: &Csr<T>) {
        assert!(
            Arc::ptr_eq(matrix.pattern(), &self.pattern),
            "the matrix must be on the pattern of this assembler"
        );
    }

    pub(super) fn sizes(&self) -> Sizes {
        Sizes {
            cells: self.space.mesh().n_cells(),
            points: self.kernel.rule.len(),
            nodes: self.space.n_nodes(),
        }
    }
}
