//! The multigrid cycle.

use burn::module::Module;
use burn::tensor::Tensor;
use sobolev_kernels::conv::ConvSpec;

use super::fields::FieldNormMap;
use super::start::{Role, Starter};
use super::{CoarseStart, FieldNorm, LevelConfig, MgConvConfig, Restriction, Smoothers};
use crate::Result;
use crate::layers::{Draws, Kernel};
use crate::operator::{Operator, check_input};

/// A linear operator that is a multigrid cycle with learned kernels.
///
/// On the levels l = 0 .. L, each with half of the points of the one before, `f⁰ = f` and
///
/// ```math
/// \text{down:}\quad u^l ← u^l + B^{l,i} * (f^l - A^{l,i} * u^l), \qquad f^{l+1} = R^l * (f^l - A^l * u^l),\quad u^{l+1} = 0
/// ```
/// ```math
/// \text{up:}\quad u^l ← u^l + P^l *^{\top} u^{l+1}, \qquad u^l ← u^l + B^{l,i} * (f^l - A^{l,i} * u^l)
/// ```
///
/// with kernels of 3 taps per axis, R with stride 2, and transposed convolutions P with stride 2. The result is `u⁰`. Without
/// post-smoothing it is a backslash cycle, with it a V-cycle. Nothing in it is nonlinear: without bias and norm, it is a linear map.
///
/// **Source.** He, Liu, Xu, ICLR 2024 (arXiv:2310.19809), section 3.
/// **Deviates.** The paper's form above is [`Restriction::Residual`], [`CoarseStart::Zero`] and [`Smoothers::SharedOperator`]; the
/// defaults are those of the authors' code, `f^{l+1} = R f^l` and `u^{l+1} = Π u^l`. 1. Any number of points of every axis: a
/// prolongation onto n points is cut off after the last one, so that kernels of 3 and 4 taps go onto even and odd numbers, and the same
/// weights work on all grids. They act on the spacing of the grid, though: what was learned on one grid is another map on a finer one.
///
/// **Shapes.** `[batch, in_channels, points]` to `[batch, out_channels, points]`.
///
/// **Complexity.** O(points · in · out) work; O(levels · in · out) parameters.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use sobolev_operators::mgno::{Boundary, MgConvConfig};
/// use sobolev_operators::multigrid::PerAxis;
/// use sobolev_operators::Operator;
///
/// // −u'' = 1 on 31 points of distance 1 between two zeros: u = x (32 − x) / 2.
/// let config = MgConvConfig::geometric(1, 5, &PerAxis::Same(Boundary::Zero));
/// let cycle = config.init(1, 1, 0, &Device::flex())?;
/// let u = cycle.forward(Tensor::<3>::ones([1, 1, 31], &Device::flex()));
/// let middle: f32 = u.slice([0..1, 0..1, 15..16]).into_scalar();
/// assert!((middle - 128.0).abs() < 16.0, "{middle}");
/// # Ok::<(), sobolev_operators::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct MgConv {
    norms: Vec<FieldNormMap>,
    /// P, onto every level but the coarsest.
    prolongations: Vec<Kernel>,
    finest: Smoothing,
    coarser: Vec<CoarseLevel>,
    #[module(skip)]
    config: MgConvConfig,
    #[module(skip)]
    channels: [usize; 2],
}

/// How a level is come to, and its smoothing.
#[derive(Module, Debug)]
struct CoarseLevel {
    /// Π
    start: Option<Kernel>,
    /// R
    restriction: Kernel,
    smoothing: Smoothing,
}

/// The steps of a level, on the way down and then up; one for all where they are the same.
#[derive(Module, Debug)]
struct Smoothing {
    steps: Vec<Step>,
    /// A of the residual that is restricted, and of steps that have none of their own.
    operator: Option<Kernel>,
}

#[derive(Module, Debug)]
struct Step {
    /// A
    operator: Option<Kernel>,
    /// B
    smoother: Kernel,
}

impl MgConv {
    pub(crate) fn new(config: &MgConvConfig, channels: [usize; 2], draws: &mut Draws<'_>) -> Self {
        let coarsest = config.levels.len() - 1;
        // Channels of u.
        let width = |level: usize| channels[1] * config.levels[level].width;
        let norms = match config.norm {
            FieldNorm::None => Vec::new(),
            FieldNorm::Affine => {
                (0..coarsest).map(|l| FieldNormMap::new(config, l, width(l), draws)).collect()
            }
        };
        let mut starter = Starter { config, draws };
        let prolongations =
            (0..coarsest).map(|l| starter.kernel(Role::Prolongation, l, width(l + 1), width(l))).collect();
        let finest = Smoothing::new(&mut starter, 0, channels);
        let coarser = (1..=coarsest).map(|l| CoarseLevel::new(&mut starter, l, channels)).collect();
        Self { norms, prolongations, finest, coarser, config: config.clone(), channels }
    }

    /// The configuration.
    pub fn config(&self) -> &MgConvConfig {
        &self.config
    }

    /// The cycle on grids of these sizes.
    fn apply(&self, f: Tensor<3>, sizes: &[Vec<usize>]) -> Tensor<3> {
        let config = &self.config;
        let (spec, restricting) = (&config.smoothing(), &config.restricting());
        let at =
            |l: usize| On { smoothing: self.smoothing(l), level: config.levels[l], size: &sizes[l], spec };
        let mut f = f;
        let mut u = at(0).down(None, &f);
        // The fields that the way up comes back to.
        let mut finer: Vec<[Tensor<3>; 2]> = Vec::with_capacity(self.coarser.len());
        for (l, level) in self.coarser.iter().enumerate() {
            let source = match config.restriction {
                Restriction::Source => f.clone(),
                Restriction::Residual => at(l).residual(f.clone(), u.clone()),
            };
            let source = level.restriction.apply(source, &sizes[l], restricting);
            let start = level.start.as_ref().map(|start| start.apply(u.clone(), &sizes[l], restricting));
            finer.push([u, f]);
            f = source;
            u = at(l + 1).down(start, &f);
        }
        for (l, [fine, f]) in finer.into_iter().enumerate().rev() {
            let spec = config.prolonging(&config.prolongation_taps(l), &sizes[l], &sizes[l + 1]);
            u = self.prolongations[l].add_transposed(fine, u, &sizes[l], &spec);
            if let Some(norm) = self.norms.get(l) {
                u = norm.forward(u, &sizes[l]);
            }
            u = at(l).up(u, &f);
        }
        u
    }

    fn smoothing(&self, level: usize) -> &Smoothing {
        level.checked_sub(1).map_or(&self.finest, |l| &self.coarser[l].smoothing)
    }
}

impl CoarseLevel {
    fn new(starter: &mut Starter<'_, '_>, level: usize, channels: [usize; 2]) -> Self {
        let config = starter.config;
        let (finer, width) = (config.levels[level - 1].width, config.levels[level].width);
        let mut restriction =
            |channels: usize| starter.kernel(Role::Restriction, level, channels * finer, channels * width);
        let start = (config.coarse_start == CoarseStart::Learned).then(|| restriction(channels[1]));
        let restriction = restriction(channels[0]);
        Self { start, restriction, smoothing: Smoothing::new(starter, level, channels) }
    }
}

impl Smoothing {
    fn new(starter: &mut Starter<'_, '_>, level: usize, [inputs, outputs]: [usize; 2]) -> Self {
        let config = starter.config;
        let LevelConfig { pre, post, width } = config.levels[level];
        let (f, u, steps) = (inputs * width, outputs * width, pre + post);
        let own = config.smoothers == Smoothers::Own;
        let mut step = |i: usize| {
            let operator = own && config.has_operator(level, i);
            Step {
                operator: operator.then(|| starter.kernel(Role::Operator, level, u, f)),
                smoother: starter.kernel(Role::Smoother, level, f, u),
            }
        };
        let kept = if config.smoothers == Smoothers::Shared { 1 } else { steps };
        let kept = (0..kept).map(&mut step).collect();
        let restricted = config.restriction == Restriction::Residual && level + 1 < config.levels.len();
        let shared = !own && (0..steps).any(|i| config.has_operator(level, i));
        let operator = (restricted || shared).then(|| starter.kernel(Role::Operator, level, u, f));
        Self { steps: kept, operator }
    }
}

/// The smoothing of a level on its grid.
struct On<'a> {
    smoothing: &'a Smoothing,
    level: LevelConfig,
    size: &'a [usize],
    spec: &'a ConvSpec,
}

impl On<'_> {
    /// The steps on the way down, from `start` or from 0.
    fn down(&self, start: Option<Tensor<3>>, f: &Tensor<3>) -> Tensor<3> {
        let first = self.step(0, start, f);
        (1..self.level.pre).fold(first, |u, i| self.step(i, Some(u), f))
    }

    /// The steps on the way up.
    fn up(&self, u: Tensor<3>, f: &Tensor<3>) -> Tensor<3> {
        let LevelConfig { pre, post, .. } = self.level;
        (pre..pre + post).fold(u, |u, i| self.step(i, Some(u), f))
    }

    /// `u + B (f − A u)`
    fn step(&self, i: usize, u: Option<Tensor<3>>, f: &Tensor<3>) -> Tensor<3> {
        let steps = &self.smoothing.steps;
        let Step { operator, smoother } = &steps[i.min(steps.len() - 1)];
        match u {
            None => smoother.apply(f.clone(), self.size, self.spec),
            Some(u) => {
                let residual = self.residual_of(operator.as_ref(), f.clone(), u.clone());
                smoother.add(u, residual, self.size, self.spec)
            }
        }
    }

    /// `f − A u` with the operator of the level.
    fn residual(&self, f: Tensor<3>, u: Tensor<3>) -> Tensor<3> {
        self.residual_of(None, f, u)
    }

    fn residual_of(&self, own: Option<&Kernel>, f: Tensor<3>, u: Tensor<3>) -> Tensor<3> {
        match own.or(self.smoothing.operator.as_ref()) {
            Some(operator) => operator.residual(f, u, self.size, self.spec),
            None => f,
        }
    }
}

impl Operator for MgConv {
    fn in_channels(&self) -> usize {
        self.channels[0]
    }

    fn out_channels(&self) -> usize {
        self.channels[1]
    }

    fn n_dim(&self) -> usize {
        self.config.n_dim
    }

    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        check_input(&x, size, self.channels[0], self.config.n_dim);
        let sizes = self.config.sizes(size);
        assert!(sizes.is_ok(), "{sizes:?}");
        self.apply(x, &sizes.unwrap_or_default())
    }

    fn check_size(&self, size: &[usize]) -> Result<()> {
        self.config.sizes(size).map(drop)
    }
}
