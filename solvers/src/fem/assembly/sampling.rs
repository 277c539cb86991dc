//! Values of fields at quadrature points.

use super::field::sample;
use super::{Assembler, Field, FieldValue};
use crate::Result;

impl Assembler {
    /// The values of a field at all quadrature points, `[cell, point]`, as [`Field::Points`] takes them.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) or [`Error::NotFinite`](crate::Error::NotFinite) for a bad field.
    pub fn sample<V: FieldValue>(&self, field: &Field<'_, V>) -> Result<Vec<V>> {
        field.check("the field", &self.sizes())?;
        let n = self.kernel.rule.len();
        let mut values = vec![V::zeros(); self.space().mesh().n_cells() * n];
        for (c, out) in values.chunks_exact_mut(n).enumerate() {
            sample(field, self.space(), &self.kernel.table, &self.kernel.map, c, out);
        }
        Ok(values)
    }
}
