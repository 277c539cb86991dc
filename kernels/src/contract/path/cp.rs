//! Plans for CP weights.

use super::{Cost, SpectralShape, cheapest};

/// How to contract a CP weight, whose weights `λ` and the layer's row go to its first mode factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CpPlan {
    /// `y = ((x U_in) ∘ E) U_out^T` with `E[m, r] = λ_r Π_k U_k[m_k, r]`: the spectrum passes through the `R` components, which stay
    /// in the cache, and so does `E`.
    Components,
    /// `y = x W`, after `W[m, (i, o)] = Σ_r E[m, r] (U_in[i, r] U_out[o, r])`.
    Reconstruct,
}

impl CpPlan {
    /// All plans.
    #[must_use]
    pub const fn plans() -> [Self; 2] {
        [Self::Components, Self::Reconstruct]
    }

    /// The cheapest plan for a rank.
    #[must_use]
    pub fn cheapest(shape: &SpectralShape, rank: usize, layers: usize) -> Self {
        cheapest(Self::plans().to_vec(), |plan| plan.cost(shape, rank, layers))
    }

    /// What this plan takes in a pass over all layers.
    #[must_use]
    pub fn cost(self, shape: &SpectralShape, rank: usize, layers: usize) -> Cost {
        let (m, i, o) = (shape.n_modes(), shape.in_channels, shape.out_channels);
        let (first, rest) = shape.modes.split_first().map_or((1, 1), |(m, rest)| (*m, rest.iter().product()));
        let mode_factors = Cost::elementwise((first + rest) * rank);
        let each = match self {
            Self::Components => {
                let rows = m * shape.batch;
                Cost {
                    multiply_adds: rows * rank * (i + 1 + o),
                    entries: rows * (i + o) + rank * (first + rest + i + o),
                }
            }
            Self::Reconstruct => {
                Cost::elementwise(m * rank)
                    + Cost::elementwise(rank * i * o)
                    + Cost::product(1, m, rank, i * o)
                    + shape.mix(i, o)
            }
        };
        (mode_factors + each) * layers
    }
}
