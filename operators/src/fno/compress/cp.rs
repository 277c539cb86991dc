//! CP form by alternating least squares.

use faer::prelude::*;
use faer::{Mat, Side};
use rayon::prelude::*;
use sobolev_kernels::contract::{CMatmul, Operand, khatri_rao};
use sobolev_kernels::rng;

use super::svd::Unfolding;
use super::tensor::{C64, ComplexTensor};
use crate::{Error, Result};

/// Entries of the tensor and of its components that are multiplied at a time, and partial sums of these products.
const PIECE: usize = 1 << 20;
const GROUPS: usize = 16;
/// Added to the diagonal of the normal equations, relative to its mean: components that grow parallel stay bounded.
const RIDGE: f64 = 1e-12;
/// A singular value that is zero up to rounding, relative to the largest.
const NEGLIGIBLE: f64 = 1e-10;

/// A CP form `Σ_r λ_r u_1r ⊗ .. ⊗ u_Nr` with `λ = 1`.
#[derive(Clone, Debug)]
pub struct CpTensor {
    /// `U_k [I_k, R]`; the columns of a component are equally long.
    pub factors: Vec<Vec<C64>>,
    /// `R`
    pub rank: usize,
    /// The distance to the tensor that was decomposed.
    pub distance: f64,
    /// Sweeps over all factors.
    pub sweeps: usize,
}

/// When alternating least squares end.
#[derive(Clone, Copy, Debug)]
pub struct AlsOptions {
    /// Sweeps at most.
    pub sweeps: usize,
    /// Stops when a sweep lowers the relative distance by less than this.
    pub tolerance: f64,
    /// Of the columns beyond the singular vectors that the factors start with.
    pub seed: u64,
}

impl Default for AlsOptions {
    fn default() -> Self {
        Self { sweeps: 100, tolerance: 1e-5, seed: 0 }
    }
}

/// A CP form of rank `R` by alternating least squares, started with the singular vectors of the unfoldings (as the Tucker form by
/// [`hosvd`](super::hosvd()) has them) and, where the rank exceeds the length of an axis, with random columns.
///
/// With `K` the Khatri-Rao product of all factors but `U_k`, a step solves
///
/// ```math
/// U_k (K^T \bar K + ε I) = A_(k) \bar K,    K^T \bar K = ∏_{j ≠ k} (U_j^T \bar U_j)   (entry by entry)
/// ```
///
/// which never raises the distance (up to ε). The best CP form need not exist, and the limit need not be the best: of the three
/// forms this is the only one without a bound.
///
/// **Source.** Kolda and Bader, *Tensor Decompositions and Applications*, 2009, section 3.4.
///
/// # Errors
/// [`Error::Decomposition`] where a singular value decomposition or a linear system fails.
pub fn cp_als(tensor: &ComplexTensor, rank: usize, options: &AlsOptions) -> Result<CpTensor> {
    let order = tensor.shape().len();
    let mut factors = Vec::with_capacity(order);
    for axis in 0..order {
        factors.push(start(tensor, axis, rank, options.seed)?);
    }
    let mut grams: Vec<Vec<C64>> = factors.iter().map(|u| gram(u, rank)).collect();
    let norm = tensor.norm();
    if norm == 0.0 {
        factors.iter_mut().for_each(|u| u.fill(0.0.into()));
        return Ok(CpTensor { factors, rank, distance: 0.0, sweeps: 0 });
    }
    let (mut distance, mut gain, mut sweeps) = (f64::INFINITY, f64::INFINITY, 0);
    while sweeps < options.sweeps && gain > options.tolerance * norm {
        sweeps += 1;
        let mut inner = 0.0;
        for axis in 0..order {
            let right = times_khatri_rao(tensor, &factors, axis, rank);
            let system = hadamard(&grams, Some(axis));
            factors[axis] = solve(&system, &right, rank)?;
            grams[axis] = gram(&factors[axis], rank);
            // The last product gives the inner product with the tensor for nothing.
            inner = right.iter().zip(&factors[axis]).map(|(m, u)| (m * u.conj()).re).sum();
        }
        let model: f64 = hadamard(&grams, None).iter().map(|z| z.re).sum();
        let reached = (norm * norm - 2.0 * inner + model).max(0.0).sqrt();
        gain = distance - reached;
        distance = reached;
    }
    balance(&mut factors, rank);
    let mut cp = CpTensor { factors, rank, distance, sweeps };
    // The formula above cancels; the distance that is reported is measured.
    cp.distance = tensor.distance(&cp.reconstruct(tensor.shape()));
    Ok(cp)
}

impl CpTensor {
    /// All entries, of a tensor of this shape.
    #[must_use]
    pub fn reconstruct(&self, shape: &[usize]) -> ComplexTensor {
        let cut = self.factors.len() / 2;
        let product = |factors: &[Vec<C64>]| {
            let (first, rest) = factors.split_at(1);
            rest.iter().fold(first[0].clone(), |k, u| khatri_rao(&k, u, self.rank))
        };
        if self.factors.len() == 1 {
            let sums = self.factors[0].chunks_exact(self.rank).map(|row| row.iter().sum()).collect();
            return ComplexTensor::of(shape, sums);
        }
        let (a, b) = (product(&self.factors[..cut]), product(&self.factors[cut..]));
        let (rows, columns) = (a.len() / self.rank, b.len() / self.rank);
        let entries =
            CMatmul::new(1, rows, self.rank, columns).with_b(Operand::shared().transposed()).forward(&a, &b);
        ComplexTensor::of(shape, entries)
    }
}

/// The first `rank` singular vectors, then columns of unit length on average.
///
/// A vector without a singular value is orthogonal to the whole tensor: a component that began there would never grow.
fn start(tensor: &ComplexTensor, axis: usize, rank: usize, seed: u64) -> Result<Vec<C64>> {
    let unfolding = Unfolding::of(tensor, axis)?;
    let length = tensor.shape()[axis];
    let least = NEGLIGIBLE * unfolding.values.first().copied().unwrap_or(0.0);
    let known = unfolding.values.iter().take(rank).take_while(|&&s| s > least).count();
    let vectors = unfolding.leading(known);
    let draws = rng::normals(&mut rng::stream(seed, axis as u64), 2 * length * (rank - known));
    let scale = (0.5 / length as f64).sqrt();
    let mut drawn = draws.chunks_exact(2).map(|z| C64::new(scale * z[0], scale * z[1]));
    let mut factor = Vec::with_capacity(length * rank);
    for row in 0..length {
        factor.extend_from_slice(&vectors[row * known..(row + 1) * known]);
        factor.extend(drawn.by_ref().take(rank - known));
    }
    Ok(factor)
}

/// `U^T conj(U)`, `[R, R]`.
fn gram(u: &[C64], rank: usize) -> Vec<C64> {
    let rows = u.len() / rank;
    let conj: Vec<C64> = u.iter().map(C64::conj).collect();
    CMatmul::new(1, rank, rows, rank).with_a(Operand::each().transposed()).forward(u, &conj)
}

/// The entrywise product of all matrices but one.
fn hadamard(grams: &[Vec<C64>], but: Option<usize>) -> Vec<C64> {
    let mut all = grams.iter().enumerate().filter(|(k, _)| Some(*k) != but).map(|(_, g)| g);
    let mut product = all.next().cloned().unwrap_or_else(|| vec![1.0.into(); grams[0].len()]);
    for gram in all {
        product.iter_mut().zip(gram).for_each(|(p, g)| *p *= g);
    }
    product
}

/// `A_(k) conj(K)`, `[I_k, R]`, without building `K`: rows of the tensor (all axes but the last) in pieces.
fn times_khatri_rao(tensor: &ComplexTensor, factors: &[Vec<C64>], axis: usize, rank: usize) -> Vec<C64> {
    let shape = tensor.shape();
    let (last, columns) = (shape.len() - 1, shape[shape.len() - 1]);
    let rows = tensor.entries().len() / columns;
    let step = (PIECE / (columns + rank)).max(1);
    let conj: Vec<Vec<C64>> = factors.iter().map(|u| u.iter().map(C64::conj).collect()).collect();
    let pieces = rows.div_ceil(step);
    let chain = pieces.div_ceil(GROUPS);
    let add = |sum: &mut [C64], piece: usize| {
        let (from, to) = (piece * step, ((piece + 1) * step).min(rows));
        let block = &tensor.entries()[from * columns..to * columns];
        if axis == last {
            // A^T K with the rows of K of this piece.
            let mut k = vec![C64::from(1.0); (to - from) * rank];
            for (row, k) in (from..to).zip(k.chunks_exact_mut(rank)) {
                times_rows(&conj, shape, row, None, rank, k);
            }
            let product = CMatmul::new(1, columns, to - from, rank).with_a(Operand::each().transposed());
            sum.iter_mut().zip(product.forward(block, &k)).for_each(|(s, p)| *s += p);
            return;
        }
        let mut z = CMatmul::new(1, to - from, columns, rank).forward(block, &conj[last]);
        for (row, z) in (from..to).zip(z.chunks_exact_mut(rank)) {
            let index = times_rows(&conj, shape, row, Some(axis), rank, z);
            sum[index * rank..(index + 1) * rank].iter_mut().zip(z.iter()).for_each(|(s, z)| *s += z);
        }
    };
    let group = |group: usize| {
        let mut sum = vec![C64::from(0.0); shape[axis] * rank];
        (group * chain..((group + 1) * chain).min(pieces)).for_each(|piece| add(&mut sum, piece));
        sum
    };
    // Added in order: the result does not depend on the threads.
    let parts: Vec<Vec<C64>> = (0..pieces.div_ceil(chain)).into_par_iter().map(group).collect();
    let mut total = vec![C64::from(0.0); shape[axis] * rank];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    total
}

/// Multiplies the rows that belong to `row` (all axes but the last, and but `axis`) into `z`; the index along `axis`.
fn times_rows(
    factors: &[Vec<C64>],
    shape: &[usize],
    mut row: usize,
    axis: Option<usize>,
    rank: usize,
    z: &mut [C64],
) -> usize {
    let mut along = 0;
    for j in (0..shape.len() - 1).rev() {
        let index = row % shape[j];
        row /= shape[j];
        if Some(j) == axis {
            along = index;
        } else {
            let u = &factors[j][index * rank..(index + 1) * rank];
            z.iter_mut().zip(u).for_each(|(z, u)| *z *= u);
        }
    }
    along
}

/// `X` with `X S = B` for a Hermitian `S [R, R]`, rows of `B [n, R]`.
fn solve(system: &[C64], right: &[C64], rank: usize) -> Result<Vec<C64>> {
    let trace: f64 = (0..rank).map(|r| system[r * rank + r].re).sum();
    let ridge = RIDGE * trace / rank as f64;
    // S^T X^T = B^T; the transpose of a Hermitian matrix is its conjugate.
    let matrix = Mat::from_fn(rank, rank, |i, j| {
        system[j * rank + i] + if i == j { C64::from(ridge) } else { C64::from(0.0) }
    });
    let rows = right.len() / rank;
    let b = Mat::from_fn(rank, rows, |r, n| right[n * rank + r]);
    let x = match matrix.llt(Side::Lower) {
        Ok(factor) => factor.solve(&b),
        Err(_) => matrix.lblt(Side::Lower).solve(&b),
    };
    let x: Vec<C64> = (0..rows).flat_map(|n| (0..rank).map(move |r| (r, n))).map(|at| x[at]).collect();
    if x.iter().all(|z| z.is_finite()) {
        return Ok(x);
    }
    Err(Error::Decomposition { reason: format!("the normal equations of {rank} components are singular") })
}

/// Gives the columns of a component equal lengths.
fn balance(factors: &mut [Vec<C64>], rank: usize) {
    let lengths: Vec<Vec<f64>> = factors
        .iter()
        .map(|u| {
            (0..rank)
                .map(|r| u.iter().skip(r).step_by(rank).map(|z| z.norm_sqr()).sum::<f64>().sqrt())
                .collect()
        })
        .collect();
    for r in 0..rank {
        let product: f64 = lengths.iter().map(|l| l[r]).product();
        let mean = product.powf(1.0 / factors.len() as f64);
        for (u, lengths) in factors.iter_mut().zip(&lengths) {
            let scale = if lengths[r] > 0.0 { mean / lengths[r] } else { 0.0 };
            u.iter_mut().skip(r).step_by(rank).for_each(|z| *z *= scale);
        }
    }
}
