//! A level of the hierarchy as tensors.
//!
//! Links are numbered as in [`NinePoint`]; a full stencil has the nine neighbours (−1, −1), (−1, 0), .., (1, 1) in this order.

use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use sobolev_kernels::ops::{gather_windows, scatter_windows};
use sobolev_kernels::windows::{AxisWindows, Windows};

/// Neighbours in the order of a full stencil.
pub(super) const NEIGHBOURS: [(isize, isize); 9] =
    [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)];

/// For each neighbour the stored link, and whether it is kept by the neighbour rather than by the node itself.
pub(super) const STORED: [(usize, bool); 9] =
    [(3, true), (2, true), (4, true), (1, true), (0, false), (1, false), (4, false), (2, false), (3, false)];

/// A symmetric nine-point operator on the interior nodes of a lattice, and the interpolation from the next coarser one.
#[derive(Clone, Debug)]
pub struct NinePoint<'a> {
    /// Interior nodes `[y, x]`.
    pub size: [usize; 2],
    /// `[5, y, x]`: the diagonal, and the links of a node to its neighbours (0, 1), (1, 0), (1, 1), (1, −1) in `(y, x)`; the other
    /// four are those of the neighbours.
    pub operator: &'a [f32],
    /// `[4, y, x]`: node `(j, i)`, numbered from 1, is a sum of the coarse nodes `(⌊j/2⌋, ⌊i/2⌋)`, `(⌊j/2⌋, ⌈i/2⌉)`, `(⌈j/2⌉, ⌊i/2⌋)`,
    /// `(⌈j/2⌉, ⌈i/2⌉)` with these weights, where number 0 and the one after the last are 0. Empty on the coarsest level.
    pub interpolation: &'a [f32],
}

/// A level, ready for differentiable cycles.
#[derive(Clone, Debug)]
pub struct Lattice {
    /// `[1, 9, points]`
    operator: Tensor<3>,
    /// `D^{-1/2} [1, 1, points]`
    scale: Tensor<3>,
    /// The scaled stencils of a node and its eight neighbours, without their diagonals: `[1, 72, points]`.
    features: Tensor<3>,
    shifts: Arc<Windows>,
    down: Option<Transfer>,
}

/// Interpolation from the next coarser level.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    /// `[1, 4, points]`
    weights: Tensor<3>,
    /// The coarse nodes that they belong to.
    corners: Arc<Windows>,
}

impl Lattice {
    /// Scaled links that a node sees: eight of its own and of each neighbour.
    pub(super) const FEATURES: usize = 72;

    /// The level of an operator; `coarse` are the interior nodes `[y, x]` of the next one, if there is one.
    ///
    /// # Panics
    /// If the arrays do not fit the size, or the diagonal is not positive.
    pub(super) fn new(
        level: &NinePoint<'_>,
        coarse: Option<[usize; 2]>,
        (device, dtype): (&Device, DType),
    ) -> Self {
        let [rows, cols] = level.size;
        let nodes = rows * cols;
        assert_eq!(level.operator.len(), 5 * nodes, "a nine-point operator: links [5, {rows}, {cols}]");
        let diagonal = &level.operator[..nodes];
        assert!(diagonal.iter().all(|&d| d > 0.0), "a nine-point operator: a positive diagonal");
        let scale: Vec<f64> = diagonal.iter().map(|&d| f64::from(d).sqrt().recip()).collect();
        let (mut full, mut scaled) = (Vec::with_capacity(9 * nodes), Vec::with_capacity(8 * nodes));
        for ((dy, dx), (link, kept_by_neighbour)) in NEIGHBOURS.into_iter().zip(STORED) {
            for k in 0..nodes {
                let other = k.checked_add_signed(dy * cols as isize + dx);
                let inside = inside([rows, cols], k, dy, dx);
                let value = match other.filter(|_| inside) {
                    Some(other) => level.operator[link * nodes + if kept_by_neighbour { other } else { k }],
                    None => 0.0,
                };
                full.push(f64::from(value));
                if (dy, dx) != (0, 0) {
                    let other = other.filter(|_| inside).unwrap_or(k);
                    scaled.push(f64::from(value) * scale[k] * scale[other]);
                }
            }
        }
        let tensor = |values: Vec<f64>, channels: usize| {
            let data = TensorData::new(values, [1, channels, nodes]).convert_dtype(dtype);
            Tensor::<3>::from_data(data, (device, dtype))
        };
        let shifts = shifts(level.size);
        let around = gather_windows(tensor(scaled, 8), &shifts);
        let down = coarse.map(|coarse| {
            assert_eq!(level.interpolation.len(), 4 * nodes, "interpolation: weights [4, {rows}, {cols}]");
            let axis = |n: usize, coarse: usize| {
                // Numbers from 1; 0 and the one after the last lie on the boundary.
                let from =
                    move |up: usize, i: usize| ((i + 1 + up) / 2).checked_sub(1).filter(|&c| c < coarse);
                AxisWindows::new(coarse, n, (0..2).flat_map(move |up| (0..n).map(move |i| from(up, i))))
            };
            let weights = level.interpolation.iter().map(|&w| f64::from(w)).collect();
            let windows = Windows::new(vec![axis(rows, coarse[0]), axis(cols, coarse[1])]);
            Transfer { weights: tensor(weights, 4), corners: Arc::new(windows) }
        });
        Self {
            operator: tensor(full, 9),
            scale: tensor(scale, 1),
            features: around.reshape([1, Self::FEATURES, nodes]),
            shifts,
            down,
        }
    }

    /// What the smoothers of this level follow from.
    pub(super) fn features(&self) -> Tensor<3> {
        self.features.clone()
    }

    /// `A x`, of `[batch, 1, points]`.
    pub(super) fn apply(&self, x: Tensor<3>) -> Tensor<3> {
        self.stencil(self.operator.clone(), x)
    }

    /// A full stencil `[1, 9, points]` on `[batch, 1, points]`.
    fn stencil(&self, taps: Tensor<3>, x: Tensor<3>) -> Tensor<3> {
        let [batch, _, points] = x.dims();
        let around = gather_windows(x, &self.shifts).reshape([batch, 9, points]);
        (around * taps).sum_dim(1)
    }

    /// The full stencil `[1, 9, points]` of stored links `[1, 5, points]`.
    pub(super) fn full(&self, links: &Tensor<3>) -> Tensor<3> {
        let around = gather_windows(links.clone(), &self.shifts);
        let tap = |(place, (link, kept_by_neighbour)): (usize, (usize, bool))| match kept_by_neighbour {
            true => around.clone().narrow(0, place, 1).narrow(1, link, 1),
            false => links.clone().narrow(1, link, 1),
        };
        Tensor::cat(STORED.into_iter().enumerate().map(tap).collect(), 1)
    }

    /// `D^{-1/2} M D^{-1/2} r` for the full stencil M.
    pub(super) fn smooth(&self, m: Tensor<3>, r: Tensor<3>) -> Tensor<3> {
        let scale = || self.scale.clone();
        self.stencil(m, r * scale()) * scale()
    }

    /// The way to the next coarser level, on all but the coarsest.
    pub(super) fn transfer(&self) -> Option<&Transfer> {
        self.down.as_ref()
    }
}

impl Transfer {
    /// `P^T r`.
    pub(super) fn restrict(&self, r: Tensor<3>) -> Tensor<3> {
        let [batch, _, points] = r.dims();
        let shares = (r * self.weights.clone()).reshape([batch * 4, 1, points]);
        scatter_windows(shares, &self.corners)
    }

    /// `P e`.
    pub(super) fn prolong(&self, e: Tensor<3>) -> Tensor<3> {
        let (batch, points) = (e.dims()[0], self.weights.dims()[2]);
        let corners = gather_windows(e, &self.corners).reshape([batch, 4, points]);
        (corners * self.weights.clone()).sum_dim(1)
    }
}

/// A field as its nine neighbours see it, in the order of [`NEIGHBOURS`]: a window for each.
pub(super) fn shifts(size: [usize; 2]) -> Arc<Windows> {
    let axis = |n: usize| {
        let from = move |a: isize, i: usize| i.checked_add_signed(a).filter(|&i| i < n);
        AxisWindows::new(n, n, (-1..=1).flat_map(move |a| (0..n).map(move |i| from(a, i))))
    };
    Arc::new(Windows::new(size.map(axis).to_vec()))
}

/// Whether the neighbour of node `k` is an interior node.
fn inside([rows, cols]: [usize; 2], k: usize, dy: isize, dx: isize) -> bool {
    let row = (k / cols).checked_add_signed(dy).is_some_and(|j| j < rows);
    row && (k % cols).checked_add_signed(dx).is_some_and(|i| i < cols)
}
