//! Which nodes are strongly linked.

use rayon::prelude::*;

use super::options::Unknowns;
use crate::linear::Csr;
use crate::linear::algebra::{Accumulator, Rows};

/// Rows that one task looks at.
const ROWS: usize = 4096;

/// A node whose links together are below this part of its diagonal needs no coarse level: one sweep removes its error.
const UNCOUPLED: f64 = 0.2;

/// The rows of each node of a vector problem.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) of: Vec<u32>,
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Nodes {
    /// Nothing for a scalar problem, where node and row are the same.
    pub(super) fn new(unknowns: &Unknowns, n_rows: usize) -> Option<Self> {
        let of: Vec<u32> = match unknowns {
            Unknowns::Interleaved(1) => return None,
            Unknowns::Interleaved(size) => (0..n_rows).map(|row| (row / size) as u32).collect(),
            Unknowns::Nodes(nodes) => nodes.clone(),
        };
        let n_nodes = of.iter().max().map_or(0, |&last| last as usize + 1);
        let mut starts = vec![0; n_nodes + 1];
        for &node in &of {
            starts[node as usize + 1] += 1;
        }
        for node in 0..n_nodes {
            starts[node + 1] += starts[node];
        }
        let (mut next, mut rows) = (starts.clone(), vec![0; n_rows]);
        for (row, &node) in of.iter().enumerate() {
            rows[next[node as usize] as usize] = row as u32;
            next[node as usize] += 1;
        }
        Some(Self { of, starts, rows })
    }

    pub(super) fn rows(&self, node: usize) -> &[u32] {
        &self.rows[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    /// The Frobenius norms of the blocks that link the nodes.
    pub(super) fn norms(&self, a: &Csr<f64>) -> Csr<f64> {
        let n_nodes = self.starts.len() - 1;
        let parts = (0..n_nodes.div_ceil(ROWS))
            .into_par_iter()
            .map_init(
                || Accumulator::new(n_nodes),
                |sums, c| {
                    let mut part = Rows::default();
                    for node in c * ROWS..((c + 1) * ROWS).min(n_nodes) {
                        for &row in self.rows(node) {
                            let (columns, values) = a.row(row as usize);
                            for (&column, &value) in columns.iter().zip(values) {
                                sums.add(self.of[column as usize], value * value);
                            }
                        }
                        sums.drain_sorted(&mut part);
                    }
                    part
                },
            )
            .collect();
        let mut norms = Rows::concatenate(parts, n_nodes);
        norms.values_mut().iter_mut().for_each(|v| *v = v.sqrt());
        norms
    }
}

/// The graph of the nodes.
#[derive(Debug)]
pub(super) struct Graph {
    /// First all strong neighbours of a node, then the next node's.
    pub(super) starts: Vec<usize>,
    pub(super) neighbours: Vec<u32>,
    /// The neighbour with the largest link, strong or not; the node itself if it has none.
    pub(super) closest: Vec<u32>,
    /// Nodes that take part in the coarsening.
    pub(super) coupled: Vec<bool>,
}

/// Strong where `link² ≥ θ² d_i d_j`.
#[inline(always)]
pub(super) fn is_strong(link: f64, theta: f64, di: f64, dj: f64) -> bool {
    link * link >= theta * theta * (di * dj).abs()
}

/// The graph of the links of `a`, a matrix of nodes.
pub(super) fn graph(a: &Csr<f64>, diagonal: &[f64], theta: f64) -> Graph {
    let n = a.n_rows();
    let parts: Vec<Graph> = (0..n.div_ceil(ROWS))
        .into_par_iter()
        .map(|c| part(a, diagonal, theta, c * ROWS, ((c + 1) * ROWS).min(n)))
        .collect();
    let mut all = Graph { starts: vec![0], neighbours: Vec::new(), closest: Vec::new(), coupled: Vec::new() };
    for part in parts {
        let base = all.neighbours.len();
        all.starts.extend(part.starts.iter().map(|start| base + start));
        all.neighbours.extend_from_slice(&part.neighbours);
        all.closest.extend_from_slice(&part.closest);
        all.coupled.extend_from_slice(&part.coupled);
    }
    all
}

fn part(a: &Csr<f64>, diagonal: &[f64], theta: f64, from: usize, to: usize) -> Graph {
    let reserve = a.pattern().row_start()[to] - a.pattern().row_start()[from];
    let mut out = Graph {
        starts: Vec::with_capacity(to - from),
        neighbours: Vec::with_capacity(reserve),
        closest: Vec::with_capacity(to - from),
        coupled: Vec::with_capacity(to - from),
    };
    for row in from..to {
        let (columns, values) = a.row(row);
        let (mut sum, mut largest, mut closest) = (0.0, 0.0, row as u32);
        for (&column, &value) in columns.iter().zip(values) {
            let size = value.abs();
            if column as usize == row || size == 0.0 {
                continue;
            }
            sum += size;
            if size > largest {
                (largest, closest) = (size, column);
            }
            if is_strong(value, theta, diagonal[row], diagonal[column as usize]) {
                out.neighbours.push(column);
            }
        }
        out.starts.push(out.neighbours.len());
        out.closest.push(closest);
        out.coupled.push(sum > UNCOUPLED * diagonal[row]);
    }
    out
}
