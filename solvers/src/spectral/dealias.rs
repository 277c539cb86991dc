//! Which modes are kept, and on which points products are taken.

use super::FourierGrid;
use crate::{Error, Result};

/// How aliases of nonlinear terms are kept out of the kept modes.
///
/// **Equations** The product of q factors with wavenumbers up to K reaches qK; on n points the mode k is the alias of k + n. It
/// stays out of |k| <= K if n > (q + 1) K.
///
/// The state is the Galerkin space of the kept modes: initial fields and forcing are projected onto it. The Nyquist mode of an
/// even axis, which no odd derivative respects, is never kept.
///
/// **Source.** Orszag, *J. Atmos. Sci.* 28 (1971), 1074, for q = 2; <https://doi.org/10.1175/1520-0469(1971)028%3C1074:OTEOAI%3E2.0.CO;2>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dealias {
    /// All modes below Nyquist, products on the grid itself: aliases stay.
    None,
    /// Only modes with (q + 1) K < n, products of q factors on the grid itself.
    Truncate {
        /// Factors of the largest product, q.
        degree: u32,
    },
    /// All modes below Nyquist, products of q factors on a finer grid with more than (q + 1) K points.
    Pad {
        /// Factors of the largest product, q.
        degree: u32,
    },
}

impl Dealias {
    /// The 2/3 rule: exact for quadratic terms.
    pub const TWO_THIRDS: Self = Self::Truncate { degree: 2 };
    /// The 3/2 rule: exact for quadratic terms.
    pub const THREE_HALVES: Self = Self::Pad { degree: 2 };

    /// Points and cut-offs along each axis.
    pub(super) fn resolve(self, grid: &FourierGrid) -> Result<(Vec<usize>, Vec<usize>)> {
        let axis = |n: usize| match self {
            Self::None => (n, (n - 1) / 2),
            Self::Truncate { degree } => (n, (n - 1) / (degree as usize + 1)),
            Self::Pad { degree } => {
                let cut = (n - 1) / 2;
                (fast_length(((degree as usize + 1) * cut + 1).max(n)), cut)
            }
        };
        if let Self::Truncate { degree } | Self::Pad { degree } = self
            && !(1..=16).contains(&degree)
        {
            return Err(Error::Config {
                field: "dealias.degree",
                expected: "1 to 16",
                value: degree.to_string(),
            });
        }
        Ok(grid.num_points().iter().map(|&n| axis(n)).unzip())
    }
}

impl Default for Dealias {
    fn default() -> Self {
        Self::TWO_THIRDS
    }
}

/// The next even number without a prime factor above 5.
fn fast_length(n: usize) -> usize {
    let fast = |n: usize| {
        let mut rest = n;
        for p in [2, 3, 5] {
            while rest.is_multiple_of(p) {
                rest /= p;
            }
        }
        rest == 1
    };
    (n.next_multiple_of(2)..).step_by(2).find(|&n| fast(n)).unwrap_or(n)
}
