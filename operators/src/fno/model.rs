//! The whole operator.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::block::FnoBlock;
use super::config::FnoConfig;
use super::options::{Embedding, Precision};
use super::spectral::SpectralConvs;
use super::weights::SpectralWeight;
use crate::Result;
use crate::layers::{ChannelMlp, Draws, append_grid, crop, pad, pixels};
use crate::operator::{Modes, Operator, check_input};

/// A Fourier neural operator in one, two or three dimensions.
///
/// ```math
/// G = Q \circ B_{L} \circ \cdots \circ B_1 \circ P
/// ```
///
/// with pointwise maps of the channels P (lifting) and Q (projection) and Fourier blocks `B`.
///
/// **Source.** Li et al., ICLR 2021 (arXiv:2010.08895); with factorised weights Kossaifi et al., TMLR 2024 (arXiv:2310.00120).
///
/// **Shapes.** `[batch, in_channels, z, y, x]` to `[batch, out_channels, z, y, x]`, on any grid: weights belong to wavenumbers,
/// so that an operator trained on one grid runs on another of the same domain.
///
/// **Complexity.** `O(layers · batch · (channels · points · log points + modes · channels²))` with dense weights.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Fno {
    lifting: ChannelMlp,
    convs: SpectralConvs,
    blocks: Vec<FnoBlock>,
    projection: ChannelMlp,
    #[module(skip)]
    config: FnoConfig,
    #[module(skip)]
    channels: [usize; 2],
}

impl Fno {
    pub(super) fn new(
        config: &FnoConfig,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let mut draws = Draws::new(seed, device);
        let draws = &mut draws;
        let width = config.hidden_channels;
        let coordinates = match config.embedding {
            Embedding::Grid => config.n_dim(),
            Embedding::None => 0,
        };
        let scaled = |ratio: f64| (ratio * width as f64) as usize;
        let activation = config.block.activation;
        let lifting = ChannelMlp::new(
            in_channels + coordinates,
            scaled(config.lifting_ratio),
            width,
            activation,
            draws,
        );
        let convs = SpectralConvs::new(
            &config.weights,
            config.n_layers,
            width,
            &config.n_modes,
            config.allocated_modes(),
            draws,
        )?
        .with_precision(config.block.precision);
        let blocks = (0..config.n_layers)
            .map(|i| FnoBlock::new(&config.block, width, i + 1 == config.n_layers, draws))
            .collect();
        let projection =
            ChannelMlp::new(width, scaled(config.projection_ratio), out_channels, activation, draws);
        Ok(Self {
            lifting,
            convs,
            blocks,
            projection,
            config: config.clone(),
            channels: [in_channels, out_channels],
        })
    }

    /// The configuration, with the modes now in use.
    pub fn config(&self) -> &FnoConfig {
        &self.config
    }

    /// The same operator with other spectral weights, which `config` describes.
    pub(super) fn with_weights(&self, config: FnoConfig, weights: Vec<SpectralWeight>) -> Self {
        Self { convs: self.convs.with_weights(weights), config, ..self.clone() }
    }

    /// The spectral convolutions of all blocks.
    pub fn convs(&self) -> &SpectralConvs {
        &self.convs
    }

    /// Changes the number of modes in use, on all layers; the weights around k = 0 stay in use.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a zero, for more modes than are allocated, or for a wrong number of axes.
    pub fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        self.convs.set_n_modes(n_modes)?;
        let allocated = self.config.allocated_modes().to_vec();
        self.config.max_n_modes = (allocated != n_modes).then_some(allocated);
        self.config.n_modes = n_modes.to_vec();
        Ok(())
    }

    /// Real numbers among the parameters; a complex weight is two.
    pub fn n_parameters(&self) -> usize {
        self.num_params()
    }
}

impl Operator for Fno {
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
        let (mut x, padded) = pad(self.lifting.forward(x), size, &padding);
        let convs = self.convs.shared(x.dims()[0], &padded);
        for (layer, block) in self.blocks.iter().enumerate() {
            x = block.forward(&convs, layer, x, &padded);
        }
        self.projection.forward(crop(x, size, &padding))
    }

    fn modes(&self) -> Option<Modes> {
        let (used, allocated) = (self.config.n_modes.clone(), self.config.allocated_modes().to_vec());
        Some(Modes { used, allocated, parameters: self.convs.mode_parameters() })
    }

    fn is_half(&self) -> bool {
        self.config.block.precision == Precision::Half
    }

    fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        Self::set_n_modes(self, n_modes)
    }
}

impl burn::module::ModuleDisplay for Fno {
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
