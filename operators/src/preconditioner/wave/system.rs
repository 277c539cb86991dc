//! Nine-point operators with complex entries.

use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use sobolev_kernels::ops::gather_windows;
use sobolev_kernels::windows::Windows;

use crate::preconditioner::lattice::shifts;

/// A nine-point operator on the nodes of a lattice: its rows, `[9, y, x]`, with the neighbours (−1, −1), (−1, 0), .., (1, 1) in
/// `(y, x)` in this order. Entries for neighbours outside are 0.
#[derive(Clone, Copy, Debug)]
pub struct Stencil<'a> {
    /// Real parts.
    pub re: &'a [f32],
    /// Imaginary parts.
    pub im: &'a [f32],
}

/// A batch of operators on lattices of one size, ready for differentiable products.
#[derive(Clone, Debug)]
pub struct WaveSystem {
    /// `[batch, 9, points]`
    re: Tensor<3>,
    im: Tensor<3>,
    /// What the network sees of them, `[batch, 1, points]` each.
    features: [Tensor<3>; 2],
    shifts: Arc<Windows>,
    size: [usize; 2],
}

impl WaveSystem {
    /// The operators on `size` nodes `[y, x]`. `phase` is that of [`WaveConfig`](super::WaveConfig).
    ///
    /// The network sees the sums of their rows: `4 (1 + Re Σ_j a_ij / (k h)²)` tells how the wavenumber differs from k, and
    /// `Im Σ_j a_ij / k h` where waves are absorbed, on bilinear elements of −Δ − (ω/c)².
    ///
    /// # Panics
    /// If an array does not fit the size.
    pub fn new(stencils: &[Stencil<'_>], size: [usize; 2], phase: f64, on: (&Device, DType)) -> Self {
        let points: usize = size.iter().product();
        let (batch, len) = (stencils.len(), 9 * points);
        let (mut re, mut im) = (Vec::with_capacity(batch * len), Vec::with_capacity(batch * len));
        let (mut speed, mut loss) = (Vec::new(), Vec::new());
        for stencil in stencils {
            assert_eq!([stencil.re.len(), stencil.im.len()], [len; 2], "a stencil of 9 x {points} entries");
            re.extend_from_slice(stencil.re);
            im.extend_from_slice(stencil.im);
            let sum = |part: &[f32], k: usize| (0..9).map(|n| f64::from(part[n * points + k])).sum::<f64>();
            speed.extend((0..points).map(|k| 4.0 * (1.0 + sum(stencil.re, k) / (phase * phase))));
            loss.extend((0..points).map(|k| sum(stencil.im, k) / phase));
        }
        let tensor = |data: TensorData| Tensor::<3>::from_data(data.convert_dtype(on.1), on);
        Self {
            re: tensor(TensorData::new(re, [batch, 9, points])),
            im: tensor(TensorData::new(im, [batch, 9, points])),
            features: [speed, loss].map(|f| tensor(TensorData::new(f, [batch, 1, points]))),
            shifts: shifts(size),
            size,
        }
    }

    /// Nodes `[y, x]`.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// What the network sees.
    pub(super) fn features(&self) -> &[Tensor<3>; 2] {
        &self.features
    }

    /// `A z` of every operator on its field. **Shapes.** `[batch, 2 (real, imaginary), points]`, kept.
    pub fn apply(&self, z: Tensor<3>) -> Tensor<3> {
        let [batch, _, points] = z.dims();
        let around: Tensor<4> = gather_windows(z, &self.shifts).reshape([batch, 9, 2, points]);
        let part = |which: usize| around.clone().narrow(2, which, 1).reshape([batch, 9, points]);
        let (re, im) = (part(0), part(1));
        let sum = |taps: Tensor<3>| taps.sum_dim(1);
        let real = sum(re.clone() * self.re.clone() - im.clone() * self.im.clone());
        let imaginary = sum(im * self.re.clone() + re * self.im.clone());
        Tensor::cat(vec![real, imaginary], 1)
    }
}
