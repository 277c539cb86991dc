//! The tentative interpolation: near-null vectors cut up over the aggregates.

use super::aggregate::NONE;
use super::strength::Nodes;

/// `T` with `B = T B_coarse` on every aggregate and orthonormal columns.
#[derive(Debug)]
pub(super) struct Tentative {
    /// Near-null vectors, and so columns an aggregate.
    pub(super) width: usize,
    /// The aggregate of each row, or [`NONE`].
    pub(super) aggregate: Vec<u32>,
    /// `[rows, width]`
    pub(super) values: Vec<f64>,
    /// The near-null vectors of the coarse level, each `[aggregates * width]`.
    pub(super) coarse: Vec<Vec<f64>>,
}

/// A column whose rest after the projection is below this part of it adds nothing new.
const DEPENDENT: f64 = 1e-9;

/// QR factorisations of the near-null vectors on each aggregate.
pub(super) fn tentative(nodes: Option<&Nodes>, of: &[u32], count: usize, vectors: &[Vec<f64>]) -> Tentative {
    let width = vectors.len();
    let n = vectors[0].len();
    let aggregate: Vec<u32> = match nodes {
        None => of.to_vec(),
        Some(nodes) => nodes.of.iter().map(|&node| of[node as usize]).collect(),
    };
    let mut starts = vec![0_usize; count + 1];
    for &a in aggregate.iter().filter(|&&a| a != NONE) {
        starts[a as usize + 1] += 1;
    }
    for a in 0..count {
        starts[a + 1] += starts[a];
    }
    let (mut next, mut rows) = (starts.clone(), vec![0_u32; starts[count]]);
    for (row, &a) in aggregate.iter().enumerate().filter(|&(_, &a)| a != NONE) {
        rows[next[a as usize]] = row as u32;
        next[a as usize] += 1;
    }
    let mut values = vec![0.0; n * width];
    let mut coarse = vec![vec![0.0; count * width]; width];
    let mut block = Vec::new();
    for a in 0..count {
        let rows = &rows[starts[a]..starts[a + 1]];
        block.clear();
        for vector in vectors {
            block.extend(rows.iter().map(|&row| vector[row as usize]));
        }
        orthonormalise(&mut block, rows.len(), width, |i, j, r| coarse[j][a * width + i] = r);
        for (k, &row) in rows.iter().enumerate() {
            for c in 0..width {
                values[row as usize * width + c] = block[c * rows.len() + k];
            }
        }
    }
    Tentative { width, aggregate, values, coarse }
}

/// Gram-Schmidt, each projection twice, on `width` columns of `len`; reports the entries `(i, j, r_ij)` of the triangle. A
/// dependent column becomes zero.
fn orthonormalise(block: &mut [f64], len: usize, width: usize, mut triangle: impl FnMut(usize, usize, f64)) {
    let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    for j in 0..width {
        let (before, rest) = block.split_at_mut(j * len);
        let column = &mut rest[..len];
        let size = norm(column);
        for i in 0..j {
            let q = &before[i * len..][..len];
            let mut r = 0.0;
            for _ in 0..2 {
                let part: f64 = q.iter().zip(&*column).map(|(q, c)| q * c).sum();
                column.iter_mut().zip(q).for_each(|(c, q)| *c -= part * q);
                r += part;
            }
            triangle(i, j, r);
        }
        let left = norm(column);
        let keep = left > DEPENDENT * size;
        column.iter_mut().for_each(|c| *c = if keep { *c / left } else { 0.0 });
        triangle(j, j, if keep { left } else { 0.0 });
    }
}
