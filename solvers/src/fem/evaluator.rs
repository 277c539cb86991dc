//! Values of finite element fields between their nodes.

use std::ops::Mul;
use std::sync::Arc;

use super::Space;
use crate::mesh::{GridSampler, Location};
use crate::{Error, Result};

/// Evaluates fields of a space at fixed points: the basis functions there are computed once, for any number of fields.
///
/// ```math
/// u_h(x_p) = \sum_i u_i\, \varphi_i(x_p)
/// ```
///
/// Exact for any element, where [`GridSampler::sample`] sees vertex values only. Points come from a
/// [`Locator`](crate::mesh::Locator), or from a [`GridSampler`] for a regular grid.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::Grid;
/// use sobolev_solvers::fem::{Element, Evaluator, Space};
/// use sobolev_solvers::mesh::{CellKind, GridSampler, Locator, Mesh};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [3, 3], [0.; 2], [1.; 2])?);
/// let space = Arc::new(Space::new(mesh.clone(), Element::P2, 1)?);
/// let grid = GridSampler::new(&Locator::new(mesh), &[8, 8], [0.; 3], [1.; 3], Grid::Cells, 0.)?;
/// let evaluator = Evaluator::on_grid(space.clone(), &grid)?;
/// // A quadratic function is its own interpolant.
/// let u = space.interpolate(|x| x[0] * x[1]);
/// let values = evaluator.values(&u, f64::NAN);
/// assert!((values[8 + 3] - (3.5 / 8.) * (1.5 / 8.)).abs() < 1e-14);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Evaluator {
    space: Arc<Space>,
    cells: Vec<Option<u32>>,
    /// `[point, local node]`, zero where a point is in no cell.
    weights: Vec<f64>,
}

impl Evaluator {
    /// Tabulates the basis at located points; `None` marks a point outside the mesh.
    ///
    /// # Errors
    /// [`Error::Config`] for a location in a cell that the mesh of the space does not have.
    pub fn new(space: Arc<Space>, locations: &[Option<Location>]) -> Result<Self> {
        let (n, n_cells) = (space.n_cell_nodes(), space.mesh().n_cells());
        let mut weights = vec![0.0; locations.len() * n];
        for (location, weights) in locations.iter().zip(weights.chunks_exact_mut(n)) {
            let Some(Location { cell, reference }) = *location else { continue };
            if cell as usize >= n_cells {
                return Err(Error::Config {
                    field: "locations",
                    expected: "in cells of the mesh of the space",
                    value: format!("cell {cell} of {n_cells}"),
                });
            }
            space.reference().values(reference, weights);
        }
        let cells = locations.iter().map(|location| location.map(|at| at.cell)).collect();
        Ok(Self { space, cells, weights })
    }

    /// Tabulates the basis at the points of a regular grid.
    ///
    /// # Errors
    /// As [`Self::new`]: the sampler must have been made for the mesh of the space.
    pub fn on_grid(space: Arc<Space>, grid: &GridSampler) -> Result<Self> {
        Self::new(space, grid.locations())
    }

    /// The space.
    #[must_use]
    pub const fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// Number of points.
    #[must_use]
    pub fn n_points(&self) -> usize {
        self.cells.len()
    }

    /// The field at the points, `[point, component]` flattened; `fill` outside the mesh.
    ///
    /// **Shapes.** `dofs` is `[node, component]` flattened, real or complex.
    ///
    /// # Panics
    /// If `dofs` does not hold one value for each degree of freedom of the space.
    #[must_use]
    pub fn values<T>(&self, dofs: &[T], fill: T) -> Vec<T>
    where
        T: Copy + Default + std::ops::AddAssign + Mul<f64, Output = T>,
    {
        let (space, m) = (&self.space, self.space.components());
        assert_eq!(
            dofs.len(),
            space.n_dofs(),
            "dofs must hold one value for each degree of freedom of the space"
        );
        let mut out = vec![fill; self.cells.len() * m];
        let points = self.cells.iter().zip(self.weights.chunks_exact(space.n_cell_nodes()));
        for ((cell, weights), out) in points.zip(out.chunks_exact_mut(m)) {
            let Some(cell) = *cell else { continue };
            out.fill(T::default());
            for (&node, &weight) in space.cell_nodes(cell as usize).iter().zip(weights) {
                for (component, out) in out.iter_mut().enumerate() {
                    *out += dofs[node as usize * m + component] * weight;
                }
            }
        }
        out
    }
}
