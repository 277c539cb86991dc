//! Group norm.

use rayon::prelude::*;

use super::sums::{mean_and_variance, moments};
use crate::Scalar;
use crate::buffer::uninit;
use crate::simd::multiversion;

/// Entries of a field per task.
const GRAIN: usize = 1 << 14;

/// Normalisation of a field `[batch, channels, points]` over groups of neighbouring channels.
///
/// ```math
/// y[b, c, n] = w[c] (x[b, c, n] - μ[b, γ]) / √(σ²[b, γ] + ε) + v[c],   γ = ⌊c · groups / channels⌋
/// ```
///
/// with mean `μ` and variance `σ²` over the channels of the group and all points (divisor: their number). `groups = 1` is the layer
/// norm over the function, `groups = channels` the instance norm; both commute with a change of resolution up to quadrature.
///
/// Sums run in double precision, about a value of the data (once more about the mean for `f64`), in an order that does not depend on
/// the number of threads.
///
/// **Source.** Wu & He 2018 (arXiv:1803.08494).
///
/// **Shapes.** `x`, `y [batch, channels, points]`; weight and bias `[channels]`; statistics `[batch, groups]`.
///
/// ```
/// use sobolev_kernels::norm::GroupNorm;
///
/// let (y, stats) = GroupNorm::new(1, 1, 2, 1).forward(&[1.0, 3.0], None, None, 0.0);
/// assert_eq!((y, stats.mean), (vec![-1.0, 1.0], vec![2.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupNorm {
    batch: usize,
    channels: usize,
    points: usize,
    groups: usize,
}

/// What the backward pass needs of the forward pass, `[batch, groups]` each.
#[derive(Clone, Debug, PartialEq)]
pub struct NormStats<T> {
    /// `μ`
    pub mean: Vec<T>,
    /// `1 / √(σ² + ε)`
    pub rstd: Vec<T>,
}

/// Gradients through [`GroupNorm::forward`].
#[derive(Clone, Debug, PartialEq)]
pub struct NormGradients<T> {
    /// Of the field, `[batch, channels, points]`.
    pub x: Vec<T>,
    /// Of the weight, `[channels]`.
    pub weight: Vec<T>,
    /// Of the bias, `[channels]`.
    pub bias: Vec<T>,
}

impl GroupNorm {
    /// Normalisation of `[batch, channels, points]` in `groups` groups of channels.
    ///
    /// # Panics
    /// If `groups` does not divide `channels`.
    #[must_use]
    pub fn new(batch: usize, channels: usize, points: usize, groups: usize) -> Self {
        assert!(
            groups > 0 && channels.is_multiple_of(groups),
            "{channels} channels do not split into {groups} equal groups"
        );
        Self { batch, channels, points, groups }
    }

    /// Normalises `x`, then scales by `weight` and adds `bias` where given.
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn forward<T: Scalar>(
        &self,
        x: &[T],
        weight: Option<&[T]>,
        bias: Option<&[T]>,
        eps: f64,
    ) -> (Vec<T>, NormStats<T>) {
        self.check(x, weight, bias);
        let stats = self.stats(x, eps);
        let NormStats { mean, rstd } = &stats;
        let mut y = uninit(x.len());
        self.planes(&mut y, |plane, chunk, y| {
            let (channel, stat) = self.place(plane);
            let scale = weight.map_or(rstd[stat], |w| w[channel] * rstd[stat]);
            let shift = bias.map_or(T::zero(), |v| v[channel]);
            affine(&x[chunk], mean[stat], scale, shift, y);
        });
        (y, stats)
    }

    /// Mean and reciprocal deviation of every group.
    ///
    /// # Panics
    /// If `x` has not the length of its shape.
    #[must_use]
    pub fn stats<T: Scalar>(&self, x: &[T], eps: f64) -> NormStats<T> {
        self.check(x, None, None);
        if x.is_empty() {
            let zeros = vec![T::zero(); self.batch * self.groups];
            return NormStats { mean: zeros.clone(), rstd: zeros };
        }
        let group = self.channels / self.groups * self.points;
        let (mean, rstd) = x
            .par_chunks(group)
            .map(|x| {
                let (mean, variance) = mean_and_variance(x);
                (T::of(mean), T::of(1.0 / (variance + eps).sqrt()))
            })
            .unzip();
        NormStats { mean, rstd }
    }

    /// The gradients of field, weight and bias, from the gradient `gy` of the result.
    ///
    /// ```math
    /// x̂ = (x - μ) r,   gw = Σ_{b,n} gy x̂,   gv = Σ_{b,n} gy,   gx = r (w gy - ⟨w gy⟩ - x̂ ⟨w gy x̂⟩)
    /// ```
    ///
    /// with `r = 1 / √(σ² + ε)` and means `⟨·⟩` over the group.
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn backward<T: Scalar>(
        &self,
        x: &[T],
        weight: Option<&[T]>,
        stats: &NormStats<T>,
        gy: &[T],
    ) -> NormGradients<T> {
        self.check(x, weight, None);
        assert_eq!(gy.len(), x.len(), "the gradient has the shape of the field");
        assert_eq!(stats.mean.len(), self.batch * self.groups, "means [batch, groups] of {self:?}");
        assert_eq!(stats.rstd.len(), self.batch * self.groups, "deviations [batch, groups] of {self:?}");
        if x.is_empty() {
            let zeros = vec![T::zero(); self.channels];
            return NormGradients { x: Vec::new(), weight: zeros.clone(), bias: zeros };
        }
        let sums = self.plane_sums(x, stats, gy);
        let w = |channel: usize| weight.map_or(1.0, |w| w[channel].as_f64());
        let mut means = vec![[0.0_f64; 2]; self.batch * self.groups];
        let (mut gw, mut gv) = (vec![0.0_f64; self.channels], vec![0.0_f64; self.channels]);
        let size = (self.channels / self.groups * self.points) as f64;
        for (plane, sum) in sums.iter().enumerate() {
            let (channel, stat) = self.place(plane);
            gv[channel] += sum[0];
            gw[channel] += sum[1];
            means[stat][0] += w(channel) * sum[0] / size;
            means[stat][1] += w(channel) * sum[1] / size;
        }
        let mut gx = uninit(x.len());
        self.planes(&mut gx, |plane, chunk, gx| {
            let (channel, stat) = self.place(plane);
            let rstd = stats.rstd[stat].as_f64();
            let [of_g, of_x] = [w(channel) * rstd, -means[stat][1] * rstd * rstd].map(T::of);
            input_gradient(
                &x[chunk.clone()],
                &gy[chunk],
                stats.mean[stat],
                of_g,
                of_x,
                T::of(-means[stat][0] * rstd),
                gx,
            );
        });
        let round = |g: Vec<f64>| g.into_iter().map(T::of).collect();
        NormGradients { x: gx, weight: round(gw), bias: round(gv) }
    }

    /// `Σ gy` and `Σ gy x̂` of every plane `[batch, channels]`.
    fn plane_sums<T: Scalar>(&self, x: &[T], stats: &NormStats<T>, gy: &[T]) -> Vec<[f64; 2]> {
        (0..self.batch * self.channels)
            .into_par_iter()
            .with_min_len((GRAIN / self.points).max(1))
            .map(|plane| {
                let range = plane * self.points..(plane + 1) * self.points;
                let stat = self.place(plane).1;
                let [plain, product] = moments(&gy[range.clone()], &x[range], stats.mean[stat].as_f64());
                [plain, product * stats.rstd[stat].as_f64()]
            })
            .collect()
    }

    /// The channel of a plane and the index of its statistics.
    fn place(&self, plane: usize) -> (usize, usize) {
        let (b, channel) = (plane / self.channels, plane % self.channels);
        (channel, b * self.groups + channel / (self.channels / self.groups))
    }

    /// Fills `out` plane by plane, large planes in pieces: `fill(plane, entries, piece of out)`.
    fn planes<T: Scalar>(
        &self,
        out: &mut [T],
        fill: impl Fn(usize, std::ops::Range<usize>, &mut [T]) + Sync,
    ) {
        let points = self.points;
        out.par_chunks_mut(points).enumerate().with_min_len((GRAIN / points).max(1)).for_each(
            |(plane, out)| {
                let run = |(piece, out): (usize, &mut [T])| {
                    let start = plane * points + piece * GRAIN;
                    fill(plane, start..start + out.len(), out);
                };
                if points > GRAIN {
                    out.par_chunks_mut(GRAIN).enumerate().for_each(run);
                } else {
                    run((0, out));
                }
            },
        );
    }

    fn check<T>(&self, x: &[T], weight: Option<&[T]>, bias: Option<&[T]>) {
        assert_eq!(x.len(), self.batch * self.channels * self.points, "field of {self:?}");
        for (name, affine) in [("weight", weight), ("bias", bias)] {
            assert!(
                affine.is_none_or(|a| a.len() == self.channels),
                "{name} of {} entries for {} channels",
                affine.map_or(0, <[T]>::len),
                self.channels
            );
        }
    }
}

multiversion! {
    fn affine[T: Scalar](x: &[T], mean: T, scale: T, shift: T, y: &mut [T]) {
        // The mean is subtracted first: folding it into the shift loses the digits of a field that varies little.
        for (y, &x) in y.iter_mut().zip(x) {
            *y = (x - mean) * scale + shift;
        }
    }
}

multiversion! {
    fn input_gradient[T: Scalar](x: &[T], g: &[T], mean: T, of_g: T, of_x: T, shift: T, out: &mut [T]) {
        for ((out, &x), &g) in out.iter_mut().zip(x).zip(g) {
            *out = of_g * g + of_x * (x - mean) + shift;
        }
    }
}
