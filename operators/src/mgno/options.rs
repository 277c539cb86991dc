//! What a multigrid cycle and the network around it can be told.

use serde::{Deserialize, Serialize};

/// Which points of an axis are those of the next coarser grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coarsening {
    /// 0, 2, 4, ..: ⌈n/2⌉ points (a restriction with padding 1). On n = 2m − 1 points both ends stay; a periodic axis of an even
    /// number of points stays periodic.
    #[default]
    Even,
    /// 1, 3, 5, ..: ⌊(n − 1)/2⌋ points (a restriction without padding). On n = 2m + 1 points between two Dirichlet ends, the ends stay
    /// where they are.
    Odd,
}

/// What a coarser level solves for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// The right-hand side, `f ← R f`: the authors' code.
    #[default]
    Source,
    /// What is left of it, `f ← R (f − A u)`: the paper, and multigrid.
    Residual,
}

/// Where the smoothing of a coarser level starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoarseStart {
    /// At a learned restriction of the finer level's field, `u ← Π u`: the authors' code.
    #[default]
    Learned,
    /// At 0: the paper, and multigrid.
    Zero,
}

/// What a prolongation brings over the ends of a periodic axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prolongation {
    /// Nothing, on any axis: the authors' code.
    #[default]
    Cut,
    /// The values from the other end, onto an even number of points; of an odd number both ends are points of the coarse grid, with
    /// nothing between them.
    Wrapped,
}

/// Which smoothing steps have the same kernels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothers {
    /// Every step has an operator A and a smoother B of its own: the authors' code.
    #[default]
    Own,
    /// All steps of a level have one operator A and each its own smoother B: the paper.
    SharedOperator,
    /// All steps of a level are the same: multigrid.
    Shared,
}

/// What is added to a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// Nothing.
    #[default]
    None,
    /// A learned constant per channel.
    Constant,
    /// A learned function per channel, given by its values on the configuration's `grid`.
    Function,
}

/// Normalisation of a sample to mean 0 and variance 1 over all channels and points, and a learned scale (from 1) and shift (from 0),
/// which are functions given by their values on the configuration's `grid`, one per channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldNorm {
    /// No normalisation.
    #[default]
    None,
    /// Normalisation, in a cycle after each prolongation, in a network after each cycle.
    Affine,
}

/// What goes beside the cycle of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Local {
    /// Nothing.
    None,
    /// A linear map of the channels at every point.
    #[default]
    Linear,
}

/// What makes the output channels from the last layer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// A linear map at every point, without bias.
    #[default]
    Linear,
    /// One more cycle.
    Cycle,
}

/// What the network predicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// The output field.
    #[default]
    Field,
    /// Its difference to the first channels of the input, as many as there are output channels: for a step in time from one stored
    /// state to the next.
    Increment,
}

/// The values that the kernels of a cycle start with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Entries from U(−1/√fan_in, 1/√fan_in), biases too, with the fan-in that PyTorch counts: input channels times taps, for a
    /// prolongation output channels times taps.
    #[default]
    Uniform,
    /// Those of a multigrid cycle for −Δ; asks for [`Restriction::Residual`] and [`CoarseStart::Zero`].
    Geometric(Geometric),
}

/// A multigrid cycle for `h² (−Δ_h) u = f` with the stencil 2d at a point and −1 at its 2d neighbours.
///
/// Restriction by full weighting, linear prolongation, the coarse operators those of the stencil on the coarse grids. Several channels
/// are that many cycles side by side; where a map goes from m to n channels, output o is the mean of the inputs i with
/// i ≡ o modulo min(m, n).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Geometric {
    /// The smoother.
    pub smoother: Smoother,
    /// Entries from U(−1/√fan_in, 1/√fan_in) times this are added, on all pairs of channels.
    pub noise: f64,
}

/// The smoother of a [`Geometric`] cycle; both have the best damping of the wavenumbers that the coarse grid cannot hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoother {
    /// Damped Jacobi: B is a number. Per step it damps by 0.33, 0.60, 0.71 in one, two, three dimensions.
    Jacobi,
    /// B = α + β A, which makes the step a Chebyshev polynomial of degree 2 in A: 0.06, 0.22, 0.34, at the price of one Jacobi step
    /// with a full kernel.
    #[default]
    Chebyshev,
}
