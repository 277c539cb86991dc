//! Fields to patches and back.

use std::sync::Arc;

use burn::tensor::Tensor;
use sobolev_kernels::ops::{gather_windows, scatter_windows};

use super::coordinates::{append, coordinates};
use super::geometry::{Geometry, Which};
use super::restrict::{full_weighting, spectral};
use super::{Coordinates, LowPass, Multigrid};
use crate::Result;

/// Padded patches of a batch of fields: the input, or the output, of the inner operator.
#[derive(Clone, Debug)]
pub struct Patches {
    /// `[batch · patches, channels, points]`: the patches of a sample are neighbours, those of the last axis fastest; the channels
    /// of an input are all those of the finest level, then all of the next one, and so on, then global coordinates.
    pub fields: Tensor<3>,
    /// Points per axis of a padded patch.
    pub size: Vec<usize>,
}

impl Multigrid {
    /// The patches of a field on a grid of `size`: on level l, channel c, patch a (per axis), point i,
    ///
    /// ```math
    /// x_{l C + c,\; s (a t - q + i)}, \qquad s = 2^l,\; t = P/s,\; q = \lceil (P - t)/2 \rceil + p,
    /// ```
    ///
    /// taken round a periodic axis, and from the filtered field where there is a low pass.
    ///
    /// # Panics
    /// If the grid cannot be cut, see [`MultigridConfig::check_size`](super::MultigridConfig::check_size), or does not fit the field.
    pub fn cut(&self, x: Tensor<3>, size: &[usize]) -> Patches {
        let geometry = self.geometry(size);
        let fields = self.pyramid(x, size, &geometry, Which::All);
        self.positioned(fields, &geometry, Which::All, &vec![0; size.len()])
    }

    /// Patches at any place of a periodic domain: patch k of the result begins (without its padding) at point `origins[k]` and
    /// shows sample `k / (origins.len() / batch)`.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) where an axis is not periodic.
    ///
    /// # Panics
    /// As [`cut`](Self::cut), or if there are not equally many origins for each sample, with one entry per axis.
    pub fn cut_at(&self, x: Tensor<3>, size: &[usize], origins: &[Vec<usize>]) -> Result<Patches> {
        self.check_periodic()?;
        let geometry = self.geometry(size);
        let one = |rolled: Tensor<3>, origin: &Vec<usize>| {
            let fields = self.pyramid(rolled, size, &geometry, Which::First);
            self.positioned(fields, &geometry, Which::First, origin).fields
        };
        let fields = at_origins(x, &geometry, origins, one);
        Ok(Patches { fields, size: geometry.window() })
    }

    /// The patches of a field without padding, coarse levels and coordinates: what an operator on patches is to return.
    ///
    /// **Shapes.** `[batch, channels, points]` to `[batch · patches, channels, points of a patch]`.
    ///
    /// # Panics
    /// As [`cut`](Self::cut).
    pub fn cut_target(&self, y: Tensor<3>, size: &[usize]) -> Tensor<3> {
        gather_windows(y, &Arc::new(self.geometry(size).bare(Which::All)))
    }

    /// The same at any place, as [`cut_at`](Self::cut_at).
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) where an axis is not periodic.
    ///
    /// # Panics
    /// As [`cut_at`](Self::cut_at).
    pub fn cut_target_at(&self, y: Tensor<3>, size: &[usize], origins: &[Vec<usize>]) -> Result<Tensor<3>> {
        self.check_periodic()?;
        let geometry = self.geometry(size);
        let bare = Arc::new(geometry.bare(Which::First));
        Ok(at_origins(y, &geometry, origins, |rolled, _| gather_windows(rolled, &bare)))
    }

    /// A field from padded patches without coarse levels: the padding is cut off, the rest put together.
    ///
    /// **Shapes.** `[batch · patches, channels, points of a padded patch]` to `[batch, channels, points]`.
    ///
    /// # Panics
    /// If the grid cannot be cut or does not fit the patches.
    pub fn stitch(&self, patches: Tensor<3>, size: &[usize]) -> Tensor<3> {
        scatter_windows(patches, &Arc::new(self.geometry(size).interior()))
    }

    /// The adjoint of [`stitch`](Self::stitch): the padded patches of a field with zeros in the padding.
    ///
    /// # Panics
    /// If the grid cannot be cut or does not fit the field.
    pub fn stitch_adjoint(&self, field: Tensor<3>, size: &[usize]) -> Tensor<3> {
        gather_windows(field, &Arc::new(self.geometry(size).interior()))
    }

    pub(super) fn geometry(&self, size: &[usize]) -> Geometry {
        let checked = self.settings().check_size(size);
        assert!(checked.is_ok(), "{}", checked.err().map_or_else(String::new, |e| e.to_string()));
        Geometry::new(self.settings(), size)
    }

    /// All levels.
    fn pyramid(&self, x: Tensor<3>, size: &[usize], geometry: &Geometry, which: Which) -> Tensor<3> {
        let config = self.settings();
        let mut levels = Vec::with_capacity(config.levels + 1);
        let (mut field, mut grid, fine) = (x.clone(), size.to_vec(), x);
        for level in 0..=config.levels {
            let from_fine = config.low_pass == LowPass::None;
            if level > 0 {
                (field, grid) = match config.low_pass {
                    LowPass::None => (field, grid),
                    LowPass::FullWeighting => full_weighting(field, &grid, &config.extension),
                    LowPass::Spectral => {
                        let coarse: Vec<usize> = size.iter().map(|n| n >> level).collect();
                        (spectral(fine.clone(), size, &coarse), coarse)
                    }
                };
            }
            levels.push(gather_windows(field.clone(), &Arc::new(geometry.level(level, which, from_fine))));
        }
        Tensor::cat(levels, 1)
    }

    fn positioned(&self, fields: Tensor<3>, geometry: &Geometry, which: Which, origin: &[usize]) -> Patches {
        let config = self.settings();
        let fields = match config.coordinates {
            Coordinates::Global => {
                append(fields, coordinates(geometry, |axis| config.extension.get(axis), which, origin))
            }
            Coordinates::None | Coordinates::Local => fields,
        };
        Patches { fields, size: geometry.window() }
    }
}

/// `one` of each sample seen from each of its origins.
fn at_origins(
    x: Tensor<3>,
    geometry: &Geometry,
    origins: &[Vec<usize>],
    one: impl Fn(Tensor<3>, &Vec<usize>) -> Tensor<3>,
) -> Tensor<3> {
    let batch = x.dims()[0];
    assert!(
        !origins.is_empty() && origins.len().is_multiple_of(batch),
        "{} origins of patches for {batch} samples",
        origins.len()
    );
    let per_sample = origins.len() / batch;
    let samples = x.chunk(batch, 0);
    let patch = |(k, origin): (usize, &Vec<usize>)| {
        let sample = samples[k / per_sample].clone();
        one(gather_windows(sample, &Arc::new(geometry.rolled(origin))), origin)
    };
    Tensor::cat(origins.iter().enumerate().map(patch).collect(), 0)
}
