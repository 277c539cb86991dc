//! From a residual to a correction.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use sobolev_kernels::ops::{self, Activation};

use super::{WaveConfig, WaveSystem};
use crate::layers::Draws;
use crate::mgno::MgConv;
use crate::operator::Operator;

/// An approximate inverse of Helmholtz operators on a lattice, for GMRES.
///
/// ```math
/// v_0 = S\,(r ⊗ φ), \qquad v_i = v_{i-1} + W_i K_i\,(v_{i-1} ⊗ φ), \qquad z = Q\,(v_n ⊗ φ), \qquad φ = (1, φ_1, φ_2)
/// ```
///
/// Every W is a linear multigrid cycle ([`MgConv`]), and S, K and Q mix channels at every point. φ is what the network sees of the
/// operator: two functions that follow from the sums of its rows ([`WaveSystem`]), with which fields are multiplied. So z is linear
/// in r, real and imaginary part being two channels, and follows the medium. It is real-linear but not complex-linear, which a
/// flexible method does not ask for.
///
/// **Source.** He, Liu, Xu, ICLR 2024 (arXiv:2310.19809), for the cycles.
/// **Deviates.** 1. No activations. 2. Residual layers. 3. Products with functions of the medium.
///
/// **Shapes.** `[batch, 2, points]`, kept. The kernels act on the spacing of the grid: larger domains want as many points a
/// wavelength as the training had.
#[derive(Module, Debug)]
pub struct WavePreconditioner {
    /// `[channels, 3 · 2]`
    lift: Param<Tensor<2>>,
    /// `[channels, 3 channels]` each
    mixes: Vec<Param<Tensor<2>>>,
    cycles: Vec<MgConv>,
    /// `[2, 3 channels]`
    projection: Param<Tensor<2>>,
    #[module(skip)]
    config: WaveConfig,
}

/// What one or more corrections leave of a residual.
#[derive(Clone, Debug)]
pub struct Reduction {
    /// ‖r_k‖ / ‖r_{k-1}‖ after every correction, each `[batch]`.
    pub factors: Vec<Tensor<1>>,
    /// The last residual, of norm 1: `[batch, 2, points]`.
    pub residual: Tensor<3>,
}

impl WavePreconditioner {
    pub(super) fn new(config: WaveConfig, seed: u64, device: &Device) -> Self {
        let mut draws = Draws::new(seed, device);
        let draws = &mut draws;
        let (w, cycle) = (config.channels, config.cycle());
        Self {
            lift: draws.linear([w, 6], 6),
            mixes: (0..config.layers).map(|_| draws.linear([w, 3 * w], 3 * w)).collect(),
            cycles: (0..config.layers).map(|_| MgConv::new(&cycle, [w, w], draws)).collect(),
            projection: draws.linear([2, 3 * w], 3 * w),
            config,
        }
    }

    /// The configuration.
    pub fn config(&self) -> WaveConfig {
        self.config
    }

    /// The corrections z of residuals r.
    ///
    /// # Panics
    /// If the grid has too few points for the levels.
    pub fn forward(&self, system: &WaveSystem, r: Tensor<3>) -> Tensor<3> {
        let [speed, loss] = system.features();
        let mix = |v: Tensor<3>, weight: &Param<Tensor<2>>| {
            let all = Tensor::cat(vec![v.clone(), v.clone() * speed.clone(), v * loss.clone()], 1);
            ops::channel_mix(all, weight.val(), None, None, Activation::Identity)
        };
        let layer = |v: Tensor<3>, (cycle, weight): (&MgConv, &Param<Tensor<2>>)| {
            v.clone() + cycle.forward_flat(mix(v, weight), &system.size())
        };
        let v = self.cycles.iter().zip(&self.mixes).fold(mix(r, &self.lift), layer);
        mix(v, &self.projection)
    }

    /// What `steps` corrections leave of the residuals `r`: `r ← r − α A z`, with the complex number α that leaves least, scaled back
    /// to norm 1 before each.
    ///
    /// **Shapes.** `r [batch, 2, points]`, not zero.
    pub fn reduction(&self, system: &WaveSystem, r: Tensor<3>, steps: usize) -> Reduction {
        let mut residual = unit(r).0;
        let mut factors = Vec::with_capacity(steps);
        for _ in 0..steps {
            let step = system.apply(self.forward(system, residual.clone()));
            let (next, norm) = unit(without(&residual, &step));
            residual = next;
            factors.push(norm);
        }
        Reduction { factors, residual }
    }
}

/// r over its norm, and the norm `[batch]`.
fn unit(r: Tensor<3>) -> (Tensor<3>, Tensor<1>) {
    let [batch, channels, points] = r.dims();
    let norm = r.clone().reshape([batch, channels * points]).square().sum_dim(1).sqrt();
    (r / norm.clone().reshape([batch, 1, 1]), norm.reshape([batch]))
}

/// r without its part along q: `r − (⟨q, r⟩ / ⟨q, q⟩) q` for complex numbers.
fn without(r: &Tensor<3>, q: &Tensor<3>) -> Tensor<3> {
    let part = |x: &Tensor<3>, which: usize| x.clone().narrow(1, which, 1);
    let dot = |x: Tensor<3>, y: Tensor<3>| (x * y).sum_dim(2);
    let [rr, ri, qr, qi] = [part(r, 0), part(r, 1), part(q, 0), part(q, 1)];
    let size = dot(qr.clone(), qr.clone()) + dot(qi.clone(), qi.clone());
    let re = (dot(qr.clone(), rr.clone()) + dot(qi.clone(), ri.clone())) / size.clone();
    let im = (dot(qr.clone(), ri.clone()) - dot(qi.clone(), rr.clone())) / size;
    let real = rr - (qr.clone() * re.clone() - qi.clone() * im.clone());
    let imaginary = ri - (qi * re + qr * im);
    Tensor::cat(vec![real, imaginary], 1)
}
