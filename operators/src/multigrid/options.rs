//! What a multi-grid decomposition can be told about an axis, a level, a patch.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What lies beyond the ends of an axis, where the window of a patch reaches over them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extension {
    /// The other end: a periodic domain.
    #[default]
    Periodic,
    /// Zeros.
    Zero,
    /// The mirror image about the point at the end, which is not repeated.
    Reflect,
    /// The value at the end.
    Constant,
}

impl Extension {
    /// The point of an axis of `n` points that stands for point `j` of the endless axis; none where the field is 0.
    pub(super) fn point(self, j: i64, n: usize) -> Option<usize> {
        let last = n as i64 - 1;
        let inside = match self {
            Self::Periodic => j.rem_euclid(n as i64),
            Self::Zero => return (0..n as i64).contains(&j).then_some(j as usize),
            Self::Reflect if n == 1 => 0,
            Self::Reflect => {
                let r = j.rem_euclid(2 * last);
                if r <= last { r } else { 2 * last - r }
            }
            Self::Constant => j.clamp(0, last),
        };
        Some(inside as usize)
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Periodic => "periodic",
            Self::Zero => "zero",
            Self::Reflect => "reflect",
            Self::Constant => "constant",
        })
    }
}

/// What is done to a field before every 2ˡ-th point of it is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LowPass {
    /// Nothing, as in the reference: wavenumbers that the coarse grid cannot hold appear as others.
    #[default]
    None,
    /// From level to level the weights 1/4, 1/2, 1/4 along every axis, multigrid's full weighting.
    FullWeighting,
    /// Wavenumbers that the coarse grid cannot hold are cut off, sharply. For periodic axes.
    Spectral,
}

/// How the operator inside learns where in the domain a patch lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coordinates {
    /// Not at all: the decomposition of a periodic domain commutes with translations by a patch. The inner operator's own
    /// coordinates are switched off.
    None,
    /// By its own coordinates, if it has any, which are 0 to 1 on every patch (as in the reference: it learns where in the patch
    /// a point lies, and not where in the domain).
    Local,
    /// By one more input channel per axis with the coordinates of the patch's points in the domain; the inner operator's own are
    /// switched off.
    #[default]
    Global,
}
