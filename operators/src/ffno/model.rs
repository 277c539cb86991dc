//! The whole operator.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{AxisConvs, FfnoBlock, FfnoConfig};
use crate::Result;
use crate::fno::Embedding;
use crate::layers::{ChannelMlp, Draws, append_grid, crop, pad, pixels};
use crate::operator::{Modes, Operator, check_input};

/// A factorised Fourier neural operator in one, two or three dimensions.
///
/// ```math
/// G = Q \circ L_{N} \circ \cdots \circ L_1 \circ P, \qquad L_l(x) = x + \mathrm{FF}_l(K_l x)
/// ```
///
/// with pointwise maps of the channels P (lifting), Q (projection) and FF, and spectral convolutions K that are sums over the axes:
/// see [`AxisConvs`] and [`FfnoBlock`].
///
/// **Source.** Tran et al., *Factorized Fourier Neural Operators*, ICLR 2023 (arXiv:2111.13587).
/// **Deviates.** 1. Q has a nonlinearity between its two maps (`projection_ratio = 0` gives the authors' linear one), and reads
/// the output of the last layer with its residual. 2. Any number of modes and points per axis; nothing depends on the grid.
///
/// **Shapes.** `[batch, in_channels, z, y, x]` to `[batch, out_channels, z, y, x]`, on any grid.
///
/// **Complexity.** `O(layers · batch · channels · points · (axes · log points + channels))`.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Ffno {
    lifting: ChannelMlp,
    convs: AxisConvs,
    blocks: Vec<FfnoBlock>,
    projection: ChannelMlp,
    #[module(skip)]
    config: FfnoConfig,
    #[module(skip)]
    channels: [usize; 2],
}

impl Ffno {
    pub(super) fn new(
        config: &FfnoConfig,
        in_channels: usize,
        out_channels: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut draws = Draws::new(seed, device);
        let draws = &mut draws;
        let width = config.hidden_channels;
        let coordinates = match config.embedding {
            Embedding::Grid => config.n_dim(),
            Embedding::None => 0,
        };
        let map = |input, ratio: f64, output, draws: &mut Draws<'_>| {
            let hidden = (ratio * width as f64) as usize;
            ChannelMlp::new(input, hidden, output, config.activation, draws)
                .with_parametrization(config.linear, draws)
        };
        let lifting = map(in_channels + coordinates, config.lifting_ratio, width, draws);
        let convs = AxisConvs::new(config, draws);
        let blocks = (0..config.n_layers).map(|_| FfnoBlock::new(config, draws)).collect();
        let projection = map(width, config.projection_ratio, out_channels, draws);
        Self {
            lifting,
            convs,
            blocks,
            projection,
            config: config.clone(),
            channels: [in_channels, out_channels],
        }
    }

    /// The configuration, with the modes now in use.
    pub fn config(&self) -> &FfnoConfig {
        &self.config
    }

    /// The spectral convolutions of all layers.
    pub fn convs(&self) -> &AxisConvs {
        &self.convs
    }

    /// Changes the number of modes in use, on all layers; the weights of the low wavenumbers stay in use.
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

impl Operator for Ffno {
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
        for (layer, block) in self.blocks.iter().enumerate() {
            x = block.forward(&self.convs, layer, x, &padded);
        }
        self.projection.forward(crop(x, size, &padding))
    }

    fn modes(&self) -> Option<Modes> {
        let (used, allocated) = (self.config.n_modes.clone(), self.config.allocated_modes().to_vec());
        Some(Modes { used, allocated, parameters: self.convs.mode_parameters() })
    }

    fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        Self::set_n_modes(self, n_modes)
    }
}

impl burn::module::ModuleDisplay for Ffno {
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
