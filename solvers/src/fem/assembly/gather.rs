//! From element matrices to the sparse matrix.
//!
//! Threads that add element matrices to one sparse matrix would write to the same entries. Instead each matrix entry collects what
//! belongs to it, in the order of the cells: every thread owns a range of rows, and the sums are the same for any number of threads.
//! Where the collected numbers are is found once for a mesh and element.

use std::sync::Arc;

use rayon::prelude::*;

use super::Value;
use super::adjacency::{Adjacency, ROWS};
use crate::linear::Pattern;
use crate::{Error, Result};

/// For each entry (node, node) of the matrix, the places of its parts in the list `[cell, local row, local column]`.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    /// The entries.
    nodes: Arc<Pattern>,
    /// First source of each entry.
    source_start: Vec<u32>,
    sources: Vec<u32>,
    /// First and last cell of each row.
    cells: Vec<[u32; 2]>,
}

/// What one task finds for its rows, and the place for their sources.
struct Rows<'a> {
    nodes: std::ops::Range<usize>,
    sources: &'a mut [u32],
    lengths: Vec<u32>,
    columns: Vec<u32>,
    counts: Vec<u32>,
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
        let mut sources = vec![0; cell_nodes.len() * n];
        let mut tasks = Vec::with_capacity(n_nodes.div_ceil(ROWS));
        let mut rest = &mut sources[..];
        for start in (0..n_nodes).step_by(ROWS) {
            let nodes = start..n_nodes.min(start + ROWS);
            let (own, others) = rest.split_at_mut(adjacency.count(nodes.clone()) * n);
            tasks.push(Rows {
                nodes,
                sources: own,
                lengths: Vec::new(),
                columns: Vec::new(),
                counts: Vec::new(),
            });
            rest = others;
        }
        tasks.par_iter_mut().for_each(|task| task.sort(adjacency, cell_nodes, n));
        let entries = tasks.iter().map(|p| p.columns.len()).sum();
        let (mut row_start, mut columns) = (Vec::with_capacity(n_nodes + 1), Vec::with_capacity(entries));
        let mut source_start = Vec::with_capacity(entries + 1);
        row_start.push(0);
        source_start.push(0);
        let (mut row_end, mut source_end) = (0, 0);
        for task in tasks {
            row_start.extend(task.lengths.iter().map(|&length| {
                row_end += length as usize;
                row_end
            }));
            source_start.extend(task.counts.iter().map(|&count| {
                source_end += count;
                source_end
            }));
            columns.extend(task.columns);
        }
        let nodes = Arc::new(Pattern::trusted(n_nodes, row_start, columns));
        let cells = (0..n_nodes).map(|node| cell_range(adjacency.of(node), n)).collect();
        Ok(Self { nodes, source_start, sources, cells })
    }

    /// The pattern of the matrix over degrees of freedom.
    pub(super) fn pattern(&self, components: usize) -> Arc<Pattern> {
        if components == 1 {
            return self.nodes.clone();
        }
        let n = self.nodes.n_rows() * components;
        let mut row_start = Vec::with_capacity(n + 1);
        let mut columns = Vec::with_capacity(self.nodes.n_entries() * components * components);
        row_start.push(0);
        for row in 0..self.nodes.n_rows() {
            for _ in 0..components {
                for &node in self.nodes.row(row) {
                    let first = node * components as u32;
                    columns.extend(first..first + components as u32);
                }
                row_start.push(columns.len());
            }
        }
        Arc::new(Pattern::trusted(n, row_start, columns))
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
        let (row_start, n_nodes) = (self.nodes.row_start(), self.nodes.n_rows());
        let mut tasks = Vec::with_capacity(n_nodes.div_ceil(ROWS));
        let mut rest = values;
        for start in (0..n_nodes).step_by(ROWS) {
            let end = n_nodes.min(start + ROWS);
            let length = (row_start[end] - row_start[start]) * m * m;
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
        let row_start = self.nodes.row_start();
        let origin = row_start[rows.start];
        for row in rows {
            let [first, last] = self.cells[row];
            if last < batch.first || first >= batch.end {
                continue;
            }
            let is_whole = first >= batch.first && last < batch.end;
            let (start, end) = (row_start[row], row_start[row + 1]);
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
        let range = self.nodes.row_range(row);
        let (start, end) = (range.start, range.end);
        let entry = self.nodes.row(row).binary_search(&column).ok()?;
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

impl Rows<'_> {
    /// Sorts the parts of each row by column, then by place.
    fn sort(&mut self, adjacency: &Adjacency, cell_nodes: &[u32], n: usize) {
        let mut keys: Vec<u64> = Vec::new();
        let mut sources = self.sources.iter_mut();
        self.lengths.reserve(self.nodes.len());
        for node in self.nodes.clone() {
            keys.clear();
            for &place in adjacency.of(node) {
                let first = place as usize / n * n;
                for (local, &column) in cell_nodes[first..first + n].iter().enumerate() {
                    keys.push(u64::from(column) << 32 | (place as usize * n + local) as u64);
                }
            }
            keys.sort_unstable();
            let before = self.columns.len();
            for same in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
                self.columns.push((same[0] >> 32) as u32);
                self.counts.push(same.len() as u32);
            }
            // The keys come first: a zip asks its first iterator once more than its second one.
            for (&key, source) in keys.iter().zip(sources.by_ref()) {
                *source = key as u32;
            }
            self.lengths.push((self.columns.len() - before) as u32);
        }
    }
}

fn cell_range(places: &[u32], n: usize) -> [u32; 2] {
    match places {
        [] => [u32::MAX, 0],
        [first, .., last] => [first / n as u32, last / n as u32],
        [one] => [one / n as u32; 2],
    }
}
