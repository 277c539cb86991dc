//! Ready configurations.

use super::ModelConfig;
use crate::dil_resnet::DilResNetConfig;
use crate::ffno::FfnoConfig;
use crate::fno::{FnoConfig, TfnoConfig, WeightConfig};
use crate::mgno::MgnoConfig;
use crate::multigrid::MultigridConfig;
use crate::uno::UnoConfig;
use crate::{Error, Result};

/// Names of [`ModelConfig::preset`], and what they are.
pub const PRESETS: &[(&str, &str)] = &[
    ("fno", "Fourier neural operator: 16 modes per axis (8 in 3D), width 32, 4 blocks, dense weights"),
    ("tfno", "tensorized Fourier neural operator: the same with Tucker weights of rank 0.1 in each block"),
    ("tfno-joint", "the same with one Tucker tensor for all blocks, rank 0.1"),
    ("tfno-cp", "the same with CP weights of rank 0.1 in each block"),
    ("tfno-tt", "the same with tensor-train weights of rank 0.1 in each block"),
    ("ffno", "factorised Fourier neural operator: 16 modes along each axis (8 in 3D), width 64, 4 layers"),
    (
        "uno",
        "U-shaped Fourier neural operator: 5 blocks of up to 64 channels on a half and a quarter of the points",
    ),
    (
        "mgno",
        "multigrid neural operator for Darcy flow: 4 layers of cycles with 6 levels, width 24; for 17 points or more",
    ),
    ("mgno-smooth", "the same with 5 layers, for smooth level sets; published for 211 points"),
    ("mgno-navier-stokes", "the same for a step in time of a periodic flow: 5 levels, width 32, norms"),
    ("mgno-helmholtz", "the same for reflecting ends: 5 levels of 20 to 100 channels; for 31 points or more"),
    (
        "dil-resnet",
        "dilated residual network: 4 blocks of 7 convolutions with taps 1 to 8 points apart, width 48",
    ),
    ("mg-fno", "fno on multi-grid patches: 1 level, padding 1/16; for grids of a multiple of 4 points"),
    ("mg-tfno", "tfno-joint on such patches"),
];

impl ModelConfig {
    /// A ready configuration for fields on `n_dim` axes; see [`PRESETS`].
    ///
    /// # Errors
    /// [`Error::Config`] for an unknown name or a number of axes other than 1, 2 or 3.
    pub fn preset(name: &str, n_dim: usize) -> Result<Self> {
        if !(1..=3).contains(&n_dim) {
            return Err(Error::config("n_dim", "1, 2 or 3", n_dim));
        }
        let modes = vec![if n_dim == 3 { 8 } else { 16 }; n_dim];
        let base = FnoConfig::new(&modes, 32);
        let tfno = |weights| Self::Tfno(TfnoConfig(base.clone().with_weights(weights)));
        let patches = |inner| Self::Multigrid(MultigridConfig::new(1, inner).with_padding(0.0625));
        Ok(match name {
            "fno" => Self::Fno(base),
            "tfno" => tfno(WeightConfig::tucker(0.1)),
            "tfno-joint" => tfno(WeightConfig::tucker(0.1).joint()),
            "tfno-cp" => tfno(WeightConfig::cp(0.1)),
            "tfno-tt" => tfno(WeightConfig::tensor_train(0.1)),
            "ffno" => Self::Ffno(FfnoConfig::new(&modes, 64)),
            "uno" => Self::Uno(uno(&modes)),
            "mgno" => Self::Mgno(MgnoConfig::darcy_rough(&vec![256; n_dim])),
            "mgno-smooth" => Self::Mgno(MgnoConfig::darcy_smooth(&vec![211; n_dim])),
            // The functions of these two have a value per point: fewer in three dimensions.
            "mgno-navier-stokes" => {
                Self::Mgno(MgnoConfig::navier_stokes(&vec![if n_dim == 3 { 16 } else { 64 }; n_dim]))
            }
            "mgno-helmholtz" => {
                Self::Mgno(MgnoConfig::helmholtz(&vec![if n_dim == 3 { 31 } else { 101 }; n_dim]))
            }
            "dil-resnet" => Self::DilResNet(DilResNetConfig::new(n_dim)),
            "mg-fno" => patches(Self::Fno(base)),
            "mg-tfno" => patches(tfno(WeightConfig::tucker(0.1).joint())),
            _ => {
                let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
                return Err(Error::config("model", format!("one of {}", names.join(", ")), name));
            }
        })
    }
}

/// Two halvings and two doublings; half the modes on the coarsest grid.
fn uno(modes: &[usize]) -> UnoConfig {
    let coarse: Vec<usize> = modes.iter().map(|m| m / 2).collect();
    UnoConfig::new(32)
        .with_block(48, modes, 0.5)
        .with_block(64, &coarse, 0.5)
        .with_block(64, &coarse, 1.0)
        .with_block(48, &coarse, 2.0)
        .with_block(32, modes, 2.0)
}
