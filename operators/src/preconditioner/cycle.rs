//! V-cycles that a gradient passes through.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::lattice::{Lattice, NinePoint};
use super::smoother::MgPreconditioner;

/// The levels of one operator, finest first.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    levels: Vec<Lattice>,
    /// The inverse of the coarsest operator, `[1, points, points]`.
    inverse: Tensor<3>,
}

/// What one or more cycles leave of an error.
#[derive(Clone, Debug)]
pub struct Contraction {
    /// ‖e_k‖ / ‖e_{k-1}‖ in the norm of A after every cycle, each `[batch]`.
    pub factors: Vec<Tensor<1>>,
    /// The last error, of norm 1: `[batch, 1, points]`.
    pub error: Tensor<3>,
}

impl Hierarchy {
    /// The hierarchy of these operators, with the inverse of the last one, row-major.
    ///
    /// # Panics
    /// If there are no levels, arrays do not fit, or a diagonal is not positive.
    pub fn new(levels: &[NinePoint<'_>], inverse: &[f64], on: (&Device, DType)) -> Self {
        let nodes = levels.last().map(|l| l.size[0] * l.size[1]).unwrap_or_default();
        assert_eq!(inverse.len(), nodes * nodes, "the inverse of the coarsest operator: {nodes} nodes");
        let coarse = |l: usize| levels.get(l + 1).map(|next| next.size);
        let data = TensorData::new(inverse.to_vec(), [1, nodes, nodes]).convert_dtype(on.1);
        Self {
            levels: levels.iter().enumerate().map(|(l, level)| Lattice::new(level, coarse(l), on)).collect(),
            inverse: Tensor::from_data(data, on),
        }
    }

    /// The levels that are smoothed: all but the coarsest.
    pub fn smoothed(&self) -> &[Lattice] {
        &self.levels[..self.levels.len() - 1]
    }

    /// `A x` on the finest level, of `[batch, 1, points]`.
    pub fn apply(&self, x: Tensor<3>) -> Tensor<3> {
        self.levels[0].apply(x)
    }

    /// `‖e‖_A = (e · A e)^{1/2}`, `[batch]`.
    pub fn energy_norm(&self, e: Tensor<3>) -> Tensor<1> {
        let batch = e.dims()[0];
        (e.clone() * self.apply(e)).sum_dim(2).reshape([batch]).sqrt()
    }
}

impl MgPreconditioner {
    /// One V-cycle from zero, `B r`: linear in r, and symmetric.
    ///
    /// **Shapes.** `[batch, 1, points of the finest level]`, kept.
    pub fn cycle(&self, hierarchy: &Hierarchy, r: Tensor<3>) -> Tensor<3> {
        descend(hierarchy, &self.smoothers(hierarchy), 0, r)
    }

    /// The full stencils of every step of every level.
    fn smoothers(&self, hierarchy: &Hierarchy) -> Vec<Vec<Tensor<3>>> {
        let of = |l: &Lattice| self.links(l).into_iter().map(|links| l.full(&links)).collect();
        hierarchy.smoothed().iter().map(of).collect()
    }

    /// What `cycles` cycles leave of the errors `e`: `e ← e − B A e`, scaled back to norm 1 before each.
    ///
    /// **Shapes.** `e [batch, 1, points of the finest level]`, not zero.
    pub fn contraction(&self, hierarchy: &Hierarchy, e: Tensor<3>, cycles: usize) -> Contraction {
        let smoothers = self.smoothers(hierarchy);
        let unit = |e: Tensor<3>| {
            let batch = e.dims()[0];
            let norm = hierarchy.energy_norm(e.clone());
            (e / norm.clone().reshape([batch, 1, 1]), norm)
        };
        let (mut error, _) = unit(e);
        let mut factors = Vec::with_capacity(cycles);
        for _ in 0..cycles {
            let correction = descend(hierarchy, &smoothers, 0, hierarchy.apply(error.clone()));
            let (next, factor) = unit(error - correction);
            error = next;
            factors.push(factor);
        }
        Contraction { factors, error }
    }
}

/// The cycle from level `l` down.
fn descend(hierarchy: &Hierarchy, smoothers: &[Vec<Tensor<3>>], l: usize, b: Tensor<3>) -> Tensor<3> {
    let level = &hierarchy.levels[l];
    let (Some(steps), Some(transfer)) = (smoothers.get(l), level.transfer()) else {
        return b.matmul(hierarchy.inverse.clone());
    };
    let step = |x: Tensor<3>, m: &Tensor<3>| {
        let r = b.clone() - level.apply(x.clone());
        x + level.smooth(m.clone(), r)
    };
    let first = level.smooth(steps[0].clone(), b.clone());
    let x = steps[1..].iter().fold(first, step);
    let r = b.clone() - level.apply(x.clone());
    let x = x + transfer.prolong(descend(hierarchy, smoothers, l + 1, transfer.restrict(r)));
    steps.iter().rev().fold(x, step)
}
