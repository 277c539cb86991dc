//! Fields on a mesh to fields on a regular grid.

use super::{Location, Locator};
use crate::{Error, Grid, Result};

/// Where the points of a regular grid lie in a mesh, found once for any number of fields.
///
/// **Shapes.** Values are row-major `[z, y, x]`, `[y, x]` in 2-D, `[x]` in 1-D.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::Grid;
/// use sobolev_solvers::mesh::{CellKind, GridSampler, Locator, Mesh};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [7, 7], [0.; 2], [1.; 2])?);
/// let grid = GridSampler::new(&Locator::new(mesh.clone()), &[16, 32], [0.; 3], [1.; 3], Grid::Cells, 0.)?;
/// let x: Vec<f64> = mesh.points().iter().map(|x| x[0]).collect();
/// let values = grid.sample(&x, f64::NAN);
/// assert!((values[32 + 1] - 1.5 / 32.).abs() < 1e-14);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GridSampler {
    locations: Vec<Option<Location>>,
    /// Vertices and weights of each location, padded by weight 0.
    stencils: Vec<([u32; 8], [f64; 8])>,
    width: usize,
    n_points: usize,
}

impl GridSampler {
    /// Locates a grid of `shape` points (`[nz, ny, nx]`, as many as the mesh has dimensions) over the box from `lo` to `hi` (x first).
    ///
    /// `Grid::Cells` puts points at the centres of the boxes, `Grid::Nodes` at their corners. A point outside the mesh takes the nearest
    /// point of the mesh, if that is no further than `reach`, see [`Locator::locate_near`].
    ///
    /// # Errors
    /// [`Error::Config`] if the shape has another dimension than the mesh or too few points, or the box is empty.
    pub fn new(
        locator: &Locator,
        shape: &[usize],
        lo: [f64; 3],
        hi: [f64; 3],
        grid: Grid,
        reach: f64,
    ) -> Result<Self> {
        let mesh = locator.mesh();
        let least = if grid == Grid::Nodes { 2 } else { 1 };
        if shape.len() != mesh.dim() || shape.iter().any(|&n| n < least) {
            let expected = "as long as the mesh has dimensions, with at least one cell or two nodes an axis";
            return Err(Error::Config { field: "shape", expected, value: format!("{shape:?}") });
        }
        if (0..mesh.dim()).any(|axis| !(lo[axis] < hi[axis] && (hi[axis] - lo[axis]).is_finite())) {
            let value = format!("{lo:?} to {hi:?}");
            return Err(Error::Config {
                field: "lo",
                expected: "finite and below `hi` on every axis",
                value,
            });
        }
        let coordinate = |axis: usize, i: usize| {
            let n = shape[shape.len() - 1 - axis];
            let part = match grid {
                Grid::Cells => (i as f64 + 0.5) / n as f64,
                Grid::Nodes => i as f64 / (n - 1) as f64,
            };
            lo[axis] + part * (hi[axis] - lo[axis])
        };
        let total = shape.iter().product();
        let mut locations = Vec::with_capacity(total);
        for flat in 0..total {
            let mut x = [0.; 3];
            let mut rest = flat;
            for (axis, n) in shape.iter().rev().enumerate() {
                x[axis] = coordinate(axis, rest % n);
                rest /= n;
            }
            locations.push(locator.locate_near(x, reach));
        }
        let stencils = locations
            .iter()
            .map(|location| {
                let mut stencil = ([0; 8], [0.; 8]);
                if let Some(Location { cell, reference }) = *location {
                    let vertices = mesh.cell(cell as usize);
                    stencil.0[..vertices.len()].copy_from_slice(vertices);
                    stencil.1 = mesh.kind().shape(reference);
                }
                stencil
            })
            .collect();
        Ok(Self { locations, stencils, width: mesh.kind().n_vertices(), n_points: mesh.n_points() })
    }

    /// The location of each grid point, `None` outside the mesh: for fields of higher elements, to be evaluated there.
    #[must_use]
    pub fn locations(&self) -> &[Option<Location>] {
        &self.locations
    }

    /// A field of values at the vertices, linear or multilinear in each cell, at the grid points; `fill` outside the mesh.
    ///
    /// # Panics
    /// If `values` does not hold one value for each point of the mesh.
    #[must_use]
    pub fn sample(&self, values: &[f64], fill: f64) -> Vec<f64> {
        assert_eq!(values.len(), self.n_points, "values must hold one value for each point of the mesh");
        let at = |(location, (vertices, weights)): (&Option<Location>, &([u32; 8], [f64; 8]))| match location
        {
            None => fill,
            Some(_) => (0..self.width).map(|i| weights[i] * values[vertices[i] as usize]).sum(),
        };
        self.locations.iter().zip(&self.stencils).map(at).collect()
    }
}
