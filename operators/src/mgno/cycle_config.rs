//! What a multigrid cycle is made of, and the grids that its levels have.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use sobolev_kernels::conv::{Boundary, ConvAxis, ConvSpec};

use super::{Bias, CoarseStart, Coarsening, FieldNorm, MgConv, Prolongation, Restriction, Smoothers, Start};
use crate::fno::{positive, range};
use crate::layers::Draws;
use crate::multigrid::PerAxis;
use crate::{Error, Result};

/// One level of a cycle; in a file, a table `[[cycle.levels]]`, the finest level first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelConfig {
    /// Smoothing steps on the way down.
    #[serde(default = "one")]
    pub pre: usize,
    /// Smoothing steps on the way up; none on the coarsest level, which has no way up.
    #[serde(default)]
    pub post: usize,
    /// Channels of `u` and `f` over those of the finest level, where it is 1.
    #[serde(default = "one")]
    pub width: usize,
}

fn one() -> usize {
    1
}

impl LevelConfig {
    /// As many channels as on the finest level.
    pub const fn new(pre: usize, post: usize) -> Self {
        Self { pre, post, width: 1 }
    }
}

/// Configuration of a multigrid cycle, [`MgConv`].
///
/// **Good values.** As many levels as leave 2 to 8 points on the coarsest grid, one step per level on the way down, two on the coarsest.
/// A cycle without post-smoothing ("backslash") has half of the parameters of a V-cycle.
///
/// ```
/// use sobolev_operators::mgno::{Boundary, MgConvConfig};
///
/// let config = MgConvConfig::backslash(2, 5).with_boundary(Boundary::Circular);
/// assert_eq!(config.sizes(&[64, 33])?[4], [4, 3]);
///
/// let error = config.sizes(&[64, 7]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "grid [64, 7]: the 7 points of axis 1 do not make 5 levels: expected at least 9 points, or at most 4 levels"
/// );
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MgConvConfig {
    /// Grid axes.
    pub n_dim: usize,
    /// The condition at the ends of an axis: zero (Dirichlet), reflect (Neumann) or circular (periodic).
    #[serde(default)]
    pub boundary: PerAxis<Boundary>,
    /// The points of coarser grids.
    #[serde(default)]
    pub coarsening: PerAxis<Coarsening>,
    /// What a coarser level solves for.
    #[serde(default)]
    pub restriction: Restriction,
    /// Where its smoothing starts.
    #[serde(default)]
    pub coarse_start: CoarseStart,
    /// What is prolonged over the ends of periodic axes.
    #[serde(default)]
    pub prolongation: Prolongation,
    /// Which smoothing steps are the same.
    #[serde(default)]
    pub smoothers: Smoothers,
    /// Bias of the kernels of smoothing steps: none or constant.
    #[serde(default)]
    pub bias: Bias,
    /// Normalisation after each prolongation.
    #[serde(default)]
    pub norm: FieldNorm,
    /// The grid of the training: the prolongation onto a level has 3 taps along the axes whose points are odd there, and 4 along the
    /// others. 4 taps everywhere where absent. Learned functions have a value per point of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<Vec<usize>>,
    /// The kernels at the beginning.
    #[serde(default)]
    pub start: Start,
    /// The levels, finest first.
    pub levels: Vec<LevelConfig>,
}

impl MgConvConfig {
    /// The cycle of the authors' code with these levels, zeros beyond the ends of the domain.
    pub fn new(n_dim: usize, levels: &[LevelConfig]) -> Self {
        Self {
            n_dim,
            boundary: PerAxis::default(),
            coarsening: PerAxis::default(),
            restriction: Restriction::Source,
            coarse_start: CoarseStart::Learned,
            prolongation: Prolongation::Cut,
            smoothers: Smoothers::Own,
            bias: Bias::None,
            norm: FieldNorm::None,
            grid: None,
            start: Start::Uniform,
            levels: levels.to_vec(),
        }
    }

    /// Without post-smoothing; one step on every level and two on the coarsest.
    pub fn backslash(n_dim: usize, levels: usize) -> Self {
        let mut each = vec![LevelConfig::new(1, 0); levels];
        if let Some(last) = each.last_mut() {
            last.pre = 2;
        }
        Self::new(n_dim, &each)
    }

    /// A V(1, 1)-cycle for −Δ, with eight steps on the coarsest level; see [`Start::Geometric`].
    ///
    /// The ends of the grids stay in register, and a cycle contracts errors by 0.1 to 0.2, on 2ᵏ m − 1 points of an axis with zeros
    /// beyond its ends, 2ᵏ m + 1 points of a reflecting one and 2ᵏ m of a circular one, k being one less than the levels. On others it
    /// converges more slowly (0.5 to 0.9), because the ends of coarser grids lie beside those of finer ones; an odd number of points of
    /// a circular axis, whose coarse grid has one short interval, costs little.
    pub fn geometric(n_dim: usize, levels: usize, boundary: &PerAxis<Boundary>) -> Self {
        let coarsening = |boundary: &Boundary| match boundary {
            Boundary::Zero => Coarsening::Odd,
            Boundary::Circular | Boundary::Reflect => Coarsening::Even,
        };
        let coarsening = match boundary {
            PerAxis::Same(boundary) => PerAxis::Same(coarsening(boundary)),
            PerAxis::Each(boundaries) => PerAxis::Each(boundaries.iter().map(coarsening).collect()),
        };
        let mut each = vec![LevelConfig::new(1, 1); levels];
        if let Some(last) = each.last_mut() {
            *last = LevelConfig::new(8, 0);
        }
        Self {
            boundary: boundary.clone(),
            coarsening,
            restriction: Restriction::Residual,
            coarse_start: CoarseStart::Zero,
            prolongation: Prolongation::Wrapped,
            start: Start::Geometric(super::Geometric::default()),
            ..Self::new(n_dim, &each)
        }
    }

    /// Replaces the boundary, the same on every axis.
    #[must_use]
    pub fn with_boundary(self, boundary: Boundary) -> Self {
        Self { boundary: PerAxis::Same(boundary), ..self }
    }

    /// Replaces the grid of the training.
    #[must_use]
    pub fn with_grid(self, grid: &[usize]) -> Self {
        Self { grid: Some(grid.to_vec()), ..self }
    }

    /// Points per axis of every level for a field of `size`.
    ///
    /// # Errors
    /// [`Error::Grid`] for another number of axes, or naming the axis that has too few points and what would do.
    pub fn sizes(&self, size: &[usize]) -> Result<Vec<Vec<usize>>> {
        let fail = |reason: String| Error::Grid { size: size.to_vec(), reason };
        if size.len() != self.n_dim {
            return Err(fail(format!("expected {} axes, as the model has", self.n_dim)));
        }
        let levels = self.levels.len();
        let mut sizes = vec![vec![0; size.len()]; levels];
        for (axis, &points) in size.iter().enumerate() {
            let (mut n, kind) = (points, self.coarsening.get(axis));
            for (level, sizes) in sizes.iter_mut().enumerate() {
                // Halving one point would give it again.
                let halved = match kind {
                    Coarsening::Even => n.div_ceil(2),
                    Coarsening::Odd => n.saturating_sub(1) / 2,
                };
                let last = level + 1 == levels;
                if n == 0 || (!last && (halved == 0 || halved == n)) {
                    let least = match kind {
                        Coarsening::Even => (1 << (levels - 2)) + 1,
                        Coarsening::Odd => (1 << levels) - 1,
                    };
                    return Err(fail(format!(
                        "the {points} points of axis {axis} do not make {levels} levels: expected at least {least} points{}",
                        if points == 0 {
                            String::new()
                        } else {
                            format!(", or at most {}", plural(level + 1))
                        }
                    )));
                }
                sizes[axis] = n;
                n = halved;
            }
        }
        Ok(sizes)
    }

    /// Taps per axis of the prolongation onto `level`.
    pub(super) fn prolongation_taps(&self, level: usize) -> Vec<usize> {
        let sizes = self.grid.as_ref().and_then(|grid| self.sizes(grid).ok());
        let taps = |n: &usize| if n.is_multiple_of(2) { 4 } else { 3 };
        sizes.map_or_else(|| vec![4; self.n_dim], |sizes| sizes[level].iter().map(taps).collect())
    }

    fn axes(&self, axis: impl Fn(usize) -> ConvAxis) -> ConvSpec {
        ConvSpec::new((0..self.n_dim).map(axis).collect())
    }

    /// The convolution of a smoothing step.
    pub(super) fn smoothing(&self) -> ConvSpec {
        self.axes(|axis| ConvAxis::same(3, self.boundary.get(axis)))
    }

    /// The convolution to the next coarser level.
    pub(super) fn restricting(&self) -> ConvSpec {
        self.axes(|axis| ConvAxis::new(3, 2, self.padding(axis), self.boundary.get(axis)))
    }

    /// The convolution whose adjoint goes from `coarse` to `fine` points with these taps.
    pub(super) fn prolonging(&self, taps: &[usize], fine: &[usize], coarse: &[usize]) -> ConvSpec {
        self.axes(|axis| {
            let (kernel, before) = (taps[axis], self.padding(axis));
            let wraps = self.prolongation == Prolongation::Wrapped && fine[axis].is_multiple_of(2);
            let boundary = match self.boundary.get(axis) {
                Boundary::Circular if wraps => Boundary::Circular,
                _ => Boundary::Zero,
            };
            // What the taps of the last coarse point reach beyond the last fine one.
            let after = (2 * (coarse[axis] - 1) + kernel).saturating_sub(before + fine[axis]);
            ConvAxis { kernel, stride: 2, dilation: 1, boundary, before, after }
        })
    }

    fn padding(&self, axis: usize) -> usize {
        match self.coarsening.get(axis) {
            Coarsening::Even => 1,
            Coarsening::Odd => 0,
        }
    }

    /// Whether a step has an operator A: not the first of a level that starts from 0.
    pub(super) fn has_operator(&self, level: usize, step: usize) -> bool {
        step > 0 || (level > 0 && self.coarse_start == CoarseStart::Learned)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn validate(&self) -> Result<()> {
        const MOST: usize = 24;
        if !(1..=3).contains(&self.n_dim) {
            return Err(Error::config("n_dim", "1, 2 or 3", self.n_dim));
        }
        if !(1..=MOST).contains(&self.levels.len()) {
            return Err(Error::config("levels", format!("1 to {MOST} levels"), self.levels.len()));
        }
        for (i, level) in self.levels.iter().enumerate() {
            let name = |field: &str| format!("levels[{}].{field}", i + 1);
            positive(&name("pre"), level.pre)?;
            positive(&name("width"), level.width)?;
            if i == 0 && level.width != 1 {
                return Err(Error::config(name("width"), "1 on the finest level", level.width));
            }
            if i + 1 == self.levels.len() && level.post > 0 {
                let expected = "0 on the coarsest level, whose steps are all on the way down";
                return Err(Error::config(name("post"), expected, level.post));
            }
        }
        let each = format!("one value, or {}: one per grid axis", self.n_dim);
        if !self.boundary.fits(self.n_dim) {
            return Err(Error::config("boundary", each, format!("{:?}", self.boundary.values())));
        }
        if !self.coarsening.fits(self.n_dim) {
            return Err(Error::config("coarsening", each, format!("{:?}", self.coarsening.values())));
        }
        if self.bias == Bias::Function {
            return Err(Error::config("bias", "none or constant in a smoothing step", "function"));
        }
        self.validate_grid()?;
        let Start::Geometric(geometric) = self.start else { return Ok(()) };
        range("start.geometric.noise", geometric.noise, 1e3)?;
        if self.restriction != Restriction::Residual {
            let expected = "residual for the geometric start, which is a multigrid cycle";
            return Err(Error::config("restriction", expected, "source"));
        }
        if self.coarse_start != CoarseStart::Zero {
            let expected = "zero for the geometric start, which is a multigrid cycle";
            return Err(Error::config("coarse_start", expected, "learned"));
        }
        Ok(())
    }

    fn validate_grid(&self) -> Result<()> {
        match &self.grid {
            Some(grid) => self.sizes(grid).map(drop).map_err(|e| {
                let reason = match e {
                    Error::Grid { reason, .. } => reason,
                    other => other.to_string(),
                };
                Error::config(
                    "grid",
                    format!("points per axis for all levels ({reason})"),
                    format!("{grid:?}"),
                )
            }),
            None if self.norm == FieldNorm::Affine => {
                Err(Error::config("grid", "the points per axis of the norm's functions", "none"))
            }
            None => Ok(()),
        }
    }

    /// A cycle with weights drawn under `seed`: the same seed gives the same bytes, on any number of threads.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first bad field.
    pub fn init(
        &self,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Result<MgConv> {
        self.validate()?;
        positive("in_channels", in_channels)?;
        positive("out_channels", out_channels)?;
        Ok(MgConv::new(self, [in_channels, out_channels], &mut Draws::new(seed, device)))
    }
}

fn plural(levels: usize) -> String {
    format!("{levels} level{}", if levels == 1 { "" } else { "s" })
}

impl fmt::Display for MgConvConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let boundary: Vec<String> = self.boundary.values().iter().map(ToString::to_string).collect();
        let form = if self.levels.iter().any(|level| level.post > 0) { "V" } else { "backslash" };
        write!(f, "{form}-cycles of {}, {} boundary", plural(self.levels.len()), boundary.join("-"))
    }
}
