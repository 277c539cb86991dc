//! The cells around each node.

use rayon::prelude::*;

/// For each node its places in the list `[cell, local node]`, ascending.
#[derive(Clone, Debug)]
pub(super) struct Adjacency {
    start: Vec<u32>,
    places: Vec<u32>,
}

/// Nodes a task; fixed, so that results do not depend on the number of threads.
pub(super) const ROWS: usize = 2048;

impl Adjacency {
    /// By counting sort.
    pub(super) fn new(n_nodes: usize, cell_nodes: &[u32]) -> Self {
        let mut start = vec![0u32; n_nodes + 1];
        for &node in cell_nodes {
            start[node as usize + 1] += 1;
        }
        for node in 0..n_nodes {
            start[node + 1] += start[node];
        }
        let mut next = start.clone();
        let mut places = vec![0; cell_nodes.len()];
        for (place, &node) in cell_nodes.iter().enumerate() {
            let next = &mut next[node as usize];
            places[*next as usize] = place as u32;
            *next += 1;
        }
        Self { start, places }
    }

    #[inline(always)]
    pub(super) fn of(&self, node: usize) -> &[u32] {
        &self.places[self.start[node] as usize..self.start[node + 1] as usize]
    }

    /// Places of a range of nodes.
    pub(super) fn count(&self, nodes: std::ops::Range<usize>) -> usize {
        (self.start[nodes.end] - self.start[nodes.start]) as usize
    }

    pub(super) fn n_nodes(&self) -> usize {
        self.start.len() - 1
    }

    /// Sums element vectors `[cell, local node, component]` into `out`, `[node, component]`: each in the order of its cells.
    pub(super) fn sum<T: super::Value>(&self, elements: &[T], components: usize, out: &mut [T]) {
        out.par_chunks_mut(ROWS * components).enumerate().for_each(|(chunk, out)| {
            for (row, out) in out.chunks_exact_mut(components).enumerate() {
                for &place in self.of(chunk * ROWS + row) {
                    for (out, x) in out.iter_mut().zip(&elements[place as usize * components..]) {
                        *out += *x;
                    }
                }
            }
        });
    }
}
