//! What a user of the multigrid chooses, and its check.

use rayon::prelude::*;

use crate::linear::Csr;
use crate::{Error, Result};

/// Which rows of the matrix belong to one node of the mesh; a node is never torn apart by the coarsening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknowns {
    /// This many consecutive rows a node: 1 for a scalar problem, the dimension for displacements.
    Interleaved(usize),
    /// The node of each row: for vector problems from which single components were eliminated. `[rows]`
    Nodes(Vec<u32>),
}

/// The way through the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycle {
    /// Each level once down and once up.
    V,
    /// Each coarse level twice: dearer, and better for hard coefficients.
    W,
}

/// What removes the rough part of the error on each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoother {
    /// One forward sweep before and one backward sweep after the coarse correction.
    GaussSeidel,
    /// A Chebyshev polynomial in `D⁻¹A` of this degree before and after.
    Chebyshev(usize),
}

/// The scalars of the cycle. The setup always runs in double precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// `f32`: half the memory traffic. The preconditioned iteration around it still reaches any tolerance.
    Single,
    /// `f64`: for condition numbers beyond about 1e7, such as slender bodies or coefficient contrasts above 1e5.
    Double,
}

/// How a [`SmoothedAggregation`](super::SmoothedAggregation) is built.
#[derive(Clone, Debug, PartialEq)]
pub struct AmgOptions {
    /// Vectors that the matrix almost maps to zero, each `[rows]`: the constant for diffusion, the
    /// [`rigid_body_modes`](super::rigid_body_modes) for elasticity. Default: the constant, for each component of a node.
    pub near_nullspace: Vec<Vec<f64>>,
    /// The rows of a node; default one.
    pub unknowns: Unknowns,
    /// A link is strong where `a_ij² ≥ θ² a_ii a_jj` (norms of blocks for vector problems), with θ halved from level to level;
    /// default 0.08. Zero makes all links strong.
    pub strength: f64,
    /// Default [`Cycle::V`].
    pub cycle: Cycle,
    /// Default [`Smoother::GaussSeidel`].
    pub smoother: Smoother,
    /// Default [`Precision::Single`].
    pub precision: Precision,
    /// Levels at most; default 20.
    pub max_levels: usize,
    /// A level of at most so many unknowns is solved directly; default 100.
    pub max_coarse: usize,
}

impl Default for AmgOptions {
    fn default() -> Self {
        Self {
            near_nullspace: Vec::new(),
            unknowns: Unknowns::Interleaved(1),
            strength: 0.08,
            cycle: Cycle::V,
            smoother: Smoother::GaussSeidel,
            precision: Precision::Single,
            max_levels: 20,
            max_coarse: 100,
        }
    }
}

impl AmgOptions {
    pub(super) fn check(&self, rows: usize) -> Result<()> {
        let config = |field, expected, value| Err(Error::Config { field, expected, value });
        if !(0.0..1.0).contains(&self.strength) {
            return config("strength", "in [0, 1)", self.strength.to_string());
        }
        if self.max_levels == 0 {
            return config("max_levels", "at least 1", "0".to_owned());
        }
        if self.max_coarse == 0 || self.max_coarse > 1000 {
            return config("max_coarse", "in 1..=1000", self.max_coarse.to_string());
        }
        if self.smoother == Smoother::Chebyshev(0) {
            return config("the degree of the Chebyshev smoother", "at least 1", "0".to_owned());
        }
        match &self.unknowns {
            Unknowns::Interleaved(size) if *size == 0 || !rows.is_multiple_of(*size) => {
                let expected = "a number of rows a node that divides the rows of the matrix";
                return config("unknowns", expected, size.to_string());
            }
            Unknowns::Nodes(nodes) if nodes.len() != rows => {
                let axes = "[rows]".to_owned();
                return Err(Error::Length { name: "unknowns", axes, expected: rows, found: nodes.len() });
            }
            Unknowns::Nodes(nodes) if nodes.iter().any(|&node| node as usize >= rows) => {
                return config(
                    "unknowns",
                    "node numbers below the number of rows",
                    "a larger one".to_owned(),
                );
            }
            _ => {}
        }
        for vector in &self.near_nullspace {
            if vector.len() != rows {
                let (axes, found) = ("[rows]".to_owned(), vector.len());
                return Err(Error::Length { name: "a near-null vector", axes, expected: rows, found });
            }
            if let Some(position) = vector.iter().position(|v| !v.is_finite()) {
                return Err(Error::NotFinite {
                    name: "a near-null vector",
                    position,
                    value: vector[position],
                });
            }
        }
        Ok(())
    }

    /// The near-null vectors, those given or constants.
    pub(super) fn vectors(&self, rows: usize) -> Vec<Vec<f64>> {
        if !self.near_nullspace.is_empty() {
            return self.near_nullspace.clone();
        }
        let components = if let Unknowns::Interleaved(size) = self.unknowns { size } else { 1 };
        (0..components)
            .map(|c| (0..rows).map(|k| f64::from(u8::from(k % components == c))).collect())
            .collect()
    }
}

/// What the theory asks of the matrix. Symmetry is tested with two vectors: `xᵀAy = yᵀAx`.
pub(super) fn check_matrix(a: &Csr<f64>) -> Result<()> {
    const NAME: &str = "algebraic multigrid";
    let n = a.n_rows();
    let bad = |row, problem: String| Err(Error::Sparse { name: NAME, row, problem });
    if n != a.n_cols() || n == 0 {
        return bad(
            n.saturating_sub(1),
            format!("is the last of {n} rows of {} columns: not square", a.n_cols()),
        );
    }
    let problem = |row: usize| {
        let (columns, values) = a.row(row);
        if let Some(k) = values.iter().position(|v| !v.is_finite()) {
            return Some((row, format!("has {} in column {}", values[k], columns[k])));
        }
        let d = a.get(row, row);
        (d <= 0.0).then(|| (row, format!("has {d} on the diagonal: not positive definite")))
    };
    let first = (0..n).into_par_iter().with_min_len(4096).map(problem).find_first(|found| found.is_some());
    if let Some((row, problem)) = first.flatten() {
        return bad(row, problem);
    }
    let (x, y) = (super::spectral::noise(n, 1), super::spectral::noise(n, 2));
    let mut image = vec![0.0; n];
    let mut product = |x: &[f64], y: &[f64]| {
        a.multiply(y, &mut image);
        let size: f64 = x.iter().zip(&image).map(|(x, y)| (x * y).abs()).sum();
        (crate::linear::parallel::dot(x, &image), size)
    };
    let ((xy, size), (yx, _)) = (product(&x, &y), product(&y, &x));
    if (xy - yx).abs() > 1e-8 * size {
        return bad(
            0,
            format!("or another one isn't symmetric: xᵀAy = {xy:e}, yᵀAx = {yx:e} for a pair of vectors"),
        );
    }
    Ok(())
}
