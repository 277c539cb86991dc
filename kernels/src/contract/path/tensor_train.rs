//! Plans for tensor-train weights.

use super::{Cost, SpectralShape, cheapest};

/// From which end the mode cores of a tensor train are multiplied into `T[r_2, m]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChainEnd {
    /// `(G_1 G_2) G_3`
    First,
    /// `G_1 (G_2 G_3)`
    Last,
}

/// How the channel cores of a tensor train meet the spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrainChannels {
    /// `y = (x G_in) C[m]` with `C[m, r_1, o] = Σ_r G_out[r_1, o, r] T[r, m]`, one for all layers.
    Project,
    /// `W[m] = G_in C[m]`, then `y = x W`.
    ReconstructFromModes,
    /// `A = G_in G_out`, `W[m, (i, o)] = Σ_r A[i, o, r] T[r, m]`, then `y = x W`.
    ReconstructFromChannels,
}

/// How to contract a tensor train with cores `G_in [in, r_1]`, `G_out [r_1, out, r_2]`, `G_1 [r_2, M_1, r_3]` .. `G_d [r_{d+1}, M_d]`,
/// of which only `G_in` depends on the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrainPlan {
    /// From which end the mode cores are multiplied.
    pub modes: ChainEnd,
    /// What the channel cores are multiplied with.
    pub channels: TrainChannels,
}

impl TrainPlan {
    /// All plans.
    #[must_use]
    pub fn plans() -> Vec<Self> {
        use TrainChannels::{Project, ReconstructFromChannels, ReconstructFromModes};
        [ChainEnd::First, ChainEnd::Last]
            .into_iter()
            .flat_map(|modes| {
                [Project, ReconstructFromModes, ReconstructFromChannels]
                    .map(|channels| Self { modes, channels })
            })
            .collect()
    }

    /// The cheapest plan for ranks `[1, r_1, r_2, .., 1]`.
    #[must_use]
    pub fn cheapest(shape: &SpectralShape, ranks: &[usize], layers: usize) -> Self {
        cheapest(Self::plans(), |plan| plan.cost(shape, ranks, layers))
    }

    /// What this plan takes in a pass over all layers.
    #[must_use]
    pub fn cost(&self, shape: &SpectralShape, ranks: &[usize], layers: usize) -> Cost {
        let (m, i, o) = (shape.n_modes(), shape.in_channels, shape.out_channels);
        let (r1, r2) = (ranks[1], ranks[2]);
        let chain = chain_cost(&shape.modes, &ranks[2..], self.modes);
        let core = Cost::product(1, m, r2, r1 * o);
        let (once, each) = match self.channels {
            TrainChannels::Project => (chain + core, shape.project(i, r1) + shape.mix(r1, o)),
            TrainChannels::ReconstructFromModes => {
                (chain + core, Cost::expansion(m, i, r1, o) + shape.mix(i, o))
            }
            TrainChannels::ReconstructFromChannels => {
                let joined = Cost::product(1, i, r1, o * r2);
                (chain, joined + Cost::product(1, m, r2, i * o) + shape.mix(i, o))
            }
        };
        once + each * layers
    }
}

/// The cost of `T [r_2, M_1, .., M_d]` from the mode cores, whose ranks are `r_2, .., r_{d+1}, 1`.
fn chain_cost(modes: &[usize], ranks: &[usize], end: ChainEnd) -> Cost {
    let d = modes.len();
    let mut cost = Cost::default();
    match end {
        // [r_2 M_1 .. M_{k-1}, r] x [r, M_k r']
        ChainEnd::First => {
            for k in 1..d {
                let rows = ranks[0] * modes[..k].iter().product::<usize>();
                cost += Cost::product(1, rows, ranks[k], modes[k] * ranks[k + 1]);
            }
        }
        // [r M_k, r'] x [r', M_{k+1} .. M_d]
        ChainEnd::Last => {
            for k in 0..d.saturating_sub(1) {
                cost += Cost::product(1, ranks[k] * modes[k], ranks[k + 1], modes[k + 1..].iter().product());
            }
        }
    }
    cost
}
