//! Norms of fields and of their errors.

use rayon::prelude::*;

use super::assembly::{CellMap, FieldValue, Value};
use super::element::Table;
use super::quadrature::Rule;
use super::{ErrorNorms, Space};

/// Cells a task.
const CELLS: usize = 256;

impl Space {
    /// L² norm and H¹ seminorm of a field, `[node, component]`; the integrals are exact on affine cells.
    ///
    /// # Panics
    /// If the field has not one value a degree of freedom.
    #[must_use]
    pub fn norms<T: Value>(&self, u: &[T]) -> ErrorNorms {
        match self.components() {
            1 => self.errors(u, |_| (T::ZERO, [T::ZERO; 3])),
            2 => self.errors(u, |_| ([T::ZERO; 2], [[T::ZERO; 2]; 3])),
            _ => self.errors(u, |_| ([T::ZERO; 3], [[T::ZERO; 3]; 3])),
        }
    }

    /// L² norm and H¹ seminorm of the difference of a field, `[node, component]`, and a function.
    ///
    /// ```math
    /// \Bigl(\int_\Omega |u_h - u|^2\Bigr)^{1/2}, \qquad \Bigl(\int_\Omega |\nabla (u_h - u)|^2\Bigr)^{1/2}
    /// ```
    /// `exact(x)` returns u and its derivatives along each axis: numbers for a scalar space, arrays of the components for others. The
    /// quadrature is exact to degree 2p + 4, so that its error does not show in the order.
    ///
    /// # Panics
    /// If the field has not one value a degree of freedom, or the function not the components of the space.
    pub fn errors<T: Value, V: FieldValue<Entry = T>>(
        &self,
        u: &[T],
        exact: impl Fn([f64; 3]) -> (V, [V; 3]) + Sync,
    ) -> ErrorNorms {
        assert_eq!(u.len(), self.n_dofs(), "the field must have one value a degree of freedom");
        assert_eq!(V::N, self.components(), "the function must have the components of the space");
        let rule = Rule::new(self.kind(), 2 * self.element().degree() + 4);
        let table = Table::new(self.reference(), rule.points());
        let map = CellMap::new(self.kind(), rule.points());
        let n_cells = self.mesh().n_cells();
        let chunk = |chunk: usize| {
            let cells = chunk * CELLS..n_cells.min((chunk + 1) * CELLS);
            cells.fold([0.0; 2], |sum, c| {
                let part = self.cell_errors(u, &exact, c, (&rule, &table, &map));
                [sum[0] + part[0], sum[1] + part[1]]
            })
        };
        let parts: Vec<[f64; 2]> = (0..n_cells.div_ceil(CELLS)).into_par_iter().map(chunk).collect();
        let [l2, h1] = parts.iter().fold([0.0; 2], |sum, part| [sum[0] + part[0], sum[1] + part[1]]);
        ErrorNorms { l2: l2.sqrt(), h1: h1.sqrt() }
    }

    fn cell_errors<T: Value, V: FieldValue<Entry = T>>(
        &self,
        u: &[T],
        exact: &impl Fn([f64; 3]) -> (V, [V; 3]),
        c: usize,
        (rule, table, map): (&Rule, &Table, &CellMap),
    ) -> [f64; 2] {
        let (n, m, dim) = (self.n_cell_nodes(), self.components(), self.dim());
        let nodes = self.cell_nodes(c);
        let mut sums = [0.0; 2];
        for (q, w) in rule.weights().iter().enumerate() {
            let inverse = map.inverse(self.mesh(), c, q);
            let (value, derivatives) = exact(map.point(self.mesh(), c, q));
            for component in 0..m {
                let at = |i: usize| u[nodes[i] as usize * m + component];
                let sum = |phi: &[f64]| (0..n).fold(T::ZERO, |sum, i| sum + at(i) * phi[i]);
                let by_reference: [T; 3] = std::array::from_fn(|a| match a < dim {
                    true => sum(&table.gradients(q)[a * n..][..n]),
                    false => T::ZERO,
                });
                sums[0] += w * inverse.det * (sum(table.values(q)) - value.entry(component)).abs2();
                for axis in 0..dim {
                    let along = (0..dim).fold(T::ZERO, |sum, a| sum + by_reference[a] * inverse.by[a][axis]);
                    sums[1] += w * inverse.det * (along - derivatives[axis].entry(component)).abs2();
                }
            }
        }
        sums
    }
}
