//! Given values at degrees of freedom, and their symmetric elimination.

use std::sync::Arc;

use rayon::prelude::*;

use super::Space;
use super::assembly::{FieldValue, Value};
use crate::linear::{Csr, Pattern};
use crate::{Error, Result};

/// Degrees of freedom with given values: Dirichlet conditions.
///
/// Where conditions overlap, the last one counts.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::fem::{Constraints, Element, Space};
/// use sobolev_solvers::mesh::{CellKind, Mesh};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Quadrilateral, [4, 4], [0., 0.], [1., 1.])?);
/// let space = Space::new(mesh, Element::Q1, 1)?;
/// let mut constraints = Constraints::new(&space);
/// constraints.fix(&space, "left", |x| x[1])?;
/// constraints.fix(&space, "right", |_| 0.0)?;
/// assert_eq!(constraints.dofs().len(), 10);
/// assert!(constraints.fix(&space, "lid", |_| 0.0).is_err());
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Constraints<T> {
    values: Vec<Option<T>>,
}

impl<T: Value> Constraints<T> {
    /// No condition yet on the degrees of freedom of a space.
    #[must_use]
    pub fn new(space: &Space) -> Self {
        Self { values: vec![None; space.n_dofs()] }
    }

    /// Gives the values of a function to all components on the boundary of this name; the function returns a number on scalar
    /// spaces, an array on others.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a boundary that the mesh does not have, [`Error::Config`] if the function has not as many components
    /// as the space, [`Error::NotFinite`] for a value that is not finite.
    pub fn fix<V: FieldValue<Entry = T>>(
        &mut self,
        space: &Space,
        name: &str,
        value: impl Fn([f64; 3]) -> V,
    ) -> Result<()> {
        self.fix_nodes(space, &space.boundary_nodes(name)?, value)
    }

    /// As [`Self::fix`], at nodes.
    ///
    /// # Errors
    /// [`Error::Config`] if the function has not as many components as the space, [`Error::NotFinite`] for a value that is not finite.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn fix_nodes<V: FieldValue<Entry = T>>(
        &mut self,
        space: &Space,
        nodes: &[usize],
        value: impl Fn([f64; 3]) -> V,
    ) -> Result<()> {
        let m = space.components();
        if V::N != m {
            let value = format!("{} for a space with {m}", V::N);
            return Err(Error::Config {
                field: "components of the boundary value",
                expected: "those of the space",
                value,
            });
        }
        for &node in nodes {
            let value = value(space.node_points()[node]);
            for component in 0..m {
                self.fix_dof(node * m + component, value.entry(component))?;
            }
        }
        Ok(())
    }

    /// Gives a value to one component on the boundary of this name, as on a plane of symmetry.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a boundary that the mesh does not have, [`Error::NotFinite`] for a value that is not finite.
    ///
    /// # Panics
    /// If the space has no such component.
    pub fn fix_component(
        &mut self,
        space: &Space,
        name: &str,
        component: usize,
        value: impl Fn([f64; 3]) -> T,
    ) -> Result<()> {
        let m = space.components();
        assert!(component < m, "component must be below {m}, but is {component}");
        for node in space.boundary_nodes(name)? {
            self.fix_dof(node * m + component, value(space.node_points()[node]))?;
        }
        Ok(())
    }

    /// Gives a value to one degree of freedom.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for a value that is not finite.
    ///
    /// # Panics
    /// If there is no such degree of freedom.
    pub fn fix_dof(&mut self, dof: usize, value: T) -> Result<()> {
        if !value.finite() {
            return Err(Error::NotFinite { name: "the boundary value", position: dof, value: value.re() });
        }
        self.values[dof] = Some(value);
        Ok(())
    }

    /// The value given to a degree of freedom.
    #[must_use]
    pub fn value(&self, dof: usize) -> Option<T> {
        self.values.get(dof).copied().flatten()
    }

    /// The degrees of freedom with a given value, ascending.
    #[must_use]
    pub fn dofs(&self) -> Vec<usize> {
        (0..self.values.len()).filter(|&dof| self.values[dof].is_some()).collect()
    }

    /// Whether there is no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// Writes the given values into a field.
    ///
    /// # Panics
    /// If the field has not one value a degree of freedom.
    pub fn apply(&self, u: &mut [T]) {
        assert_eq!(u.len(), self.values.len(), "the field must have one value a degree of freedom");
        for (u, value) in u.iter_mut().zip(&self.values) {
            *u = value.unwrap_or(*u);
        }
    }
}

/// The elimination of given values from linear systems on one pattern.
///
/// ```math
/// \begin{pmatrix} A_{ff} & A_{fc} \\ A_{cf} & A_{cc} \end{pmatrix}
/// \begin{pmatrix} u_f \\ g \end{pmatrix} = \begin{pmatrix} b_f \\ \cdot \end{pmatrix}
/// \quad\Longrightarrow\quad A_{ff} u_f = b_f - A_{fc}\, g
/// ```
/// The smaller matrix is symmetric where A is. Which entries it takes is found once; it has one pattern for all matrices.
#[derive(Clone, Debug)]
pub struct Condensed {
    full: Arc<Pattern>,
    pattern: Arc<Pattern>,
    /// For each entry of the small matrix its place in the full one.
    entries: Vec<u32>,
    free: Vec<usize>,
}

/// Entries a task.
const CHUNK: usize = 1 << 15;

impl Condensed {
    /// Eliminates the given degrees of freedom from matrices on a pattern.
    ///
    /// # Errors
    /// [`Error::Config`] if the pattern is not square, one of the degrees of freedom is not in it, or it has 2³² entries or more.
    pub fn new(full: &Arc<Pattern>, constrained: &[usize]) -> Result<Self> {
        let n = full.n_rows();
        if full.n_cols() != n || full.n_entries() >= u32::MAX as usize {
            let value = format!("{n} x {} with {} entries", full.n_cols(), full.n_entries());
            return Err(Error::Config {
                field: "pattern",
                expected: "square, with fewer than 2^32 entries",
                value,
            });
        }
        let mut number = vec![0u32; n];
        for &dof in constrained {
            let Some(number) = number.get_mut(dof) else {
                let expected = "below the number of rows";
                return Err(Error::Config { field: "constrained", expected, value: dof.to_string() });
            };
            *number = u32::MAX;
        }
        let free: Vec<usize> = (0..n).filter(|&dof| number[dof] == 0).collect();
        for (small, &dof) in free.iter().enumerate() {
            number[dof] = small as u32;
        }
        let mut row_start = Vec::with_capacity(free.len() + 1);
        let mut columns = Vec::with_capacity(full.n_entries());
        let mut entries = Vec::with_capacity(full.n_entries());
        row_start.push(0);
        for &dof in &free {
            for entry in full.row_range(dof) {
                let column = number[full.columns()[entry] as usize];
                if column != u32::MAX {
                    columns.push(column);
                    entries.push(entry as u32);
                }
            }
            row_start.push(columns.len());
        }
        let pattern = Arc::new(Pattern::trusted(free.len(), row_start, columns));
        Ok(Self { full: full.clone(), pattern, entries, free })
    }

    /// The pattern of the small matrices.
    #[must_use]
    pub const fn pattern(&self) -> &Arc<Pattern> {
        &self.pattern
    }

    /// The degrees of freedom that are left, ascending.
    #[must_use]
    pub fn free(&self) -> &[usize] {
        &self.free
    }

    /// A_ff.
    ///
    /// # Panics
    /// If the matrix is on another pattern.
    pub fn matrix<T: Value>(&self, full: &Csr<T>) -> Csr<T> {
        let mut small = Csr::from_pattern(self.pattern.clone());
        self.matrix_into(full, &mut small);
        small
    }

    /// A_ff into a matrix that is overwritten.
    ///
    /// # Panics
    /// If one of the matrices is on another pattern.
    pub fn matrix_into<T: Value>(&self, full: &Csr<T>, small: &mut Csr<T>) {
        self.check(full);
        assert!(Arc::ptr_eq(small.pattern(), &self.pattern), "the matrix must be on the condensed pattern");
        let values = full.values();
        small.values_mut().par_chunks_mut(CHUNK).zip(self.entries.par_chunks(CHUNK)).for_each(
            |(out, entries)| {
                for (out, &entry) in out.iter_mut().zip(entries) {
                    *out = values[entry as usize];
                }
            },
        );
    }

    /// b_f − A_fc g.
    ///
    /// # Panics
    /// If the matrix is on another pattern, or `b` has another size.
    pub fn rhs<T: Value>(&self, full: &Csr<T>, b: &[T], constraints: &Constraints<T>) -> Vec<T> {
        self.check(full);
        assert_eq!(b.len(), full.n_rows(), "the right-hand side must have one value a degree of freedom");
        let row = |&dof: &usize| {
            let (columns, values) = full.row(dof);
            let terms = columns.iter().zip(values);
            terms.fold(b[dof], |sum, (&column, &a)| match constraints.values[column as usize] {
                Some(g) => sum - a * g,
                None => sum,
            })
        };
        self.free.par_iter().with_min_len(4096).map(row).collect()
    }

    /// The free part of a vector.
    ///
    /// # Panics
    /// If it has another size.
    pub fn restrict<T: Copy>(&self, full: &[T]) -> Vec<T> {
        assert_eq!(full.len(), self.full.n_rows(), "the vector must have one value a degree of freedom");
        self.free.iter().map(|&dof| full[dof]).collect()
    }

    /// All degrees of freedom from the free ones and the given values.
    ///
    /// # Panics
    /// If there are not as many values as free degrees of freedom.
    pub fn expand<T: Value>(&self, free: &[T], constraints: &Constraints<T>) -> Vec<T> {
        assert_eq!(free.len(), self.free.len(), "there must be one value a free degree of freedom");
        let mut full = vec![T::default(); self.full.n_rows()];
        constraints.apply(&mut full);
        for (&dof, &value) in self.free.iter().zip(free) {
            full[dof] = value;
        }
        full
    }

    fn check<T: Value>(&self, full: &Csr<T>) {
        assert!(
            Arc::ptr_eq(full.pattern(), &self.full),
            "the matrix must be on the pattern that was condensed"
        );
    }
}
