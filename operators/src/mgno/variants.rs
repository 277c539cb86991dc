//! The four networks of the authors' code, commit 3a68a90, for any grid.
//!
//! | | layers, channels | levels | of the published grid | parameters (1 → 1 channels, 2D) |
//! |---|---|---|---|---|
//! | Darcy, smooth | 5, 24 | 6 | 211² | 678,093 |
//! | Darcy, rough and multiscale | 4, 24 | 6 | 256² | 572,661 |
//! | Navier-Stokes | 5, 32 | 5 | 64² | 2,885,194 |
//! | Helmholtz | 4, 20 growing to 100 | 5 | 101² | 5,340,565; the code has 11,241 more that it never uses |

use sobolev_kernels::conv::Boundary;

use super::{Bias, Coarsening, FieldNorm, Head, LevelConfig, Local, MgConvConfig, MgnoConfig, Output};
use crate::multigrid::PerAxis;

impl MgnoConfig {
    /// For rough and multiscale Darcy flow on a grid of `grid`: four layers of six levels, zeros beyond the ends.
    #[must_use]
    pub fn darcy_rough(grid: &[usize]) -> Self {
        Self::new(24, MgConvConfig::backslash(grid.len(), 6).with_grid(grid))
    }

    /// For Darcy flow with smooth level sets: [`darcy_rough`](Self::darcy_rough) with five layers.
    #[must_use]
    pub fn darcy_smooth(grid: &[usize]) -> Self {
        Self::darcy_rough(grid).with_n_layers(5)
    }

    /// For a step in time of a periodic flow: five layers of five levels with norms after every prolongation, without channel maps beside
    /// the cycles; the increment is predicted.
    #[must_use]
    pub fn navier_stokes(grid: &[usize]) -> Self {
        let steps = [1, 1, 1, 2, 2].map(|pre| LevelConfig::new(pre, 0));
        let cycle = MgConvConfig {
            bias: Bias::Constant,
            norm: FieldNorm::Affine,
            ..MgConvConfig::new(grid.len(), &steps).with_boundary(Boundary::Circular).with_grid(grid)
        };
        let layers = Self { local: Local::None, bias: Bias::None, ..Self::new(32, cycle) };
        Self { output: Output::Increment, ..layers }.with_n_layers(5)
    }

    /// For the Helmholtz equation with reflecting ends: four layers of five levels whose channels grow as 1, 2, 3, 4, 5, a norm in every
    /// layer, a fifth cycle as head.
    #[must_use]
    pub fn helmholtz(grid: &[usize]) -> Self {
        let level = |l: usize| LevelConfig { pre: if l == 4 { 2 } else { 1 }, post: 0, width: l + 1 };
        let cycle = MgConvConfig {
            bias: Bias::Constant,
            coarsening: PerAxis::Same(Coarsening::Odd),
            ..MgConvConfig::new(grid.len(), &[0, 1, 2, 3, 4].map(level))
                .with_boundary(Boundary::Reflect)
                .with_grid(grid)
        };
        let layers = Self { local: Local::None, bias: Bias::None, ..Self::new(20, cycle) };
        Self { norm: FieldNorm::Affine, head: Head::Cycle, ..layers }
    }
}
