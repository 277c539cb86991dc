//! The decomposed operator.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Tensor;

use super::inner::Inner;
use super::{Extension, MultigridConfig, Patches, PerAxis};
use crate::layers::crop;
use crate::model::Model;
use crate::operator::{Modes, Operator, check_input};
use crate::{Error, Result};

/// An operator that is applied to overlapping patches of a field, each seen together with coarser and coarser views of the whole
/// domain around it.
///
/// ```math
/// G = S \circ F \circ C
/// ```
///
/// with the cutting C of a field into patches of L + 1 levels ([`cut`](Self::cut)), the inner operator F, and the stitching S of the
/// patches' interiors ([`stitch`](Self::stitch)). Without levels and padding G is F.
///
/// **Source.** Kossaifi et al., TMLR 2024 (arXiv:2310.00120), section 3.
///
/// **Deviates.** 1. One to three dimensions, domains that are not periodic, a low pass before sampling, padding per axis, where
/// the reference library has two periodic dimensions. 2. Global coordinates: there every patch has the same ones. 3. Without levels
/// or padding on some axis it works, where the reference fails.
///
/// **Shapes.** `[batch, in_channels, z, y, x]` to `[batch, out_channels, z, y, x]`, on grids with a multiple of 4ᴸ points per axis.
///
/// **Complexity.** The work of the inner operator on 2^{dL} patches of P + 2p points per axis; the memory of as many of them as are
/// worked on at a time.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Multigrid {
    inner: Inner,
    #[module(skip)]
    config: MultigridConfig,
    #[module(skip)]
    in_channels: usize,
}

impl Multigrid {
    pub(super) fn new(config: &MultigridConfig, in_channels: usize, inner: Model) -> Self {
        Self { inner: Inner::new(inner), config: config.clone(), in_channels }
    }

    /// The configuration, with the inner operator as it now is.
    pub fn config(&self) -> MultigridConfig {
        MultigridConfig { inner: Box::new(self.inner.model().config()), ..self.config.clone() }
    }

    /// The configuration as it was given.
    pub(super) fn settings(&self) -> &MultigridConfig {
        &self.config
    }

    /// The operator that is applied to patches.
    pub fn inner(&self) -> &Model {
        self.inner.model()
    }

    /// The same decomposition around another operator on as many channels.
    pub(crate) fn with_inner(&self, inner: Model) -> Self {
        Self::new(
            &MultigridConfig { inner: Box::new(inner.config()), ..self.config.clone() },
            self.in_channels,
            inner,
        )
    }

    /// Patches of a sample.
    pub fn n_patches(&self) -> usize {
        self.config.n_patches()
    }

    /// The inner operator on patches, whose output has the padding too.
    ///
    /// # Panics
    /// If the patches are not those of [`cut`](Self::cut).
    pub fn apply(&self, patches: Patches) -> Tensor<3> {
        self.inner().forward_flat(patches.fields, &patches.size)
    }

    /// Patches without their padding.
    ///
    /// **Shapes.** `[patches, channels, points of a padded patch]` to `[patches, channels, points of a patch]`, of a grid of `size`.
    ///
    /// # Panics
    /// If the grid cannot be cut or does not fit the patches.
    pub fn crop(&self, patches: Tensor<3>, size: &[usize]) -> Tensor<3> {
        let geometry = self.geometry(size);
        crop(patches, &geometry.side(), &geometry.padding())
    }

    /// Points per axis of a patch of a grid of `size`.
    ///
    /// # Panics
    /// If the grid cannot be cut.
    pub fn patch_size(&self, size: &[usize]) -> Vec<usize> {
        self.geometry(size).side()
    }

    /// Random places make sense on a domain without ends.
    pub(super) fn check_periodic(&self) -> Result<()> {
        match &self.config.extension {
            _ if self.config.is_periodic() => Ok(()),
            extension => {
                let expected = format!("{} for patches at random places", PerAxis::Same(Extension::Periodic));
                Err(Error::config("extension", expected, extension))
            }
        }
    }
}

impl Operator for Multigrid {
    fn in_channels(&self) -> usize {
        self.in_channels
    }

    fn out_channels(&self) -> usize {
        self.inner().out_channels()
    }

    fn n_dim(&self) -> usize {
        self.config.n_dim()
    }

    /// On a tensor that records gradients all patches are worked on at once: the graph keeps them anyway.
    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        check_input(&x, size, self.in_channels, self.n_dim());
        let batch = x.dims()[0];
        let per_pass = match self.config.patches_per_pass {
            _ if x.device().is_autodiff() => usize::MAX,
            Some(patches) => patches,
            None => batch,
        };
        let pyramid = self.pyramid(x, size);
        let all = pyramid.n_patches();
        let per_pass = per_pass.min(all);
        let pass = |start| self.apply(pyramid.part(start..(start + per_pass).min(all)));
        self.stitch(Tensor::cat((0..all).step_by(per_pass).map(pass).collect(), 0), size)
    }

    fn check_size(&self, size: &[usize]) -> Result<()> {
        self.config.check_size(size)
    }

    fn modes(&self) -> Option<Modes> {
        self.inner.model().modes()
    }

    fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        self.inner.model_mut().set_n_modes(n_modes)
    }

    fn decomposition(&self) -> Option<&Multigrid> {
        Some(self)
    }

    fn is_half(&self) -> bool {
        self.inner().is_half()
    }
}

impl ModuleDisplay for Multigrid {
    fn format(&self, _: burn::module::DisplaySettings) -> String {
        format!(
            "{} -> {} channels, {}, {} parameters",
            self.in_channels,
            self.out_channels(),
            self.config(),
            self.num_params()
        )
    }
}
