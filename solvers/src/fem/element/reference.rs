//! An element on its reference cell: where the nodes are, and which entity of the cell each belongs to.

use super::{Element, linear, p2, p3, q2};
use crate::Result;
use crate::mesh::CellKind;

/// An element on a kind of cell.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    element: Element,
    kind: CellKind,
    nodes: Vec<[f64; 3]>,
    /// The vertices, as bits, of the entity that each node belongs to.
    entities: Vec<u8>,
}

/// Nodes on each edge, on each face of a 3-D cell, and inside the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) edge: usize,
    pub(crate) face: usize,
    pub(crate) cell: usize,
}

impl Reference {
    pub(crate) fn new(element: Element, kind: CellKind) -> Result<Self> {
        element.check(kind)?;
        let counts = counts(element, kind);
        let vertices = kind.reference_vertices();
        let mut nodes = vertices.to_vec();
        let mut entities: Vec<u8> = (0..vertices.len()).map(|v| 1 << v).collect();
        for edge in kind.edges() {
            let [a, b] = [edge[0], edge[1]].map(|v| vertices[usize::from(v)]);
            for k in 1..=counts.edge {
                nodes.push(on_edge(a, b, k, counts.edge));
                entities.push(bits(edge));
            }
        }
        let all: Vec<u8> = (0..vertices.len() as u8).collect();
        let faces = if counts.face == 1 { kind.facets() } else { &[] };
        let cell: &[&[u8]] = if counts.cell == 1 { &[&all] } else { &[] };
        for entity in faces.iter().chain(cell) {
            nodes.push(centre(entity.iter().map(|&v| vertices[usize::from(v)])));
            entities.push(bits(entity));
        }
        Ok(Self { element, kind, nodes, entities })
    }

    pub(crate) const fn kind(&self) -> CellKind {
        self.kind
    }

    pub(crate) const fn element(&self) -> Element {
        self.element
    }

    pub(crate) fn nodes(&self) -> &[[f64; 3]] {
        &self.nodes
    }

    pub(crate) fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn counts(&self) -> Counts {
        counts(self.element, self.kind)
    }

    /// The nodes on a local facet, ascending: those whose entity is part of it.
    pub(crate) fn facet_nodes(&self, facet: usize) -> Vec<usize> {
        let facet = bits(self.kind.facets()[facet]);
        (0..self.n_nodes()).filter(|&i| self.entities[i] & !facet == 0).collect()
    }

    pub(crate) fn values(&self, xi: [f64; 3], out: &mut [f64]) {
        match self.element {
            Element::P1 | Element::Q1 => linear::values(self.kind, xi, out),
            Element::P2 => p2::values(self.kind, xi, out),
            Element::P3 => p3::values(self.kind, xi, out),
            Element::Q2 => q2::values(self.kind.dim(), &self.nodes, xi, out),
        }
    }

    pub(crate) fn gradients(&self, xi: [f64; 3], out: &mut [[f64; 3]]) {
        match self.element {
            Element::P1 | Element::Q1 => linear::gradients(self.kind, xi, out),
            Element::P2 => p2::gradients(self.kind, xi, out),
            Element::P3 => p3::gradients(self.kind, xi, out),
            Element::Q2 => q2::gradients(self.kind.dim(), &self.nodes, xi, out),
        }
    }
}

fn counts(element: Element, kind: CellKind) -> Counts {
    let edge = element.degree() - 1;
    match (element, kind) {
        (Element::P3, CellKind::Triangle) | (Element::Q2, CellKind::Quadrilateral) => {
            Counts { edge, face: 0, cell: 1 }
        }
        (Element::P3, CellKind::Tetrahedron) => Counts { edge, face: 1, cell: 0 },
        (Element::Q2, CellKind::Hexahedron) => Counts { edge, face: 1, cell: 1 },
        _ => Counts { edge, face: 0, cell: 0 },
    }
}

fn bits(vertices: &[u8]) -> u8 {
    vertices.iter().fold(0, |bits, v| bits | 1 << v)
}

/// Node `k` of `n` inside the edge from `a` to `b`. Where a coordinate is the same at both ends it is so in between, without
/// rounding: conditions like `x == 1` on the boundary stay true.
pub(crate) fn on_edge(a: [f64; 3], b: [f64; 3], k: usize, n: usize) -> [f64; 3] {
    axpy(a, k as f64 / (n + 1) as f64, [b[0] - a[0], b[1] - a[1], b[2] - a[2]])
}

/// The mean of points.
pub(crate) fn centre(points: impl ExactSizeIterator<Item = [f64; 3]>) -> [f64; 3] {
    let n = points.len() as f64;
    points.fold([0.0; 3], |sum, x| axpy(sum, 1.0, x)).map(|sum| sum / n)
}

/// x + a y
pub(crate) fn axpy(x: [f64; 3], a: f64, y: [f64; 3]) -> [f64; 3] {
    [x[0] + a * y[0], x[1] + a * y[1], x[2] + a * y[2]]
}
