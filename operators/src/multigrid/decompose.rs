//! Fields to patches and back.

use std::sync::Arc;

use burn::tensor::Tensor;
use sobolev_kernels::ops::{gather_windows, scatter_windows};

use super::geometry::Geometry;
use super::{Multigrid, Patches, Pyramid};
use crate::Result;

/// A place in a batch of periodic fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the sample.
    pub sample: usize,
    /// The point of the grid at which a patch begins, without its padding.
    pub origin: Vec<usize>,
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
        self.pyramid(x, size).all()
    }

    /// The same, to be cut a few patches at a time.
    ///
    /// # Panics
    /// As [`cut`](Self::cut).
    pub fn pyramid(&self, x: Tensor<3>, size: &[usize]) -> Pyramid<'_> {
        Pyramid::new(self.settings(), self.geometry(size), x, vec![0; size.len()])
    }

    /// Patches at any places of a periodic domain.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) where an axis is not periodic.
    ///
    /// # Panics
    /// As [`cut`](Self::cut), or if a place is not in the batch or not in the grid, or there is none.
    pub fn cut_at(&self, x: &Tensor<3>, size: &[usize], places: &[Place]) -> Result<Patches> {
        self.check_periodic()?;
        let geometry = self.geometry(size);
        let one = |place: &Place| {
            let field = rolled(x, &geometry, place);
            Pyramid::new(self.settings(), geometry.clone(), field, place.origin.clone()).first().fields
        };
        let fields = Tensor::cat(places.iter().map(one).collect(), 0);
        Ok(Patches { fields, size: geometry.window() })
    }

    /// The patches of a field without padding, coarse levels and coordinates: what an operator on patches is to return.
    ///
    /// **Shapes.** `[batch, channels, points]` to `[batch · patches, channels, points of a patch]`.
    ///
    /// # Panics
    /// As [`cut`](Self::cut).
    pub fn cut_target(&self, y: Tensor<3>, size: &[usize]) -> Tensor<3> {
        gather_windows(y, &Arc::new(self.geometry(size).bare(None)))
    }

    /// The same at any places, as [`cut_at`](Self::cut_at).
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) where an axis is not periodic.
    ///
    /// # Panics
    /// As [`cut_at`](Self::cut_at).
    pub fn cut_target_at(&self, y: &Tensor<3>, size: &[usize], places: &[Place]) -> Result<Tensor<3>> {
        self.check_periodic()?;
        let geometry = self.geometry(size);
        let bare = Arc::new(geometry.bare(Some(&vec![0; size.len()])));
        let one = |place| gather_windows(rolled(y, &geometry, place), &bare);
        Ok(Tensor::cat(places.iter().map(one).collect(), 0))
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
}

/// The sample of a place, seen from its origin.
fn rolled(x: &Tensor<3>, geometry: &Geometry, place: &Place) -> Tensor<3> {
    gather_windows(x.clone().narrow(0, place.sample, 1), &Arc::new(geometry.rolled(&place.origin)))
}
