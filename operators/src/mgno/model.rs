//! The whole operator.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use sobolev_kernels::ops::{self, Activation};

use super::fields::{FieldNormMap, GridFunction};
use super::{Bias, FieldNorm, Head, Local, MgConv, MgnoConfig, Output};
use crate::Result;
use crate::layers::Draws;
use crate::operator::{Operator, check_input};

/// A multigrid neural operator in one, two or three dimensions.
///
/// ```math
/// v_0 = a, \qquad v_i = σ\big(N(W_i\, v_{i-1}) + K_i v_{i-1} + b_i\big), \qquad u = Q v_n
/// ```
///
/// Every W is a multigrid cycle ([`MgConv`]), the first one from the channels of the input to those of the layers, so that there is no
/// lifting; K is a linear map of the channels at every point, b a constant or a function per channel, N a normalisation, Q a linear map
/// at every point or one more cycle. With σ the identity and without b and N it is a linear map.
///
/// **Source.** He, Liu, Xu, *MgNO: Efficient Parameterization of Linear Operators via Multigrid*, ICLR 2024 (arXiv:2310.19809),
/// equation 3, and the authors' code.
/// **Deviates.** 1. Normalisers of the data are the training's, not the model's. 2. Functions live on the grid of the configuration
/// and are resampled to other grids; the authors' code works on one grid.
///
/// **Shapes.** `[batch, in_channels, z, y, x]` to `[batch, out_channels, z, y, x]`, on grids that have points for all levels.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Mgno {
    cycles: Vec<MgConv>,
    locals: Vec<Beside>,
    norms: Vec<FieldNormMap>,
    /// `[out, hidden]`
    projection: Option<Param<Tensor<2>>>,
    last: Option<MgConv>,
    #[module(skip)]
    config: MgnoConfig,
    #[module(skip)]
    channels: [usize; 2],
}

/// What a layer adds to its cycle.
#[derive(Module, Debug)]
struct Beside {
    /// `[out, in]`
    weight: Option<Param<Tensor<2>>>,
    /// `[out]`
    constant: Option<Param<Tensor<1>>>,
    function: Option<GridFunction>,
}

impl Beside {
    fn new(config: &MgnoConfig, input: usize, draws: &mut Draws<'_>) -> Self {
        let width = config.hidden_channels;
        Self {
            weight: (config.local == Local::Linear).then(|| draws.linear([width, input], input)),
            constant: (config.bias == Bias::Constant).then(|| draws.linear([width], input)),
            function: (config.bias == Bias::Function)
                .then(|| GridFunction::constant(&config.cycle, 0, width, 0.0, draws)),
        }
    }

    /// `σ(w + K v + b)`
    fn add(&self, w: Tensor<3>, v: Tensor<3>, size: &[usize], activation: Activation) -> Tensor<3> {
        let w = match &self.function {
            Some(function) => w + function.on(size),
            None => w,
        };
        let constant = self.constant.as_ref().map(Param::val);
        match (&self.weight, constant) {
            (Some(weight), constant) => ops::channel_mix(v, weight.val(), constant, Some(w), activation),
            (None, Some(constant)) => {
                let channels = constant.dims()[0];
                ops::activate(w + constant.reshape([1, channels, 1]), activation)
            }
            (None, None) => ops::activate(w, activation),
        }
    }
}

impl Mgno {
    pub(super) fn new(
        config: &MgnoConfig,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut draws = Draws::new(seed, device);
        let draws = &mut draws;
        let (width, layers, cycle) = (config.hidden_channels, config.n_layers, &config.cycle);
        let input = |layer: usize| if layer == 0 { in_channels } else { width };
        let cycles = (0..layers).map(|l| MgConv::new(cycle, [input(l), width], draws)).collect();
        let locals = (0..layers).map(|l| Beside::new(config, input(l), draws)).collect();
        let norms = match config.norm {
            FieldNorm::None => Vec::new(),
            FieldNorm::Affine => (0..layers).map(|_| FieldNormMap::new(cycle, 0, width, draws)).collect(),
        };
        let (projection, last) = match config.head {
            Head::Linear => (Some(draws.linear([out_channels, width], width)), None),
            Head::Cycle => (None, Some(MgConv::new(cycle, [width, out_channels], draws))),
        };
        let channels = [in_channels, out_channels];
        Self { cycles, locals, norms, projection, last, config: config.clone(), channels }
    }

    /// The configuration.
    pub fn config(&self) -> &MgnoConfig {
        &self.config
    }

    /// The cycles of the layers.
    pub fn cycles(&self) -> &[MgConv] {
        &self.cycles
    }

    /// Real numbers among the parameters.
    pub fn n_parameters(&self) -> usize {
        self.num_params()
    }
}

impl Operator for Mgno {
    fn in_channels(&self) -> usize {
        self.channels[0]
    }

    fn out_channels(&self) -> usize {
        self.channels[1]
    }

    fn n_dim(&self) -> usize {
        self.config.cycle.n_dim
    }

    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        check_input(&x, size, self.channels[0], self.n_dim());
        let mut v = x.clone();
        for (layer, (cycle, beside)) in self.cycles.iter().zip(&self.locals).enumerate() {
            let mut w = cycle.forward_flat(v.clone(), size);
            if let Some(norm) = self.norms.get(layer) {
                w = norm.forward(w, size);
            }
            v = beside.add(w, v, size, self.config.activation);
        }
        if let Some(projection) = &self.projection {
            v = ops::channel_mix(v, projection.val(), None, None, Activation::Identity);
        }
        if let Some(last) = &self.last {
            v = last.forward_flat(v, size);
        }
        match self.config.output {
            Output::Field => v,
            Output::Increment => v + x.narrow(1, 0, self.channels[1]),
        }
    }

    fn check_size(&self, size: &[usize]) -> Result<()> {
        self.config.cycle.sizes(size).map(drop)
    }
}

impl burn::module::ModuleDisplay for Mgno {
    fn format(&self, _: burn::module::DisplaySettings) -> String {
        format!(
            "{} -> {} channels, {}, {} parameters",
            self.channels[0],
            self.channels[1],
            self.config,
            self.n_parameters()
        )
    }
}
