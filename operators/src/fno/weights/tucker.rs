//! Tucker weights: a small core with a factor on every axis.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use sobolev_kernels::contract::{ChannelFactor, LayerAxis, LayerFactor, SpectralShape, TuckerPlan};
use sobolev_kernels::ops::{self, Op};

use super::dropout::Dropout;
use super::plan::PerAxis;
use super::{ModeStrides, Plan, crop, factor_strides};
use crate::layers::Draws;

/// ```math
/// W_{l,i,o,k_1..k_d} = \sum_{λ,r,s,m} G_{λ,r,s,m_1..m_d}\, V_{lλ}\, A_{ir}\, B_{os} \prod_j U^j_{k_j m_j}
/// ```
///
/// The layer axis l is there for weights that all layers share, the output axis o for those that are not separable. An axis that
/// is fixed has no factor: its index is the core's.
#[derive(Module, Debug)]
pub struct Tucker {
    /// `G [layer rank, product of the mode ranks, input rank * output rank, 2]`
    core: Param<Tensor<4>>,
    /// `V [layers, layer rank, 2]`
    layer: Option<Param<Tensor<3>>>,
    /// `A [channels, input rank, 2]`
    input: Option<Param<Tensor<3>>>,
    /// `B [channels, output rank, 2]`
    output: Option<Param<Tensor<3>>>,
    /// `U^j [modes, mode rank, 2]`
    modes: Vec<Option<Param<Tensor<3>>>>,
    #[module(skip)]
    ranks: PerAxis<usize>,
    #[module(skip)]
    dropout: f64,
}

impl Tucker {
    pub(super) fn new(plan: &Plan, ranks: &[usize], std: f64, dropout: f64, draws: &mut Draws<'_>) -> Self {
        let mut draw = |shape: [usize; 3]| draws.complex_normal(shape, std);
        let shape = plan.shape();
        let factors: Vec<_> = (0..shape.len())
            .map(|axis| (!plan.is_fixed(axis)).then(|| draw([shape[axis], ranks[axis], 2])))
            .collect();
        let core = draws.complex_normal(Self::core_shape(&plan.split(ranks)), std);
        Self::from_values(plan, ranks, core, &factors, dropout)
    }

    /// `[layer rank, product of the mode ranks, input rank * output rank, 2]`
    pub(in crate::fno) fn core_shape(of: &PerAxis<usize>) -> [usize; 4] {
        let width = of.input * of.output.unwrap_or(1);
        [of.layer.unwrap_or(1), of.modes.iter().product(), width, 2]
    }

    /// A core in the order of [`core_shape`](Self::core_shape) and a factor for each axis of the plan that has one.
    pub(in crate::fno) fn from_values(
        plan: &Plan,
        ranks: &[usize],
        core: Param<Tensor<4>>,
        factors: &[Option<Param<Tensor<3>>>],
        dropout: f64,
    ) -> Self {
        let PerAxis { layer, input, output, modes } = plan.split(factors);
        let ranks = plan.split(ranks);
        Self { core, layer: layer.flatten(), input, output: output.flatten(), modes, ranks, dropout }
    }

    /// The tensors of a pass over fields with these modes; with `dropout` as the device says.
    fn parts(&self, kept: &[usize], dropout: f64) -> Parts {
        let d = kept.len();
        let whole = |j: usize| if self.modes[j].is_some() { self.ranks.modes[j] } else { kept[j] };
        let core = crop::modes(self.core.val(), &self.ranks.modes, &(0..d).map(whole).collect::<Vec<_>>());
        let drop = |factor: Tensor<3>| Dropout(dropout).apply(factor, 1);
        let value = |factor: &Option<Param<Tensor<3>>>| factor.as_ref().map(|f| drop(f.val()));
        let layer = value(&self.layer);
        let mut factors: Vec<Option<Tensor<4>>> = Vec::new();
        for (j, factor) in self.modes.iter().enumerate() {
            let rows = |f: &Param<Tensor<3>>| drop(crop::rows(f.val(), kept[j], j + 1 == d)).unsqueeze();
            factors.push(factor.as_ref().map(rows));
        }
        factors.push(value(&self.input).map(|f| f.unsqueeze()));
        let mut ranks: Vec<usize> = (0..d).map(whole).chain([self.ranks.input]).collect();
        if let Some(rank) = self.ranks.output {
            factors.push(value(&self.output).map(|f| f.unsqueeze()));
            ranks.push(rank);
        }
        Parts { core, layer, factors, ranks, d }
    }

    /// What a pass over `layers` layers needs, worked out once.
    pub(super) fn pass(&self, kept: &[usize], batch: usize, layers: usize) -> TuckerPass {
        let parts = self.parts(kept, self.dropout);
        let rank = self.ranks.layer.unwrap_or(1);
        let axis =
            if parts.layer.is_some() { LayerAxis::Factor { layers, rank } } else { LayerAxis::Own(layers) };
        let mut on_the_way = false;
        let plan = self.ranks.output.map(|_| {
            let (in_channels, out_channels) = (parts.width(parts.d), parts.width(parts.d + 1));
            let shape = SpectralShape { modes: kept.to_vec(), batch, in_channels, out_channels };
            let has: Vec<bool> = parts.factors.iter().map(Option::is_some).collect();
            let plan = TuckerPlan::cheapest(&shape, &parts.ranks, &has, axis);
            let other = plan.expanded_on_the_way(&shape, &parts.ranks, axis);
            on_the_way = other.is_some();
            other.unwrap_or(plan)
        });
        let shared = match &plan {
            Some(plan) if plan.layer == LayerFactor::Last => {
                Some(parts.expand(parts.core.clone(), &plan.order))
            }
            _ => None,
        };
        let scales = plan.as_ref().is_some_and(|plan| plan.scales(axis));
        TuckerPass { parts, plan, shared, scales, on_the_way }
    }

    /// The factors of the modes, and the core where an axis has none.
    pub(super) fn mode_strides(&self) -> Vec<ModeStrides> {
        let [.., width, two] = self.core.val().dims();
        let whole = |axis: &usize| self.modes[*axis].is_none();
        let inner = |axis: usize| self.ranks.modes[axis + 1..].iter().product::<usize>();
        let stride = |axis| (axis, inner(axis) * width * two);
        let core: Vec<_> = (0..self.modes.len()).filter(whole).map(stride).collect();
        let factor = |(axis, factor): (usize, &Option<Param<Tensor<3>>>)| {
            factor.as_ref().map(|factor| factor_strides((axis, factor)))
        };
        let factors = self.modes.iter().enumerate().filter_map(factor);
        factors.chain((!core.is_empty()).then_some((self.core.id, core))).collect()
    }

    /// `[kept modes, in, out, 2]`; of a separable layer `[kept modes, 1, channels, 2]`.
    pub(super) fn reconstruct(&self, layer: usize, kept: &[usize]) -> Tensor<4> {
        self.parts(kept, 0.0).dense(layer)
    }
}

/// Core and factors of the kept modes.
#[derive(Clone, Debug)]
struct Parts {
    core: Tensor<4>,
    layer: Option<Tensor<3>>,
    /// Of the axes `[modes.., in, out]`, each as a batch of one matrix.
    factors: Vec<Option<Tensor<4>>>,
    ranks: Vec<usize>,
    d: usize,
}

impl Parts {
    /// Multiplies the factors of the axes `order` into cores `[cores, modes.., in, out]`, one after the other; the result is
    /// `[cores, modes, in * out, 2]`, the modes being ranks on axes left out.
    fn expand(&self, core: Tensor<4>, order: &[usize]) -> Tensor<4> {
        let cores = core.dims()[0];
        let mut size = self.ranks.clone();
        let mut core = core;
        for &axis in order {
            let Some(factor) = self.factors[axis].clone() else { continue };
            let (rows, rank) = (factor.dims()[1], size[axis]);
            let outer = cores * size[..axis].iter().product::<usize>();
            let inner: usize = size[axis + 1..].iter().product();
            size[axis] = rows;
            core = if inner == 1 {
                ops::cmatmul(core.reshape([1, outer, rank, 2]), Op::Plain, factor, Op::Transposed)
            } else {
                ops::cmatmul(factor, Op::Plain, core.reshape([outer, rank, inner, 2]), Op::Plain)
            };
        }
        let (modes, width) =
            (size[..self.d].iter().product::<usize>(), size[self.d..].iter().product::<usize>());
        core.reshape([cores, modes, width, 2])
    }

    /// One layer's combination of `[cores, modes, width, 2]`, as a batch of one.
    fn combine(&self, cores: Tensor<4>, layer: usize) -> Tensor<4> {
        let [rank, modes, width, two] = cores.dims();
        match self.number(layer) {
            None if rank == 1 => cores,
            None => cores.narrow(0, layer, 1),
            Some(row) => {
                ops::cmatmul(row, Op::Plain, cores.reshape([1, rank, modes * width, two]), Op::Plain)
                    .reshape([1, modes, width, two])
            }
        }
    }

    /// One layer's row of the layer factor, `[1, 1, layer rank, 2]`.
    fn number(&self, layer: usize) -> Option<Tensor<4>> {
        self.layer.as_ref().map(|v| {
            let [_, rank, two] = v.dims();
            v.clone().narrow(0, layer, 1).reshape([1, 1, rank, two])
        })
    }

    /// `[modes, in, out, 2]` of one layer, `[modes, 1, channels, 2]` without an output axis.
    fn dense(&self, layer: usize) -> Tensor<4> {
        let axes: Vec<usize> = (0..self.factors.len()).collect();
        let weight = self.expand(self.combine(self.core.clone(), layer), &axes);
        let [_, modes, width, two] = weight.dims();
        let columns = self.width(axes.len() - 1);
        weight.reshape([modes, width / columns, columns, two])
    }

    /// The length of an axis, expanded.
    fn width(&self, axis: usize) -> usize {
        self.factors[axis].as_ref().map_or(self.ranks[axis], |f| f.dims()[1])
    }
}

/// A Tucker weight in one pass.
#[derive(Clone, Debug)]
pub(in crate::fno) struct TuckerPass {
    parts: Parts,
    /// None for a separable weight.
    plan: Option<TuckerPlan>,
    /// The expanded cores, where the layers' factor comes last.
    shared: Option<Tensor<4>>,
    scales: bool,
    /// Whether the last axis of modes, the last one of the plan, is expanded while the spectrum passes.
    on_the_way: bool,
}

impl TuckerPass {
    pub(super) fn apply(&self, layer: usize, x: Tensor<4>) -> Tensor<4> {
        let [modes, batch, channels, two] = x.dims();
        let Some(plan) = &self.plan else {
            return ops::separable(x, self.parts.dense(layer).reshape([modes, channels, two]));
        };
        let (parts, d) = (&self.parts, self.parts.d);
        let order = &plan.order[..plan.order.len() - usize::from(self.on_the_way)];
        let core = match &self.shared {
            Some(cores) if self.scales => cores.clone(),
            Some(cores) => parts.combine(cores.clone(), layer),
            None => parts.expand(parts.combine(parts.core.clone(), layer), order),
        };
        let of = |place: ChannelFactor, axis: usize| match &parts.factors[axis] {
            Some(factor) if place == ChannelFactor::Spectrum => (Some(factor.clone()), parts.ranks[axis]),
            _ => (None, parts.width(axis)),
        };
        let ((input, k), (output, n)) = (of(plan.input, d), of(plan.output, d + 1));
        // The one number of a layer goes to the first channel factor that meets the spectrum.
        let mut number = parts.number(layer).filter(|_| self.scales);
        let mut scaled = |factor: Tensor<4>| match number.take() {
            None => factor,
            Some(number) => {
                let [_, rows, rank, two] = factor.dims();
                ops::cmatmul(factor.reshape([1, rows * rank, 1, two]), Op::Plain, number, Op::Plain)
                    .reshape([1, rows, rank, two])
            }
        };
        let x = match input {
            None => x,
            Some(factor) => {
                let flat = x.reshape([1, modes * batch, channels, two]);
                ops::cmatmul(flat, Op::Plain, scaled(factor), Op::Plain).reshape([modes, batch, k, two])
            }
        };
        let y = match &parts.factors[d - 1] {
            Some(factor) if self.on_the_way => {
                let [_, last, rank, _] = factor.dims();
                let core = core.reshape([modes / last, rank, k * n, two]);
                ops::expanded(x, core, factor.clone().reshape([last, rank, two]))
            }
            _ => ops::cmatmul(x, Op::Plain, core.reshape([modes, k, n, two]), Op::Plain),
        };
        match output {
            None => y,
            Some(factor) => {
                let channels = parts.width(d + 1);
                let flat = y.reshape([1, modes * batch, n, two]);
                ops::cmatmul(flat, Op::Plain, scaled(factor), Op::Transposed)
                    .reshape([modes, batch, channels, two])
            }
        }
    }
}
