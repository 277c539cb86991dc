//! The basis functions at a point.

use std::sync::Arc;

use crate::fem::Space;
use crate::mesh::Locator;
use crate::{Error, Result};

/// The degrees of freedom of a scalar space whose basis functions don't vanish at `x`, and their values there.
pub(super) fn basis_at(space: &Space, x: [f64; 3]) -> Result<(Vec<usize>, Vec<f64>)> {
    let Some(place) = Locator::new(Arc::clone(space.mesh())).locate(x) else {
        return Err(Error::Config { field: "point", expected: "inside the mesh", value: format!("{x:?}") });
    };
    let values = space.element().values(space.kind(), place.reference)?;
    let dofs = space.cell_nodes(place.cell as usize).iter().map(|&node| node as usize);
    // A basis function that is zero but for rounding is not worth an entry.
    Ok(dofs.zip(values).filter(|(_, v)| v.abs() > 1e-14).unzip())
}
