//! Edges, faces and facets, found by sorting.

use std::sync::OnceLock;

use super::CellKind;

/// Fills the places of a shorter list of vertices.
pub(super) const NONE: u32 = u32::MAX;

/// One side of one cell, or one listed facet, in the bucket of its smallest vertex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// The other vertices, ascending.
    rest: [u32; 3],
    id: u32,
}

/// The equal sides of cells brought together.
///
/// Sides are put into buckets by their smallest vertex (a counting sort), and each bucket, a handful of entries, is sorted by the
/// other vertices: linear work, and an order that depends on nothing but the vertices.
pub(super) struct SideSort {
    start: Vec<u32>,
    entries: Vec<Entry>,
}

impl SideSort {
    /// Side `l` of cell `c` gets the number `c · locals.len() + l`; the lists of `extra`, each of `width` vertices, follow.
    pub(super) fn new(
        kind: CellKind,
        locals: &[&[u8]],
        cells: &[u32],
        n_points: usize,
        extra: &[u32],
    ) -> Self {
        let width = locals[0].len();
        let each = |visit: &mut dyn FnMut([u32; 4])| {
            for cell in cells.chunks_exact(kind.n_vertices()) {
                for local in locals {
                    visit(sorted(local.iter().map(|&v| cell[v as usize])));
                }
            }
            extra.chunks_exact(width).for_each(|facet| visit(sorted(facet.iter().copied())));
        };
        let mut start = vec![0u32; n_points + 1];
        each(&mut |key| start[key[0] as usize + 1] += 1);
        for i in 0..n_points {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut entries = vec![Entry { rest: [NONE; 3], id: 0 }; start[n_points] as usize];
        let mut id = 0;
        each(&mut |key| {
            let place = &mut next[key[0] as usize];
            entries[*place as usize] = Entry { rest: [key[1], key[2], key[3]], id };
            *place += 1;
            id += 1;
        });
        for bucket in start.windows(2) {
            entries[bucket[0] as usize..bucket[1] as usize].sort_unstable();
        }
        Self { start, entries }
    }

    /// Calls `visit(vertices, numbers)` for every distinct side, in lexicographic order of the sorted vertices.
    pub(super) fn try_each<E>(
        &self,
        mut visit: impl FnMut([u32; 4], &[u32]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut numbers = Vec::new();
        for (smallest, bucket) in self.start.windows(2).enumerate() {
            let bucket = &self.entries[bucket[0] as usize..bucket[1] as usize];
            for same in bucket.chunk_by(|a, b| a.rest == b.rest) {
                numbers.clear();
                numbers.extend(same.iter().map(|entry| entry.id));
                let [b, c, d] = same[0].rest;
                visit([smallest as u32, b, c, d], &numbers)?;
            }
        }
        Ok(())
    }
}

fn sorted(vertices: impl Iterator<Item = u32>) -> [u32; 4] {
    let mut key = [NONE; 4];
    for (place, vertex) in key.iter_mut().zip(vertices) {
        *place = vertex;
    }
    key.sort_unstable();
    key
}

/// The numbered sides of one dimension: their sorted vertices, and the numbers of each cell's sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbered {
    pub(super) vertices: Vec<[u32; 4]>,
    pub(super) of_cells: Vec<u32>,
}

impl Numbered {
    pub(super) fn new(kind: CellKind, locals: &[&[u8]], cells: &[u32], n_points: usize) -> Self {
        let sides = SideSort::new(kind, locals, cells, n_points, &[]);
        let mut of_cells = vec![0; cells.len() / kind.n_vertices() * locals.len()];
        let mut vertices = Vec::new();
        let done: Result<(), std::convert::Infallible> = sides.try_each(|key, numbers| {
            for &number in numbers {
                of_cells[number as usize] = vertices.len() as u32;
            }
            vertices.push(key);
            Ok(())
        });
        match done {
            Ok(()) => Self { vertices, of_cells },
        }
    }
}

/// Edges and faces, numbered when first asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Topology {
    pub(super) edges: OnceLock<(Vec<[u32; 2]>, Vec<u32>)>,
    pub(super) faces: OnceLock<Numbered>,
}
