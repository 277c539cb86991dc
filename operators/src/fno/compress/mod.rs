//! Compression of trained weights: the operator with its spectral weights in another form.
//!
//! **Source.** De Lathauwer et al. 2000 (Tucker, [`hosvd`]); Oseledets 2011 (tensor train, [`train_svd`]); Kolda and Bader 2009 (CP,
//! [`cp_als`]).
//!
//! ```text
//! tensor    complex tensors             svd     singular values of unfoldings
//! hosvd     Tucker form                 train   tensor train            cp   CP form
//! build     from weights to tensors and back
//! ```

mod build;
mod cp;
mod hosvd;
#[cfg(feature = "lapack")]
mod lapack;
mod svd;
mod tensor;
mod train;

use burn::module::Module;
use serde::Serialize;

use super::weights::{Plan, WeightConfig, WeightForm};
use super::{Fno, FnoConfig};
use crate::{Error, Model, Result};

pub use cp::{AlsOptions, CpTensor, cp_als};
pub use hosvd::{TuckerTensor, hosvd};
pub use tensor::{C64, ComplexTensor};
pub use train::{TrainTensor, train_svd};

/// How near a compressed weight is to the one it was made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompressionReport {
    /// `‖W' - W‖ / ‖W‖` over the weights of all layers.
    pub weight_error: f64,
    /// The same for each tensor: one per layer, or one for all.
    pub errors: Vec<f64>,
    /// Integer ranks of each tensor; none for dense weights.
    pub ranks: Vec<usize>,
    /// Real numbers in the spectral weights before and after.
    pub spectral_parameters: [usize; 2],
}

impl Fno {
    /// This operator with its spectral weights in another form and of another size, as near to them as the decompositions of this
    /// module come; everything else is kept.
    ///
    /// Dense weights become Tucker weights by [`hosvd`], CP weights by [`cp_als`] and tensor trains by [`train_svd`]; weights that
    /// are factorised already are multiplied out first. Double precision inside, rounded once.
    ///
    /// # Errors
    /// [`Error::Config`] for ranks that do not fit, or where one of the two is separable and the other is not;
    /// [`Error::Decomposition`] for weights that are not finite.
    ///
    /// **Complexity.** `O(T Σ I_k)` multiply-adds for the Tucker form of a tensor of `T` entries, `O(T R N)` in each of up to 100
    /// sweeps for the CP form.
    pub fn compress(
        &self,
        weights: &WeightConfig,
        options: &AlsOptions,
    ) -> Result<(Self, CompressionReport)> {
        let config = self.config().clone().with_weights(weights.clone());
        config.validate()?;
        let separable = self.config().weights.separable;
        if weights.separable != separable {
            let expected = format!("{separable}, as the weights that are compressed");
            return Err(Error::config("weights.separable", expected, weights.separable));
        }
        let modes = FnoConfig::kept_modes(config.allocated_modes());
        let plan = Plan::new(weights, config.n_layers, config.hidden_channels, modes.clone());
        let layers: Vec<_> =
            (0..config.n_layers).map(|layer| self.convs().weight(layer).reconstruct(layer, &modes)).collect();
        let devices = self.devices();
        let device = devices.first().cloned().unwrap_or_default();
        let to = build::Target { device: &device, dtype: layers[0].dtype() };
        let (mut made, mut report) = (Vec::new(), Vec::new());
        for layers in layers.chunks(if plan.joint { layers.len() } else { 1 }) {
            let tensor = build::read(layers, &plan)?;
            let (weight, distance) = build::factorise(&tensor, weights, &plan, options, &to)?;
            made.push(weight);
            report.push((distance, tensor.norm()));
        }
        let spectral = |fno: &Self| fno.convs().spectral_parameters();
        let before = spectral(self);
        let model = self.with_weights(config, made);
        let relative = |distance: f64, norm: f64| if norm > 0.0 { distance / norm } else { 0.0 };
        let root = |f: fn(&(f64, f64)) -> f64| report.iter().map(|r| f(r).powi(2)).sum::<f64>().sqrt();
        let report = CompressionReport {
            weight_error: relative(root(|r| r.0), root(|r| r.1)),
            errors: report.iter().map(|r| relative(r.0, r.1)).collect(),
            ranks: plan.ranks(weights)?,
            spectral_parameters: [before, spectral(&model)],
        };
        Ok((model, report))
    }
}

impl Model {
    /// The Fourier neural operator that this is, or that is applied to its patches.
    ///
    /// # Errors
    /// [`Error::Config`] for another operator.
    pub fn fourier(&self) -> Result<&Fno> {
        match self {
            Self::Fno(fno) | Self::Tfno(fno) => Ok(fno),
            Self::Multigrid(patches) => patches.inner().fourier(),
            _ => Err(Error::config("model", "fno or tfno, whole or on patches", self.config().name())),
        }
    }

    /// The model with its spectral weights in another form; see [`Fno::compress`].
    ///
    /// # Errors
    /// As [`Fno::compress`], and [`Error::Config`] for a model without a [Fourier neural operator](Self::fourier).
    pub fn compress(
        &self,
        weights: &WeightConfig,
        options: &AlsOptions,
    ) -> Result<(Self, CompressionReport)> {
        if let Self::Multigrid(patches) = self {
            let (inner, report) = patches.inner().compress(weights, options)?;
            return Ok((Self::Multigrid(patches.with_inner(inner)), report));
        }
        let (fno, report) = self.fourier()?.compress(weights, options)?;
        let dense = weights.factorization == WeightForm::Dense;
        Ok((if dense { Self::Fno(fno) } else { Self::Tfno(fno) }, report))
    }
}
