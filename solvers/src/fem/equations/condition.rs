//! Conditions on a scalar field by the name of a boundary.

use crate::fem::{Assembler, Constraints, Field, Space, Value};
use crate::linear::Csr;
use crate::{Error, Result};

/// What holds on a boundary; n is the outward unit normal, a the diffusivity.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'a, T> {
    /// u = g. The field may be `Constant`, `Nodes` or `Function`. Where two of them meet, the later one counts.
    Dirichlet(Field<'a, T>),
    /// a ∂u/∂n = g.
    Neumann(Field<'a, T>),
    /// a ∂u/∂n + α u = g.
    Robin {
        /// α.
        coefficient: Field<'a, T>,
        /// g.
        value: Field<'a, T>,
    },
}

/// What conditions leave after their part of the matrix and of the load is added.
pub(super) struct Imposed<T> {
    pub(super) constraints: Constraints<T>,
    /// Whether a Robin condition was among them.
    pub(super) has_robin: bool,
}

/// Adds Robin and Neumann conditions to the matrix and the load, and collects the Dirichlet values.
pub(super) fn impose<T: Value>(
    assembler: &Assembler,
    boundary: &[(&str, Condition<'_, T>)],
    matrix: &mut Csr<T>,
    load: &mut [T],
) -> Result<Imposed<T>> {
    let space = assembler.space();
    let mut imposed = Imposed { constraints: Constraints::new(space), has_robin: false };
    for (name, condition) in boundary {
        let facets = space.mesh().boundary(name)?;
        let flux = match condition {
            Condition::Dirichlet(value) => {
                fix(space, &mut imposed.constraints, name, value)?;
                continue;
            }
            Condition::Neumann(value) => value,
            Condition::Robin { coefficient, value } => {
                assembler.add_boundary_mass(&facets, *coefficient, matrix)?;
                imposed.has_robin = true;
                value
            }
        };
        let part: Vec<T> = assembler.boundary_load(&facets, *flux)?;
        load.iter_mut().zip(part).for_each(|(b, p)| *b += p);
    }
    Ok(imposed)
}

/// Dirichlet values of a scalar space.
fn fix<T: Value>(
    space: &Space,
    constraints: &mut Constraints<T>,
    name: &str,
    value: &Field<'_, T>,
) -> Result<()> {
    match value {
        Field::Constant(g) => constraints.fix(space, name, |_| *g),
        Field::Function(g) => constraints.fix(space, name, g),
        Field::Nodes(g) => {
            if g.len() != space.n_nodes() {
                return Err(Error::Length {
                    name: "the Dirichlet value",
                    axes: format!("[node] = [{}]", space.n_nodes()),
                    expected: space.n_nodes(),
                    found: g.len(),
                });
            }
            space.boundary_nodes(name)?.into_iter().try_for_each(|node| constraints.fix_dof(node, g[node]))
        }
        Field::Cells(_) | Field::Points(_) => Err(Error::Config {
            field: "the Dirichlet value",
            expected: "a constant, one value a node, or a function",
            value: format!("{value:?} on `{name}`"),
        }),
    }
}
