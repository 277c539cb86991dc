//! Diagonal mass matrices by quadrature in the nodes.

use rayon::prelude::*;

use super::assembler::{Assembler, CELLS};
use super::field::sample;
use super::{CellMap, Field, Value};
use crate::fem::Element;
use crate::fem::element::Table;
use crate::mesh::CellKind;
use crate::{Error, Result};

impl Assembler {
    /// The diagonal of the lumped mass matrix, `[dof]`.
    ///
    /// ```math
    /// m_i = \sum_K \hat w_i\, |\det J_K(\xi_i)|\, c(x_i)
    /// ```
    ///
    /// The quadrature points are the nodes: the vertex rule for P1, the trapezoidal rule for Q1, Simpson's rule for Q2 and P2
    /// intervals, whose nodes are Gauss-Lobatto points. The order of convergence stays that of the element. `Points` fields are one value a
    /// cell and node here.
    ///
    /// **Source.** G. Cohen, Higher-Order Numerical Methods for Transient Wave Equations (2002), chapters 11 and 12.
    ///
    /// # Errors
    /// [`Error::Config`] for P2 in more than one dimension and for P3: their nodes make no rule with positive weights and enough degree.
    pub fn lumped_mass<T: Value>(&self, density: Field<'_, T>) -> Result<Vec<T>> {
        let space = self.space();
        let weights = nodal_weights(space.element(), space.kind())?;
        let (n, m) = (space.n_cell_nodes(), space.components());
        let mut sizes = self.sizes();
        sizes.points = n;
        density.check("the density", &sizes)?;
        let nodes = space.reference().nodes();
        let (map, table) = (CellMap::new(space.kind(), nodes), Table::new(space.reference(), nodes));
        let mut elements = vec![T::default(); space.mesh().n_cells() * n * m];
        elements.par_chunks_mut(CELLS * n * m).enumerate().for_each_init(
            || vec![T::default(); n],
            |at, (chunk, elements)| {
                for (k, out) in elements.chunks_exact_mut(n * m).enumerate() {
                    let c = chunk * CELLS + k;
                    sample(&density, space, &table, &map, c, at);
                    for (i, out) in out.chunks_exact_mut(m).enumerate() {
                        out.fill(at[i] * (weights[i] * map.inverse(space.mesh(), c, i).det));
                    }
                }
            },
        );
        let mut mass = vec![T::default(); space.n_dofs()];
        self.adjacency.sum(&elements, m, &mut mass);
        Ok(mass)
    }
}

/// Weights of the rule whose points are the nodes.
fn nodal_weights(element: Element, kind: CellKind) -> Result<Vec<f64>> {
    let n = element.nodes(kind)?;
    match element {
        Element::P1 | Element::Q1 => Ok(vec![kind.reference_measure() / n.len() as f64; n.len()]),
        Element::Q2 | Element::P2 if element == Element::Q2 || kind == CellKind::Interval => {
            let simpson = |x: &f64| if *x == 0.5 { 2.0 / 3.0 } else { 1.0 / 6.0 };
            Ok(n.iter().map(|node| node[..kind.dim()].iter().map(simpson).product()).collect())
        }
        _ => {
            let expected = "P1, Q1, Q2, or P2 on intervals, for a lumped mass";
            Err(Error::Config {
                field: "element",
                expected,
                value: format!("{element:?} on a {}", kind.name()),
            })
        }
    }
}
