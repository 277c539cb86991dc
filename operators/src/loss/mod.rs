//! Differentiable losses: errors in L² and in the Sobolev space H¹.

mod difference;
mod spectral;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

pub(crate) use difference::Stencil;
pub use difference::{Edges, differences};

/// A loss between a predicted and a true field, both `[batch, channels, points]`.
///
/// ```math
/// \frac1B \sum_b \frac{\|u_b - v_b\|}{\|v_b\|},\qquad
/// \|u\|_{L^2}^2 = \sum_{c,p} u_{cp}^2,\qquad
/// \|u\|_{H^1}^2 = \|u\|_{L^2}^2 + \sum_j \|D_j u\|_{L^2}^2
/// ```
///
/// with difference quotients `D_j` on the unit cube, `h_j = 1/n_j` (see [`differences`]). The H¹ norm of the spectrum has in place of
/// the quotients the wavenumbers, and none of those from the cutoff K on,
///
/// ```math
/// \|u\|^2 = N \sum_k \Big(1 + \sum_{j :\, |k_j| < K} k_j^2\Big) |\hat u_k|^2
/// ```
///
/// with the Fourier coefficients û of the grid's N points, as if the field were periodic, and without the factor 2π of a derivative.
///
/// **Source.** Kovachki et al., JMLR 24(89), 2023, section 6; Li et al., NeurIPS 2022, for Sobolev losses; the losses of the authors'
/// code of He, Liu, Xu, ICLR 2024 (arXiv:2310.19809): the spectral one, with K = 20, and the absolute one.
/// **Deviates.** 1. The reference library takes the quotient per channel and sums over batch and channels; this is one quotient
/// per sample and a mean, so that the value does not depend on the batch size and is the error that papers report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Relative L² error.
    #[default]
    RelativeL2,
    /// Relative H¹ error.
    RelativeH1(Edges),
    /// Relative H¹ error of the spectrum, with its cutoff.
    RelativeSpectralH1(usize),
    /// `√(10 ‖u − v‖² + Σ_j ‖D_j (u − v)‖²)`, sums over the points without a factor h: neither relative, nor the same on two grids.
    /// The quotients at the ends of an axis are those of two points.
    AbsoluteH1,
}

/// Weight of the squared error itself in [`Loss::AbsoluteH1`].
const ABSOLUTE_WEIGHT: f64 = 10.0;

/// Keeps the root differentiable where a norm vanishes; far below the square of any single-precision rounding error.
const TINY: f64 = 1e-30;

/// Keeps the quotient finite where the true field vanishes.
const EPS: f64 = 1e-8;

impl Loss {
    /// The loss of a batch, a tensor with one entry.
    ///
    /// # Panics
    /// If the shapes differ, or do not fit `size`.
    pub fn forward(&self, prediction: Tensor<3>, truth: Tensor<3>, size: &[usize]) -> Tensor<1> {
        self.per_sample(prediction, truth, size).mean()
    }

    /// The error of each sample, `[batch]`.
    ///
    /// # Panics
    /// If the shapes differ, or do not fit `size`.
    pub fn per_sample(&self, prediction: Tensor<3>, truth: Tensor<3>, size: &[usize]) -> Tensor<1> {
        let spacing: Vec<f64> = size.iter().map(|&n| 1.0 / n as f64).collect();
        self.per_sample_spaced(prediction, truth, size, &spacing)
    }

    /// The error of each sample on a grid of other spacings `h_j` than 1/n_j, `[batch]`: of a part of a domain.
    ///
    /// # Panics
    /// If the shapes differ, or do not fit `size` and `spacing`.
    pub fn per_sample_spaced(
        &self,
        prediction: Tensor<3>,
        truth: Tensor<3>,
        size: &[usize],
        spacing: &[f64],
    ) -> Tensor<1> {
        assert_eq!(
            prediction.dims(),
            truth.dims(),
            "a loss compares fields of one shape [batch, channels, points]"
        );
        let points: usize = size.iter().product();
        assert_eq!(points, truth.dims()[2], "axis `points` of a field on the grid {size:?}");
        let error = self.squared_norm(prediction - truth.clone(), size, spacing);
        if *self == Self::AbsoluteH1 {
            return (error + TINY).sqrt();
        }
        let scale = self.squared_norm(truth, size, spacing);
        (error + TINY).sqrt() / ((scale + TINY).sqrt() + EPS)
    }

    /// The loss for a part of a periodic domain, which is not periodic itself and has no spectrum.
    #[must_use]
    pub fn without_wrap(self) -> Self {
        match self {
            Self::RelativeL2 | Self::AbsoluteH1 => self,
            Self::RelativeH1(_) | Self::RelativeSpectralH1(_) => Self::RelativeH1(Edges::OneSided),
        }
    }

    /// `[batch]`
    fn squared_norm(&self, x: Tensor<3>, size: &[usize], spacing: &[f64]) -> Tensor<1> {
        match self {
            Self::RelativeL2 => sum_of_squares(x),
            Self::RelativeH1(edges) => {
                let start = sum_of_squares(x.clone());
                (0..size.len()).fold(start, |sum, axis| {
                    sum + sum_of_squares(differences(x.clone(), size, axis, spacing[axis], *edges))
                })
            }
            Self::RelativeSpectralH1(cutoff) => {
                let start = sum_of_squares(x.clone());
                (0..size.len()).fold(start, |sum, axis| sum + spectral::slope(x.clone(), size, axis, *cutoff))
            }
            Self::AbsoluteH1 => {
                let start = sum_of_squares(x.clone()) * ABSOLUTE_WEIGHT;
                let ends = Some(Stencil::for_points(2));
                (0..size.len()).fold(start, |sum, axis| {
                    sum + sum_of_squares(difference::quotients(x.clone(), size, axis, spacing[axis], ends))
                })
            }
        }
    }
}

fn sum_of_squares(x: Tensor<3>) -> Tensor<1> {
    let [batch, channels, points] = x.dims();
    let x = x.reshape([batch, channels * points]);
    (x.clone() * x).sum_dim(1).reshape([batch])
}
