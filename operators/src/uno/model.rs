//! The whole operator.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{UnoBlock, UnoConfig};
use crate::fno::Embedding;
use crate::layers::{ChannelMlp, Draws, append_grid, crop, pad, pixels, resample};
use crate::operator::{Operator, check_input};

/// A U-shaped Fourier neural operator in one, two or three dimensions.
///
/// ```math
/// v_0 = P a, \qquad v_i = B_i\big(v_{i-1}, R v_s \text{ for the skips } s \to i\big), \qquad u = Q\big(v_n, R v_s, ..\big)
/// ```
///
/// The blocks B take a field to a coarser or finer grid with more or fewer channels; the skips bring earlier stages to the grid of
/// the block that they join, as further channels. P (lifting) and Q (projection) are pointwise.
///
/// **Source.** Rahman et al., *U-NO: U-shaped Neural Operators*, TMLR 2023 (arXiv:2204.11127).
/// **Deviates.** 1. Every change of grid is exact for the wavenumbers that both grids resolve, on even and odd sizes; the reference
/// library misplaces negative wavenumbers and interpolates skips bicubically. 2. A stage's size is that of the input times the
/// scales so far, not that of the stage before times its scale: the mirrored stages of odd sizes fit.
///
/// **Shapes.** `[batch, in_channels, z, y, x]` to `[batch, out_channels, z, y, x]`, on any grid.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Uno {
    lifting: ChannelMlp,
    blocks: Vec<UnoBlock>,
    projection: ChannelMlp,
    #[module(skip)]
    config: UnoConfig,
    #[module(skip)]
    channels: [usize; 2],
}

impl Uno {
    pub(super) fn new(
        config: &UnoConfig,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut draws = Draws::new(seed, device);
        let draws = &mut draws;
        let coordinates = match config.embedding {
            Embedding::Grid => config.n_dim(),
            Embedding::None => 0,
        };
        let width = config.hidden_channels;
        let map = |input, ratio: f64, output, draws: &mut Draws<'_>| {
            ChannelMlp::new(input, (ratio * width as f64) as usize, output, config.activation, draws)
        };
        let lifting = map(in_channels + coordinates, config.lifting_ratio, width, draws);
        let blocks = config.blocks.iter().enumerate();
        let blocks = blocks
            .map(|(i, block)| UnoBlock::new(config, block, config.input_channels(i + 1), draws))
            .collect();
        let joined = config.input_channels(config.blocks.len() + 1);
        let projection = map(joined, config.projection_ratio, out_channels, draws);
        Self { lifting, blocks, projection, config: config.clone(), channels: [in_channels, out_channels] }
    }

    /// The configuration.
    pub fn config(&self) -> &UnoConfig {
        &self.config
    }

    /// Real numbers among the parameters; a complex weight is two.
    pub fn n_parameters(&self) -> usize {
        self.num_params()
    }

    /// The input of block `block`, counted from 1: the stage before it and what the skips bring.
    fn joined(&self, stages: &[Tensor<3>], sizes: &[Vec<usize>], block: usize) -> Tensor<3> {
        let size = &sizes[block - 1];
        let skips = self.config.all_skips().into_iter().filter(|&[_, to]| to == block);
        let brought =
            skips.map(|[from, _]| resample(stages[from].clone(), &sizes[from], size, self.config.resample));
        let mut parts = vec![stages[block - 1].clone()];
        parts.extend(brought);
        if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 1) }
    }
}

impl Operator for Uno {
    fn in_channels(&self) -> usize {
        self.channels[0]
    }

    fn out_channels(&self) -> usize {
        self.channels[1]
    }

    fn n_dim(&self) -> usize {
        self.config.n_dim()
    }

    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        check_input(&x, size, self.channels[0], self.n_dim());
        let x = match self.config.embedding {
            Embedding::Grid => append_grid(x, size),
            Embedding::None => x,
        };
        let padding = pixels(size, self.config.domain_padding);
        let (x, padded) = pad(self.lifting.forward(x), size, &padding);
        let sizes = self.config.sizes(&padded);
        let mut stages = vec![x];
        for (i, block) in self.blocks.iter().enumerate() {
            let input = self.joined(&stages, &sizes, i + 1);
            stages.push(block.forward(input, &sizes[i], &sizes[i + 1]));
        }
        let output = self.joined(&stages, &sizes, self.blocks.len() + 1);
        self.projection.forward(crop(output, size, &padding))
    }
}

impl burn::module::ModuleDisplay for Uno {
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
