//! Plans for Tucker weights.

use super::{Cost, SpectralShape, cheapest, permutations};
use crate::contract::Factorization;

/// Where a channel factor of a Tucker weight is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelFactor {
    /// To the spectrum, which then lives in the channels of the core.
    Spectrum,
    /// To the core, which then has the channels of the spectrum; also where the axis has no factor.
    Core,
}

/// How one Tucker tensor serves several layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerAxis {
    /// Each of so many layers has a core of its own.
    Own(usize),
    /// The cores of `layers` layers are combinations of `rank` ones, `G_l = Σ_λ V[l, λ] G[λ]`.
    Factor {
        /// How many layers.
        layers: usize,
        /// How many cores.
        rank: usize,
    },
}

impl LayerAxis {
    /// One layer alone.
    pub const ONE: Self = Self::Own(1);

    /// How many layers there are.
    #[must_use]
    pub const fn layers(self) -> usize {
        match self {
            Self::Own(layers) | Self::Factor { layers, .. } => layers,
        }
    }
}

/// When the factor of the layers is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerFactor {
    /// To the core, which every layer then expands for itself.
    First,
    /// To the expanded cores, which all layers share.
    Last,
}

/// How to contract a Tucker weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TuckerPlan {
    /// Where the factor of the input channels goes.
    pub input: ChannelFactor,
    /// Where the factor of the output channels goes.
    pub output: ChannelFactor,
    /// When the factor of the layers is applied.
    pub layer: LayerFactor,
    /// The axes of the core `[R_1, .., R_d, R_in, R_out]` that are expanded, in this order: the modes with a factor, and each
    /// channel axis whose factor goes to the core.
    pub order: Vec<usize>,
}

impl TuckerPlan {
    /// All plans: four places of the channel factors, two of the layers', each with every order of expansion.
    ///
    /// `factors` says which of the axes `[M_1, .., M_d, in, out]` have a factor.
    #[must_use]
    pub fn plans(factors: &[bool], layers: LayerAxis) -> Vec<Self> {
        use ChannelFactor::{Core, Spectrum};
        let d = factors.len() - 2;
        let places = |axis: usize| if factors[axis] { &[Spectrum, Core][..] } else { &[Core] };
        let when = match layers {
            LayerAxis::Own(_) => &[LayerFactor::First][..],
            LayerAxis::Factor { .. } => &[LayerFactor::First, LayerFactor::Last],
        };
        let mut plans = Vec::new();
        for &input in places(d) {
            for &output in places(d + 1) {
                let channels = [(input, d), (output, d + 1)].into_iter().filter(|c| c.0 == Core);
                let axes = (0..d).chain(channels.map(|c| c.1)).filter(|&axis| factors[axis]);
                for order in permutations(&axes.collect::<Vec<_>>()) {
                    plans.extend(when.iter().map(|&layer| Self {
                        input,
                        output,
                        layer,
                        order: order.clone(),
                    }));
                }
            }
        }
        plans
    }

    /// The same plan with the last axis of modes expanded last, tile by tile and never stored, where that costs little more
    /// arithmetic: the axis has a factor, there are axes before it, and each layer expands a core for itself.
    ///
    /// The expanded core has as many matrices as there are modes; kept for a backward pass, it is by far the largest thing of a
    /// Tucker weight.
    #[must_use]
    pub fn expanded_on_the_way(
        &self,
        shape: &SpectralShape,
        ranks: &[usize],
        layers: LayerAxis,
    ) -> Option<Self> {
        let last = shape.modes.len() - 1;
        if last == 0 || !self.order.contains(&last) {
            return None;
        }
        let order = self.order.iter().copied().filter(|&axis| axis != last).chain([last]).collect();
        let plan = Self { order, layer: LayerFactor::First, ..self.clone() };
        let cost = |plan: &Self| plan.cost(shape, ranks, layers).time();
        (4 * cost(&plan) <= 5 * cost(self)).then_some(plan)
    }

    /// The cheapest plan for ranks `[R_1, .., R_d, R_in, R_out]`.
    #[must_use]
    pub fn cheapest(shape: &SpectralShape, ranks: &[usize], factors: &[bool], layers: LayerAxis) -> Self {
        cheapest(Self::plans(factors, layers), |plan| plan.cost(shape, ranks, layers))
    }

    /// Whether the plan forms the dense weight.
    #[must_use]
    pub fn reconstructs(&self) -> bool {
        self.input == ChannelFactor::Core && self.output == ChannelFactor::Core
    }

    /// Whether the one core that all layers share is expanded once, and each layer's number goes to a channel factor.
    #[must_use]
    pub fn scales(&self, layers: LayerAxis) -> bool {
        matches!(layers, LayerAxis::Factor { rank: 1, .. })
            && self.layer == LayerFactor::Last
            && !self.reconstructs()
    }

    /// What this plan takes in a pass over all layers.
    #[must_use]
    pub fn cost(&self, shape: &SpectralShape, ranks: &[usize], layers: LayerAxis) -> Cost {
        let (full, d) = (shape.weight(Factorization::Tucker), shape.modes.len());
        let mut size = ranks.to_vec();
        let mut once = Cost::default();
        for &axis in &self.order {
            let (before, after) = (size[..axis].iter().product(), size[axis + 1..].iter().product());
            once += Cost::expansion(before, full[axis], size[axis], after);
            size[axis] = full[axis];
        }
        let (k, n) = (size[d], size[d + 1]);
        let mut each = shape.mix(k, n);
        if self.input == ChannelFactor::Spectrum {
            each += shape.project(shape.in_channels, k);
        }
        if self.output == ChannelFactor::Spectrum {
            each += shape.project(n, shape.out_channels);
        }
        let combine = |rank, size: &[usize]| Cost::product(1, 1, rank, size.iter().product());
        match (layers, self.layer) {
            (LayerAxis::Factor { rank, .. }, LayerFactor::Last) => {
                if !self.scales(layers) {
                    each += combine(rank, &size);
                }
                once * rank + each * layers.layers()
            }
            (LayerAxis::Factor { rank, .. }, LayerFactor::First) => {
                (once + each + combine(rank, ranks)) * layers.layers()
            }
            (LayerAxis::Own(_), _) => (once + each) * layers.layers(),
        }
    }
}
