//! From element matrices to the sparse matrix.
//!
//! Threads that add element matrices to one sparse matrix would write to the same entries. Instead each matrix entry collects what
//! belongs to it, in the order of the cells: every thread owns a range of rows, and the sums are the same for any number of threads.
//! Where the collected numbers are is found once for a mesh and element.

use rayon::prelude::*;

use super::Value;
use super::adjacency::{Adjacency, ROWS};
use crate::linear::Pattern;
use crate::{Error, Result};

/// For each entry (node, node) of the matrix, the places of its parts in the list `[cell, local row, local column]`.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    /// First entry of each row.
    row_start: Vec<usize>,
    columns: Vec<u32>,
    /// First source of each entry.
    source_start: Vec<u32>,
    sources: Vec<u32>,
    /// First and last cell of each row.
    cells: Vec<[u32; 2]>,
}

/// What one task finds for its rows.
#[derive(Default)]
struct Rows {
    lengths: Vec<u32>,
    columns: Vec<u32>,
    counts: Vec<u32>,
    sources: Vec<u32>,
}

impl Gather {
    pub(super) fn new(adjacency: &Adjacency, cell_nodes: &[u32], n: usize) -> Result<Self> {
        if cell_nodes.len() as u64 * n as u64 >= u64::from(u32::MAX) {
            let expected = "small enough that 32 bits number the entries of all element matrices";
            return Err(Error::Config {
                field: "mesh",
                expected,
                value: format!("{} cells", cell_nodes.len() / n),
            });
        }
        let n_nodes = adjacency.n_nodes();
        let parts: Vec<Rows> = (0..n_nodes.div_ceil(ROWS))
            .into_par_iter()
            .map(|chunk| rows(adjacency, cell_nodes, n, chunk * ROWS..n_nodes.min((chunk + 1) * ROWS)))
            .collect();
        let entries = parts.iter().map(|p| p.columns.len()).sum();
        let mut gather = Self {
            row_start: Vec::with_capacity(n_nodes + 1),
            columns: Vec::with_capacity(entries),
            source_start: Vec::with_capacity(entries + 1),
            sources: Vec::with_capacity(cell_nodes.len() * n),
            cells: (0..n_nodes).map(|node| cell_range(adjacency.of(node), n)).collect(),
        };
        gather.row_start.push(0);
        gather.source_start.push(0);
        let (mut row_end, mut source_end) = (0, 0);
        for part in parts {
            gather.row_start.extend(part.lengths.iter().map(|&length| {
                row_end += length as usize;
                row_end
            }));
            gather.source_start.extend(part.counts.iter().map(|&count| {
                source_end += count;
                source_end
            }));
            gather.columns.extend(part.columns);
            gather.sources.extend(part.sources);
        }
        Ok(gather)
    }

    /// The pattern of the matrix over degrees of freedom.
    pub(super) fn pattern(&self, components: usize) -> Pattern {
        let n = (self.row_start.len() - 1) * components;
        if components == 1 {
            return Pattern::trusted(n, self.row_start.clone(), self.columns.clone());
        }
        let mut row_start = Vec::with_capacity(n + 1);
        let mut columns = Vec::with_capacity(self.columns.len() * components * components);
        row_start.push(0);
        for ends in self.row_start.windows(2) {
            for _ in 0..components {
                for &node in &self.columns[ends[0]..ends[1]] {
                    let first = node * components as u32;
                    columns.extend(first..first + components as u32);
                }
                row_start.push(columns.len());
            }
        }
        Pattern::trusted(n, row_start, columns)
    }

    /// Adds the element matrices of the cells from `first` on to `values`.
    ///
    /// `elements` is `[cell, local row, local column, row component, column component]`.
    pub(super) fn add<T: Value>(
        &self,
        elements: &[T],
        n: usize,
        components: usize,
        first: usize,
        values: &mut [T],
    ) {
        let m = components;
        let n_cells = elements.len() / (n * n * m * m);
        let batch = Batch {
            first: first as u32,
            end: (first + n_cells) as u32,
            base: (first * n * n) as u32,
            elements,
            m,
        };
        let n_nodes = self.row_start.len() - 1;
        let mut tasks = Vec::with_capacity(n_nodes.div_ceil(ROWS));
        let mut rest = values;
        for start in (0..n_nodes).step_by(ROWS) {
            let end = n_nodes.min(start + ROWS);
            let length = (self.row_start[end] - self.row_start[start]) * m * m;
            let (own, others) = rest.split_at_mut(length);
            tasks.push((start..end, own));
            rest = others;
        }
        tasks.into_par_iter().for_each(|(rows, own)| match m {
            1 => self.add_rows::<T, 1>(&batch, rows, own),
            2 => self.add_rows::<T, 2>(&batch, rows, own),
            _ => self.add_rows::<T, 3>(&batch, rows, own),
        });
    }

    fn add_rows<T: Value, const M: usize>(
        &self,
        batch: &Batch<'_, T>,
        rows: std::ops::Range<usize>,
        own: &mut [T],
    ) {
        debug_assert_eq!(batch.m, M);
        let origin = self.row_start[rows.start];
        for row in rows {
            let [first, last] = self.cells[row];
            if last < batch.first || first >= batch.end {
                continue;
            }
            let is_whole = first >= batch.first && last < batch.end;
            let (start, end) = (self.row_start[row], self.row_start[row + 1]);
            let length = end - start;
            let own = &mut own[(start - origin) * M * M..][..length * M * M];
            for entry in 0..length {
                let span =
                    self.source_start[start + entry] as usize..self.source_start[start + entry + 1] as usize;
                let mut sources = &self.sources[span];
                if !is_whole {
                    sources = batch.part(sources, batch.elements.len() / (M * M));
                }
                let mut sum = [[T::default(); M]; M];
                for (c, sum) in sum.iter_mut().enumerate() {
                    sum.copy_from_slice(&own[c * M * length + entry * M..][..M]);
                }
                for &source in sources {
                    let block = &batch.elements[(source - batch.base) as usize * M * M..][..M * M];
                    for c in 0..M {
                        for d in 0..M {
                            sum[c][d] += block[c * M + d];
                        }
                    }
                }
                for (c, sum) in sum.iter().enumerate() {
                    own[c * M * length + entry * M..][..M].copy_from_slice(sum);
                }
            }
        }
    }

    /// The position in the values, for a space with `m` components, of entry (row, column) of component block (c, d).
    pub(super) fn position(&self, row: usize, column: u32, [c, d]: [usize; 2], m: usize) -> Option<usize> {
        let (start, end) = (self.row_start[row], self.row_start[row + 1]);
        let entry = self.columns[start..end].binary_search(&column).ok()?;
        Some(start * m * m + c * m * (end - start) + entry * m + d)
    }
}

/// Consecutive cells whose element matrices are at hand.
struct Batch<'a, T> {
    first: u32,
    end: u32,
    /// The place of the first entry in the list of all.
    base: u32,
    elements: &'a [T],
    m: usize,
}

impl<T> Batch<'_, T> {
    /// The sources in this batch, of sources that ascend.
    fn part<'s>(&self, sources: &'s [u32], entries: usize) -> &'s [u32] {
        let end = u64::from(self.base) + entries as u64;
        let from = sources.partition_point(|&s| s < self.base);
        let to = sources.partition_point(|&s| u64::from(s) < end);
        &sources[from..to]
    }
}

/// Sorts the parts of each row by column, then by place.
fn rows(adjacency: &Adjacency, cell_nodes: &[u32], n: usize, nodes: std::ops::Range<usize>) -> Rows {
    let mut rows = Rows::default();
    let mut keys: Vec<u64> = Vec::new();
    for node in nodes {
        keys.clear();
        for &place in adjacency.of(node) {
            let first = place as usize / n * n;
            for (local, &column) in cell_nodes[first..first + n].iter().enumerate() {
                keys.push(u64::from(column) << 32 | (place as usize * n + local) as u64);
            }
        }
        keys.sort_unstable();
        let before = rows.columns.len();
        for same in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            rows.columns.push((same[0] >> 32) as u32);
            rows.counts.push(same.len() as u32);
            rows.sources.extend(same.iter().map(|&key| key as u32));
        }
        rows.lengths.push((rows.columns.len() - before) as u32);
    }
    rows
}

fn cell_range(places: &[u32], n: usize) -> [u32; 2] {
    match places {
        [] => [u32::MAX, 0],
        [first, .., last] => [first / n as u32, last / n as u32],
        [one] => [one / n as u32; 2],
    }
}
