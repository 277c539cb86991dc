//! Scaling of fields to zero mean and unit variance.

use serde::{Deserialize, Serialize};

use crate::stats::Moments;
use crate::view::View;
use crate::{Error, Result};

/// Over what the mean and the deviation are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NormaliserKind {
    /// One pair for all channels and points.
    Scalar,
    /// One pair per channel.
    Channel,
    /// One pair per channel and grid point; fixes the resolution.
    Pointwise,
}

/// An affine map per channel or point, and its inverse.
///
/// **Equations.**
/// ```math
/// \mathrm{encode}(x) = \frac{x - \mu}{\max(\sigma,\ \varepsilon\,\sigma_{all})}
/// ```
/// with σ_all the deviation over the whole field (1 where that is zero too). The guard keeps a point that never varies, such as
/// one with a Dirichlet condition, from being divided by zero, and on decoding pins it to its value.
///
/// **Shapes.** `[batch, channels, points]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normaliser {
    kind: NormaliserKind,
    channels: usize,
    points: usize,
    mean: Vec<f64>,
    std: Vec<f64>,
}

/// Guard against points that do not vary, relative to the deviation of the whole field.
pub const NORMALISER_EPSILON: f64 = 1e-5;

impl Normaliser {
    /// The kind.
    pub fn kind(&self) -> NormaliserKind {
        self.kind
    }

    /// Means: one, `[channels]` or `[channels, points]`.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Guarded deviations, shaped as the means.
    pub fn std(&self) -> &[f64] {
        &self.std
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Checks a grid before fields on it are scaled.
    ///
    /// # Errors
    /// [`Error::Config`] for another number of channels or, pointwise, of points.
    pub fn check(&self, channels: usize, points: usize) -> Result<()> {
        if channels != self.channels {
            return Err(Error::config("channels of the normaliser", self.channels.to_string(), channels));
        }
        if self.kind == NormaliserKind::Pointwise && points != self.points {
            return Err(Error::config("points of the pointwise normaliser", self.points.to_string(), points));
        }
        Ok(())
    }

    /// Scales `[batch, channels, points]` in place.
    ///
    /// # Panics
    /// If the length is not `batch · channels · points`, or the points are not those of a pointwise fit ([`Normaliser::check`]).
    pub fn encode(&self, x: &mut [f32], batch: usize) {
        self.apply(x, batch, |v, mean, std| (v - mean) / std);
    }

    /// Undoes [`Normaliser::encode`].
    ///
    /// # Panics
    /// As [`Normaliser::encode`].
    pub fn decode(&self, x: &mut [f32], batch: usize) {
        self.apply(x, batch, |v, mean, std| v * std + mean);
    }

    fn apply(&self, x: &mut [f32], batch: usize, map: impl Fn(f64, f64, f64) -> f64) {
        let rows = batch * self.channels;
        assert!(
            rows > 0 && x.len().is_multiple_of(rows),
            "{} values for {batch} x {} channels",
            x.len(),
            self.channels
        );
        let points = x.len() / rows;
        if self.kind == NormaliserKind::Pointwise {
            assert_eq!(points, self.points, "points of a pointwise normaliser");
        }
        for (row, values) in x.chunks_exact_mut(points).enumerate() {
            let c = row % self.channels;
            if self.kind == NormaliserKind::Pointwise {
                let (mean, std) = (&self.mean[c * points..], &self.std[c * points..]);
                for (i, v) in values.iter_mut().enumerate() {
                    *v = map(f64::from(*v), mean[i], std[i]) as f32;
                }
            } else {
                let at = if self.kind == NormaliserKind::Scalar { 0 } else { c };
                let (mean, std) = (self.mean[at], self.std[at]);
                values.iter_mut().for_each(|v| *v = map(f64::from(*v), mean, std) as f32);
            }
        }
    }
}

/// Gathers the moments of a normaliser in one pass over batches.
#[derive(Clone, Debug)]
pub struct NormaliserFit {
    kind: NormaliserKind,
    channels: usize,
    points: usize,
    cells: Vec<Moments>,
}

impl NormaliserFit {
    /// A fit for fields of `channels` over `points`.
    pub fn new(kind: NormaliserKind, channels: usize, points: usize) -> Self {
        let cells = match kind {
            NormaliserKind::Scalar => 1,
            NormaliserKind::Channel => channels,
            NormaliserKind::Pointwise => channels * points,
        };
        Self { kind, channels, points, cells: vec![Moments::default(); cells] }
    }

    /// Adds samples `[batch, channels, points]`; samples are taken one by one, so batches of any size give the same result.
    ///
    /// # Panics
    /// If the length is not a multiple of `channels · points`.
    pub fn push(&mut self, x: &[f32]) {
        assert_eq!(
            x.len() % (self.channels * self.points),
            0,
            "samples of {} x {}",
            self.channels,
            self.points
        );
        for sample in x.chunks_exact(self.channels * self.points) {
            if self.kind == NormaliserKind::Pointwise {
                // Welford's update of every point, with the one division that all of them share.
                let share = 1.0 / (self.cells[0].count + 1) as f64;
                for (m, &v) in self.cells.iter_mut().zip(sample) {
                    let delta = f64::from(v) - m.mean;
                    m.count += 1;
                    m.mean += delta * share;
                    m.m2 += delta * (f64::from(v) - m.mean);
                }
                continue;
            }
            for (c, values) in sample.chunks_exact(self.points).enumerate() {
                let cell = &mut self.cells[if self.kind == NormaliserKind::Scalar { 0 } else { c }];
                *cell = cell.merge(Moments::of(values.iter().map(|&v| f64::from(v))));
            }
        }
    }

    /// The normaliser.
    ///
    /// # Errors
    /// [`Error::Config`] if nothing was added.
    pub fn finish(self) -> Result<Normaliser> {
        if self.cells[0].count == 0 {
            return Err(Error::config("samples to fit a normaliser", "at least one", 0));
        }
        let whole = self.cells.iter().fold(Moments::default(), |a, b| a.merge(*b)).std();
        let floor = |std: f64| if whole > 0.0 { std.max(NORMALISER_EPSILON * whole) } else { 1.0 };
        Ok(Normaliser {
            kind: self.kind,
            channels: self.channels,
            points: self.points,
            mean: self.cells.iter().map(|m| m.mean).collect(),
            std: self.cells.iter().map(|m| floor(m.std())).collect(),
        })
    }
}

/// Fits the normalisers of inputs and targets in one pass over `view`, `batch` samples at a time.
///
/// Overlapping windows count their common steps more than once.
///
/// # Errors
/// Those of [`View::batch`].
pub fn fit_normalisers(
    view: &View,
    input: NormaliserKind,
    target: NormaliserKind,
    batch: usize,
) -> Result<(Normaliser, Normaliser)> {
    let points = view.dataset().points();
    let mut inputs = NormaliserFit::new(input, view.in_channels(), points);
    let mut targets = NormaliserFit::new(target, view.out_channels(), points);
    let all: Vec<usize> = (0..view.len()).collect();
    for indices in all.chunks(batch.max(1)) {
        let batch = view.batch(indices)?;
        inputs.push(&batch.input);
        targets.push(&batch.target);
    }
    Ok((inputs.finish()?, targets.finish()?))
}
