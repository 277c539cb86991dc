//! A batch of fields, ready to be cut into patches a few at a time.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Tensor;
use sobolev_kernels::ops::gather_windows;

use super::coordinates::{append, coordinates};
use super::geometry::Geometry;
use super::restrict::{full_weighting, spectral};
use super::{Coordinates, LowPass, MultigridConfig};

/// Padded patches: the input of the inner operator.
#[derive(Clone, Debug)]
pub struct Patches {
    /// `[patches, channels, points]`: the patches of a sample are neighbours, those of the last axis fastest; the channels are all
    /// those of the finest level, then all of the next one, and so on, then global coordinates.
    pub fields: Tensor<3>,
    /// Points per axis of a padded patch.
    pub size: Vec<usize>,
}

/// The levels of a batch of fields, of which patches are taken: of all of them only those that are asked for are ever in memory.
#[derive(Debug)]
pub struct Pyramid<'a> {
    config: &'a MultigridConfig,
    geometry: Geometry,
    /// The grids of the levels, or the fine one alone where the coarse ones are points of it.
    levels: Vec<Tensor<3>>,
    /// The point of the domain at which the fields begin.
    origin: Vec<usize>,
}

impl<'a> Pyramid<'a> {
    /// The levels of fields on a grid that can be cut, which begin at `origin`.
    pub(super) fn new(
        config: &'a MultigridConfig,
        geometry: Geometry,
        x: Tensor<3>,
        origin: Vec<usize>,
    ) -> Self {
        let size: Vec<usize> = geometry.axes.iter().map(|axis| axis.points).collect();
        let (mut field, mut grid) = (x.clone(), size.clone());
        let mut levels = vec![x];
        for level in 1..=config.levels {
            match config.low_pass {
                LowPass::None => break,
                LowPass::FullWeighting => {
                    (field, grid) = full_weighting(field, &grid, &config.extension);
                    levels.push(field.clone());
                }
                LowPass::Spectral => {
                    let coarse: Vec<usize> = size.iter().map(|n| n >> level).collect();
                    levels.push(spectral(levels[0].clone(), &size, &coarse));
                }
            }
        }
        Self { config, geometry, levels, origin }
    }

    /// Patches of the batch.
    pub fn n_patches(&self) -> usize {
        self.levels[0].dims()[0] * self.config.n_patches()
    }

    /// All patches.
    pub fn all(&self) -> Patches {
        self.patches(&self.levels, None)
    }

    /// The patches of a range, in the order of [`all`](Self::all).
    ///
    /// # Panics
    /// If the range is empty or reaches beyond the patches.
    pub fn part(&self, range: Range<usize>) -> Patches {
        let (all, of_sample) = (self.n_patches(), self.config.n_patches());
        assert!(!range.is_empty() && range.end <= all, "patches {range:?} of {all}");
        if range == (0..all) {
            return self.all();
        }
        let one = |k: usize| {
            let sample = |field: &Tensor<3>| field.clone().narrow(0, k / of_sample, 1);
            let fields: Vec<_> = self.levels.iter().map(sample).collect();
            self.patches(&fields, Some(&self.geometry.number(k % of_sample))).fields
        };
        Patches { fields: Tensor::cat(range.map(one).collect(), 0), size: self.geometry.window() }
    }

    /// All patches of these samples, or the one at a place among the patches of each axis.
    fn patches(&self, levels: &[Tensor<3>], which: Option<&[usize]>) -> Patches {
        let from_fine = self.config.low_pass == LowPass::None;
        let level = |level: usize| {
            let windows = self.geometry.level(level, which, from_fine);
            let field = if from_fine { &levels[0] } else { &levels[level] };
            gather_windows(field.clone(), &Arc::new(windows))
        };
        let fields = Tensor::cat((0..=self.config.levels).map(level).collect(), 1);
        let extension = |axis| self.config.extension.get(axis);
        let fields = match self.config.coordinates {
            Coordinates::Global => {
                append(fields, coordinates(&self.geometry, extension, which, &self.origin))
            }
            Coordinates::None | Coordinates::Local => fields,
        };
        Patches { fields, size: self.geometry.window() }
    }

    /// The patch at the beginning of every field.
    pub(super) fn first(&self) -> Patches {
        self.patches(&self.levels, Some(&vec![0; self.origin.len()]))
    }
}
