//! Right-hand sides.

use rayon::prelude::*;

use super::assembler::{Assembler, CELLS};
use super::field::{FieldValue, sample};
use super::geometry::simplex_inverse;
use super::{Field, Value};
use crate::{Error, Result};

impl Assembler {
    /// The load of a source f with as many components as the space.
    ///
    /// ```math
    /// b_i = \int_\Omega f \cdot \varphi_i
    /// ```
    ///
    /// For scalar spaces the source is of numbers, for others of arrays of numbers.
    ///
    /// # Errors
    /// [`Error::Config`] if the number of components differs, [`Error::Length`] or [`Error::NotFinite`] for bad values.
    pub fn load<V: FieldValue>(&self, source: Field<'_, V>) -> Result<Vec<V::Entry>>
    where
        V::Entry: Value,
    {
        let space = self.space();
        check_components::<V>(space.components())?;
        source.check("the source", &self.sizes())?;
        let (n, m, points) = (space.n_cell_nodes(), V::N, self.kernel.rule.len());
        let mut elements = vec![V::Entry::default(); space.mesh().n_cells() * n * m];
        elements.par_chunks_mut(CELLS * n * m).enumerate().for_each_init(
            || vec![V::zeros(); points],
            |at, (chunk, elements)| {
                for (k, out) in elements.chunks_exact_mut(n * m).enumerate() {
                    self.cell_load(&source, chunk * CELLS + k, at, out);
                }
            },
        );
        let mut load = vec![V::Entry::default(); space.n_dofs()];
        self.adjacency.sum(&elements, m, &mut load);
        Ok(load)
    }

    fn cell_load<V: FieldValue>(&self, source: &Field<'_, V>, c: usize, at: &mut [V], out: &mut [V::Entry])
    where
        V::Entry: Value,
    {
        let (space, kernel) = (self.space(), &self.kernel);
        let mesh = space.mesh();
        let mut det = match space.kind().is_simplex() {
            true => simplex_inverse(space.kind(), mesh.points(), mesh.cell(c)).det,
            false => 0.0,
        };
        if let (Some(affine), Some(value)) = (&kernel.affine, source.in_cell(c)) {
            for (integral, out) in affine.integrals().iter().zip(out.chunks_exact_mut(V::N)) {
                for (component, out) in out.iter_mut().enumerate() {
                    *out = value.entry(component) * (det * integral);
                }
            }
            return;
        }
        sample(source, space, &kernel.table, &kernel.map, c, at);
        for (q, (value, w)) in at.iter().zip(kernel.rule.weights()).enumerate() {
            if !space.kind().is_simplex() {
                det = kernel.map.inverse(mesh, c, q).det;
            }
            for (phi, out) in kernel.table.values(q).iter().zip(out.chunks_exact_mut(V::N)) {
                for (component, out) in out.iter_mut().enumerate() {
                    *out += value.entry(component) * (w * det * phi);
                }
            }
        }
    }
}

pub(super) fn check_components<V: FieldValue>(components: usize) -> Result<()> {
    match V::N == components {
        true => Ok(()),
        false => Err(Error::Config {
            field: "components of the source",
            expected: "those of the space",
            value: format!("{} for a space with {components}", V::N),
        }),
    }
}
