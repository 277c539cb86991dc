//! Training that begins with few Fourier modes on a coarse grid and takes on more of both as it goes on.
//!
//! **Source.** George, Zhao, Kossaifi, Li, Anandkumar, *Incremental Spatial and Spectral Learning of Neural Operators for Solving
//! Large-Scale PDEs*, TMLR 2024 (arXiv:2211.15188).
//!
//! ```text
//! config    Incremental: the table [train.incremental]       growth    when modes are added
//! spectrum  a gradient's energy by wavenumber                grid      batches on a coarser grid
//! ```

mod config;
mod grid;
mod growth;
mod spectrum;

pub use config::{Criterion, GridStage, Incremental, ModeGrowth, Reduction};
pub use grid::coarsen;
pub(super) use growth::Growth;
pub use growth::{EpochLoss, GrowthState, Reason};
pub use spectrum::explained_ratio;
