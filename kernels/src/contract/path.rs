//! In which order to contract a factorised weight with a spectrum: costs as pure functions, and the cheapest plan.
//!
//! Costs count complex multiply-adds (eight real floating-point operations each) of the products that the modules [`tucker`],
//! [`cp`] and [`tensor_train`] carry out. The candidates are all those listed by the three `plans` functions; their number is
//! small, so the choice is by enumeration.
//!
//! [`tucker`]: super::tucker
//! [`cp`]: super::cp
//! [`tensor_train`]: super::tensor_train

/// A spectrum and the dense weight that would multiply it: `y[m, b, o] = Σ_i x[m, b, i] W[m, i, o]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpectralShape {
    /// Kept modes per spatial axis, `M_1 .. M_d`.
    pub modes: Vec<usize>,
    /// Samples.
    pub batch: usize,
    /// Channels of `x`.
    pub in_channels: usize,
    /// Channels of `y`.
    pub out_channels: usize,
}

impl SpectralShape {
    /// The number of all kept modes, `Π M_k`.
    #[must_use]
    pub fn n_modes(&self) -> usize {
        self.modes.iter().product()
    }

    /// The shape of the weight in the order of the axes that `factorization` uses here: `[M_1 .., in, out]` for Tucker and CP,
    /// `[in, out, M_1 ..]` for a tensor train.
    #[must_use]
    pub fn weight(&self, factorization: super::Factorization) -> Vec<usize> {
        let channels = [self.in_channels, self.out_channels];
        match factorization {
            super::Factorization::TensorTrain => [&channels[..], &self.modes].concat(),
            _ => [&self.modes[..], &channels].concat(),
        }
    }

    /// The cost of one dense product with `k` input and `n` output channels at every mode.
    #[must_use]
    pub fn mix_cost(&self, k: usize, n: usize) -> usize {
        self.n_modes() * self.batch * k * n
    }
}

/// Where a channel factor of a Tucker weight is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelFactor {
    /// To the spectrum, which then lives in the channels of the core.
    Spectrum,
    /// To the core, which then has the channels of the spectrum.
    Core,
}

/// How to contract a Tucker weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TuckerPlan {
    /// Where the factor of the input channels goes.
    pub input: ChannelFactor,
    /// Where the factor of the output channels goes.
    pub output: ChannelFactor,
    /// The axes of the core `[R_1, .., R_d, R_in, R_out]` that are expanded, in this order: all modes, and each channel axis whose
    /// factor goes to the core.
    pub order: Vec<usize>,
}

impl TuckerPlan {
    /// All plans: four places of the channel factors, each with every order of expansion.
    #[must_use]
    pub fn plans(d: usize) -> Vec<Self> {
        use ChannelFactor::{Core, Spectrum};
        let mut plans = Vec::new();
        for (input, output) in [(Spectrum, Spectrum), (Spectrum, Core), (Core, Spectrum), (Core, Core)] {
            let channels = [(input, d), (output, d + 1)].into_iter().filter(|c| c.0 == Core).map(|c| c.1);
            let axes: Vec<usize> = (0..d).chain(channels).collect();
            plans.extend(permutations(&axes).into_iter().map(|order| Self { input, output, order }));
        }
        plans
    }

    /// The cheapest plan for ranks `[R_1, .., R_d, R_in, R_out]`.
    #[must_use]
    pub fn cheapest(shape: &SpectralShape, ranks: &[usize]) -> Self {
        cheapest(Self::plans(shape.modes.len()), |plan| plan.cost(shape, ranks))
    }

    /// Whether the plan forms the dense weight.
    #[must_use]
    pub fn reconstructs(&self) -> bool {
        self.input == ChannelFactor::Core && self.output == ChannelFactor::Core
    }

    /// Complex multiply-adds of this plan.
    #[must_use]
    pub fn cost(&self, shape: &SpectralShape, ranks: &[usize]) -> usize {
        let full = shape.weight(super::Factorization::Tucker);
        let mut size = ranks.to_vec();
        let mut cost = 0;
        for &axis in &self.order {
            cost += size.iter().product::<usize>() * full[axis];
            size[axis] = full[axis];
        }
        let d = shape.modes.len();
        let (k, n) = (size[d], size[d + 1]);
        if self.input == ChannelFactor::Spectrum {
            cost += shape.mix_cost(shape.in_channels, k);
        }
        if self.output == ChannelFactor::Spectrum {
            cost += shape.mix_cost(n, shape.out_channels);
        }
        cost + shape.mix_cost(k, n)
    }
}

/// How to contract a CP weight, whose mode factors are first multiplied to `E[m, r] = λ_r Π_k U_k[m_k, r]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CpPlan {
    /// `y = ((x U_in) ∘ E) U_out^T`: the spectrum passes through the `R` components.
    Components,
    /// `y = (x A[m]) U_out^T` with `A[m, i, r] = E[m, r] U_in[i, r]`.
    FoldInput,
    /// `y = (x U_in) B[m]` with `B[m, r, o] = E[m, r] U_out[o, r]`.
    FoldOutput,
    /// `y = x W`, after `W[m, (i, o)] = Σ_r E[m, r] (U_in[i, r] U_out[o, r])`.
    Reconstruct,
}

impl CpPlan {
    /// All plans.
    #[must_use]
    pub const fn plans() -> [Self; 4] {
        [Self::Components, Self::FoldInput, Self::FoldOutput, Self::Reconstruct]
    }

    /// The cheapest plan for a rank.
    #[must_use]
    pub fn cheapest(shape: &SpectralShape, rank: usize) -> Self {
        cheapest(Self::plans().to_vec(), |plan| plan.cost(shape, rank))
    }

    /// Complex multiply-adds of this plan.
    #[must_use]
    pub fn cost(self, shape: &SpectralShape, rank: usize) -> usize {
        let (m, i, o) = (shape.n_modes(), shape.in_channels, shape.out_channels);
        let mut size = 1;
        let mut cost = 0;
        for &k in &shape.modes {
            size *= k;
            cost += size * rank;
        }
        cost += match self {
            Self::Components => m * shape.batch * rank + shape.mix_cost(i, rank) + shape.mix_cost(rank, o),
            Self::FoldInput => m * i * rank + shape.mix_cost(i, rank) + shape.mix_cost(rank, o),
            Self::FoldOutput => m * rank * o + shape.mix_cost(i, rank) + shape.mix_cost(rank, o),
            Self::Reconstruct => rank * i * o + m * rank * i * o + shape.mix_cost(i, o),
        };
        cost
    }
}

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
    /// `y = (x G_in) C[m]` with `C[m, r_1, o] = Σ_r G_out[r_1, o, r] T[r, m]`.
    Project,
    /// `W[m] = G_in C[m]`, then `y = x W`.
    ReconstructFromModes,
    /// `A = G_in G_out`, `W[m, (i, o)] = Σ_r A[i, o, r] T[r, m]`, then `y = x W`.
    ReconstructFromChannels,
}

/// How to contract a tensor train with cores `G_in [in, r_1]`, `G_out [r_1, out, r_2]`, `G_1 [r_2, M_1, r_3]` .. `G_d [r_{d+1}, M_d]`.
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
    pub fn cheapest(shape: &SpectralShape, ranks: &[usize]) -> Self {
        cheapest(Self::plans(), |plan| plan.cost(shape, ranks))
    }

    /// Complex multiply-adds of this plan.
    #[must_use]
    pub fn cost(&self, shape: &SpectralShape, ranks: &[usize]) -> usize {
        let (m, i, o) = (shape.n_modes(), shape.in_channels, shape.out_channels);
        let (r1, r2) = (ranks[1], ranks[2]);
        let core = m * r1 * o * r2;
        let channels = match self.channels {
            TrainChannels::Project => core + shape.mix_cost(i, r1) + shape.mix_cost(r1, o),
            TrainChannels::ReconstructFromModes => core + m * i * r1 * o + shape.mix_cost(i, o),
            TrainChannels::ReconstructFromChannels => i * r1 * o * r2 + m * i * o * r2 + shape.mix_cost(i, o),
        };
        chain_cost(&shape.modes, &ranks[2..], self.modes) + channels
    }
}

/// The cost of `T [r_2, M_1, .., M_d]` from the mode cores, whose ranks are `r_2, .., r_{d+1}, 1`.
fn chain_cost(modes: &[usize], ranks: &[usize], end: ChainEnd) -> usize {
    let d = modes.len();
    match end {
        // [r_2 M_1 .. M_{k-1}, r] x [r, M_k r']
        ChainEnd::First => {
            (1..d).map(|k| ranks[0] * modes[..=k].iter().product::<usize>() * ranks[k] * ranks[k + 1]).sum()
        }
        // [r M_k, r'] x [r', M_{k+1} .. M_d]
        ChainEnd::Last => (0..d.saturating_sub(1))
            .map(|k| ranks[k] * modes[k..].iter().product::<usize>() * ranks[k + 1])
            .sum(),
    }
}

/// The first of the cheapest.
#[allow(clippy::expect_used, reason = "every list of plans of this module has entries")]
fn cheapest<P>(plans: Vec<P>, cost: impl Fn(&P) -> usize) -> P {
    plans.into_iter().min_by_key(cost).expect("a plan")
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (at, &first) in items.iter().enumerate() {
        let rest = [&items[..at], &items[at + 1..]].concat();
        all.extend(permutations(&rest).into_iter().map(|tail| [&[first][..], &tail].concat()));
    }
    all
}
