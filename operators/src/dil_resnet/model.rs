//! The whole operator.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use sobolev_kernels::conv::{ConvAxis, ConvSpec};
use sobolev_kernels::ops;

use super::DilResNetConfig;
use crate::layers::{Draws, Kernel};
use crate::operator::{Operator, check_input};

/// A dilated residual network in one, two or three dimensions.
///
/// ```math
/// v_0 = E * a, \qquad v_i = v_{i-1} + σ\big(K_{i,n} *_{d_n} \cdots σ(K_{i,1} *_{d_1} v_{i-1})\big), \qquad u = D * v_m
/// ```
///
/// with kernels of 3 taps per axis, those of a block at distances d_1, .., d_n, and biases. It is no neural operator, but a map between
/// grids: its kernels act on the spacing of the grid, and what was learned on one is another map on a finer one.
///
/// **Source.** Stachenfeld et al., ICLR 2022 (arXiv:2112.15275).
/// **Deviates.** Normalisers, noise on the inputs and increments as targets are the training's, not the model's.
///
/// **Shapes.** `[batch, in_channels, z, y, x]` to `[batch, out_channels, z, y, x]`, on any grid.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct DilResNet {
    /// E
    encoder: Kernel,
    /// K, by block
    blocks: Vec<Vec<Kernel>>,
    /// D
    decoder: Kernel,
    #[module(skip)]
    config: DilResNetConfig,
    #[module(skip)]
    channels: [usize; 2],
}

impl DilResNet {
    pub(super) fn new(
        config: &DilResNetConfig,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut draws = Draws::new(seed, device);
        let width = config.hidden_channels;
        let taps = 3usize.pow(config.n_dim as u32);
        let mut kernel = |channels| Kernel::uniform(channels, taps, &mut draws);
        let encoder = kernel([in_channels, width]);
        let blocks = (0..config.n_blocks)
            .map(|_| config.dilations.iter().map(|_| kernel([width; 2])).collect())
            .collect();
        let decoder = kernel([width, out_channels]);
        Self { encoder, blocks, decoder, config: config.clone(), channels: [in_channels, out_channels] }
    }

    /// The configuration.
    pub fn config(&self) -> &DilResNetConfig {
        &self.config
    }

    /// Real numbers among the parameters.
    pub fn n_parameters(&self) -> usize {
        self.num_params()
    }

    /// Three taps per axis at a distance, onto the same grid.
    fn spec(&self, dilation: usize) -> ConvSpec {
        let axis = |a| ConvAxis::dilated(3, dilation, self.config.boundary.get(a));
        ConvSpec::new((0..self.config.n_dim).map(axis).collect())
    }
}

impl Operator for DilResNet {
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
        check_input(&x, size, self.channels[0], self.n_dim());
        let near = self.spec(1);
        let block = |v: Tensor<3>, kernels: &Vec<Kernel>| {
            let step = |w: Tensor<3>, (kernel, dilation): (&Kernel, &usize)| {
                ops::activate(kernel.apply(w, size, &self.spec(*dilation)), self.config.activation)
            };
            v.clone() + kernels.iter().zip(&self.config.dilations).fold(v, step)
        };
        let v = self.blocks.iter().fold(self.encoder.apply(x, size, &near), block);
        self.decoder.apply(v, size, &near)
    }
}

impl burn::module::ModuleDisplay for DilResNet {
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
