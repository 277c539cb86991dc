//! What a multi-grid decomposition is made of.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Coordinates, Extension, LowPass, Multigrid, PerAxis};
use crate::layers::pixels;
use crate::model::{Configuration, ModelConfig};
use crate::{Error, Result};

/// Configuration of a multi-grid decomposition, [`Multigrid`].
///
/// **Good values.** 1 or 2 levels (a level more cuts the memory of a pass by nearly 2ᵈ and adds one set of channels), padding of
/// 0.03 to 0.1, and modes for the inner operator as for a domain of a patch's size.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use sobolev_operators::{ModelConfig, Operator};
///
/// let config = ModelConfig::from_toml(
///     "model = \"multigrid\"\nlevels = 1\npadding = 0.125\n[inner]\nmodel = \"fno\"\nn_modes = [6, 6]\nhidden_channels = 8",
/// )?;
/// let device = Device::flex();
/// let model = config.init(1, 1, 0, &device)?;
/// assert_eq!(model.forward(Tensor::<4>::ones([2, 1, 16, 24], &device)).dims(), [2, 1, 16, 24]);
///
/// let error = config.check_size(&[16, 30]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "grid [16, 30]: the 30 points of axis 1 cannot be cut into patches of 1 level: expected a multiple of 4, such as 28 or 32"
/// );
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultigridConfig {
    /// Coarse levels L: each axis is cut into 2ᴸ patches, and the operator inside sees L + 1 levels of each channel.
    pub levels: usize,
    /// Points added on both sides of a patch, on every level as many, as a fraction of the whole axis; rounded, ties to even.
    #[serde(default)]
    pub padding: PerAxis<f64>,
    /// What lies beyond the ends of the domain.
    #[serde(default)]
    pub extension: PerAxis<Extension>,
    /// What is done before the coarse levels are sampled.
    #[serde(default)]
    pub low_pass: LowPass,
    /// Positions of the patches as channels.
    #[serde(default)]
    pub coordinates: Coordinates,
    /// Patches that the inner operator is applied to at a time where no gradient is taken; where absent, as many as there are
    /// samples, so that a pass has a patch's worth of every sample in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patches_per_pass: Option<usize>,
    /// The operator that is applied to patches.
    pub inner: Box<ModelConfig>,
}

impl MultigridConfig {
    /// A periodic decomposition with global coordinates and without padding.
    pub fn new(levels: usize, inner: ModelConfig) -> Self {
        Self {
            levels,
            padding: PerAxis::default(),
            extension: PerAxis::default(),
            low_pass: LowPass::default(),
            coordinates: Coordinates::default(),
            patches_per_pass: None,
            inner: Box::new(inner),
        }
    }

    /// Replaces the padding, the same on every axis.
    #[must_use]
    pub fn with_padding(self, padding: f64) -> Self {
        Self { padding: PerAxis::Same(padding), ..self }
    }

    /// Grid axes.
    pub fn n_dim(&self) -> usize {
        self.inner.n_dim()
    }

    /// Patches of a sample.
    pub fn n_patches(&self) -> usize {
        1 << (self.levels * self.n_dim())
    }

    /// Points of padding on either side of axis `axis` of `points` points.
    pub(super) fn padding_points(&self, axis: usize, points: usize) -> usize {
        pixels(&[points], self.padding.get(axis))[0]
    }

    /// Input channels of the inner operator for fields of `channels` channels.
    pub fn inner_channels(&self, channels: usize) -> usize {
        let positions = if self.coordinates == Coordinates::Global { self.n_dim() } else { 0 };
        channels * (self.levels + 1) + positions
    }

    /// Points of the finest level per point that the inner operator sees: by this factor the input of a pass over one patch is
    /// smaller than the field, `N / ((P + 2p) (L + 1))` with the points N of the grid and P + 2p of a padded patch.
    ///
    /// # Errors
    /// [`Error::Grid`] where the grid cannot be cut.
    pub fn compression(&self, size: &[usize]) -> Result<f64> {
        self.check_size(size)?;
        let ratio = |(axis, &n): (usize, &usize)| {
            n as f64 / ((n >> self.levels) + 2 * self.padding_points(axis, n)) as f64
        };
        Ok(size.iter().enumerate().map(ratio).product::<f64>() / (self.levels + 1) as f64)
    }

    /// The configuration of the operator inside, without coordinates of its own where the decomposition sees to them.
    pub(super) fn inner_config(&self) -> ModelConfig {
        let inner = self.inner.as_ref().clone();
        if self.coordinates == Coordinates::Local { inner } else { inner.without_coordinates() }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field, those of the inner operator as `inner.field`.
    pub fn validate(&self) -> Result<()> {
        const MOST: usize = 6;
        if self.levels > MOST {
            return Err(Error::config("levels", format!("a number from 0 to {MOST}"), self.levels));
        }
        self.inner.validate().map_err(inside)?;
        let n_dim = self.n_dim();
        let each = format!("one value, or {n_dim}: one per grid axis");
        if !self.padding.fits(n_dim) {
            return Err(Error::config("padding", each, &self.padding));
        }
        if !self.extension.fits(n_dim) {
            return Err(Error::config("extension", each, &self.extension));
        }
        if let Some(bad) = self.padding.values().iter().find(|p| !(0.0..=1.0).contains(*p)) {
            return Err(Error::config("padding", "numbers from 0 to 1", bad));
        }
        if self.low_pass == LowPass::Spectral && !self.is_periodic() {
            let expected = "full_weighting or none where an axis is not periodic";
            return Err(Error::config("low_pass", expected, "spectral"));
        }
        match self.patches_per_pass {
            Some(0) => Err(Error::config("patches_per_pass", "at least 1, or absent", 0)),
            _ => Ok(()),
        }
    }

    /// Whether the domain is periodic along every axis.
    pub fn is_periodic(&self) -> bool {
        self.extension.values().iter().all(|&e| e == Extension::Periodic)
    }

    /// Checks that a grid can be cut: each axis into 2ᴸ patches whose points 2ᴸ divides, and each padded patch to the liking of the
    /// inner operator.
    ///
    /// # Errors
    /// [`Error::Grid`] naming the axis and the nearest sizes that can, or for another number of axes.
    pub fn check_size(&self, size: &[usize]) -> Result<()> {
        if size.len() != self.n_dim() {
            let reason = format!("expected {} axes, as the model has", self.n_dim());
            return Err(Error::Grid { size: size.to_vec(), reason });
        }
        let unit = 1 << (2 * self.levels);
        if let Some(axis) = size.iter().position(|&n| n == 0 || !n.is_multiple_of(unit)) {
            let n = size[axis];
            let (below, above) = (n / unit * unit, n / unit * unit + unit);
            let nearest = if below == 0 { above.to_string() } else { format!("{below} or {above}") };
            let levels = if self.levels == 1 { "level" } else { "levels" };
            let reason = format!(
                "the {n} points of axis {axis} cannot be cut into patches of {} {levels}: expected a multiple of {unit}, such as {nearest}",
                self.levels
            );
            return Err(Error::Grid { size: size.to_vec(), reason });
        }
        let padded = |(axis, &n): (usize, &usize)| (n >> self.levels) + 2 * self.padding_points(axis, n);
        let window: Vec<usize> = size.iter().enumerate().map(padded).collect();
        self.inner.check_size(&window).map_err(|e| match e {
            Error::Grid { reason, .. } => Error::Grid {
                size: size.to_vec(),
                reason: format!("in its patches of {window:?} points, {reason}"),
            },
            other => other,
        })
    }

    /// A decomposed operator with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(
        &self,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Multigrid> {
        self.validate()?;
        if in_channels == 0 {
            return Err(Error::config("in_channels", "a number of at least 1", in_channels));
        }
        let channels = self.inner_channels(in_channels);
        let inner = self.inner_config().init(channels, out_channels, seed, device).map_err(inside)?;
        Ok(Multigrid::new(self, in_channels, inner))
    }
}

/// An error of the inner configuration, seen from outside.
fn inside(error: Error) -> Error {
    match error {
        Error::Config { field, expected, got } => {
            Error::Config { field: format!("inner.{field}"), expected, got }
        }
        other => other,
    }
}

impl Configuration for MultigridConfig {
    type Operator = Multigrid;

    fn n_dim(&self) -> usize {
        Self::n_dim(self)
    }

    fn validate(&self) -> Result<()> {
        Self::validate(self)
    }

    fn check_size(&self, size: &[usize]) -> Result<()> {
        Self::check_size(self, size)
    }

    fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Multigrid> {
        Self::init(self, in_channels, out_channels, seed, device)
    }

    fn of(operator: &Multigrid) -> Self {
        operator.config()
    }

    fn without_coordinates(self) -> Self {
        let coordinates = Coordinates::None;
        Self { coordinates, ..self }
    }
}

impl fmt::Display for MultigridConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels = if self.levels == 1 { "level" } else { "levels" };
        write!(f, "{} {levels} of patches, padding {}, {}", self.levels, self.padding, self.inner)
    }
}
