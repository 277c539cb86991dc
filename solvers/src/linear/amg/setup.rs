//! The levels of the hierarchy.

use super::aggregate::aggregate;
use super::options::{AmgOptions, Unknowns, check_matrix};
use super::prolongator::smoothed;
use super::spectral::radius;
use super::strength::{Nodes, graph};
use super::tentative::tentative;
use crate::Result;
use crate::linear::Csr;

/// A level that has a coarser one.
#[derive(Debug)]
pub(super) struct SetupLevel {
    pub(super) a: Csr<f64>,
    /// ρ(D⁻¹A)
    pub(super) radius: f64,
    pub(super) prolong: Csr<f64>,
    pub(super) restrict: Csr<f64>,
}

/// A level with more than this part of the unknowns of the finer one isn't worth its cost.
const STALLED: f64 = 0.8;

/// A hierarchy in double precision.
#[derive(Debug)]
pub(super) struct Setup {
    /// All levels but the last.
    pub(super) levels: Vec<SetupLevel>,
    /// The matrix of the last, which is empty if every row of the finer one keeps to itself.
    pub(super) coarsest: Csr<f64>,
    /// What the matrices were multiplied by.
    pub(super) scale: f64,
}

/// Builds the hierarchy.
pub(super) fn setup(a: &Csr<f64>, options: &AmgOptions) -> Result<Setup> {
    options.check(a.n_rows())?;
    check_matrix(a)?;
    // A power of two, such that single precision holds the entries; no bit is lost.
    let scale = scale_of(a.values().iter().fold(0.0_f64, |m, v| m.max(v.abs())));
    let mut a = Csr::from_parts(a.pattern().clone(), a.values().iter().map(|v| v * scale).collect());
    let mut vectors = options.vectors(a.n_rows());
    let mut unknowns = options.unknowns.clone();
    let mut theta = options.strength;
    let mut levels = Vec::new();
    while a.n_rows() > options.max_coarse && levels.len() + 1 < options.max_levels {
        let Some((level, coarse)) = coarsen(&a, &unknowns, theta, &vectors) else { break };
        let next = level.restrict.product(&a.product(&level.prolong));
        unknowns = Unknowns::Interleaved(vectors.len());
        vectors = coarse;
        theta *= 0.5;
        levels.push(SetupLevel { a, ..level });
        a = next;
    }
    Ok(Setup { levels, coarsest: a, scale })
}

/// 2^(−⌊log₂ x⌋)
pub(super) fn scale_of(largest: f64) -> f64 {
    let exponent = largest.log2().floor().clamp(-1000.0, 1000.0);
    (-exponent).exp2()
}

fn coarsen(
    a: &Csr<f64>,
    unknowns: &Unknowns,
    theta: f64,
    vectors: &[Vec<f64>],
) -> Option<(SetupLevel, Vec<Vec<f64>>)> {
    let nodes = Nodes::new(unknowns, a.n_rows());
    let diagonal = a.diagonal();
    let graph = match &nodes {
        None => graph(a, &diagonal, theta),
        Some(nodes) => {
            let norms = nodes.norms(a);
            graph(&norms, &norms.diagonal(), theta)
        }
    };
    let (of, count) = aggregate(&graph);
    let width = vectors.len();
    if (count * width) as f64 > STALLED * a.n_rows() as f64 {
        return None;
    }
    let t = tentative(nodes.as_ref(), &of, count, vectors);
    let inverse: Vec<f64> = diagonal.iter().map(|&d| if d > 0.0 { 1.0 / d } else { 0.0 }).collect();
    let radius = radius(a, &inverse);
    let filter = (width == 1 && nodes.is_none()).then_some((theta, &vectors[0][..]));
    let prolong = smoothed(a, &diagonal, radius, &t, filter);
    let restrict = prolong.transpose();
    // The matrix is put in by the caller, who owns it.
    let empty = Csr::identity(0);
    Some((SetupLevel { a: empty, radius, prolong, restrict }, t.coarse))
}
