//! A finite element space: the global numbers of the nodes.

use std::sync::Arc;

use super::element::{Reference, centre, on_edge};
use super::{Element, periodic};
use crate::mesh::{CellKind, Mesh};
use crate::{Error, Result};

/// Continuous piecewise polynomials on a mesh, scalar or with several components.
///
/// A *node* is a point that carries basis functions; a *degree of freedom* (dof) is a node and a component,
/// `dof = node * components + component`. Nodes are numbered vertices first, in the order of the mesh's points (for P1 and Q1 a field is
/// one value a mesh point), then along edges, on faces, inside cells. Periodic identification takes some away, and the others move up in
/// order.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::fem::{Element, Space};
/// use sobolev_solvers::mesh::{CellKind, Mesh};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [4, 4], [0., 0.], [1., 1.])?);
/// let space = Space::new(mesh.clone(), Element::P2, 1)?;
/// assert_eq!(space.n_dofs(), 81);
/// assert_eq!(space.boundary_dofs("left")?.len(), 9);
/// let torus = Space::periodic(mesh, Element::P2, 1, &[("left", "right"), ("bottom", "top")])?;
/// assert_eq!(torus.n_dofs(), 64);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Space {
    mesh: Arc<Mesh>,
    reference: Reference,
    components: usize,
    /// `[cell, local node]`
    cell_nodes: Vec<u32>,
    node_points: Vec<[f64; 3]>,
    is_periodic: bool,
}

impl Space {
    /// The space of an element on a mesh, with `components` values a node.
    ///
    /// # Errors
    /// [`Error::Config`] if the element does not exist on the mesh's cells, or `components` is not 1, 2 or 3.
    pub fn new(mesh: Arc<Mesh>, element: Element, components: usize) -> Result<Self> {
        if !(1..=3).contains(&components) {
            let value = components.to_string();
            return Err(Error::Config { field: "components", expected: "1, 2 or 3", value });
        }
        let reference = Reference::new(element, mesh.kind())?;
        let cell_nodes = number(&mesh, &reference);
        let node_points = locate(&mesh, &reference);
        Ok(Self { mesh, reference, components, cell_nodes, node_points, is_periodic: false })
    }

    /// The space in which functions take the same values on pairs of boundaries that are translates of one another.
    ///
    /// Nodes of the second boundary of a pair are identified with those of the first. Nodes are matched by position, to 1e-8 of the
    /// size of the mesh, so that the meshes of both boundaries must match; this holds for P2, P3 and Q2 too.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a boundary that the mesh does not have, [`Error::Periodic`] if the boundaries don't match; and those
    /// of [`Self::new`].
    pub fn periodic(
        mesh: Arc<Mesh>,
        element: Element,
        components: usize,
        pairs: &[(&str, &str)],
    ) -> Result<Self> {
        let mut space = Self::new(mesh, element, components)?;
        let first = periodic::identify(&space, pairs)?;
        // Nodes that stay keep their order; the others get the number of the one they are identified with.
        let mut number = vec![0u32; first.len()];
        let mut points = Vec::new();
        for (node, &target) in first.iter().enumerate() {
            number[node] = if target as usize == node {
                points.push(space.node_points[node]);
                points.len() as u32 - 1
            } else {
                number[target as usize]
            };
        }
        space.cell_nodes.iter_mut().for_each(|node| *node = number[*node as usize]);
        space.node_points = points;
        space.is_periodic = true;
        Ok(space)
    }

    /// The mesh.
    #[must_use]
    pub const fn mesh(&self) -> &Arc<Mesh> {
        &self.mesh
    }

    /// The element.
    #[must_use]
    pub const fn element(&self) -> Element {
        self.reference.element()
    }

    /// The shape of the cells.
    #[must_use]
    pub const fn kind(&self) -> CellKind {
        self.reference.kind()
    }

    /// The dimension of space.
    #[must_use]
    pub const fn dim(&self) -> usize {
        self.kind().dim()
    }

    /// Values a node.
    #[must_use]
    pub const fn components(&self) -> usize {
        self.components
    }

    /// Whether boundaries are identified.
    #[must_use]
    pub const fn is_periodic(&self) -> bool {
        self.is_periodic
    }

    /// Number of nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.node_points.len()
    }

    /// Number of degrees of freedom, nodes times components.
    #[must_use]
    pub fn n_dofs(&self) -> usize {
        self.n_nodes() * self.components
    }

    /// Nodes a cell.
    #[must_use]
    pub fn n_cell_nodes(&self) -> usize {
        self.reference.n_nodes()
    }

    /// The nodes of cell `c`, ordered as in [`Element::nodes`].
    ///
    /// # Panics
    /// If there is no cell `c`.
    #[must_use]
    #[inline]
    pub fn cell_nodes(&self, c: usize) -> &[u32] {
        let n = self.reference.n_nodes();
        &self.cell_nodes[c * n..][..n]
    }

    /// The degrees of freedom of cell `c`, `[local node, component]` flattened.
    ///
    /// # Panics
    /// If there is no cell `c`.
    pub fn cell_dofs(&self, c: usize) -> impl Iterator<Item = usize> + '_ {
        let m = self.components;
        self.cell_nodes(c).iter().flat_map(move |&node| (0..m).map(move |k| node as usize * m + k))
    }

    /// Where the nodes are; of identified nodes, one of the places.
    #[must_use]
    pub fn node_points(&self) -> &[[f64; 3]] {
        &self.node_points
    }

    /// Where the degrees of freedom are: every node's point, once for each component.
    #[must_use]
    pub fn dof_points(&self) -> Vec<[f64; 3]> {
        self.node_points.iter().flat_map(|x| std::iter::repeat_n(*x, self.components)).collect()
    }

    /// The nodes on the boundary of this name, ascending.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if the mesh has no such boundary.
    pub fn boundary_nodes(&self, name: &str) -> Result<Vec<usize>> {
        Ok(self.facet_nodes(&self.mesh.boundary(name)?))
    }

    /// The degrees of freedom of all components on the boundary of this name, ascending.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if the mesh has no such boundary.
    pub fn boundary_dofs(&self, name: &str) -> Result<Vec<usize>> {
        let m = self.components;
        Ok(self
            .boundary_nodes(name)?
            .into_iter()
            .flat_map(|node| (0..m).map(move |k| node * m + k))
            .collect())
    }

    /// The nodes on all facets of the boundary, ascending.
    #[must_use]
    pub fn all_boundary_nodes(&self) -> Vec<usize> {
        self.facet_nodes(&(0..self.mesh.facets().len()).collect::<Vec<_>>())
    }

    /// The nodes on some boundary facets, ascending.
    ///
    /// # Panics
    /// If there is no such facet.
    #[must_use]
    pub fn facet_nodes(&self, facets: &[usize]) -> Vec<usize> {
        let local: Vec<_> = (0..self.kind().facets().len()).map(|f| self.reference.facet_nodes(f)).collect();
        let mut nodes = Vec::new();
        for &f in facets {
            let facet = self.mesh.facets()[f];
            let cell = self.cell_nodes(facet.cell as usize);
            nodes.extend(local[usize::from(facet.local)].iter().map(|&i| cell[i] as usize));
        }
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// The values of a function at the nodes, `[node]`.
    pub fn interpolate<V>(&self, f: impl Fn([f64; 3]) -> V) -> Vec<V> {
        self.node_points.iter().map(|&x| f(x)).collect()
    }

    /// The values of a function with as many components as the space, at the nodes: `[node, component]` flattened.
    ///
    /// # Panics
    /// If the space does not have `N` components.
    pub fn interpolate_vector<V, const N: usize>(&self, f: impl Fn([f64; 3]) -> [V; N]) -> Vec<V> {
        assert_eq!(N, self.components, "the function must have the components of the space");
        self.node_points.iter().flat_map(|&x| f(x)).collect()
    }

    pub(crate) const fn reference(&self) -> &Reference {
        &self.reference
    }

    /// `[cell, local node]`, flattened.
    pub(crate) fn all_cell_nodes(&self) -> &[u32] {
        &self.cell_nodes
    }
}

/// The nodes of all cells.
fn number(mesh: &Mesh, reference: &Reference) -> Vec<u32> {
    let counts = reference.counts();
    let kind = mesh.kind();
    let (n_vertices, n_edges, n_faces) = (kind.n_vertices(), kind.edges().len(), kind.facets().len());
    if counts.edge == 0 {
        return mesh.cells().to_vec();
    }
    let (edges, edges_of) = mesh.edges();
    let (faces, faces_of) = if counts.face > 0 { mesh.faces() } else { (&[][..], &[][..]) };
    let on_faces = mesh.n_points() + edges.len() * counts.edge;
    let in_cells = on_faces + faces.len() * counts.face;
    let mut nodes = Vec::with_capacity(mesh.n_cells() * reference.n_nodes());
    for c in 0..mesh.n_cells() {
        let vertices = mesh.cell(c);
        nodes.extend_from_slice(&vertices[..n_vertices]);
        for (edge, ends) in edges_of[c * n_edges..][..n_edges].iter().zip(kind.edges()) {
            let first = mesh.n_points() + *edge as usize * counts.edge;
            // Nodes follow the edge from its smaller vertex, whichever way the cell looks at it.
            let is_reversed = vertices[usize::from(ends[0])] > vertices[usize::from(ends[1])];
            let place = |k: usize| if is_reversed { counts.edge - 1 - k } else { k };
            nodes.extend((0..counts.edge).map(|k| (first + place(k)) as u32));
        }
        if counts.face == 1 {
            nodes.extend(
                faces_of[c * n_faces..][..n_faces].iter().map(|face| (on_faces + *face as usize) as u32),
            );
        }
        if counts.cell == 1 {
            nodes.push((in_cells + c) as u32);
        }
    }
    nodes
}

/// The points of the nodes, in the order of [`number`].
fn locate(mesh: &Mesh, reference: &Reference) -> Vec<[f64; 3]> {
    let counts = reference.counts();
    let mut points = mesh.points().to_vec();
    let at = |v: u32| mesh.points()[v as usize];
    if counts.edge > 0 {
        for &[a, b] in mesh.edges().0 {
            points.extend((1..=counts.edge).map(|k| on_edge(at(a), at(b), k, counts.edge)));
        }
    }
    if counts.face == 1 {
        let width = mesh.kind().n_facet_vertices();
        points.extend(mesh.faces().0.iter().map(|face| centre(face[..width].iter().map(|&v| at(v)))));
    }
    if counts.cell == 1 {
        points.extend((0..mesh.n_cells()).map(|c| centre(mesh.cell(c).iter().map(|&v| at(v)))));
    }
    points
}
