//! The perceptron that makes smoothers.

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor};
use sobolev_kernels::ops::{self, Activation};

use super::PreconditionerConfig;
use super::lattice::{Lattice, NinePoint};
use crate::layers::{ChannelMlp, Draws};
use crate::{Error, Result};

/// Smoothers from operators, for symmetric V-cycles.
///
/// ```math
/// x ← x + S_q (b - A x), \qquad S_q = D^{-1/2} (ω I + M_q) D^{-1/2}, \qquad (m_{q,0}, .., m_{q,4})(i) = N_θ\big(\hat a(i + δ)\big)_{|δ|_∞ \le 1}
/// ```
///
/// with the diagonal D of A and the scaled links `\hat a_{ij} = a_{ij} / √(a_{ii} a_{jj})`, of which `N_θ`, a perceptron of two hidden
/// layers with GELU, sees the 72 around a node. It answers with five links of the symmetric nine-point `M_q`: the diagonal, and those to
/// four neighbours. Steps q = 1, .., ν run before the coarse correction and ν, .., 1 after it. As an `MgConv` this is a V-cycle
/// with the equation's own operators in place of learned ones, and kernels that vary with the medium.
///
/// **Source.** He, Liu, Xu, ICLR 2024 (arXiv:2310.19809), for cycles as layers; Greenfeld et al., ICML 2019, for
/// learning multigrid from stencils that are freed of their scale. **Deviates** from the latter: smoothers are learned, and
/// not prolongations.
///
/// **Complexity.** The smoothers of N nodes take `2 N (72 w + w² + 5 ν w)` operations once per operator; a step is two stencils.
#[derive(Module, Debug)]
pub struct MgPreconditioner {
    first: ChannelMlp,
    /// `[5 ν, w]`
    last: Param<Tensor<2>>,
    /// `[5 ν]`
    bias: Param<Tensor<1>>,
    #[module(skip)]
    config: PreconditionerConfig,
}

/// The standard deviation of the last matrix at the start: smoothers begin near damped Jacobi.
const START: f64 = 1e-3;

impl MgPreconditioner {
    pub(super) fn new(config: PreconditionerConfig, seed: u64, device: &Device) -> Self {
        let draws = &mut Draws::new(seed, device);
        let (w, links) = (config.width, 5 * config.steps);
        Self {
            first: ChannelMlp::new(Lattice::FEATURES, w, w, Activation::Gelu, draws),
            last: draws.normal([links, w], START),
            bias: draws.constant([links], 0.0),
            config,
        }
    }

    /// The configuration.
    pub fn config(&self) -> PreconditionerConfig {
        self.config
    }

    /// `ω I + M_q` of every step on a level as links `[1, 5, points]`, numbered as in [`NinePoint`](super::NinePoint).
    pub fn links(&self, lattice: &Lattice) -> Vec<Tensor<3>> {
        let hidden = self.first.forward_gated(lattice.features(), None, Activation::Gelu);
        let links =
            ops::channel_mix(hidden, self.last.val(), Some(self.bias.val()), None, Activation::Identity);
        let step = |q: usize| {
            let diagonal = links.clone().narrow(1, 5 * q, 1) + self.config.damping;
            Tensor::cat(vec![diagonal, links.clone().narrow(1, 5 * q + 1, 4)], 1)
        };
        (0..self.config.steps).map(step).collect()
    }

    /// [`links`](Self::links) of an operator as arrays `[5, y, x]`.
    ///
    /// # Errors
    /// [`Error::Device`] where a tensor cannot be read.
    ///
    /// # Panics
    /// If the array of the operator does not fit its size, or its diagonal is not positive.
    pub fn arrays(&self, operator: &NinePoint<'_>) -> Result<Vec<Vec<f32>>> {
        let device = self.last.val().device().without_autodiff();
        let net = self.clone().to_device(&device);
        let lattice = Lattice::new(operator, None, (&device, DType::F32));
        let read = |links: Tensor<3>| match links.try_into_data() {
            Ok(data) => Ok(data.iter::<f32>().collect()),
            Err(error) => Err(Error::Device { reason: error.to_string() }),
        };
        net.links(&lattice).into_iter().map(read).collect()
    }
}
