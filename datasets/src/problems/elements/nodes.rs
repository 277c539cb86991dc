//! The nodes of a lattice of Q1 elements on the unit square, and the coarser lattice that is stored.

use std::sync::Arc;

use sobolev_solvers::Grid;
use sobolev_solvers::fem::{Element, Space};
use sobolev_solvers::grf::{Boundary as FieldBoundary, GaussianRandomField, GrfConfig, Mean};
use sobolev_solvers::mesh::{CellKind, Mesh};

use crate::problems::Failure;
use crate::schema::{Axis, Boundary, BoundaryKind};
use crate::{Error, Result};

/// R x R stored nodes, border included, of a lattice of elements that is as fine or a multiple as fine.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Nodes {
    resolution: usize,
    stride: usize,
}

impl Nodes {
    /// `resolution` stored nodes an axis; at least `cells` elements an axis, raised to a multiple of `resolution - 1`.
    pub(in super::super) fn new(resolution: usize, cells: usize) -> Result<Self> {
        if !(5..=2049).contains(&resolution) {
            return Err(Error::config("resolution", "in 5..=2049", resolution));
        }
        Ok(Self { resolution, stride: cells.div_ceil(resolution - 1).max(1) })
    }

    /// Elements along an axis.
    pub(in super::super) fn cells(self) -> usize {
        (self.resolution - 1) * self.stride
    }

    /// Nodes along an axis.
    pub(in super::super) fn fine(self) -> usize {
        self.cells() + 1
    }

    /// The node nearest to a position.
    pub(in super::super) fn nearest(self, [x, y, _]: [f64; 3]) -> usize {
        let round = |t: f64| (t * self.cells() as f64).round() as usize;
        round(y) * self.fine() + round(x)
    }

    /// Bilinear elements of `components` components on it.
    pub(in super::super) fn space(self, components: usize) -> Result<Arc<Space>, Failure> {
        let n = self.cells();
        let mesh = Mesh::rectangle(CellKind::Quadrilateral, [n, n], [0.0, 0.0], [1.0, 1.0])?;
        Ok(Arc::new(Space::new(Arc::new(mesh), Element::Q1, components)?))
    }

    /// The stored axes.
    pub(in super::super) fn axes(self) -> Vec<Axis> {
        ["y", "x"].iter().map(|name| Axis::uniform(name, self.resolution, 0.0, 1.0)).collect()
    }

    /// The same condition on all four sides.
    pub(in super::super) fn boundaries(self, kind: BoundaryKind, condition: &str) -> Vec<Boundary> {
        (0..2).map(|axis| Boundary { axis, kind, condition: condition.into() }).collect()
    }

    /// Appends the stored nodes of `values [node, component]`, components in the given order.
    pub(in super::super) fn store(self, values: &[f64], components: &[usize], out: &mut Vec<f64>) {
        let count = components.len();
        for row in 0..self.resolution {
            for column in 0..self.resolution {
                let node = (row * self.fine() + column) * self.stride;
                out.extend(components.iter().map(|&c| values[node * count + c]));
            }
        }
    }
}

/// A Gaussian field at the nodes with the covariance of (−Δ + τ²)^−α, no flux through the border, zero mean and unit variance.
pub(in super::super) fn unit_field(nodes: Nodes, alpha: f64, tau: f64) -> Result<GaussianRandomField> {
    let config = GrfConfig {
        size: vec![nodes.fine(); 2],
        grid: Grid::Nodes,
        boundary: FieldBoundary::Neumann,
        alpha,
        tau,
        sigma: 1.0,
        mean: Mean::Zero,
    };
    let refused = |e| Error::config("random field", "one that the lattice can hold", e);
    GaussianRandomField::with_unit_variance(config).map_err(refused)
}
